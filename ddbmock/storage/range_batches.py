"""Ranges that are read in batches, each by a statement that starts after the last key.

So no cursor stays open, and memory does not depend on the length of a range.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

Pairs: TypeAlias = Sequence[tuple[bytes, bytes]]

FIRST: Final = 32
"""The size of the first batch: most callers take few pairs."""
GROWTH: Final = 4
"""The factor from one batch to the next, so that callers that take few pairs do not read a
thousand."""
LARGEST: Final = 1_000
BYTES: Final = 1024 * 1024
"""The size in bytes that a batch should not exceed, estimated from the pairs of the batch
before."""


def in_batches(
    read: Callable[[bytes, bytes | None, int], Pairs],
    low: bytes,
    high: bytes | None,
    *,
    reverse: bool,
) -> Iterator[tuple[bytes, bytes]]:
    """Yield the pairs of a range. `read` returns the first pairs between two keys, at most the
    given number.

    >>> letters = [(letter.encode(), b"") for letter in "abcdef"]
    >>> def read(low, high, size):
    ...     return [pair for pair in letters if low <= pair[0] and (not high or pair[0] < high)][:size]
    >>> [key for key, _ in in_batches(read, b"b", b"e", reverse=False)]
    [b'b', b'c', b'd']
    """
    size = FIRST
    while True:
        pairs = read(low, high, size)
        yield from pairs
        if len(pairs) < size:
            return
        last = pairs[-1][0]
        if reverse:
            high = last
        else:
            low = last + b"\x00"
        taken = sum([len(key) + len(value) for key, value in pairs])
        size = max(1, min(LARGEST, size * GROWTH, size * BYTES // (taken + 1)))
