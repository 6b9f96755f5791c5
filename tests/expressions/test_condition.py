"""Conditions beyond the golden vectors: reuse of what is cached, deep nesting, hints."""

from __future__ import annotations

import pytest

from ddbmock.errors import ValidationException
from ddbmock.expressions.condition import condition
from ddbmock.expressions.names import Names
from ddbmock.values.item import Item
from ddbmock.values.model import NULL, AttributeValue, N, S

MEMBER = "ConditionExpression"


def refused(text: str, names: Names) -> ValidationException:
    with pytest.raises(ValidationException) as caught:
        condition(text, MEMBER, names)
    return caught.value


def test_an_expression_is_bound_to_the_values_of_each_request() -> None:
    for number in ("1", "2", "3"):
        holds = condition("n = :n", MEMBER, Names(None, {":n": N(number)}))
        assert [holds(Item({"n": N(other)})) for other in ("1", "2", "3")] == [
            other == number for other in ("1", "2", "3")
        ]


def test_an_expression_is_bound_to_the_names_of_each_request() -> None:
    for name in ("a", "b"):
        holds = condition("#x = :v", MEMBER, Names({"#x": name}, {":v": S("v")}))
        assert holds.paths == ((name,),)
        assert holds(Item({name: S("v")}))


def test_a_value_of_another_type_is_checked_although_the_expression_is_cached() -> None:
    assert condition("n < :n", MEMBER, Names(None, {":n": N("1")}))(Item({"n": N("0")}))
    error = refused("n < :n", Names(None, {":n": NULL(True)}))
    assert error.message == (
        "Invalid ConditionExpression: Incorrect operand type for operator or function; "
        "operator or function: <, operand type: NULL"
    )


def test_bounds_are_checked_although_the_expression_is_cached() -> None:
    text = "n BETWEEN :a AND :b"
    assert condition(text, MEMBER, Names(None, {":a": N("1"), ":b": N("3")}))(Item({"n": N("2")}))
    error = refused(text, Names(None, {":a": N("3"), ":b": N("1")}))
    assert error.message == (
        "Invalid ConditionExpression: The BETWEEN operator requires upper bound to be greater than "
        "or equal to lower bound; lower bound operand: AttributeValue: {N:3}, "
        "upper bound operand: AttributeValue: {N:1}"
    )


def test_bounds_of_an_earlier_condition_are_found_before_types_of_a_later_one() -> None:
    values: dict[str, AttributeValue] = {":a": N("3"), ":b": N("1"), ":n": NULL(True)}
    error = refused("n BETWEEN :a AND :b AND n < :n", Names(None, values))
    assert error.message is not None
    assert "BETWEEN operator requires upper bound" in error.message


def test_a_reserved_word_is_pointed_at() -> None:
    error = refused("#date.mydate.date = :v", Names({"#date": "d"}, {":v": S("x")}))
    assert error.message == (
        "Invalid ConditionExpression: Attribute name is a reserved keyword; reserved keyword: date"
    )
    assert error.hint == (
        "#date.mydate.date = :v\n"
        "             ^ Write #date and define it in ExpressionAttributeNames as 'date'."
    )


def test_a_long_expression_is_shown_around_its_fault() -> None:
    error = refused(f"a = :v AND {'b = :v AND ' * 20}date = :v", Names(None, {":v": S("x")}))
    assert error.hint == (
        "… :v AND b = :v AND b = :v AND b = :v AND b = :v AND b = :v AND date = :v\n"
        "                                                               "
        " ^ Write #date and define it in ExpressionAttributeNames as 'date'."
    )


@pytest.mark.parametrize(
    ("text", "advice"),
    [("a = :v && b = :v", "Write AND for &&."), ("a = :v || b = :v", "Write OR for ||.")],
)
def test_words_are_advised_for_symbols_of_other_languages(text: str, advice: str) -> None:
    error = refused(text, Names(None, {":v": S("x")}))
    assert error.hint == f"{text}\n       ^ {advice}"


def test_a_double_equals_sign_is_explained() -> None:
    error = refused("a == :v", Names(None, {":v": S("x")}))
    assert error.hint == "a == :v\n   ^ Equality is a single =."


def test_an_unknown_reference_hints_at_a_similar_one() -> None:
    error = refused("#nmae = :v", Names({"#name": "name"}, {":v": S("x")}))
    assert error.hint == (
        "#nmae = :v\n^ ExpressionAttributeNames defines #name. Did you mean #name?"
    )
