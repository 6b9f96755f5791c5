"""Time as an argument: whoever needs to know the time is handed a clock."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time; nothing in ddbmock asks the system for it."""

    def now(self) -> float:
        """Seconds since the epoch, with their fraction."""


class SystemClock:
    """The machine's time."""

    def now(self) -> float:
        return time.time()


class ManualClock:
    """A clock that stands still until it is told to move.

    >>> clock = ManualClock(1000.0)
    >>> clock.advance(hours=1)
    >>> clock.now()
    4600.0
    """

    def __init__(self, start: float = 0.0) -> None:
        self._now = start

    def now(self) -> float:
        return self._now

    def advance(
        self, seconds: float = 0.0, *, minutes: float = 0.0, hours: float = 0.0, days: float = 0.0
    ) -> None:
        """Move on by the sum of the arguments."""
        self._now += seconds + 60.0 * (minutes + 60.0 * (hours + 24.0 * days))
