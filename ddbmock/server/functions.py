"""The functions of a server's triggers, and their clients."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Final

from ddbmock.clients.region import DEFAULT
from ddbmock.clients.region import configured as configured_region
from ddbmock.service.instance import Instance
from ddbmock.settings import INI_PREFIX, SettingsError
from ddbmock.triggers import TriggerError, configured
from ddbmock.triggers.worker import Worker


class Functions:
    """The worker that calls a server's functions, and what the functions need."""

    def __init__(self, instance: Instance) -> None:
        """Import the functions, and start the worker.

        :raises SettingsError: the setting ``triggers`` is wrong, or a function cannot be imported.
        """
        settings = instance.settings
        region = settings.region or configured_region() or DEFAULT
        self._ending: Final = ExitStack()
        try:
            triggers = configured.read(settings.triggers)
            if triggers:
                _reach(self._ending, instance, region)
            endpoint = settings.kinesis_endpoint
            worker = Worker(instance.dynamodb, instance.clock, triggers, region, endpoint)
        except TriggerError as error:
            self._ending.close()
            raise SettingsError(f"Setting {INI_PREFIX}triggers: {error}") from error
        self.triggers: Final = worker.triggers
        self._ending.callback(worker.stop)

    def close(self) -> None:
        """Stop after the current call."""
        self._ending.close()


def _reach(ending: ExitStack, instance: Instance, region: str) -> None:
    """Direct boto3's DynamoDB clients of this process to the server's own database.

    Otherwise a function whose client has no endpoint would write to AWS. Clients of other services
    are not changed.
    """
    try:
        from ddbmock.clients import botocore_patch
        from ddbmock.clients.transport import DatabaseTransport
    except ImportError:
        return  # Without botocore, functions have no clients.
    transport = DatabaseTransport(instance.router, "direct", waits=True)
    layer = botocore_patch.Layer(transport, botocore_patch.SUFFIXES, region)
    botocore_patch.enter(layer)
    ending.callback(botocore_patch.leave, layer)
