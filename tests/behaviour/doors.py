"""Doors to a database: ways in which a behaviour test can call an operation."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import orjson

from ddbmock.database import DynamoDB
from ddbmock.errors import DynamoDBError
from ddbmock.router import Router
from ddbmock.wire import WireRequest, encode, error_body, handle

SIGNED = {
    "authorization": (
        "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/dynamodb/aws4_request, "
        "SignedHeaders=host;x-amz-date;x-amz-target, Signature=0"
    ),
    "x-amz-date": "20260101T000000Z",
    "content-type": "application/x-amz-json-1.0",
}


class Refused(Exception):
    """An error answer."""

    def __init__(self, status: int, body: dict[str, Any], hint: str | None = None) -> None:
        super().__init__(body)
        self.status = status
        self.body = body
        self.type = body["__type"].partition("#")[2]
        self.message = body.get("message", body.get("Message"))
        self.hint = hint


class Send(Protocol):
    """A door, ready for use."""

    def __call__(self, target: str, body: Any) -> dict[str, Any]:
        """The answer's JSON. Raises Refused when it is an error."""


@contextmanager
def router(dynamodb: DynamoDB) -> Iterator[Send]:
    """The router itself: outputs are put into JSON here, so that all doors compare alike."""
    served = Router(dynamodb)

    def send(target: str, body: Any) -> dict[str, Any]:
        try:
            output = served.perform(served.target(target), orjson.loads(orjson.dumps(body)))
        except DynamoDBError as error:
            version = target.partition("_")[2].partition(".")[0]
            raised = orjson.loads(encode(error_body(error, version)))
            raise Refused(error.status, raised, error.hint) from error
        answer = orjson.loads(encode(output))
        assert isinstance(answer, dict)
        return answer

    yield send


@contextmanager
def wire(dynamodb: DynamoDB) -> Iterator[Send]:
    """HTTP's bytes without a socket."""
    served = Router(dynamodb)

    def send(target: str, body: Any) -> dict[str, Any]:
        request = WireRequest(
            "POST", "/", "", {**SIGNED, "x-amz-target": target}, orjson.dumps(body)
        )
        response = handle(served, request)
        headers = dict(response.headers)
        assert int(headers["x-amz-crc32"]) == zlib.crc32(response.body)
        answer = orjson.loads(response.body or b"{}")
        if response.status != 200:
            raise Refused(response.status, answer, headers.get("x-ddbmock-hint"))
        assert isinstance(answer, dict)
        return answer

    yield send


DOORS = {"router": router, "wire": wire}
