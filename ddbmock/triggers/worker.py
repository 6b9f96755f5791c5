"""The worker of a server: a thread that calls the functions of its triggers while it runs."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import Final

from ddbmock.database import DynamoDB
from ddbmock.errors import DynamoDBError
from ddbmock.triggers.configured import Configured
from ddbmock.triggers.kinesis import Kinesis
from ddbmock.triggers.runner import Triggers
from ddbmock.triggers.trigger import lines_of

log: Final = logging.getLogger("ddbmock.triggers")

PAUSE: Final = 0.25
"""Seconds between two looks at the streams. Source: Lambda polls a shard four times a second."""
PAUSE_AFTER_ERROR: Final = 5.0
"""Seconds after which it is tried again when a Kinesis endpoint cannot be reached, say."""


class Worker:
    """Calls functions with the records of streams, until it is stopped.

    Functions may be synchronous or asynchronous; those of one server are called one after the other.
    """

    def __init__(
        self,
        dynamodb: DynamoDB,
        configured: list[Configured],
        region: str,
        kinesis_endpoint: str = "",
    ) -> None:
        """Import the functions and start.

        :raises TriggerError: a function cannot be imported, or an option is wrong.
        """
        self.triggers: Final = Triggers(dynamodb)
        self._kinesis: Final = Kinesis(dynamodb, kinesis_endpoint)
        for one in configured:
            self.triggers.add(
                one.load(), one.table, name=one.function, region=region, **one.options
            )
        self._stopping: Final = threading.Event()
        self._thread: Final = threading.Thread(
            target=lambda: asyncio.run(self._run()), name="ddbmock triggers", daemon=True
        )
        self._thread.start()

    async def _run(self) -> None:
        while not self._stopping.is_set():
            pause = PAUSE
            try:
                failures = await self.triggers.poll()
                self._kinesis.deliver()
            except DynamoDBError as error:
                log.warning("streams cannot be read: %s", error.hint or error.message)
            except Exception:
                log.exception("the records of streams could not be handed on")
                pause = PAUSE_AFTER_ERROR
            else:
                for failure, line in zip(failures, lines_of(failures), strict=True):
                    log.error("%s", line, exc_info=failure.error)
            await asyncio.to_thread(self._stopping.wait, pause)

    def stop(self) -> None:
        """Stop, after the call that is under way."""
        self._stopping.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()
