"""Units consumed per table and operation over time, for planning."""

from __future__ import annotations

from ddbmock.clock import Clock


class Statistics:
    """Counts consumed units."""

    def __init__(self, clock: Clock, *, sample: float, aggregate: float) -> None:
        self.clock = clock
        self.sample = sample
        self.aggregate = aggregate

    def record(self, table: str, operation: str, read_units: float, write_units: float) -> None:
        """Count the units that one operation consumed of one table."""
