"""A clock that several processes share: when one of them moves it, it moves for all."""

from __future__ import annotations

import math
import mmap
import time
from typing import Any, Final, cast

from ddbmock.clock import AdjustableClock
from ddbmock.server.workers.process_lock import ProcessLock


class SharedClock(AdjustableClock):
    """An adjustable clock whose state is in memory that processes forked later share with this one.

    Each of its two numbers is read and written in one piece, and ``freeze``, ``advance`` and ``resume``
    write them in an order in which no reader sees a time that never was.
    """

    def __init__(self) -> None:
        self._cells: Final = memoryview(mmap.mmap(-1, 16)).cast("d")
        super().__init__()
        self._moving = cast("Any", ProcessLock())

    def now(self) -> float:
        frozen = self._cells[1]
        return time.time() + self._cells[0] if math.isnan(frozen) else frozen

    @property
    def _ahead(self) -> float:
        return self._cells[0]

    @_ahead.setter
    def _ahead(self, seconds: float) -> None:
        self._cells[0] = seconds

    @property
    def _frozen(self) -> float | None:
        frozen = self._cells[1]
        return None if math.isnan(frozen) else frozen

    @_frozen.setter
    def _frozen(self, seconds: float | None) -> None:
        self._cells[1] = math.nan if seconds is None else seconds
