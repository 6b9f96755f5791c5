"""The cost of an item on a page: bytes as stored, by which a Query or Scan counts up to 1 MB.

An item costs more than its size: attribute names do not count, but each value has a header and each
3 KB of the item an entry with the range key.

Source: measured once on the service, exact at its test points. AWS documents 1 MB of data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ddbmock.values.model import Json
from ddbmock.values.number import number_size
from ddbmock.values.size import CONTAINER_OVERHEAD, ELEMENT_OVERHEAD, text_size

BLOCK: Final = 3072
"""Bytes of an item after which another entry is counted."""
ENTRY: Final = 18
"""Bytes of an entry, without the range key."""
HEADER: Final = 2
"""Bytes of the item itself."""
LARGEST_RANGE_KEY: Final = 1027
"""Stored bytes of a range key, at most."""
MOST_PER_BYTE: Final = 1 + (ENTRY + LARGEST_RANGE_KEY) / BLOCK
"""Cost per byte of an item's record, at most, beside :data:`LEAST`: no value is stored in more bytes
than its JSON has, and each block adds an entry."""
LEAST: Final = 20
"""Bytes that count as a part of each record in that bound, for the first entry and the header."""


def page_cost(item: Mapping[str, Json], range_key: str | None) -> int:
    """Return the cost of an item, given as its canonical JSON, of a table with that range key.

    >>> page_cost({"p": {"S": "a"}, "r": {"N": "1"}}, "r")
    26
    """
    size = range_size = 0
    for name, value in item.items():
        if name == range_key:
            range_size = _stored(value)
        else:
            size += 1 + _stored(value)
    return HEADER + size + (1 + (1 + size) // BLOCK) * (ENTRY + range_size)


def certainly_fitting(room: float) -> float:
    """Return the bytes of records whose cost is below `room`, each counted with :data:`LEAST`.

    So most pages are known to be small enough without a look into their items.
    """
    return room / MOST_PER_BYTE


def _stored(value: Mapping[str, Json]) -> int:
    """Return the bytes of a stored value."""
    ((tag, content),) = value.items()
    match tag:
        case "S":
            length = text_size(content)
            return length + (1 if length < 128 else 2 if length < 16_384 else 3)
        case "N":
            return number_size(content) + 1
        case "B":
            return _length(content) + 1
        case "SS":
            return sum(map(text_size, content)) + len(content) + 1
        case "NS":
            return sum(map(number_size, content)) + len(content) + 1
        case "BS":
            return sum(map(_length, content)) + len(content) + 1
        case "L":
            elements = sum([ELEMENT_OVERHEAD + _stored(element) for element in content])
            return CONTAINER_OVERHEAD + elements
        case "M":
            members = [
                ELEMENT_OVERHEAD + text_size(name) + _stored(member)
                for name, member in content.items()
            ]
            return CONTAINER_OVERHEAD + sum(members)
        case "BOOL":
            return 1
        case _:
            return 0


def _length(text: str) -> int:
    """Return the number of bytes of base64 text."""
    return len(text) // 4 * 3 - text.count("=", -2)
