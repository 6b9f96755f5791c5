"""A server on waitress that rejects a long body without reading it.

``use = egg:ddbmock#waitress`` in an ``.ini`` file; the options are those of waitress, but
``threads`` may be 0: then the thread that reads requests also answers them, because passing a
request to another thread costs more than answering most requests from memory. Plain waitress can
serve the application as well, but it reads a long body to its end before it rejects it.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeAlias

from waitress import wasyncore
from waitress.server import TcpWSGIServer, create_server

from ddbmock.named_tuple import NamedTuple
from ddbmock.server import limits, memory
from ddbmock.server.body import (
    end_threads,
    limit_of,
    router_of_application,
    settings_of_application,
    start_worker,
)
from ddbmock.server.startup import announcement, listening
from ddbmock.server.waitress_connections import Accepting, Channel
from ddbmock.server.waitress_direct import direct
from ddbmock.server.waitress_inline import Inline, InlineChannel
from ddbmock.server.waitress_tasks import Dispatcher, writes
from ddbmock.server.waitress_worker import take_connections
from ddbmock.server.workers import supervise
from ddbmock.service.router import Router

MAX_HEADERS: Final = 16 * 1024
"""The limit of request line and headers in bytes; longer ones are answered with 400, as by
DynamoDB."""

RECEIVED_AT_ONCE: Final = 65_536
"""The number of bytes that one turn of the loop reads from a connection at most."""


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
            with memory.of_server():
                server.run()
        else:
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
        options.update(threads=1, _dispatcher=Inline())
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
    channel = InlineChannel if inline else Channel
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
            _start_threads(listener.task_dispatcher, router)
        accepting = Accepting(listener)
        listener.readable, listener.handle_accept = accepting.readable, accepting.handle_accept
        if inline:
            listener.task_dispatcher.router = router
            # The answer is sent when it is complete, head and body together.
            listener.adj.send_bytes = sys.maxsize
            # The loop must not sleep while a request waits for slices of jobs.
            listener.pull_trigger = lambda: None


def _start_threads(dispatcher: Dispatcher, router: Router | None) -> None:
    dispatcher.is_write = writes(router)
    if router is not None and router.groups is not None and dispatcher.grouped is None:
        from ddbmock.server.waitress_groups import GroupedChannels

        dispatcher.grouped = GroupedChannels(router, router.groups)
    dispatcher.start()


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
