"""Capacity units by size. Source: Developer Guide, "Read/write capacity", for both versions.

The versions differ only in the size of a read unit: 4 KB today, 1 KB in 2011-12-05.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ddbmock.named_tuple import NamedTuple

READ_UNIT: Final = 4096
WRITE_UNIT: Final = 1024


def read_units(size: int, *, consistent: bool, unit: int = READ_UNIT) -> float:
    """Return the units of one read of `size` bytes: at least one; half of it unless `consistent`.

    >>> read_units(0, consistent=False), read_units(4097, consistent=True)
    (0.5, 2.0)
    """
    units = float(-(-size // unit) or 1)
    return units if consistent else units / 2


def write_units(old_size: int, new_size: int) -> float:
    """Return the units of replacing an item by one of another size; size 0 means no item.

    >>> write_units(0, 0), write_units(1025, 10)
    (1.0, 2.0)
    """
    return float(-(-max(old_size, new_size) // WRITE_UNIT) or 1)


class IndexUnits(NamedTuple):
    """Units consumed on an index."""

    name: str
    local: bool
    units: float


class VectorBytes(NamedTuple):
    """Bytes written to a vector index, which are billed apart from capacity units."""

    name: str
    written: int


class Consumed(NamedTuple):
    """Read or write units consumed on a table and on its indexes."""

    table: float
    indexes: tuple[IndexUnits, ...] = ()
    vectors: tuple[VectorBytes, ...] = ()

    @property
    def total(self) -> float:
        return self.table + sum([index.units for index in self.indexes])

    def in_transaction(self) -> Consumed:
        """Return the units inside a transaction: twice for the table, once for indexes.

        Source: recorded answers of the service.
        """
        return self._replace(table=2 * self.table)


def together(parts: Iterable[Consumed]) -> Consumed:
    """Return the sum of the units of several reads or writes of one table.

    >>> together([Consumed(1.0, (IndexUnits("i", True, 1.0),))] * 2)
    Consumed(table=2.0, indexes=(IndexUnits(name='i', local=True, units=2.0),), vectors=())
    """
    table = 0.0
    indexes: dict[str, IndexUnits] = {}
    vectors: dict[str, int] = {}
    for part in parts:
        table += part.table
        for index in part.indexes:
            before = indexes.get(index.name)
            indexes[index.name] = (
                index if before is None else index._replace(units=before.units + index.units)
            )
        for vector in part.vectors:
            vectors[vector.name] = vectors.get(vector.name, 0) + vector.written
    return Consumed(
        table, tuple(indexes.values()), tuple([VectorBytes(*one) for one in vectors.items()])
    )
