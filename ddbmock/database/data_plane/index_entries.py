"""Secondary indexes: an item's entry in an index, and the cost of keeping it up to date."""

from __future__ import annotations

from ddbmock.database.capacity import IndexUnits, write_units
from ddbmock.database.data_plane.write_plan import Membership
from ddbmock.database.key import KeySchema, tie_digest
from ddbmock.database.schema import IndexDescription, TableDescription
from ddbmock.named_tuple import NamedTuple
from ddbmock.storage import Writer
from ddbmock.values.item import Item


class Entry(NamedTuple):
    """The entry of an item in an index."""

    key: bytes
    item: Item


def entry_key(index: KeySchema, table: KeySchema, item: Item) -> bytes:
    """Return the stored key of an entry: ordered by the index keys, then by a digest of the table's.

    The service does not document an order among equal index keys; this one was observed.
    """
    return index.stored(item) + tie(table, item, table.stored(item))


def tie(table: KeySchema, item: Item, stored_key: bytes) -> bytes:
    """Return the end of the stored key of an item's entry, which is the same in all indexes."""
    return tie_digest(table, item) + stored_key


def projected(item: Item, index: IndexDescription, table: TableDescription) -> Item:
    """Return the attributes of an item that are in an index."""
    if index.projection.type == "ALL":
        return item
    return item.only(
        dict.fromkeys(
            (
                *table.key_schema.names,
                *index.key_schema.names,
                *index.projection.non_key_attributes,
            )
        )
    )


def entry_of(
    item: Item | None, index: IndexDescription, table: TableDescription, end: bytes
) -> Entry | None:
    """Return the entry of a stored item, whose key ends with its :func:`tie`, or None.

    An item from before the index may have index keys that do not fit; the index does not hold it.
    """
    if item is None or not index.key_schema.fits(item):
        return None
    return _entry(item, index, table, end)


def _entry(item: Item, index: IndexDescription, table: TableDescription, end: bytes) -> Entry:
    return Entry(index.key_schema.stored(item) + end, projected(item, index, table))


def replace_all(
    writer: Writer,
    table: TableDescription,
    stored_key: bytes,
    old: Item | None,
    new: Item | None,
    membership: Membership,
) -> tuple[IndexUnits, ...]:
    """Bring all indexes of a table up to date with a change of an item; return their write units.

    `membership` has for each index whether it holds the new item.
    """
    item = old if new is None else new
    assert item is not None, "a change from nothing to nothing"
    end = tie(table.key_schema, item, stored_key)
    units = []
    for number, index in enumerate(table.kept_indexes):
        before = entry_of(old, index, table, end)
        after = None if new is None or not membership[number] else _entry(new, index, table, end)
        consumed = replace(writer, table, index, before, after)
        if consumed is not None:
            units.append(consumed)
    return tuple(units)


def replace(
    writer: Writer,
    table: TableDescription,
    index: IndexDescription,
    old: Entry | None,
    new: Entry | None,
) -> IndexUnits | None:
    """Replace an item's entry in an index; return the write units, or None if nothing changed.

    Source of the units: Developer Guide, "Provisioned throughput considerations for Global
    Secondary Indexes".
    """
    if old is None and new is None:
        return None
    space = table.space(index.name)
    if old is not None and new is not None and old.key == new.key:
        if old.item is new.item or old.item == new.item:
            return None
        units = write_units(old.item.size, new.item.size)
    else:
        units = 0.0
        if old is not None:
            writer.delete(space, old.key)
            units += write_units(old.item.size, 0)
        if new is not None:
            units += write_units(0, new.item.size)
    if new is not None:
        writer.put(space, new.key, new.item.record)
    count = (new is not None) - (old is not None)
    size = (new.item.size if new else 0) - (old.item.size if old else 0)
    if count or size:
        writer.add(space, count, size)
    return IndexUnits(index.name, index.local, units)


def fill(writer: Writer, table: TableDescription, index: IndexDescription) -> None:
    """Enter all items of a table into a new index, except those whose index keys do not fit."""
    for stored_key, record in writer.range(table.table_id):
        item = Item.of_record(record)
        entry = entry_of(item, index, table, tie(table.key_schema, item, stored_key))
        replace(writer, table, index, None, entry)
