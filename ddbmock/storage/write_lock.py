"""The lock of engines that have one writer at a time."""

from __future__ import annotations

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

    __slots__ = ("__weakref__", "_lock")

    def __init__(self) -> None:
        self._lock = RLock()
        forking.register(self)

    def check_free(self) -> None:
        """Raise where acquiring would mean waiting for oneself.

        :raises RuntimeError: the calling thread holds the lock.
        """
        if self.held():
            raise RuntimeError(NESTED)

    def acquire(self) -> None:
        """Wait for the lock. The caller releases it, also when this raises: see :meth:`release`."""
        self._lock.acquire()

    def held(self) -> bool:
        """Return whether the calling thread holds the lock."""
        owned: bool = self._lock._is_owned()  # type: ignore[attr-defined]  # what Condition uses
        return owned

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
            self._lock = RLock()
