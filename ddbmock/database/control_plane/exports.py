"""Exports: their records, the checks before a start, and lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import backups, jobs, moments, point_in_time, tokens
from ddbmock.database.control_plane.times import iso_seconds
from ddbmock.database.data_plane import journal
from ddbmock.database.data_plane.journal import Moment
from ddbmock.database.schema import DAY, TableDescription
from ddbmock.errors import (
    ExportConflictException,
    ExportNotFoundException,
    InvalidExportTimeException,
)
from ddbmock.export_format import manifest
from ddbmock.frozen import dataclass

KIND: Final = "export"
IN_PROGRESS: Final = "IN_PROGRESS"
COMPLETED: Final = "COMPLETED"
FAILED: Final = "FAILED"
SHORTEST: Final = 15 * 60
LONGEST: Final = DAY
"""Bounds of an incremental export's period in seconds. Source: Developer Guide."""
KEPT_DAYS: Final = 90
"""Time for which a finished export is listed."""
_EXPORTS: Final = jobs.RECORDS[KIND]


@dataclass(frozen=True)
class Export:
    """An export: its request and its progress."""

    export_id: str
    table_name: str
    table_id: str
    table_arn: str
    token: str
    start_time: float
    bucket: str
    key_names: tuple[str, ...]
    format: str = manifest.DYNAMODB_JSON
    type: str | None = None
    """ExportType of the request; None is a full export."""
    export_time: float | None = None
    from_time: float = 0.0
    to_time: float = 0.0
    view: str = "NEW_AND_OLD_IMAGES"
    owner: str | None = None
    prefix: str | None = None
    sse_algorithm: str = "AES256"
    sse_kms_key_id: str | None = None
    filter: Mapping[str, Any] | None = None
    """FilterSpecification as it was sent."""
    epoch: int | None = None
    micros: int = 0
    """The moment to which the table is exported."""
    status: str = IN_PROGRESS
    end_time: float | None = None
    item_count: int = 0
    size: int = 0
    """Bytes of the exported items."""
    failure_code: str | None = None
    failure_message: str | None = None
    started: bool = False
    """True from the moment at which the first object is in the bucket."""
    segment: int = 0
    low: str = ""
    high: str | None = None
    """The bounds of the keys that match the filter, in hexadecimal."""
    cursor: str = ""
    """The lower bound of the keys that are not exported yet, in hexadecimal."""
    files: tuple[tuple[int, str, str, str], ...] = ()
    """Data files that are complete, as the manifest lists them."""

    @property
    def incremental(self) -> bool:
        return self.type == manifest.INCREMENTAL

    @property
    def moment(self) -> Moment:
        return Moment(self.epoch, self.micros)

    @property
    def key(self) -> str:
        return f"{self.table_name}\0{self.export_id}"

    @property
    def arn(self) -> str:
        return f"{self.table_arn}/export/{self.export_id}"

    @property
    def place(self) -> str:
        """Return the prefix of the manifests' keys."""
        return manifest.place(self.prefix, self.export_id)

    @property
    def billed_size(self) -> int:
        """Billed size in bytes: whole megabytes; at least 10 for an incremental export.

        Source: real exports of a few items, which were billed 0 bytes, or 10,000,000 if incremental.
        """
        whole = self.size // 1_000_000 * 1_000_000
        return max(10_000_000, whole) if self.incremental else whole


def check_times(
    tables: Tables,
    table: TableDescription,
    *,
    export_time: float | None,
    period: tuple[float, float | None] | None,
) -> None:
    """Check the times of an export, in the service's order.

    :raises InvalidExportTimeException: a time is outside of the table's window.
    :raises PointInTimeRecoveryUnavailableException: recovery is disabled.
    """
    if period is not None and period[0] < int(table.created_at):
        raise _invalid(
            "Incremental export period from time cannot be less than the table creation time : "
            f"{iso_seconds(period[0])}"
        )
    window = point_in_time.check_enabled(table, tables.now)
    if period is not None:
        _check_period(tables.now, window, period)
    elif export_time is not None:
        if export_time > tables.now or export_time < window.earliest:
            raise _invalid("Export Time is invalid")
        if export_time > window.latest:
            raise _invalid("Point in Time Recovery is not available for specified export time")


def _check_period(
    now: float, window: point_in_time.Window, period: tuple[float, float | None]
) -> None:
    start, end = period[0], now if period[1] is None else period[1]
    if end > now:
        raise _invalid(
            "Incremental export period to time cannot be greater than the current time : "
            f"{iso_seconds(end)}"
        )
    difference = "Difference between export period from time and export period to time"
    if end - start < SHORTEST:
        raise _invalid(f"{difference} is less than 15 minutes")
    if end - start > LONGEST:
        raise _invalid(f"{difference} is greater than 24 hours")
    if start < window.earliest:
        raise _invalid(
            "Incremental export period from time cannot be less than the earliest restorable time : "
            f"{iso_seconds(window.earliest)}"
        )


def _invalid(message: str) -> InvalidExportTimeException:
    return InvalidExportTimeException(
        message,
        hint="DescribeContinuousBackups returns the earliest and the latest time that can be "
        "exported. In a test, advance the clock first.",
    )


def replayed(tables: Tables, token: str, parameters: Any) -> Export | None:
    """Return the export that an earlier request with this token started.

    :raises ExportConflictException: the earlier request had other parameters.
    """
    started = tokens.find(tables, KIND, token)
    if started is None:
        return None
    if started.parameters != parameters:
        raise ExportConflictException(
            "Export conflict: Duplicate request detected with conflicting parameters",
            hint=f"ClientToken {token!r} belongs to another export; use a new one.",
        )
    return read(tables, started.key)


def hold(tables: Tables, table: TableDescription, export: Export, *, until_now: bool) -> Moment:
    """Keep the content that an export reads until :func:`release`.

    With `until_now` the export includes all changes so far, even those with later times.
    """
    if not export.incremental:
        return moments.hold(tables, table, export.key, None if until_now else export.export_time)
    moment = moments.hold(tables, table, export.key)
    moments.keep(tables, table.table_id, export.key, journal.micros(export.from_time))
    # the period does not include its end
    return moment if until_now else Moment(None, journal.micros(export.to_time) - 1)


def release(tables: Tables, export: Export) -> None:
    """Release the content kept for an export, and remove it from the unfinished jobs."""
    moments.release(tables, export.table_name, export.table_id, export.key)
    jobs.dequeue(tables, KIND, export.key)


def start(tables: Tables, export: Export, parameters: Any) -> None:
    """Store a new export and list it as unfinished."""
    save(tables, export)
    tokens.save(tables, KIND, export.token, export.key, parameters)
    jobs.enqueue(tables, KIND, export.key)


def save(tables: Tables, export: Export) -> None:
    """Store an export."""
    tables.writer.put(tables.call.prefix + _EXPORTS, export.key.encode(), orjson.dumps(export))


def read(tables: Tables, key: str) -> Export | None:
    """Return the export of a key, or None."""
    stored = tables.reader.get(tables.call.prefix + _EXPORTS, key.encode())
    return None if stored is None else _decoded(stored)


def find(tables: Tables, table_name: str, export_id: str, arn: str) -> Export:
    """Return an export.

    :raises ExportNotFoundException: there is none.
    """
    export = read(tables, f"{table_name}\0{export_id}")
    if export is None:
        raise ExportNotFoundException(
            f"Export not found: Export not found: {arn}",
            hint="ListExports returns the ARNs of the existing exports.",
        )
    jobs.check_sound(tables, KIND, export.key, finished=export.status != IN_PROGRESS)
    return export


def listed(tables: Tables, table_name: str | None) -> Iterator[Export]:
    """Yield the exports of the existing table with a name, or of all tables, the newest first."""
    low, high = b"", None
    table_id = None
    if table_name is not None:
        low, high = f"{table_name}\0".encode(), f"{table_name}\1".encode()
        table = backups.existing(tables, table_name)
        if table is None:
            return
        table_id = table.table_id
    oldest = tables.now - KEPT_DAYS * DAY
    space = tables.call.prefix + _EXPORTS
    for _, stored in tables.reader.range(space, low, high, reverse=True):
        export = _decoded(stored)
        if table_id in (None, export.table_id) and export.start_time >= oldest:
            yield export


def _decoded(stored: bytes) -> Export:
    raw = orjson.loads(stored)
    files = tuple(map(tuple, raw["files"]))
    return Export(**raw | {"files": files, "key_names": tuple(raw["key_names"])})
