"""Scan of the first API: filters, pages, counts."""

from __future__ import annotations

from typing import Any

import pytest

from ddbmock.settings import Settings
from tests.behaviour.calling import Caller
from tests.behaviour.v20111205.requests import Json, b, condition, key, n, put, s

ITEMS: dict[str, Json] = {
    "s": s("abc"),
    "S": s("b"),
    "n": n(5),
    "m": n("-1"),
    "b": b("AAEC"),
    "ss": {"SS": ["abc", "b"]},
    "ns": {"NS": ["5", "6"]},
    "bs": {"BS": ["AAEC", "AQ=="]},
}
"""The attribute ``x`` of an item by its hash key; of ``none`` there is no ``x``."""


def scan(call: Caller, table: str, **members: Any) -> Json:
    return call("Scan", {"TableName": table, **members})


def names(answer: Json) -> set[str]:
    return {item["id"]["S"] for item in answer["Items"]}


@pytest.fixture
def mixed(call: Caller, simple: str) -> str:
    """A table with an item for each type."""
    for name, value in ITEMS.items():
        put(call, simple, id=s(name), x=value)
    put(call, simple, id=s("none"), y=n(1))
    return simple


ALL = {*ITEMS, "none"}
FILTERS: list[tuple[Json, set[str]]] = [
    (condition("EQ", s("abc")), {"s"}),
    (condition("EQ", s("ABC")), set()),
    (condition("EQ", n("5.0")), {"n"}),
    (condition("EQ", s("5")), set()),
    (condition("EQ", b("AAEC")), {"b"}),
    (condition("NE", s("abc")), ALL - {"s"}),
    (condition("NE", n(5)), ALL - {"n"}),
    (condition("LT", s("b")), {"s"}),
    (condition("LE", s("b")), {"s", "S"}),
    (condition("GT", s("abc")), {"S"}),
    (condition("GE", s("abc")), {"s", "S"}),
    (condition("LT", n(5)), {"m"}),
    (condition("LE", n(5)), {"m", "n"}),
    (condition("GT", n(-2)), {"m", "n"}),
    (condition("GE", n("5.1")), set()),
    (condition("GE", b("AA==")), {"b"}),
    (condition("LT", b("AAEC")), set()),
    (condition("BETWEEN", n(-1), n(5)), {"m", "n"}),
    (condition("BETWEEN", s("a"), s("abc")), {"s"}),
    (condition("BETWEEN", b("AAEC"), b("AAEC")), {"b"}),
    (condition("BEGINS_WITH", s("ab")), {"s"}),
    (condition("BEGINS_WITH", s("b")), {"S"}),
    (condition("BEGINS_WITH", b("AAE=")), {"b"}),
    (condition("IN", s("abc"), s("x")), {"s"}),
    (condition("IN", n(1), n(5), n(-1)), {"n", "m"}),
    (condition("IN", b("AAEC")), {"b"}),
    (condition("CONTAINS", s("b")), {"s", "S", "ss"}),
    (condition("CONTAINS", s("bc")), {"s"}),
    (condition("CONTAINS", s("abc")), {"s", "ss"}),
    (condition("CONTAINS", n("5.0")), {"ns"}),
    (condition("CONTAINS", b("AQ==")), {"b", "bs"}),
    (condition("CONTAINS", b("AQI=")), {"b"}),
    (condition("NOT_CONTAINS", s("abc")), {"S"}),
    (condition("NOT_CONTAINS", s("bc")), {"S", "ss"}),
    (condition("NOT_CONTAINS", n(6)), set()),
    (condition("NOT_CONTAINS", n(7)), {"ns"}),
    (condition("NOT_CONTAINS", b("AQI=")), {"bs"}),
    (condition("NULL"), {"none"}),
    (condition("NOT_NULL"), ALL - {"none"}),
]


@pytest.mark.parametrize(("member", "expected"), FILTERS)
def test_filters(call: Caller, mixed: str, member: Json, expected: set[str]) -> None:
    answer = scan(call, mixed, ScanFilter={"x": member})
    assert names(answer) == expected
    assert (answer["Count"], answer["ScannedCount"]) == (len(expected), len(ALL))
    assert answer["ConsumedCapacityUnits"] == 0.5
    assert set(answer) == {"Count", "ScannedCount", "Items", "ConsumedCapacityUnits"}


def test_several_conditions_have_to_hold_together(call: Caller, mixed: str) -> None:
    both = {"x": condition("CONTAINS", s("b")), "id": condition("NE", s("s"))}
    assert names(scan(call, mixed, ScanFilter=both)) == {"S", "ss"}
    three = {**both, "y": condition("NOT_NULL")}
    assert names(scan(call, mixed, ScanFilter=three)) == set()


@pytest.mark.parametrize("members", [{}, {"ScanFilter": {}}])
def test_without_a_filter_all_items_come(call: Caller, mixed: str, members: Json) -> None:
    answer = scan(call, mixed, **members)
    assert {item["id"]["S"]: item.get("x") for item in answer["Items"]} == {**ITEMS, "none": None}


def test_an_empty_table(call: Caller, simple: str) -> None:
    assert scan(call, simple) == {
        "Count": 0,
        "ScannedCount": 0,
        "Items": [],
        "ConsumedCapacityUnits": 0.5,
    }


def test_the_filter_sees_what_is_not_asked_for(call: Caller, mixed: str) -> None:
    answer = scan(
        call, mixed, ScanFilter={"x": condition("EQ", n(5))}, AttributesToGet=["id", "none"]
    )
    assert answer["Items"] == [{"id": s("n")}]


def test_count_gives_no_items(call: Caller, mixed: str) -> None:
    members = {"Count": True, "ScanFilter": {"x": condition("NOT_NULL")}}
    assert scan(call, mixed, **members) == {
        "Count": len(ITEMS),
        "ScannedCount": len(ALL),
        "ConsumedCapacityUnits": 0.5,
    }


@pytest.mark.parametrize("limit", [1, 2, 4, 8, 9, 10])
@pytest.mark.parametrize("filtered", [True, False])
def test_pages_together_are_the_whole(call: Caller, mixed: str, limit: int, filtered: bool) -> None:
    members: Json = {"Limit": limit}
    if filtered:
        members["ScanFilter"] = {"x": condition("CONTAINS", s("b"))}
    seen: list[str] = []
    scanned = []
    while True:
        answer = scan(call, mixed, **members)
        seen += [item["id"]["S"] for item in answer["Items"]]
        scanned.append(answer["ScannedCount"])
        if "LastEvaluatedKey" not in answer:
            break
        members["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
    assert sorted(seen) == sorted({"s", "S", "ss"} if filtered else ALL)
    # Limit counts what is read; a page that it ends may be the last and not know it.
    assert scanned == [limit] * (9 // limit) + [9 % limit]


def test_a_page_can_be_empty_and_not_the_last(call: Caller, ranged: str) -> None:
    for number in range(3):
        put(call, ranged, id=s("a"), at=n(number))
    assert scan(call, ranged, Limit=2, ScanFilter={"at": condition("EQ", n(2))}) == {
        "Count": 0,
        "ScannedCount": 2,
        "Items": [],
        "LastEvaluatedKey": key(s("a"), n(1)),
        "ConsumedCapacityUnits": 0.5,
    }


def test_a_scan_goes_on_after_a_key_that_is_not_there(call: Caller, ranged: str) -> None:
    for number in (1, 3):
        put(call, ranged, id=s("a"), at=n(number))
    answer = scan(call, ranged, ExclusiveStartKey=key(s("a"), n(2)))
    assert answer["Items"] == [{"id": s("a"), "at": n(3)}]


def test_items_of_one_hash_key_come_together_and_in_order(call: Caller, ranged: str) -> None:
    for number in (10, 9, 1, -1):
        for name in ("a", "b", "c"):
            put(call, ranged, id=s(name), at=n(number))
    items = [(item["id"]["S"], item["at"]["N"]) for item in scan(call, ranged)["Items"]]
    groups = [items[start : start + 4] for start in (0, 4, 8)]
    assert {group[0][0] for group in groups} == {"a", "b", "c"}
    for group in groups:
        name = group[0][0]
        assert group == [(name, "-1"), (name, "1"), (name, "9"), (name, "10")]


def test_a_page_ends_with_the_item_that_reaches_1_mb(call: Caller, ranged: str) -> None:
    for number in range(1, 18):
        put(call, ranged, id=s("a"), at=n(number), x=s("x" * 65528))
    # What is read counts, whatever the filter lets through.
    answer = scan(call, ranged, ScanFilter={"x": condition("NULL")})
    assert answer == {
        "Count": 0,
        "ScannedCount": 16,
        "Items": [],
        "LastEvaluatedKey": key(s("a"), n(16)),
        "ConsumedCapacityUnits": 512.0,
    }
    rest = scan(call, ranged, Count=True, ExclusiveStartKey=answer["LastEvaluatedKey"])
    assert rest == {"Count": 1, "ScannedCount": 1, "ConsumedCapacityUnits": 32.0}


class TestWithoutLimits:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(limits="none")

    def test_a_page_can_be_of_any_size(self, call: Caller, ranged: str) -> None:
        for number in range(1, 18):
            put(call, ranged, id=s("a"), at=n(number), x=s("x" * 65528))
        assert scan(call, ranged, Count=True) == {
            "Count": 17,
            "ScannedCount": 17,
            "ConsumedCapacityUnits": 544.0,
        }
        query = {"TableName": ranged, "HashKeyValue": s("a"), "Count": True}
        assert call("Query", query) == {"Count": 17, "ConsumedCapacityUnits": 544.0}


COUNT = "The attempted filter operation is not supported for the provided filter argument count"
TYPE = "The attempted filter operation is not supported for the provided type"
SET: Json = {"SS": ["a"]}
REFUSED: list[tuple[Json, str]] = [
    *[
        ({"ScanFilter": {"x": condition(operator, *values)}}, COUNT)
        for operator in ("EQ", "NE", "LT", "LE", "GT", "GE", "CONTAINS", "NOT_CONTAINS")
        for values in ([], [s("a"), s("b")])
    ],
    *[
        ({"ScanFilter": {"x": condition("BEGINS_WITH", *values)}}, COUNT)
        for values in ([], [s("a"), s("b")])
    ],
    *[
        ({"ScanFilter": {"x": condition("BETWEEN", *values)}}, COUNT)
        for values in ([], [s("a")], [s("a"), s("b"), s("c")])
    ],
    ({"ScanFilter": {"x": condition("IN")}}, COUNT),
    ({"ScanFilter": {"x": condition("NULL", s("a"))}}, COUNT),
    ({"ScanFilter": {"x": condition("NOT_NULL", s("a"))}}, COUNT),
    *[
        ({"ScanFilter": {"x": condition(operator, SET)}}, TYPE)
        for operator in (
            "EQ", "NE", "LT", "LE", "GT", "GE", "CONTAINS", "NOT_CONTAINS", "BEGINS_WITH", "IN",
        )
    ],
    ({"ScanFilter": {"x": condition("BEGINS_WITH", n(1))}}, TYPE),
    ({"ScanFilter": {"x": condition("BETWEEN", SET, SET)}}, TYPE),
    ({"ScanFilter": {"x": condition("IN", s("a"), SET)}}, TYPE),
    (
        {"ScanFilter": {"x": condition("BETWEEN", n(1), s("a"))}},
        "The filter operation is being passed in values with different types",
    ),
    (
        {"ScanFilter": {"x": condition("IN", n(1), s("a"))}},
        "The filter operation is being passed in values with different types",
    ),
    (
        {"ScanFilter": {"x": condition("BETWEEN", s("b"), s("a"))}},
        "The BETWEEN condition was provided a range where the lower bound is greater than the "
        "upper bound",
    ),
    (
        {"Count": True, "AttributesToGet": ["x"]},
        "Cannot specify the AttributesToGet when choosing to get only the Count",
    ),
    ({"ExclusiveStartKey": key(s("a"), n(1))}, "The provided starting key is invalid"),
    ({"ExclusiveStartKey": key(n(1))}, "The provided starting key is invalid"),
]  # fmt: skip


@pytest.mark.parametrize(("members", "message"), REFUSED)
def test_refused_scans(call: Caller, simple: str, members: Json, message: str) -> None:
    request = {"TableName": simple, **members}
    assert call.refused("Scan", request) == (400, "ValidationException", message)
