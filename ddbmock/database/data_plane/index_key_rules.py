"""Index keys: the rules for an item's attributes that are keys of an index.

Source: recorded answers of the service; API reference, UpdateItem, for keys made by an update.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ddbmock.database.key import INVALID
from ddbmock.database.schema import IndexDescription
from ddbmock.database.stored_key import length
from ddbmock.errors import ValidationException
from ddbmock.values.item import Item
from ddbmock.values.model import AttributeValue

UPDATED: Final = "The update expression attempted to update the secondary index key"


def check_index_key(index: IndexDescription, item: Item, *, updated: bool) -> None:
    """Reject values that an index key cannot have; they may be missing: indexes are sparse.

    `updated` means that an update has made the item.

    :raises ValidationException: the first of another type, empty or too long.
    """
    for name, kind in index.key_schema.attributes:
        value = item.get(name)
        if value is None:
            continue
        if value.tag != kind:
            raise _mismatch(index, name, kind, value, updated=updated)
        if value.value in ("", b""):
            raise ValidationException(
                _empty(index, name, kind, updated=updated),
                hint=_expected(index, name, kind),
            )
        if length(value) > index.key_schema.longest(name):
            raise _too_long(index, name, value, updated=updated)


def check_constants(index: IndexDescription, constants: Mapping[str, AttributeValue]) -> None:
    """Reject invalid index keys among an update's own values, before it is applied to an item.

    :raises ValidationException: the first of another type, or too long.
    """
    for name, kind in index.key_schema.attributes:
        value = constants.get(name)
        if value is None:
            continue
        if value.tag != kind:
            raise _mismatch(index, name, kind, value, updated=False)
        if length(value) > index.key_schema.longest(name):
            raise _too_long(index, name, value, updated=False)


def _mismatch(
    index: IndexDescription, name: str, kind: str, value: AttributeValue, *, updated: bool
) -> ValidationException:
    if updated:
        message = f"{UPDATED} to unsupported type"
    else:
        message = (
            f"{INVALID}Type mismatch for Index Key {name} Expected: {kind} "
            f"Actual: {value.tag} IndexName: {index.name}"
        )
    return ValidationException(message, hint=_expected(index, name, kind, f" It is {value.tag}."))


def _too_long(
    index: IndexDescription, name: str, value: AttributeValue, *, updated: bool
) -> ValidationException:
    size, most = length(value), index.key_schema.longest(name)
    if updated:
        message = f"{UPDATED} beyond allowed size limits"
    else:
        message = (
            f"{INVALID}Size limit exceeded for Index Key {name} Actual Size: {size} bytes "
            f"Max Size: {most} bytes IndexName: {index.name}"
        )
    hint = f"{name!r} is a key of index {index.name!r} and has {size} bytes; at most {most} are allowed."
    return ValidationException(message, hint=hint)


_KINDS: Final = {
    "S": "a string (S) that is not empty",
    "N": "a number (N)",
    "B": "a binary (B) that is not empty",
}


def _expected(index: IndexDescription, name: str, kind: str, given: str = "") -> str:
    return (
        f"{name!r} is a key of index {index.name!r} and must be {_KINDS[kind]}.{given} "
        f"Without {name!r} the item is stored but is not in the index."
    )


def _empty(index: IndexDescription, name: str, kind: str, *, updated: bool) -> str:
    begin = "One or more parameter values are not valid. "
    word = "string" if kind == "S" else "binary"
    empty = f"The AttributeValue for a key attribute cannot contain an empty {word} value."
    if updated:
        return (
            f"{begin}The update expression attempted to update a secondary index key to a value "
            f"that is not supported. {empty}"
        )
    return (
        f"{begin}A value specified for a secondary index key is not supported. {empty} "
        f"IndexName: {index.name}, IndexKey: {name}"
    )
