"""The memory engine: a tree for each space, and one assignment that commits a transaction.

The whole content is one immutable :class:`State`. A reader keeps the state that it found. A writer
builds the next state and publishes it when its block ends without an exception. Writers wait for
each other; readers do not wait. Forks and snapshots are references to a state: O(1) at any size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Final, TypeAlias, final

from ddbmock.storage import StorageError, tree
from ddbmock.storage.write_lock import ABANDONED, WriteLock

Space: TypeAlias = tree.Node[bytes, bytes]
Sums: TypeAlias = tuple[int, int]

NOTHING: Final[Sums] = (0, 0)


@final
class State:
    """The content of a storage at one moment. It never changes, and has no empty spaces."""

    __slots__ = ("counters", "spaces")

    def __init__(self, spaces: tree.Node[str, Space], counters: tree.Node[str, Sums]) -> None:
        self.spaces: Final = spaces
        self.counters: Final = counters


EMPTY: Final = State(tree.EMPTY, tree.EMPTY)


@final
class MemoryStorage:
    """A storage that lives as long as the process. See :class:`ddbmock.storage.Storage`."""

    __slots__ = ("_lock", "_state")

    def __init__(self) -> None:
        self._state = EMPTY
        self._lock = WriteLock()

    def read(self) -> MemoryReader:
        """Return a transaction that sees one moment's state. It does not wait."""
        return MemoryReader(self)

    def write(self) -> MemoryWriter:
        """Return a transaction. It waits for the previous one to end.

        :raises RuntimeError: this thread is already in a write block, and would wait for itself.
        """
        return MemoryWriter(self)

    def fork(self) -> MemoryStorage:
        """Return an independent storage with the same content. O(1)."""
        fork = MemoryStorage()
        fork._state = self._state
        return fork

    def snapshot(self) -> State:
        """Return the current content, for :meth:`restore` of this or another storage. O(1)."""
        return self._state

    def restore(self, snapshot: State) -> None:
        """Make `snapshot` the content. O(1)."""
        self._lock.check_free()
        try:
            self._lock.acquire()
            self._state = snapshot
        finally:
            self._lock.release()

    def abandon(self) -> None:
        """Discard the calling thread's write block, if an interrupt has left one open."""
        self._lock.release()

    def close(self) -> None:
        """Do nothing: the content is freed with the last reference to it."""


@final
class MemoryReader:
    """A read block, which is also its reader."""

    __slots__ = ("_state", "_storage")

    def __init__(self, storage: MemoryStorage) -> None:
        self._storage = storage
        self._state = EMPTY

    def __enter__(self) -> MemoryReader:
        self._state = self._storage._state
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        pass

    def get(self, space: str, key: bytes) -> bytes | None:
        root = tree.get(self._state.spaces, space)
        return None if root is None else tree.get(root, key)

    def range(
        self, space: str, low: bytes = b"", high: bytes | None = None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        root = tree.get(self._state.spaces, space)
        return tree.pairs(tree.EMPTY if root is None else root, low, high, reverse=reverse)

    def total(self, counter: str) -> Sums:
        return tree.get(self._state.counters, counter) or NOTHING


@final
class MemoryWriter:
    """A write block, which is also its writer: the published state, and the changes to it."""

    __slots__ = ("_counters", "_owner", "_spaces", "_state", "_storage")

    def __init__(self, storage: MemoryStorage) -> None:
        self._storage = storage
        self._state = EMPTY
        self._spaces: dict[str, Space] = {}
        self._counters: dict[str, Sums] = {}
        self._owner = object()

    def __enter__(self) -> MemoryWriter:
        storage = self._storage
        lock = storage._lock
        lock.check_free()
        try:
            lock.acquire()
            self._state = storage._state
        except BaseException:
            lock.release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        storage = self._storage
        try:
            if kind is None:
                if not storage._lock.is_owned():
                    raise RuntimeError(ABANDONED)
                # This is one assignment, so an interrupt comes before or after it.
                storage._state = self._next_state()
        finally:
            storage._lock.release()

    def get(self, space: str, key: bytes) -> bytes | None:
        return tree.get(self._root(space), key)

    def range(
        self, space: str, low: bytes = b"", high: bytes | None = None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        # The iterator uses the current nodes, so they must not be changed in place any more.
        self._owner = object()
        return tree.pairs(self._root(space), low, high, reverse=reverse)

    def total(self, counter: str) -> Sums:
        changed = self._counters.get(counter)
        if changed is not None:
            return changed
        return tree.get(self._state.counters, counter) or NOTHING

    def put(self, space: str, key: bytes, value: bytes) -> None:
        self._spaces[space] = tree.exchange(self._root(space), key, value, self._owner)[0]

    def exchange(self, space: str, items: Mapping[bytes, bytes]) -> list[bytes | None]:
        root, owner, replaced = self._root(space), self._owner, []
        for key, value in items.items():
            root, old = tree.exchange(root, key, value, owner)
            replaced.append(old)
        self._spaces[space] = root
        return replaced

    def delete(self, space: str, key: bytes) -> None:
        self._spaces[space] = tree.delete(self._root(space), key, self._owner)

    def clear(self, space: str) -> None:
        self._spaces[space] = tree.EMPTY

    def add(self, counter: str, first: int, second: int) -> None:
        sums = self.total(counter)
        self._counters[counter] = (sums[0] + first, sums[1] + second)

    def reset(self, counter: str) -> None:
        self._counters[counter] = NOTHING

    def _root(self, space: str) -> Space:
        changed = self._spaces.get(space)
        if changed is not None:
            return changed
        root = tree.get(self._state.spaces, space)
        return tree.EMPTY if root is None else root

    def _next_state(self) -> State:
        # These are trees as well, so that a write does not copy a mapping of thousands of spaces.
        spaces, counters = self._state.spaces, self._state.counters
        for space, root in self._spaces.items():
            if root.keys:
                spaces = tree.put(spaces, space, root, self._owner)
            else:
                spaces = tree.delete(spaces, space, self._owner)
        for counter, sums in self._counters.items():
            if sums != NOTHING:
                counters = tree.put(counters, counter, sums, self._owner)
            else:
                counters = tree.delete(counters, counter, self._owner)
        return State(spaces, counters)


def open_url(url: str) -> MemoryStorage:
    """Return a new, empty storage for ``memory://``.

    :raises StorageError: the URL has more than the scheme.
    """
    if url.partition("://")[2]:
        raise StorageError("memory:// stands alone: the memory engine has no settings")
    return MemoryStorage()
