"""Damaged records: their tables and keys, and counters that do not match."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from ddbmock.database.key import KeySchema
from ddbmock.database.life import decode_life
from ddbmock.database.schema import CATALOGUE, TableDescription
from ddbmock.database.stored_key import DIGEST_SIZE
from ddbmock.named_tuple import NamedTuple
from ddbmock.storage import DamagedError, Reader, StorageError
from ddbmock.values.item import Item
from ddbmock.values.number import of_ordered_bytes

log = logging.getLogger(__name__)

EXPIRY_QUEUE: Final = "time_to_live"
"""The storage space of the expiry queue."""

OTHERS: Final = {
    CATALOGUE: "The description of table {0!r}",
    "exports": "The record of the export {1!r} of table {0!r}",
    "imports": "The record of the import {0!r}",
    "bulk-operations": "The record of the bulk operation {0!r}",
    "restores": "The record of the restore to table {0!r}",
    "unfinished-jobs": "The entry of the {0} {1!r} in the list of unfinished jobs",
}
"""The words for records of other spaces, with the parts of their keys."""


def pairs(
    reader: Reader, space: str, high: bytes | None = None, low: bytes = b""
) -> Iterator[tuple[bytes, bytes | None]]:
    """Yield the pairs of a space in the order of the keys; None is the value of a damaged record.

    :raises DamagedError: the space itself is damaged, or the order of its records.
    """
    while True:
        try:
            for key, value in reader.range(space, low, high):
                yield key, value
                low = key + b"\0"
            return
        except DamagedError as error:
            if error.key < low:
                raise
            broken = error.key
        # An engine reads several records at a time, so some before the damaged one may be missing.
        yield from reader.range(space, low, broken)
        yield broken, None
        low = broken + b"\0"


def sound(reader: Reader, space: str, low: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
    """Yield the pairs of a space that are not damaged, in the order of the keys.

    :raises DamagedError: the space itself is damaged, or the order of its records.
    """
    for key, value in pairs(reader, space, low=low):
        if value is None:
            log.error("a record is damaged, and left out: %s (key %s)", space, key.hex())
        else:
            yield key, value


def hint(reader: Reader, prefix: str, space: str, key: bytes) -> str:
    """Return a sentence about a damaged record, for the caller whose tables have a prefix."""
    try:
        found = [decode_life(life) for _, life in pairs(reader, prefix + CATALOGUE) if life]
    except StorageError:
        found = []
    tables = [state for life in found for _, state in life.states if state is not None]
    return f"{place(tables, space, key)} is damaged: it is not what was written."


def place(tables: Iterable[TableDescription], space: str, key: bytes) -> str:
    """Return the words for a record: its table or index, and its key."""
    table_id, _, index_name = space.partition("/")
    tables = [*tables]
    table = next((one for one in tables if one.table_id == table_id), None)
    if table is None:
        if space == EXPIRY_QUEUE:
            return _expiry_entry(tables, key)
        words = OTHERS.get(space.rpartition("/")[2])
        if words is not None:
            return words.format(*key.decode("utf-8", "replace").split("\0", 1), "")
        return f"A record of the space {space!r} with the key {key.hex()}"
    index = table.index(index_name) if index_name else None
    if index_name and index is None:
        return f"A record of table {table.name!r} ({space.removeprefix(table_id)})"
    schema = table.key_schema if index is None else index.key_schema
    words = f"The item of table {table.name!r}"
    if index is not None:
        words = f"The entry of index {index.name!r} of table {table.name!r}"
    return f"{words} with the key {shown_key(schema, key)}"


def _expiry_entry(tables: Iterable[TableDescription], key: bytes) -> str:
    """Return the words for an entry of the expiry queue: a time, the table's id, the item's key."""
    table_id, _, stored = key[8:].partition(b"\0")
    for table in tables:
        if table.table_id.encode() == table_id:
            shown = shown_key(table.key_schema, stored)
            return (
                f"The entry of the expiry queue for the item of table {table.name!r} with the key "
                f"{shown}"
            )
    return f"An entry of the expiry queue with the key {key.hex()}"


def shown_key(schema: KeySchema, stored: bytes) -> str:
    r"""Return a stored key for people, as far as it can be understood: it may be damaged itself.

    >>> from ddbmock.database.key import KeyAttribute
    >>> schema = KeySchema((KeyAttribute("id", "S"),), (KeyAttribute("year", "N"),))
    >>> shown_key(schema, b"dig" + b"abc\0\0" + b"\xc1\x02\0\0")
    "id 'abc', year 1"
    """
    parts = stored[DIGEST_SIZE:].split(b"\0\0")
    shown = []
    for (name, kind), part in zip(schema.attributes, parts, strict=False):
        content = part.replace(b"\0\xff", b"\0")
        match kind:
            case "S":
                shown.append(f"{name} {content.decode('utf-8', 'backslashreplace')!r}")
            case "N":
                shown.append(f"{name} {of_ordered_bytes(content)}")
            case _:
                shown.append(f"{name} {content!r}")
    return ", ".join(shown)


class Content(NamedTuple):
    """The totals of the undamaged records of one space."""

    items: int = 0
    size: int = 0

    def plus(self, value: bytes) -> Content:
        """Return the content with one more item."""
        return Content(self.items + 1, self.size + Item.of_record(value).size)


def disagreements(
    tables: Iterable[TableDescription],
    content: Mapping[str, Content],
    counters: Mapping[str, tuple[int, int]],
) -> Iterator[str]:
    """Yield a sentence for each table or index whose counter is not what its records add up to."""
    for table in tables:
        for index in (None, *(index.name for index in table.indexes)):
            space = table.space(index)
            found, counted = content.get(space, Content()), counters.get(space, (0, 0))
            if tuple(found) != counted:
                what = (
                    f"index {index!r} of table {table.name!r}" if index else f"table {table.name!r}"
                )
                yield (
                    f"The {what} has {found.items} sound items of {found.size} bytes, and "
                    f"counts {counted[0]} of {counted[1]}."
                )
