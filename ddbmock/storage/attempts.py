"""Attempts of a transaction, which its caller runs again after a conflict."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final, TypeVar

from ddbmock.storage import ConflictError

T = TypeVar("T")
Block = TypeVar("Block")

ATTEMPTS: Final = 20
"""The number of attempts at most if the transaction conflicts with others."""
PAUSE: Final = 0.002
"""The mean pause before the second attempt, in seconds; it doubles before each further one."""
LONGEST_PAUSE: Final = 0.5


def pause(attempt: int) -> None:
    """Wait after a failed attempt; the first one has the number 1."""
    time.sleep(random.uniform(0, min(PAUSE * 2**attempt, LONGEST_PAUSE)))


def committed(
    write: Callable[[], AbstractContextManager[Block]], change: Callable[[Block], T]
) -> T:
    """Return the result of `change` in a write block, which is tried again after a conflict.

    :raises StorageError: it conflicts too often, or the storage cannot write.
    """
    for attempt in itertools.count(1):
        try:
            with write() as block:
                return change(block)
        except ConflictError:
            if attempt == ATTEMPTS:
                raise
            pause(attempt)
    raise AssertionError("the loop ends by itself")
