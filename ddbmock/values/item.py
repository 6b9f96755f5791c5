"""Items: immutable maps of attributes with their size, their JSON and their stored form.

The stored form is the JSON of answers after a header with the size and the places of binaries. So a read
neither parses nor writes JSON, a write does not create objects for attributes that it only stores, and an
attribute is decoded when it is needed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Final, overload

import orjson

from ddbmock.values import binary_places
from ddbmock.values.binary_places import Decode
from ddbmock.values.canonical import CanonicalAttributes, Walk
from ddbmock.values.dynamodb_json import (
    binaries_decoded,
    encode,
    encode_attributes,
    holds_binary,
    restore,
)
from ddbmock.values.model import Attributes, AttributeValue, Json
from ddbmock.values.size import item_size, text_size, value_size

_HEADER: Final = struct.Struct(">IB")
_HEADER_SIZE: Final = _HEADER.size
_FLAGS: Final = itemgetter(_HEADER_SIZE - 1)
_SIZE: Final = struct.Struct(">I")
_HOLDS_BINARY: Final = 1
"""The flag of items with binaries whose places are not stored: there are too many, or the item is older."""
_HAS_PLACES: Final = 2
"""The flag of items with binaries whose places are between header and JSON, after their length."""
_LENGTH: Final = struct.Struct(">H")
_PLACES_BEGIN: Final = _HEADER_SIZE + _LENGTH.size

_UNKNOWN: Final = -1


class Item:
    """Attributes by name.

    >>> from ddbmock.values.model import N, S
    >>> item = Item({"pk": S("x")})
    >>> item.size, item.json
    (3, b'{"pk":{"S":"x"}}')
    >>> Item.of_record(item.record) == item == Item.of_json({"pk": {"S": "x"}})
    True
    >>> item.changed({"n": N("1")}).json
    b'{"pk":{"S":"x"},"n":{"N":"1"}}'
    >>> item.changed({"n": N("1")}).only(["n", "m"]) == Item({"n": N("1")})
    True
    """

    __slots__ = ("_decoded", "_flags", "_json", "_raw", "_record", "_size")

    _decoded: dict[str, AttributeValue]
    """Attributes that were decoded; all attributes if there is neither JSON nor a record."""
    _raw: Mapping[str, Json] | None
    """Canonical JSON of all attributes."""
    _json: bytes | None
    _record: bytes | None
    _size: int
    _flags: int
    """The flags of the header; 0 if there are no binaries."""

    def __init__(self, attributes: Attributes) -> None:
        self._decoded = dict(attributes)
        self._raw = self._json = self._record = None
        self._size = self._flags = _UNKNOWN

    @classmethod
    def of_json(cls, raw: Mapping[str, Json]) -> Item:
        """Return the item of a request's JSON, whose types are checked or which is canonical.

        :raises ValidationException: the first problem of its content.
        """
        item = cls.__new__(cls)
        found: CanonicalAttributes | Walk
        if type(raw) is CanonicalAttributes:
            item._raw = found = raw
        else:
            found = Walk()
            item._raw = found.attributes(raw)
        item._decoded = {}
        item._json = item._record = None
        item._size = found.size
        item._flags = _HOLDS_BINARY if found.binary else 0
        return item

    @classmethod
    def of_record(cls, record: bytes) -> Item:
        """Return the item of a :attr:`record`, which is parsed when an attribute is needed."""
        item = cls.__new__(cls)
        item._decoded = {}
        item._raw = item._json = None
        item._record = record
        item._size, item._flags = _HEADER.unpack_from(record)
        return item

    def only(self, names: Iterable[str]) -> Item:
        """Return the item with only some attributes, without decoding or measuring them."""
        raw = self._parsed()
        item = Item({})
        item._raw = {name: raw[name] for name in names if name in raw}
        if self._flags == 0:
            item._flags = 0
        return item

    def changed(self, changes: Mapping[str, AttributeValue | None]) -> Item:
        """Return the item with other values of some attributes; None removes an attribute.

        Unchanged attributes are neither decoded nor measured again.
        """
        item = Item({})
        raw = dict(self._parsed())
        size, flags = self.size, self._holds_binary()
        for name, value in changes.items():
            old = self.get(name)
            if old is not None:
                size -= text_size(name) + value_size(old)
            if value is None:
                raw.pop(name, None)
            else:
                raw[name] = encode(value)
                size += text_size(name) + value_size(value)
                flags = flags or int(holds_binary(value))
        item._raw = raw
        item._size = size
        item._flags = flags
        return item

    def get(self, name: str) -> AttributeValue | None:
        """Return the attribute's value, or None."""
        value = self._decoded.get(name)
        # _undecoded() without its call: filters do this for thousands of items
        if value is None and (self._raw is not None or self._record is not None):
            raw = (self._raw or self._parsed()).get(name)
            if raw is not None:
                value = self._decoded[name] = restore(raw)
        return value

    def __contains__(self, name: str) -> bool:
        return name in self._decoded or (self._undecoded() and name in self._parsed())

    def __iter__(self) -> Iterator[str]:
        return iter(self._parsed() if self._undecoded() else self._decoded)

    @property
    def attributes(self) -> Mapping[str, AttributeValue]:
        """All attributes, decoded."""
        if self._undecoded():
            decoded = self._decoded
            self._decoded = {
                name: decoded[name] if name in decoded else restore(raw)
                for name, raw in self._parsed().items()
            }
        return self._decoded

    @property
    def size(self) -> int:
        """The size in bytes, as DynamoDB bills and limits it."""
        if self._size == _UNKNOWN:
            self._size = item_size(self.attributes)
        return self._size

    @property
    def json(self) -> bytes:
        """The item as JSON of an answer: ``{"name":{"S":"text"}}``."""
        if self._json is None:
            if self._record is not None:
                self._json = _json(self._record)
            else:
                self._json = orjson.dumps(self._parsed())
        return self._json

    @property
    def record(self) -> bytes:
        """The item as it is stored."""
        if self._record is None:
            if self._flags == 0 and self._size != _UNKNOWN and self._raw is not None:
                # most items that are put
                self._record = _HEADER.pack(self._size, 0) + orjson.dumps(self._raw)
            elif self._holds_binary():
                self._record = _record(self.size, self._parsed(), self.json)
            else:
                self._record = _HEADER.pack(self.size, 0) + self.json
        return self._record

    @property
    def holds_binary(self) -> bool:
        """Whether it contains binaries; Python clients do not return its JSON unchanged then."""
        return bool(self._holds_binary())

    def to_python(self) -> dict[str, Json]:
        """Return a copy of the JSON with binaries as bytes, like botocore's parser."""
        raw: dict[str, Json] = orjson.loads(self.json)
        self.decode_binaries(raw)
        return raw

    def decode_binaries(self, raw: dict[str, Json]) -> None:
        """Replace the binaries in the parsed :attr:`json` of this item by bytes."""
        if self._record is not None:
            _decoder(self._record)[1](raw)
        elif self._holds_binary():
            raw.update(binaries_decoded(raw))

    def _undecoded(self) -> bool:
        """Return whether there may be attributes that were not requested."""
        return self._raw is not None or self._record is not None

    def _holds_binary(self) -> int:
        if self._flags == _UNKNOWN:
            self._flags = int(any(map(holds_binary, self.attributes.values())))
        return self._flags

    @property
    def raw(self) -> Mapping[str, Json]:
        """Canonical JSON of all attributes, which must not be changed."""
        return self._raw or self._parsed()

    def _parsed(self) -> Mapping[str, Json]:
        if self._raw is None:
            if self._record is not None:
                self._raw = record_json(self._record)
            else:
                self._raw = encode_attributes(self._decoded)
        return self._raw

    def __eq__(self, other: object) -> bool:
        # Canonical JSON is equal if the attributes are, in any order.
        return isinstance(other, Item) and self._parsed() == other._parsed()

    def __hash__(self) -> int:
        return hash(frozenset(self._parsed()))

    def __repr__(self) -> str:
        return f"Item({dict(self.attributes)!r})"


class Items(Sequence[Item]):
    """Items in their stored form; each is created when it is accessed.

    >>> from ddbmock.values.model import N
    >>> items = Items([Item({"n": N("1")}).record, Item({"n": N("2")}).record])
    >>> items.json
    b'[{"n":{"N":"1"}},{"n":{"N":"2"}}]'
    >>> items[1], list(items[:1])
    (Item({'n': N('2')}), [Item({'n': N('1')})])
    """

    __slots__ = ("records",)

    def __init__(self, records: Sequence[bytes]) -> None:
        self.records: Final = records

    def __len__(self) -> int:
        return len(self.records)

    if TYPE_CHECKING:  # typing keeps overloads until the process ends

        @overload
        def __getitem__(self, index: int) -> Item: ...
        @overload
        def __getitem__(self, index: slice) -> Items: ...

    def __getitem__(self, index: int | slice) -> Item | Items:
        if isinstance(index, slice):
            return Items(self.records[index])
        return Item.of_record(self.records[index])

    def __iter__(self) -> Iterator[Item]:
        return map(Item.of_record, self.records)

    @property
    def json(self) -> bytes:
        """The items as JSON of an answer."""
        return self.json_within(b"[", b"]")

    def json_within(self, before: bytes, after: bytes) -> bytes:
        """Return the JSON of the items with commas between, and other bytes around, copied only once."""
        if self.holds_binary:
            elements = [record[json_begin(record) :] for record in self.records]
        else:
            elements = [record[_HEADER_SIZE:] for record in self.records]
        if not elements:
            return before + after
        elements[0] = before + elements[0]
        elements[-1] += after
        return b",".join(elements)

    @property
    def holds_binary(self) -> bool:
        """Whether any item contains binaries."""
        return any(map(_FLAGS, self.records))

    def decode_binaries(self, raw: Sequence[dict[str, Json]]) -> None:
        """Replace the binaries in the parsed :attr:`json` of these items by bytes."""
        places: bytes = b"\xff"  # flags that no record has
        decode: Decode = _decode_nothing
        for record, item in zip(self.records, raw, strict=True):
            if not record.startswith(places, _HEADER_SIZE - 1):
                places, decode = _decoder(record)
            decode(item)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # as a list's

    def __repr__(self) -> str:
        return f"Items({list(self)!r})"


def record_size(record: bytes) -> int:
    """Return the :attr:`Item.size` of a record."""
    size: int = _SIZE.unpack_from(record)[0]
    return size


def record_json(record: bytes) -> dict[str, Json]:
    """Return the canonical JSON of a record."""
    parsed: dict[str, Json] = orjson.loads(_json(record))
    return parsed


def _record(size: int, raw: Mapping[str, Json], json: bytes) -> bytes:
    """Return the record of an item that may have binaries."""
    places = binary_places.places(raw)
    if places == b"":
        return _HEADER.pack(size, 0) + json
    if places is None:
        return _HEADER.pack(size, _HOLDS_BINARY) + json
    return _HEADER.pack(size, _HAS_PLACES) + _LENGTH.pack(len(places)) + places + json


def json_begin(record: bytes) -> int:
    """Return the position at which the JSON of a record begins; it extends to the end."""
    if record[_HEADER_SIZE - 1] != _HAS_PLACES:
        return _HEADER_SIZE
    length: int = _LENGTH.unpack_from(record, _HEADER_SIZE)[0]
    return _PLACES_BEGIN + length


def _json(record: bytes) -> bytes:
    """Return the JSON of a record."""
    return record[json_begin(record) :]


def _decoder(record: bytes) -> tuple[bytes, Decode]:
    """Return the function that decodes the binaries of an item with this record.

    The bytes before it are those that tell where the binaries are. A record that has the same bytes
    behind its size has its binaries at the same places.
    """
    flags = record[_HEADER_SIZE - 1]
    if flags == _HAS_PLACES:
        begin = json_begin(record)
        places = record[_PLACES_BEGIN:begin]
        return record[_HEADER_SIZE - 1 : begin], binary_places.decoder(places)
    decode = _decode_everywhere if flags == _HOLDS_BINARY else _decode_nothing
    return record[_HEADER_SIZE - 1 : _HEADER_SIZE], decode


def _decode_everywhere(raw: dict[str, Json]) -> None:
    raw.update(binaries_decoded(raw))


def _decode_nothing(raw: dict[str, Json]) -> None:
    pass


NO_ITEM: Final = Item({})
"""The item on which a condition is evaluated if none exists."""
