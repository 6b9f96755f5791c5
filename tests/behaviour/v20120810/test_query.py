"""Query: what the vectors cannot show, since it needs large items, time or other settings."""

from __future__ import annotations

from typing import Any

import pytest

from ddbmock.settings import Settings
from tests.behaviour.calling import Caller
from tests.behaviour.v20120810.collection import (
    attributes,
    create,
    index,
    keys,
    of_artist,
    put,
    sized,
    songs,
)

QUARTER = 2**18


def test_a_page_ends_with_the_item_that_reaches_one_mebibyte(call: Caller) -> None:
    create(call)
    put(call, *[sized("a", song, QUARTER) for song in range(1, 7)])
    first = call("Query", of_artist("a"))
    assert (songs(first), first["Count"], first["ScannedCount"]) == ([1, 2, 3, 4], 4, 4)
    assert first["LastEvaluatedKey"] == attributes({"artist": "a", "song": 4})
    rest = call("Query", of_artist("a", ExclusiveStartKey=first["LastEvaluatedKey"]))
    assert songs(rest) == [5, 6]
    assert "LastEvaluatedKey" not in rest


def test_a_page_that_stays_a_byte_below_one_mebibyte_goes_on(call: Caller) -> None:
    def page_cost(filler: int) -> int:
        # artist and filler with their headers; the range key counts once for each 3 KB
        size = (1 + 1 + 1) + (1 + filler + 3)
        return 2 + size + (1 + (1 + size) // 3072) * (18 + 2 + 1)

    def costing(song: int, cost: int) -> dict[str, Any]:
        filler = next(count for count in range(cost) if page_cost(count) == cost)
        return attributes({"artist": "a", "song": song, "filler": "x" * filler})

    create(call)
    put(call, costing(1, QUARTER - 1), *[costing(song, QUARTER) for song in (2, 3, 4)])
    answer = call("Query", of_artist("a"))
    assert songs(answer) == [1, 2, 3, 4]
    assert "LastEvaluatedKey" not in answer
    put(call, costing(1, QUARTER))
    assert call("Query", of_artist("a"))["LastEvaluatedKey"] == attributes(
        {"artist": "a", "song": 4}
    )


def test_a_page_that_size_ends_has_a_last_key_even_if_nothing_follows(call: Caller) -> None:
    create(call)
    put(call, *[sized("a", song, QUARTER) for song in (1, 2, 3, 4)])
    last = attributes({"artist": "a", "song": 4})
    assert call("Query", of_artist("a"))["LastEvaluatedKey"] == last
    assert call("Query", of_artist("a", ExclusiveStartKey=last)) == {
        "Items": [],
        "Count": 0,
        "ScannedCount": 0,
    }


def test_what_a_filter_leaves_out_fills_the_page_too(call: Caller) -> None:
    create(call)
    put(call, *[sized("a", song, QUARTER) for song in range(1, 6)])
    answer = call("Query", of_artist("a", FilterExpression="attribute_exists(nothing)"))
    assert answer == {
        "Items": [],
        "Count": 0,
        "ScannedCount": 4,
        "LastEvaluatedKey": attributes({"artist": "a", "song": 4}),
    }


def test_a_projection_does_not_make_a_page_longer(call: Caller) -> None:
    create(call)
    put(call, *[sized("a", song, QUARTER) for song in range(1, 6)])
    assert songs(call("Query", of_artist("a", ProjectionExpression="song"))) == [1, 2, 3, 4]


def test_counting_ends_with_the_page(call: Caller) -> None:
    create(call)
    put(call, *[sized("a", song, QUARTER) for song in range(1, 6)])
    assert call("Query", of_artist("a", Select="COUNT")) == {
        "Count": 4,
        "ScannedCount": 4,
        "LastEvaluatedKey": attributes({"artist": "a", "song": 4}),
    }


class TestWithoutLimits:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(limits="none")

    def test_a_page_has_no_end(self, call: Caller) -> None:
        create(call)
        put(call, *[sized("a", song, QUARTER) for song in range(1, 7)])
        answer = call("Query", of_artist("a"))
        assert songs(answer) == [1, 2, 3, 4, 5, 6]
        assert "LastEvaluatedKey" not in answer


@pytest.mark.parametrize(
    ("sizes", "units"),
    [((4096,), 1.0), ((4097,), 2.0), ((3000, 3000, 3000), 3.0), ((100,) * 9, 1.0)],
)
def test_bytes_of_a_page_are_summed_before_they_are_rounded(
    call: Caller, sizes: tuple[int, ...], units: float
) -> None:
    create(call)
    put(call, *[sized("a", song, size) for song, size in enumerate(sizes, 1)])
    for consistent, consumed in ((True, units), (False, units / 2)):
        query = of_artist("a", ConsistentRead=consistent, ReturnConsumedCapacity="INDEXES")
        assert call("Query", query)["ConsumedCapacity"] == {
            "TableName": "music",
            "CapacityUnits": consumed,
            "Table": {"CapacityUnits": consumed},
        }


@pytest.mark.parametrize("member", [{"Select": "COUNT"}, {"ProjectionExpression": "song"}])
def test_neither_counting_nor_projecting_makes_a_query_cheaper(
    call: Caller, member: dict[str, str]
) -> None:
    create(call)
    put(call, sized("a", 1, 9000))
    answer = call("Query", of_artist("a", ReturnConsumedCapacity="TOTAL", **member))
    assert answer["ConsumedCapacity"] == {"TableName": "music", "CapacityUnits": 1.5}


def test_a_filter_does_not_make_a_query_cheaper(call: Caller) -> None:
    create(call)
    put(call, sized("a", 1, 9000))
    query = of_artist(
        "a", ReturnConsumedCapacity="TOTAL", FilterExpression="attribute_exists(nothing)"
    )
    assert call("Query", query) == {
        "Items": [],
        "Count": 0,
        "ScannedCount": 1,
        "ConsumedCapacity": {"TableName": "music", "CapacityUnits": 1.5},
    }


def test_a_query_by_arn_reads_the_table_of_that_name(call: Caller) -> None:
    create(call)
    put(call, {"artist": "a", "song": 1})
    arn = call("DescribeTable", {"TableName": "music"})["Table"]["TableArn"]
    assert songs(call("Query", {**of_artist("a"), "TableName": arn})) == [1]


def test_numbers_are_found_and_ordered_by_value(call: Caller) -> None:
    create(call)
    numbers = ["-1e125", "-10", "-9.5", "-9", "-0.01", "0", "1e-130", "0.5", "9", "10", "1e125"]
    put(call, *[{"artist": "a", "song": {"N": number}} for number in reversed(numbers)])
    answer = call("Query", of_artist("a"))
    assert [float(item["song"]["N"]) for item in answer["Items"]] == list(map(float, numbers))


class TestWhileCreating:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(delay_creating=10.0, delay_deleting=10.0)

    def test_a_table_is_found_from_creating_to_deleting(self, call: Caller) -> None:
        create(call)
        missing = (400, "ResourceNotFoundException", "Requested resource not found")
        assert call.refused("Query", of_artist("a")) == missing
        assert call.refused("Scan", {"TableName": "music"}) == missing
        call.clock.advance(seconds=10)
        assert call("Query", of_artist("a"))["Count"] == 0
        call("DeleteTable", {"TableName": "music"})
        assert call.refused("Query", of_artist("a")) == missing
        assert call.refused("Scan", {"TableName": "music", "IndexName": "genres"}) == missing


class TestWhileAnIndexIsCreated:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(delay_index=10.0)

    def test_it_cannot_be_read_before_it_is_active(self, call: Caller) -> None:
        create(call, LocalSecondaryIndexes=None, GlobalSecondaryIndexes=None, **DEFINITIONS)
        put(call, {"artist": "a", "song": 1, "mood": "good"}, {"artist": "a", "song": 2})
        call(
            "UpdateTable",
            {
                "TableName": "music",
                "AttributeDefinitions": [
                    *DEFINITIONS["AttributeDefinitions"],
                    {"AttributeName": "mood", "AttributeType": "S"},
                ],
                "GlobalSecondaryIndexUpdates": [{"Create": index("moods", keys("mood"), "ALL")}],
            },
        )
        scan = {"TableName": "music", "IndexName": "moods"}
        assert call.refused("Scan", scan) == (
            400,
            "ValidationException",
            "Cannot read from backfilling global secondary index: moods",
        )
        call.clock.advance(seconds=10)
        assert songs(call("Scan", scan)) == [1]
        call(
            "UpdateTable",
            {
                "TableName": "music",
                "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "moods"}}],
            },
        )
        assert call.refused("Scan", scan) == (
            400,
            "ValidationException",
            "The table does not have the specified index: moods",
        )


DEFINITIONS = {
    "AttributeDefinitions": [
        {"AttributeName": "artist", "AttributeType": "S"},
        {"AttributeName": "song", "AttributeType": "N"},
    ]
}
