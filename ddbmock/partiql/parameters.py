"""The Parameters of a request: checked one after the other, decoded when a statement uses them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final

from ddbmock.partiql.statements import Insert
from ddbmock.values.canonical import CanonicalAttributes, Walk
from ddbmock.values.dynamodb_json import restore
from ddbmock.values.item import Item
from ddbmock.values.model import AttributeValue, Json


class Parameters:
    """The values for the question marks of one statement."""

    __slots__ = ("__dict__", "_sizes", "binary", "raw")

    def __init__(self, raw: Sequence[Mapping[str, Json]]) -> None:
        """Check the values, their JSON types being right.

        :raises ValidationException: the first problem of a value's content.
        """
        walk = Walk()
        canonical, sizes = [], []
        before = 0
        for value in raw:
            canonical.append(walk.value(value))
            size = walk.size
            sizes.append(size - before)
            before = size
        self.raw: Final = tuple(canonical)
        """Canonical JSON of each value."""
        self._sizes: Final = sizes
        self.binary: Final = walk.binary

    @property
    def size(self) -> int:
        """Bytes of all values."""
        return sum(self._sizes)

    @cached_property
    def values(self) -> tuple[AttributeValue, ...]:
        """The values, decoded."""
        return tuple(map(restore, self.raw))

    def item(self, insert: Insert) -> Item:
        """Return the item of an INSERT with as many parameters. Nothing is decoded or encoded."""
        attributes = CanonicalAttributes()
        size = insert.literal_size
        raw, sizes = self.raw, self._sizes
        for name, index, value in insert.members:
            if index < 0:
                attributes[name] = value
            else:
                attributes[name] = raw[index]
                size += sizes[index]
        attributes.binary = self.binary
        attributes.size = size
        attributes.spelled = attributes
        return Item.of_json(attributes)


NO_PARAMETERS: Final = Parameters(())
