"""The memory of a server's process: the garbage collector, and what the C library does with freed memory.

A request has up to some thousand objects, which are freed without the collector when it ends. With Python's
thresholds the collector examines them while they are in use, which takes a tenth of the time of a batch of
25 items. A server that has its process to itself therefore lets the collector run less often, and hides
from it what has been there from the start: modules and seeded items.

The answer to a Scan has half a megabyte or more. The C library of Linux returns that much memory to the
system as soon as it is freed, and the system clears it before it provides it for the next answer, which
takes longer than reading the items. The library keeps freed memory up to twice the size of the largest
block that the program has freed so far; so one such block is freed at the start.

Servers beside other code, such as those of tests, change neither.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

YOUNG: Final = 10_000
"""The number of new objects after which the collector runs: more than almost any request has."""
BLOCK: Final = 8 * 2**20
"""The size of the block that is freed at the start, in bytes. It is never written, so it needs no memory."""


@contextmanager
def of_server() -> Iterator[None]:
    """Let the collector run seldom, and only on new objects, while the block lasts; keep freed memory."""
    first, *others = before = gc.get_threshold()
    gc.freeze()
    if 0 < first < YOUNG:  # 0 is a collector that somebody has switched off
        gc.set_threshold(YOUNG, *others)
    block = bytes(BLOCK)
    del block
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
