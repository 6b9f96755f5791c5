"""What both servers bear: unread answers, idle connections, no more files, ambiguous requests."""

from __future__ import annotations

import json
import resource
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ddbmock.database import DynamoDB
from ddbmock.server import limits
from ddbmock.service import http
from ddbmock.settings import Settings
from ddbmock.storage.memory import MemoryStorage
from tests.behaviour.doors import SIGNED
from tests.server.test_both_servers import serving_fast
from tests.servers import ddbmock_serve, serving

Serve = Callable[..., AbstractContextManager[int]]


def _fast(dynamodb: DynamoDB, **_: Any) -> AbstractContextManager[int]:
    return serving_fast(dynamodb)


@pytest.fixture(params=["waitress", "waitress inline", "fast"])
def serve(request: pytest.FixtureRequest) -> Serve:
    """Starts a server of a database; `options` are for waitress."""
    if request.param == "fast":
        return _fast
    threads = 0 if request.param == "waitress inline" else 2
    return lambda dynamodb, **options: serving(dynamodb, threads=threads, **options)


def database(**settings: Any) -> DynamoDB:
    return DynamoDB(MemoryStorage(), Settings(**settings))


def request_of(operation: str, body: Any, *lines: str) -> bytes:
    content = json.dumps(body).encode()
    headers = {**SIGNED, "x-amz-target": f"DynamoDB_20120810.{operation}", "host": "here"}
    head = [f"{name}: {value}" for name, value in headers.items()]
    head += [*lines, f"content-length: {len(content)}"]
    return "\r\n".join(["POST / HTTP/1.1", *head, "", ""]).encode() + content


LIST_TABLES = request_of("ListTables", {})


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def answer(client: socket.socket, request: bytes = LIST_TABLES) -> bytes:
    """The beginning of the answer, b"" if the server has closed the connection."""
    try:
        client.sendall(request)
        return client.recv(65_536)
    except ConnectionError:
        return b""


AMBIGUOUS = {
    "cl+te": (
        b"POST / HTTP/1.1\r\n"
        b"Host: h\r\n"
        b"Content-Length: 2\r\n"
        b"Transfer-Encoding: chunked\r\n"
        b"\r\n"
        b"0\r\n"
        b"\r\n"
    ),
    "obs-fold": (b"POST / HTTP/1.1\r\nHost: h\r\nX-A: b\r\n c\r\nContent-Length: 2\r\n\r\n{}"),
    "obs-fold first": (b"POST / HTTP/1.1\r\n X-A: b\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}"),
    "tab fold": (b"POST / HTTP/1.1\r\nHost: h\r\nX-A: b\r\n\tc\r\nContent-Length: 2\r\n\r\n{}"),
    "space before colon": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length : 2\r\n\r\n{}"),
    "no host": (b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"),
    "two hosts": (b"POST / HTTP/1.1\r\nHost: h\r\nHost: i\r\nContent-Length: 2\r\n\r\n{}"),
    "bad host": (b"POST / HTTP/1.1\r\nHost: h i\r\nContent-Length: 2\r\n\r\n{}"),
    "two cl": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
    "cl list": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2, 2\r\n\r\n{}"),
    "cl plus": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +2\r\n\r\n{}"),
    "cl empty": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \r\n\r\n{}"),
    "nul": (b"POST / HTTP/1.1\r\nHost: h\r\nX-A: a\x00b\r\nContent-Length: 2\r\n\r\n{}"),
    "bare cr": (b"POST / HTTP/1.1\r\nHost: h\r\nX-A: a\rb\r\nContent-Length: 2\r\n\r\n{}"),
    "bare lf": (b"POST / HTTP/1.1\r\nHost: h\nX-A: ab\r\nContent-Length: 2\r\n\r\n{}"),
    "te not chunked": (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n{}"),
    "te chunked,gzip": (
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, gzip\r\n\r\n{}"
    ),
    "te twice": (
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"
    ),
    "te 1.0": (b"POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "te vt": (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n"),
    "chunk size": (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"),
    "chunk neg": (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n"),
    "chunk 0x": (
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n"
    ),
    "chunk no crlf": (
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}XX0\r\n\r\n"
    ),
    "chunk huge": (
        b"POST / HTTP/1.1\r\n"
        b"Host: h\r\n"
        b"Transfer-Encoding: chunked\r\n"
        b"\r\n"
        b"fffffffffffffffffff\r\n"
        b"{}\r\n"
        b"0\r\n"
        b"\r\n"
    ),
    "method": (b"PO ST / HTTP/1.1\r\nHost: h\r\n\r\n"),
    "version": (b"POST / HTTP/2.7\r\nHost: h\r\nContent-Length: 0\r\n\r\n"),
    "no name": (b"POST / HTTP/1.1\r\nHost: h\r\n: x\r\nContent-Length: 2\r\n\r\n{}"),
    "name ctl": (b"POST / HTTP/1.1\r\nHost: h\r\nA\x01b: x\r\nContent-Length: 2\r\n\r\n{}"),
}
"""Requests that two readers could understand differently. Source: RFC 9112."""


@pytest.fixture(scope="module", params=["waitress", "fast"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    served = serving(database()) if request.param == "waitress" else serving_fast(database())
    with served as port:
        yield port


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_ambiguous_requests_are_refused_and_the_connection_closed(port: int, name: str) -> None:
    with connected(port) as client:
        client.sendall(AMBIGUOUS[name])
        client.shutdown(socket.SHUT_WR)
        received = b""
        while piece := client.recv(65_536):
            received += piece
    assert received.split(b" ")[1] in (b"400", b"413", b"501")
    assert received.count(b"HTTP/1.1") == 1


def test_answers_that_are_not_read_are_not_made(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def handle(*_: Any) -> http.WireResponse:
        calls.append(1)
        return http.WireResponse(200, [("Content-Length", "1000000")], bytes(1_000_000))

    monkeypatch.setattr(http, "handle", handle)
    requests = 400
    with serve(database()) as port, connected(port) as client:
        client.sendall(LIST_TABLES * requests)
        seen = -1
        while not calls or seen != len(calls):
            seen = len(calls)
            time.sleep(0.3)
        assert seen < 40
        # and all of them are, once the client reads
        client.settimeout(30)
        size = 0
        while calls.count(1) < requests or size < requests * 1_000_000:
            size += len(client.recv(1 << 20))
        assert len(calls) == requests


def test_idle_connections_are_closed(serve: Serve) -> None:
    with serve(database(idle_timeout=0.3)) as port, connected(port) as client:
        assert answer(client).startswith(b"HTTP/1.1 200")
        while client.recv(65_536):
            """The rest of the answer."""
        with connected(port) as half:
            half.sendall(LIST_TABLES[:50])
            assert half.recv(1) == b""


def test_new_clients_are_answered_at_the_limit_of_connections(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "connection_limit", lambda: 20)
    with serve(database()) as port:
        idle = [connected(port) for _ in range(60)]
        for client in idle[-5:]:
            assert answer(client).startswith(b"HTTP/1.1 200")
        for _ in range(5):
            with connected(port) as client:
                assert answer(client).startswith(b"HTTP/1.1 200")
        for client in idle:
            client.close()


def test_one_turn_of_waitress_accepts_all_connections_that_wait() -> None:
    """A turn costs as much as there are connections: one accepted in each would be quadratic."""
    connections = pytest.importorskip("ddbmock.server.waitress_connections")
    waiting, accepted = list(range(10)), []
    listener = SimpleNamespace(
        adj=SimpleNamespace(connection_limit=100),
        _map={},
        readable=lambda: True,
        accept=lambda: (waiting.pop(), "address") if waiting else None,
        set_socket_options=lambda connection: None,
        fix_addr=lambda address: address,
        channel_class=lambda listener, connection, *others, **options: accepted.append(connection),
    )
    connections.Accepting(listener).handle_accept()
    assert sorted(accepted) == list(range(10))


@pytest.mark.parametrize("server", ["waitress", "fast"])
def test_a_server_without_files_goes_on_and_logs_little(tmp_path: Path, server: str) -> None:
    def few_files() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))

    with ddbmock_serve(tmp_path, "--server", server, before=few_files) as served:
        clients = [connected(served.port) for _ in range(150)]
        for _ in range(20):
            with connected(served.port) as client:
                assert answer(client).startswith(b"HTTP/1.1 200")
        for client in clients:
            client.close()
    assert len(served.log) < 6
    assert "Traceback" not in "".join(served.log)


def test_the_limit_of_connections_follows_that_of_files(monkeypatch: pytest.MonkeyPatch) -> None:
    for soft, expected in ((256, 192), (60, 16), (1_000_000, 20_000), (-1, 20_000)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, soft=soft: (soft, soft))
        assert limits.connection_limit() == expected
