"""Filters of pages: they find what the condition finds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ddbmock.database.data_plane.filtering import passing
from ddbmock.expressions import nodes
from ddbmock.expressions.condition import condition_of
from ddbmock.expressions.nodes import And, Between, Call, Comparison, In, Literal, Not, Or, Path
from ddbmock.values.item import Item
from ddbmock.values.model import S
from tests.shortcuts.strategies import items, names, values

literals = values.map(Literal)
paths = st.one_of(
    names.map(lambda name: Path((name,))),
    st.sampled_from([Path(("a", "b")), Path(("a", 0)), Path(("a",)), Path(("b",))]),
)
operands = st.one_of(paths, literals)
simple: st.SearchStrategy[nodes.Condition] = st.one_of(
    st.builds(Comparison, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), operands, operands),
    st.builds(Between, paths, operands, operands),
    st.builds(In, paths, st.lists(operands, min_size=1, max_size=3).map(tuple)),
    st.builds(
        Call,
        st.sampled_from(["attribute_exists", "attribute_not_exists"]),
        paths.map(lambda path: (path,)),
    ),
    st.builds(
        Call,
        st.just("attribute_type"),
        st.tuples(paths, st.sampled_from(["S", "N", "M", "NULL"]).map(lambda tag: Literal(S(tag)))),
    ),
    st.builds(Call, st.sampled_from(["begins_with", "contains"]), st.tuples(paths, operands)),
)
conditions: st.SearchStrategy[nodes.Condition] = st.one_of(
    simple,
    st.lists(simple, min_size=2, max_size=3).map(lambda parts: And(tuple(parts))),
    st.lists(simple, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts))),
    simple.map(Not),
)


@given(st.lists(items, max_size=4), conditions)
def test_a_filter_lets_those_items_pass_for_which_the_condition_holds(
    stored: list[Item], root: nodes.Condition
) -> None:
    condition = condition_of(root)
    records = [item.record for item in stored]
    assert passing(records, condition) == [item.record for item in stored if condition(item)]


@given(st.lists(items, min_size=1, max_size=4), st.data())
def test_values_of_the_items_themselves_are_found(stored: list[Item], data: st.DataObject) -> None:
    tests = []
    for name, value in data.draw(st.sampled_from(stored)).attributes.items():
        operator = data.draw(st.sampled_from(["=", "<=", ">="]))
        tests.append(Comparison(operator, Path((name,)), Literal(value)))
    if tests:
        condition = condition_of(And(tuple(tests)))
        records = [item.record for item in stored]
        assert passing(records, condition) == [item.record for item in stored if condition(item)]
