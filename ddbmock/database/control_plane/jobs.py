"""Jobs: restores, exports, imports and bulk operations, advanced in slices by later requests.

A job is a stored record and a list entry that says it is unfinished. No thread works on it: each
request advances the jobs of its caller a little, and a request that asks for a job or a table a lot.
A slice is bounded in items and in time and is stored in one transaction, so a job goes on after a
crash where its last slice ended, and other requests are served between two slices.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Generator
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ddbmock import forking
from ddbmock.database.catalogue import Tables
from ddbmock.database.db import Call
from ddbmock.database.schema import BACKUPS, RECOVERING
from ddbmock.later import later
from ddbmock.storage import ConflictError, UnavailableError

if TYPE_CHECKING:
    from ddbmock.database.control_plane import retention
else:
    retention = later("ddbmock.database.control_plane", "retention")

log: Final = logging.getLogger("ddbmock.jobs")

SPACE: Final = "unfinished-jobs"
STEP_ITEMS: Final = 16
"""Items that a request moves which is about something else."""
POLL_ITEMS: Final = 200_000
"""Items that a request moves at most which asks for a job or a table."""
SLICE_SECONDS: Final = 0.0004
"""Seconds after which a slice ends, once it has moved :data:`SLICE_LEAST` items."""
SLICE_LEAST: Final = 16
LONGEST_SLICE: Final = 0.025
"""Time after which a slice ends in any case."""
POLL_SECONDS: Final = 2.0
POLL_LEAST: Final = 2_000
"""Time after which a request that asks for a job or a table is answered, if so many items were moved.
Smaller jobs are finished by it, however busy the machine is."""
LONGEST_POLL: Final = 20.0
"""Time after which it is answered in any case: clients wait for 60 seconds."""
PAUSE: Final = 0.0005
"""Seconds between two slices of a poll in which other threads take the interpreter and the storage's
lock. Without them a thread takes both again before another one has woken up."""
RETENTION_SECONDS: Final = 60
"""Interval, by the clock, at which old backups and journal entries are searched for."""
POLLS: Final = frozenset(
    {
        "DescribeBulkOperation",
        "DescribeExport",
        "DescribeImport",
        "DescribeTable",
        "ListBulkOperations",
        "ListExports",
        "ListImports",
    }
)
STARTS: Final = frozenset(
    {
        "ExportTableToPointInTime",
        "ImportTable",
        "RestoreTableFromBackup",
        "RestoreTableToPointInTime",
        "StartBulkPutItems",
    }
)
"""Operations after which there may be a job."""
ABOUT_JOBS: Final = POLLS | STARTS | {"CancelBulkOperation"}


class Progress(dict[str, Any]):
    """The state of unfinished jobs that a process keeps between slices, by job, such as open files.

    It is lost when the process ends; the job's record has all that is needed without it.
    """


class Slice:
    """The part of a job that is done at once: so many items at most, and for so long.

    A few items are always done: where the storage is slow, a transaction for each one would make it
    slower still. But even they do not take long.
    """

    __slots__ = ("_began", "_done", "left")

    def __init__(self, items: int) -> None:
        self.left = items
        self._done = 0
        self._began = time.perf_counter()

    @property
    def is_over(self) -> bool:
        """Whether the slice has used up its items or its time."""
        if self.left <= 0:
            return True
        most = SLICE_SECONDS if self._done >= SLICE_LEAST else LONGEST_SLICE
        return time.perf_counter() - self._began >= most

    def used(self) -> bool:
        """Note an item that was moved, and return whether the slice is over."""
        self.left -= 1
        self._done += 1
        return self.is_over


KINDS: Final = {
    "bulk": "ddbmock.database.control_plane.bulk_jobs",
    "export": "ddbmock.database.control_plane.export_jobs",
    "import": "ddbmock.database.control_plane.import_jobs",
    "restore": "ddbmock.database.control_plane.restores",
}
"""The module of each kind of job, whose `step` does it. It is imported when there is one."""

Step: TypeAlias = Callable[[Call, str, Progress, Slice], bool]
"""Does a slice of the job of a key. Returns whether more can be done now: if not, the job is
finished, or waits for the clock."""


def is_due(call: Call, start_time: float) -> bool:
    """Return whether a job that began at a time, in whole milliseconds, may end by the clock."""
    return round(call.clock.now(), 3) >= start_time + call.settings.delay_jobs


def enqueue(tables: Tables, kind: str, key: str) -> None:
    """List a job as unfinished."""
    tables.writer.put(tables.call.prefix + SPACE, f"{kind}\0{key}".encode(), b"")


def dequeue(tables: Tables, kind: str, key: str) -> None:
    """Strike a job from the list."""
    tables.writer.delete(tables.call.prefix + SPACE, f"{kind}\0{key}".encode())


def _are_there(call: Call) -> bool:
    """Return whether the caller has unfinished jobs."""
    with call.dynamodb.storage.read() as reader:
        return any(True for _ in reader.range(call.prefix + SPACE))


class Jobs:
    """The unfinished jobs of one database, as one process advances them.

    Several threads may call it: one at a time does a slice, and one at a time works as long as a poll
    may, so that polls never take all threads of a server.
    """

    def __init__(self) -> None:
        self.interleaving: int | None = None
        """The thread of a server that does the slices of polls between its other requests."""
        self._slicing: Final = forking.lock()
        self._polling: Final = forking.lock()
        self._progress = Progress()
        self._retained: dict[str, float] = {}
        """The periods in which old backups were last looked for, by caller's prefix."""
        self._idle: set[str] = set()
        """Prefixes of callers without unfinished jobs, as far as this process knows."""

    def take_over(self, origin: Jobs) -> None:
        """Take over the knowledge about the content, which is still the same in its origin."""
        self._retained = dict(origin._retained)
        self._idle = set(origin._idle)

    def advance(self, call: Call, now: float) -> None:
        """Advance the caller's jobs by as much as its operation may move, and forget what is old."""
        period = now // RETENTION_SECONDS
        if self._retained.get(call.prefix) != period and not self._retain(call):
            self._retained[call.prefix] = period
        if call.prefix in self._idle and call.operation not in ABOUT_JOBS:
            return  # as nearly all calls do: nothing more is looked up for them
        polls = call.operation in POLLS
        if call.prefix in self._idle and not polls:
            self._idle.discard(call.prefix)
        elif call.prefix in self._idle and not _are_there(call):
            return  # DescribeTable asks most often, and another process may have begun a job
        elif polls and threading.get_ident() != self.interleaving:
            with contextlib.closing(self.slices(call)) as slices:
                for _ in slices:
                    if threading.active_count() > 1:
                        time.sleep(PAUSE)
        elif polls or not self._polling.locked():
            # while a poll works, requests about something else need not do any of its work
            self._do_slice(call, STEP_ITEMS, waits=polls)

    def slices(self, call: Call) -> Generator[None, None, None]:
        """Advance the caller's jobs by as much as a poll may move; each step does one slice.

        A server whose one thread answers all requests serves others between two steps. While a poll
        works, other polls do one slice each.
        """
        left, began = POLL_ITEMS, time.monotonic()
        works = self._polling.acquire(blocking=False)
        try:
            while left > 0:
                part, more = self._do_slice(call, left, waits=True)
                left = part.left
                took = time.monotonic() - began
                least = POLL_ITEMS - left >= POLL_LEAST
                if not (works and more) or took >= (POLL_SECONDS if least else LONGEST_POLL):
                    return
                yield
        finally:
            if works:
                self._polling.release()

    def _do_slice(self, call: Call, items: int, *, waits: bool) -> tuple[Slice, bool]:
        """Advance the first job that can be; return the slice and whether more can be done now."""
        part = Slice(items)
        if not self._slicing.acquire(timeout=POLL_SECONDS if waits else 0):
            return part, True
        try:
            with call.read() as tables:
                found = [key.decode() for key, _ in tables.reader.range(call.prefix + SPACE)]
            if not found and call.operation not in STARTS:
                self._idle.add(call.prefix)
            return part, any(self._advances(call, job, part) for job in found)
        finally:
            self._slicing.release()

    def _advances(self, call: Call, job: str, part: Slice) -> bool:
        """Do a slice of one job; return whether more can be done now."""
        kind, _, key = job.partition("\0")
        with forking.imports:
            step: Step = import_module(KINDS[kind]).step
        more = True
        try:
            while more and part.left > 0:
                more = step(call, key, self._progress, part)
                if part.is_over:
                    break
        except (ConflictError, UnavailableError) as error:
            log.warning("the %s %s could not be advanced: %s", kind, key, error)
            return False
        return more

    def _retain(self, call: Call) -> bool:
        """Remove some of what is old; return whether more may follow."""
        with call.read() as tables:
            kept = any(
                next(tables.reader.range(call.prefix + space), None) is not None
                for space in (RECOVERING, BACKUPS)
            )
            if not kept or not retention.is_due(tables):
                return False
        try:
            with call.write() as tables:
                return retention.remove(tables)
        except (ConflictError, UnavailableError) as error:
            log.warning("old backups could not be removed: %s", error)
            return False
