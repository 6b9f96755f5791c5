"""Doors to a database: ways in which a behaviour test can call an operation."""

from __future__ import annotations

import asyncio
import json
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any, Protocol

import orjson
import pytest
from boto.dynamodb2.layer1 import DynamoDBConnection
from boto.exception import BotoServerError
from webtest import TestApp

from ddbmock.clients.boto2 import DUMMY_CREDENTIALS, boto_patch, connect_ddbmock
from ddbmock.database import DynamoDB
from ddbmock.errors import DynamoDBError
from ddbmock.server import application
from ddbmock.service.http import WireRequest, handle
from ddbmock.service.json import encode, error_body
from ddbmock.service.router import Router
from tests.servers import serving

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
            raised = orjson.loads(encode(error_body(error, served.namespace(target))))
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


@contextmanager
def webtest(dynamodb: DynamoDB) -> Iterator[Send]:
    """The Pyramid application without a server."""
    app = TestApp(application(Router(dynamodb)))

    def send(target: str, body: Any) -> dict[str, Any]:
        headers = {**SIGNED, "x-amz-target": target}
        response = app.post("/", orjson.dumps(body), headers=headers, status="*")
        assert int(response.headers["x-amz-crc32"]) == zlib.crc32(response.body)
        answer = orjson.loads(response.body or b"{}")
        if response.status_int != 200:
            raise Refused(response.status_int, answer, response.headers.get("x-ddbmock-hint"))
        assert isinstance(answer, dict)
        return answer

    yield send


@contextmanager
def boto(dynamodb: DynamoDB) -> Iterator[Send]:
    """boto 2 in-process: what ``connect_boto()`` wires in."""
    with boto_patch(dynamodb) as layer2:
        yield _make_request(layer2.layer1, DynamoDBConnection())


@contextmanager
def network(dynamodb: DynamoDB) -> Iterator[Send]:
    """boto 2 and a server on a socket."""
    key, secret = DUMMY_CREDENTIALS
    with serving(dynamodb, threads=1) as port:
        yield _make_request(
            connect_ddbmock("127.0.0.1", port).layer1,
            DynamoDBConnection(
                host="127.0.0.1",
                port=port,
                is_secure=False,
                aws_access_key_id=key,
                aws_secret_access_key=secret,
            ),
        )


@contextmanager
def asyncio_server(dynamodb: DynamoDB) -> Iterator[Send]:
    """HTTP and the asyncio server on a socket."""
    fast = pytest.importorskip(
        "ddbmock.server.asyncio_server", reason="needs httptools: pip install ddbmock[fast]"
    )
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(fast.serve(Router(dynamodb), "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    connection = HTTPConnection("127.0.0.1", server.sockets[0].getsockname()[1], timeout=20)

    def send(target: str, body: Any) -> dict[str, Any]:
        headers = {**SIGNED, "x-amz-target": target}
        connection.request("POST", "/", orjson.dumps(body), headers)
        response = connection.getresponse()
        answer = orjson.loads(response.read() or b"{}")
        if response.status != 200:
            raise Refused(response.status, answer, response.getheader("x-ddbmock-hint"))
        assert isinstance(answer, dict)
        return answer

    try:
        yield send
    finally:
        connection.close()
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _make_request(layer1: Any, dynamodb2: Any) -> Send:
    """Sends through the connection of boto's that speaks the target's API version."""

    def send(target: str, body: Any) -> dict[str, Any]:
        connection = layer1 if target.startswith("DynamoDB_20111205") else dynamodb2
        try:
            answer = connection.make_request(target.partition(".")[2], json.dumps(body))
        except BotoServerError as error:
            [hint] = getattr(error, "__notes__", [None])
            content = error.body if isinstance(error.body, dict) else orjson.loads(error.body)
            raise Refused(error.status, content, hint) from error
        if answer is None:  # an answer without a body, as TagResource has
            return {}
        assert isinstance(answer, dict)
        return answer

    return send


DOORS = {"router": router, "wire": wire, "webtest": webtest, "boto": boto, "network": network}
