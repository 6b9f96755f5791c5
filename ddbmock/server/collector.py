"""The garbage collector in the process of a server.

A request has up to some thousand objects, which are freed without the collector when it ends. With Python's
thresholds the collector examines them while they are in use, which takes a tenth of the time of a batch of
25 items. A server that has its process to itself therefore lets the collector run less often, and hides
from it what has been there from the start: modules and seeded items. Servers beside other code, such as
those of tests, leave it alone.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

YOUNG: Final = 10_000
"""The number of new objects after which the collector runs: more than almost any request has."""


@contextmanager
def relaxed() -> Iterator[None]:
    """Let the collector run seldom, and only on new objects, while the block lasts."""
    first, *others = before = gc.get_threshold()
    gc.freeze()
    if 0 < first < YOUNG:  # 0 is a collector that somebody has switched off
        gc.set_threshold(YOUNG, *others)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
