"""The Parameters of a request, which are checked in order and decoded when a statement uses them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ddbmock.partiql.statements import Insert
from ddbmock.values.canonical import CanonicalAttributes, canonical_values
from ddbmock.values.dynamodb_json import restore
from ddbmock.values.item import Item
from ddbmock.values.model import AttributeValue, Json


class Parameters:
    """The values for the question marks of one statement."""

    __slots__ = ("_values", "raw")

    def __init__(self, raw: Sequence[Mapping[str, Json]]) -> None:
        """Check the values, whose JSON types are checked already.

        :raises ValidationException: the first problem of a value's content.
        """
        self.raw: Final = canonical_values(raw)
        """Canonical JSON of each value."""
        self._values: tuple[AttributeValue, ...] | None = None

    @property
    def size(self) -> int:
        """The size of all values in bytes."""
        return sum(self.raw.sizes)

    @property
    def values(self) -> tuple[AttributeValue, ...]:
        """The values, decoded."""
        if self._values is None:
            self._values = tuple([restore(value) for value in self.raw])
        return self._values

    def item(self, insert: Insert) -> Item:
        """Return the item of an INSERT with this number of parameters, without decoding or encoding."""
        attributes = CanonicalAttributes()
        size = insert.literal_size
        raw, sizes = self.raw, self.raw.sizes
        for name, index, value in insert.members:
            if index < 0:
                attributes[name] = value
            else:
                attributes[name] = raw[index]
                size += sizes[index]
        attributes.binary = raw.binary
        attributes.size = size
        attributes.spelled = attributes
        return Item.of_json(attributes)


NO_PARAMETERS: Final = Parameters(())
