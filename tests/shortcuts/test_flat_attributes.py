"""Attributes of the first API read in one walk: equal to the checks of types, then of content."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from ddbmock.errors import DynamoDBError
from ddbmock.operations.v20111205 import content
from ddbmock.operations.v20111205.items import PutItemInput
from ddbmock.operations.v20111205.members import PACKAGE
from ddbmock.shapes.attribute_value import AttributeValueKind
from ddbmock.shapes.kinds import ELEMENT
from ddbmock.values.canonical import CanonicalAttributes
from ddbmock.values.flat_attributes import flat_attributes
from ddbmock.values.item import Item

KIND = AttributeValueKind(PACKAGE, documents=False)

numbers = st.sampled_from(
    ["0", "-0", "1", "1.0", "00", "1e3", "-1.50", "1e-131", "x", "", "9" * 39]
)
texts = st.one_of(st.text(max_size=3), st.sampled_from(["", "ä", "\ud800", "AA==", "YQ==", "YR=="]))
scalars = st.one_of(numbers, texts, st.none(), st.booleans(), st.integers(0, 9))
contents: st.SearchStrategy[Any] = st.one_of(
    scalars, st.lists(scalars, max_size=3), st.just({}), st.just({"S": "x"})
)
tags = st.sampled_from(["S", "N", "B", "SS", "NS", "BS", "BOOL", "NULL", "L", "M", "X"])
anything = st.one_of(st.dictionaries(tags, contents, max_size=2), scalars, st.just([]))
names = st.one_of(
    st.text(max_size=3), st.sampled_from(["a", "", "ä" * 9000, "a" * 16384, "\ud800"])
)
filled = st.text(min_size=1, max_size=3)
binaries = st.sampled_from(["YQ==", "YWI=", "YWJj", "AAAA"])
whole = st.integers(-99, 10**38 - 1).map(str)
valid = st.one_of(
    filled.map(lambda text: {"S": text}),
    st.one_of(whole, st.sampled_from(["1.0", "+5", "1e3", "0.10"])).map(lambda text: {"N": text}),
    binaries.map(lambda text: {"B": text}),
    st.lists(filled, min_size=1, max_size=3, unique=True).map(lambda texts: {"SS": texts}),
    st.lists(whole, min_size=1, max_size=3, unique=True).map(lambda texts: {"NS": texts}),
    st.lists(binaries, min_size=1, max_size=3, unique=True).map(lambda texts: {"BS": texts}),
)


def in_steps(raw: dict[str, Any]) -> Item:
    """Return the item that the checks of types, and then those of content, let through."""
    read = {name: KIND.read(value, ELEMENT) for name, value in raw.items() if value is not None}
    for name in raw:
        name.encode()
    return Item(content.attributes(read))


@example({"a": {"SS": True}})
@given(st.dictionaries(names, st.one_of(anything, valid), max_size=3))
def test_what_the_walk_accepts_is_what_the_checks_accept(raw: dict[str, Any]) -> None:
    walked = flat_attributes(raw)
    if walked is None:
        return
    item, expected = Item.of_json(walked), in_steps(raw)
    assert item.record == expected.record
    assert item.size == expected.size
    assert item.holds_binary == expected.holds_binary
    assert walked.spelled is raw


@given(st.dictionaries(filled, valid, max_size=4))
def test_the_walk_accepts_what_is_right(raw: dict[str, Any]) -> None:
    request = PutItemInput.parse({"TableName": "table", "Item": raw})
    assert type(request.item) is CanonicalAttributes
    assert content.item(request.item, limited=True).record == in_steps(raw).record
    assert request.json()["Item"] is raw


@given(
    st.one_of(
        valid, st.tuples(st.sampled_from("SN"), st.one_of(numbers, texts)).map(lambda p: dict([p]))
    )
)
def test_a_string_or_number_alone_is_read_as_among_others(raw: dict[str, Any]) -> None:
    def outcome(value: dict[str, Any]) -> object:
        try:
            return content.value(value)
        except DynamoDBError as error:
            return type(error), error.message, error.hint

    try:
        read = KIND.read(raw, ELEMENT)
    except DynamoDBError:
        return  # a lone surrogate, or no base64
    assert read == raw
    # a second member that is null takes the longer way, and changes nothing
    assert outcome(read) == outcome({**read, "other": None})
