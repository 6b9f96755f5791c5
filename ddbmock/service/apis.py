"""The APIs that the service answers; their operations are imported on first use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from ddbmock.database import Call
from ddbmock.errors import DynamoDBError
from ddbmock.later import later
from ddbmock.operations.api import Api, OperationModule

if TYPE_CHECKING:
    from ddbmock.service import error_wording
else:
    error_wording = later("ddbmock.service", "error_wording")


def _load_20111205() -> OperationModule:
    from ddbmock.operations import v20111205

    return v20111205


def _load_20120810() -> OperationModule:
    from ddbmock.operations import v20120810

    return v20120810


def _load_streams() -> OperationModule:
    from ddbmock.operations import streams

    return streams


def _reword_20111205(error: DynamoDBError, call: Call, body: Mapping[str, Any]) -> None:
    error_wording.reword_20111205(error, call, body)


def _reword_20120810(error: DynamoDBError, call: Call, body: Mapping[str, Any]) -> None:
    error_wording.reword_20120810(error, call, body)


DYNAMODB_20111205: Final = Api(
    "DynamoDB_20111205",
    "com.amazonaws.dynamodb.v20111205",
    _load_20111205,
    reword=_reword_20111205,
)
DYNAMODB_20120810: Final = Api(
    "DynamoDB_20120810",
    "com.amazonaws.dynamodb.v20120810",
    _load_20120810,
    reword=_reword_20120810,
)
DYNAMODB_STREAMS: Final = Api(
    "DynamoDBStreams_20120810", "com.amazonaws.dynamodb.v20120810", _load_streams
)
APIS: Final = (DYNAMODB_20111205, DYNAMODB_20120810, DYNAMODB_STREAMS)
"""All APIs. A further one is one more entry."""
