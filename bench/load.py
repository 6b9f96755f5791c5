"""A raw HTTP/1.1 keep-alive client: as little cost of its own as Python allows.

One thread, one selector, any number of connections; each sends its next request when its answer
is whole, on a new connection if the server closes it. It knows Content-Length and chunked answers,
and nothing else of HTTP.
"""

from __future__ import annotations

import json
import selectors
import socket
import time
from collections.abc import Iterator
from typing import Final

from bench.workloads import Request, as_json

SIGNED: Final = (
    "Authorization: AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host;x-amz-date;x-amz-target, Signature=0\r\n"
    "X-Amz-Date: 20260101T000000Z\r\n"
)


class LoadError(RuntimeError):
    """A server that did not answer as it should."""


def encoded(port: int, request: Request) -> bytes:
    """The bytes of a request."""
    operation, parameters = request
    body = json.dumps(parameters, default=as_json).encode()
    head = (
        f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"X-Amz-Target: DynamoDB_20120810.{operation}\r\n"
        f"Content-Type: application/x-amz-json-1.0\r\n{SIGNED}"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


PATIENCE: Final = 60
"""Seconds to wait for any part of any answer."""


class Connection:
    """One connection and the answer it is waiting for."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.port = port

    @property
    def ends(self) -> bool:
        """Whether the server has said that it closes the connection after this answer."""
        return b"\r\nconnection: close" in self.received.partition(b"\r\n\r\n")[0].lower()

    def send(self, request: bytes) -> None:
        self.received = b""
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Read what is there; whether the answer is whole.

        :raises LoadError: the server closed the connection, or answered an error.
        """
        part = self.socket.recv(262_144)
        if not part:
            raise LoadError("the server closed the connection")
        self.received += part
        head, separator, body = self.received.partition(b"\r\n\r\n")
        if not separator:
            return False
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200")) and b"404" not in head[:16]:
            if _whole(head, body):
                raise LoadError(self.received[:600].decode("utf-8", "replace"))
            return False
        return _whole(head, body)

    def close(self) -> None:
        self.socket.close()


def _whole(head: bytes, body: bytes) -> bool:
    lower = head.lower()
    at = lower.find(b"\r\ncontent-length:")
    if at >= 0:
        end = lower.find(b"\r\n", at + 2)
        length = int(lower[at + 17 : end if end >= 0 else None])
        return len(body) >= length
    if b"transfer-encoding: chunked" in lower:
        return body.endswith(b"0\r\n\r\n")
    return False


def drive(port: int, requests: Iterator[bytes], connections: int) -> float:
    """Seconds from the first request sent to the last answer received.

    :raises LoadError: a server did not answer as it should, or not at all.
    """
    selector = selectors.DefaultSelector()
    opened = [Connection(port) for _ in range(connections)]
    try:
        start = time.perf_counter()
        for connection in opened:
            request = next(requests, None)
            if request is None:
                break
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(request)
        while selector.get_map():
            ready = selector.select(PATIENCE)
            if not ready:
                raise LoadError(f"nothing came in {PATIENCE} seconds")
            for key, _ in ready:
                _go_on(selector, key.data, requests)
        return time.perf_counter() - start
    except OSError as error:
        raise LoadError(str(error)) from error
    finally:
        for connection in opened:
            connection.close()
        selector.close()


def _go_on(
    selector: selectors.BaseSelector, connection: Connection, requests: Iterator[bytes]
) -> None:
    """Receive what has come, and send the next request when the answer is whole."""
    if not connection.receive():
        return
    request = next(requests, None)
    if request is None:
        selector.unregister(connection.socket)
        return
    if connection.ends:
        selector.unregister(connection.socket)
        connection.close()
        connection.socket = Connection(connection.port).socket
        selector.register(connection.socket, selectors.EVENT_READ, connection)
    connection.send(request)
