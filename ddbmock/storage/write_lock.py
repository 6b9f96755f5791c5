"""Limits on the number of writers: the lock of engines with one writer at a time, permits for several."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from threading import Condition, Lock, RLock
from typing import Any, Final, final

from ddbmock import forking

NESTED: Final = "a write block was entered inside a write block of the same thread"
USED_AFTER: Final = "a transaction was used after its block"
ABANDONED: Final = "a write block was abandoned before its end; nothing of it was applied"


@final
class WriteLock:
    """A lock that rejects the thread that holds it, and can be released any number of times.

    An exception can arrive between any two instructions (Ctrl-C, the time-out of a test). Therefore
    the lock itself knows whether the thread holds it. Clean-up code asks the lock, and needs no
    variable that might not have been set yet.
    """

    __slots__ = ("__weakref__", "_lock", "acquire", "is_owned")

    is_owned: Callable[[], bool]
    """A function that returns whether the calling thread holds the lock."""
    acquire: Callable[[], bool]
    """A function that waits for the lock. The caller calls :meth:`release` also if this raises."""

    def __init__(self) -> None:
        self._use(RLock())
        forking.register(self)

    def _use(self, lock: RLock) -> None:
        self._lock = lock
        # These are the lock's own methods: each write asks three times whether its thread holds it.
        self.is_owned = lock._is_owned  # type: ignore[attr-defined]  # what Condition uses
        self.acquire = lock.acquire

    def check_free(self) -> None:
        """Raise if the calling thread would wait for itself.

        :raises RuntimeError: the calling thread holds the lock.
        """
        if self.is_owned():
            raise RuntimeError(NESTED)

    def release(self) -> None:
        """Release the lock if the calling thread holds it."""
        if self.is_owned():
            self._lock.release()

    def before_fork(self) -> None:
        """Do nothing: readers of the protected content see the last commit."""

    def after_fork_in_parent(self) -> None:
        """Do nothing."""

    def after_fork_in_child(self) -> None:
        """Release the lock if a thread held it, since that thread does not exist in the child."""
        if not self.is_owned():
            self._use(RLock())


@final
class WritePermits:
    """Permits for a number of holders at a time.

    As with :class:`WriteLock`, clean-up code need not know whether it has a permit. If an interrupt has
    prevented it from running, the permit is free again when the holder is garbage.
    """

    __slots__ = ("_count", "_holders", "_lock", "_released")

    def __init__(self, count: int) -> None:
        self._count: Final = count
        self._lock: Final = Lock()
        self._released: Final = Condition(self._lock)
        self._holders: Final[dict[int, weakref.ref[Any]]] = {}

    def acquire(self, holder: object, timeout: float) -> bool:
        """Wait for a permit; return whether there was one in time.

        The caller calls :meth:`release` also if this raises.
        """
        with self._lock:
            if not self._released.wait_for(self._is_free, timeout):
                return False
            self._holders[id(holder)] = weakref.ref(holder)
            return True

    def release(self, holder: object) -> None:
        """Release the permit of a holder, if it has one."""
        if id(holder) in self._holders:
            with self._lock:
                self._holders.pop(id(holder), None)
                self._released.notify()

    def _is_free(self) -> bool:
        if len(self._holders) >= self._count:
            for number, holder in list(self._holders.items()):
                if holder() is None:
                    del self._holders[number]
        return len(self._holders) < self._count
