"""A server on waitress that rejects a long body without reading it.

``use = egg:ddbmock#waitress`` in an ``.ini`` file; the options are those of waitress, but
``threads`` may be 0: then the thread that reads requests also answers them, because passing a
request to another thread costs more than answering most requests from memory. Plain waitress can
serve the application as well, but it reads a long body to its end before it rejects it.
"""

from __future__ import annotations

import re
import signal
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final, NamedTuple, TypeAlias

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer, create_server
from waitress.task import ErrorTask
from waitress.utilities import (
    BadRequest,
    InternalServerError,
    RequestEntityTooLarge,
    RequestHeaderFieldsTooLarge,
)

from ddbmock.server import limits, tls
from ddbmock.server.body import (
    end_threads,
    limit_of,
    router_of_application,
    settings_of_application,
    start_worker,
)
from ddbmock.server.framing import violation_of_head
from ddbmock.server.startup import announcement, listening, log
from ddbmock.server.waitress_direct import DirectTask, direct
from ddbmock.server.waitress_tasks import Dispatcher, writes
from ddbmock.server.waitress_worker import take_connections
from ddbmock.server.workers import supervise
from ddbmock.service import http
from ddbmock.service.router import Router

MAX_HEADERS: Final = 16 * 1024
"""The limit of request line and headers in bytes; longer ones are answered with 400, as by
DynamoDB."""

ACCEPTED_AT_ONCE: Final = 64
"""The number of connections that one turn of the loop accepts at most."""
RECEIVED_AT_ONCE: Final = 65_536
"""The number of bytes that one turn of the loop reads from a connection at most."""
LINGER: Final = 10.0
"""Seconds for which the rest of a rejected request is read and discarded: a client that is still
sending when the connection closes would get a reset instead of the answer."""


Application: TypeAlias = Callable[..., Iterable[bytes]]


def server_factory(
    global_config: Mapping[str, str], **options: Any
) -> Callable[[Application], None]:
    """Listen, and return a function that serves an application: the factory of
    ``egg:ddbmock#waitress``.

    ``pserve`` calls this before it creates the application. An exit at this point has a status
    other than 0; an exit while it serves would count as the user's.

    :raises SystemExit: an option is wrong, or the address cannot be had.
    """
    del global_config
    limits.raise_file_limit()
    with listening(str(options.get("listen", "its address"))):
        server = _listening(_Awaited(), options)

    def serve(application: Application) -> None:
        announce, workers = _announcement(server, application)
        if workers > 1:
            listeners = server.ddbmock.listeners
            connections = supervise([one.socket for one in listeners], workers, announce)
            if connections is None:
                return
            take_connections(listeners, connections)
            start_worker(application)
            announce = connections.ready
        _attach(server, application)
        announce()
        if threading.current_thread() is threading.main_thread():
            # Exit handlers must also run when a service manager terminates the server.
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        server.run()
        end_threads(application)

    return serve


def serve_paste(application: Application, global_config: Mapping[str, str], **options: Any) -> int:
    """Serve an application until interrupted or terminated."""
    server_factory(global_config, **options)(application)
    return 0


def make_server(application: Application, **options: Any) -> Any:
    """Return a waitress server that already listens; its ``run()`` serves until ``close()``.

    ``effective_port`` is the actual port.
    """
    server = _listening(_Awaited(), options)
    announce, _ = _announcement(server, application)
    _attach(server, application)
    announce()
    return server


class _Awaited:
    """A placeholder for the application."""

    application: Application

    def __call__(self, *arguments: Any) -> Iterable[bytes]:
        return self.application(*arguments)


def _listening(awaited: _Awaited, options: dict[str, Any]) -> Any:
    """Return a server that listens and has no application yet."""
    options.setdefault("ident", "Server")
    # select() supports 1,024 files only, and waitress's limit of 100 connections is soon reached.
    options.setdefault("asyncore_use_poll", True)
    options.setdefault("connection_limit", limits.connection_limit())
    options.setdefault("max_request_header_size", MAX_HEADERS)
    # A batch of items is then read at once.
    options.setdefault("recv_bytes", RECEIVED_AT_ONCE)
    # Bodies need only one limit, and DynamoDB's answer is sent at ours.
    options.setdefault("max_request_body_size", sys.maxsize)
    inline = _threads(options.get("threads", 4)) == 0
    if inline:
        options.update(threads=1, _dispatcher=_Inline())
        # The loop's own thread would wait for itself to empty a buffer.
        options["outbuf_high_watermark"] = sys.maxsize
    else:
        options["_dispatcher"] = Dispatcher(_threads(options.get("threads", 4)))
    dispatchers: dict[int, Any] = {}
    server = create_server(awaited, map=dispatchers, **options)
    server.ddbmock = _Listening(
        awaited,
        [one for one in dispatchers.values() if isinstance(one, TcpWSGIServer)],
        inline,
        "channel_timeout" in options,
    )
    return server


def _threads(given: object) -> int:
    if not str(given).isdecimal():
        raise ValueError(f"threads must be a whole number, at least 0, not {given!r}")
    return int(str(given))


class _Listening(NamedTuple):
    """The state of a server that has no application yet."""

    awaited: _Awaited
    listeners: list[TcpWSGIServer]
    inline: bool
    own_timeout: bool
    """Whether waitress's option limits the idle time of connections."""


def _attach(server: Any, application: Application) -> None:
    """Set the application of a server that listens."""
    awaited, listeners, inline, own_timeout = server.ddbmock
    awaited.application = application
    settings = settings_of_application(application)
    limit = limit_of(settings)
    channel = _InlineChannel if inline else _Channel
    router = router_of_application(application)
    for listener in listeners:
        if listener.application is awaited:
            # The application is not ddbmock's if waitress has wrapped it in its middleware for
            # proxies.
            listener.application = application
        listener.direct = direct(application, listener.adj)
        listener.channel_class = lambda *args, **keywords: channel(limit, *args, **keywords)
        if not own_timeout:
            listener.adj.channel_timeout = settings.idle_timeout
            listener.adj.cleanup_interval = min(30.0, settings.idle_timeout / 2)
            listener.adj.asyncore_loop_timeout = min(1.0, settings.idle_timeout / 2)
        if not inline:
            listener.task_dispatcher.is_write = writes(router)
            listener.task_dispatcher.start()
        accepting = _Accepting(listener)
        listener.readable, listener.handle_accept = accepting.readable, accepting.handle_accept
        if inline:
            listener.task_dispatcher.router = router
            # The answer is sent when it is complete, head and body together.
            listener.adj.send_bytes = sys.maxsize
            # The loop must not sleep while a request waits for slices of jobs.
            listener.pull_trigger = lambda: None


def _announcement(server: Any, application: Application) -> tuple[Callable[[], None], int]:
    """Return what logs where a server listens, and the number of its workers."""
    addresses = [(one.effective_host, one.effective_port) for one in server.ddbmock.listeners]
    workers = settings_of_application(application).workers
    return announcement(addresses, router_of_application(application), workers), workers


@contextmanager
def running(application: Callable[..., Iterable[bytes]], **options: Any) -> Iterator[int]:
    """Provide the port of a server that runs in a thread while the block lasts, on loopback alone.

    By default it is any free port; ``listen`` chooses another.
    """
    with looping(make_server(application, **{"listen": "127.0.0.1:0"} | options)) as port:
        yield port


@contextmanager
def looping(server: Any) -> Iterator[int]:
    """Provide the port of a server that listens, whose loop runs in a thread while the block lasts."""
    stopping = threading.Event()

    def loop() -> None:
        while not stopping.is_set():
            wasyncore.loop(
                timeout=server.adj.asyncore_loop_timeout,
                map=server._map,
                count=1,
                use_poll=server.adj.asyncore_use_poll,
            )

    thread = threading.Thread(target=loop, name="ddbmock server", daemon=True)
    thread.start()
    try:
        yield server.effective_port
    finally:
        stopping.set()
        server.trigger.pull_trigger()
        thread.join()
        server.task_dispatcher.shutdown()
        wasyncore.close_all(server._map)


_ACCEPT_ENCODING: Final = re.compile(rb"(\r\naccept-encoding:[^\r]*)", re.IGNORECASE)


class _Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress is untyped
    """A parser that stops at an error, and at a body over the limit, announced or in chunks."""

    error: Any

    def __init__(self, adjustments: Any, limit: int | None, channel: _Channel) -> None:
        super().__init__(adjustments)
        self._limit = limit
        self._channel = channel

    def parse_header(self, header_plus: bytes) -> None:
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


class _Channel(HTTPChannel):  # type: ignore[misc]  # waitress is untyped
    """A connection that still reads for a moment after a rejected request, before it is closed."""

    error_task_class = _Refusal
    task_class = DirectTask

    def __init__(self, limit: int | None, *args: Any, **keywords: Any) -> None:
        self.limit: Final = limit
        self._refused_at: float | None = None
        super().__init__(*args, **keywords)

    def parser_class(self, adjustments: Any) -> _Parser:
        return _Parser(adjustments, self.limit, self)

    def refuse(self) -> None:
        """Discard everything that the client sends from now on."""
        self._refused_at = time.monotonic()

    def received(self, data: bytes) -> bool:
        if self._refused_at is None:
            return bool(super().received(data))
        if time.monotonic() - self._refused_at > LINGER:
            self.will_close = True
        return True

    def send_answer(self, content: bytes) -> None:
        """Send an answer at once as far as the system takes it; the loop sends the rest."""
        with self.outbuf_lock:
            if not self.total_outbufs_len and self.connected:
                try:
                    content = content[self.send(content, do_close=False) :]
                except OSError:
                    self.will_close = True
                    return
            self.write_soon(content)

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


class _Accepting:
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


class _Inline:
    """A dispatcher that leaves the tasks to the loop's own thread: see :class:`_InlineChannel`."""

    def __init__(self) -> None:
        self.router: Router | None = None
        self._channels: deque[_InlineChannel] = deque()

    def add_task(self, channel: _InlineChannel) -> None:
        self._channels.append(channel)

    def run(self) -> None:
        """Answer the requests that have arrived."""
        while self._channels:
            self._channels.popleft().begin()

    def set_thread_count(self, count: int) -> None:
        """Do nothing: the loop's thread is the only one."""

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        """Return at once: there is no thread to wait for."""
        del cancel_pending, timeout
        return False


class _InlineChannel(_Channel):
    """A connection whose requests are answered by the thread that reads them.

    A request that waits for slices of jobs is answered later. Until then each turn of the loop does
    one slice, and answers the requests of other connections. A request also waits while the client has
    not read the answer before it.
    """

    _slices: Iterator[None] | None = None
    _unread = False
    """Whether the next request waits until the client has read the last answer."""

    def begin(self) -> None:
        """Answer the next request, or do the first slice of jobs for which it waits."""
        self._unread = self.total_outbufs_len > 0
        if self._unread:
            return
        router = self.server.task_dispatcher.router
        if router is not None and self.requests and self.requests[0].error is None:
            request = self.requests[0]
            headers = request.headers
            self._slices = http.slices(
                router,
                headers.get("X_AMZ_TARGET", ""),
                headers.get("AUTHORIZATION") or request.query,
                headers.get("HOST", ""),
            )
        self._work()

    def _work(self) -> None:
        if self._slices is None or next(self._slices, self) is self:
            self._slices = None
            self.service()
        elif self._fileno is not None:
            # the loop takes connections in this order: others' requests come before the next slice
            del self._map[self._fileno]
            self._map[self._fileno] = self

    def writable(self) -> bool:
        return self._slices is not None or bool(super().writable())

    def handle_write(self) -> None:
        if self._slices is not None:
            self._work()
        else:
            if self._unread:
                # waitress itself sends nothing while there are requests
                self._send_pending()
            super().handle_write()
            if self._unread and self.connected:
                self.begin()
        self.server.task_dispatcher.run()

    def handle_close(self) -> None:
        self._slices = None
        super().handle_close()

    def handle_read(self) -> None:
        super().handle_read()
        # This must not happen within received(), which holds the lock that service() needs.
        self.server.task_dispatcher.run()

    def answered(self) -> None:
        self._send_pending()

    def _send_pending(self) -> None:
        if self.connected and self.total_outbufs_len:
            self._flush_exception(self._flush_some)
