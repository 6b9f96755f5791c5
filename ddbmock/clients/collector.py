"""Parsing without the garbage collector, unnoticed by the process: a shortcut for large answers.

A page of 1,000 items is some 20,000 objects, none of them garbage. Up to Python 3.11 the collector
looks through them again and again while they are made, for four times as long as that takes; later
versions collect between instructions only, so they need no help. The collector is switched off for
one call, by a chain of calls in which no instruction of Python is executed: no other thread and no
signal's handler can run before it is on again. tests/shortcuts/test_collector.py shows that.
"""

from __future__ import annotations

import gc
import sys
from functools import partial
from typing import Any, Final

import orjson

LARGE: Final = 32_768
"""Bytes of JSON from which on it matters."""
COLLECTS_WITHIN_CALLS: Final = sys.version_info < (3, 12)


def parsed(content: bytes) -> Any:
    """Return the values of JSON that is known to be correct."""
    if not COLLECTS_WITHIN_CALLS or len(content) < LARGE or not gc.isenabled():
        return orjson.loads(content)
    calls = (gc.disable, partial(orjson.loads, content), gc.enable)
    try:
        # iter(f, sentinel) calls f when next() asks it: all of this happens in C
        return list(map(next, [iter(call, _SENTINEL) for call in calls]))[1]
    except MemoryError:
        gc.enable()
        raise


_SENTINEL: Final = object()
