"""Attributes of the first API, checked, made canonical and measured in one walk.

They have six types and are not empty. The walk raises no errors: if it finds a fault, the separate checks
of types and content are run, which raise the right one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ddbmock.errors import ValidationException
from ddbmock.values.canonical import MAX_NAME_BYTES, CanonicalAttributes, Walk, WrongTypeError
from ddbmock.values.model import Json
from ddbmock.values.number import measured
from ddbmock.values.size import text_size

_COLLECTIONS: Final = frozenset({"SS", "NS", "BS"})


def flat_attributes(raw: Mapping[str, Json]) -> CanonicalAttributes | None:
    """Return the canonical JSON of an item's attributes, or None if they may be invalid.

    >>> flat_attributes({"a": {"N": "1.0"}})
    {'a': {'N': '1'}}
    >>> flat_attributes({"a": {"S": ""}})
    """
    try:
        return _walked(raw)
    except (ValidationException, WrongTypeError, UnicodeEncodeError):
        return None


def _walked(raw: Mapping[str, Json]) -> CanonicalAttributes | None:
    attributes = CanonicalAttributes()
    rest = Walk()
    size = 0
    for name, value in raw.items():
        if not name or len(name) > MAX_NAME_BYTES // 4 or type(value) is not dict:
            return None
        if len(value) != 1:
            return None
        ((tag, content),) = value.items()
        if not content:
            return None
        size += len(name) if name.isascii() else text_size(name)
        if type(content) is str:
            # Most values are strings and numbers, which need no call here.
            if tag == "S":
                size += len(content) if content.isascii() else text_size(content)
                attributes[name] = value
            elif tag == "N":
                number, number_bytes = measured(content)
                size += number_bytes
                attributes[name] = value if number is content else {"N": number}
            elif tag == "B":
                attributes[name] = rest.value(value)
            else:
                return None
        elif tag in _COLLECTIONS and type(content) is list and "" not in content:
            attributes[name] = rest.value(value)
        else:
            return None
    attributes.size = size + rest.size
    attributes.binary = rest.binary
    attributes.spelled = raw
    return attributes
