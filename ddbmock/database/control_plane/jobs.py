"""Jobs: restores, exports, imports and bulk operations, advanced in steps by later requests.

A job is a stored record and a list entry that says it is unfinished. No thread works on it: each
request advances the jobs of its caller a little, and a request that asks for a job or a table a lot.
A step is one storage transaction, so a job goes on after a crash where its last step ended.
"""

from __future__ import annotations

import logging
import pkgutil
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import retention
from ddbmock.database.db import Call
from ddbmock.storage import ConflictError, UnavailableError

log: Final = logging.getLogger("ddbmock.jobs")

SPACE: Final = "unfinished-jobs"
STEP_ITEMS: Final = 16
"""Items that a request moves which is about something else."""
POLL_ITEMS: Final = 20_000
"""Items that a request moves which asks for a job or a table."""
RETENTION_SECONDS: Final = 60
"""Interval, by the clock, at which old backups and journal entries are searched for."""
POLLS: Final = frozenset(
    {
        "CancelBulkOperation",
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
ABOUT_JOBS: Final = POLLS | STARTS


class Progress(dict[str, Any]):
    """The state of unfinished jobs that a process keeps between steps, by job, such as open files.

    It is lost when the process ends; the job's record has all that is needed without it.
    """


KINDS: Final = {
    "bulk": "ddbmock.database.control_plane.bulk_jobs:step",
    "export": "ddbmock.database.control_plane.export_jobs:step",
    "import": "ddbmock.database.control_plane.import_jobs:step",
    "restore": "ddbmock.database.control_plane.restores:step",
}
"""The step of each kind of job. Its module is imported when there is one."""

Step: TypeAlias = Callable[[Call, str, Progress, int], int | None]
"""Advances the job of a key by about so many items and returns how many it moved. None: the job is
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


class Jobs:
    """The unfinished jobs of one database, as one process advances them."""

    def __init__(self) -> None:
        self._progress = Progress()
        self._retained: dict[str, float] = {}
        """The periods in which old backups were last looked for, by caller's prefix."""
        self._idle: set[str] = set()
        """Prefixes of callers without unfinished jobs, as far as this process knows."""

    def advance(self, call: Call, now: float) -> None:
        """Advance the caller's jobs by as much as its operation may move, and forget what is old."""
        period = now // RETENTION_SECONDS
        if self._retained.get(call.prefix) != period:
            self._retained[call.prefix] = period
            self._retain(call)
        if call.prefix in self._idle and call.operation not in ABOUT_JOBS:
            return  # as nearly all calls do: nothing more is looked up for them
        polls = call.operation in POLLS
        if call.prefix in self._idle and not polls:
            self._idle.discard(call.prefix)
            return
        with call.read() as tables:
            found = [key.decode() for key, _ in tables.reader.range(call.prefix + SPACE)]
        if not found:
            if call.operation not in STARTS:
                self._idle.add(call.prefix)
            return
        left = POLL_ITEMS if polls else STEP_ITEMS
        for job in found:
            left = self._advance_one(call, job, left)
            if left <= 0:
                break

    def _retain(self, call: Call) -> None:
        with call.read() as tables:
            more = retention.is_due(tables)
        try:
            while more:
                with call.write() as tables:
                    more = retention.remove(tables)
        except (ConflictError, UnavailableError) as error:
            log.warning("old backups could not be removed: %s", error)

    def _advance_one(self, call: Call, job: str, left: int) -> int:
        """Advance one job by so many items at most; return what is left of them."""
        kind, _, key = job.partition("\0")
        step: Step = pkgutil.resolve_name(KINDS[kind])
        while left > 0:
            try:
                moved = step(call, key, self._progress, left)
            except (ConflictError, UnavailableError) as error:
                log.warning("the %s %s could not be advanced: %s", kind, key, error)
                return 0
            if moved is None:
                break
            left -= max(moved, 1)
        return left
