"""Conditions against a model that walks the tree and knows nothing of closures and caches."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddbmock.expressions.condition import condition, condition_of
from ddbmock.expressions.names import Names
from ddbmock.expressions.nodes import (
    And,
    Between,
    Call,
    Comparison,
    Condition,
    In,
    Literal,
    Not,
    Operand,
    Or,
    Path,
    simple_conditions,
    walk,
)
from ddbmock.values.item import Item
from ddbmock.values.model import Attributes, AttributeValue, B, L, M, N, S
from tests.expressions import strategies

paths = st.builds(
    lambda head, rest: Path((head, *rest)),
    st.sampled_from(strategies.NAMES),
    st.lists(st.one_of(st.sampled_from(strategies.NAMES), st.integers(0, 2)), max_size=2),
)
literals = strategies.values.map(Literal)
sizes: st.SearchStrategy[Operand] = paths.map(lambda path: Call("size", (path,)))
operands: st.SearchStrategy[Operand] = st.one_of(paths, literals, sizes)
simple: st.SearchStrategy[Condition] = st.one_of(
    st.builds(Comparison, st.sampled_from(strategies.COMPARATORS), operands, operands),
    st.builds(Between, operands, operands, operands),
    st.builds(In, operands, st.lists(operands, min_size=1, max_size=3).map(tuple)),
    paths.map(lambda path: Call("attribute_exists", (path,))),
    paths.map(lambda path: Call("attribute_not_exists", (path,))),
    st.builds(lambda one, two: Call("begins_with", (one, two)), operands, operands),
    st.builds(lambda one, two: Call("contains", (one, two)), operands, operands),
)


def _combined(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(parts.map(And), parts.map(Or), inner.map(Not))


conditions = st.recursive(simple, _combined, max_leaves=6)


def value_of(operand: Operand, item: Attributes) -> AttributeValue | None:
    match operand:
        case Literal(literal):
            return literal
        case Path(elements):
            found: AttributeValue | None = M(item)
            for element in elements:
                match found, element:
                    case (M(members), str()):
                        found = members.get(element)
                    case (L(content), int()):
                        found = content[element] if element < len(content) else None
                    case _:
                        found = None
            return found
        case Call("size", (inner,)):
            value = value_of(inner, item)
            if value is None or value.tag in ("N", "BOOL", "NULL"):
                return None
            if isinstance(value, S):
                return N(str(len(value.value.encode("utf-16-be")) // 2))
            return N(str(len(value.value)))  # type: ignore[arg-type]
        case _:
            raise AssertionError(operand)


def compared(one: AttributeValue | None, two: AttributeValue | None) -> int | None:
    """-1, 0 or 1; None if the values have no order."""
    match one, two:
        case (N(first), N(second)):
            difference = Decimal(first) - Decimal(second)
            return (difference > 0) - (difference < 0)
        case (S(text), S(other)):
            left, right = text.encode(), other.encode()
        case (B(left), B(right)):
            pass
        case _:
            return None
    return (left > right) - (left < right)


def holds(condition: Condition, item: Attributes) -> bool:
    match condition:
        case And(parts):
            return all(holds(part, item) for part in parts)
        case Or(parts):
            return any(holds(part, item) for part in parts)
        case Not(part):
            return not holds(part, item)
        case Call("attribute_exists", (operand,)):
            return value_of(operand, item) is not None
        case Call("attribute_not_exists", (operand,)):
            return value_of(operand, item) is None
        case Call("begins_with", (one, two)):
            match value_of(one, item), value_of(two, item):
                case (S(text), S(start)):
                    return text[: len(start)] == start
                case (B(content), B(begin)):
                    return content[: len(begin)] == begin
            return False
        case Call("contains", (one, two)):
            return contained(value_of(one, item), value_of(two, item))
        case Comparison("=", left, right):
            return equal(value_of(left, item), value_of(right, item))
        case Comparison("<>", left, right):
            return not equal(value_of(left, item), value_of(right, item))
        case Comparison(operator, left, right):
            order = compared(value_of(left, item), value_of(right, item))
            return order in {"<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (0, 1)}[operator]
        case Between(operand, lower, upper):
            value = value_of(operand, item)
            return compared(value, value_of(lower, item)) in (0, 1) and (
                compared(value, value_of(upper, item)) in (-1, 0)
            )
        case In(operand, choices):
            value = value_of(operand, item)
            return any(equal(value, value_of(choice, item)) for choice in choices)
        case _:
            raise AssertionError(condition)


def equal(one: AttributeValue | None, two: AttributeValue | None) -> bool:
    return one is not None and two is not None and one.tag == two.tag and one.value == two.value


def contained(value: AttributeValue | None, part: AttributeValue | None) -> bool:
    if value is None or part is None:
        return False
    if value.tag == "L":
        return any(equal(element, part) for element in value.value)  # type: ignore[union-attr, arg-type]
    if value.tag in ("S", "B") and part.tag == value.tag:
        return part.value in value.value  # type: ignore[operator]
    return value.tag == part.tag + "S" and part.value in value.value  # type: ignore[operator]


@given(conditions, strategies.attributes)
def test_a_condition_says_what_its_tree_says(tree: Condition, attributes: Attributes) -> None:
    expected = holds(tree, attributes)
    found = condition_of(tree)
    assert found(Item(attributes)) is expected
    assert found(Item.of_record(Item(attributes).record)) is expected


@given(conditions)
def test_a_condition_tells_each_path_it_looks_at_once(tree: Condition) -> None:
    paths = [node.elements for node in walk(tree) if isinstance(node, Path)]
    assert condition_of(tree).paths == tuple(dict.fromkeys(paths))


@given(st.lists(st.sampled_from(["AND", "OR", "AND NOT", "OR NOT"]), max_size=12), st.data())
def test_and_binds_tighter_than_or_and_not_tightest(joints: list[str], data: st.DataObject) -> None:
    truths = data.draw(st.lists(st.booleans(), min_size=len(joints) + 1, max_size=len(joints) + 1))
    text, python = f"a{truths[0]:d} = :one", str(truths[0])
    for joint, truth in zip(joints, truths[1:], strict=True):
        text += f" {joint} a{truth:d} = :one"
        python += f" {joint.lower()} {truth}"
    found = condition(text, "FilterExpression", Names(None, {":one": N("1")}))
    assert found(Item({"a0": N("0"), "a1": N("1")})) is eval(python)


@pytest.mark.parametrize("operator", strategies.COMPARATORS)
@given(one=strategies.values, two=strategies.values)
def test_values_compare_alike_wherever_they_come_from(
    operator: str, one: AttributeValue, two: AttributeValue
) -> None:
    item = Item({"a": one, "b": two})
    left, right = Path(("a",)), Path(("b",))
    answers = {
        condition_of(Comparison(operator, left, right))(item),
        condition_of(Comparison(operator, left, Literal(two)))(item),
        condition_of(Comparison(operator, Literal(one), right))(item),
        condition_of(Comparison(operator, Literal(one), Literal(two)))(item),
    }
    assert len(answers) == 1


@given(conditions)
def test_simple_conditions_are_those_that_nothing_combines(tree: Condition) -> None:
    assert not any(isinstance(found, And | Or | Not) for found in simple_conditions(tree))
