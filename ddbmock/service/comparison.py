"""The difference between two storages of one database: tables and items, added, removed and changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeAlias

from ddbmock.database.life import decode_life
from ddbmock.database.schema import CATALOGUE, TableDescription
from ddbmock.frozen import members
from ddbmock.named_tuple import NamedTuple
from ddbmock.storage import Reader
from ddbmock.values.item import Item

SHOWN: Final = 100
"""The number of changed items of a table that are listed; all of them are counted."""

Pair: TypeAlias = "tuple[bytes, bytes]"


class ItemChange(NamedTuple):
    """An item that differs; `before` or `after` is None if only one of the storages has it."""

    before: Item | None
    after: Item | None


class TableChange(NamedTuple):
    """A table that differs."""

    name: str
    change: str
    """``created``, ``deleted`` or ``changed``."""
    settings: bool
    """Whether the table's description differs; its items may differ as well."""
    keys: tuple[str, ...]
    added: int
    removed: int
    changed: int
    items: tuple[ItemChange, ...]
    """The first of the items that differ, at most :data:`SHOWN`, in the order of a scan."""


def difference(before: Reader, after: Reader, prefix: str, now: float) -> Iterator[TableChange]:
    """Yield the tables of one catalogue that differ, by name; reads all items of these."""
    old, new = _tables(before, prefix, now), _tables(after, prefix, now)
    for name in sorted({*old, *new}):
        was, now_is = old.get(name), new.get(name)
        if was is not None and now_is is not None and was.table_id == now_is.table_id:
            settings = _settings(was) != _settings(now_is)
            change = _compared(now_is, "changed", settings, before, after)
            if settings or change.items:
                yield change
            continue
        if was is not None:
            yield _compared(was, "deleted", False, before, None)
        if now_is is not None:
            yield _compared(now_is, "created", False, None, after)


def _tables(reader: Reader, prefix: str, now: float) -> dict[str, TableDescription]:
    lives = [decode_life(stored).at(now) for _, stored in reader.range(prefix + CATALOGUE)]
    return {table.name: table for table in lives if table is not None}


def _settings(table: TableDescription) -> dict[str, Any]:
    """Return the members of a description that people set."""
    own = members(table)
    own.pop("journal", None)
    return own


def _compared(
    table: TableDescription,
    change: str,
    settings: bool,
    before: Reader | None,
    after: Reader | None,
) -> TableChange:
    space = table.space()
    counts = {"added": 0, "removed": 0, "changed": 0}
    items: list[ItemChange] = []
    old = () if before is None else before.range(space)
    new = () if after is None else after.range(space)
    for was, now_is in _merged(old, new):
        counts["added" if was is None else "removed" if now_is is None else "changed"] += 1
        if len(items) < SHOWN:
            items.append(ItemChange(_item(was), _item(now_is)))
    return TableChange(
        table.name, change, settings, table.key_schema.names, **counts, items=tuple(items)
    )


def _item(record: bytes | None) -> Item | None:
    return None if record is None else Item.of_record(record)


def _merged(
    old: Iterable[Pair], new: Iterable[Pair]
) -> Iterator[tuple[bytes | None, bytes | None]]:
    """Yield the values of the keys whose values differ, in the order of the keys."""
    olds, news = iter(old), iter(new)
    left, right = next(olds, None), next(news, None)
    while left is not None or right is not None:
        if right is None or (left is not None and left[0] < right[0]):
            assert left is not None
            yield left[1], None
            left = next(olds, None)
        elif left is None or right[0] < left[0]:
            yield None, right[1]
            right = next(news, None)
        else:
            if left[1] is not right[1] and left[1] != right[1]:
                yield left[1], right[1]
            left, right = next(olds, None), next(news, None)
