"""The Kinesis outbox: item changes in transit to Kinesis, written with the changes themselves.

An outbox is a queue of its own for each destination of a table. Records are numbered as those of
streams are, and leave it once they were delivered, or after 24 hours: each writer removes a few that
are older. Source of the format: recordings of the service.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Iterator
from hashlib import md5
from itertools import islice
from typing import Any, Final

import orjson

from ddbmock.database.data_plane.item_change import Cause, ItemChange
from ddbmock.database.data_plane.shards import RETENTION, milliseconds
from ddbmock.database.schema import KinesisDestination, TableDescription
from ddbmock.named_tuple import NamedTuple
from ddbmock.storage import Reader, Writer
from ddbmock.values.item import Item

OUTBOXES: Final = "kinesis"
"""The space of the outboxes: their ids, and the numbers of their last records."""
TRIMMED: Final = 32
"""Old records that a writer removes at a time, after each half as many records of its own."""
SWEPT: Final = 10
"""Outboxes that are looked at when another one begins."""

_HEADER: Final = struct.Struct(">Q32s")
"""Milliseconds since the epoch, partition key."""
_ROW: Final = struct.Struct(">QQ")
"""Number of the last record, milliseconds since the epoch of the last record."""


class KinesisRecord(NamedTuple):
    """A record as it is put to Kinesis."""

    number: int
    partition_key: str
    data: bytes


def begin(writer: Writer, table: TableDescription, stream_arn: str, now: float) -> None:
    """Create the outbox of a destination, unless it has one."""
    time = milliseconds(now)
    outbox = _outbox(table, stream_arn)
    # The keys of outboxes are random, so each new one sweeps some others.
    for other, row in list(islice(writer.range(OUTBOXES, outbox), SWEPT)):
        if _ROW.unpack(row)[1] + RETENTION <= time:
            trim(writer, other, now)
            if next(writer.range(_space(other)), None) is None:
                writer.delete(OUTBOXES, other)
    if writer.get(OUTBOXES, outbox) is None:
        writer.put(OUTBOXES, outbox, _ROW.pack(0, time))


def append(writer: Writer, change: ItemChange, destination: KinesisDestination) -> None:
    """Enter a change into the outbox of a destination."""
    outbox = _outbox(change.table, destination.stream_arn)
    row = writer.get(OUTBOXES, outbox)
    last, time = (0, 0) if row is None else _ROW.unpack(row)
    number, time = last + 1, max(time, milliseconds(change.instant))
    keys = Item(change.key)
    partition = md5(keys.json, usedforsecurity=False).hexdigest().upper()
    record = _HEADER.pack(time, partition.encode()) + _data(change, destination, keys)
    writer.put(_space(outbox), number.to_bytes(8, "big"), record)
    writer.put(OUTBOXES, outbox, _ROW.pack(number, time))
    if number % (TRIMMED // 2) == 0:
        trim(writer, outbox, change.instant)


def trim(writer: Writer, outbox: bytes, now: float, limit: int = TRIMMED) -> int:
    """Remove some records that are older than 24 hours; return how many."""
    space, horizon = _space(outbox), milliseconds(now) - RETENTION
    removed = 0
    for key, stored in list(islice(writer.range(space), limit)):
        if _HEADER.unpack_from(stored)[0] > horizon:
            break
        writer.delete(space, key)
        removed += 1
    return removed


def outboxes(reader: Reader) -> Iterator[tuple[bytes, str]]:
    """Yield the ids of all outboxes, and the ARNs of their Kinesis streams."""
    for outbox, _ in reader.range(OUTBOXES):
        yield outbox, outbox.partition(b"\0")[2].decode()


def waiting(reader: Reader, outbox: bytes, limit: int, now: float) -> list[KinesisRecord]:
    """Return the first records of an outbox that are not older than 24 hours, in order."""
    horizon = milliseconds(now) - RETENTION
    records: list[KinesisRecord] = []
    for key, stored in reader.range(_space(outbox)):
        time, partition = _HEADER.unpack_from(stored)
        if time > horizon:
            data = stored[_HEADER.size :]
            records.append(KinesisRecord(int.from_bytes(key, "big"), partition.decode(), data))
            if len(records) == limit:
                break
    return records


def remove(writer: Writer, outbox: bytes, last: int) -> None:
    """Remove the records up to a number, which were delivered."""
    space = _space(outbox)
    for key, _ in list(writer.range(space, b"", (last + 1).to_bytes(8, "big"))):
        writer.delete(space, key)


def _outbox(table: TableDescription, stream_arn: str) -> bytes:
    return f"{table.table_id}\0{stream_arn}".encode()


def _space(outbox: bytes) -> str:
    digest = md5(outbox, usedforsecurity=False).hexdigest()
    return f"{OUTBOXES}/{digest}"


def _data(change: ItemChange, destination: KinesisDestination, keys: Item) -> bytes:
    old, new = change.old, change.new
    factor = 1_000_000 if destination.precision == "MICROSECOND" else 1_000
    content: dict[str, Any] = {
        "ApproximateCreationDateTime": int(round(change.instant, 6) * factor),
        "Keys": orjson.Fragment(keys.json),
    }
    size = keys.size
    for name, image in (("NewImage", new), ("OldImage", old)):
        if image is not None:
            content[name] = orjson.Fragment(image.json)
            size += image.size
    content["SizeBytes"] = size
    if destination.precision is not None:
        content["ApproximateCreationDateTimePrecision"] = destination.precision
    service = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    return orjson.dumps(
        {
            "awsRegion": destination.region,
            "eventID": str(uuid.uuid4()),
            "eventName": "INSERT" if old is None else "REMOVE" if new is None else "MODIFY",
            "userIdentity": service if change.cause is Cause.TIME_TO_LIVE else None,
            "recordFormat": "application/json",
            "tableName": change.table.name,
            "dynamodb": content,
            "eventSource": "aws:dynamodb",
        }
    )
