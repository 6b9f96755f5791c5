"""A connection of the asyncio server: it answers requests in order, within bounds."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from email.utils import formatdate
from functools import partial
from typing import Final, cast

try:
    import httptools
except ModuleNotFoundError as missing:
    from ddbmock.extras import missing_package

    raise missing_package(missing, "fast") from None

from ddbmock.named_tuple import NamedTuple
from ddbmock.server import limits, tls
from ddbmock.server.body import limit_of
from ddbmock.server.framing import violation
from ddbmock.server.startup import log
from ddbmock.server.write_threads import Answers, WriteThreads
from ddbmock.service import http
from ddbmock.service.http import REASONS, WireRequest, WireResponse
from ddbmock.service.router import Router

MAX_HEAD: Final = 16 * 1024
"""The limit of request line and headers in bytes; longer ones are answered with 400, as by
DynamoDB."""
LARGE: Final = 65_536
"""The size of a body in bytes from which on it is sent in a packet of its own, since copying it
behind the head would cost more."""
LINGER: Final = 10.0
"""Seconds for which the rest of a rejected request is read and discarded."""

UNSENT: Final = 256 * 1024
"""The number of bytes of answers that the client has not received yet, above which no further
request is answered."""
SWEEP: Final = 5.0
"""The longest interval in seconds between two checks for connections that are idle for too long."""

_STATUS: Final = {status: f"HTTP/1.1 {status} {reason}\r\n" for status, reason in REASONS.items()}
_CONNECTION: Final = {True: "Connection: keep-alive\r\n", False: "Connection: close\r\n"}
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_BAD_REQUEST: Final = WireResponse(400, [("Content-Length", "0")], b"")


class Head:
    """The heads of answers; the Date is computed once a second."""

    def __init__(self) -> None:
        self._second = 0
        self._common = ""

    def of(self, response: WireResponse, *, keep: bool) -> bytes:
        """Return the bytes before an answer's body."""
        second = int(time.time())
        if second != self._second:
            self._second = second
            self._common = f"Server: Server\r\nDate: {formatdate(second, usegmt=True)}\r\n"
        lines = [f"{name}: {value}\r\n" for name, value in response.headers]
        head = f"{_STATUS[response.status]}{''.join(lines)}{self._common}{_CONNECTION[keep]}\r\n"
        return head.encode("latin-1")


class Waiting(NamedTuple):
    """A request that waits until earlier answers have been sent, or an answer that ends the
    connection."""

    request: WireRequest | WireResponse
    keep: bool


class Connections:
    """The open connections of a server, and their limits."""

    def __init__(self, router: Router, publish: Callable[[int], None] | None = None) -> None:
        """Serve a router.

        :param publish: receives the number of open connections whenever it changes.
        """
        self._publish: Final = publish
        settings = router.dynamodb.settings
        self.router: Final = router
        self.body_limit: Final = limit_of(settings)
        self.head: Final = Head()
        groups = router.groups
        self.writes: Final = None if groups is None else WriteThreads(router, groups, _sender())
        """The threads for writes, if the storage gains from groups of them."""
        self.limit: Final = limits.connection_limit()
        self._idle_timeout: Final = settings.idle_timeout
        self._open: dict[Connection, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._full = limits.SeldomLogged(log)

    def connection(self) -> Connection:
        """Return the protocol of a new connection."""
        return Connection(self)

    def opened(self, connection: Connection) -> None:
        """Add a connection; at the limit, close those that have been idle for longest."""
        self._open[connection] = None
        if self._publish is not None:
            self._publish(len(self._open))
        if len(self._open) > self.limit:
            idle = sorted([one for one in self._open if one.idle], key=lambda one: one.active)
            for one in idle[: limits.to_close(self.limit)]:
                one.close()
            if not idle:
                connection.close()
            self._full.warning(f"There are {self.limit} connections; idle ones are closed.")
        if self._timer is None:
            self._sweep_later()

    def closed(self, connection: Connection) -> None:
        """Remove a connection."""
        self._open.pop(connection, None)
        if self._publish is not None:
            self._publish(len(self._open))

    def _sweep_later(self) -> None:
        seconds = min(SWEEP, self._idle_timeout / 4)
        self._timer = asyncio.get_running_loop().call_later(seconds, self._sweep)

    def _sweep(self) -> None:
        now = time.monotonic()
        for connection in list(self._open):
            connection.check(now, self._idle_timeout)
        self._timer = None
        if self._open:
            self._sweep_later()


def _sender() -> Callable[[Answers], None]:
    """Return a function that sends answers in the thread of the loop that runs now."""
    loop = asyncio.get_running_loop()

    def send(answers: Answers) -> None:
        with suppress(RuntimeError):  # the loop is closed: the server has ended
            loop.call_soon_threadsafe(_respond, answers)

    return send


def _respond(answers: Answers) -> None:
    for respond, answer in answers:
        respond(answer)


class Connection(asyncio.Protocol):
    """A connection, which answers each request when it is complete.

    Pipelined requests are answered as long as the client receives the answers; until then no
    further bytes are read.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._router = connections.router
        self._limit = connections.body_limit
        self._head = connections.head
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._refused = False
        self._waiting: deque[Waiting] = deque()
        self._paused = False
        self._working = False
        """Whether a poll advances jobs, slice by slice, before its answer, or a thread carries out a
        write."""
        self._written = 0
        self._unsent = 0
        self._head_since: float | None = None
        self.active = time.monotonic()
        """The time at which the client last sent something or received part of an answer."""
        self._begin()

    def _begin(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._hosts: list[str] = []
        self._head_size = 0
        self._body: list[bytes] = []
        self._body_size = 0

    # Callbacks of asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(UNSENT)
        self._connections.opened(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._waiting.clear()
        self._connections.closed(self)

    def data_received(self, data: bytes) -> None:
        self.active = time.monotonic()
        self._written = 0
        if self._refused:
            return
        self._feed(data)
        if self._waiting and self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()
            if not self._paused:
                asyncio.get_running_loop().call_soon(self._answer_waiting)

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self.active = time.monotonic()
        self._answer_waiting()

    def _feed(self, data: bytes) -> None:
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
        """Parse a request that offers another protocol (h2c) again, without the offer.

        The parser has treated the bytes after the head as that protocol's.
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
        self._feed(head + rest)

    # Callbacks of httptools

    def on_message_begin(self) -> None:
        self._head_since = self.active

    def on_url(self, url: bytes) -> None:
        self._url += url
        self._grow(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        # The first of repeated headers counts.
        key = name.decode("latin-1").lower()
        # The parser removes blanks before a value, not those after it.
        content = value.decode("latin-1").rstrip(" \t")
        self._headers.setdefault(key, content)
        if key == "host":
            self._hosts.append(content)
        self._grow(len(name) + len(value))

    def on_headers_complete(self) -> None:
        self._head_since = None
        headers = self._headers
        coding = headers.get("transfer-encoding")
        broken = violation(
            self._parser.get_http_version(), self._hosts, 0, [coding] if coding else []
        )
        length = headers.get("content-length", "")
        if broken is not None:
            self._refuse(_BAD_REQUEST)
        elif self._limit is not None and length.isdecimal() and int(length) > self._limit:
            self._refuse(http.too_large(self._limit))
        elif headers.get("expect", "").lower() == "100-continue" and self._transport:
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
            # A proxy gets the URL in this form, with the server's name.
            path = "/" + path.partition("://")[2].partition("/")[2]
        request = WireRequest(
            self._parser.get_method().decode("ascii"),
            path,
            query,
            self._headers,
            self._body[0] if len(self._body) == 1 else b"".join(self._body),
        )
        self._begin()
        keep = self._parser.should_keep_alive()
        if self._waiting or self._paused or self._working or self._written > UNSENT:
            self._waiting.append(Waiting(request, keep))
        else:
            self._answer(request, keep)

    def _grow(self, size: int) -> None:
        self._head_size += size
        if self._head_size > MAX_HEAD:
            self._refuse(_BAD_REQUEST)

    # Answers

    def _refuse(self, response: WireResponse) -> None:
        """Answer and close; ignore the rest of what the client sends."""
        if not self._refused:
            self._refused = True
            if self._waiting or self._working:
                self._waiting.append(Waiting(response, keep=False))
            else:
                self._end(response)

    def _end(self, response: WireResponse) -> None:
        if self._transport is not None:
            self._transport.write(self._head.of(response, keep=False) + response.body)
            self._transport.write_eof()
            # A client that is still sending would get a reset instead of the answer.
            asyncio.get_running_loop().call_later(LINGER, self.close)

    def _answer_waiting(self) -> None:
        """Answer waiting requests until the client must first receive some of the answers."""
        self._written = 0
        while self._waiting and not (self._paused or self._working) and self._written <= UNSENT:
            request, keep = self._waiting.popleft()
            if isinstance(request, WireResponse):
                self._end(request)
            else:
                self._answer(request, keep)
        transport = self._transport
        if transport is None or transport.is_closing() or self._paused or self._working:
            return
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._answer_waiting)
        else:
            transport.resume_reading()

    def _answer(self, request: WireRequest, keep: bool) -> None:
        """Answer a request after slices of jobs. Other requests are answered between the slices."""
        headers = request.headers
        slices = http.slices(
            self._router,
            headers.get("x-amz-target", ""),
            headers.get("authorization") or request.query,
            headers.get("host", ""),
        )
        if slices is None:
            self._respond(request, keep)
        else:
            self._work(request, keep, slices)

    def _work(self, request: WireRequest, keep: bool, slices: Iterator[None]) -> None:
        """Do a slice of jobs, and answer the request if it was the last one."""
        if next(slices, self) is not self:
            self._working = True
            loop = asyncio.get_running_loop()
            # not in the loop's next turn, which answers what others have sent meanwhile
            loop.call_soon(loop.call_soon, self._work, request, keep, slices)
            return
        waited, self._working = self._working, False
        self._respond(request, keep)
        if waited:
            self._go_on()

    def _respond(self, request: WireRequest, keep: bool) -> None:
        writes = self._connections.writes
        if writes is None:
            self._send(http.handle(self._router, request), keep)
            return
        admitted = http.admit(self._router, request)
        if not isinstance(admitted, http.Admitted):
            self._send(admitted, keep)
        elif writes.takes(admitted):
            self._working = True
            writes.add(admitted, partial(self._written_by_thread, keep))
        else:
            self._send(http.finish(self._router, admitted), keep)

    def _written_by_thread(self, keep: bool, response: WireResponse) -> None:
        """Send the answer to a write, and go on with the requests behind it."""
        self._working = False
        self._send(response, keep)
        self._go_on()

    def _go_on(self) -> None:
        """Answer what waits for the answer that was sent, and read on."""
        transport = self._transport
        if self._waiting or (transport is not None and not transport.is_reading()):
            asyncio.get_running_loop().call_soon(self._answer_waiting)

    def _send(self, response: WireResponse, keep: bool) -> None:
        keep = keep and response.status != 413
        transport = self._transport
        if transport is None:
            return
        head, body = self._head.of(response, keep=keep), response.body
        self._written += len(head) + len(body)
        if len(body) > LARGE:
            transport.write(head)
            transport.write(body)
        else:
            transport.write(head + body)
        if not keep:
            self._waiting.clear()
            self._refused = True
            transport.close()

    # Bounds

    @property
    def idle(self) -> bool:
        """Whether the client is not waiting for an answer."""
        return not (self._waiting or self._working or self._unsent_bytes())

    def check(self, now: float, timeout: float) -> None:
        """Close the connection if the client has done nothing for too long.

        The head of a request as a whole has that much time, even if bytes keep coming. Time in which
        the client waits for the answer to a request does not count.
        """
        if self._working:
            self.active = now
            self._head_since = None if self._head_since is None else now
            return
        unsent = self._unsent_bytes()
        if unsent < self._unsent:
            self.active = now
        self._unsent = unsent
        since = self.active if self._head_since is None else self._head_since
        if now - min(since, self.active) > timeout and self._transport is not None:
            if unsent:
                self._transport.abort()
            else:
                self._transport.close()

    def close(self) -> None:
        """Close the connection after everything that was written has been sent."""
        if self._transport is not None:
            self._transport.close()

    def _unsent_bytes(self) -> int:
        return 0 if self._transport is None else self._transport.get_write_buffer_size()
