"""JSON of requests and answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from ddbmock.errors import DynamoDBError, SerializationException
from ddbmock.operations.operation import Timestamp
from ddbmock.values.item import Item, Items

CONTENT_TYPE: Final = "application/x-amz-json-1.0"


def encode(output: Mapping[str, Any]) -> bytes:
    """Return an output as JSON."""
    return orjson.dumps(output, default=plain)


def plain(value: object) -> Any:
    """Return what orjson writes for a value that JSON lacks."""
    if isinstance(value, (Item, Items)):
        return orjson.Fragment(value.json)
    if isinstance(value, Timestamp):
        return value.seconds
    raise TypeError(f"{type(value).__name__} has no JSON")


def decode(content: bytes | str) -> dict[str, Any]:
    """Return the members of a request.

    :raises SerializationException: the content is not a JSON object.
    """
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise SerializationException(hint=f"The body is not JSON: {error}.") from error
    if not isinstance(body, dict):
        raise SerializationException(hint="The body must be a JSON object.")
    return body


def error_body(error: DynamoDBError, namespace: str) -> dict[str, Any]:
    """Return the members of an error's answer; `namespace` is that of the API's errors."""
    body: dict[str, Any] = {"__type": error.type_in(namespace)}
    if error.message is not None:
        body[error.message_member] = error.message
    return body | dict(error.members)
