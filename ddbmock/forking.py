"""os.fork(): locks and connections that a child process inherits in a state it cannot use.

A child has only the thread that called fork. A lock that another thread held is never released in
the child, and a connection to a database is shared with the parent. Objects with such parts
register here, and repair themselves. A module that another thread was importing stays locked, too:
requests import what they need within :data:`imports`.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from typing import Any, Final, Protocol, final

PATIENCE: Final = 5.0
"""Seconds for which a fork waits for other threads' calls in C and imports."""


class ForkAware(Protocol):
    """An object that is notified of forks."""

    def before_fork(self) -> None:
        """Prepare, in the thread that forks."""

    def after_fork_in_parent(self) -> None:
        """Undo the preparations."""

    def after_fork_in_child(self) -> None:
        """Repair the object in the child: only the parent can continue to use the old parts."""


# The processes' own register: os.register_at_fork takes functions and never lets go of them, so
# that registering each storage there would keep all storages for ever.
_registered: Final[dict[int, weakref.ref[Any]]] = {}
_locks: Final[weakref.WeakSet[Any]] = weakref.WeakSet()


def register(thing: ForkAware) -> None:
    """Notify `thing` of forks as long as it exists."""
    number = id(thing)
    _registered[number] = weakref.ref(thing, lambda _: _registered.pop(number, None))


def lock() -> threading.Lock:
    """Return a lock that is free in a child process, even if a thread of the parent held it."""
    lock = threading.Lock()
    _locks.add(lock)
    return lock


@final
class Gate:
    """The open blocks of an object that must not be in use while the process forks."""

    __slots__ = ("_blocks", "_opened", "_shut")

    def __init__(self) -> None:
        self._blocks: dict[int, tuple[int, weakref.ref[Any]]] = {}
        self._opened = threading.Lock()
        self._shut = False

    def enter(self, block: object) -> None:
        """Note that a block begins; wait while a fork is in progress."""
        number = id(block)
        note = (threading.get_ident(), weakref.ref(block))
        self._blocks[number] = note
        while self._shut:
            # The order matters: either the fork sees this block, or this thread sees the fork.
            self._blocks.pop(number, None)
            with self._opened:
                self._blocks[number] = note

    def leave(self, block: object) -> None:
        """Note that a block has ended."""
        self._blocks.pop(id(block), None)

    def shut(self) -> bool:
        """Prevent blocks from beginning, and wait for those of other threads, for some seconds at
        most.

        Returns whether no block is open. Blocks of this thread cannot be waited for.
        """
        self._opened.acquire()
        self._shut = True
        deadline = time.monotonic() + PATIENCE
        while True:
            threads = [
                thread for thread, block in list(self._blocks.values()) if block() is not None
            ]
            others = any(thread != threading.get_ident() for thread in threads)
            if not others or time.monotonic() > deadline:
                return not threads
            time.sleep(0.0002)

    def open(self) -> None:
        """Allow blocks to begin again."""
        self._shut = False
        self._opened.release()

    def renew(self) -> None:
        """Forget the blocks of the parent, in the child."""
        self._blocks = {}
        self._shut = False
        self._opened = threading.Lock()


@final
class Imports:
    """Blocks that import modules; a fork waits for those of other threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._owns_lock = False

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *error: object) -> None:
        self._lock.release()

    def before_fork(self) -> None:
        """Let no block begin, and wait for those of other threads, for some seconds at most."""
        self._owns_lock = self._lock.acquire(timeout=PATIENCE)

    def after_fork_in_parent(self) -> None:
        """Let blocks begin again."""
        if self._owns_lock:
            self._lock.release()

    def after_fork_in_child(self) -> None:
        """Let blocks begin again, also if one was not waited for."""
        if self._owns_lock:
            self._lock.release()
        else:
            self._lock = threading.RLock()


imports: Final = Imports()
"""``with forking.imports:`` is around imports that a request makes, in any thread."""
register(imports)


def _things() -> list[Any]:
    found = [reference() for reference in list(_registered.values())]
    return [thing for thing in found if thing is not None]


def _before() -> None:
    for thing in _things():
        thing.before_fork()


def _after_in_parent() -> None:
    for thing in _things():
        thing.after_fork_in_parent()


def _after_in_child() -> None:
    for lock in list(_locks):
        lock._at_fork_reinit()
    for thing in _things():
        thing.after_fork_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before,
        after_in_parent=_after_in_parent,
        after_in_child=_after_in_child,
    )
