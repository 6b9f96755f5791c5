"""GetItem of the first API."""

from __future__ import annotations

import pytest

from tests.behaviour.calling import Caller
from tests.behaviour.v20111205.requests import create, key, n, put, s


def test_an_item_comes_out_as_it_went_in(call: Caller, simple: str) -> None:
    put(call, simple, id=s("a"), n=n("1.50"))
    assert call("GetItem", {"TableName": simple, "Key": key(s("a"))}) == {
        "Item": {"id": {"S": "a"}, "n": {"N": "1.5"}},
        "ConsumedCapacityUnits": 0.5,
    }


def test_no_member_item_when_there_is_none(call: Caller, simple: str) -> None:
    assert call("GetItem", {"TableName": simple, "Key": key(s("a"))}) == {
        "ConsumedCapacityUnits": 0.5
    }
    assert call("GetItem", {"TableName": simple, "Key": key(s("a")), "ConsistentRead": True}) == {
        "ConsumedCapacityUnits": 1.0
    }


@pytest.mark.parametrize(
    ("names", "item"),
    [
        (["n"], {"n": {"N": "1"}}),
        (["id"], {"id": {"S": "a"}}),
        (["n", "id"], {"id": {"S": "a"}, "n": {"N": "1"}}),
        (["other", "n"], {"n": {"N": "1"}}),
        (["other"], {}),
    ],
)
def test_only_the_attributes_asked_for_come(
    call: Caller, simple: str, names: list[str], item: object
) -> None:
    put(call, simple, id=s("a"), n=n(1), m=n(2))
    request = {"TableName": simple, "Key": key(s("a")), "AttributesToGet": names}
    assert call("GetItem", request) == {"Item": item, "ConsumedCapacityUnits": 0.5}


@pytest.mark.parametrize(
    ("size", "consistent", "units"),
    [
        (1024, True, 1.0),
        (1024, False, 0.5),
        (1025, True, 2.0),
        (1025, False, 1.0),
        (65536, True, 64.0),
        (65536, False, 32.0),
    ],
)
def test_a_unit_reads_1_kb(
    call: Caller, simple: str, size: int, consistent: bool, units: float
) -> None:
    put(call, simple, id=s("a"), x=s("x" * (size - 4)))
    request = {
        "TableName": simple,
        "Key": key(s("a")),
        "ConsistentRead": consistent,
        "AttributesToGet": ["id"],
    }
    assert call("GetItem", request) == {"Item": {"id": {"S": "a"}}, "ConsumedCapacityUnits": units}


@pytest.mark.parametrize("text", ["1", "1.0", "+1", "01", "1e0", "10e-1", "0.1E1"])
def test_equal_numbers_are_the_same_key(call: Caller, text: str) -> None:
    table = create(call, "numbers", "id:N")
    put(call, table, id=n("1"))
    assert call("GetItem", {"TableName": table, "Key": key(n(text))}) == {
        "Item": {"id": {"N": "1"}},
        "ConsumedCapacityUnits": 0.5,
    }
