"""waitress refuses long bodies unread, and says when strangers can reach it."""

from __future__ import annotations

import http.client
import logging
import socket
import zlib
from collections.abc import Iterator

import pytest

from ddbmock.database import DynamoDB
from ddbmock.server import application
from ddbmock.server.waitress_server import make_server
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from ddbmock.storage.memory import MemoryStorage
from tests.servers import serving

HEADERS = {
    "Content-Type": "application/x-amz-json-1.0",
    "X-Amz-Target": "DynamoDB_20120810.GetItem",
}
LIMIT = 100_000
HINT = f"The body of the request is longer than {LIMIT} bytes."


@pytest.fixture(params=[0, 2])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """Of a server with threads, and of one whose loop answers by itself."""
    settings = Settings(max_body=LIMIT, authentication="none")
    with serving(DynamoDB(MemoryStorage(), settings), threads=request.param) as port:
        yield port


def post(port: int, body: bytes, chunked: bool = False) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    content = (body[at : at + 5000] for at in range(0, len(body), 5000)) if chunked else body
    connection.request("POST", "/", content, HEADERS, encode_chunked=chunked)
    return connection.getresponse()


def shown(response: http.client.HTTPResponse) -> tuple[int, str | None, str | None, bytes]:
    if response.status == 413:
        assert response.headers["x-ddbmock-hint"] == HINT
    return (
        response.status,
        response.headers["Content-Length"],
        response.headers["Connection"],
        response.read(),
    )


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_answered_413_though_the_client_sends_all(
    port: int, chunked: bool
) -> None:
    assert shown(post(port, b"x" * 8_000_000, chunked)) == (413, "0", "close", b"")


def test_a_body_over_the_limit_is_refused_before_it_is_sent(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
        answer = b""
        while piece := client.recv(1000):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 413 Request Entity Too Large\r\n")
    assert answer.endswith(b"\r\n\r\n")


def test_a_client_that_waits_to_be_asked_for_its_body_is_not_asked(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n"
            b"Expect: 100-continue\r\n\r\n"
        )
        assert client.recv(1000).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_at_the_limit_reaches_dynamodb(port: int, chunked: bool) -> None:
    response = post(port, b"{}" + b" " * (LIMIT - 2), chunked)
    assert response.status == 400
    assert b"validation error" in response.read()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_one_byte_over_the_limit_does_not(port: int, chunked: bool) -> None:
    response = post(port, b"{}" + b" " * (LIMIT - 1), chunked)
    assert shown(response) == (413, "0", "close", b"")


def test_a_body_that_turns_out_to_be_over_a_limit_is_answered_413(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {**HEADERS, "Content-Encoding": "deflate"}
    connection.request("POST", "/", zlib.compress(b" " * (LIMIT + 1)), headers)
    response = connection.getresponse()
    assert (response.status, response.read()) == (413, b"")
    assert response.headers["x-ddbmock-hint"] == HINT


def test_without_limits_any_body_is_read() -> None:
    settings = Settings(max_body=LIMIT, limits="none", authentication="none")
    with serving(DynamoDB(MemoryStorage(), settings), threads=1) as port:
        assert post(port, b"{}" + b" " * LIMIT).status == 400


def test_headers_over_16_kilobytes_are_a_bad_request(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/", headers={"X-Long": "x" * 17_000})
    assert connection.getresponse().status == 400


def test_a_connection_is_kept_for_the_next_request(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.connect()
    client = connection.sock
    for _ in range(3):
        connection.request("POST", "/", b"{}", HEADERS)
        assert connection.getresponse().read() != b""
    assert connection.sock is client


def test_listening_beyond_loopback_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    wsgi = application(Router(DynamoDB(MemoryStorage())))
    server = make_server(wsgi, listen="0.0.0.0:0", threads=1)
    port = server.effective_port
    server.task_dispatcher.shutdown()
    server.close()
    messages = [record for record in caplog.records if record.name == "ddbmock.server"]
    assert [(record.levelno, record.getMessage()) for record in messages] == [
        (
            logging.WARNING,
            f"Listening on 0.0.0.0:{port}, beyond this machine: anyone who reaches the port can "
            "read and write all data.",
        )
    ]


def test_nothing_is_said_on_loopback(port: int, caplog: pytest.LogCaptureFixture) -> None:
    assert port
    assert [record for record in caplog.records if record.name == "ddbmock.server"] == []


def test_the_server_names_itself_as_dynamodb_does(port: int) -> None:
    response = post(port, b"{}")
    assert (response.headers["Server"], response.headers["Via"]) == ("Server", None)
