"""Places of binaries in an item's JSON: a shortcut for answers inside the process.

A Python client expects binaries as bytes; JSON has them as base64. An item is stored together with the
places of its binaries, so an answer decodes these without walking through the item. A binary at the top
level then costs less than a tenth of a walk through an item of eleven attributes. Places are determined
once, when an item with binaries is stored. The proof is tests/shortcuts/test_binary_places.py: decoding by
places gives the same result as the walk.
"""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias

import orjson

from ddbmock.values.model import Json

LARGEST: Final = 1000
"""The most bytes of places that are stored with an item; other items are walked through."""

Step: TypeAlias = str | int
Decode: TypeAlias = Callable[[dict[str, Any]], None]
"""Replaces the binaries in the parsed JSON of an item by bytes."""


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
    decoder(content)(item)


@lru_cache(maxsize=1024)
def decoder(content: bytes) -> Decode:
    """Return the function that decodes the binaries of an item; items of one kind share one."""
    locations: list[tuple[list[Any], bool]] = []
    for *steps, tag in orjson.loads(content):
        locations.append((steps, tag == "BS"))

    def decode_all(item: dict[str, Any]) -> None:
        for steps, is_set in locations:
            value: Any = item
            for step in steps:
                value = value[step]
            if is_set:
                value["BS"] = [a2b_base64(text) for text in value["BS"]]
            else:
                value["B"] = a2b_base64(value["B"])

    match locations:
        case [([name], False)]:  # as in most items with binaries

            def decode_one(item: dict[str, Any]) -> None:
                value = item[name]
                value["B"] = a2b_base64(value["B"])

            return decode_one
    return decode_all


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
