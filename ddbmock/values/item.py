"""Items: immutable maps of attributes that know their size, their JSON and their stored form.

An item is kept as the JSON it is answered with, behind a header that holds its size. So a read
neither parses nor writes JSON, and an attribute is decoded when somebody asks for it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import Final

import orjson

from ddbmock.values.dynamodb_json import (
    binaries_decoded,
    encode_attributes,
    holds_binary,
    restore,
)
from ddbmock.values.model import Attributes, AttributeValue, Json
from ddbmock.values.size import item_size

_HEADER: Final = struct.Struct(">IB")
_HEADER_SIZE: Final = _HEADER.size
_HOLDS_BINARY: Final = 1


class Item:
    """Attributes by name.

    >>> from ddbmock.values.model import S
    >>> item = Item({"pk": S("x")})
    >>> item.size, item.json
    (3, b'{"pk":{"S":"x"}}')
    >>> Item.of_record(item.record) == item
    True
    """

    __slots__ = ("_decoded", "_json", "_raw", "_record", "_size")

    def __init__(self, attributes: Attributes) -> None:
        self._decoded: dict[str, AttributeValue] = dict(attributes)
        self._raw: Mapping[str, Json] | None = None
        """JSON of the attributes, of which some may be decoded; None: all are decoded."""
        self._json: bytes | None = None
        self._record: bytes | None = None
        self._size = -1

    @classmethod
    def of_record(cls, record: bytes) -> Item:
        """The item whose :attr:`record` this is. Nothing is parsed before it is asked for."""
        item = cls.__new__(cls)
        item._decoded = {}
        item._raw = _NOT_PARSED
        item._json = None
        item._record = record
        item._size = -1
        return item

    def get(self, name: str) -> AttributeValue | None:
        """The attribute's value, or None."""
        value = self._decoded.get(name)
        if value is None and self._raw is not None:
            raw = self._parsed().get(name)
            if raw is not None:
                value = self._decoded[name] = restore(raw)
        return value

    def __contains__(self, name: str) -> bool:
        if self._raw is None:
            return name in self._decoded
        return name in self._parsed()

    def __iter__(self) -> Iterator[str]:
        return iter(self.attributes)

    @property
    def attributes(self) -> Mapping[str, AttributeValue]:
        """All attributes, decoded."""
        if self._raw is not None:
            decoded = self._decoded
            self._decoded = {
                name: decoded[name] if name in decoded else restore(raw)
                for name, raw in self._parsed().items()
            }
            self._raw = None
        return self._decoded

    @property
    def size(self) -> int:
        """Bytes, as DynamoDB bills and limits them."""
        if self._size < 0:
            if self._record is not None:
                self._size = int.from_bytes(self._record[:4], "big")
            else:
                self._size = item_size(self._decoded)
        return self._size

    @property
    def json(self) -> bytes:
        """The item as DynamoDB answers it: ``{"name":{"S":"text"}}``."""
        if self._json is None:
            if self._record is not None:
                self._json = self._record[_HEADER_SIZE:]
            else:
                self._json = orjson.dumps(encode_attributes(self._decoded))
        return self._json

    @property
    def record(self) -> bytes:
        """The item as it is stored."""
        if self._record is None:
            flags = _HOLDS_BINARY if any(map(holds_binary, self._decoded.values())) else 0
            self._record = _HEADER.pack(self.size, flags) + self.json
        return self._record

    def to_python(self) -> dict[str, Json]:
        """A fresh copy as botocore's parser gives it: as the JSON, with binaries as bytes."""
        raw = orjson.loads(self.json)
        if self.record[4] & _HOLDS_BINARY:
            return binaries_decoded(raw)
        assert isinstance(raw, dict)
        return raw

    def _parsed(self) -> Mapping[str, Json]:
        raw = self._raw
        if raw is _NOT_PARSED:
            raw = self._raw = orjson.loads(self.json)
        assert raw is not None
        return raw

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Item) and self.attributes == other.attributes

    def __hash__(self) -> int:
        return hash(frozenset(self.attributes.items()))

    def __repr__(self) -> str:
        return f"Item({dict(self.attributes)!r})"


_NOT_PARSED: Final[Mapping[str, Json]] = {}
NO_ITEM: Final = Item({})
"""What a condition sees where there is no item."""
