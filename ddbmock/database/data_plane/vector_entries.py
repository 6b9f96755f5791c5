"""Entries of vector indexes: their stored form, and the bytes billed for writing them.

An entry's key is the HASH value of the index, if it has one, and the item's stored key; so that a
search reads the entries of one HASH value in the order of the table's keys. The entry is the packed
vector followed by the record of the projected item without its vector.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from zlib import crc32

from ddbmock.database.capacity import VectorBytes
from ddbmock.database.data_plane.vector_rules import holds
from ddbmock.database.data_plane.vectors import packed, vector
from ddbmock.database.schema import TableDescription, VectorIndexDescription
from ddbmock.database.stored_key import KeyRange, extended, prefix_range
from ddbmock.named_tuple import NamedTuple
from ddbmock.storage import Reader, Writer
from ddbmock.values.item import Item, record_size
from ddbmock.values.model import AttributeValue, L
from ddbmock.values.size import text_size

BYTES: Final = 4
"""Bytes of one element of a stored vector."""
LEAST_WRITTEN: Final = 1024
"""The fewest bytes billed for one write."""


class Entry(NamedTuple):
    """The entry of an item in a vector index."""

    key: bytes
    vector: bytes
    """Packed."""
    rest: Item
    """The projected attributes without the vector."""

    @property
    def record(self) -> bytes:
        """The stored form."""
        return self.vector + self.rest.record


def entry_of(
    item: Item | None, index: VectorIndexDescription, table: TableDescription, stored_key: bytes
) -> Entry | None:
    """Return the entry of an item, or None if the item is not in the index."""
    if item is None or not holds(index, item):
        return None
    value = item.get(index.vector_attribute)
    assert type(value) is L, "an item that the index holds has a vector"
    elements = packed(vector([str(element.value) for element in value.value]))
    rest = _projected(item, index, table)
    prefix = b"" if index.hash_key is None else partition(item.get(index.hash_key.name))
    return Entry(prefix + stored_key, elements, rest)


def _size(entry: Entry | None, index: VectorIndexDescription) -> int:
    """Return the bytes of the vector, its name and the other projected attributes; 0 for None."""
    if entry is None:
        return 0
    return len(entry.vector) + text_size(index.vector_attribute) + entry.rest.size


def partition(value: AttributeValue | None) -> bytes:
    """Return the common prefix of the entries with a HASH value."""
    assert value is not None, "an item that the index holds has a HASH value"
    return extended(b"", value)


def _projected(item: Item, index: VectorIndexDescription, table: TableDescription) -> Item:
    """Return the projected attributes of an item, without the vector."""
    if index.projection.type == "ALL":
        return item.changed({index.vector_attribute: None})
    names = dict.fromkeys(
        (
            *table.key_schema.names,
            *(one.name for one in index.search_schema),
            *index.projection.non_key_attributes,
        )
    )
    names.pop(index.vector_attribute, None)
    return item.only(names)


def replace_all(
    writer: Writer,
    table: TableDescription,
    stored_key: bytes,
    old: Item | None,
    new: Item | None,
) -> tuple[VectorBytes, ...]:
    """Bring all vector indexes up to date with a change of an item; return the bytes written."""
    written = [
        replace(writer, table, index, stored_key, old, new) for index in table.kept_vector_indexes
    ]
    return tuple([one for one in written if one is not None])


def replace(
    writer: Writer,
    table: TableDescription,
    index: VectorIndexDescription,
    stored_key: bytes,
    old_item: Item | None,
    new_item: Item | None,
) -> VectorBytes | None:
    """Replace an item's entry in a vector index; return the bytes written, or None if none were.

    Deletions are billed like puts, and a changed HASH value as both. Source: recorded answers of
    the service.
    """
    old = entry_of(old_item, index, table, stored_key)
    new = entry_of(new_item, index, table, stored_key)
    if old == new:
        return None
    space = table.space(index.name)
    moved = old is not None and new is not None and old.key != new.key
    if old is not None and (new is None or moved):
        writer.delete(space, old.key)
    if new is not None:
        writer.put(space, new.key, new.record)
    before, after = _size(old, index), _size(new, index)
    writer.add(space, (new is not None) - (old is not None), after - before)
    writer.add(_changes(space), 1, crc32(b"" if new is None else new.record))
    if moved:
        return VectorBytes(index.name, max(LEAST_WRITTEN, before) + max(LEAST_WRITTEN, after))
    return VectorBytes(index.name, max(LEAST_WRITTEN, before, after))


def fill(writer: Writer, table: TableDescription, index: VectorIndexDescription) -> None:
    """Enter all items of a table into a new vector index, except those that do not fit it."""
    for stored_key, record in writer.range(table.table_id):
        replace(writer, table, index, stored_key, None, Item.of_record(record))


def version(reader: Reader, space: str) -> tuple[int, int]:
    """Return a value that differs after each change of a vector index."""
    return reader.total(_changes(space))


def forget_version(writer: Writer, space: str) -> None:
    """Remove the counter of :func:`version`; the space must not be used again."""
    writer.reset(_changes(space))


def _changes(space: str) -> str:
    return f"{space}/changes"


def entries_range(index: VectorIndexDescription, value: AttributeValue | None) -> KeyRange:
    """Return the keys of all entries, or of those with the HASH value of an index that has one."""
    return (b"", None) if index.hash_key is None else prefix_range(partition(value))


class Stored(NamedTuple):
    """An entry as it is stored."""

    vector: bytes
    """Packed."""
    record: bytes
    """The record of the projected item without its vector."""

    @property
    def item(self) -> Item:
        return Item.of_record(self.record)

    @property
    def size(self) -> int:
        """The size of the projected item without its vector, in bytes."""
        return record_size(self.record)


def stored_entry(index: VectorIndexDescription, record: bytes) -> Stored:
    """Return the parts of a stored entry."""
    end = BYTES * index.dimensions
    return Stored(record[:end], record[end:])


def read(
    reader: Reader, space: str, index: VectorIndexDescription, key_range: KeyRange
) -> Iterator[tuple[bytes, Stored]]:
    """Yield the key and entry of each item in a range."""
    for key, record in reader.range(space, *key_range):
        yield key, stored_entry(index, record)
