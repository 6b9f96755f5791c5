"""Turns: the order in which the processes that share a SQLite file write to it.

SQLite's lock lets in whichever process asks at the right moment, so a process that writes all the
time can keep another one waiting for many seconds. Here, a process that waits shows it in memory
that all processes of the file share, and the others let it write first. SQLite's lock still decides
who writes: without the shared memory, or with anything at all in it, only the order is different.

The memory is a file beside the database, which its last user removes. A process that waits marks a
place with the time since which it has waited, and with the time of its last look. A place without a
recent look does not count: its process has ended or is frozen. No lock is needed to mark a place. If
two processes choose the same one at once, one of them finds the other's time there, and chooses
another place.
"""

from __future__ import annotations

import mmap
import os
import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, final

from ddbmock import forking

try:
    import fcntl
except ImportError:  # pragma: no cover  # Windows
    fcntl = None  # type: ignore[assignment]

PLACES: Final = 63
"""The number of processes that can wait in order. Others only try again and again."""

SIZE: Final = 8 * (2 + 2 * PLACES)
"""The size of the memory in bytes. It has a time at which some process waited, a number that is not
used, and the places: two times each."""

TURN_SECONDS: Final = 0.003
"""Seconds for which a process writes on while others wait. With one transaction a turn, the
processes would wait for each other most of the time."""

ALIVE_SECONDS: Final = 0.25
"""Seconds after its last look for which a process counts as waiting."""

SHORTEST_PAUSE: Final = 0.0002
LONGEST_PAUSE: Final = 0.005
"""Bounds of the seconds between two looks. A process pauses for an eighth of what it has waited."""

OPENINGS: Final = 20
"""The number of attempts at most to open the memory while other processes remove it."""


@final
class Turns:
    """The turns of this process to write to a file."""

    __slots__ = ("__weakref__", "_ends", "_file", "shared")

    shared: memoryview[float]
    """The memory, as numbers of seconds. The first one is 0 if no other process waits."""

    def __init__(self, database: Path) -> None:
        """Share memory with the other processes of a database, if its directory permits that."""
        self._file: Final = database.with_name(database.name + "-turns")
        self._ends = 0.0
        """The time until which this process may write on while others wait."""
        self.shared = _shared(self._file) if os.access(database, os.W_OK) else _private()
        forking.register(self)

    def wait(self, begin: Callable[[], bool], patience: float) -> bool:
        """Begin to write when it is this process's turn.

        :param begin: begins to write, and returns whether that was possible.
        :param patience: the seconds after which it is given up.
        :returns: whether it was possible in that time.
        """
        since = now = time.monotonic()
        if now < self._ends and begin():
            return True
        place, slept = 0, 0.0
        try:
            while True:
                if not self._must_wait(since, now, place) and begin():
                    self._ends = time.monotonic() + TURN_SECONDS
                    return True
                # A test may have stopped the clock: then the pauses count.
                if max(now - since, slept) > patience:
                    return False
                place = self._mark(since, now, place)
                pause = min(max((now - since) / 8, slept / 8, SHORTEST_PAUSE), LONGEST_PAUSE)
                time.sleep(pause)
                slept += pause
                now = time.monotonic()
        finally:
            if place and self.shared[place] == since:
                self.shared[place] = 0.0

    def close(self) -> None:
        """Stop sharing the memory. The last process removes the file."""
        self.shared = _private()
        if fcntl is not None:
            with suppress(OSError):
                _remove(self._file)

    def before_fork(self) -> None:
        """Do nothing: the storage waits for its own blocks."""

    def after_fork_in_parent(self) -> None:
        """Do nothing."""

    def after_fork_in_child(self) -> None:
        """Share the memory as a process of its own."""
        self._ends = 0.0
        self.shared = _shared(self._file)

    def _must_wait(self, since: float, now: float, own: int) -> bool:
        """Return whether another process has waited for longer. If none waits, note that."""
        shared = self.shared
        if not shared[0]:
            return False
        seen = shared.tolist()
        others = [seen[place] for place in range(2, len(seen), 2) if _is_taken(seen, place, now)]
        if not others:
            shared[0] = 0.0
        return any(other < since for other in others)

    def _mark(self, since: float, now: float, place: int) -> int:
        """Mark a place as this process's, and return it; 0 if all are taken."""
        shared = self.shared
        if not place or shared[place] != since:
            seen = shared.tolist()
            free = [place for place in range(2, len(seen), 2) if not _is_taken(seen, place, now)]
            if not free:
                return 0
            place = random.choice(free)
        shared[place + 1] = now
        shared[place] = since
        shared[0] = now
        return place


def _is_taken(seen: Sequence[float], place: int, now: float) -> bool:
    return seen[place] != 0 and abs(now - seen[place + 1]) < ALIVE_SECONDS


def _private() -> memoryview[float]:
    """Return memory that no other process sees: SQLite's lock alone decides the order."""
    return memoryview(bytearray(SIZE)).cast("d")


def _shared(file: Path) -> memoryview[float]:
    """Return the memory of a file, or memory of this process only if the file cannot be used."""
    if fcntl is not None:
        for _ in range(OPENINGS):
            with suppress(OSError, ValueError):
                found = _mapped(file)
                if found is not None:
                    return found
    return _private()


def _mapped(file: Path) -> memoryview[float] | None:
    """Return the memory of a file, which is created if missing; None if it was being removed.

    The memory holds a lock on the file until it is garbage, as it has a descriptor of its own.

    :raises OSError: the file cannot be used.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        if not _is_same(descriptor, file):
            return None
        # Written bytes have room on the disk. A process that touches memory without it is killed.
        if os.fstat(descriptor).st_size < SIZE:
            os.pwrite(descriptor, bytes(SIZE), 0)
        return memoryview(mmap.mmap(descriptor, SIZE)).cast("d")
    finally:
        os.close(descriptor)


def _remove(file: Path) -> None:
    """Remove the file, unless another process uses it.

    :raises OSError: another process uses it, or it cannot be removed.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_same(descriptor, file):
            file.unlink()
    finally:
        os.close(descriptor)


def _is_same(descriptor: int, file: Path) -> bool:
    return os.path.samestat(os.fstat(descriptor), file.stat())
