"""Rules for the attributes of items in vector indexes.

Source: answers recorded in us-east-1 and us-west-2 in autumn 2026; other regions and months word
some messages differently.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from ddbmock.database.data_plane.vectors import in_range
from ddbmock.database.key import MAX_HASH_KEY
from ddbmock.database.schema import (
    SearchSchemaElement,
    TableDescription,
    VectorIndexDescription,
)
from ddbmock.database.stored_key import length
from ddbmock.errors import ValidationException
from ddbmock.values.item import Item
from ddbmock.values.model import AttributeValue, L, N

MAX_FILTER: Final = 10_240
"""Bytes of an INLINE_FILTER attribute."""

_WRONG: Final = "One or more parameter values were invalid"
_NOT_VALID: Final = "One or more parameter values are not valid. "
_EMPTY: Final = "The AttributeValue for a key attribute cannot contain an empty {} value."


def holds(index: VectorIndexDescription, item: Item) -> bool:
    """Return whether an item is in an index: it has a vector and a HASH value, and all attributes
    are valid.

    Items with invalid attributes are omitted when the index is back-filled.
    """
    hash_key = index.hash_key
    if item.get(index.vector_attribute) is None:
        return False
    if hash_key is not None and item.get(hash_key.name) is None:
        return False
    return _fault(index, item, updated=False) is None


def check_vectors(table: TableDescription, item: Item) -> None:
    """Check an item to be put against all vector indexes of its table.

    :raises ValidationException: a vector, or an attribute of a search schema, is invalid.
    """
    for index in table.kept_vector_indexes:
        fault = _fault(index, item, updated=False)
        if fault is not None:
            raise fault


def check_updated_vectors(table: TableDescription, old: Item | None, new: Item) -> None:
    """Check the attributes that an update has changed against all vector indexes of its table.

    An item that became invalid before an index existed can be updated elsewhere.

    :raises ValidationException: a vector, or an attribute of a search schema, is invalid.
    """
    for index in table.kept_vector_indexes:
        names = (index.vector_attribute, *(one.name for one in index.search_schema))
        changed = [name for name in names if old is None or old.get(name) != new.get(name)]
        fault = _fault(index, new.only(changed), updated=True)
        if fault is not None:
            raise fault


def _fault(
    index: VectorIndexDescription, item: Item, *, updated: bool
) -> ValidationException | None:
    """Return the first fault of the attributes that an item has."""
    value = item.get(index.vector_attribute)
    if value is not None:
        fault = _vector_fault(index, value)
        if fault is not None:
            return fault
    for element in index.search_schema:
        value = item.get(element.name)
        if value is not None:
            fault = _element_fault(index, element, value, updated=updated)
            if fault is not None:
                return fault
    return None


def _vector_fault(
    index: VectorIndexDescription, value: AttributeValue
) -> ValidationException | None:
    name, dimensions = index.vector_attribute, index.dimensions
    hint = f"Index {index.name!r} holds vectors: lists of {dimensions} numbers."
    if type(value) is not L:
        return _invalid(
            index, f"Invalid type for parameter {name}, Expected: L, Actual: {value.tag}", hint
        )
    for place, element in enumerate(value.value):
        if type(element) is not N:
            return _invalid(
                index,
                f"Invalid type for parameter {name}[{place}], Expected: 32-bit floating point "
                f"number, Actual: {element.tag}",
                hint,
            )
        if not in_range(element.value):
            return _invalid(
                index,
                f"Invalid value for parameter {name}[{place}], Value: "
                f"{Decimal(element.value).normalize():E} is outside valid range "
                "[-3.4028235E38, 3.4028235E38]",
                hint,
            )
    if len(value.value) != dimensions:
        return _invalid(
            index,
            f"Invalid size for parameter {name}, Expected: {dimensions}, Actual: {len(value.value)}",
            hint,
        )
    return None


def _element_fault(
    index: VectorIndexDescription,
    element: SearchSchemaElement,
    value: AttributeValue,
    *,
    updated: bool,
) -> ValidationException | None:
    name, kind, role = element
    if value.tag != kind:
        return _invalid(
            index,
            f"Attribute '{name}' type mismatch. Expected: {kind}, Actual: {value.tag}",
            f"{name!r} is defined as {kind}, because the search schema of index {index.name!r} "
            "has it.",
        )
    if role == "HASH":
        if value.value in ("", b""):
            return _empty_hash(index, element, updated=updated)
        if length(value) > MAX_HASH_KEY:
            return _too_large(
                f"Aggregate size for HASH key attributes exceeds the maximum of {MAX_HASH_KEY} "
                "bytes",
                index,
                name,
                length(value),
            )
    elif length(value) > MAX_FILTER:
        return _too_large(
            f"Size limit exceeded for SearchSchema attribute '{name}': maximum {MAX_FILTER} bytes",
            index,
            name,
            length(value),
        )
    return None


def _empty_hash(
    index: VectorIndexDescription, element: SearchSchemaElement, *, updated: bool
) -> ValidationException:
    empty = _EMPTY.format("string" if element.type == "S" else "binary")
    hint = f"{element.name!r} is the HASH attribute of vector index {index.name!r}."
    if updated:
        return ValidationException(
            f"{_NOT_VALID}The update expression attempted to update a secondary index key to a "
            f"value that is not supported. {empty}",
            hint=hint,
        )
    return ValidationException(
        f"{_NOT_VALID}A value specified for a secondary index key is not supported. {empty} "
        f"IndexName: {index.name}, IndexKey: {element.name}",
        hint=hint,
    )


def _too_large(
    text: str, index: VectorIndexDescription, name: str, size: int
) -> ValidationException:
    return ValidationException(
        f"{_WRONG}: {text}", hint=f"{name!r} of index {index.name!r} has {size} bytes."
    )


def _invalid(index: VectorIndexDescription, text: str, hint: str) -> ValidationException:
    # Unlike the messages about secondary indexes, this one has a full stop after "invalid".
    return ValidationException(f"{_WRONG}. {text}. IndexName: {index.name}", hint=hint)
