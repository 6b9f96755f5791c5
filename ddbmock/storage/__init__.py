"""The storage port: spaces of ordered keys and their values, read and written in transactions.

An engine knows nothing of tables, items or indexes. It keeps *spaces*, each an ordered map from
``bytes`` to ``bytes``, and *counters*, pairs of whole numbers that many writers change at once.
All that one :meth:`Storage.write` block does happens, or nothing does; all that one
:meth:`Storage.read` block sees is one moment's state.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from importlib.metadata import entry_points
from typing import Final, Protocol


class StorageError(Exception):
    """The engine could not do its work; the text says why, in one sentence for a person."""


class ConflictError(StorageError):
    """Two transactions met; nothing of this one was applied, and it may be tried again."""


class UnavailableError(StorageError):
    """The engine cannot be reached or cannot write now.

    ``applied`` tells whether the transaction's writes may be in force: ``False`` when certainly
    not (so that it may be tried again), ``None`` when it cannot be known.
    """

    def __init__(self, message: str, *, applied: bool | None = False) -> None:
        super().__init__(message)
        self.applied = applied


class DamagedError(StorageError):
    """A record is not what was written: it is answered with an error, never with other content."""

    def __init__(self, message: str, space: str, key: bytes) -> None:
        super().__init__(message)
        self.space = space
        self.key = key


class UnsupportedError(StorageError):
    """The engine cannot do this at all (a fork of a database on disk, say)."""


class Reader(Protocol):
    """The reading side of a transaction. It and its iterators are valid inside its block only.

    Keys are compared byte by byte, and a key is before all longer ones that begin with it. Keys
    of 16 KiB and values of 16 MiB must be possible, the empty ones too. A space's or counter's
    name is any text of 1 to 1,024 characters without U+0000.
    """

    def get(self, space: str, key: bytes) -> bytes | None:
        """Return the value under `key`, or None. A space that was never written is empty. O(log n)."""

    def range(
        self,
        space: str,
        low: bytes = b"",
        high: bytes | None = None,
        *,
        reverse: bool = False,
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield ``(key, value)`` for each ``low <= key < high`` (None: no upper bound), in key order.

        `reverse` yields the same pairs from the highest down. Lazy: taking a few pairs costs
        O(log n + pairs taken), from a space of any size. Closing the iterator early is allowed.
        What a writer changes while it iterates may or may not be seen.
        """

    def total(self, counter: str) -> tuple[int, int]:
        """Return the counter's two sums; ``(0, 0)`` when nothing was added."""


class Writer(Reader, Protocol):
    """The writing side of a transaction. It sees its own writes."""

    def put(self, space: str, key: bytes, value: bytes) -> None:
        """Set the value under `key`, new or not."""

    def delete(self, space: str, key: bytes) -> None:
        """Remove `key`; no error when it is not there."""

    def clear(self, space: str) -> None:
        """Remove every key of the space."""

    def add(self, counter: str, first: int, second: int) -> None:
        """Add to the counter's two sums, which stay below 2**63 in either direction.

        Writers of one counter should not have to wait for one another.
        """

    def reset(self, counter: str) -> None:
        """Set the counter's two sums to zero."""


class Storage(Protocol):
    """An engine. Usable from any thread."""

    def read(self) -> AbstractContextManager[Reader]:
        """Return a transaction that sees one moment's state and changes nothing.

        The moment lies between entering the block and its first call. Read blocks and a write
        block may be open in one thread at the same time: neither waits for the other, and the
        read block does not see what the write block has not committed.

        :raises UnavailableError: the engine cannot be reached; at entering or at any call.
        """

    def write(self) -> AbstractContextManager[Writer]:
        """Return a transaction; leaving the block commits it, leaving it by an exception undoes it.

        Committed transactions have the effect that they would have had one after the other
        (SERIALIZABLE). An engine does not try again by itself, since it cannot run the block
        again: its caller does, a bounded number of times.

        :raises ConflictError: another transaction came between; at any call or at the end.
        :raises UnavailableError: the engine cannot be reached, or cannot write.
        :raises RuntimeError: this thread is in a write block of this storage already.
        """

    def abandon(self) -> None:
        """Undo the calling thread's write block, if an interrupt has left one open.

        An exception that a signal handler raises may arrive before the first instruction of what
        leaves a block. Callers that catch exceptions further out call this; without such a block it
        does nothing.
        """

    def fork(self) -> Storage:
        """Return a storage with the same content. From then on neither sees the other's writes.

        :raises UnsupportedError: this engine cannot.
        """

    def close(self) -> None:
        """Close files and connections and end threads. Closing twice is allowed."""


class Replicas(Protocol):
    """Copies of an engine's content that may lag behind, for eventually consistent reads.

    An engine that has some offers them as its attribute ``replicas``, which others lack.
    """

    def read(self) -> AbstractContextManager[Reader]:
        """Return a transaction that sees one moment's state, of now or before, and changes nothing.

        The caller reads the engine itself after any error.

        :raises StorageError: no replica can be read; at entering or at any call.
        """


def replicas_of(storage: Storage) -> Replicas | None:
    """Return what eventually consistent reads may use instead of a storage."""
    found: Replicas | None = getattr(storage, "replicas", None)
    return found


ENGINES: Final = {
    "memory": "ddbmock.storage.memory:open_url",
    "sqlite": "ddbmock.storage.sqlite:open_url",
    "postgresql": "ddbmock.storage.postgresql:open_url",
}
"""The module of the engine for each URL scheme, imported on first use."""

ENTRY_POINTS: Final = "ddbmock.storage"
"""The group of entry points by which other packages bring engines, each under its URL scheme."""


def open(url: str) -> Storage:
    """Open the storage that a URL names.

    ``memory://``, ``sqlite:///relative.db``, ``sqlite:////absolute.db``, ``postgresql://…``, or the
    scheme of an engine that another package brings.

    :raises StorageError: the URL is wrong, or the engine cannot open what it names.
    """
    scheme, separator, _ = url.partition("://")
    if not separator:
        # What is wrong is not quoted: there may be a password in it.
        raise StorageError("a storage is named by a URL such as memory:// or sqlite:///content.db")
    engine = _engine(scheme.lower())
    return engine(url)


def _engine(scheme: str) -> Callable[[str], Storage]:
    """Return the function that opens the URLs of a scheme."""
    found: Callable[[str], Storage]
    if scheme in ENGINES:
        found = pkgutil.resolve_name(ENGINES[scheme])
        return found
    others = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    if scheme not in others:
        known = ", ".join(sorted({*ENGINES, *others}))
        raise StorageError(f"there is no storage engine “{scheme}”; there are {known}")
    found = others[scheme].load()
    return found
