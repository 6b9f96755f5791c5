"""Units consumed per table and operation over time, for planning.

Consumption is summed in samples (a second, say); the samples of a longer time (five minutes) give
a minimum, maximum and average, in units per second, which is what throughput is provisioned in.
An idle sample counts as zero.
"""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final, Protocol, TypeAlias

from ddbmock import forking
from ddbmock.clock import Clock
from ddbmock.named_tuple import NamedTuple

log: Final = logging.getLogger("ddbmock.throughput")

HISTORY: Final = 288
"""The number of aggregates kept; a day of five minutes each."""


class Consumed(Protocol):
    """Units that a call consumed on one table."""

    @property
    def table(self) -> str: ...
    @property
    def read_units(self) -> float: ...
    @property
    def write_units(self) -> float: ...


class Rates(NamedTuple):
    """Units per second: the lowest and the highest sample, and the average."""

    minimum: float
    maximum: float
    average: float


class Throughput(NamedTuple):
    """Units that an operation consumed on a table between two times, in epoch seconds."""

    table: str
    operation: str
    begin: float
    end: float
    read: Rates
    write: Rates


class Statistics:
    """Consumed units, by sample and by aggregate.

    Nothing runs in the background: a sample ends when the next unit is recorded or the statistics
    are read. An aggregate that has ended is logged by ``ddbmock.throughput`` and kept in `history`.

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
        self._lock = forking.lock()
        self._pending: deque[_Recorded] = deque()
        begin = clock.now() // sample * sample
        self._sample_end = begin + sample
        self._window = _Window(begin, sample)
        self._life = _Window(begin, sample)
        self.history: deque[Throughput] = deque(maxlen=HISTORY)
        """Finished aggregates by table and operation, oldest first."""

    def record(self, table: str, operation: str, read_units: float, write_units: float) -> None:
        """Record the units that an operation consumed on a table."""
        self.record_call(operation, (_Units(table, read_units, write_units),))

    def record_call(self, operation: str, consumed: Sequence[Consumed]) -> None:
        """Record the units of one call, which do not change afterwards. Takes less than 1 µs."""
        now = self._now()
        if now >= self._sample_end:
            self._roll(now)
        self._pending.append((operation, consumed))

    def current(self) -> list[Throughput]:
        """Return the unfinished aggregate by table and operation."""
        self._roll(self._now())
        return self._look(self._window)

    def overall(self) -> list[Throughput]:
        """Return the total since the database was opened, by table and operation."""
        self._roll(self._now())
        return self._look(self._life)

    def close(self) -> None:
        """Log the total consumption. Call it once, at the end."""
        if log.isEnabledFor(logging.INFO):
            _log(self.overall())

    def _roll(self, now: float) -> None:
        """Finish the sample, and the aggregate it belongs to, if their time is over."""
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
        """Return the sums of a window, including the unfinished sample if it is not empty."""
        with self._lock:
            consumed = list(self._pending)
            end = self._sample_end if consumed else self._sample_end - self._sample
            seen = window.copy()
        seen.add(consumed)
        return seen.throughput(end)


class _Units(NamedTuple):
    table: str
    read_units: float
    write_units: float


_Recorded: TypeAlias = tuple[str, Sequence[Consumed]]
"""An operation, and the units that one call of it consumed."""


class _Window:
    """Sums of samples since a time."""

    def __init__(self, begin: float, sample: float) -> None:
        self.begin = begin
        self._sample = sample
        self._series: dict[tuple[str, str], _Series] = {}

    def add(self, calls: Iterable[_Recorded]) -> None:
        """Add the units consumed in one sample."""
        sums: dict[tuple[str, str], tuple[float, float]] = {}
        for operation, consumed in calls:
            for one in consumed:
                key = one.table, operation
                read, write = sums.get(key, (0.0, 0.0))
                sums[key] = read + one.read_units, write + one.write_units
        for key, (read, write) in sums.items():
            before = self._series.get(key, _NOTHING)
            self._series[key] = _Series(
                before.samples + 1, before.read.plus(read), before.write.plus(write)
            )

    def throughput(self, end: float) -> list[Throughput]:
        """Return the rates by table and operation, for the time up to `end`."""
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
    """Sums of units over the samples with any consumption."""

    total: float
    minimum: float
    maximum: float

    def plus(self, units: float) -> _Sums:
        return _Sums(self.total + units, min(self.minimum, units), max(self.maximum, units))


class _Series(NamedTuple):
    """One operation on one table: the number of samples with consumption, and their units."""

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
