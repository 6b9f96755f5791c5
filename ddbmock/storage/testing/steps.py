"""The steps of the suite's tests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ddbmock.storage import ConflictError, Storage, Writer

T = TypeVar("T")
Pairs = list[tuple[bytes, bytes]]


class Oops(Exception):
    """An error that a test raises to leave a block."""


def content(storage: Storage, space: str) -> Pairs:
    """Return all pairs of a space."""
    with storage.read() as reader:
        return list(reader.range(space))


def total(storage: Storage, counter: str) -> tuple[int, int]:
    """Return a counter's sums."""
    with storage.read() as reader:
        return reader.total(counter)


def fill(storage: Storage, space: str, pairs: Pairs) -> None:
    """Put pairs, in one transaction."""
    with storage.write() as writer:
        for key, value in pairs:
            writer.put(space, key, value)


def undone(
    storage: Storage, work: Callable[[Writer], object], kind: type[BaseException] = Oops
) -> None:
    """Do `work` in a write block that raises an exception, and check that the same exception leaves
    it."""
    error = kind()
    try:
        with storage.write() as writer:
            work(writer)
            raise error
    except kind as caught:
        if caught is not error:
            raise


def written(storage: Storage, work: Callable[[Writer], T]) -> T:
    """Return the result of `work` from the transaction that was committed, with retries."""
    for _ in range(10_000):
        try:
            with storage.write() as writer:
                return work(writer)
        except ConflictError:
            continue
    raise AssertionError("10,000 conflicts in a row")


def in_threads(count: int, work: Callable[[int], T]) -> list[T]:
    """Return the results of `work` for 0, 1, 2, …, each in its own thread, all started at once."""
    barrier = threading.Barrier(count)

    def started(number: int) -> T:
        barrier.wait(60)
        return work(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(started, range(count)))


def numbered(count: int) -> Pairs:
    """Return pairs in order, each with the number of its key as the value."""
    return [(b"%06d" % number, b"value %d" % number) for number in range(count)]
