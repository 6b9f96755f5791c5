"""Connections of the waitress server: what they accept of a client, and how many there are."""

from __future__ import annotations

import re
import socket
import time
from contextlib import suppress
from typing import Any, Final

from waitress.buffers import OverflowableBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.receiver import FixedStreamReceiver
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask
from waitress.utilities import (
    BadRequest,
    InternalServerError,
    RequestEntityTooLarge,
    RequestHeaderFieldsTooLarge,
)

from ddbmock.server import limits, tls, waitress_head
from ddbmock.server.framing import violation_of_head
from ddbmock.server.startup import log
from ddbmock.server.waitress_direct import DirectTask
from ddbmock.service import http

ACCEPTED_AT_ONCE: Final = 64
"""The number of connections that one turn of the loop accepts at most."""
LARGE: Final = 65_536
"""The size of a body in bytes from which on it is sent by itself: a copy behind the head would cost more."""
LINGER: Final = 10.0
"""Seconds for which the rest of a rejected request is read and discarded: a client that is still
sending when the connection closes would get a reset instead of the answer."""

_ACCEPT_ENCODING: Final = re.compile(rb"(\r\naccept-encoding:[^\r]*)", re.IGNORECASE)


class Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress is untyped
    """A parser that stops at an error, and at a body over the limit, announced or in chunks."""

    error: Any

    def __init__(self, adjustments: Any, limit: int | None, channel: Channel) -> None:
        super().__init__(adjustments)
        self._limit = limit
        self._channel = channel

    def parse_header(self, header_plus: bytes) -> None:
        found = waitress_head.read(header_plus)
        if found is None:
            self._parse_any(header_plus)
            return
        self.headers, length = found
        self.first_line = b"POST / HTTP/1.1"
        self.command, self.request_uri, self.version = "POST", "/", "1.1"
        self.path = "/"
        self.proxy_scheme = self.proxy_netloc = self.query = self.fragment = ""
        self.url_scheme = self.adj.url_scheme
        self.content_length = length
        if length:
            self.body_rcv = FixedStreamReceiver(length, OverflowableBuffer(self.adj.inbuf_overflow))

    def _parse_any(self, header_plus: bytes) -> None:
        broken = violation_of_head(header_plus)
        if broken is not None:
            raise ParsingError(broken)
        first, *others = _ACCEPT_ENCODING.split(header_plus)
        if len(others) > 2:
            # DynamoDB reads the first of repeated headers; waitress would join them.
            header_plus = b"".join((first, others[0], *others[1::2]))
        super().parse_header(header_plus)

    def received(self, data: bytes) -> int:
        consumed = 0
        if not (self.headers_finished or self.header_plus) and tls.is_hello(data):
            self.error = BadRequest("")
            self.completed = True
        else:
            consumed = super().received(data)
        if self.error is None and self._limit is not None and self._length() > self._limit:
            self.error = RequestEntityTooLarge("")
            self.completed = True
            self.expect_continue = False
        if self.error is None:
            return consumed
        self._channel.refuse()
        return len(data)

    def _length(self) -> int:
        if self.body_rcv is None:
            return 0
        coming = int(getattr(self.body_rcv, "chunk_remainder", 0))
        return max(int(self.content_length), int(self.body_rcv.__len__()) + coming)


class _Refusal(ErrorTask):  # type: ignore[misc]  # waitress is untyped
    """The task that answers a request that cannot be parsed, or is too long, with a status only."""

    def execute(self) -> None:
        error = self.request.error
        if isinstance(error, RequestHeaderFieldsTooLarge):
            error.code, error.reason = 400, "Bad Request"
        self.status = f"{error.code} {error.reason}"
        self.version = "1.1"
        self.response_headers.append(("Connection", "close"))
        if isinstance(error, RequestEntityTooLarge):
            hint = http.too_large_hint(self.channel.limit)
            self.response_headers.append((http.HINT_HEADER, hint))
        self.content_length = 0
        self.write(b"")
        # The channel discards the rest of the request, and closes the connection after a moment.
        self.close_on_finish = isinstance(error, InternalServerError)


class Channel(HTTPChannel):  # type: ignore[misc]  # waitress is untyped
    """A connection that still reads for a moment after a rejected request, before it is closed."""

    error_task_class = _Refusal
    task_class = DirectTask

    def __init__(self, limit: int | None, *args: Any, **keywords: Any) -> None:
        self.limit: Final = limit
        self.prepared: http.WireResponse | None = None
        """The answer to the next request, if it is known."""
        self._refused_at: float | None = None
        super().__init__(*args, **keywords)

    def parser_class(self, adjustments: Any) -> Parser:
        return Parser(adjustments, self.limit, self)

    def refuse(self) -> None:
        """Discard everything that the client sends from now on."""
        self._refused_at = time.monotonic()

    def received(self, data: bytes) -> bool:
        if self._refused_at is None:
            return bool(super().received(data))
        if time.monotonic() - self._refused_at > LINGER:
            self.will_close = True
        return True

    def send_answer(self, head: bytes, body: bytes) -> None:
        """Send an answer at once as far as the system takes it; the loop sends the rest."""
        parts = [head, body] if len(body) > LARGE else [head + body]
        with self.outbuf_lock:
            for part in parts:
                rest = part
                if not self.total_outbufs_len and self.connected:
                    try:
                        rest = part[self.send(part, do_close=False) :]
                    except OSError:
                        self.will_close = True
                        return
                self.write_soon(rest)

    def answer(self, response: http.WireResponse) -> None:
        """Answer the next request, if the server has not discarded it."""
        if self.requests:
            self.prepared = response
            self.service()

    def answered(self) -> None:
        """Note that an answer has been written; the loop sends the rest of it."""

    def service(self) -> None:
        super().service()
        self.answered()
        if self._refused_at is not None and not self.requests:
            if self.total_outbufs_len:
                self.close_when_flushed = True
            elif self.connected:
                # Nothing more will be sent, but the client may finish its request.
                with suppress(OSError):
                    self.socket.shutdown(socket.SHUT_WR)


class Accepting:
    """A listener of waitress that accepts connections within the limits of the system.

    At the limit, the connections that have been idle for longest are closed in favour of new ones.
    If the system has no more files, accepting pauses for a moment, since it would fail again at
    once.
    """

    def __init__(self, listener: TcpWSGIServer) -> None:
        self._listener = listener
        self._readable = listener.readable
        self._paused_until = 0.0
        self._full = limits.SeldomLogged(log)

    def readable(self) -> bool:
        if time.monotonic() < self._paused_until:
            return False
        limit = self._listener.adj.connection_limit
        if len(self._listener._map) >= limit - 1:
            self._close_idle(limit)
        return bool(self._readable())

    def handle_accept(self) -> None:
        """Accept all waiting connections at once: each turn of the loop takes time for every open
        connection."""
        listener = self._listener
        room = listener.adj.connection_limit - len(listener._map)
        for _ in range(max(1, min(ACCEPTED_AT_ONCE, room))):
            try:
                accepted = listener.accept()
                if accepted is None:
                    return
                connection, address = accepted
                listener.set_socket_options(connection)
            except OSError as error:
                if error.errno in limits.OUT_OF_FILES:
                    self._paused_until = time.monotonic() + limits.ACCEPT_PAUSE
                    self._close_idle(listener.adj.connection_limit)
                    self._full.warning(f"No connection can be accepted for now: {error.strerror}.")
                return
            listener.channel_class(
                listener, connection, listener.fix_addr(address), listener.adj, map=listener._map
            )

    def _close_idle(self, limit: int) -> None:
        channels = self._listener.active_channels.values()
        idle = [
            one for one in channels if not (one.requests or one.total_outbufs_len or one.will_close)
        ]
        idle.sort(key=lambda one: one.last_activity)
        for channel in idle[: limits.to_close(limit)]:
            # They are closed later, because the loop is iterating over the connections.
            channel.will_close = True
