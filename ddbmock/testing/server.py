"""Servers of a database of a test, on loopback."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import Final

from ddbmock.server import application
from ddbmock.server.waitress_server import running
from ddbmock.service.router import Router


class Server:
    """An HTTP server of a database; it is also a context manager."""

    def __init__(self, router: Router, port: int) -> None:
        self._running = ExitStack()
        address = f"127.0.0.1:{port}"
        try:
            self.port: Final[int] = self._running.enter_context(
                running(application(router), listen=address)
            )
        except OSError as error:
            reason = f"{error.strerror}: {address}; with port 0 any free port is used"
            raise OSError(error.errno, reason) from None
        self.url: Final = f"http://127.0.0.1:{self.port}"
        """The address of the server, for a client's ``endpoint_url``."""
        path = None if router.control is None else router.control.started(beyond=False)
        self.console: Final = None if path is None else self.url + path
        """The address of the console, or None if the server has no console."""

    def __repr__(self) -> str:
        return f"<Server {self.url}>"

    def close(self) -> None:
        """Stop serving."""
        self._running.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
