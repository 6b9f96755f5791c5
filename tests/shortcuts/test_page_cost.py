"""The bound of an item's cost on a page: never below the cost, so no page ends late."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ddbmock.database.data_plane.page import read_page
from ddbmock.database.data_plane.page_cost import LEAST, certainly_fitting, page_cost
from ddbmock.expressions.condition import Condition
from ddbmock.values.item import Item, record_json
from ddbmock.values.model import S
from tests.shortcuts.strategies import NAMES, items, texts


@given(items, st.none() | texts.map(lambda text: "r" + text[:100]))
def test_no_item_costs_more_than_its_record_may(item: Item, range_key: str | None) -> None:
    if range_key is not None:
        item = item.changed({NAMES[0]: S(range_key)})
    cost = page_cost(record_json(item.record), NAMES[0])
    assert len(item.record) + LEAST >= certainly_fitting(cost)


@given(st.integers(0, 9000), st.integers(1, 1024))
def test_no_large_item_costs_more_than_its_record_may(filler: int, range_size: int) -> None:
    item = Item({"p": S("p"), "r": S("r" * range_size), "text": S("x" * filler)})
    cost = page_cost(record_json(item.record), "r")
    assert len(item.record) + LEAST >= certainly_fitting(cost)


@given(st.lists(items, max_size=12), st.integers(1, 400), st.none() | st.integers(1, 12))
def test_a_page_ends_where_the_sum_of_costs_says(
    found: list[Item], max_cost: int, limit: int | None
) -> None:
    records = [(b"", item.record) for item in found]
    taken, cost = 0, 0
    while taken < len(found) and cost < max_cost and taken != limit:
        cost += page_cost(record_json(found[taken].record), "a")
        taken += 1
    ended = cost >= max_cost or taken == limit
    for condition in (None, Condition.of(lambda item: True, ())):
        page = read_page(
            records, limit=limit, condition=condition, max_size=max_cost, range_key="a"
        )
        assert list(page.items) == found[:taken]
        assert page.scanned == taken
        assert page.size == sum(item.size for item in found[:taken])
        assert page.last == (found[taken - 1] if ended and taken else None)
