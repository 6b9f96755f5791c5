"""The Kinesis outbox: item changes in transit to Kinesis, written with the changes themselves.

An outbox is a queue of its own for each destination of a table. Records are numbered as those of
streams are, and leave it once they were delivered. Source of the format: recordings of the service.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from hashlib import md5
from itertools import islice
from typing import Any, Final, NamedTuple

import orjson

from ddbmock.database.data_plane.item_change import Cause, ItemChange
from ddbmock.database.schema import KinesisDestination, TableDescription
from ddbmock.storage import Reader, Writer
from ddbmock.values.item import Item

OUTBOXES: Final = "kinesis"
"""The space of the outboxes: their ids, and the numbers of their last records."""
KEY_SIZE: Final = 32


class KinesisRecord(NamedTuple):
    """A record as it is put to Kinesis."""

    number: int
    partition_key: str
    data: bytes


def begin(writer: Writer, table: TableDescription, stream_arn: str) -> None:
    """Create the outbox of a destination, unless it has one."""
    outbox = _outbox(table, stream_arn)
    if writer.get(OUTBOXES, outbox) is None:
        writer.put(OUTBOXES, outbox, (0).to_bytes(8, "big"))


def append(writer: Writer, change: ItemChange, destination: KinesisDestination) -> None:
    """Enter a change into the outbox of a destination."""
    outbox = _outbox(change.table, destination.stream_arn)
    last = writer.get(OUTBOXES, outbox)
    number = 1 + int.from_bytes(last or b"", "big")
    key = number.to_bytes(8, "big")
    keys = Item(change.key)
    partition = md5(keys.json, usedforsecurity=False).hexdigest().upper()
    writer.put(_space(outbox), key, partition.encode() + _data(change, destination, keys))
    writer.put(OUTBOXES, outbox, key)


def outboxes(reader: Reader) -> Iterator[tuple[bytes, str]]:
    """Yield the ids of all outboxes, and the ARNs of their Kinesis streams."""
    for outbox, _ in reader.range(OUTBOXES):
        yield outbox, outbox.partition(b"\0")[2].decode()


def waiting(reader: Reader, outbox: bytes, limit: int) -> list[KinesisRecord]:
    """Return the first records of an outbox, in order."""
    return [
        KinesisRecord(int.from_bytes(key, "big"), stored[:KEY_SIZE].decode(), stored[KEY_SIZE:])
        for key, stored in islice(reader.range(_space(outbox)), limit)
    ]


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
