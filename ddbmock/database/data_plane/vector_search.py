"""Vector searches: the nearest entries of a vector index, exact and in a fixed order.

All entries with the HASH value that pass the filter are ranked. With NumPy, which is imported for
searches of many entries only, the vectors of unfiltered searches stay in memory until the index
changes.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from ddbmock import forking
from ddbmock.database.data_plane import vector_entries, vectors
from ddbmock.database.data_plane.vector_entries import BYTES, Stored
from ddbmock.database.data_plane.vectors import (
    SEPTEMBER_2026,
    Arithmetic,
    Vector,
    binary32,
    in_range,
)
from ddbmock.database.schema import CREATING, DELETING, TableDescription, VectorIndexDescription
from ddbmock.database.stored_key import KeyRange
from ddbmock.errors import ValidationException
from ddbmock.expressions.condition import Condition
from ddbmock.expressions.projection import Projection
from ddbmock.expressions.search_condition import SearchAttributes
from ddbmock.frozen import dataclass
from ddbmock.named_tuple import NamedTuple
from ddbmock.storage import Reader
from ddbmock.values.item import Item
from ddbmock.values.model import AttributeValue, L, N

if TYPE_CHECKING:
    from ddbmock.database.data_plane.vector_matrix import Matrix

MAX_TOP_K: Final = 100
FEW: Final = 64
"""The number of entries up to which a search does not use NumPy, so that small tests need not
import it."""
MAX_CACHED: Final = 2**28
"""The size of the vectors that are kept in memory, in bytes."""
MAX_OUTPUT: Final = 16 * 2**20
"""The size limit of the items that a search returns, in bytes."""


class Neighbour(NamedTuple):
    """An entry that a search found, and its score."""

    entry: Stored
    score: float


class _Cached(NamedTuple):
    version: tuple[int, int]
    keys: Sequence[bytes]
    matrix: Matrix

    @property
    def size(self) -> int:
        return self.matrix.size


class MatrixCache:
    """Matrices of whole partitions of vector indexes; the least recently used are dropped first.

    Usable from any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: OrderedDict[tuple[str, bytes], _Cached] = OrderedDict()

    @property
    def size(self) -> int:
        """Bytes of the vectors in all matrices."""
        return sum([one.size for one in self._found.values()])

    def get(self, space: str, low: bytes, version: tuple[int, int]) -> _Cached | None:
        """Return the matrix of the partition that begins at `low`, if it is of this version."""
        with self._lock:
            found = self._found.get((space, low))
            if found is None or found.version != version:
                return None
            self._found.move_to_end((space, low))
            return found

    def put(self, space: str, low: bytes, found: _Cached) -> None:
        """Keep a matrix, unless it is too large."""
        with self._lock:
            self._found.pop((space, low), None)
            if found.size > MAX_CACHED:
                return
            self._found[space, low] = found
            while self.size > MAX_CACHED:
                self._found.popitem(last=False)

    def clear(self) -> None:
        """Drop all matrices, because the content of the storage was replaced."""
        with self._lock:
            self._found.clear()


def find_index(table: TableDescription, name: str, now: float) -> VectorIndexDescription:
    """Return the vector index that a search names.

    :raises ValidationException: there is none, or it cannot be searched yet.
    """
    index = table.vector_index(name)
    if index is not None and index.status == CREATING and index.backfilling:
        raise ValidationException(
            f"Cannot search backfilling vector index: {name}",
            hint="The index can be searched when its IndexStatus is ACTIVE and a first search "
            "succeeds.",
        )
    if index is None or index.status in (CREATING, DELETING) or index.searchable_at > now:
        names = ", ".join(one.name for one in table.vector_indexes) or "none"
        status = "" if index is None else f" {name!r} is {index.status}."
        raise ValidationException(
            f"The table does not have the specified index: {name}",
            hint=f"Vector indexes of table {table.name!r}: {names}.{status}",
        )
    return index


def search_attributes(index: VectorIndexDescription) -> SearchAttributes:
    """Return the attributes by which an index can be searched."""
    hash_key = index.hash_key
    return SearchAttributes(
        None if hash_key is None else (hash_key.name, hash_key.type),
        {one.name: one.type for one in index.filters},
    )


def query_vector(
    index: VectorIndexDescription, elements: Sequence[AttributeValue | None]
) -> Vector:
    """Return the vector to search for; None means an element that is not an attribute value.

    :raises ValidationException: an element is not a binary32 number, or there are too many or few.
    """
    numbers = []
    for place, element in enumerate(elements):
        if type(element) is not N or not in_range(element.value):
            raise ValidationException(
                "Search vector contains invalid values. All values in the search vector must be "
                "a 32-bit floating-point number attribute",
                hint=f"Element {place} is not: write SearchVector as a list of "
                '{"N": "..."}, without an L around it.',
            )
        numbers.append(binary32(element.value))
    if len(numbers) != index.dimensions:
        raise ValidationException(
            f"Input search vector dimension {len(numbers)} does not match vector index dimension "
            f"{index.dimensions}",
            hint=f"Index {index.name!r} needs a SearchVector of {index.dimensions} numbers.",
        )
    return tuple(numbers)


@dataclass(frozen=True)
class Search:
    """A search for the `count` entries of an index that are nearest to a vector."""

    index: VectorIndexDescription
    query: Vector
    count: int
    arithmetic: Arithmetic = SEPTEMBER_2026

    def among(self, found: Sequence[Stored], matrix: Matrix | None) -> list[Neighbour]:
        """Return the nearest of some entries, best first; `matrix` has their vectors, if given."""
        function = self.index.distance_function
        if matrix is not None:
            scored = matrix.nearest(function, self.query, self.count, self.arithmetic)
        else:
            packed = [entry.vector for entry in found]
            scored = vectors.nearest(function, self.query, packed, self.count, self.arithmetic)
        return [Neighbour(found[row], score) for score, row in scored]

    def within(self, cached: _Cached, reader: Reader, space: str) -> list[Neighbour]:
        """Return the nearest entries of a partition whose vectors are in memory, best first."""
        scored = cached.matrix.nearest(
            self.index.distance_function, self.query, self.count, self.arithmetic
        )
        neighbours = []
        for score, row in scored:
            record = reader.get(space, cached.keys[row])
            assert record is not None, "the index has changed without a new version"
            neighbours.append(Neighbour(vector_entries.stored_entry(self.index, record), score))
        return neighbours


def search(
    reader: Reader,
    cache: MatrixCache,
    table: TableDescription,
    criteria: Search,
    *,
    hash_value: AttributeValue | None,
    condition: Condition | None,
) -> list[Neighbour]:
    """Return the nearest entries that pass a condition, best first; ties by table key."""
    index = criteria.index
    space = table.space(index.name)
    key_range = vector_entries.entries_range(index, hash_value)
    if condition is not None:
        entries = vector_entries.read(reader, space, index, key_range)
        passing = [entry for _, entry in entries if condition.holds(entry.item)]
        return criteria.among(passing, _matrix(passing, index))
    low, _ = key_range
    version = vector_entries.version(reader, space)
    cached = cache.get(space, low, version)
    if cached is None:
        keys, found = _read(reader, space, index, key_range)
        matrix = _matrix(found, index)
        if matrix is None:
            return criteria.among(found, None)
        cached = _Cached(version, keys, matrix)
        cache.put(space, low, cached)
    return criteria.within(cached, reader, space)


def _read(
    reader: Reader, space: str, index: VectorIndexDescription, key_range: KeyRange
) -> tuple[list[bytes], list[Stored]]:
    keys, found = [], []
    for key, entry in vector_entries.read(reader, space, index, key_range):
        keys.append(key)
        found.append(entry)
    return keys, found


def _matrix(found: Sequence[Stored], index: VectorIndexDescription) -> Matrix | None:
    """Return the vectors as a matrix; None if they are few, or without NumPy."""
    if len(found) <= FEW:
        return None
    try:
        with forking.imports:
            from ddbmock.database.data_plane.vector_matrix import Matrix
    except ImportError:
        return None
    return Matrix([entry.vector for entry in found], index.dimensions)


def shown(
    neighbour: Neighbour,
    index: VectorIndexDescription,
    projection: Projection | None,
    arithmetic: Arithmetic = SEPTEMBER_2026,
) -> Item:
    """Return the attributes of an entry that a search returns: by default, all except the vector.

    A projection that names the vector returns the index's own copy of it.
    """
    item = neighbour.entry.item
    if projection is None:
        return item
    name = index.vector_attribute
    if any(path[0] == name for path in projection.paths):
        elements = vectors.unpacked(neighbour.entry.vector)
        item = item.changed(
            {name: L(tuple([N(arithmetic.printed(element)) for element in elements]))}
        )
    return projection(item)


def searched_bytes(index: VectorIndexDescription, neighbours: Sequence[Neighbour]) -> int:
    """Return the bytes billed for a search.

    DynamoDB's numbers differ from call to call. The recorded ones are about 17.6 bytes per
    dimension plus the stored bytes of the returned items.
    """
    returned = sum([one.entry.size + BYTES * index.dimensions for one in neighbours])
    return max(vector_entries.LEAST_WRITTEN, round(17.6 * index.dimensions) + returned)
