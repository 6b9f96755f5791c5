"""Puts of many items at once, into tables without indexes, followers and a time to live."""

from __future__ import annotations

from collections.abc import Mapping

from ddbmock.database.capacity import write_units
from ddbmock.database.schema import TableDescription
from ddbmock.storage import Writer, exchange
from ddbmock.values.item import Item, record_size


def is_plain(table: TableDescription) -> bool:
    """Return whether a write changes nothing but the item and the table's totals."""
    return not (
        table.kept_indexes
        or table.kept_vector_indexes
        or table.has_followers
        or table.time_to_live is not None
    )


def put_all(writer: Writer, table: TableDescription, items: Mapping[bytes, Item]) -> float:
    """Put items that were checked, by their stored keys, into a plain table; return the write units."""
    space = table.table_id
    count, size, units = 0, 0, 0.0
    replaced = exchange(writer, space, {key: item.record for key, item in items.items()})
    for item, record in zip(items.values(), replaced, strict=True):
        new_size = item.size
        old_size = 0 if record is None else record_size(record)
        count += record is None
        size += new_size - old_size
        units += write_units(old_size, new_size)
    if count or size:
        writer.add(space, count, size)
    return units
