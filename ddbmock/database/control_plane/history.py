"""History: every change of a table since a test called ``db.moment()``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane.times import iso_seconds
from ddbmock.database.data_plane import journal
from ddbmock.database.data_plane.item_change import Cause
from ddbmock.database.data_plane.journal import Moment, NetChange
from ddbmock.database.schema import CREATING, DAY, DELETING, Journal, TableDescription
from ddbmock.frozen import replace
from ddbmock.named_tuple import NamedTuple
from ddbmock.values.item import Item

ADVICE: Final = "call db.moment() before the changes, or enable point-in-time recovery"


class Mark(NamedTuple):
    """A moment: a time, and the epoch of each table's journal if :func:`mark` created it."""

    time: float
    epochs: Mapping[str, int] | None
    """By table id; None if only the time is known."""

    def __repr__(self) -> str:
        return f"<moment at {iso_seconds(self.time)}>"

    def of(self, table: TableDescription) -> Moment:
        """Return the moment of one table's journal."""
        return Moment((self.epochs or {}).get(table.table_id), journal.micros(self.time))

    def precedes(self, table: TableDescription) -> bool:
        """Return whether the table was created later."""
        if self.epochs is None:
            return self.time < table.created_at
        return table.table_id not in self.epochs


class NoHistoryError(Exception):
    """An error about changes that were not recorded; the text says how to record them."""


def mark(tables: Tables) -> Mark:
    """Return the present moment, and record every change of every table from now on."""
    epochs = {}
    for table in list(tables.descriptions()):
        if table.status in (CREATING, DELETING):
            continue
        kept = table.journal or Journal()
        epochs[table.table_id] = kept.epoch
        _record(tables, table, kept)
    return Mark(tables.now, epochs)


def _record(tables: Tables, table: TableDescription, kept: Journal) -> None:
    recording = replace(
        kept,
        epoch=kept.epoch + 1,
        held=kept.epoch,
        history=True,
        history_since=kept.history_since if kept.history else tables.now,
    )
    tables.change(table.name, (tables.now, lambda state: replace(state, journal=recording)))


def recorded(
    tables: Tables, names: Sequence[str], since: Mark | None = None
) -> list[TableDescription]:
    """Return the tables with some names, or all tables whose changes are recorded.

    Tables that were created after the moment need no record.

    :raises NoHistoryError: a named table does not exist, or its changes are not recorded; or no name is
        given and no table's changes are recorded.
    """
    if not names:
        existing = list(tables.descriptions())
        kept = [one for one in existing if _is_recorded(one, since)]
        if existing and not kept:
            raise NoHistoryError(f"No table's changes are recorded: {ADVICE}.")
        return kept
    found = []
    for name in names:
        table = tables.describe(name)
        if table is None:
            raise NoHistoryError(tables.why_not(name, None))
        if not _is_recorded(table, since):
            raise NoHistoryError(f"Changes of table {name!r} are not recorded: {ADVICE}.")
        found.append(table)
    return found


def _is_recorded(table: TableDescription, since: Mark | None) -> bool:
    kept = table.journal is not None and table.journal.keeps_all
    return kept or (since is not None and since.precedes(table))


def _check_begun(table: TableDescription, since: Mark | None, now: float) -> None:
    if since is None or since.epochs is not None:
        return
    begun = _begun(table.journal or Journal(), now)
    if max(since.time, table.created_at) < begun:
        raise NoHistoryError(
            f"Changes of table {table.name!r} are recorded since {iso_seconds(begun)}, not "
            f"since {iso_seconds(since.time)}: {ADVICE}."
        )


def _begun(kept: Journal, now: float) -> float:
    """Return the time since which every change is recorded."""
    times = []
    if kept.history:
        times.append(kept.history_since or 0.0)
    if kept.recovery_since is not None:
        times.append(kept.recovery_since)
    begun = min(times, default=0.0)
    # recovery removes what is older than its period
    return begun if kept.recovery_since is None else max(begun, now - kept.recovery_days * DAY)


def changes(
    tables: Tables, table: TableDescription, since: Mark | None, until: Mark | None
) -> Iterator[NetChange]:
    """Yield every change of a table between two moments in the order of time.

    :raises NoHistoryError: the record of its changes began after the first moment.
    """
    _check_begun(table, since, tables.now)
    return journal.history(
        tables.reader, table.table_id, _since(since, table), _until(until, table)
    )


def difference(
    tables: Tables, table: TableDescription, since: Mark | None, until: Mark | None
) -> Iterator[NetChange]:
    """Yield the items of a table that differ between two moments, by key.

    :raises NoHistoryError: the record of its changes began after the first moment.
    """
    if since is not None and since.precedes(table):
        time = journal.micros(table.created_at)
        items = journal.items_at(tables.reader, table.table_id, _until(until, table))
        return (NetChange(key, time, b"", record) for key, record in items)
    _check_begun(table, since, tables.now)
    found = journal.changes_between(
        tables.reader, table.table_id, _since(since, table), _until(until, table)
    )
    return (change for change in found if change.old != change.new)


def _since(mark: Mark | None, table: TableDescription) -> Moment:
    return Moment(None, -1) if mark is None else mark.of(table)


def _until(mark: Mark | None, table: TableDescription) -> Moment:
    return Moment(None, 2**63) if mark is None else mark.of(table)


def restore(tables: Tables, table: TableDescription, moment: Mark) -> int:
    """Give a table the items that it had at a moment; return how many items changed.

    A table that was created after :func:`mark` had no items.

    :raises NoHistoryError: the record of its changes began later.
    """
    past: list[tuple[bytes, bytes]]
    if moment.epochs is not None and moment.precedes(table):
        if table.status in (CREATING, DELETING):
            return 0
        past = [(key, b"") for key, _ in tables.reader.range(table.table_id)]
    else:
        _check_begun(table, moment, tables.now)
        past = list(journal.changed_since(tables.reader, table.table_id, moment.of(table)))
    changing = tables.table(table, cause=Cause.RESTORE)
    changed = 0
    for stored_key, image in past:
        present = changing.item(stored_key)
        if (b"" if present is None else present.record) == image:
            continue
        changed += 1
        if image:
            changing.insert(stored_key, Item.of_record(image), present)
        else:
            changing.remove(stored_key)
    return changed
