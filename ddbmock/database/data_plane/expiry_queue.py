"""The expiry queue: the items that have a time to live, ordered by when they expire.

Each item with a time to live has an entry in one ordered space, so that finding the expired ones
costs next to nothing if there are none.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from ddbmock.database.damage import EXPIRY_QUEUE
from ddbmock.database.schema import TableDescription
from ddbmock.named_tuple import NamedTuple
from ddbmock.storage import Reader, Writer
from ddbmock.values.item import Item
from ddbmock.values.model import N

SPACE: Final = EXPIRY_QUEUE
OLDEST: Final = 5 * 365 * 24 * 3600
"""Seconds; expiry times further back are ignored as mistakes. Source: Developer Guide.

They are counted from when the time to live was enabled, so that a clock may leap any distance."""


def expiry(item: Item | None, table: TableDescription) -> int | None:
    """Return when an item expires, in epoch seconds, or None if it does not expire."""
    ttl = table.time_to_live
    if item is None or ttl is None or not ttl.enabled:
        return None
    value = item.get(ttl.attribute_name)
    if not isinstance(value, N):
        return None
    seconds = Decimal(value.value)
    return int(seconds) if max(0, ttl.changed_at - OLDEST) < seconds < 2**62 else None


def entry_key(table: TableDescription, item: Item, seconds: int) -> bytes:
    """Return the key of an item's entry: the time, then the table and the item's key."""
    return b"".join(
        (seconds.to_bytes(8, "big"), table.table_id.encode(), b"\0", table.key_schema.stored(item))
    )


def entry_value(table: TableDescription) -> bytes:
    """Return the value of an entry, which locates the table in the catalogue."""
    return f"{table.prefix}\0{table.name}".encode()


def table_id(key: bytes) -> str:
    """Return the id of the table in an entry's key, which may be damaged."""
    return key[8:].partition(b"\0")[0].decode("utf-8", "replace")


def stored_key(key: bytes) -> bytes:
    """Return the key of the item in an entry's key."""
    return key[8:].partition(b"\0")[2]


def replace(writer: Writer, table: TableDescription, old: Item | None, new: Item | None) -> None:
    """Update the queue after a change of an item."""
    before, after = expiry(old, table), expiry(new, table)
    if before == after:
        return
    if before is not None and old is not None:
        writer.delete(SPACE, entry_key(table, old, before))
    if after is not None and new is not None:
        writer.put(SPACE, entry_key(table, new, after), entry_value(table))


def enter_all(reader: Reader, writer: Writer, table: TableDescription) -> None:
    """Enter all items of a table, after its time to live was enabled."""
    for _, record in reader.range(table.space()):
        replace(writer, table, None, Item.of_record(record))


def remove_all(reader: Reader, writer: Writer, table: TableDescription) -> None:
    """Remove all entries of a table, before its time to live is disabled."""
    for _, record in reader.range(table.space()):
        replace(writer, table, Item.of_record(record), None)


class Due(NamedTuple):
    """An item that has expired."""

    prefix: str
    table_name: str
    table_id: str
    stored_key: bytes
    entry_key: bytes

    @classmethod
    def of(cls, key: bytes, value: bytes) -> Due:
        """Return the item of an entry."""
        prefix, _, name = value.decode().partition("\0")
        return cls(prefix, name, table_id(key), stored_key(key), key)


def end(by: float) -> bytes:
    """Return the key after all entries of items that expire at `by` or before."""
    return (max(int(by), 0) + 1).to_bytes(8, "big")


def due(reader: Reader, by: float) -> Iterator[Due]:
    """Yield the items that expired at `by` or before, the earliest first."""
    for key, value in reader.range(SPACE, b"", end(by)):
        yield Due.of(key, value)
