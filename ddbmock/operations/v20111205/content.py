"""Values and keys of this version: JSON to values, refusing what it does not let them be.

Types, numbers and duplicates are those of every version (:mod:`ddbmock.values.dynamodb_json`); this
one also refuses everything that is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from ddbmock.database.data_plane.item_size import check_item_size
from ddbmock.database.key import MISMATCH, KeySchema
from ddbmock.errors import ValidationException
from ddbmock.named_tuple import NamedTuple
from ddbmock.operations.v20111205.members import Key
from ddbmock.values.canonical import CanonicalAttributes
from ddbmock.values.dynamodb_json import decode, encode
from ddbmock.values.item import Item
from ddbmock.values.model import Attributes, AttributeValue, Json, N, S
from ddbmock.values.number import canonical
from ddbmock.values.size import text_size

MAX_ITEM_SIZE: Final = 65_536
"""Bytes of an item, names and values."""
MAX_ATTRIBUTE_NAME: Final = 65_535
"""Bytes of an attribute's name."""

INVALID: Final = "One or more parameter values were invalid: "
_EMPTY: Final[Mapping[str, str]] = {
    "S": "An AttributeValue may not contain an empty string.",
    "B": "An AttributeValue may not contain an empty binary value.",
    "SS": "An AttributeValue may not contain an empty set.",
    "NS": "An AttributeValue may not contain an empty set.",
    "BS": "An AttributeValue may not contain an empty set.",
}
_EMPTY_MEMBER: Final[Mapping[str, str]] = {
    "SS": "An string set may not have a empty string as a member",
    "BS": "Binary sets may not contain null or empty values",
}

R = TypeVar("R")
T = TypeVar("T")


def value(raw: Mapping[str, Json]) -> AttributeValue:
    """Return the value of a JSON object such as ``{"S": "x"}``.

    :raises ValidationException: it is empty or holds something empty, has no type or several, is
        no number or not one that can be stored, or holds something twice.
    """
    if len(raw) == 1:
        # keys are strings and numbers, and so are most other values
        ((tag, content),) = raw.items()
        if tag == "S" and content:
            return S(content)
        if tag == "N":
            return N(canonical(content))
    for tag, content in raw.items():
        if not content and tag in _EMPTY:
            raise ValidationException(
                INVALID + _EMPTY[tag],
                hint="API version 2011-12-05 stores nothing empty: leave the attribute out.",
            )
        if tag in _EMPTY_MEMBER and "" in content:
            raise ValidationException(
                INVALID + _EMPTY_MEMBER[tag], hint=f"A member of the {tag} is empty."
            )
    return decode(raw)


def attributes(raw: Mapping[str, Json]) -> dict[str, AttributeValue]:
    """Return the attributes of an item; errors as :func:`value`, the first attribute's first."""
    return mapped(raw, value)


def mapped(raw: Mapping[str, R], decoded: Callable[[R], T]) -> dict[str, T]:
    """Apply `decoded` to each attribute; the hint of its error names the attribute.

    :raises ValidationException: an attribute has no name, or too long a one.
    """
    result = {}
    for name, content in raw.items():
        _check_name(name)
        try:
            result[name] = decoded(content)
        except ValidationException as error:
            error.hint = f"In attribute {name!r}: {error.hint}"
            raise
    return result


def _check_name(name: str) -> None:
    if not name:
        raise ValidationException(
            "Empty attribute name", hint="An attribute name has at least 1 character."
        )
    if len(name) * 4 > MAX_ATTRIBUTE_NAME and text_size(name) > MAX_ATTRIBUTE_NAME:
        raise ValidationException(
            f"{INVALID}Attribute name is too large, must be less than "
            f"{MAX_ATTRIBUTE_NAME + 1} bytes",
            hint=f"The name that begins with {name[:20]!r} has {text_size(name)} bytes.",
        )


def item(raw: Mapping[str, Json], *, limited: bool) -> Item:
    """Return the item of a request; `limited` says whether it can be too large."""
    decoded = Item.of_json(raw) if type(raw) is CanonicalAttributes else Item(attributes(raw))
    check_item_size(decoded, MAX_ITEM_SIZE if limited else None)
    return decoded


class ItemKey(NamedTuple):
    """A key as this version writes it: values without the attributes' names."""

    hash_value: AttributeValue
    range_value: AttributeValue | None = None

    @classmethod
    def of(cls, key: Key) -> ItemKey:
        """Return the key of a request; errors as :func:`value`."""
        element = key.range_key_element
        return cls(value(key.hash_key_element), None if element is None else value(element))

    @property
    def json(self) -> dict[str, Json]:
        """The key as requests and answers have it."""
        elements = zip(("HashKeyElement", "RangeKeyElement"), self, strict=True)
        return {role: encode(element) for role, element in elements if element is not None}

    def named(self, schema: KeySchema) -> Attributes:
        """Return the key's attributes in a table.

        :raises ValidationException: the table has no range key, or the key lacks it. Types and
            lengths are looked at by the table.
        """
        names = schema.names
        if self.range_value is None:
            if len(names) > 1:
                raise ValidationException(
                    "The provided key size does not match with that of the schema",
                    hint=f"The table has a range key, {names[1]!r}: give RangeKeyElement.",
                )
            return {names[0]: self.hash_value}
        if len(names) == 1:
            raise ValidationException(
                MISMATCH, hint="The table has no range key: leave RangeKeyElement out."
            )
        return {names[0]: self.hash_value, names[1]: self.range_value}
