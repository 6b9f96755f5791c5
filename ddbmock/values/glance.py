"""Glances at stored items: single attributes found in a record's bytes, a shortcut for filters.

A filter reads one or two attributes of each item. Finding an attribute's name in JSON costs a fraction of
parsing it. It is safe because quotes in texts are escaped: the bytes ``"name":{"`` after a comma or brace
can only begin a member with that name. The member is an attribute, and not in a map, if no map begins
before it or no map ends after it; an end looks like ``}}}``. Uncertain cases, and all values except texts,
numbers, booleans and null, are left to the parser. The proof is tests/shortcuts/test_glance.py: a glance
returns the same values as :class:`.Item`.
"""

from __future__ import annotations

from enum import Enum, auto
from functools import lru_cache
from typing import Final, TypeAlias

import orjson

from ddbmock.values.item import Item, json_begin
from ddbmock.values.model import BOOL, NULL, AttributeValue, N, S

SHORT: Final = 40
"""The most bytes of a value's JSON that is cached: filters often read equal values."""

_MAP: Final = b'{"M":{"'
_END_OF_MAP: Final = b"}}}"
_BEFORE_NAME: Final = b"{,"


class _Unclear(Enum):
    """The result of a glance if only the parser can find the value."""

    UNCLEAR = auto()


UNCLEAR: Final = _Unclear.UNCLEAR
Found: TypeAlias = AttributeValue | _Unclear | None


class Glance:
    """A stored item of which few attributes are needed; it is parsed if a glance is not enough.

    >>> glance = Glance(Item({"n": N("1"), "s": S("x")}).record)
    >>> glance.get("s"), glance.get("t"), "n" in glance
    (S('x'), None, True)
    """

    __slots__ = ("_item", "_record")

    def __init__(self, record: bytes) -> None:
        self._record = record
        self._item: Item | None = None

    def get(self, name: str) -> AttributeValue | None:
        """Return the attribute's value, or None."""
        if self._item is None:
            found = look(self._record, beginning(name))
            if found is not UNCLEAR:
                return found
            self._item = Item.of_record(self._record)
        return self._item.get(name)

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None


def glance(record: bytes, name: str) -> Found:
    """Return the value of an attribute of a record, None if it has none, or UNCLEAR."""
    return look(record, beginning(name))


def look(record: bytes, member: bytes) -> Found:
    """Return the result of :func:`glance` for an attribute's :func:`beginning`."""
    start = 5 if record[4] != 2 else json_begin(record)  # its usual result, without the call
    at = record.find(member, start)
    if at < 0:
        return None
    # A search for the letter M costs a tenth of one for a map's tag, and most items have no M before the attribute.
    if at > start + 1 and (
        record[at - 1] not in _BEFORE_NAME
        or (
            record.find(b"M", start, at) >= 0
            and record.find(_MAP, start, at + 1) >= 0
            and record.find(_END_OF_MAP, at) >= 0
        )
    ):
        return UNCLEAR
    begin = at + len(member)
    end = record.find(b"}", begin)
    if end - begin < SHORT:
        return _short_value(record[begin:end])
    return _value(record[begin:end])


def _value(content: bytes) -> Found:
    """Return the value of ``TAG":JSON``, the content of its object up to the first brace."""
    tag = content[:4]
    if tag == b'S":"' or tag == b'N":"':
        # The brace may be inside of the text, which may have escapes.
        if content.find(b'"', 4) != len(content) - 1 or b"\\" in content:
            return UNCLEAR
        text = content[4:-1].decode()
        return S(text) if tag == b'S":"' else N(text)
    if tag == b"BOOL":
        return BOOL(content == b'BOOL":true')
    if tag == b"NULL":
        return NULL(True)
    return UNCLEAR


_short_value = lru_cache(maxsize=8192)(_value)


@lru_cache(maxsize=4096)
def beginning(name: str) -> bytes:
    """Return the bytes of a member's beginning, up to its value's tag."""
    return orjson.dumps(name) + b':{"'
