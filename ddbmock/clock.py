"""Clocks, which are passed as arguments."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import Final, Protocol

from ddbmock import forking


class Clock(Protocol):
    """A source of the time. Nothing else in ddbmock reads the system's time."""

    def now(self) -> float:
        """Return the seconds since the epoch, with fraction."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> float:
        return time.time()


class ManualClock:
    """A clock that moves only by :meth:`advance`.

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
        """Move forward by the sum of the arguments."""
        self._now += total_seconds(seconds, minutes, hours, days)


def total_seconds(seconds: float, minutes: float, hours: float, days: float) -> float:
    """Return the sum in seconds."""
    return seconds + 60.0 * (minutes + 60.0 * (hours + 24.0 * days))


class AdjustableClock:
    """A clock that follows another one, by default the machine's, and can be frozen and moved.

    All methods are thread-safe. The machine's time comes from ``time.time()``, so that freezegun
    and time-machine work.

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
        self._is_system = type(self._clock) is SystemClock
        self._ahead = 0.0
        self._frozen: float | None = None
        self._moving = forking.lock()

    def now(self) -> float:
        """Return the seconds since the epoch, with fraction."""
        frozen = self._frozen
        if frozen is not None:
            return frozen
        # Without SystemClock's own call: each request reads the clock four times.
        return (time.time() if self._is_system else self._clock.now()) + self._ahead

    @property
    def moved(self) -> bool:
        """Whether the clock was ever frozen or moved."""
        return self._frozen is not None or self._ahead != 0.0

    @property
    def frozen(self) -> bool:
        """Whether the clock is frozen."""
        return self._frozen is not None

    def advance(
        self,
        seconds: float | timedelta = 0.0,
        *,
        minutes: float = 0.0,
        hours: float = 0.0,
        days: float = 0.0,
    ) -> float:
        """Move forward by the sum of the arguments, frozen or not; return the new time.

        :raises TypeError: an argument is not a number.
        :raises ValueError: the time would leave the years 2 to 9998.
        """
        if isinstance(seconds, timedelta):
            seconds = seconds.total_seconds()
        try:
            by = total_seconds(seconds, minutes, hours, days)
        except TypeError:
            raise TypeError(
                "advance() takes numbers, such as advance(hours=1), or a timedelta."
            ) from None
        with self._moving:
            check_time(self.now() + by)
            if self._frozen is None:
                self._ahead += by
            else:
                self._frozen += by
            return self.now()

    def freeze(self, at: float | datetime | None = None) -> float:
        """Stop at the current time or at another one; return it.

        :param at: seconds since the epoch, or a datetime (local time if it has no time zone).
        :raises ValueError: the time is outside of the years 2 to 9998.
        """
        with self._moving:
            self._frozen = self.now() if at is None else check_time(epoch_seconds(at))
            return self._frozen

    def resume(self) -> float:
        """Continue from the current time; return it."""
        with self._moving:
            if self._frozen is not None:
                self._ahead = self._frozen - self._clock.now()
                self._frozen = None
            return self.now()

    def __repr__(self) -> str:
        shown = datetime.fromtimestamp(self.now(), timezone.utc).isoformat(" ", "seconds")
        return f"<clock at {shown}{', frozen' if self.frozen else ''}>"

    def fork(self) -> AdjustableClock:
        """Return an independent clock that shows the same time."""
        clock = AdjustableClock(self._clock)
        clock._ahead, clock._frozen = self._ahead, self._frozen
        return clock


EARLIEST: Final = -62_104_060_800.0
LATEST: Final = 253_370_764_800.0
"""The years 2 to 9998 in seconds since the epoch: dates have the years 1 to 9999, in any time zone,
and some hours are added to a time here and there."""


def check_time(seconds: float) -> float:
    """Return a time that can be written as a date.

    :raises ValueError: it cannot be written.
    """
    if not EARLIEST <= seconds < LATEST:
        raise ValueError(f"A time must be within the years 2 to 9998, not {seconds:g} seconds.")
    return seconds


def epoch_seconds(at: float | datetime) -> float:
    """Return a time in epoch seconds. A datetime without a time zone is local time.

    :raises TypeError: it is neither a number nor a datetime.
    """
    if isinstance(at, datetime):
        return at.timestamp()
    if isinstance(at, bool) or not isinstance(at, (int, float)):
        raise TypeError(f"A time must be a datetime or seconds since the epoch, not {at!r}.")
    return float(at)
