"""Query of the first API: range key conditions, both directions, pages, counts."""

from __future__ import annotations

import pytest

from tests.behaviour.calling import Caller
from tests.behaviour.v20111205.requests import Json, b, condition, create, key, n, put, s

NUMBERS = ["-10", "-9.5", "-1", "0", "0.5", "1", "2", "9", "10", "100"]


def query(call: Caller, table: str, **members: object) -> Json:
    return call("Query", {"TableName": table, "HashKeyValue": s("a"), **members})


def found(call: Caller, table: str, **members: object) -> list[str]:
    """The range keys that a query finds."""
    return [next(iter(item["at"].values())) for item in query(call, table, **members)["Items"]]


@pytest.fixture
def numbers(call: Caller, ranged: str) -> str:
    """A table with ten items under one hash key, and neighbours before and behind."""
    for text in reversed(NUMBERS):
        put(call, ranged, id=s("a"), at=n(text))
    for other in ("A", "a ", "b", "aa"):
        put(call, ranged, id=s(other), at=n(5))
    return ranged


def test_all_items_in_the_order_of_their_numbers(call: Caller, numbers: str) -> None:
    assert query(call, numbers) == {
        "Count": 10,
        "Items": [{"id": s("a"), "at": n(text)} for text in NUMBERS],
        "ConsumedCapacityUnits": 0.5,
    }


def test_backwards(call: Caller, numbers: str) -> None:
    assert found(call, numbers, ScanIndexForward=False) == NUMBERS[::-1]
    assert found(call, numbers, ScanIndexForward=True) == NUMBERS


@pytest.mark.parametrize(
    ("range_condition", "first", "last"),
    [
        (condition("EQ", n(1)), 5, 6),
        (condition("EQ", n("1.00")), 5, 6),
        (condition("EQ", n(7)), 0, 0),
        (condition("LT", n(0)), 0, 3),
        (condition("LT", n(-10)), 0, 0),
        (condition("LE", n(0)), 0, 4),
        (condition("LE", n("0.1")), 0, 4),
        (condition("GT", n(0)), 4, 10),
        (condition("GT", n(100)), 0, 0),
        (condition("GE", n(0)), 3, 10),
        (condition("GE", n("-9.6")), 1, 10),
        (condition("BETWEEN", n(-1), n(2)), 2, 7),
        (condition("BETWEEN", n("0.6"), n(50)), 5, 9),
        (condition("BETWEEN", n(1), n(1)), 5, 6),
        (condition("BETWEEN", n(3), n(8)), 0, 0),
    ],
)
@pytest.mark.parametrize("forward", [True, False])
def test_conditions_on_numbers(
    call: Caller, numbers: str, range_condition: Json, first: int, last: int, forward: bool
) -> None:
    members = {"RangeKeyCondition": range_condition, "ScanIndexForward": forward}
    expected = NUMBERS[first:last]
    assert found(call, numbers, **members) == (expected if forward else expected[::-1])


TEXTS = ["A", "B", "a", "aa", "ab", "b", "~", "é", "ﾡ", "𝄞"]


@pytest.mark.parametrize(
    ("range_condition", "first", "last"),
    [
        (condition("EQ", s("a")), 2, 3),
        (condition("LT", s("a")), 0, 2),
        (condition("LE", s("a")), 0, 3),
        (condition("GT", s("b")), 6, 10),
        (condition("GE", s("b")), 5, 10),
        (condition("BETWEEN", s("B"), s("ab")), 1, 5),
        (condition("BEGINS_WITH", s("a")), 2, 5),
        (condition("BEGINS_WITH", s("aa")), 3, 4),
        (condition("BEGINS_WITH", s("c")), 0, 0),
        (condition("GE", s("ﾡ")), 8, 10),
    ],
)
def test_strings_are_ordered_by_their_utf8_bytes(
    call: Caller, range_condition: Json, first: int, last: int
) -> None:
    table = create(call, "texts", "id:S", "at:S")
    for text in reversed(TEXTS):
        put(call, table, id=s("a"), at=s(text))
    assert found(call, table) == TEXTS
    assert found(call, table, RangeKeyCondition=range_condition) == TEXTS[first:last]


BINARIES = ["AA==", "AAA=", "AAE=", "AQ==", "fw==", "gA==", "/w==", "/wA="]


@pytest.mark.parametrize(
    ("range_condition", "first", "last"),
    [
        (condition("EQ", b("AQ==")), 3, 4),
        (condition("LT", b("gA==")), 0, 5),
        (condition("GE", b("gA==")), 5, 8),
        (condition("BETWEEN", b("AAA="), b("fw==")), 1, 5),
        (condition("BEGINS_WITH", b("AA==")), 0, 3),
        (condition("BEGINS_WITH", b("/w==")), 6, 8),
    ],
)
def test_binaries_are_ordered_by_unsigned_bytes(
    call: Caller, range_condition: Json, first: int, last: int
) -> None:
    table = create(call, "binaries", "id:S", "at:B")
    for text in reversed(BINARIES):
        put(call, table, id=s("a"), at=b(text))
    assert found(call, table) == BINARIES
    assert found(call, table, RangeKeyCondition=range_condition) == BINARIES[first:last]


@pytest.mark.parametrize(("kind", "value"), [("N", n("1.0")), ("B", b("AQ=="))])
def test_a_hash_key_can_be_of_any_type(call: Caller, kind: str, value: Json) -> None:
    table = create(call, "thread", f"id:{kind}", "at:N")
    stored = n(1) if kind == "N" else value
    put(call, table, id=value, at=n(1))
    assert call("Query", {"TableName": table, "HashKeyValue": value}) == {
        "Count": 1,
        "Items": [{"id": stored, "at": n(1)}],
        "ConsumedCapacityUnits": 0.5,
    }


def test_nothing_found(call: Caller, ranged: str) -> None:
    assert query(call, ranged) == {"Count": 0, "Items": [], "ConsumedCapacityUnits": 0.5}
    assert query(call, ranged, ConsistentRead=True) == {
        "Count": 0,
        "Items": [],
        "ConsumedCapacityUnits": 1.0,
    }


def test_only_the_attributes_asked_for(call: Caller, ranged: str) -> None:
    put(call, ranged, id=s("a"), at=n(1), x=n(1), y=n(2))
    put(call, ranged, id=s("a"), at=n(2))
    assert query(call, ranged, AttributesToGet=["x", "at"])["Items"] == [
        {"at": n(1), "x": n(1)},
        {"at": n(2)},
    ]


def test_count_gives_no_items(call: Caller, numbers: str) -> None:
    assert query(call, numbers, Count=True, Limit=4) == {
        "Count": 4,
        "LastEvaluatedKey": key(s("a"), n(0)),
        "ConsumedCapacityUnits": 0.5,
    }
    assert query(call, numbers, Count=False, RangeKeyCondition=condition("EQ", n(1))) == {
        "Count": 1,
        "Items": [{"id": s("a"), "at": n(1)}],
        "ConsumedCapacityUnits": 0.5,
    }


@pytest.mark.parametrize(
    ("sizes", "consistent", "units"),
    [
        ([100, 100, 100], True, 1.0),
        ([512, 512], True, 1.0),
        ([512, 513], True, 2.0),
        ([512, 513], False, 1.0),
        ([65536, 65536], False, 64.0),
    ],
)
def test_units_are_of_all_items_together(
    call: Caller, ranged: str, sizes: list[int], consistent: bool, units: float
) -> None:
    for number, size in enumerate(sizes, 1):
        put(call, ranged, id=s("a"), at=n(number), x=s("x" * (size - 8)))
    members = {"ConsistentRead": consistent, "AttributesToGet": ["at"]}
    assert query(call, ranged, **members)["ConsumedCapacityUnits"] == units


class TestPages:
    @pytest.mark.parametrize("forward", [True, False])
    @pytest.mark.parametrize("limit", [1, 2, 3, 7, 9, 10, 11])
    def test_pages_together_are_the_whole(
        self, call: Caller, numbers: str, limit: int, forward: bool
    ) -> None:
        pages: list[list[str]] = []
        more: Json = {}
        while True:
            answer = query(call, numbers, Limit=limit, ScanIndexForward=forward, **more)
            assert answer["Count"] == len(answer["Items"])
            pages.append([item["at"]["N"] for item in answer["Items"]])
            if "LastEvaluatedKey" not in answer:
                break
            assert answer["LastEvaluatedKey"] == key(s("a"), n(pages[-1][-1]))
            more = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        assert [number for page in pages for number in page] == (
            NUMBERS if forward else NUMBERS[::-1]
        )
        # A page that Limit ends has a LastEvaluatedKey even when nothing follows.
        assert [len(page) for page in pages] == [limit] * (10 // limit) + [10 % limit]

    def test_a_query_goes_on_after_a_key_that_is_not_there(
        self, call: Caller, numbers: str
    ) -> None:
        start = key(s("a"), n("0.7"))
        assert found(call, numbers, ExclusiveStartKey=start) == NUMBERS[5:]
        assert (
            found(call, numbers, ExclusiveStartKey=start, ScanIndexForward=False) == NUMBERS[4::-1]
        )

    def test_a_query_with_a_condition_goes_on(self, call: Caller, numbers: str) -> None:
        members = {
            "RangeKeyCondition": condition("GE", n(0)),
            "ExclusiveStartKey": key(s("a"), n(9)),
        }
        assert found(call, numbers, **members) == ["10", "100"]
        assert found(call, numbers, **members, ScanIndexForward=False) == ["2", "1", "0.5", "0"]

    @pytest.mark.parametrize("forward", [True, False])
    def test_a_page_ends_with_the_item_that_reaches_1_mb(
        self, call: Caller, ranged: str, forward: bool
    ) -> None:
        for number in range(1, 19):
            put(call, ranged, id=s("a"), at=n(number), x=s("x" * 65528))
        answer = query(
            call, ranged, ScanIndexForward=forward, ConsistentRead=True, AttributesToGet=["at"]
        )
        order = list(range(1, 19)) if forward else list(range(18, 0, -1))
        assert answer == {
            "Count": 16,
            "Items": [{"at": n(number)} for number in order[:16]],
            "LastEvaluatedKey": key(s("a"), n(order[15])),
            "ConsumedCapacityUnits": 1024.0,
        }
        rest = query(
            call,
            ranged,
            ScanIndexForward=forward,
            AttributesToGet=["at"],
            ExclusiveStartKey=answer["LastEvaluatedKey"],
        )
        assert rest == {
            "Count": 2,
            "Items": [{"at": n(number)} for number in order[16:]],
            "ConsumedCapacityUnits": 64.0,
        }


INVALID = "One or more parameter values were invalid: "
REFUSED: list[tuple[Json, str]] = [
    (
        {"Count": True, "AttributesToGet": ["at"]},
        "Cannot specify the AttributesToGet when choosing to get only the Count",
    ),
    (
        {"AttributesToGet": ["x", "at", "x"]},
        f"{INVALID}Duplicate value in attribute name: x",
    ),
    ({"HashKeyValue": n(1)}, "The provided key element does not match the schema"),
    ({"HashKeyValue": {"SS": ["a"]}}, "The provided key element does not match the schema"),
    (
        {"HashKeyValue": s("x" * 2049)},
        f"{INVALID}Size of hashkey has exceeded the maximum size limit of2048 bytes",
    ),
    (
        {"RangeKeyCondition": condition("EQ", s("1"))},
        f"{INVALID}Condition parameter type does not match schema type",
    ),
    (
        {"RangeKeyCondition": condition("BEGINS_WITH", s("1"))},
        f"{INVALID}Condition parameter type does not match schema type",
    ),
    *[
        (
            {"RangeKeyCondition": condition(operator, *values)},
            "Attempted conditional constraint is not an indexable operation",
        )
        for operator, values in (
            ("NE", [n(1)]),
            ("IN", [n(1), n(2)]),
            ("CONTAINS", [n(1)]),
            ("NOT_CONTAINS", [n(1)]),
            ("NULL", []),
            ("NOT_NULL", []),
        )
    ],
    *[
        (
            {"RangeKeyCondition": condition(operator, *values)},
            "The attempted filter operation is not supported for the provided filter argument "
            "count",
        )
        for operator, values in (
            ("EQ", []),
            ("EQ", [n(1), n(2)]),
            ("LT", []),
            ("GE", [n(1), n(2)]),
            ("BETWEEN", [n(1)]),
            ("BETWEEN", [n(1), n(2), n(3)]),
            ("BEGINS_WITH", []),
        )
    ],
    *[
        (
            {"RangeKeyCondition": condition(operator, *values)},
            "The attempted filter operation is not supported for the provided type",
        )
        for operator, values in (
            ("EQ", [{"NS": ["1"]}]),
            ("BEGINS_WITH", [n(1)]),
            ("BETWEEN", [n(1), {"SS": ["1"]}]),
        )
    ],
    (
        {"RangeKeyCondition": condition("BETWEEN", n(1), s("2"))},
        "The filter operation is being passed in values with different types",
    ),
    (
        {"RangeKeyCondition": condition("BETWEEN", n(10), n(9))},
        "The BETWEEN condition was provided a range where the lower bound is greater than the "
        "upper bound",
    ),
    ({"ExclusiveStartKey": key(s("a"))}, "The provided starting key is invalid"),
    ({"ExclusiveStartKey": key(s("a"), s("1"))}, "The provided starting key is invalid"),
    ({"ExclusiveStartKey": key(n(1), n(1))}, "The provided starting key is invalid"),
    (
        {"ExclusiveStartKey": key(s("b"), n(1))},
        "The provided starting key does not match the hash key value",
    ),
    (
        {"ExclusiveStartKey": key(s("a"), n(1)), "RangeKeyCondition": condition("GT", n(1))},
        "The provided starting key is outside query boundaries based on provided conditions",
    ),
]


@pytest.mark.parametrize(("members", "message"), REFUSED)
def test_refused_queries(call: Caller, ranged: str, members: Json, message: str) -> None:
    request = {"TableName": ranged, "HashKeyValue": s("a"), **members}
    assert call.refused("Query", request) == (400, "ValidationException", message)


def test_a_table_without_range_key_cannot_be_queried(call: Caller, simple: str) -> None:
    request = {"TableName": simple, "HashKeyValue": s("a")}
    assert call.refused("Query", request) == (
        400,
        "ValidationException",
        "Query can be performed only on a table with a HASH,RANGE key schema",
    )


def test_a_range_key_that_is_too_long_is_refused(call: Caller) -> None:
    table = create(call, "thread", "id:S", "at:S")
    request = {
        "TableName": table,
        "HashKeyValue": s("a"),
        "RangeKeyCondition": condition("GT", s("x" * 1025)),
    }
    assert call.refused("Query", request) == (
        400,
        "ValidationException",
        f"{INVALID}Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
    )
