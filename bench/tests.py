"""Group: what one test costs, with pytest around it, beside the same test with canned answers.

A run of many tests less a run of one: what Python, pytest and boto3 need to start drops out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from bench.measure import Row, Series, interleaved
from bench.thousand_tests import CANNED, PROGRAMS, seconds

GROUP: Final = "tests"
COUNT: Final = 500
OVERHEAD: Final = 0.3
"""Milliseconds that a test with ``ddbmock_client`` may take beyond one with canned answers."""


def run(rounds: int, *, smoke: bool) -> Iterator[Row]:
    """A row for each contender; each test puts an item and gets it."""
    count = 5 if smoke else COUNT
    programs = {"canned": CANNED, **{name: PROGRAMS[name] for name in MEASURED}}
    contenders = {name: _timer(program, count) for name, program in programs.items()}
    series = interleaved(contenders, 1 if smoke else min(rounds, 5))
    canned = series.pop("canned")
    what = "a test that puts and gets"
    yield Row(GROUP, what, "canned", canned.median * 1e3, "ms", canned.spread)
    for name, found in series.items():
        over = Series([a - b for a, b in zip(found.rounds, canned.rounds, strict=True)])
        yield Row(GROUP, what, name, found.median * 1e3, "ms", found.spread)
        target = OVERHEAD if name == "ddbmock, the plugin" else None
        yield Row(GROUP, f"{what}, beyond canned", name, over.median * 1e3, "ms", target=target)


MEASURED: Final = ("ddbmock, the plugin", "ddbmock.mock()")


def _timer(program: str, count: int) -> Callable[[], float]:
    return lambda: (seconds(program, count) - seconds(program, 1)) / (count - 1)
