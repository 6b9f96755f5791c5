"""Key conditions beyond the golden vectors."""

from __future__ import annotations

import pytest

from ddbmock.errors import ValidationException
from ddbmock.expressions.key_condition import KeyTerm, check_count, key_condition
from ddbmock.expressions.names import Names
from ddbmock.values.model import N, S


def test_terms_carry_the_values_of_each_request() -> None:
    for number in ("1", "2"):
        terms = key_condition("pk = :n", Names(None, {":n": N(number)}))
        assert terms == (KeyTerm("pk", "=", (N(number),)),)


def test_bounds_are_checked_although_the_expression_is_cached() -> None:
    text = "pk = :a AND sk BETWEEN :a AND :b"
    assert len(key_condition(text, Names(None, {":a": S("a"), ":b": S("b")}))) == 2
    with pytest.raises(ValidationException) as caught:
        key_condition(text, Names(None, {":a": S("b"), ":b": S("a")}))
    assert caught.value.message == (
        "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater "
        "than or equal to lower bound; lower bound operand: AttributeValue: {S:b}, "
        "upper bound operand: AttributeValue: {S:a}"
    )


@pytest.mark.parametrize("count", [0, 3])
def test_a_query_has_one_or_two_terms(count: int) -> None:
    check_count([object()])
    check_count([object(), object()])
    with pytest.raises(ValidationException) as caught:
        check_count([object()] * count)
    assert caught.value.message == "Conditions can be of length 1 or 2 only"
