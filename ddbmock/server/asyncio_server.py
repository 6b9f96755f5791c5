"""The fastest server: asyncio, with llhttp's parser, straight to the wire without WSGI.

``ddbmock[fast]`` brings httptools and, where it runs, uvloop. The loop's one thread answers each
request as soon as it has arrived; that is right for data in memory, and wrong for storage that
makes its callers wait. ``use = egg:ddbmock#fast`` in an ``.ini`` file.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from email.utils import formatdate
from typing import Any, Final, cast

import httptools

from ddbmock.server import tls
from ddbmock.server.body import ROUTER_KEY, limit_of
from ddbmock.server.startup import announce, listening, told
from ddbmock.service import http
from ddbmock.service.http import REASONS, WireRequest, WireResponse
from ddbmock.service.router import Router
from ddbmock.settings import SettingsError

MAX_HEAD: Final = 16 * 1024
"""Bytes of request line and headers; the service answers 400 to more."""
LARGE: Final = 65_536
"""Bytes of a body from which on to copy it behind its head costs more than a packet of its own."""
LINGER: Final = 10.0
"""Seconds for which the rest of a refused request is read and thrown away."""

_STATUS: Final = {status: f"HTTP/1.1 {status} {reason}\r\n" for status, reason in REASONS.items()}
_CONNECTION: Final = {True: "Connection: keep-alive\r\n", False: "Connection: close\r\n"}
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_BAD_REQUEST: Final = WireResponse(400, [("Content-Length", "0")], b"")


class Head:
    """The heads of answers; their Date is made once a second."""

    def __init__(self) -> None:
        self._second = 0
        self._common = ""

    def of(self, response: WireResponse, *, keep: bool) -> bytes:
        """The bytes before an answer's body."""
        second = int(time.time())
        if second != self._second:
            self._second = second
            self._common = f"Server: Server\r\nDate: {formatdate(second, usegmt=True)}\r\n"
        lines = [f"{name}: {value}\r\n" for name, value in response.headers]
        head = f"{_STATUS[response.status]}{''.join(lines)}{self._common}{_CONNECTION[keep]}\r\n"
        return head.encode("latin-1")


class Connection(asyncio.Protocol):
    """One connection: reads requests, answers each when it is whole."""

    def __init__(self, router: Router, limit: int | None, head: Head) -> None:
        self._router = router
        self._limit = limit
        self._head = head
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._refused = False
        self._begin()

    def _begin(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._head_size = 0
        self._body: list[bytes] = []
        self._body_size = 0

    # asyncio's callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if self._parser.get_method() == b"CONNECT":
                self._refuse(_BAD_REQUEST)
            else:
                self._stay_with_http(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            tls.is_hello(data)
            if not self._refused:
                self._refuse(_BAD_REQUEST)

    def _stay_with_http(self, rest: bytes) -> None:
        """Read a request anew that offers another protocol (h2c), as if it did not.

        The parser has taken what follows the head for that protocol's.
        """
        method, url = self._parser.get_method(), self._url
        headers = [
            f"{name}: {value}\r\n"
            for name, value in self._headers.items()
            if name not in ("upgrade", "connection")
        ]
        self._parser = httptools.HttpRequestParser(self)
        self._begin()
        head = b"%b %b HTTP/1.1\r\n%b\r\n" % (method, url, "".join(headers).encode("latin-1"))
        self.data_received(head + rest)

    # httptools' callbacks

    def on_url(self, url: bytes) -> None:
        self._url += url
        self._grow(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        # of repeated headers the first counts
        self._headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
        self._grow(len(name) + len(value))

    def on_headers_complete(self) -> None:
        length = self._headers.get("content-length", "")
        if self._limit is not None and length.isdecimal() and int(length) > self._limit:
            self._refuse(http.too_large(self._limit))
        elif self._headers.get("expect", "").lower() == "100-continue" and self._transport:
            self._transport.write(_CONTINUE)

    def on_body(self, body: bytes) -> None:
        self._body.append(body)
        self._body_size += len(body)
        if self._limit is not None and self._body_size > self._limit:
            self._refuse(http.too_large(self._limit))

    def on_message_complete(self) -> None:
        if self._refused or self._parser.should_upgrade():
            return
        path, _, query = self._url.decode("latin-1").partition("?")
        if path.startswith("http"):
            # as it is sent to a proxy, with the server's name in it
            path = "/" + path.partition("://")[2].partition("/")[2]
        response = http.handle(
            self._router,
            WireRequest(
                self._parser.get_method().decode("ascii"),
                path,
                query,
                self._headers,
                self._body[0] if len(self._body) == 1 else b"".join(self._body),
            ),
        )
        self._begin()
        self._answer(response, keep=response.status != 413 and self._parser.should_keep_alive())

    def _grow(self, size: int) -> None:
        self._head_size += size
        if self._head_size > MAX_HEAD:
            self._refuse(_BAD_REQUEST)

    def _refuse(self, response: WireResponse) -> None:
        """Answer and close; what the client still sends is not looked at."""
        if not self._refused:
            self._refused = True
            if self._transport is not None:
                self._transport.write(self._head.of(response, keep=False) + response.body)
                self._transport.write_eof()
                # a client that is still sending would see a reset instead of the answer
                asyncio.get_running_loop().call_later(LINGER, self._transport.close)

    def _answer(self, response: WireResponse, *, keep: bool) -> None:
        transport = self._transport
        if transport is not None:
            head, body = self._head.of(response, keep=keep), response.body
            if len(body) > LARGE:
                transport.write(head)
                transport.write(body)
            else:
                transport.write(head + body)
            if not keep:
                transport.close()


async def serve(router: Router, host: str, port: int) -> asyncio.Server:
    """Listen and accept connections until the returned server is closed."""
    return await asyncio.get_running_loop().create_server(_protocol(router), host, port)


def _protocol(router: Router) -> Callable[[], Connection]:
    limit, head = limit_of(router.dynamodb.settings), Head()
    return lambda: Connection(router, limit, head)


def run(router: Router, sockets: Sequence[socket.socket]) -> None:
    """Serve on sockets that are bound, until interrupted or terminated."""

    async def forever() -> None:
        create_server = asyncio.get_running_loop().create_server
        servers = [await create_server(_protocol(router), sock=one) for one in sockets]
        announce([one.getsockname()[:2] for server in servers for one in server.sockets], router)
        stop = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        await stop.wait()
        for server in servers:
            server.close()

    run_loop: Callable[..., None] = asyncio.run
    with contextlib.suppress(ImportError):
        import uvloop

        run_loop = uvloop.run
    run_loop(forever())


def server_factory(
    global_config: Mapping[str, str] | None = None,
    *,
    listen: str = "127.0.0.1:6543",
    **options: Any,
) -> Callable[[Callable[..., Iterable[bytes]]], None]:
    """Listen, and return what serves the router of ddbmock's application.

    The factory of ``egg:ddbmock#fast`` in an ``.ini`` file.

    :raises SystemExit: an option is wrong, or the address cannot be had.
    """
    del global_config
    host, _, port = listen.strip().rpartition(":")
    with told():
        if options:
            raise SettingsError(f"The server fast has no option {', '.join(sorted(options))}.")
        if not host or not port.isdecimal():
            raise SettingsError(
                f"listen must be an address with its port, like 127.0.0.1:6543, not {listen!r}."
            )
    with listening(f"{host.strip('[]')}:{port}"):
        sockets = _bound(host.strip("[]"), int(port))

    def serve(application: Callable[..., Iterable[bytes]]) -> None:
        run(application.registry[ROUTER_KEY], sockets)  # type: ignore[attr-defined]

    return serve


def _bound(host: str, port: int) -> list[socket.socket]:
    """Return a socket for each address of a host, all of them listening."""
    sockets = []
    with contextlib.ExitStack() as unless_all_are_bound:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        # a name may stand for the same address twice
        for family, kind, protocol, _, address in dict.fromkeys(found):
            one = unless_all_are_bound.enter_context(socket.socket(family, kind, protocol))
            if os.name == "posix":
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind(address)
            one.listen()
            sockets.append(one)
        unless_all_are_bound.pop_all()
    return sockets


def serve_paste(
    application: Callable[..., Iterable[bytes]],
    global_config: Mapping[str, str] | None = None,
    **options: Any,
) -> int:
    """Serve the router of ddbmock's application until interrupted or terminated."""
    server_factory(global_config, **options)(application)
    return 0
