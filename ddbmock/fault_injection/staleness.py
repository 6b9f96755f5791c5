"""Stale reads: old items and index entries of the current tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from types import TracebackType

from ddbmock.database.schema import CATALOGUE, UNSETTLED
from ddbmock.storage import Reader, Storage, Writer


class StaleStorage:
    """A storage whose read blocks see an old state of everything except the table catalogue.

    The catalogue and its list of tables in transition are current, so that a new table is empty instead of missing.
    """

    def __init__(self, present: Storage, old: Storage) -> None:
        self._present = present
        self._old = old

    def read(self) -> StaleReader:
        return StaleReader(self._present.read(), self._old.read())

    def write(self) -> AbstractContextManager[Writer]:
        return self._present.write()

    def abandon(self) -> None:
        self._present.abandon()

    def fork(self) -> Storage:
        return self._present.fork()

    def close(self) -> None:
        """Do nothing: other objects own the two storages."""


class StaleReader:
    """A read block over two storages."""

    def __init__(
        self, present: AbstractContextManager[Reader], old: AbstractContextManager[Reader]
    ) -> None:
        self._blocks = (present, old)

    def __enter__(self) -> StaleReader:
        present, old = self._blocks
        self._present, self._old = present.__enter__(), old.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for block in self._blocks:
            block.__exit__(kind, error, traceback)

    def _of(self, space: str) -> Reader:
        return self._present if space.endswith((CATALOGUE, UNSETTLED)) else self._old

    def get(self, space: str, key: bytes) -> bytes | None:
        return self._of(space).get(space, key)

    def range(
        self, space: str, low: bytes = b"", high: bytes | None = None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        return self._of(space).range(space, low, high, reverse=reverse)

    def total(self, counter: str) -> tuple[int, int]:
        return self._of(counter).total(counter)
