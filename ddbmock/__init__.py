"""DynamoDB for tests and development: over the network and inside the process.

The public names are imported when they are first used: ``import ddbmock`` costs next to nothing
and needs neither Pyramid nor any client library. It does one thing more: boto 2 can be imported
on today's Pythons once ddbmock has been (:mod:`ddbmock.embedded.boto_compat`).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from ddbmock.embedded import boto_compat

if TYPE_CHECKING:
    from ddbmock.embedded.boto import boto_patch as boto_patch
    from ddbmock.embedded.boto import clean_boto_patch as clean_boto_patch
    from ddbmock.embedded.boto import connect_boto as connect_boto
    from ddbmock.embedded.boto import connect_boto_network as connect_boto_network
    from ddbmock.embedded.boto import connect_boto_patch as connect_boto_patch
    from ddbmock.embedded.boto import connect_ddbmock as connect_ddbmock
    from ddbmock.embedded.botocore_patch import RealAWSCallError as RealAWSCallError
    from ddbmock.handle import Database as Database
    from ddbmock.mocking import connect_boto3 as connect_boto3
    from ddbmock.mocking import mock as mock
    from ddbmock.web import main as main

__version__ = "2.0.0.dev0"

_HOMES: Final = {
    "Database": "ddbmock.handle",
    "RealAWSCallError": "ddbmock.embedded.botocore_patch",
    "boto_patch": "ddbmock.embedded.boto",
    "clean_boto_patch": "ddbmock.embedded.boto",
    "connect_boto": "ddbmock.embedded.boto",
    "connect_boto3": "ddbmock.mocking",
    "connect_boto_network": "ddbmock.embedded.boto",
    "connect_boto_patch": "ddbmock.embedded.boto",
    "connect_ddbmock": "ddbmock.embedded.boto",
    "main": "ddbmock.web",
    "mock": "ddbmock.mocking",
}
"""The module behind each public name."""

__all__ = ["__version__", *_HOMES]

boto_compat.prepare()


if not TYPE_CHECKING:  # or every misspelt name would be Any

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
