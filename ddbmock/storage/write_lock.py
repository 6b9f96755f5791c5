"""Whose turn it is to write, in engines that have one writer at a time."""

from __future__ import annotations

from threading import Lock, get_ident
from typing import Final, final

NESTED: Final = "a write block was entered inside a write block of the same thread"
USED_AFTER: Final = "a transaction was used after its block"


@final
class Turn:
    """A lock that refuses the thread that holds it, where waiting would be for ever."""

    __slots__ = ("_lock", "_thread")

    def __init__(self) -> None:
        self._lock = Lock()
        self._thread: int | None = None

    def take(self) -> None:
        """Wait for the turn, and take it.

        :raises RuntimeError: this thread has it already.
        """
        thread = get_ident()
        if self._thread == thread:
            raise RuntimeError(NESTED)
        self._lock.acquire()
        self._thread = thread

    def give_back(self) -> None:
        """Let the next one have it."""
        self._thread = None
        self._lock.release()
