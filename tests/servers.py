"""Real servers on free ports, for tests that need a socket."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final

from ddbmock.database import DynamoDB
from ddbmock.server import application
from ddbmock.server.waitress_server import running
from ddbmock.service.router import Router

ROOT: Final = Path(__file__).parent.parent


def serving(dynamodb: DynamoDB, **options: Any) -> AbstractContextManager[int]:
    """The port on which waitress serves a database, in a thread, while the block lasts."""
    return running(application(Router(dynamodb)), **options)


class ServerProcess:
    """A server in a process of its own, on a port that it tells in its log."""

    def __init__(
        self,
        *module_and_arguments: str,
        directory: Path,
        before: Callable[[], None] | None = None,
    ) -> None:
        self.log: list[str] = []
        self._listening = threading.Event()
        self._process = subprocess.Popen(
            [sys.executable, "-m", *module_and_arguments],
            cwd=directory,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=before,
        )
        self.pid: Final = self._process.pid
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        self._listening.wait(60)
        self.port = self._port()

    def _read_log(self) -> None:
        """Read all along: a full pipe would stop the server."""
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.log.append(line)
            if "Serving DynamoDB on" in line:
                self._listening.set()
        self._listening.set()

    def _port(self) -> int:
        announcement = re.search(
            r"Serving DynamoDB on (?:http://)?127\.0\.0\.1:(\d+)", "".join(self.log)
        )
        assert announcement, "the server did not start:\n" + "".join(self.log)
        return int(announcement[1])

    def stop(self) -> None:
        """End it as a service manager would; the log is complete afterwards."""
        self._process.terminate()
        self._end()

    def kill(self) -> None:
        """End it at once, wherever it is."""
        self._process.kill()
        self._end()

    def wait(self) -> int:
        """Wait until it has ended by itself, and return its status."""
        return self._process.wait(30)

    def _end(self) -> None:
        self._process.wait(30)
        self._reader.join(30)
        assert self._process.stderr is not None
        self._process.stderr.close()


class Pserve(ServerProcess):
    """``pserve`` with ``development.ini`` but for the address."""

    def __init__(self, directory: Path, threads: int = 0, **settings: object) -> None:
        ini = (ROOT / "development.ini").read_text(encoding="utf-8")
        ini = ini.replace("listen = 127.0.0.1:6543", "listen = 127.0.0.1:0")
        ini = ini.replace("threads = 0", f"threads = {threads}")
        for name, value in settings.items():
            ini = re.sub(rf"(?m)^ddbmock\.{name} = .*\n", "", ini)
            ini = ini.replace(
                "use = egg:ddbmock\n", f"use = egg:ddbmock\nddbmock.{name} = {value}\n"
            )
        configuration = directory / "server.ini"
        configuration.write_text(ini, encoding="utf-8")
        super().__init__("pyramid.scripts.pserve", str(configuration), directory=directory)


class DdbmockServe(ServerProcess):
    """``ddbmock serve`` on loopback, with further arguments; `before` is done in its process."""

    def __init__(
        self, directory: Path, *arguments: str, before: Callable[[], None] | None = None
    ) -> None:
        super().__init__(
            "ddbmock.cli", "serve", "--port", "0", *arguments, directory=directory, before=before
        )


@contextmanager
def ddbmock_serve(
    directory: Path, *arguments: str, before: Callable[[], None] | None = None
) -> Iterator[DdbmockServe]:
    """A server process while the block lasts."""
    server = DdbmockServe(directory, *arguments, before=before)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def pserve(directory: Path, threads: int = 0, **settings: object) -> Iterator[Pserve]:
    """A server process while the block lasts."""
    server = Pserve(directory, threads, **settings)
    try:
        yield server
    finally:
        server.stop()
