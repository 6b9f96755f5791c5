"""waitress answers POST requests without WSGI between exactly as through it."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import closing

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from waitress.task import WSGITask

from ddbmock.database import DynamoDB
from ddbmock.server import application, waitress_server
from ddbmock.server.waitress_direct import direct
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from ddbmock.storage.memory import MemoryStorage
from tests.behaviour.doors import SIGNED

LIMIT = 5_000


@pytest.fixture(scope="module")
def ports() -> Iterator[tuple[int, int]]:
    """Two servers of one database: one answers directly, the other one by WSGI."""
    app = application(Router(DynamoDB(MemoryStorage(), Settings(max_body=LIMIT))))
    with waitress_server.running(app, threads=0) as quick:
        general = waitress_server.make_server(app, listen="127.0.0.1:0", threads=0)
        assert general.direct is not None
        general.direct = None
        with waitress_server.looping(general) as port:
            yield quick, port


def answer(port: int, head: list[bytes], body: bytes) -> bytes:
    """All that a server sends, without what differs with each request."""
    lines = [b"POST / HTTP/1.1", b"Host: here", *head, b"Content-Length: %d" % len(body)]
    with closing(socket.create_connection(("127.0.0.1", port), 10)) as connection:
        connection.sendall(b"\r\n".join([*lines, b"", body]))
        connection.shutdown(socket.SHUT_WR)
        received = b"".join(iter(lambda: connection.recv(65_536), b""))
    return re.sub(rb"(?m)^(Date|x-amzn-RequestId): .*", rb"\1", received)


signed = [f"{name}: {value}".encode() for name, value in SIGNED.items()]
targets = st.sampled_from([b"ListTables", b"GetItem", b"Nothing"]).map(
    lambda name: b"X-Amz-Target: DynamoDB_20120810." + name
)
others = st.sampled_from(
    [
        b"Accept-Encoding: gzip",
        b"Content-Encoding: gzip",
        b"Connection: close",
        b"Connection: keep-alive",
        b"Content-Type: application/json; charset=utf-8",
        b"Content-Type: text/plain",
        b"Origin: https://evil.example",
        b"Origin: http://localhost:3000",
        b"X-Forwarded-Host: elsewhere",
        b"X-Odd: \xe4 , ",
        b"Expect: 100-continue",
    ]
)
heads = st.tuples(
    st.sampled_from([signed, signed[:1], []]),
    st.lists(targets, max_size=2),
    st.lists(others, max_size=3, unique=True),
).map(lambda parts: [line for part in parts for line in part])
bodies = st.sampled_from(
    [
        b"{}",
        b"",
        b"[]",
        b'{"Limit":1}',
        b'{"TableName":"none","Key":{}}',
        b"x" * LIMIT,
        b"{" * 9_000,
    ]
)


@settings(max_examples=40)
@given(heads, bodies)
def test_an_answer_is_the_same_to_the_byte(
    ports: tuple[int, int], head: list[bytes], body: bytes
) -> None:
    quick, general = ports
    assert answer(quick, head, body) == answer(general, head, body)


def test_a_large_answer_is_the_same_to_the_byte(ports: tuple[int, int]) -> None:
    quick, general = ports
    head = [*signed, b"X-Amz-Target: DynamoDB_20120810."]

    def sent(port: int, operation: bytes, body: object) -> bytes:
        return answer(port, [*head[:-1], head[-1] + operation], orjson.dumps(body))

    table = {
        "TableName": "large",
        "AttributeDefinitions": [{"AttributeName": "p", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    sent(quick, b"CreateTable", table)
    while b"ACTIVE" not in sent(quick, b"DescribeTable", {"TableName": "large"}):
        pass
    for number in range(20):
        item = {"p": {"S": str(number)}, "text": {"S": "x" * 4_000}}
        assert b" 200 " in sent(quick, b"PutItem", {"TableName": "large", "Item": item})
    scanned = sent(quick, b"Scan", {"TableName": "large"})
    assert len(scanned) > 65_536
    assert scanned == sent(general, b"Scan", {"TableName": "large"})


def test_an_application_that_is_wrapped_is_served_by_wsgi() -> None:
    app = application(Router(DynamoDB(MemoryStorage())))
    server = waitress_server.make_server(app, listen="127.0.0.1:0", threads=0)
    with waitress_server.looping(server):
        assert direct(app, server.adj) is not None
        assert direct(lambda environ, respond: app(environ, respond), server.adj) is None
        server.adj.url_prefix = "/prefix"
        assert direct(app, server.adj) is None


@pytest.mark.parametrize(("value", "through_wsgi"), [("keep-alive", False), ("close", True)])
def test_clients_that_keep_the_connection_are_answered_directly(
    ports: tuple[int, int], monkeypatch: pytest.MonkeyPatch, value: str, through_wsgi: bool
) -> None:
    requests: list[str] = []

    def execute(task: WSGITask) -> None:
        requests.append(task.request.headers["CONNECTION"])
        general(task)

    general = WSGITask.execute
    monkeypatch.setattr(WSGITask, "execute", execute)
    head = [*signed, b"X-Amz-Target: DynamoDB_20120810.ListTables"]
    assert b" 200 " in answer(ports[0], [*head, f"Connection: {value}".encode()], b"{}")
    assert requests == [value] * through_wsgi
