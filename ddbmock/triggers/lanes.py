"""Lanes: the waiting records of a shard in order, and their batches.

The number of a shard's lanes is the parallelisation factor of the trigger; all records of an item
are in the same lane.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from ddbmock.triggers.events import Record, Window
from ddbmock.triggers.options import Options

MAX_PAYLOAD: Final = 6 * 2**20
"""The size limit of a batch's records in bytes. Source: Lambda Developer Guide, "Batching
behavior"."""
MAX_STATE: Final = 2**20
"""The size limit of a tumbling window's state in bytes; if it is exceeded, the window ends
early."""
LONG: Final = 10_000
"""The number of waiting records from which on the shard is not read."""
LONGEST_PAUSE: Final = 60.0

RETRY: Final = "retry"
BATCHING_WINDOW: Final = "batching window"
TUMBLING_WINDOW: Final = "tumbling window"


@dataclass(eq=False)
class Batch:
    """The records of one invocation."""

    records: list[Record]
    failures: int = 0
    """The number of failed invocations with exactly these records."""
    due: float = 0.0
    """The time of the next attempt in epoch seconds."""
    last: int = 0
    """The sequence number of the last record, since the records may have to be read again."""
    error: BaseException | None = None
    """The exception of the last attempt."""

    @classmethod
    def of(cls, records: list[Record]) -> Batch:
        """Return a batch that has not been tried yet."""
        return cls(records, last=records[-1].number)

    def split(self, at: int) -> tuple[Batch, Batch]:
        """Return two batches that have not failed yet, the second beginning `at` a record."""
        return Batch.of(self.records[:at]), Batch.of(self.records[at:])

    def postpone(self, now: float) -> None:
        """Postpone the next attempt, each time by twice as long."""
        self.due = now + min(2.0 ** (self.failures - 1), LONGEST_PAUSE)


@dataclass
class Lane:
    """A queue of records and of the batches that have failed."""

    seen: int = 0
    """The sequence number up to which records are done or in the lane."""
    queue: deque[Record] = field(default_factory=deque)
    failed: deque[Batch] = field(default_factory=deque)
    """The batches that will be retried, before the records of the queue."""
    window: Window | None = None
    state: dict[str, Any] = field(default_factory=dict)

    @property
    def pending(self) -> bool:
        """Return whether there are records that are not done."""
        return bool(self.queue or self.failed)

    @property
    def records(self) -> list[Record]:
        """Return the records that are not done, in order."""
        return [record for batch in list(self.failed) for record in batch.records] + list(
            self.queue
        )

    @property
    def full(self) -> bool:
        """Return whether the lane has so many records that the shard is not read."""
        return bool(self.failed) or len(self.queue) >= LONG

    def add(self, record: Record) -> bool:
        """Add a record unless it is done or in the lane; return whether it was added."""
        if record.number <= self.seen:
            return False
        self.seen = record.number
        if self.failed and record.number <= self.failed[-1].last:
            # After a restart, records are read again.
            next(one for one in self.failed if record.number <= one.last).records.append(record)
        else:
            self.queue.append(record)
        return True

    def next_batch(
        self, options: Options, now: float, expired: Callable[[Record, float], bool]
    ) -> Batch | None:
        """Take the next batch that is due, or return None."""
        if self.failed:
            first = self.failed[0]
            return (
                self.failed.popleft() if first.due <= now or _any_old(first, now, expired) else None
            )
        if not self.queue:
            return None
        records = self._first(options)
        complete = len(records) < len(self.queue) or len(records) == options.batch_size
        wait = options.maximum_batching_window_in_seconds
        if not complete and wait and now < records[0].created + wait:
            return None
        for _ in records:
            self.queue.popleft()
        return Batch.of(records)

    def ended_window(self, options: Options, now: float) -> Window | None:
        """Return the tumbling window that ends now, or None."""
        if self.window is None or self.failed:
            return None
        if self.queue:
            length = options.tumbling_window_in_seconds
            return self.window if Window.at(self.queue[0].created, length) != self.window else None
        return self.window if now >= self.window.end else None

    def due(self, options: Options) -> tuple[float, str] | None:
        """Return the time of the next work if no further record arrives, and the reason for
        waiting."""
        if self.failed:
            return self.failed[0].due, RETRY
        if self.queue:
            wait = options.maximum_batching_window_in_seconds
            return self.queue[0].created + wait, BATCHING_WINDOW
        return None if self.window is None else (self.window.end, TUMBLING_WINDOW)

    def _first(self, options: Options) -> list[Record]:
        """Return the records of the next batch."""
        records: list[Record] = []
        size, length = 0, options.tumbling_window_in_seconds
        for record in self.queue:
            size += record.size
            if records and size > MAX_PAYLOAD:
                break
            if (
                length
                and records
                and Window.at(record.created, length) != Window.at(records[0].created, length)
            ):
                break
            records.append(record)
            if len(records) == options.batch_size:
                break
        return records

    def encode(self) -> dict[str, Any] | None:
        """Return the stored form, without the records; None if nothing must be stored."""
        records = self.records
        if not records and self.window is None:
            return None
        return {
            "from": str(records[0].number) if records else None,
            "failed": [[str(one.last), one.failures, one.due] for one in self.failed],
            "window": None if self.window is None else [*self.window],
            "state": self.state,
        }

    @classmethod
    def decode(cls, stored: dict[str, Any], read: int) -> Lane:
        """Return the lane of a stored form. The caller reads its records again."""
        first, window = stored["from"], stored["window"]
        return cls(
            read if first is None else int(first) - 1,
            failed=deque(
                Batch([], failures, due, int(last)) for last, failures, due in stored["failed"]
            ),
            window=None if window is None else Window(*window),
            state=stored["state"],
        )


def _any_old(batch: Batch, now: float, expired: Callable[[Record, float], bool]) -> bool:
    return any(expired(record, now) for record in batch.records)
