"""Stream records: written with the item change that they describe, read by shard and number.

Stored, a record is a header and the stored forms of its items, so writing copies what exists
already and reading parses nothing. Source of the rules which change makes a record and which images
it has: Developer Guide, "Change data capture for DynamoDB Streams"; recorded answers of the service.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from hashlib import md5
from typing import Final

from ddbmock.database.data_plane import shards, streams
from ddbmock.database.data_plane.item_change import Cause, ItemChange
from ddbmock.database.data_plane.shards import Shard
from ddbmock.database.data_plane.streams import Stream
from ddbmock.database.schema import stream_id
from ddbmock.named_tuple import NamedTuple
from ddbmock.storage import Reader, StorageError, Writer
from ddbmock.values.item import Item, record_size

MAX_PAGE: Final = 1000
"""Records of one GetRecords."""
MAX_PAGE_SIZE: Final = 2**20
"""Sum of the sizes of one GetRecords' records; the first record is returned whatever its size."""

INSERT: Final = "INSERT"
MODIFY: Final = "MODIFY"
REMOVE: Final = "REMOVE"
_EVENTS: Final = (INSERT, MODIFY, REMOVE)
_BY_SERVICE: Final = 4
"""The bit of a record's kind that tells that the service made the change."""

_HEADER: Final = struct.Struct(">BQIII")
"""Kind, milliseconds since the epoch, size of what follows, lengths of the keys and of the new image."""

_NEW: Final = frozenset({"NEW_IMAGE", "NEW_AND_OLD_IMAGES"})
_OLD: Final = frozenset({"OLD_IMAGE", "NEW_AND_OLD_IMAGES"})


class StreamRecord(NamedTuple):
    """One record of a shard."""

    number: int
    event_name: str
    time: int
    """Milliseconds since the epoch."""
    size: int
    by_service: bool
    """Whether the time to live removed the item."""
    keys: Item
    new_image: Item | None
    old_image: Item | None

    @property
    def sequence_number(self) -> int:
        """Return the number that clients see."""
        return self.number * shards.STEP + self.time


def append(writer: Writer, change: ItemChange) -> None:
    """Write the record of a change to the table's stream, which is enabled."""
    table = change.table
    specification = table.stream
    assert specification is not None, "a table without a stream"
    stream = stream_id(table.table_id, specification.label)
    boundary = specification.boundary_of(change.stored_key)
    now = shards.milliseconds(change.instant)
    place = shards.take(writer, stream, boundary, now)
    if place is None:
        # A version of ddbmock without streams enabled it: it begins with its first record.
        streams.begin(writer, table, change.instant, change.instant)
        place = shards.take(writer, stream, boundary, now)
        assert place is not None, "a stream begins with a shard for each boundary"
    space, key, time = place
    writer.put(space, key, _encode(change, specification.view_type, time))


def event_id(stream: str, shard_id: str, number: int) -> str:
    """Return the id of a record, which is the same at each read and in no other stream."""
    name = f"{stream}/{shard_id}/{number}".encode()
    return md5(name, usedforsecurity=False).hexdigest()


def read(
    reader: Reader, stream: Stream, shard: Shard, first: int, limit: int
) -> list[StreamRecord]:
    """Return the records of a shard from a number on, as many as one page holds."""
    records: list[StreamRecord] = []
    size = 0
    space = shards.records_space(stream.id, shard.shard_id)
    names = stream.key_schema.names
    for key, stored in reader.range(space, shards.number_key(first)):
        record = _decode(int.from_bytes(key, "big"), stored, names)
        size += record.size
        if records and size > MAX_PAGE_SIZE:
            break
        records.append(record)
        if len(records) == limit:
            break
    return records


def last_number(reader: Reader, stream: str, shard: Shard) -> int:
    """Return the number of a shard's last record, or of its start if it is empty."""
    if shard.end is not None:
        return shard.end[0]
    head = shards.head(reader, stream, shard.boundary)
    if head is None:
        raise StorageError(f"the stream {stream} is damaged: an open shard has no head")
    return head.number


def first_number(reader: Reader, stream: str, shard: Shard, last: int, now: float) -> int:
    """Return the number of the oldest record that is not trimmed; `last` + 1 if there is none."""
    horizon = shards.milliseconds(now) - shards.RETENTION
    return first_after(reader, stream, shard, last, horizon)


def first_after(reader: Reader, stream: str, shard: Shard, last: int, time: int) -> int:
    """Return the number of the first record later than `time`, in milliseconds; `last` + 1: none.

    Times of a shard's records ascend, so a bisection finds it: O(log n) reads, one as a rule.
    """
    space = shards.records_space(stream, shard.shard_id)
    low, high = shard.start[0] + 1, last + 1
    while low < high:
        # The first probe is the first record: most of the time it is the answer.
        middle = low if low == shard.start[0] + 1 else (low + high) // 2
        stored = reader.get(space, shards.number_key(middle))
        if stored is not None and _time(stored) > time:
            high = middle
        else:
            low = middle + 1
    return low


def at_sequence_number(
    reader: Reader, stream: str, shard: Shard, last: int, sequence_number: int, *, after: bool
) -> int:
    """Return the number of the first record at, or `after`, a sequence number."""
    number, low = divmod(sequence_number, shards.STEP)
    if number <= shard.start[0]:
        return shard.start[0] + 1
    if number > last:
        return number
    stored = reader.get(shards.records_space(stream, shard.shard_id), shards.number_key(number))
    time = 0 if stored is None else _time(stored)
    return number + 1 if low > time or (after and low == time) else number


def _time(stored: bytes) -> int:
    time: int = _HEADER.unpack_from(stored)[1]
    return time


def _encode(change: ItemChange, view_type: str, time: int) -> bytes:
    old, new = change.old, change.new
    kind = 0 if old is None else 2 if new is None else 1
    if change.cause is Cause.TIME_TO_LIVE:
        kind |= _BY_SERVICE
    new_record = new.record if new is not None and view_type in _NEW else b""
    old_record = old.record if old is not None and view_type in _OLD else b""
    if not new_record and not old_record:
        keys = Item(change.key).record
        return _HEADER.pack(kind, time, record_size(keys), len(keys), 0) + keys
    # an image has the keys, which are taken from it when the record is read
    size = record_size(new_record) if new_record else 0
    if old_record:
        size += record_size(old_record)
    header = _HEADER.pack(kind, time, size, 0, len(new_record))
    return header + new_record + old_record


def _decode(number: int, stored: bytes, names: Sequence[str]) -> StreamRecord:
    kind, time, size, keys_length, new_length = _HEADER.unpack_from(stored)
    new = _HEADER.size + keys_length
    old = new + new_length
    new_image, old_image = _image(stored[new:old]), _image(stored[old:])
    if keys_length:
        keys = Item.of_record(stored[_HEADER.size : new])
    else:
        image = old_image if new_image is None else new_image
        assert image is not None, "a record without images has keys"
        keys = image.only(names)
        size += keys.size
    return StreamRecord(
        number, _EVENTS[kind & 3], time, size, bool(kind & _BY_SERVICE), keys, new_image, old_image
    )


def _image(record: bytes) -> Item | None:
    return Item.of_record(record) if record else None
