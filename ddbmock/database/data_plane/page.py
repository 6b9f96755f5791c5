"""Pages: the items that one Query or Scan returns, bounded by Limit and 1 MB."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import inf
from sys import maxsize
from typing import TYPE_CHECKING, Final

from ddbmock.database.capacity import READ_UNIT, Consumed, IndexUnits, read_units
from ddbmock.database.data_plane.filtering import passing
from ddbmock.database.data_plane.page_cost import LEAST, certainly_fitting, page_cost
from ddbmock.database.schema import IndexDescription
from ddbmock.named_tuple import NamedTuple
from ddbmock.values.item import Item, Items, record_json, record_size
from ddbmock.values.model import Attributes

if TYPE_CHECKING:
    from ddbmock.expressions.condition import Condition, Holds

MAX_SIZE: Final = 1_048_576
"""Cost at which a page ends; the item that reaches it still belongs to the page."""


class Page(NamedTuple):
    """The result of one Query or Scan."""

    items: Sequence[Item]
    """The items that passed the filter, projected."""
    scanned: int
    """Number of items that were read."""
    size: int
    """Bytes of the items that were read."""
    last_key: Attributes | None
    """The key to continue from, if the page ended before its range did."""
    through: IndexDescription | None = None
    """The index that was read; None: the table itself."""
    fetched: tuple[int, ...] = ()
    """Sizes of the items that a local index fetched from the table."""
    partitions: int = 1
    """Number of the service's internal partitions that were read."""

    def consumed(self, *, consistent: bool, unit: int = READ_UNIT) -> Consumed:
        """Return the read units: the page's bytes are rounded up once, those of fetched items each.

        Each partition costs at least one unit.
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
    """Items read from a storage space."""

    items: Sequence[Item]
    scanned: int
    size: int
    last: Item | None
    fetched: tuple[int, ...] = ()


def read_page(
    records: Iterable[tuple[bytes, bytes]],
    *,
    limit: int | None,
    condition: Condition | None = None,
    fetch: Callable[[Item], Item] | None = None,
    project: Callable[[Item], Item] | None = None,
    max_size: int | None = MAX_SIZE,
    range_key: str | None = None,
) -> Read:
    """Read a page that begins with the first of the stored records.

    A page that `limit` ends has a last item even if nothing follows, as on the service. `fetch`
    returns the table's item for an index entry (the condition sees the entry only), `project`
    the part of an item that is returned. `range_key` is the table's, for the cost of its items.
    """
    meter = _Meter(max_size, range_key)
    if fetch is not None:
        holds = None if condition is None else condition.holds
        return _read_fetching(records, limit, meter, holds, fetch, project)
    read = _read_whole(records, limit, meter)
    if condition is None and project is None:
        return read
    # Items that are returned whole are kept in their stored form only: thousands of dicts, which
    # the condition has decoded, cost the garbage collector more than the whole answer.
    items = read.items
    if condition is not None:
        assert isinstance(items, Items)
        items = Items(passing(items.records, condition))
    if project is not None:
        items = [*map(project, items)]
    return read._replace(items=items)


def _read_fetching(
    records: Iterable[tuple[bytes, bytes]],
    limit: int | None,
    meter: _Meter,
    condition: Holds | None,
    fetch: Callable[[Item], Item],
    project: Callable[[Item], Item] | None,
) -> Read:
    """Read a page of entries of a local index whose items are fetched from the table."""
    items: list[Item] = []
    fetched: list[int] = []
    read: list[bytes] = []
    last: Item | None = None
    room = meter.room
    for _, record in records:
        entry = Item.of_record(record)
        item = fetch(entry)
        fetched.append(item.size)
        if condition is None or condition(entry):
            items.append(item if project is None else project(item))
        read.append(record)
        room -= len(record) + LEAST
        if room <= 0:
            room = meter.measure(read)
        if room <= 0 or len(read) == limit:
            last = item
            break
    return Read(items, len(read), _size(read), last, tuple(fetched))


class _Meter:
    """The cost of a page, measured when a bound of it comes near the limit, and not before."""

    __slots__ = ("_left", "_measured", "_range_key", "room")

    def __init__(self, max_cost: int | None, range_key: str | None) -> None:
        self._left: float = inf if max_cost is None else max_cost
        self._range_key = range_key
        self._measured = 0
        self.room: float = certainly_fitting(self._left)
        """Bytes of records, each with :data:`.LEAST`, after which :meth:`measure` must be asked."""

    def measure(self, records: Sequence[bytes]) -> float:
        """Return the room that is left after all records of the page so far; 0 ends the page."""
        for record in records[self._measured :]:
            self._left -= page_cost(record_json(record), self._range_key)
        self._measured = len(records)
        return certainly_fitting(max(self._left, 0))


def _read_whole(records: Iterable[tuple[bytes, bytes]], limit: int | None, meter: _Meter) -> Read:
    """Read a page of whole items in their stored form, without decoding them."""
    taken: list[bytes] = []
    room = meter.room
    few = limit or maxsize
    for _, record in records:
        taken.append(record)
        room -= len(record) + LEAST
        if room > 0 and len(taken) < few:
            continue
        if room <= 0:
            room = meter.measure(taken)
        if room <= 0 or len(taken) == few:
            return Read(Items(taken), len(taken), _size(taken), Item.of_record(record))
    return Read(Items(taken), len(taken), _size(taken), None)


def _size(records: Iterable[bytes]) -> int:
    return sum(map(record_size, records))
