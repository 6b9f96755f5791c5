"""Units consumed per table and operation over time, for planning.

Consumption is summed in samples (a second, say); the samples of a longer time (five minutes) give
a minimum, maximum and average, in units per second, which is what throughput is provisioned in.
An idle sample counts as zero.
"""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import Iterable
from threading import Lock
from typing import Final, NamedTuple, TypeAlias

from ddbmock.clock import Clock

log: Final = logging.getLogger("ddbmock.throughput")

HISTORY: Final = 288
"""Aggregates that can still be read; a day of five minutes each."""


class Rates(NamedTuple):
    """Units per second: those of the quietest and of the busiest sample, and over all."""

    minimum: float
    maximum: float
    average: float


class Throughput(NamedTuple):
    """What an operation consumed of a table between two times (seconds since the epoch)."""

    table: str
    operation: str
    begin: float
    end: float
    read: Rates
    write: Rates


class Statistics:
    """Counts consumed units, sample by sample, aggregate by aggregate.

    Nothing runs in the background: a sample ends when the next unit is recorded, or when somebody
    looks. An aggregate that has ended is logged by ``ddbmock.throughput`` and kept in `history`.

    >>> from ddbmock.clock import ManualClock
    >>> clock = ManualClock()
    >>> statistics = Statistics(clock, sample=1.0, aggregate=300.0)
    >>> for units in (10.0, 5.0):
    ...     statistics.record("music", "Query", units, 0.0)
    ...     clock.advance(seconds=2)
    >>> [music] = statistics.overall()
    >>> music.read
    Rates(minimum=0.0, maximum=10.0, average=3.75)
    """

    def __init__(self, clock: Clock, *, sample: float, aggregate: float) -> None:
        self._now = clock.now
        self._sample = sample
        self._samples = max(1, round(aggregate / sample))
        self._lock = Lock()
        self._pending: deque[_Consumed] = deque()
        begin = clock.now() // sample * sample
        self._sample_end = begin + sample
        self._window = _Window(begin, sample)
        self._life = _Window(begin, sample)
        self.history: deque[Throughput] = deque(maxlen=HISTORY)
        """Aggregates that have ended, by table and operation, oldest first."""

    def record(self, table: str, operation: str, read_units: float, write_units: float) -> None:
        """Count the units that one operation consumed of one table. Costs less than 1 µs."""
        now = self._now()
        if now >= self._sample_end:
            self._roll(now)
        self._pending.append((table, operation, read_units, write_units))

    def current(self) -> list[Throughput]:
        """The aggregate that has not ended yet, by table and operation."""
        self._roll(self._now())
        return self._look(self._window)

    def overall(self) -> list[Throughput]:
        """All since the database was opened, by table and operation."""
        self._roll(self._now())
        return self._look(self._life)

    def close(self) -> None:
        """Log what was consumed over all; to be called once, at the end."""
        _log(self.overall())

    def _roll(self, now: float) -> None:
        """End the sample, and the aggregate that it was the last of, if their time is over."""
        with self._lock:
            if now < self._sample_end:
                return
            consumed = [self._pending.popleft() for _ in range(len(self._pending))]
            self._window.add(consumed)
            self._life.add(consumed)
            self._sample_end = now // self._sample * self._sample + self._sample
            length = self._samples * self._sample
            elapsed = (now - self._window.begin) // length
            if elapsed < 1:
                return
            ended = self._window.throughput(self._window.begin + length)
            self._window = _Window(self._window.begin + elapsed * length, self._sample)
            self.history.extend(ended)
        _log(ended)

    def _look(self, window: _Window) -> list[Throughput]:
        """What a window holds, and the unfinished sample if there is anything in it."""
        with self._lock:
            consumed = list(self._pending)
            end = self._sample_end if consumed else self._sample_end - self._sample
            seen = window.copy()
        seen.add(consumed)
        return seen.throughput(end)


_Consumed: TypeAlias = tuple[str, str, float, float]


class _Window:
    """Sums of samples since a time."""

    def __init__(self, begin: float, sample: float) -> None:
        self.begin = begin
        self._sample = sample
        self._series: dict[tuple[str, str], _Series] = {}

    def add(self, consumed: Iterable[_Consumed]) -> None:
        """Add what was consumed in one sample."""
        sums: dict[tuple[str, str], tuple[float, float]] = {}
        for table, operation, read_units, write_units in consumed:
            read, write = sums.get((table, operation), (0.0, 0.0))
            sums[table, operation] = read + read_units, write + write_units
        for key, (read, write) in sums.items():
            before = self._series.get(key, _NOTHING)
            self._series[key] = _Series(
                before.samples + 1, before.read.plus(read), before.write.plus(write)
            )

    def throughput(self, end: float) -> list[Throughput]:
        """Rates by table and operation, for the time up to `end`."""
        samples = max(1, round((end - self.begin) / self._sample))
        return [
            Throughput(
                table,
                operation,
                self.begin,
                end,
                self._rates(series.read, series.samples, samples),
                self._rates(series.write, series.samples, samples),
            )
            for (table, operation), series in sorted(self._series.items())
        ]

    def copy(self) -> _Window:
        copied = _Window(self.begin, self._sample)
        copied._series = dict(self._series)
        return copied

    def _rates(self, sums: _Sums, busy: int, samples: int) -> Rates:
        return Rates(
            sums.minimum / self._sample if busy == samples else 0.0,
            sums.maximum / self._sample,
            sums.total / (samples * self._sample),
        )


class _Sums(NamedTuple):
    """Units over the samples in which anything was consumed."""

    total: float
    minimum: float
    maximum: float

    def plus(self, units: float) -> _Sums:
        return _Sums(self.total + units, min(self.minimum, units), max(self.maximum, units))


class _Series(NamedTuple):
    """One operation on one table: in how many samples it consumed, and how much."""

    samples: int
    read: _Sums
    write: _Sums


_NOTHING: Final = _Series(0, _Sums(0.0, math.inf, 0.0), _Sums(0.0, math.inf, 0.0))


def _log(throughputs: Iterable[Throughput]) -> None:
    for one in throughputs:
        log.info(
            "%s %s over %g s: read units per second min %.2f max %.2f average %.2f, "
            "write units per second min %.2f max %.2f average %.2f",
            one.table,
            one.operation,
            one.end - one.begin,
            *one.read,
            *one.write,
        )
