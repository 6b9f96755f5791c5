"""The format of times in messages of backups, exports and restores."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_LEAST: Final = -62_135_596_800
_MOST: Final = 253_402_300_799
"""The first and the last second that the format can express, in the years 1 and 9999."""


def iso_seconds(seconds: float) -> str:
    """Return a time in whole seconds as text.

    >>> iso_seconds(1576616366.715)
    '2019-12-17T20:59:26Z'
    """
    whole = int(max(_LEAST, min(seconds, _MOST)))
    return (_EPOCH + timedelta(seconds=whole)).strftime("%Y-%m-%dT%H:%M:%SZ")
