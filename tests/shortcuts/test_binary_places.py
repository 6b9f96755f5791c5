"""Binaries decoded by their places: equal to a walk through the item, stored in any way."""

from __future__ import annotations

import orjson
from hypothesis import given
from hypothesis import strategies as st

from ddbmock.values import binary_places
from ddbmock.values.dynamodb_json import binaries_decoded, encode_attributes
from ddbmock.values.item import Item, Items
from ddbmock.values.model import B, L
from tests.shortcuts.strategies import binaries, items, names, values


@given(items)
def test_decoding_by_places_equals_the_walk(item: Item) -> None:
    raw = encode_attributes(item.attributes)
    found = orjson.loads(orjson.dumps(raw))
    binary_places.decode(found, binary_places.places(raw) or b"[]")
    walked = binaries_decoded(raw)
    assert found == walked
    assert item.to_python() == walked
    assert Item.of_record(item.record).to_python() == walked


@given(st.lists(items, max_size=4))
def test_items_as_stored_decode_as_each_of_them(found: list[Item]) -> None:
    stored = Items([item.record for item in found])
    assert stored.json == orjson.dumps([encode_attributes(item.attributes) for item in found])
    parsed = orjson.loads(stored.json)
    stored.decode_binaries(parsed)
    assert parsed == [item.to_python() for item in found]
    assert list(stored) == found


@given(st.lists(items, min_size=1, max_size=2), st.lists(st.integers(0, 1), max_size=6), binaries)
def test_items_of_one_kind_have_their_own_binaries(
    kinds: list[Item], order: list[int], content: bytes
) -> None:
    stored = [kinds[number % len(kinds)] for number in order]
    stored += [item.changed({"a": B(content)}) for item in stored]
    parsed = [orjson.loads(item.json) for item in stored]
    Items([item.record for item in stored]).decode_binaries(parsed)
    assert parsed == [binaries_decoded(encode_attributes(item.attributes)) for item in stored]


@given(items, names, st.none() | values)
def test_a_changed_item_knows_its_binaries(item: Item, name: str, value: B | None) -> None:
    changed = item.changed({name: value})
    again = Item(dict(changed.attributes))
    assert Item.of_record(changed.record) == again
    assert Item.of_record(changed.record).holds_binary == again.holds_binary
    assert changed.to_python() == again.to_python() == Item.of_record(changed.record).to_python()


def test_an_item_with_more_places_than_are_kept_is_walked() -> None:
    item = Item({"list": L(tuple(B(bytes([n])) for n in range(200)))})
    assert binary_places.places(encode_attributes(item.attributes)) is None
    stored = Item.of_record(item.record)
    assert stored.holds_binary
    assert stored.to_python()["list"]["L"][199] == {"B": b"\xc7"}


def test_a_record_that_was_stored_without_places_is_walked() -> None:
    item = Item({"b": B(b"a")})
    record = item.size.to_bytes(4, "big") + b"\1" + item.json
    assert Item.of_record(record).to_python() == {"b": {"B": b"a"}}
    assert Items([record]).json == b"[" + item.json + b"]"
    assert Item.of_record(record).changed({"c": B(b"")}).holds_binary
