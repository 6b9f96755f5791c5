"""Places of binaries in an item's JSON: a shortcut for answers inside the process.

A Python client expects binaries as bytes; JSON has them as base64. An item is stored together with the
places of its binaries, so an answer decodes these without walking through the item. A binary at the top
level then costs less than a tenth of a walk through an item of eleven attributes. Places are determined
once, when an item with binaries is stored. The proof is tests/shortcuts/test_binary_places.py: decoding by
places gives the same result as the walk.
"""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias

import orjson

from ddbmock.values.model import Json

LARGEST: Final = 1000
"""The most bytes of places that are stored with an item; other items are walked through."""

Step: TypeAlias = str | int
_Place: TypeAlias = tuple[tuple[Step, ...], bool]
"""The steps to a value's object in an item's JSON, and whether the value is a set of binaries."""


def places(raw: Mapping[str, Json]) -> bytes | None:
    """Return the places of the binaries in canonical JSON, empty if there are none, or None if too many.

    >>> places({"n": {"N": "1"}, "m": {"M": {"x": {"L": [{"B": "YQ=="}]}}}})
    b'[["m","M","x","L",0,"B"]]'
    """
    found = [[name, *steps] for name, value in raw.items() for steps in _within(value, ())]
    if not found:
        return b""
    content = orjson.dumps(found)
    return content if len(content) <= LARGEST else None


def decode(item: dict[str, Any], content: bytes) -> None:
    """Replace the binaries of an item by bytes; `content` is the result of :func:`places` for its JSON.

    >>> item = {"b": {"B": "YQ=="}}
    >>> decode(item, places(item) or b"")
    >>> item
    {'b': {'B': b'a'}}
    """
    for steps, is_set in _compiled(content):
        value: Any = item
        for step in steps:
            value = value[step]
        if is_set:
            value["BS"] = [a2b_base64(text) for text in value["BS"]]
        else:
            value["B"] = a2b_base64(value["B"])


def _within(value: Mapping[str, Json], steps: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    ((tag, content),) = value.items()
    if tag == "B" or tag == "BS":
        yield (*steps, tag)
    elif tag == "L":
        for number, element in enumerate(content):
            yield from _within(element, (*steps, tag, number))
    elif tag == "M":
        for name, member in content.items():
            yield from _within(member, (*steps, tag, name))


@lru_cache(maxsize=1024)
def _compiled(content: bytes) -> tuple[_Place, ...]:
    """Return the places that a text lists. Similar items have the same text, so results are cached."""
    return tuple([(tuple(steps), tag == "BS") for *steps, tag in orjson.loads(content)])
