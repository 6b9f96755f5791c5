"""Glances at records: they see what the parsed item has, or leave it to the parser."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ddbmock.expressions.condition import condition_of
from ddbmock.expressions.nodes import And, Call, Comparison, Literal, Or, Path
from ddbmock.values.glance import UNCLEAR, Glance, glance
from ddbmock.values.item import Item
from ddbmock.values.model import BOOL, NULL, AttributeValue, M, N, S
from tests.shortcuts.strategies import NAMES, items, names, texts, values

plain = st.one_of(
    st.text("abc{:,äÖ😀 '", max_size=99).map(S), st.just(N("1.5")), st.booleans().map(BOOL)
)


@given(items, st.lists(names, max_size=3))
def test_a_glance_sees_what_the_item_has(item: Item, others: list[str]) -> None:
    stored = Item.of_record(item.record)
    for name in (*item, *others, *NAMES):
        found = glance(item.record, name)
        assert found is UNCLEAR or found == stored.get(name)
        assert Glance(item.record).get(name) == stored.get(name)
        assert (name in Glance(item.record)) == (name in stored)


@given(
    st.dictionaries(names.filter(lambda name: not set(name) & {"}", '"', "\\", "M"}), plain), names
)
def test_a_glance_at_plain_values_is_enough(
    attributes: dict[str, AttributeValue], name: str
) -> None:
    record = Item(attributes).record
    for one in (name, *attributes):
        assert glance(record, one) == attributes.get(one)


@given(st.dictionaries(texts.filter(bool), values, max_size=3), names)
def test_members_of_maps_are_no_attributes(members: dict[str, AttributeValue], name: str) -> None:
    record = Item({"before": S("x"), "m": M(members), "after": NULL(True)}).record
    assert Glance(record).get(name) is None or name in ("before", "m", "after")
    assert glance(record, "before") == S("x")
    assert glance(record, "after") in (NULL(True), UNCLEAR)


@given(items, values, names, names)
def test_conditions_hold_for_a_glance_as_for_the_item(
    item: Item, value: AttributeValue, one: str, other: str
) -> None:
    for operator in ("=", "<>", "<"):
        tested = condition_of(
            Or(
                (
                    And(
                        (
                            Comparison(operator, Path((one,)), Literal(value)),
                            Call("attribute_exists", (Path((other,)),)),
                        )
                    ),
                    Comparison("=", Path((one, "a", 0)), Path((other,))),
                )
            )
        )
        assert tested(Glance(item.record)) == tested(item)
