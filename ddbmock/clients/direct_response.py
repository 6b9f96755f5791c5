"""Outputs as botocore's parser returns them, without parsing JSON that was just written.

The JSON of an answer is written and read again, once for all items: this gives the caller a copy of
its own, and the same checksum as on the wire. Bytes and points in time, for which JSON has no type,
are inserted afterwards. Outputs that consist of more than items go through botocore's parser, so
that each version returns the members that it knows.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, Final

import orjson
from botocore.parsers import create_parser

from ddbmock.clients import collector, fast_parser
from ddbmock.clients.timestamps import datetime_of
from ddbmock.errors import DynamoDBError
from ddbmock.later import later
from ddbmock.operations.api import Target
from ddbmock.operations.operation import Output, Timestamp
from ddbmock.service import json
from ddbmock.values.item import Item, Items

if TYPE_CHECKING:
    from ddbmock.service import http
else:
    http = later("ddbmock.service", "http")


class DirectResponse:
    """The response for handlers of ``after-call``, although HTTP was not used."""

    __slots__ = ("content", "headers", "status_code", "url")

    def __init__(self, url: str, status_code: int, headers: dict[str, str], content: bytes) -> None:
        self.url: Final = url
        self.status_code: Final = status_code
        self.headers: Final = headers
        self.content: Final = content

    @property
    def text(self) -> str:
        return self.content.decode()

    @property
    def raw(self) -> None:
        """The stream of the response; there is none."""


Answer = tuple[DirectResponse, dict[str, Any]]
"""The result of a ``before-call`` handler: the response and its parsed form."""


def answer(output: Output, target: Target, model: Any, url: str, request_id: str) -> Answer:
    """Return the answer of an operation that succeeded; `model` is botocore's model of the
    operation."""
    kept: list[Item | Items | Timestamp] = []

    def plain(value: object) -> Any:
        if isinstance(value, (Item, Items)):
            if value.holds_binary:
                kept.append(value)
        elif isinstance(value, Timestamp):
            kept.append(value)
        return json.plain(value)

    body = orjson.dumps(output, plain) if output or not target.operation.empty else b""
    headers = {
        "content-type": json.CONTENT_TYPE,
        "x-amzn-requestid": request_id,
        "x-amz-crc32": str(zlib.crc32(body)),
        "content-length": str(len(body)),
    }
    response = DirectResponse(url, 200, headers, body)
    if (
        not target.operation.plain_output
        or output.get("UnprocessedItems")
        or output.get("UnprocessedKeys")
    ):
        shape = model.output_shape
        parsed = None
        if shape is not None:
            parsed = fast_parser.parsed(shape, lambda: collector.parsed(body)) if body else {}
        if parsed is None:
            parsed = _parsed(response, shape)
            parsed["ResponseMetadata"]["RetryAttempts"] = 0
            return response, parsed
    else:
        parsed = collector.parsed(body)
        if kept:
            parsed = _converted(output, parsed, {})
    parsed["ResponseMetadata"] = {
        "RequestId": request_id,
        "HTTPStatusCode": 200,
        "HTTPHeaders": headers,
        "RetryAttempts": 0,
    }
    return response, parsed


def refusal(error: DynamoDBError, namespace: str, model: Any, url: str, request_id: str) -> Answer:
    """Return the answer of an operation that failed, from which botocore creates its exception."""
    wired = http.error_response(error, namespace, request_id)
    headers = {name.lower(): value for name, value in wired.headers}
    response = DirectResponse(url, wired.status, headers, wired.body)
    parsed = _parsed(response, model.output_shape)
    shape = model.service_model.shape_for_error_code(parsed["Error"]["Code"])
    if shape is not None:
        parsed.update(_parsed(response, shape))
    parsed["ResponseMetadata"]["RetryAttempts"] = 0
    return response, parsed


def _parsed(response: DirectResponse, shape: Any) -> dict[str, Any]:
    parsed: dict[str, Any] = create_parser("json").parse(
        {
            "headers": response.headers,
            "status_code": response.status_code,
            "body": response.content,
        },
        shape,
    )
    return parsed


def _converted(output: Any, parsed: Any, times: dict[float, Any]) -> Any:
    """Return `parsed`, which is the JSON of `output`, with the bytes and datetimes of `output`.

    `times` has the datetimes that were already created: many records of a stream have the same.
    """
    if isinstance(output, (Item, Items)):
        output.decode_binaries(parsed)
        return parsed
    if isinstance(output, dict):
        return {name: _converted(value, parsed[name], times) for name, value in output.items()}
    if isinstance(output, (list, tuple)):
        return [_converted(*pair, times) for pair in zip(output, parsed, strict=True)]
    if isinstance(output, Timestamp):
        if output.seconds not in times:
            times[output.seconds] = datetime_of(output.seconds)
        return times[output.seconds]
    return parsed
