"""The queue of item changes in transit to replicas, and the stamps that decide conflicts.

Each item of a global table has a stamp: the time of its last change and the region that made it.
A change overwrites an item only if its stamp is greater, so all replicas end up with the same item
in whatever order changes arrive. A deleted item leaves its stamp behind.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from ddbmock.database import damage
from ddbmock.database.data_plane.item_change import Cause, ItemChange
from ddbmock.database.data_plane.replication_links import QUEUE
from ddbmock.database.life import decode_life
from ddbmock.database.schema import CATALOGUE, VERSION_2017, Replication, TableDescription
from ddbmock.errors import ReplicatedWriteConflictException
from ddbmock.named_tuple import NamedTuple
from ddbmock.storage import Reader, Writer

SPACE: Final = QUEUE
"""The storage space of queued changes, of all regions and callers."""

_TIME: Final = struct.Struct(">Q")


class Stamp(NamedTuple):
    """The time and the region of an item's last change. The greater stamp wins."""

    microseconds: int
    region: str

    def encode(self) -> bytes:
        """Return the stored form."""
        return _TIME.pack(self.microseconds) + self.region.encode()

    @classmethod
    def decode(cls, stored: bytes) -> Stamp:
        """Return the stamp whose stored form this is."""
        return cls(_TIME.unpack_from(stored)[0], stored[_TIME.size :].decode())


class Place(NamedTuple):
    """The parts of a queued change's key that say which table it is for."""

    stamp: Stamp
    target: str
    table_id: str
    """Of the source table."""

    @classmethod
    def of(cls, key: bytes) -> Place | None:
        """Return the parts of a key; None if it is damaged itself."""
        parts = key[_TIME.size :].split(b"\0", 3)
        if len(key) < _TIME.size or len(parts) != 4:
            return None
        region, target, table_id = (part.decode("utf-8", "replace") for part in parts[:3])
        return cls(Stamp(_TIME.unpack_from(key)[0], region), target, table_id)


NEVER: Final = Stamp(0, "")
"""The stamp of items that are older than the global table."""


def stamp_of(reader: Reader, table: TableDescription, stored_key: bytes) -> Stamp:
    """Return the stamp of an item, also of a deleted one."""
    stored = reader.get(table.settings_space("stamps"), stored_key)
    return NEVER if stored is None else Stamp.decode(stored)


def put_stamp(writer: Writer, table: TableDescription, stored_key: bytes, stamp: Stamp) -> None:
    """Give an item a stamp."""
    writer.put(table.settings_space("stamps"), stored_key, stamp.encode())


class Queued(NamedTuple):
    """A change of one item in transit to one replica."""

    source: str
    target: str
    """Region, as `source`."""
    prefix: str
    """Of the catalogue that lists the target."""
    table: str
    written: float
    """Epoch seconds of the change in the source region."""
    stamp: Stamp
    stored_key: bytes
    record: bytes | None
    """The item's stored form; None if it was removed."""
    key: Mapping[str, Any]
    """The item's key as JSON."""
    entry_key: bytes = b""
    strong: bool = False
    """Whether the replicas are strongly consistent, so that nothing delays the change."""

    @property
    def local(self) -> bool:
        """Whether the change is to be completed in its own region, as version 2017.11.29 does."""
        return self.source == self.target


def enter(writer: Writer, change: ItemChange) -> None:
    """Queue a change for every other replica of its table, and stamp the item."""
    table = change.table
    group = table.replication
    if group is None or change.cause is Cause.REPLICATION:
        return
    old_version = group.version == VERSION_2017
    if old_version and change.cause is Cause.TIME_TO_LIVE:
        return  # Source: Developer Guide, "Global tables version 2017.11.29".
    last = stamp_of(writer, table, change.stored_key)
    if group.strong and change.cause is Cause.USER:
        check_no_conflict(writer, change, group, last)
    # A later write of the same region wins even if the clock stands still.
    stamp = Stamp(max(int(change.instant * 1_000_000), last.microseconds + 1), group.region)
    put_stamp(writer, table, change.stored_key, stamp)
    record = None if change.new is None else change.new.record
    if old_version and record is not None:
        targets = [(group.region, table.prefix)]
    else:
        targets = [(replica.region, replica.prefix) for replica in group.replicas]
    key = orjson.loads(change.item.only(table.key_schema.names).json)
    for region, prefix in targets:
        put(
            writer,
            table,
            Queued(
                group.region,
                region,
                prefix,
                table.name,
                change.instant,
                stamp,
                change.stored_key,
                record,
                key,
                strong=group.strong,
            ),
        )


def check_no_conflict(reader: Reader, change: ItemChange, group: Replication, last: Stamp) -> None:
    """Raise if another region is writing the item.

    :param last: the stamp of the item.
    :raises ReplicatedWriteConflictException: a test says so, or a change has not arrived yet.
    """
    table, stored_key = change.table, change.stored_key
    region = reader.get(table.settings_space("in_flight"), stored_key)
    if region is not None:
        raise _conflict(
            f"db.replication.in_flight() holds a write of this item in {region.decode()}."
        )
    for replica in group.replicas:
        other = describe(reader, replica.prefix, table.name, change.instant)
        stamp = NEVER if other is None else stamp_of(reader, other, stored_key)
        if stamp > last and stamp.region == replica.region:
            raise _conflict(f"Another request has just written this item in {replica.region}.")


def _conflict(hint: str) -> ReplicatedWriteConflictException:
    return ReplicatedWriteConflictException(
        "One or more items in this request are being modified in another Region", hint=hint
    )


def describe(reader: Reader, prefix: str, name: str, now: float) -> TableDescription | None:
    """Return the current state of a table that a catalogue lists."""
    stored = reader.get(prefix + CATALOGUE, name.encode())
    return None if stored is None else decode_life(stored).at(now)


def put(writer: Writer, table: TableDescription, queued: Queued) -> None:
    """Queue a change of an item of the source table."""
    stamp = queued.stamp
    key = b"\0".join(
        (
            _TIME.pack(stamp.microseconds) + stamp.region.encode(),
            queued.target.encode(),
            table.table_id.encode(),
            queued.stored_key,
        )
    )
    header = orjson.dumps(
        [
            queued.source,
            queued.target,
            queued.prefix,
            queued.table,
            queued.written,
            [*stamp],
            queued.stored_key.hex(),
            queued.record is None,
            queued.key,
            queued.strong,
        ]
    )
    writer.put(SPACE, key, header + b"\n" + (queued.record or b""))


def entries(reader: Reader, damaged: list[bytes] | None = None) -> Iterator[Queued]:
    """Yield the queued changes in the order of their stamps.

    Damaged ones are left out; their keys are added to `damaged`.
    """
    for key, stored in damage.pairs(reader, SPACE):
        if stored is None:
            if damaged is not None:
                damaged.append(key)
            continue
        header, _, record = stored.partition(b"\n")
        source, target, prefix, table, written, stamp, *rest = orjson.loads(header)
        stored_key, removed, item_key, strong = rest
        yield Queued(
            source,
            target,
            prefix,
            table,
            written,
            Stamp(*stamp),
            bytes.fromhex(stored_key),
            None if removed else record,
            item_key,
            key,
            strong,
        )
