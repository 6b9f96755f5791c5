"""Read targets: the table or index that a query or scan reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ddbmock.database.data_plane.index_entries import entry_key
from ddbmock.database.key import KeySchema
from ddbmock.database.schema import CREATING, DELETING, IndexDescription, TableDescription
from ddbmock.errors import ValidationException
from ddbmock.expressions.paths import Attributed
from ddbmock.named_tuple import NamedTuple
from ddbmock.suggestions import nearest
from ddbmock.values.item import Item
from ddbmock.values.model import Attributes, AttributeValue


class Source(NamedTuple):
    """A table, or one of its indexes, to read from."""

    table: TableDescription
    through: IndexDescription | None = None

    @property
    def schema(self) -> KeySchema:
        """Return the keys by which the source is ordered."""
        return self.table.key_schema if self.through is None else self.through.key_schema

    @property
    def space(self) -> str:
        return self.table.space(None if self.through is None else self.through.name)

    @property
    def key_names(self) -> tuple[str, ...]:
        """Return the attributes of a LastEvaluatedKey: the source's keys and the table's."""
        if self.through is None:
            return self.schema.names
        return tuple(dict.fromkeys((*self.schema.names, *self.table.key_schema.names)))

    @property
    def projected(self) -> frozenset[str] | None:
        """Return the attributes that the source holds; None: it holds all."""
        index = self.through
        if index is None or index.projection.type == "ALL":
            return None
        return frozenset((*self.key_names, *index.projection.non_key_attributes))

    def key_of(self, item: Attributed) -> dict[str, AttributeValue]:
        """Return the keys that locate an item in the source: its LastEvaluatedKey."""
        return {name: value for name in self.key_names if (value := item.get(name)) is not None}

    def stored(self, key: Attributes) -> bytes:
        """Return the stored key of an ExclusiveStartKey that was checked."""
        if self.through is None:
            return self.schema.stored(key)
        return entry_key(self.schema, self.table.key_schema, Item(key))


QUERIED: Final = "Query operation not supported on this index type."
SCANNED: Final = "Scan operation not supported on this index type"
"""Messages, of which the service ends one with a stop."""


def check_not_vectors(table: TableDescription, index_name: str | None, message: str) -> None:
    """Check that a query or scan does not name a vector index.

    :raises ValidationException: it does.
    """
    if index_name is not None and table.vector_index(index_name) is not None:
        raise ValidationException(
            message, hint=f"{index_name!r} is a vector index: search it with SearchVectors."
        )


def check_readable(index: IndexDescription) -> None:
    """Check that an index is not being created.

    :raises ValidationException: it is.
    """
    if index.status == CREATING:
        raise ValidationException(
            f"Cannot read from backfilling global secondary index: {index.name}",
            hint=f"Index {index.name!r} is CREATING; wait until DescribeTable reports it as ACTIVE.",
        )


def find(table: TableDescription, index_name: str | None, *, consistent: bool) -> Source:
    """Return the table or index that a request names.

    :raises ValidationException: there is no such index, or it cannot be read now or in this way.
    """
    if index_name is None:
        return Source(table)
    index = table.index(index_name)
    if index is None or index.status == DELETING:
        names = ", ".join(index.name for index in table.indexes) or "none"
        near = nearest(index_name, [index.name for index in table.indexes])
        raise ValidationException(
            f"The table does not have the specified index: {index_name}",
            hint=f"Indexes of table {table.name!r}: {names}."
            + (f" Did you mean {near!r}?" if near else ""),
        )
    check_readable(index)
    if consistent and not index.local:
        raise ValidationException(
            "Consistent reads are not supported on global secondary indexes",
            hint=f"Leave ConsistentRead out to read index {index_name!r}.",
        )
    return Source(table, index)


def listed(attributes: Mapping[str, AttributeValue]) -> str:
    """Return attributes as hints show them."""
    return ", ".join(f"{name} ({value.tag})" for name, value in attributes.items()) or "nothing"
