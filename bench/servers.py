"""Contenders over the network: servers started for the run, each on a free port.

The floor is a Pyramid view on waitress that parses the body and answers canned bytes, those that
ddbmock would answer. ``pserve`` starts it, as it starts ddbmock.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

INI: Final = """[app:main]
use = call:{application}

[server:main]
{server}
listen = 127.0.0.1:{port}

[loggers]
keys = root
[handlers]
keys = console
[formatters]
keys = plain
[logger_root]
level = WARNING
handlers = console
[handler_console]
class = StreamHandler
args = (sys.stderr,)
formatter = plain
[formatter_plain]
format = %(levelname)s %(message)s
"""


RUNNERS: Final = {
    "floor": ("bench.servers:floor", "use = egg:waitress#main\nthreads = 4"),
    "waitress": (
        "ddbmock.server:main",
        "paste.server_runner = ddbmock.server.waitress_server:serve_paste\nthreads = 0",
    ),
    "fast": (
        "ddbmock.server:main",
        "paste.server_runner = ddbmock.server.asyncio_server:serve_paste",
    ),
}
"""Application and server: the floor's, and ours as development.ini and an extra offer them."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def npm_bin() -> Path | None:
    """Where npm put the peers, if `make bench` installed them."""
    folder = Path(os.environ.get("BENCH_NPM", "bench/node_modules"))
    return folder if folder.is_dir() else None


def commands(port: int, folder: Path) -> dict[str, list[str]]:
    """How each server is started; peers only where they are installed."""
    scripts = Path(sys.executable).parent
    found = {}
    for name, (application, server) in RUNNERS.items():
        ini = folder / f"bench-{name}-{port}.ini"
        ini.write_text(INI.format(application=application, server=server, port=port))
        # as a module, so that the package of this checkout is served
        found[name] = [sys.executable, "-m", "pyramid.scripts.pserve", str(ini)]
    if (scripts / "moto_server").exists():
        found["moto"] = [str(scripts / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    packages = npm_bin()
    if packages and (packages / "dynalite").is_dir() and shutil.which("node"):
        cli = str(packages / "dynalite" / "cli.js")
        times = ["--createTableMs", "0", "--deleteTableMs", "0"]
        found["dynalite"] = ["node", cli, "--host", "127.0.0.1", "--port", str(port), *times]
    if packages and (packages / "@dynoxide" / "linux-x64" / "dynoxide").is_file():
        binary = str(packages / "@dynoxide" / "linux-x64" / "dynoxide")
        found["dynoxide"] = [binary, "--host", "127.0.0.1", "--port", str(port)]
    return found


@contextmanager
def running(name: str, folder: Path) -> Iterator[int]:
    """The port of a server that answers."""
    port = free_port()
    command = commands(port, folder)[name]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        await_port(port, process)
        yield port
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()


def await_port(port: int, process: subprocess.Popen[Any], seconds: float = 30.0) -> None:
    """Wait until somebody listens.

    :raises RuntimeError: the server ended, or takes too long.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        time.sleep(0.005)
    raise RuntimeError(f"{process.args!r} does not listen on {port}")


def floor(global_config: Mapping[str, str]) -> Any:
    """A Pyramid application that answers canned bytes: an operation's first request makes them."""
    import orjson
    from pyramid.config import Configurator
    from pyramid.response import Response

    # The engine that makes the answers is not part of the floor, nor is its start.
    canned: dict[str, bytes] = {}
    engines: list[Callable[[str, bytes], tuple[int, dict[str, str], bytes]]] = []

    def first_answer(target: str, body: bytes) -> bytes:
        from bench.clients import engine

        if not engines:
            engines.append(engine())
        return engines[0](target.partition(".")[2], body)[2]

    def view(request: Any) -> Any:
        body = request.environ["wsgi.input"].read(int(request.environ["CONTENT_LENGTH"]))
        parsed = orjson.loads(body)
        target = request.environ["HTTP_X_AMZ_TARGET"]
        key = f"{target} {parsed.get('Limit')} {'FilterExpression' in parsed}"
        if target.endswith("ListTables"):
            canned[key] = b'{"TableNames":[]}'
        if key not in canned:
            canned[key] = first_answer(target, body)
        answer = canned[key]
        return Response(
            app_iter=[answer],
            headerlist=[
                ("Content-Type", "application/x-amz-json-1.0"),
                ("Content-Length", str(len(answer))),
            ],
        )

    with Configurator() as configurator:
        configurator.add_route("all", "/*path")
        configurator.add_view(view, route_name="all")
        return configurator.make_wsgi_app()
