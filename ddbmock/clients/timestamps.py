"""Datetimes of an answer's timestamps: a shortcut past the arithmetic of botocore's time zone.

botocore gives datetimes in the local time zone. Its class asks itself for the offset of each time,
in Python, because of daylight saving; that costs 10 µs, as much as a whole GetItem. Where the local
zone has none, as on most servers, all times have the same offset. tests/shortcuts/test_timestamps.py
shows that both give the same.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache

from botocore.utils import parse_timestamp


def datetime_of(seconds: float) -> datetime:
    """Return the datetime that botocore parses a number of seconds since the epoch to."""
    parsed: datetime
    if time.daylight:
        parsed = parse_timestamp(seconds)
        return parsed
    fixed, local = _zones(time.timezone, time.tzname)
    return datetime.fromtimestamp(seconds, fixed).replace(tzinfo=local)


@lru_cache(maxsize=8)
def _zones(west: int, names: tuple[str, str]) -> tuple[timezone, tzinfo | None]:
    """Return the zone of a fixed offset, in seconds west of UTC, and botocore's object for it."""
    return timezone(timedelta(seconds=-west)), parse_timestamp(0).tzinfo
