"""Numbers that are measured in one go, and names that are measured together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ddbmock.errors import ValidationException
from ddbmock.values.canonical import canonical_attributes
from ddbmock.values.item import Item
from ddbmock.values.number import canonical, measured, number_size
from ddbmock.values.size import item_size
from tests.shortcuts.strategies import items

spellings = st.one_of(
    st.from_regex(r"[-+]?[0-9]{0,5}(\.[0-9]{0,5})?(e[-+]?[0-9]{1,2})?", fullmatch=True),
    st.from_regex(r"[0-9]{35,40}(\.[0-9]{1,3})?", fullmatch=True),
    st.sampled_from(["", ".", "-", "٣", "1.²", "0.0", "00.1", "1.50", "1.5.1"]),
)


@given(spellings)
def test_a_number_is_measured_as_its_canonical_text_is(text: str) -> None:
    expected: object
    try:
        expected = canonical(text), number_size(canonical(text))
    except ValidationException as error:
        expected = str(error)
    found: object
    try:
        found = measured(text)
    except ValidationException as error:
        found = str(error)
    assert found == expected


@given(items)
def test_the_walk_through_an_item_finds_its_size(item: Item) -> None:
    raw = item.to_python() if not item.holds_binary else {}
    walked = canonical_attributes(raw)
    assert walked.size == (item_size(item.attributes) if raw else 0)
    assert walked == raw
