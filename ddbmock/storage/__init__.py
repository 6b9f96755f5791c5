"""The storage port: spaces of ordered keys and their values, read and written in transactions.

An engine knows nothing of tables, items or indexes. It keeps *spaces*, each an ordered map from
``bytes`` to ``bytes``, and *counters*, pairs of whole numbers that many writers change at once. A
:meth:`Storage.write` block takes effect as a whole or not at all. A :meth:`Storage.read` block sees
the state of one moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from importlib import import_module
from importlib.metadata import entry_points
from typing import Final, Protocol


class StorageError(Exception):
    """A failure of the engine; its text is one sentence for people."""


class ConflictError(StorageError):
    """A conflict with another transaction. Nothing of this one was applied; it can be tried
    again."""


class UnavailableError(StorageError):
    """An engine that cannot be reached, or cannot write now.

    ``applied`` is ``False`` if the transaction's writes have certainly not been applied, so that it
    can be tried again; ``None`` if that is unknown.
    """

    def __init__(self, message: str, *, applied: bool | None = False) -> None:
        super().__init__(message)
        self.applied = applied


class DamagedError(StorageError):
    """A record that differs from what was written. Reads of it fail, and never return other
    content."""

    def __init__(self, message: str, space: str, key: bytes) -> None:
        super().__init__(message)
        self.space = space
        self.key = key


class UnsupportedError(StorageError):
    """An operation that the engine does not have, such as a fork of a database on disk."""


class Reader(Protocol):
    """The reads of a transaction. A reader and its iterators are valid inside the block only.

    Keys are compared byte by byte; a key comes before all longer ones that begin with it. Keys of
    up to 16 KiB and values of up to 16 MiB must be possible; both can be empty. The name of a space
    or counter is any text of 1 to 1,024 characters without U+0000.
    """

    def get(self, space: str, key: bytes) -> bytes | None:
        """Return the value of `key`, or None. A space that was never written is empty. O(log n)."""

    def range(
        self,
        space: str,
        low: bytes = b"",
        high: bytes | None = None,
        *,
        reverse: bool = False,
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield ``(key, value)`` for each ``low <= key < high``, in key order; None as `high` means
        no upper bound.

        `reverse` yields the same pairs from the highest down. Pairs are read lazily: taking a few
        costs O(log n + pairs taken). The iterator can be closed early. Changes that a writer makes
        while it iterates may or may not appear.
        """

    def total(self, counter: str) -> tuple[int, int]:
        """Return the counter's two sums; ``(0, 0)`` if nothing was added."""


class Writer(Reader, Protocol):
    """The reads and writes of a transaction. It sees its own writes.

    A method ``exchange`` is optional: see :func:`exchange`.
    """

    def put(self, space: str, key: bytes, value: bytes) -> None:
        """Set the value of `key`, which may be new."""

    def delete(self, space: str, key: bytes) -> None:
        """Remove `key`, if it exists."""

    def clear(self, space: str) -> None:
        """Remove every key of the space."""

    def add(self, counter: str, first: int, second: int) -> None:
        """Add to the counter's two sums, which stay between -2**63 and 2**63.

        Transactions that add to the same counter should not wait for each other.
        """

    def reset(self, counter: str) -> None:
        """Set the counter's two sums to zero."""


class Storage(Protocol):
    """An engine. Usable from any thread."""

    def read(self) -> AbstractContextManager[Reader]:
        """Return a transaction that sees one moment's state and changes nothing.

        The moment lies between entering the block and its first call. A thread can have read blocks
        and a write block open at the same time: they do not wait for each other, and a read block
        does not see writes that are not committed.

        :raises UnavailableError: the engine cannot be reached. Entering the block and each call can
            raise this.
        """

    def write(self) -> AbstractContextManager[Writer]:
        """Return a transaction, which is committed at the end of its block; an exception that
        leaves the block undoes it.

        Committed transactions have the same effect as if they had run one after the other
        (SERIALIZABLE). An engine cannot run a block again; its caller does so after a conflict, a
        bounded number of times. After a call has failed, each further call and the end of the block
        raise the same error, even if the block has caught it.

        :raises ConflictError: another transaction conflicts. Each call and the end of the block can
            raise this.
        :raises UnavailableError: the engine cannot be reached, or cannot write.
        :raises RuntimeError: this thread is in a write block of this storage already.
        """

    def abandon(self) -> None:
        """Undo the calling thread's write block, if an interrupt has left one open.

        A signal handler can raise an exception before the first instruction of the code that leaves
        a block. A caller that catches such exceptions calls this. It does nothing if no block is
        open.
        """

    def fork(self) -> Storage:
        """Return a storage with the same content. Neither of the two sees later writes of the
        other.

        :raises UnsupportedError: this engine cannot.
        """

    def close(self) -> None:
        """Close files and connections and end threads. Closing twice is allowed."""


class Replicas(Protocol):
    """Copies of an engine's content that may lag behind, for eventually consistent reads.

    An engine with replicas has an attribute ``replicas``; other engines lack it.
    """

    def read(self) -> AbstractContextManager[Reader]:
        """Return a transaction that sees the state of one moment, now or earlier, and changes
        nothing.

        After an error the caller reads from the engine itself.

        :raises StorageError: no replica can be read. Entering the block and each call can raise
            this.
        """


def replicas_of(storage: Storage) -> Replicas | None:
    """Return the replicas that eventually consistent reads may use; None if a storage has none."""
    found: Replicas | None = getattr(storage, "replicas", None)
    return found


def exchange(writer: Writer, space: str, items: Mapping[bytes, bytes]) -> list[bytes | None]:
    """Set the values of some keys, and return the values that they had; None for a new key.

    A writer that does this faster than call by call has a method ``exchange(space, items)``.
    """
    replaced: list[bytes | None]
    if hasattr(writer, "exchange"):
        replaced = writer.exchange(space, items)
        return replaced
    replaced = [writer.get(space, key) for key in items]
    for key, value in items.items():
        writer.put(space, key, value)
    return replaced


def gains_from_groups(storage: Storage) -> bool:
    """Return whether group commit makes an engine faster: its attribute ``groups``, if it has one."""
    return bool(getattr(storage, "groups", False))


ENGINES: Final = {
    "memory": "ddbmock.storage.memory:open_url",
    "sqlite": "ddbmock.storage.sqlite:open_url",
    "postgresql": "ddbmock.storage.postgresql:open_url",
}
"""The module of the engine for each URL scheme, imported on first use."""

ENTRY_POINTS: Final = "ddbmock.storage"
"""The group of entry points for engines of other packages; each is named by its URL scheme."""


def open(url: str) -> Storage:
    """Open the storage that a URL names.

    ``memory://``, ``sqlite:///relative.db``, ``sqlite:////absolute.db``, ``postgresql://…``, or the
    scheme of another package's engine.

    :raises StorageError: the URL is wrong, or the engine cannot open what it names.
    """
    scheme, separator, _ = url.partition("://")
    if not separator:
        examples = _url_meant(url) or "memory:// or sqlite:///content.db"
        raise StorageError(f"a storage is named by a URL such as {examples}")
    engine = _engine(scheme.lower())
    return engine(url)


def _url_meant(text: str) -> str | None:
    """Return the URL that a path or name was probably meant as.

    Text that may be a URL without its slashes is not quoted, because it may contain a password.
    """
    if not text or ":" in text or "@" in text:
        return None
    from urllib.parse import quote

    return "memory://" if text == "memory" else f"sqlite:///{quote(text)}"


def _engine(scheme: str) -> Callable[[str], Storage]:
    """Return the function that opens the URLs of a scheme."""
    found: Callable[[str], Storage]
    if scheme in ENGINES:
        module, _, name = ENGINES[scheme].partition(":")
        found = getattr(import_module(module), name)
        return found
    others = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    if scheme not in others:
        known = ", ".join(sorted({*ENGINES, *others}))
        raise StorageError(f"there is no storage engine “{scheme}”; there are {known}")
    found = others[scheme].load()
    return found
