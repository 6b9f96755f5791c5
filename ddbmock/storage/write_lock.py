"""The lock of engines that have one writer at a time."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Final, final

from ddbmock import forking

NESTED: Final = "a write block was entered inside a write block of the same thread"
USED_AFTER: Final = "a transaction was used after its block"
ABANDONED: Final = "a write block was abandoned before its end; nothing of it was applied"


@final
class WriteLock:
    """A lock that refuses the thread that holds it, and may be released any number of times.

    An exception can arrive between any two instructions (Ctrl-C, the time-out of a test). The
    interpreter itself therefore keeps who holds the lock: code that cleans up after an exception asks
    it, and needs no variable of its own that might not have been set yet.
    """

    __slots__ = ("__weakref__", "_lock", "acquire", "held")

    held: Callable[[], bool]
    """Returns whether the calling thread holds the lock."""
    acquire: Callable[[], bool]
    """Waits for the lock. The caller releases it, also when this raises: see :meth:`release`."""

    def __init__(self) -> None:
        self._use(RLock())
        forking.register(self)

    def _use(self, lock: RLock) -> None:
        self._lock = lock
        # The lock's own methods, as each write asks three times who holds it.
        self.held = lock._is_owned  # type: ignore[attr-defined]  # what Condition uses
        self.acquire = lock.acquire

    def check_free(self) -> None:
        """Raise where acquiring would mean waiting for oneself.

        :raises RuntimeError: the calling thread holds the lock.
        """
        if self.held():
            raise RuntimeError(NESTED)

    def release(self) -> None:
        """Release the lock if the calling thread holds it."""
        if self.held():
            self._lock.release()

    def before_fork(self) -> None:
        """Do nothing: what the lock protects is seen as the last commit left it."""

    def after_fork_in_parent(self) -> None:
        """Do nothing."""

    def after_fork_in_child(self) -> None:
        """Release the lock if a thread held it that does not exist in the child."""
        if not self.held():
            self._use(RLock())
