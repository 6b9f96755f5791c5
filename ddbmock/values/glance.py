"""Glances at stored items: single attributes found in a record's bytes, a shortcut for filters.

A filter asks for one or two attributes of each item that is read. To find an attribute's name in
JSON costs a fraction of parsing it. That is safe because a quote inside of a text is escaped: the
bytes ``"name":{"`` after a comma or brace can be nothing but the beginning of a member of that name.
It is an attribute, and no member of a map, if no map begins before it, or none ends after it; an end
looks like ``}}}``. Whatever is not certain, and every value but texts, numbers, booleans and null, is
left to the parser. The proof is tests/shortcuts/test_glance.py: a glance sees what :class:`.Item` has.
"""

from __future__ import annotations

from enum import Enum, auto
from functools import lru_cache
from typing import Final, TypeAlias

import orjson

from ddbmock.values.item import Item, json_begin
from ddbmock.values.model import BOOL, NULL, AttributeValue, N, S

SHORT: Final = 40
"""Bytes of a value's JSON up to which it is remembered: filters meet the same ones again."""

_MAP: Final = b'{"M":{"'
_END_OF_MAP: Final = b"}}}"
_BEFORE_NAME: Final = b"{,"


class _Unclear(Enum):
    """The answer of a glance that only the parser can give."""

    UNCLEAR = auto()


UNCLEAR: Final = _Unclear.UNCLEAR
Found: TypeAlias = AttributeValue | _Unclear | None


class Glance:
    """A stored item of which few attributes will be asked; it is parsed if a glance is not enough.

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
            found = glance(self._record, name)
            if found is not UNCLEAR:
                return found
            self._item = Item.of_record(self._record)
        return self._item.get(name)

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None


def glance(record: bytes, name: str) -> Found:
    """Return the value of an attribute of a record, None without it, or UNCLEAR."""
    member = _member(name)
    start = 5 if record[4] != 2 else json_begin(record)  # its usual result, without the call
    at = record.find(member, start)
    if at < 0:
        return None
    if at > start + 1 and (
        record[at - 1] not in _BEFORE_NAME
        or (record.find(_MAP, start, at + 1) >= 0 and record.find(_END_OF_MAP, at) >= 0)
    ):
        return UNCLEAR
    begin = at + len(member)
    end = record.find(b"}", begin)
    if end - begin < SHORT:
        return _short_value(record[begin:end])
    return _value(record[begin:end])


def _value(content: bytes) -> Found:
    """Return the value of ``TAG":JSON``, the inside of its object up to the first brace."""
    tag = content[:4]
    if tag == b'S":"' or tag == b'N":"':
        # a text that goes on after the brace, or has escapes
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
def _member(name: str) -> bytes:
    """Return the bytes with which a member of an object begins, up to its value's tag."""
    return orjson.dumps(name) + b':{"'
