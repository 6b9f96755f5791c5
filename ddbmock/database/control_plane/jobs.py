"""Jobs: restores, exports, imports and bulk operations, advanced in slices by later requests.

A job is a stored record and an entry in the list of unfinished jobs. No thread works on it: each request
advances the jobs of its caller a little; a request that describes a job or a table (a *poll*) advances
them a lot. A slice is limited in items and time and is stored in one transaction. So a job continues
after a crash where its last slice ended, and other requests are served between two slices.
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
from ddbmock.database import damage
from ddbmock.database.catalogue import Tables
from ddbmock.database.db import Call
from ddbmock.database.schema import BACKUPS, RECOVERING
from ddbmock.later import later
from ddbmock.storage import ConflictError, DamagedError, StorageError, UnavailableError

if TYPE_CHECKING:
    from ddbmock.database.control_plane import retention
else:
    retention = later("ddbmock.database.control_plane", "retention")

log: Final = logging.getLogger("ddbmock.jobs")

SPACE: Final = "unfinished-jobs"
STEP_ITEMS: Final = 16
"""The most items that a request other than a poll moves."""
POLL_ITEMS: Final = 200_000
"""The most items that a poll moves."""
SLICE_SECONDS: Final = 0.0004
"""Seconds after which a slice ends, once it has moved :data:`SLICE_LEAST` items."""
SLICE_LEAST: Final = 16
LONGEST_SLICE: Final = 0.025
"""Seconds after which a slice ends in any case."""
POLL_SECONDS: Final = 2.0
POLL_LEAST: Final = 2_000
"""A poll is answered after :data:`POLL_SECONDS` if it has moved :data:`POLL_LEAST` items. So one poll
finishes a smaller job, however busy the machine is."""
LONGEST_POLL: Final = 20.0
"""Seconds after which a poll is answered in any case: clients wait for 60 seconds."""
PAUSE: Final = 0.0005
"""Seconds between two slices of a poll in which other threads can take the interpreter and the storage's
lock. Without this pause a thread takes both again before another thread has woken up."""
RETENTION_SECONDS: Final = 60
"""Seconds, by the clock, between two searches for old backups and journal entries."""
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
"""Operations that can start a job."""
ABOUT_JOBS: Final = POLLS | STARTS | {"CancelBulkOperation"}


class Progress(dict[str, Any]):
    """The state of unfinished jobs that a process keeps between slices, by job; open files for example.

    It is lost when the process ends. The job's record is enough to continue without it.
    """


class Slice:
    """The part of a job that one transaction does, limited in items and time.

    A slice moves at least :data:`SLICE_LEAST` items, because a transaction for each item would make slow
    storage slower still; but it ends after :data:`LONGEST_SLICE` in any case.
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
        """Count an item that was moved; return whether the slice is over."""
        self.left -= 1
        self._done += 1
        return self.is_over


KINDS: Final = {
    "bulk": "ddbmock.database.control_plane.bulk_jobs",
    "export": "ddbmock.database.control_plane.export_jobs",
    "import": "ddbmock.database.control_plane.import_jobs",
    "restore": "ddbmock.database.control_plane.restores",
}
"""The module of each kind of job, with its function `step`. It is imported when a job of this kind exists."""
RECORDS: Final = {
    "bulk": "bulk-operations",
    "export": "exports",
    "import": "imports",
    "restore": "restores",
}
"""The storage space of the records of each kind of job."""

Step: TypeAlias = Callable[[Call, str, Progress, Slice], bool]
"""Does a slice of the job with a key. Returns whether more can be done now; if not, the job is finished
or waits for the clock."""


def is_due(call: Call, start_time: float) -> bool:
    """Return whether a job that began at a time may end now. Times are compared in whole milliseconds."""
    return round(call.clock.now(), 3) >= start_time + call.settings.delay_jobs


def enqueue(tables: Tables, kind: str, key: str) -> None:
    """Add a job to the list of unfinished jobs."""
    tables.writer.put(tables.call.prefix + SPACE, f"{kind}\0{key}".encode(), b"")


def dequeue(tables: Tables, kind: str, key: str) -> None:
    """Remove a job from the list of unfinished jobs."""
    tables.writer.delete(tables.call.prefix + SPACE, f"{kind}\0{key}".encode())


def _are_there(call: Call) -> bool:
    """Return whether the caller has unfinished jobs."""
    with call.dynamodb.storage.read() as reader:
        try:
            return any(True for _ in reader.range(call.prefix + SPACE))
        except DamagedError:
            return True


def _listed(call: Call) -> list[str]:
    """Return the caller's unfinished jobs.

    A damaged entry counts if its key is that of a job: all the rest is in the job's record.
    """
    space = call.prefix + SPACE
    try:
        with call.read() as tables:
            found = []
            for key, value in damage.pairs(tables.reader, space):
                if value is not None or _has_record(tables, key):
                    found.append(key.decode())
                else:
                    _lose(call, DamagedError("an entry is damaged", space, key))
            return found
    except DamagedError as error:
        _lose(call, error)
        return []


def _has_record(tables: Tables, entry_key: bytes) -> bool:
    kind, _, key = entry_key.partition(b"\0")
    records = RECORDS.get(kind.decode("ascii", "replace"))
    try:
        return records is not None and (
            tables.reader.get(tables.call.prefix + records, key) is not None
        )
    except DamagedError:
        return True


def _lose(call: Call, error: DamagedError) -> None:
    """Note that jobs may be missing in the list, because some of it is damaged."""
    stuck = call.dynamodb.stuck_jobs
    if (call.prefix, "") not in stuck:
        log.error("the list of unfinished jobs is damaged: %s (key %s)", error, error.key.hex())
    stuck[call.prefix, ""] = error


def check_sound(tables: Tables, kind: str, key: str, *, finished: bool = False) -> None:
    """Raise if a job cannot advance because a record that it needs is damaged.

    :raises StorageError: the failure that keeps the job from advancing.
    """
    stuck, prefix = tables.call.stuck_jobs, tables.call.prefix
    if not stuck or finished:
        return
    job = f"{kind}\0{key}"
    error = stuck.get((prefix, job))
    if error is None and (prefix, "") in stuck:
        # a damaged list raises here
        listed = tables.reader.get(prefix + SPACE, job.encode()) is not None
        error = None if listed else stuck[prefix, ""]
    if error is not None:
        raise error


class Jobs:
    """The unfinished jobs of one database, which one process advances.

    Several threads may call it. One thread at a time does a slice, and one at a time works for a whole
    poll, so that polls never occupy all threads of a server.
    """

    def __init__(self) -> None:
        self.interleaving: int | None = None
        """The server's thread that does the slices of polls between other requests."""
        self._slicing: Final = forking.lock()
        self._polling: Final = forking.lock()
        self._progress = Progress()
        self._retained: dict[str, float] = {}
        """The period in which old backups were last searched for, by the caller's prefix."""
        self._idle: set[str] = set()
        """Prefixes of callers without unfinished jobs, as far as this process knows."""

    def take_over(self, origin: Jobs) -> None:
        """Copy the knowledge about the content from the origin of a fork, which has the same content."""
        self._retained = dict(origin._retained)
        self._idle = set(origin._idle)

    def advance(self, call: Call, now: float) -> None:
        """Advance the caller's jobs as far as its operation may, and remove old backups."""
        period = now // RETENTION_SECONDS
        if self._retained.get(call.prefix) != period and not self._retain(call):
            self._retained[call.prefix] = period
        if call.prefix in self._idle and call.operation not in ABOUT_JOBS:
            return  # the case of nearly all calls: nothing more is looked up
        polls = call.operation in POLLS
        if call.prefix in self._idle and not polls:
            self._idle.discard(call.prefix)
        elif call.prefix in self._idle and not _are_there(call):
            return  # DescribeTable is called most often, and another process may have started a job
        elif polls and threading.get_ident() != self.interleaving:
            with contextlib.closing(self.slices(call)) as slices:
                for _ in slices:
                    if threading.active_count() > 1:
                        time.sleep(PAUSE)
        elif polls or not self._polling.locked():
            # while a poll works, other requests need not do any of its work
            self._do_slice(call, STEP_ITEMS, waits=polls)

    def slices(self, call: Call) -> Generator[None, None, None]:
        """Advance the caller's jobs as far as a poll may; each step does one slice.

        A server with one thread answers other requests between two steps. While a poll works, other
        polls do one slice each.
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
        """Advance the first job that can advance; return the slice and whether more can be done now."""
        part = Slice(items)
        if not self._slicing.acquire(timeout=POLL_SECONDS if waits else 0):
            return part, True
        try:
            found = _listed(call)
            if not found and call.operation not in STARTS:
                self._idle.add(call.prefix)
            return part, any(self._advances(call, job, part) for job in found)
        finally:
            self._slicing.release()

    def _advances(self, call: Call, job: str, part: Slice) -> bool:
        """Do a slice of one job; return whether more can be done now."""
        kind, _, key = job.partition("\0")
        stuck = call.dynamodb.stuck_jobs
        known = stuck.get((call.prefix, job))
        if known is not None and call.operation not in ABOUT_JOBS:
            return False
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
        except StorageError as error:
            # Only requests about the job fail, see check_sound.
            if known is None:
                log.error("the %s %s cannot be advanced: %s", kind, key, error)
            stuck[call.prefix, job] = error
            return False
        stuck.pop((call.prefix, job), None)
        return more

    def _retain(self, call: Call) -> bool:
        """Remove some old backups and journal entries; return whether more may follow."""
        try:
            with call.read() as tables:
                kept = any(
                    next(tables.reader.range(call.prefix + space), None) is not None
                    for space in (RECOVERING, BACKUPS)
                )
                if not kept or not retention.is_due(tables):
                    return False
            with call.write() as tables:
                return retention.remove(tables)
        except (ConflictError, UnavailableError, DamagedError) as error:
            log.warning("old backups could not be removed: %s", error)
            return False
