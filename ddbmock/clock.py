"""Time as an argument: whoever needs to know the time is handed a clock."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta, timezone
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
        self._now += total_seconds(seconds, minutes, hours, days)


def total_seconds(seconds: float, minutes: float, hours: float, days: float) -> float:
    """All of them in seconds."""
    return seconds + 60.0 * (minutes + 60.0 * (hours + 24.0 * days))


class AdjustableClock:
    """Goes with another clock, the machine's as a rule, until it is frozen or moved.

    It may be moved from any thread. The machine's time is asked for by ``time.time()``, so it
    follows whoever changes that: freezegun, time-machine.

    >>> clock = AdjustableClock(ManualClock(1000.0))
    >>> clock.freeze()
    1000.0
    >>> clock.advance(hours=1)
    4600.0
    >>> clock.now()
    4600.0
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._ahead = 0.0
        self._frozen: float | None = None
        self._moving = threading.Lock()

    def now(self) -> float:
        frozen = self._frozen
        return self._clock.now() + self._ahead if frozen is None else frozen

    @property
    def frozen(self) -> bool:
        """Whether it stands still."""
        return self._frozen is not None

    def advance(
        self,
        seconds: float | timedelta = 0.0,
        *,
        minutes: float = 0.0,
        hours: float = 0.0,
        days: float = 0.0,
    ) -> float:
        """Move on by the sum of the arguments, frozen or not; gives the time that it is then."""
        if isinstance(seconds, timedelta):
            seconds = seconds.total_seconds()
        with self._moving:
            by = total_seconds(seconds, minutes, hours, days)
            if self._frozen is None:
                self._ahead += by
            else:
                self._frozen += by
            return self.now()

    def freeze(self, at: float | datetime | None = None) -> float:
        """Stand still, at this time or another one; gives the time.

        Seconds are since the epoch; a datetime without a time zone is local time.
        """
        with self._moving:
            self._frozen = self.now() if at is None else _seconds(at)
            return self._frozen

    def resume(self) -> float:
        """Go on from where it stands; gives the time."""
        with self._moving:
            if self._frozen is not None:
                self._ahead = self._frozen - self._clock.now()
                self._frozen = None
            return self.now()

    def __repr__(self) -> str:
        shown = datetime.fromtimestamp(self.now(), timezone.utc).isoformat(" ", "seconds")
        return f"<clock at {shown}{', frozen' if self.frozen else ''}>"

    def fork(self) -> AdjustableClock:
        """A clock that shows the same, and is moved on its own."""
        clock = AdjustableClock(self._clock)
        clock._ahead, clock._frozen = self._ahead, self._frozen
        return clock


def _seconds(at: float | datetime) -> float:
    if isinstance(at, datetime):
        return at.timestamp()
    if isinstance(at, bool) or not isinstance(at, (int, float)):
        raise TypeError(f"A time is a datetime or seconds since the epoch, not {at!r}.")
    return float(at)
