"""The journal: the items before each change, so that a table can be read as of a moment.

A table has one while point-in-time recovery is enabled, or while a backup or a job needs a moment of
it. Each change adds an entry with the item before it, in the transaction of the change. The content
at a moment is the present content with all later entries undone.

Entries are ordered by item, and for each item by time. A second space lists them by time, for the
history of a table and for trimming.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from ddbmock.database.data_plane.item_change import ItemChange
from ddbmock.named_tuple import NamedTuple
from ddbmock.storage import Reader, Writer

_STAMP: Final = struct.Struct(">QII")
_AFTER: Final = b"\xff"
"""Sorts after every stamp, for a stamp begins with zeros for the next million years."""


class Moment(NamedTuple):
    """A point in the history of a table: the end of an epoch, or a time in microseconds."""

    epoch: int | None
    micros: int

    def precedes(self, stamp: tuple[int, int, int]) -> bool:
        """Return whether the entry of a stamp came later."""
        return stamp[0] > self.micros if self.epoch is None else stamp[1] > self.epoch


def micros(seconds: float) -> int:
    """Return a time in microseconds.

    >>> micros(1576616366.715)
    1576616366715000
    """
    return round(seconds * 1_000_000)


def space(table_id: str) -> str:
    """Return the name of the storage space of a table's entries."""
    return f"{table_id}//journal"


def time_space(table_id: str) -> str:
    """Return the name of the space that lists a table's entries by time."""
    return f"{table_id}//journal-times"


def last_space(table_id: str) -> str:
    """Return the name of the space that has the stamp of each item's last entry.

    A range of the entries themselves would be read in batches, with all their images.
    """
    return f"{table_id}//journal-last"


def holder_space(table_id: str) -> str:
    """Return the space of the backups and jobs that need a moment of a table.

    Their ids are its keys; its values are the times in microseconds that they need.
    """
    return f"{table_id}//holders"


def has_holder(reader: Reader, table_id: str) -> bool:
    """Return whether a backup or a job needs a moment of a table."""
    return next(reader.range(holder_space(table_id)), None) is not None


def record(writer: Writer, change: ItemChange) -> None:
    """Add an entry to the journal of a table that has one."""
    journal = change.table.journal
    if journal is None:
        return
    table_id, key = change.table.table_id, change.stored_key
    time, sequence = micros(change.instant), 0
    last = writer.get(last_space(table_id), key)
    if last is not None:
        last_time, last_epoch, last_sequence = _STAMP.unpack(last)
        if not journal.keeps_all and journal.held is not None and last_epoch > journal.held:
            return  # no moment lies between that entry and this one
        time = max(time, last_time)
        if (time, journal.epoch) == (last_time, last_epoch):
            sequence = last_sequence + 1
    stamp = _STAMP.pack(time, journal.epoch, sequence)
    writer.put(space(table_id), key + stamp, b"" if change.old is None else change.old.record)
    writer.put(time_space(table_id), stamp + key, b"")
    writer.put(last_space(table_id), key, stamp)


def items_at(
    reader: Reader, table_id: str, moment: Moment, low: bytes = b"", high: bytes | None = None
) -> Iterator[tuple[bytes, bytes]]:
    """Yield ``(stored key, record)`` of the items that a table had at a moment, by stored key.

    `low` may be :func:`after` a key, to go on behind it.
    """
    present = reader.range(table_id, low, high)
    undone = changed_since(reader, table_id, moment, low, high)
    item, past = next(present, None), next(undone, None)
    while item is not None or past is not None:
        if past is None or (item is not None and item[0] < past[0]):
            assert item is not None
            yield item
            item = next(present, None)
            continue
        if past[1]:
            yield past
        if item is not None and item[0] == past[0]:
            item = next(present, None)
        past = next(undone, None)


def after(stored_key: bytes) -> bytes:
    """Return the lower bound of what follows a key, among items and among entries."""
    return stored_key + _AFTER


def changed_since(
    reader: Reader, table_id: str, moment: Moment, low: bytes = b"", high: bytes | None = None
) -> Iterator[tuple[bytes, bytes]]:
    """Yield ``(stored key, record at the moment)`` of the items that changed after a moment."""
    done: bytes | None = None
    for key, before in reader.range(space(table_id), low, high):
        stored_key = key[: -_STAMP.size]
        if stored_key != done and moment.precedes(_stamp(key)):
            done = stored_key
            yield stored_key, before


class NetChange(NamedTuple):
    """The changes of one item between two moments, taken together."""

    stored_key: bytes
    micros: int
    """The time of the last one."""
    old: bytes
    new: bytes
    """Records; empty: there was no item."""


def changes_between(
    reader: Reader,
    table_id: str,
    since: Moment,
    until: Moment,
    low: bytes = b"",
    high: bytes | None = None,
    known: int | None = None,
) -> Iterator[NetChange]:
    """Yield the net changes after a moment, up to another one, by stored key.

    An item that came and went in between is left out. But if it came at the time `known`, in
    microseconds, its deletion is a change: the receiver of the changes may have the item.
    """
    found: NetChange | None = None
    later: bytes | None = None
    is_known, came = False, b""
    for key, before in reader.range(space(table_id), low, high):
        stored_key, stamp = key[: -_STAMP.size], _stamp(key)
        if found is not None and found.stored_key != stored_key:
            yield from _net(reader, table_id, found, later, came)
            found = None
        if found is None:
            later, came = None, b""
            if since.precedes(stamp) and not until.precedes(stamp):
                found = NetChange(stored_key, stamp[0], before, b"")
                is_known = stamp[0] == known
        elif later is None:
            if until.precedes(stamp):
                later = before
            else:
                found = found._replace(micros=stamp[0])
                if is_known and before:
                    came = before
    if found is not None:
        yield from _net(reader, table_id, found, later, came)


def _net(
    reader: Reader, table_id: str, found: NetChange, later: bytes | None, came: bytes
) -> Iterator[NetChange]:
    new = reader.get(table_id, found.stored_key) or b"" if later is None else later
    old = found.old if found.old or new else came
    if old or new:
        yield found._replace(old=old, new=new)


def history(reader: Reader, table_id: str, since: Moment, until: Moment) -> Iterator[NetChange]:
    """Yield every change after a moment, up to another one, in the order of their times."""
    for key, _ in reader.range(time_space(table_id)):
        stamp, stored_key = key[: _STAMP.size], key[_STAMP.size :]
        time, epoch, sequence = _STAMP.unpack(stamp)
        place = (time, epoch, sequence)
        if not since.precedes(place) or until.precedes(place):
            continue
        entry = stored_key + stamp
        before = reader.get(space(table_id), entry) or b""
        following = reader.range(space(table_id), entry + b"\0", after(stored_key))
        _, image = next(following, (b"", None))
        new = reader.get(table_id, stored_key) or b"" if image is None else image
        yield NetChange(stored_key, time, before, new)


def trim(writer: Writer, table_id: str, before: int, most: int) -> int:
    """Remove at most so many entries that are older than a time, and return their number."""
    trimmed = 0
    for key, _ in writer.range(time_space(table_id), b"", _STAMP.pack(max(before, 0), 0, 0)):
        if trimmed == most:
            break
        stamp, stored_key = key[: _STAMP.size], key[_STAMP.size :]
        writer.delete(time_space(table_id), key)
        writer.delete(space(table_id), stored_key + stamp)
        if writer.get(last_space(table_id), stored_key) == stamp:
            writer.delete(last_space(table_id), stored_key)
        trimmed += 1
    return trimmed


def drop(writer: Writer, table_id: str) -> None:
    """Remove all entries of a table."""
    writer.clear(space(table_id))
    writer.clear(time_space(table_id))
    writer.clear(last_space(table_id))


def _stamp(key: bytes) -> tuple[int, int, int]:
    time, epoch, sequence = _STAMP.unpack_from(key, len(key) - _STAMP.size)
    return time, epoch, sequence
