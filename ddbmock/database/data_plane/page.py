"""Pages: as many items as Limit and 1 MB allow, filtered, and where to go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from ddbmock.database.capacity import READ_UNIT, Consumed, IndexUnits, read_units
from ddbmock.database.schema import IndexDescription
from ddbmock.values.item import Item, Items, record_size
from ddbmock.values.model import Attributes

MAX_SIZE: Final = 1_048_576
"""Bytes after which a page ends; the item that reaches it still belongs to the page."""


class Page(NamedTuple):
    """What one Query or Scan reads."""

    items: Sequence[Item]
    """Those that the filter let through, projected."""
    scanned: int
    """How many were read."""
    size: int
    """Bytes that were read."""
    last_key: Attributes | None
    """Where to go on, when the page ended before what was asked for did."""
    through: IndexDescription | None = None
    """The index that was read, if it was not the table."""
    fetched: tuple[int, ...] = ()
    """Sizes of the items that had to be fetched from the table for an index."""
    partitions: int = 1
    """How many of the service's internal partitions were looked through."""

    def consumed(self, *, consistent: bool, unit: int = READ_UNIT) -> Consumed:
        """Read units: bytes of the page are rounded up once, those of fetched items each.

        Each partition costs a unit at least.
        """
        size = max(self.size, self.partitions * unit)
        units = read_units(size, consistent=consistent, unit=unit)
        if self.through is None:
            return Consumed(units)
        fetched = [read_units(size, consistent=consistent, unit=unit) for size in self.fetched]
        return Consumed(
            sum(fetched, 0.0), (IndexUnits(self.through.name, self.through.local, units),)
        )


class Read(NamedTuple):
    """What was read of a storage space."""

    items: Sequence[Item]
    scanned: int
    size: int
    last: Item | None
    fetched: tuple[int, ...]


def read_page(
    records: Iterable[tuple[bytes, bytes]],
    *,
    limit: int | None,
    condition: Callable[[Item], bool] | None = None,
    fetch: Callable[[Item], Item] | None = None,
    project: Callable[[Item], Item] | None = None,
    max_size: int | None = MAX_SIZE,
) -> Read:
    """The page that begins with the first of the stored records.

    A page that `limit` ends has a last item even if nothing follows, as the service's has.
    `fetch` gives the table's item for an index entry, of which the condition sees only the entry;
    `project` what is answered of an item.
    """
    if condition is None and fetch is None and project is None:
        return _read_whole(records, limit, max_size)
    # Of items that are answered whole nothing is kept but what is stored: thousands of dicts, which
    # the condition has decoded, cost the garbage collector more than the answer costs us.
    whole: list[bytes] = []
    projected: list[Item] = []
    items: Sequence[Item] = Items(whole) if project is None else projected
    fetched: list[int] = []
    scanned = size = 0
    for _, record in records:
        item = read = Item.of_record(record)
        size += item.size
        scanned += 1
        if fetch is not None:
            item = fetch(read)
            fetched.append(item.size)
        if condition is None or condition(read):
            if project is None:
                whole.append(item.record)
            else:
                projected.append(project(item))
        if scanned == limit or (max_size is not None and size >= max_size):
            return Read(items, scanned, size, item, tuple(fetched))
    return Read(items, scanned, size, None, tuple(fetched))


def _read_whole(
    records: Iterable[tuple[bytes, bytes]], limit: int | None, max_size: int | None
) -> Read:
    """The page of all items as they are stored: nobody needs to look into one."""
    taken: list[bytes] = []
    size = 0
    for _, record in records:
        taken.append(record)
        size += record_size(record)
        if len(taken) == limit or (max_size is not None and size >= max_size):
            return Read(Items(taken), len(taken), size, Item.of_record(record), ())
    return Read(Items(taken), len(taken), size, None, ())
