"""Lanes: the records of a shard that wait for their function, in order, and their batches.

A shard has as many lanes as its trigger's parallelisation factor; an item always has the same one.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

from ddbmock.triggers.events import Record, Window
from ddbmock.triggers.options import Options

MAX_PAYLOAD: Final = 6 * 2**20
"""Bytes of a batch's records. Source: Lambda Developer Guide, "Batching behavior"."""
MAX_STATE: Final = 2**20
"""Bytes of a tumbling window's state; with more the window ends early."""
LONG: Final = 10_000
"""Waiting records from which on the shard is not read."""
LONGEST_PAUSE: Final = 60.0


@dataclass
class Batch:
    """Records for one invocation."""

    records: list[Record]
    failures: int = 0
    """Invocations with just these records that have failed."""
    due: float = 0.0
    """Epoch seconds before which it is not tried again."""

    def split(self, at: int) -> tuple[Batch, Batch]:
        """Return two batches that have not failed yet, the second beginning `at` a record."""
        return Batch(self.records[:at]), Batch(self.records[at:])

    def postpone(self, now: float) -> None:
        """Wait before the next attempt, twice as long each time."""
        self.due = now + min(2.0 ** (self.failures - 1), LONGEST_PAUSE)


@dataclass
class Lane:
    """A queue of records and of the batches that have failed."""

    shard_id: str
    queue: deque[Record] = field(default_factory=deque)
    failed: deque[Batch] = field(default_factory=deque)
    """Batches that are to be tried again, before anything of the queue."""
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
        """Return whether there are enough records for now."""
        return bool(self.failed) or len(self.queue) >= LONG

    def next_batch(self, options: Options, now: float) -> Batch | None:
        """Take the next batch that is due, or return None."""
        if self.failed:
            return self.failed.popleft() if self.failed[0].due <= now else None
        if not self.queue:
            return None
        records = self._first(options)
        complete = len(records) < len(self.queue) or len(records) == options.batch_size
        wait = options.maximum_batching_window_in_seconds
        if not complete and wait and now < records[0].created + wait:
            return None
        for _ in records:
            self.queue.popleft()
        return Batch(records)

    def ended_window(self, options: Options, now: float) -> Window | None:
        """Return the tumbling window that ends now, if one does."""
        if self.window is None or self.failed:
            return None
        if self.queue:
            length = options.tumbling_window_in_seconds
            return self.window if Window.at(self.queue[0].created, length) != self.window else None
        return self.window if now >= self.window.end else None

    def _first(self, options: Options) -> list[Record]:
        """Return the first records, as many as make one batch."""
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
