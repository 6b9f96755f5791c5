"""Parsing of large answers without the garbage collector, a shortcut that other code cannot notice.

A page of 1,000 items has about 20,000 objects, none of them garbage. Up to Python 3.11 the
collector examines them repeatedly while they are created, which takes four times as long as
creating them; later versions collect between instructions only, and need no shortcut. The collector
is switched off for one call, by a chain of calls in C without any Python instruction between: no
other thread and no signal handler can run before it is on again. tests/shortcuts/test_collector.py
shows that.
"""

from __future__ import annotations

import gc
import sys
from functools import partial
from typing import Any, Final

import orjson

LARGE: Final = 32_768
"""The size of JSON in bytes from which on the shortcut is used."""
COLLECTS_WITHIN_CALLS: Final = sys.version_info < (3, 12)


def parsed(content: bytes) -> Any:
    """Return the values of JSON that is known to be valid."""
    if not COLLECTS_WITHIN_CALLS or len(content) < LARGE or not gc.isenabled():
        return orjson.loads(content)
    calls = (gc.disable, partial(orjson.loads, content), gc.enable)
    try:
        # iter(f, sentinel) calls f in next(), so all of this happens in C.
        return list(map(next, [iter(call, _SENTINEL) for call in calls]))[1]
    except MemoryError:
        gc.enable()
        raise


_SENTINEL: Final = object()
