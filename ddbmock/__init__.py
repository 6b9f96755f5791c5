"""DynamoDB for tests and development: over the network and inside the process.

The public names are imported when they are first used: ``import ddbmock`` costs next to nothing
and needs neither Pyramid nor any client library. It does one thing more: boto 2 can be imported
on today's Pythons once ddbmock has been (:mod:`ddbmock.clients.boto2_compat`).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from ddbmock.clients import boto2_compat

if TYPE_CHECKING:
    from ddbmock.clients.boto2 import boto_patch as boto_patch
    from ddbmock.clients.boto2 import clean_boto_patch as clean_boto_patch
    from ddbmock.clients.boto2 import connect_boto as connect_boto
    from ddbmock.clients.boto2 import connect_boto_network as connect_boto_network
    from ddbmock.clients.boto2 import connect_boto_patch as connect_boto_patch
    from ddbmock.clients.boto2 import connect_ddbmock as connect_ddbmock
    from ddbmock.clients.botocore_patch import RealAWSCallError as RealAWSCallError
    from ddbmock.server import main as main
    from ddbmock.testing.database import Database as Database
    from ddbmock.testing.mock import connect_boto3 as connect_boto3
    from ddbmock.testing.mock import mock as mock
    from ddbmock.triggers.options import on_stream as on_stream

__version__ = "2.0.0.dev0"

_HOMES: Final = {
    "Database": "ddbmock.testing.database",
    "RealAWSCallError": "ddbmock.clients.botocore_patch",
    "boto_patch": "ddbmock.clients.boto2",
    "clean_boto_patch": "ddbmock.clients.boto2",
    "connect_boto": "ddbmock.clients.boto2",
    "connect_boto3": "ddbmock.testing.mock",
    "connect_boto_network": "ddbmock.clients.boto2",
    "connect_boto_patch": "ddbmock.clients.boto2",
    "connect_ddbmock": "ddbmock.clients.boto2",
    "main": "ddbmock.server",
    "mock": "ddbmock.testing.mock",
    "on_stream": "ddbmock.triggers.options",
}
"""The module behind each public name."""

__all__ = ["__version__", *_HOMES]

boto2_compat.prepare()


if not TYPE_CHECKING:  # or every misspelt name would be Any

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
