"""The fastest server: asyncio with llhttp's parser, without WSGI.

``ddbmock[fast]`` installs httptools and, where it is available, uvloop. The single thread of the
loop answers each request as soon as it has arrived. This suits data in memory. If the storage gains from
groups of writes, as PostgreSQL does, threads carry out the writes, and the loop
everything else, although the storage makes it wait. ``use = egg:ddbmock#fast`` in an ``.ini`` file.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from ddbmock.server import limits, memory
from ddbmock.server.asyncio_connection import Connections
from ddbmock.server.body import ROUTER_KEY, end_threads, start_worker
from ddbmock.server.startup import announce, announcement, exit_on_error, listening, log
from ddbmock.server.workers import Connections as WorkerConnections
from ddbmock.server.workers import supervise
from ddbmock.service.router import Router
from ddbmock.settings import SettingsError


async def serve(router: Router, host: str, port: int) -> asyncio.Server:
    """Listen and accept connections until the returned server is closed."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(Connections(router).connection, host, port)


def run(router: Router, sockets: Sequence[socket.socket]) -> None:
    """Serve on bound sockets until interrupted or terminated."""

    async def begin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> Callable[[], None]:
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stop.set)
        connections = Connections(router)
        servers = [await loop.create_server(connections.connection, sock=one) for one in sockets]
        announce(_addresses(sockets), router)

        def end() -> None:
            for server in servers:
                server.close()

        return end

    _run(begin)


def run_worker(router: Router, worker: WorkerConnections) -> None:
    """Serve the connections that the supervisor gives, until it ends or this process is terminated."""

    async def begin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> Callable[[], None]:
        loop.add_signal_handler(signal.SIGTERM, stop.set)
        connections = Connections(router, worker.set_open)
        tasks: set[asyncio.Task[Any]] = set()

        def accept() -> None:
            try:
                while (accepted := worker.accept()) is not None:
                    task = loop.create_task(
                        loop.connect_accepted_socket(connections.connection, accepted[0])
                    )
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
            except EOFError:
                loop.remove_reader(worker.socket)
                stop.set()

        loop.add_reader(worker.socket, accept)
        worker.ready()
        return lambda: None

    _run(begin)


_Begin: TypeAlias = Callable[
    [asyncio.AbstractEventLoop, asyncio.Event], Awaitable[Callable[[], None]]
]
"""Begins to serve, lets signals set the event, and returns what to do at the end."""


def _run(begin: _Begin) -> None:
    """Run a loop until the event that `begin` receives is set."""

    async def forever() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_out_of_files(limits.SeldomLogged(log)))
        stop = asyncio.Event()
        end = await begin(loop, stop)
        with memory.of_server():
            await stop.wait()
        end()

    run_loop: Callable[..., None] = asyncio.run
    with contextlib.suppress(ImportError):
        import uvloop

        run_loop = uvloop.run
    run_loop(forever())


def _out_of_files(
    full: limits.SeldomLogged,
) -> Callable[[asyncio.AbstractEventLoop, dict[str, Any]], None]:
    """Return an exception handler that logs failing accepts once a minute, and everything else as
    usual."""

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in limits.OUT_OF_FILES:
            full.warning(f"No connection can be accepted for now: {error.strerror}.")
        else:
            loop.default_exception_handler(context)

    return handle


def server_factory(
    global_config: Mapping[str, str] | None = None,
    *,
    listen: str = "127.0.0.1:6543",
    **options: Any,
) -> Callable[[Callable[..., Iterable[bytes]]], None]:
    """Listen, and return a function that serves the router of ddbmock's application.

    The factory of ``egg:ddbmock#fast`` in an ``.ini`` file.

    :raises SystemExit: an option is wrong, or the server cannot listen on the address.
    """
    del global_config
    host, _, port = listen.strip().rpartition(":")
    with exit_on_error():
        if options:
            raise SettingsError(f"The server fast has no option {', '.join(sorted(options))}.")
        if not host or not port.isdecimal():
            raise SettingsError(
                f"listen must be an address with its port, like 127.0.0.1:6543, not {listen!r}."
            )
    limits.raise_file_limit()
    with listening(f"{host.strip('[]')}:{port}"):
        sockets = _bound(host.strip("[]"), int(port))

    def serve(application: Callable[..., Iterable[bytes]]) -> None:
        router: Router = application.registry[ROUTER_KEY]  # type: ignore[attr-defined]
        workers = router.dynamodb.settings.workers
        if workers == 1:
            run(router, sockets)
        else:
            worker = supervise(sockets, workers, announcement(_addresses(sockets), router, workers))
            if worker is None:
                return
            start_worker(application)
            run_worker(router, worker)
        end_threads(application)

    return serve


def _addresses(sockets: Sequence[socket.socket]) -> list[tuple[str, int]]:
    return [one.getsockname()[:2] for one in sockets]


def _bound(host: str, port: int) -> list[socket.socket]:
    """Return a socket for each address of a host, all of them listening."""
    sockets = []
    with contextlib.ExitStack() as unless_all_are_bound:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        # A name can resolve to the same address twice.
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
