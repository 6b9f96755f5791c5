"""Point-in-time recovery: enabling it, and the window of times that can be restored."""

from __future__ import annotations

from typing import Final

from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import backups, moments
from ddbmock.database.control_plane.times import iso_seconds
from ddbmock.database.data_plane import journal
from ddbmock.database.schema import DAY, DELETING, RECOVERING, Journal, TableDescription
from ddbmock.errors import (
    InvalidRestoreTimeException,
    PointInTimeRecoveryUnavailableException,
    ValidationException,
)
from ddbmock.frozen import replace
from ddbmock.named_tuple import NamedTuple

DEFAULT_DAYS: Final = 35
LAG: Final = 300
"""Seconds between now and the latest restorable time. Source: API reference, "typically five
minutes before the current time"."""
TRIMMED: Final = 200
"""Journal entries that one call of :func:`trim` removes at most."""


class Window(NamedTuple):
    """The times that can be restored, in whole seconds, both inclusive."""

    days: int
    earliest: int
    latest: int
    since: float
    """The exact time at which recovery was enabled."""


def window(table: TableDescription, now: float) -> Window | None:
    """Return the restorable times of a table, or None if recovery is disabled."""
    kept = table.journal
    if kept is None or kept.recovery_since is None:
        return None
    since = kept.recovery_since
    return Window(
        kept.recovery_days,
        int(max(since, now - kept.recovery_days * DAY)),
        int(max(since, now - LAG)),
        since,
    )


def described(tables: Tables, name: str) -> TableDescription:
    """Return the table to describe; it may be one that is being imported.

    :raises TableNotFoundException: there is none, or it is being created or deleted.
    """
    table = tables.describe(name)
    if table is not None and table.importing:
        return table
    return backups.source(tables, name)


def update(tables: Tables, name: str, *, enabled: bool, days: int | None) -> TableDescription:
    """Enable or disable recovery, or change its period; return the table afterwards.

    :raises TableNotFoundException: there is none, or it is being created or deleted.
    :raises ValidationException: there is a period, but recovery is disabled.
    """
    if not enabled and days is not None:
        raise ValidationException(
            "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time "
            "recovery.",
            hint="Leave RecoveryPeriodInDays out, or set PointInTimeRecoveryEnabled to true.",
        )
    table = backups.source(tables, name)
    kept = table.journal or Journal()
    if enabled:
        since = tables.now if kept.recovery_since is None else kept.recovery_since
        period = days or (DEFAULT_DAYS if kept.recovery_since is None else kept.recovery_days)
        changed: Journal | None = replace(kept, recovery_since=since, recovery_days=period)
        tables.writer.put(tables.call.prefix + RECOVERING, name.encode(), b"")
    elif kept.recovery_since is None:
        return table
    else:
        changed = replace(kept, recovery_since=None, recovery_days=DEFAULT_DAYS)
        tables.writer.delete(tables.call.prefix + RECOVERING, name.encode())
    after = tables.change(name, (tables.now, lambda state: replace(state, journal=changed)))
    if after.status == DELETING:
        _follow_deletion(tables, after, before=table, enabled=enabled)
    if not enabled:
        moments.stop_if_unused(tables, after)
    return after


def _follow_deletion(
    tables: Tables, table: TableDescription, *, before: TableDescription, enabled: bool
) -> None:
    """Create or remove the backup of a table whose deletion has just begun.

    Source: a published control-plane lab of October 2026.
    """
    if not enabled:
        backups.withdraw_for_deleted(tables, table)
    elif window(before, tables.now) is None:
        backups.create_for_deleted(tables, table)


def check_enabled(table: TableDescription, now: float) -> Window:
    """Return the window of a table.

    :raises PointInTimeRecoveryUnavailableException: recovery is disabled.
    """
    found = window(table, now)
    if found is None:
        raise PointInTimeRecoveryUnavailableException(
            f"Point in time recovery is not enabled for table '{table.name}'",
            hint="UpdateContinuousBackups enables it; only changes after that can be restored.",
        )
    return found


def check_restore_time(found: Window, at: float) -> None:
    """Check that a time lies in the window.

    :raises InvalidRestoreTimeException: it does not.
    """
    if not found.earliest <= at <= found.latest:
        raise InvalidRestoreTimeException(
            f"RestoreDateTime '{iso_seconds(at)}' must be within EarliestRestorableDateTime "
            f"'{iso_seconds(found.earliest)}' and LatestRestorableDateTime "
            f"'{iso_seconds(found.latest)}'",
            hint=f"The latest restorable time is {LAG} seconds behind the clock: advance the clock "
            "first, or use UseLatestRestorableTime.",
        )


def is_any_enabled(tables: Tables) -> bool:
    """Return whether a table has recovery enabled."""
    return next(tables.reader.range(tables.call.prefix + RECOVERING), None) is not None


def trim(tables: Tables) -> bool:
    """Remove journal entries that are older than their table's window; return whether more follow."""
    more = False
    for name, _ in list(tables.reader.range(tables.call.prefix + RECOVERING)):
        table = tables.describe(name.decode())
        kept = None if table is None else table.journal
        if table is None or kept is None or kept.recovery_since is None:
            tables.writer.delete(tables.call.prefix + RECOVERING, name)
            continue
        before = journal.micros(tables.now - kept.recovery_days * DAY)
        oldest = moments.oldest(tables.reader, table.table_id)
        trimmed = journal.trim(
            tables.writer,
            table.table_id,
            before if oldest is None else min(before, oldest),
            TRIMMED,
        )
        more = more or trimmed == TRIMMED
    return more
