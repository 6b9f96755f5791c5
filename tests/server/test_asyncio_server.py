"""The asyncio server answers what waitress answers."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest

from ddbmock.database import DynamoDB
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from ddbmock.storage.memory import MemoryStorage
from tests.behaviour.doors import SIGNED

fast = pytest.importorskip(
    "ddbmock.server.asyncio_server", reason="needs httptools: pip install ddbmock[fast]"
)

HEADERS = {**SIGNED, "X-Amz-Target": "DynamoDB_20120810.ListTables"}
LIMIT = 100_000


@pytest.fixture
def port() -> Iterator[int]:
    router = Router(DynamoDB(MemoryStorage(), Settings(max_body=LIMIT)))
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(fast.serve(router, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield server.sockets[0].getsockname()[1]
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def post(port: int, body: Any, **more: Any) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("POST", "/", body, HEADERS, **more)
    return connection.getresponse()


def raw(port: int, request: bytes) -> bytes:
    """All that the server says until it closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(request)
        answer = b""
        while piece := client.recv(10_000):
            answer += piece
    return answer


def test_requests_follow_one_another_on_a_connection(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    for _ in range(3):
        connection.request("POST", "/", b"{}", HEADERS)
        response = connection.getresponse()
        assert (response.status, json.load(response)) == (200, {"TableNames": []})
        assert response.headers["Server"] == "Server"
        assert response.headers["Connection"] == "keep-alive"
        assert response.headers["Date"].endswith(" GMT")
        assert len(response.headers["x-amzn-RequestId"]) == 52


def test_a_connection_closes_when_the_client_asks_for_it(port: int) -> None:
    answer = raw(port, b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nConnection: close\r\n" in answer
    assert answer.endswith(b"\r\n\r\nhealthy: here ")


def test_a_chunked_body_is_read(port: int) -> None:
    response = post(port, iter([b"{", b"}"]), encode_chunked=True)
    assert (response.status, json.load(response)) == (200, {"TableNames": []})


@pytest.mark.parametrize("more", [{}, {"encode_chunked": True}])
def test_a_body_over_the_limit_is_too_large(port: int, more: Any) -> None:
    head = (
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
        if not more
        else b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n30d40\r\n"
        + b"x" * 200_000
    )
    answer = raw(port, head)
    assert answer.startswith(b"HTTP/1.1 413 Request Entity Too Large\r\n")
    assert answer.endswith(b"\r\n\r\n")


def test_a_client_is_told_to_go_on_with_its_body(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"{}")
        # without Content-Type the body is read as JSON, and has no target
        assert client.recv(100).startswith(b"HTTP/1.1 400 Bad Request\r\n")


@pytest.mark.parametrize(
    "request_head",
    [
        b"nonsense\r\n\r\n",
        b"CONNECT there:80 HTTP/1.1\r\nHost: there\r\n\r\n",
        b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_what_is_not_http_is_a_bad_request(port: int, request_head: bytes) -> None:
    assert raw(port, request_head).startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_a_connection_whose_request_is_under_way_is_not_idle() -> None:
    from ddbmock.server.asyncio_connection import Connection, Connections

    connection = Connection(Connections(Router(DynamoDB(MemoryStorage()))))
    transport = mock.Mock(spec=asyncio.Transport)
    transport.get_write_buffer_size.return_value = 0
    connection._transport = transport
    start = connection.active
    connection._working = True
    connection.on_message_begin()  # of a pipelined request
    connection.check(start + 1_000, 120)
    connection._working = False
    connection.check(start + 1_100, 120)
    transport.close.assert_not_called()
    connection.check(start + 1_200, 120)
    transport.close.assert_called_once_with()
