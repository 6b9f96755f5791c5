"""waitress, told to refuse a long body unread and to say who can reach it.

``use = egg:ddbmock#waitress`` in an ``.ini`` file; every option is waitress' own, but ``threads``
may be 0: then the thread that reads requests answers them, too. Handing a request to another
thread costs more than answering most requests from memory. Stock waitress serves the application
as well, but reads a long body to its end before it is refused.
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
"""Bytes of request line and headers; the service answers 400 to more."""

ACCEPTED_AT_ONCE: Final = 64
"""Connections that one turn of the loop accepts."""
LINGER: Final = 10.0
"""Seconds for which the rest of a refused request is read and thrown away: a client that is still
sending when the connection closes would see it reset instead of the answer."""


Application: TypeAlias = Callable[..., Iterable[bytes]]


def server_factory(
    global_config: Mapping[str, str], **options: Any
) -> Callable[[Application], None]:
    """Listen, and return what serves an application; the factory of ``egg:ddbmock#waitress``.

    ``pserve`` calls this before it makes the application, and lets the program end with a status
    other than 0; an exit while it serves it takes for the user's.

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
            # so that what is to be done at exit is done when a service manager ends us, too
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        server.run()

    return serve


def serve_paste(application: Application, global_config: Mapping[str, str], **options: Any) -> int:
    """Serve an application until interrupted or terminated."""
    server_factory(global_config, **options)(application)
    return 0


def make_server(application: Application, **options: Any) -> Any:
    """Return a waitress server that listens already; its ``run()`` serves until ``close()``.

    ``effective_port`` is the port that port 0 became.
    """
    server = _listening(_Awaited(), options)
    announce, _ = _announcement(server, application)
    _attach(server, application)
    announce()
    return server


class _Awaited:
    """Stands where the application will be."""

    application: Application

    def __call__(self, *arguments: Any) -> Iterable[bytes]:
        return self.application(*arguments)


def _listening(awaited: _Awaited, options: dict[str, Any]) -> Any:
    """Return a server that listens, but has no application yet."""
    options.setdefault("ident", "Server")
    # select() ends at 1,024 files, and waitress' own limit of 100 connections is soon reached
    options.setdefault("asyncore_use_poll", True)
    options.setdefault("connection_limit", limits.connection_limit())
    options.setdefault("max_request_header_size", MAX_HEADERS)
    # one limit on bodies is enough, and ours is answered as the service answers
    options.setdefault("max_request_body_size", sys.maxsize)
    inline = _threads(options.get("threads", 4)) == 0
    if inline:
        options.update(threads=1, _dispatcher=_Inline())
        # waiting for the loop to empty a buffer would be waiting for oneself
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
    """Whether waitress' option says how long connections may be idle."""


def _attach(server: Any, application: Application) -> None:
    """Let a server that listens serve an application."""
    awaited, listeners, inline, own_timeout = server.ddbmock
    awaited.application = application
    settings = settings_of_application(application)
    limit = limit_of(settings)
    channel = _InlineChannel if inline else _Channel
    router = router_of_application(application)
    for listener in listeners:
        if listener.application is awaited:
            # not so behind waitress' middleware for proxies
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
            # the answer goes out when it is whole, head and body at once
            listener.adj.send_bytes = sys.maxsize
            # the loop does not sleep while a request is answered
            listener.pull_trigger = lambda: None


def _announcement(server: Any, application: Application) -> tuple[Callable[[], None], int]:
    """Return what logs where a server listens, and the number of its workers."""
    addresses = [(one.effective_host, one.effective_port) for one in server.ddbmock.listeners]
    workers = settings_of_application(application).workers
    return announcement(addresses, router_of_application(application), workers), workers


@contextmanager
def running(application: Callable[..., Iterable[bytes]], **options: Any) -> Iterator[int]:
    """Provide the port of a server that runs in a thread while the block lasts, on loopback alone.

    Any free port, unless ``listen`` says which.
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
    """Stops at what is wrong, and at a body over the limit, announced or in chunks."""

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
            # of repeated ones the service reads the first, waitress would join them
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
    """Answers what cannot be parsed, or is too long, with a status and nothing else."""

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
        # what cannot be read is thrown away by the channel, which closes the connection kindly
        self.close_on_finish = isinstance(error, InternalServerError)


class _Channel(HTTPChannel):  # type: ignore[misc]  # waitress is untyped
    """A connection that is closed kindly after a refused request."""

    error_task_class = _Refusal
    task_class = DirectTask

    def __init__(self, limit: int | None, *args: Any, **keywords: Any) -> None:
        self.limit: Final = limit
        self._refused_at: float | None = None
        super().__init__(*args, **keywords)

    def parser_class(self, adjustments: Any) -> _Parser:
        return _Parser(adjustments, self.limit, self)

    def refuse(self) -> None:
        """From now on throw away what the client sends."""
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
        """Called when an answer has been written; the loop sends what is not yet sent."""

    def service(self) -> None:
        super().service()
        self.answered()
        if self._refused_at is not None and not self.requests:
            if self.total_outbufs_len:
                self.close_when_flushed = True
            elif self.connected:
                # we have said all that we shall say; the client may finish its sentence
                with suppress(OSError):
                    self.socket.shutdown(socket.SHUT_WR)


class _Accepting:
    """Accepts connections for a listener of waitress, within the limits of the system.

    At the limit the connections that have been idle for longest are closed for new ones. When the
    system has no more files, nothing is accepted for a moment, as trying would fail at once again.
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
        """Accept the connections that wait: a turn of the loop costs as much as there are of them."""
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
            # Later: the loop is going over the connections, by their files' numbers.
            channel.will_close = True


class _Inline:
    """Takes waitress' tasks and lets the loop's own thread do them: see :class:`_InlineChannel`."""

    def __init__(self) -> None:
        self.router: Router | None = None
        self._channels: deque[_InlineChannel] = deque()

    def add_task(self, channel: _InlineChannel) -> None:
        self._channels.append(channel)

    def run(self) -> None:
        """Answer the requests that have come in."""
        while self._channels:
            self._channels.popleft().begin()

    def set_thread_count(self, count: int) -> None:
        """There is no thread but the loop's."""

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        """There is nothing to wait for."""
        del cancel_pending, timeout
        return False


class _InlineChannel(_Channel):
    """A connection whose requests are answered where they are read.

    One that waits for slices of jobs is answered later: until then each turn of the loop does a slice,
    and reads and answers the requests of other connections.
    """

    _slices: Iterator[None] | None = None

    def begin(self) -> None:
        """Answer the next request, or do the first slice of what it waits for."""
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

    def writable(self) -> bool:
        return self._slices is not None or bool(super().writable())

    def handle_write(self) -> None:
        if self._slices is None:
            super().handle_write()
        else:
            self._work()
            self.server.task_dispatcher.run()

    def handle_close(self) -> None:
        self._slices = None
        super().handle_close()

    def handle_read(self) -> None:
        super().handle_read()
        # not within received(), which holds the lock that service() takes
        self.server.task_dispatcher.run()

    def answered(self) -> None:
        if self.connected and self.total_outbufs_len:
            self._flush_exception(self._flush_some)
