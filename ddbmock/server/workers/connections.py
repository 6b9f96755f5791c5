"""The connections that the supervisor gives to a worker, over a socket between the two."""

from __future__ import annotations

import mmap
import os
import socket
from contextlib import suppress
from typing import Any, Final, TypeAlias

ONE: Final = b"c"
"""The byte sent with a connection: the system sends none without data."""
READY: Final = b"r"
"""Sent by a worker that serves."""

Accepted: TypeAlias = "tuple[socket.socket, Any]"


class Counts:
    """Numbers of connections by worker, in memory that all processes share.

    Each number is written by one process only, in one piece.
    """

    def __init__(self, workers: int) -> None:
        self._cells: Final = memoryview(mmap.mmap(-1, 16 * workers)).cast("q")

    def received(self, worker: int) -> None:
        """Count a connection that a worker has received from the supervisor."""
        self._cells[2 * worker] += 1

    def set_open(self, worker: int, number: int) -> None:
        """Publish the number of a worker's open connections."""
        self._cells[2 * worker + 1] = number

    def load(self, worker: int, sent: int) -> int:
        """Return the connections of a worker to which `sent` ones have been sent."""
        return sent - self._cells[2 * worker] + self._cells[2 * worker + 1]

    def reset(self, worker: int) -> None:
        """Begin again for a new process."""
        self._cells[2 * worker] = self._cells[2 * worker + 1] = 0


class Connections:
    """The source of a worker's connections, in place of a listening socket."""

    def __init__(self, channel: socket.socket, counts: Counts, worker: int) -> None:
        self.socket: Final = channel
        """Readable when there is a connection, or when the supervisor has ended."""
        self._counts: Final = counts
        self._worker: Final = worker

    def ready(self) -> None:
        """Ask for connections."""
        with suppress(OSError):
            self.socket.send(READY)

    def accept(self) -> Accepted | None:
        """Return a connection and the client's address, or None if there is none now.

        :raises EOFError: the supervisor has ended.
        """
        try:
            data, files, _, _ = socket.recv_fds(self.socket, 1, 1)
        except BlockingIOError:
            return None
        except ConnectionError as error:
            raise EOFError from error
        if not data:
            raise EOFError
        self._counts.received(self._worker)
        if not files:
            return None  # this process has no file left for it
        os.set_inheritable(files[0], False)
        connection = socket.socket(fileno=files[0])
        connection.setblocking(False)
        try:
            return connection, connection.getpeername()
        except OSError:
            connection.close()  # the client has gone already
            return None

    def set_open(self, number: int) -> None:
        """Publish the number of open connections."""
        self._counts.set_open(self._worker, number)
