"""Held moments: table content that stays readable for backups and jobs while the table changes or is deleted."""

from __future__ import annotations

from ddbmock.database.catalogue import Tables
from ddbmock.database.data_plane import journal
from ddbmock.database.data_plane.journal import Moment
from ddbmock.database.schema import Journal, TableDescription
from ddbmock.frozen import replace
from ddbmock.storage import Reader


def hold(tables: Tables, table: TableDescription, holder: str, at: float | None = None) -> Moment:
    """Keep a table's content as of now, or as of an earlier time, until it is released."""
    since = journal.micros(tables.now if at is None else at)
    keep(tables, table.table_id, holder, since)
    epoch = (table.journal or Journal()).epoch

    def hold_moment(state: TableDescription) -> TableDescription:
        kept = state.journal or Journal()
        return replace(state, journal=replace(kept, epoch=epoch + 1, held=epoch))

    tables.change(table.name, (tables.now, hold_moment))
    return Moment(epoch if at is None else None, since)


def keep(tables: Tables, table_id: str, holder: str, since: int) -> None:
    """Keep the entries of a table's journal since a time in microseconds, until they are released."""
    tables.writer.put(journal.holder_space(table_id), holder.encode(), since.to_bytes(8, "big"))


def release(tables: Tables, table_name: str, table_id: str, holder: str) -> None:
    """Release the content that is kept for a holder, unless another holder needs it."""
    tables.writer.delete(journal.holder_space(table_id), holder.encode())
    if journal.has_holder(tables.reader, table_id):
        return
    table = tables.describe(table_name)
    if table is None or table.table_id != table_id:
        if not tables.is_stored(table_name, table_id):
            tables.forget(table_id)
    elif table.journal is not None:
        stop_if_unused(tables, table)


def stop_if_unused(tables: Tables, table: TableDescription) -> None:
    """End the journal of a table if no moment of it is held and recovery is disabled."""
    kept = table.journal
    if kept is None or journal.has_holder(tables.reader, table.table_id):
        return
    left = replace(kept, held=None) if kept.keeps_all else None
    if left is None:
        journal.drop(tables.writer, table.table_id)
    tables.change(table.name, (tables.now, lambda state: replace(state, journal=left)))


def oldest(reader: Reader, table_id: str) -> int | None:
    """Return the time of the oldest held moment in microseconds, or None."""
    times = [
        int.from_bytes(since, "big") for _, since in reader.range(journal.holder_space(table_id))
    ]
    return min(times, default=None)
