"""Measuring: interleaved rounds, medians and spread, ratios taken round by round."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

PER_SECOND: Final = {"µs": 1e6, "ms": 1e3}


@dataclass
class Series:
    """What one contender took for one thing, a figure a round."""

    rounds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    @property
    def spread(self) -> float:
        """Half the distance between the quartiles, as a part of the median."""
        if len(self.rounds) < 4 or not self.median:
            return 0.0
        low, _, high = statistics.quantiles(self.rounds, n=4)
        return (high - low) / 2 / self.median


@dataclass(frozen=True)
class Row:
    """One line of a table: a figure, its ratio to another contender's, and what is to be reached."""

    group: str
    what: str
    contender: str
    value: float
    unit: str
    spread: float = 0.0
    against: str | None = None
    ratio: float | None = None
    target: float | None = None
    at_most: bool = True
    """Whether the target is an upper bound (a cost) or a lower one (a speed-up)."""

    @property
    def met(self) -> bool | None:
        """None: there is nothing to be reached, or nothing to compare with."""
        if self.target is None:
            return None
        figure = self.ratio if self.against is not None else self.value
        if figure is None or math.isnan(figure):
            return None
        return figure <= self.target if self.at_most else figure >= self.target

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"met": self.met}


def interleaved(contenders: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, Series]:
    """Measure each contender once a round, in an order that turns, after one round of warm-up."""
    names = list(contenders)
    series = {name: Series() for name in names}
    for name in names:
        contenders[name]()
    for number in range(rounds):
        turned = names[number % len(names) :] + names[: number % len(names)]
        for name in turned:
            series[name].rounds.append(contenders[name]())
    return series


def ratio(of: Series, to: Series) -> float:
    """The median of the rounds' ratios: what drifts between rounds drops out."""
    return statistics.median(
        [a / b for a, b in zip(of.rounds, to.rounds, strict=True) if b] or [float("nan")]
    )


def mean_of(
    work: Callable[[int], Any], count: int, clock: Callable[[], float] = time.perf_counter
) -> Callable[[], float]:
    """Return a contender that takes the mean of `count` runs, in seconds; runs are numbered on."""
    begun = 0

    def timed() -> float:
        nonlocal begun
        begun += count
        start = clock()
        for number in range(begun, begun + count):
            work(number)
        return (clock() - start) / count

    return timed


def median_of(work: Callable[[int], Any], count: int) -> Callable[[], float]:
    """Return a contender that takes the median of `count` runs, each timed by itself."""
    begun = 0

    def timed() -> float:
        nonlocal begun
        begun += count
        times = []
        for number in range(begun, begun + count):
            start = time.perf_counter()
            work(number)
            times.append(time.perf_counter() - start)
        return statistics.median(times)

    return timed


def compared(
    group: str,
    what: str,
    series: Mapping[str, Series],
    unit: str = "µs",
    target: float | None = None,
) -> Iterator[Row]:
    """Yield a row for each contender: the first one's figure, and the others' with the ratio to it.

    Series are in seconds. The target is one of the ratios.
    """
    first = next(iter(series))
    for name, found in series.items():
        figure = found.median * PER_SECOND[unit]
        if name == first:
            yield Row(group, what, name, figure, unit, found.spread)
        else:
            to_first = ratio(found, series[first])
            yield Row(group, what, name, figure, unit, found.spread, first, to_first, target)


def met(rows: Sequence[Row]) -> tuple[int, int]:
    """``(rows met, rows with a target)``."""
    decided = [row.met for row in rows if row.met is not None]
    return sum(decided), len(decided)
