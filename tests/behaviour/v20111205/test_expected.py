"""Expected in the first API: writes that are done only if an item is as expected."""

from __future__ import annotations

import pytest

from tests.behaviour.calling import Caller
from tests.behaviour.v20111205.requests import Json, b, get, key, n, put, s

KEY = key(s("a"))
ITEM: Json = {"id": s("a"), "t": s("x"), "n": n(1), "b": b("AA=="), "ss": {"SS": ["a", "b"]}}
FAILED = (400, "ConditionalCheckFailedException", "The conditional request failed")

WRITES: list[tuple[str, Json, Json | None]] = [
    ("PutItem", {"Item": {"id": s("a"), "z": n(9)}}, {"id": s("a"), "z": n(9)}),
    ("DeleteItem", {"Key": KEY}, None),
    (
        "UpdateItem",
        {"Key": KEY, "AttributeUpdates": {"z": {"Value": n(9)}}},
        {**ITEM, "z": n(9)},
    ),
]
HOLDING: list[Json] = [
    {},
    {"t": {"Value": s("x")}},
    {"t": {"Value": s("x"), "Exists": True}},
    {"t": {"Value": s("x"), "Exists": "true"}},
    {"n": {"Value": n("1.0")}},
    {"b": {"Value": b("AA==")}},
    {"ss": {"Value": {"SS": ["b", "a"]}}},
    {"id": {"Value": s("a")}},
    {"q": {"Exists": False}},
    {"t": {"Value": s("x")}, "n": {"Value": n(1)}, "q": {"Exists": False}},
]
FAILING: list[Json] = [
    {"t": {"Value": s("y")}},
    {"t": {"Value": s("X")}},
    {"t": {"Value": {"SS": ["x"]}}},
    {"n": {"Value": s("1")}},
    {"n": {"Value": n(2)}},
    {"ss": {"Value": {"SS": ["a"]}}},
    {"ss": {"Value": {"SS": ["a", "b", "c"]}}},
    {"q": {"Value": s("x")}},
    {"t": {"Exists": False}},
    {"t": {"Value": s("x")}, "n": {"Value": n(2)}},
    {"id": {"Value": s("b")}},
]


@pytest.fixture(autouse=True)
def table(simple: str) -> None:
    """Each test has the table ``simple``."""


@pytest.mark.parametrize(("operation", "write", "result"), WRITES)
@pytest.mark.parametrize("expected", HOLDING)
def test_a_write_is_done_when_what_is_expected_holds(
    call: Caller, operation: str, write: Json, result: Json | None, expected: Json
) -> None:
    put(call, "simple", **ITEM)
    request = {"TableName": "simple", "Expected": expected, **write}
    assert call(operation, request) == {"ConsumedCapacityUnits": 1.0}
    assert get(call, "simple", KEY) == result


@pytest.mark.parametrize(("operation", "write", "_"), WRITES)
@pytest.mark.parametrize("expected", FAILING)
def test_a_write_is_not_done_when_it_does_not(
    call: Caller, operation: str, write: Json, _: object, expected: Json
) -> None:
    put(call, "simple", **ITEM)
    request = {"TableName": "simple", "Expected": expected, **write}
    assert call.refused(operation, request) == FAILED
    assert get(call, "simple", KEY) == ITEM


@pytest.mark.parametrize(("operation", "write", "_"), WRITES)
def test_of_an_item_that_is_not_there_only_absence_holds(
    call: Caller, operation: str, write: Json, _: object
) -> None:
    request = {"TableName": "simple", **write}
    for expected in ({"id": {"Value": s("a")}}, {"t": {"Value": s("x")}}):
        assert call.refused(operation, {**request, "Expected": expected}) == FAILED
    assert get(call, "simple", KEY) is None
    absent = {"id": {"Exists": False}, "t": {"Exists": False}}
    assert call(operation, {**request, "Expected": absent}) == {"ConsumedCapacityUnits": 1.0}


INVALID = "One or more parameter values were invalid: "


@pytest.mark.parametrize(("operation", "write", "_"), WRITES)
@pytest.mark.parametrize(
    ("expected", "message"),
    [
        (
            {},
            f"{INVALID}'Exists' is set to null. "
            "'Exists' must be set to false when no Attribute value is specified",
        ),
        (
            {"Exists": True},
            f"{INVALID}'Exists' is set to true. "
            "'Exists' must be set to false when no Attribute value is specified",
        ),
        (
            {"Exists": False, "Value": s("x")},
            f"{INVALID}Cannot expect an attribute to have a specified value while expecting it to "
            "not exist",
        ),
        (
            {"Value": {}},
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
        ),
    ],
)
def test_exists_and_value_have_to_go_together(
    call: Caller, operation: str, write: Json, _: object, expected: Json, message: str
) -> None:
    request = {"TableName": "nowhere", "Expected": {"t": expected}, **write}
    assert call.refused(operation, request) == (400, "ValidationException", message)
