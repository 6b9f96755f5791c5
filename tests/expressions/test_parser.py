"""Properties of the grammars: printing and parsing are inverse, and no text does harm."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddbmock.errors import ValidationException
from ddbmock.expressions.condition import condition
from ddbmock.expressions.key_condition import key_condition
from ddbmock.expressions.names import Names
from ddbmock.expressions.nodes import (
    Comparison,
    Condition,
    Literal,
    Path,
    Projection,
    Update,
    simple_conditions,
    walk,
)
from ddbmock.expressions.parser import parse_condition, parse_projection, parse_update
from ddbmock.expressions.projection import projection
from ddbmock.expressions.update import update
from ddbmock.values.item import NO_ITEM, Item
from ddbmock.values.model import N, S
from tests.expressions import strategies

MEMBER = "ConditionExpression"


@given(strategies.conditions)
def test_a_printed_condition_parses_to_the_same_tree(tree: Condition) -> None:
    assert parse_condition(str(tree), MEMBER).root == tree


@given(strategies.updates)
def test_a_printed_update_parses_to_the_same_tree(tree: Update) -> None:
    assert parse_update(str(tree)).root == tree


@given(strategies.projections)
def test_a_printed_projection_parses_to_the_same_tree(tree: Projection) -> None:
    assert parse_projection(str(tree)).root == tree


@given(strategies.conditions)
def test_nodes_know_where_their_text_begins(tree: Condition) -> None:
    text = str(tree)
    for node in walk(parse_condition(text, MEMBER).root):
        assert 0 <= node.at < len(text)


@given(strategies.conditions)
def test_walking_passes_all_simple_conditions_from_left_to_right(tree: Condition) -> None:
    root = parse_condition(str(tree), MEMBER).root
    found = list(simple_conditions(root))
    inner = {id(child) for simple in found for node in walk(simple) for child in node.children}
    assert [id(node) for node in walk(root) if id(node) not in inner and node in found] == [
        id(simple) for simple in found
    ]


TOKENS = [
    *("a", "#a", ":v", "b.c", "x[1]", "size(", "contains(", "f(", "if_not_exists(", "list_append("),
    *("SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT", "BETWEEN", "IN", "set", "and"),
    *("=", "<>", "<", "<=", ">", ">=", "+", "-", "(", ")", "[", "]", ",", ".", "(", ")"),
    *("1", "99999999999", "_", "#", ":", "!", "'", "é", "\U0001f600", "\x00", "\n", "data"),
]
texts = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(TOKENS), max_size=30).map(" ".join),
    st.lists(st.sampled_from(TOKENS), max_size=30).map("".join),
    st.builds(lambda part, times: part * times, st.sampled_from(TOKENS), st.integers(1, 2000)),
)


def use_condition(text: str, names: Names) -> None:
    condition(text, MEMBER, names)(NO_ITEM)


def use_update(text: str, names: Names) -> None:
    update(text, names).apply(Item({"a": N("1")}), {"pk": S("k")})


def use_projection(text: str, names: Names) -> None:
    projection(text, names)(NO_ITEM)


def refusal(use: Callable[[str, Names], Any], text: str) -> ValidationException | None:
    """The error that the text gives; None if it works."""
    try:
        use(text, Names({"#a": "a"}, {":v": N("1")}))
    except ValidationException as error:
        return error
    return None


USES: list[Callable[[str, Names], Any]] = [
    use_condition,
    use_update,
    use_projection,
    key_condition,
]


@pytest.mark.parametrize("use", USES)
@given(text=texts)
def test_any_text_works_or_is_refused_with_a_hint(
    use: Callable[[str, Names], Any], text: str
) -> None:
    error = refusal(use, text)
    assert error is None or (error.message and error.hint)


DEEP = [
    "(" * 4096,
    "(" * 2000 + "a = :v" + ")" * 2000,
    "a = " + "(" * 2000 + ":v" + ")" * 2000,
    "NOT " * 1000 + "a = :v",
    "NOT " * 299 + "a = :v",
    "NOT (" * 800 + "a",
    "NOT (" * 290 + "a = :v" + ")" * 290,
    "NOT (a = :v OR " * 99 + "a = :v" + ")" * 99,
    "a = b AND (" * 149 + "a = :v" + ")" * 149,
    "a = " + "f(" * 1300 + "b" + ")" * 1300,
    "a = " + "size(" * 600 + "b" + ")" * 600,
    "a" + ".a" * 2000 + " = :v",
    "a" + "[0]" * 1300 + " = :v",
    "a IN (" + ",".join(["a"] * 2000) + ")",
    "SET a = " + "if_not_exists(a," * 200 + ":v" + ")" * 200,
    "SET a = " + "(" * 2000 + "b" + ")" * 2000,
    "SET a = " + "list_append(:v," * 240 + ":v" + ")" * 240,
    "SET a = " + " + ".join(["a"] * 1000),
    "SET " + ",".join([f"a{n} = :v" for n in range(300)]),
    "REMOVE " + ",".join([f"a[{n}]" for n in range(500)]),
    ",".join(["a.b"] * 1000),
]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("text", DEEP, ids=range(len(DEEP)))
def test_no_nesting_needs_a_deep_stack(use: Callable[[str, Names], Any], text: str) -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(_depth() + 450)
    try:
        refusal(use, text)
    finally:
        sys.setrecursionlimit(limit)


def _depth() -> int:
    depth, frame = 0, sys._getframe()
    while frame.f_back is not None:
        depth, frame = depth + 1, frame.f_back
    return depth


@given(strategies.conditions, strategies.conditions)
def test_equal_trees_have_equal_hashes_and_representations(one: Condition, two: Condition) -> None:
    parsed = parse_condition(str(one), MEMBER).root
    assert hash(parsed) == hash(one)
    assert repr(parsed) == repr(one)
    assert (one == two) is (repr(one) == repr(two))


def test_a_tree_without_text_can_be_shown() -> None:
    assert str(Comparison("=", Path(("a",)), Literal(N("1")))) == "a = N('1')"
