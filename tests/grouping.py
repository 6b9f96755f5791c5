"""An engine for tests of writes in groups."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from ddbmock.storage import Reader, Writer
from ddbmock.storage.memory import MemoryStorage


class Grouping:
    """The memory engine as one that gains from groups, with what tests do to its write blocks."""

    groups = True

    def __init__(self) -> None:
        self.inner = MemoryStorage()
        self.begun = 0
        self.before_block: list[Callable[[], None]] = []
        """Functions to call before the next blocks, one for each."""
        self.before_commit: list[Callable[[], None]] = []
        """Functions to call before the next commits, one for each."""
        self.after_commit: list[Callable[[], None]] = []
        """Functions to call after the next commits, one for each, before the caller learns of the commit."""

    def read(self) -> AbstractContextManager[Reader]:
        return self.inner.read()

    @contextmanager
    def write(self) -> Iterator[Writer]:
        self.begun += 1
        if self.before_block:
            self.before_block.pop(0)()
        with self.inner.write() as writer:
            yield writer
            if self.before_commit:
                self.before_commit.pop(0)()
        if self.after_commit:
            self.after_commit.pop(0)()

    def abandon(self) -> None:
        self.inner.abandon()

    def close(self) -> None:
        self.inner.close()


def fail(error: BaseException) -> Callable[[], None]:
    def raising() -> None:
        raise error

    return raising
