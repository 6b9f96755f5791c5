"""Values and keys of this version, decoded from JSON.

Types, numbers and duplicates are checked as in every version (:mod:`ddbmock.values.dynamodb_json`). This
version also rejects empty values.
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
"""The most bytes of an item, names and values together."""
MAX_ATTRIBUTE_NAME: Final = 65_535
"""The most bytes of an attribute's name."""

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

    :raises ValidationException: it or a part of it is empty; it does not have exactly one type; a number
        is invalid or out of range; a set has a member twice.
    """
    if len(raw) == 1:
        # most values, keys among them, are strings and numbers
        ((tag, content),) = raw.items()
        if tag == "S" and content:
            return S(content)
        if tag == "N":
            return N(canonical(content))
    for tag, content in raw.items():
        if not content and tag in _EMPTY:
            raise ValidationException(
                INVALID + _EMPTY[tag],
                hint="API version 2011-12-05 does not store empty values; leave the attribute out.",
            )
        if tag in _EMPTY_MEMBER and "" in content:
            raise ValidationException(
                INVALID + _EMPTY_MEMBER[tag], hint=f"A member of the {tag} is empty."
            )
    try:
        return decode(raw)
    except ValidationException as error:
        if raw and all(content is None for content in raw.values()):
            error.hint = (
                f"{' and '.join(map(repr, raw))} is no type of API version 2011-12-05; write one of "
                "S, N, B, SS, NS, BS."
            )
        raise


def attributes(raw: Mapping[str, Json]) -> dict[str, AttributeValue]:
    """Return the attributes of an item; raise the first attribute's error, as :func:`value` does."""
    return mapped(raw, value)


def mapped(raw: Mapping[str, R], decoded: Callable[[R], T]) -> dict[str, T]:
    """Apply `decoded` to each attribute; the hint of its error names the attribute.

    :raises ValidationException: an attribute's name is empty or too long.
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
            "Empty attribute name", hint="An attribute name must have at least 1 character."
        )
    if len(name) * 4 > MAX_ATTRIBUTE_NAME and text_size(name) > MAX_ATTRIBUTE_NAME:
        raise ValidationException(
            f"{INVALID}Attribute name is too large, must be less than "
            f"{MAX_ATTRIBUTE_NAME + 1} bytes",
            hint=f"The name that begins with {name[:20]!r} has {text_size(name)} bytes.",
        )


def item(raw: Mapping[str, Json], *, limited: bool) -> Item:
    """Return the item of a request; if `limited`, check its size."""
    decoded = Item.of_json(raw) if type(raw) is CanonicalAttributes else Item(attributes(raw))
    check_item_size(decoded, MAX_ITEM_SIZE if limited else None)
    return decoded


class ItemKey(NamedTuple):
    """A key as this version writes it: values without the attributes' names."""

    hash_value: AttributeValue
    range_value: AttributeValue | None = None

    @classmethod
    def of(cls, key: Key) -> ItemKey:
        """Return the key of a request; raise errors as :func:`value` does."""
        element = key.range_key_element
        return cls(value(key.hash_key_element), None if element is None else value(element))

    @property
    def json(self) -> dict[str, Json]:
        """The key in the form of requests and answers."""
        elements = zip(("HashKeyElement", "RangeKeyElement"), self, strict=True)
        return {role: encode(element) for role, element in elements if element is not None}

    def named(self, schema: KeySchema) -> Attributes:
        """Return the key's attributes in a table.

        :raises ValidationException: only the table or only the key has a range key. The table checks
            types and lengths.
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
