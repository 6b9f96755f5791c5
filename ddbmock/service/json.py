"""JSON of requests and answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from ddbmock.errors import DynamoDBError, SerializationException
from ddbmock.operations.operation import Timestamp
from ddbmock.values.item import Item, Items

CONTENT_TYPE: Final = "application/x-amz-json-1.0"
MANY: Final = 100
"""The number of items from which on an answer is joined from their JSON."""


def encode(output: Mapping[str, Any]) -> bytes:
    """Return an output as JSON."""
    for name, value in output.items():
        if type(value) is Items and len(value) >= MANY:
            return _around(output, name, value)
    return orjson.dumps(output, default=plain)


def _around(output: Mapping[str, Any], name: str, items: Items) -> bytes:
    """Return :func:`encode` of an output with many items.

    orjson would copy the JSON of the items into its own buffer, and the buffer into the result. In buffers
    of half a megabyte, which the system has to clear first, that takes as much time as reading the items.
    """
    names = list(output)
    at = names.index(name)
    before = orjson.dumps({one: output[one] for one in names[:at]}, default=plain)[:-1]
    after = orjson.dumps({one: output[one] for one in names[at + 1 :]}, default=plain)[1:]
    separator = b"," if at else b""
    return items.json_within(
        b'%b%b"%b":[' % (before, separator, name.encode()),
        b"]," + after if len(after) > 1 else b"]}",
    )


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
