"""Query and Scan of indexes: order, ties, sparse entries, fetched items and what it all costs."""

from __future__ import annotations

from typing import Any

from tests.behaviour.calling import Caller
from tests.behaviour.v20120810.collection import attributes, create, of_artist, put, sized, songs


def of_genre(genre: str, **members: Any) -> dict[str, Any]:
    return {
        "TableName": "music",
        "IndexName": "genres",
        "KeyConditionExpression": "genre = :genre",
        "ExpressionAttributeValues": {":genre": {"S": genre}},
        **members,
    }


def test_equal_index_keys_are_paged_through_one_by_one(call: Caller) -> None:
    create(call)
    put(
        call,
        *[{"artist": f"a{n}", "song": n, "genre": "jazz", "year": 1959} for n in range(20)],
        {"artist": "z", "song": 30, "genre": "jazz", "year": 1960},
        {"artist": "z", "song": 31, "genre": "jazz", "year": 1958},
    )
    whole = songs(call("Query", of_genre("jazz")))
    assert (whole[0], whole[-1]) == (31, 30)
    assert sorted(whole[1:-1]) == list(range(20))
    for forward, expected in ((True, whole), (False, whole[::-1])):
        found: list[int] = []
        page: dict[str, Any] = {}
        while not found or "LastEvaluatedKey" in page:
            start = page.get("LastEvaluatedKey")
            page = call(
                "Query",
                of_genre("jazz", Limit=1, ScanIndexForward=forward, ExclusiveStartKey=start),
            )
            found += songs(page)
        assert found == expected


def test_an_item_without_all_index_keys_is_not_in_the_index(call: Caller) -> None:
    create(call)
    put(
        call,
        {"artist": "a", "song": 1, "genre": "jazz"},
        {"artist": "a", "song": 2, "year": 1959},
        {"artist": "a", "song": 3, "genre": "jazz", "year": 1959},
    )
    assert songs(call("Scan", {"TableName": "music", "IndexName": "genres"})) == [3]
    assert sorted(songs(call("Query", of_artist("a", IndexName="by-year")))) == [2, 3]
    call("DeleteItem", {"TableName": "music", "Key": attributes({"artist": "a", "song": 3})})
    assert songs(call("Scan", {"TableName": "music", "IndexName": "genres"})) == []


def test_a_global_index_gives_keys_and_what_it_includes(call: Caller) -> None:
    create(call)
    item = {"artist": "a", "song": 1, "genre": "jazz", "year": 1959, "title": "So What", "b": "x"}
    put(call, item)
    entry = attributes({name: content for name, content in item.items() if name != "b"})
    assert call("Query", of_genre("jazz"))["Items"] == [entry]


def test_pages_of_an_index_end_by_the_size_of_its_entries(call: Caller) -> None:
    create(call)
    put(call, *[sized("a", song, 2**18, year=10 + song) for song in range(1, 7)])
    answer = call("Query", of_artist("a", IndexName="by-year"))
    assert songs(answer) == [1, 2, 3, 4, 5, 6]
    assert "LastEvaluatedKey" not in answer


def test_items_that_a_local_index_fetches_are_paid_each(call: Caller) -> None:
    create(call)
    put(call, sized("a", 1, 5000, year=11), sized("a", 2, 100, year=12), sized("a", 3, 100))
    query = of_artist(
        "a", IndexName="by-year", Select="ALL_ATTRIBUTES", ReturnConsumedCapacity="INDEXES"
    )
    consumed = {
        "TableName": "music",
        "CapacityUnits": 4.0,
        "Table": {"CapacityUnits": 3.0},
        "LocalSecondaryIndexes": {"by-year": {"CapacityUnits": 1.0}},
    }
    answer = call("Query", {**query, "ConsistentRead": True})
    assert (songs(answer), answer["ConsumedCapacity"]) == ([1, 2], consumed)
    assert call("Query", query)["ConsumedCapacity"] == {
        "TableName": "music",
        "CapacityUnits": 2.0,
        "Table": {"CapacityUnits": 1.5},
        "LocalSecondaryIndexes": {"by-year": {"CapacityUnits": 0.5}},
    }


def test_a_local_index_that_holds_all_fetches_nothing(call: Caller) -> None:
    create(call)
    put(call, sized("a", 1, 5000, label="x"))
    query = of_artist(
        "a", IndexName="by-label", Select="ALL_ATTRIBUTES", ReturnConsumedCapacity="INDEXES"
    )
    assert call("Query", query)["ConsumedCapacity"] == {
        "TableName": "music",
        "CapacityUnits": 1.0,
        "Table": {"CapacityUnits": 0.0},
        "LocalSecondaryIndexes": {"by-label": {"CapacityUnits": 1.0}},
    }


def test_projecting_what_a_local_index_holds_fetches_nothing(call: Caller) -> None:
    create(call)
    put(call, sized("a", 1, 5000, year=11))
    query = of_artist(
        "a", IndexName="by-year", ProjectionExpression="song", ReturnConsumedCapacity="INDEXES"
    )
    assert call(
        "Query", {**query, "ProjectionExpression": "#y", "ExpressionAttributeNames": {"#y": "year"}}
    ) == {
        "Items": [{"year": {"N": "11"}}],
        "Count": 1,
        "ScannedCount": 1,
        "ConsumedCapacity": {
            "TableName": "music",
            "CapacityUnits": 0.5,
            "Table": {"CapacityUnits": 0.0},
            "LocalSecondaryIndexes": {"by-year": {"CapacityUnits": 0.5}},
        },
    }


def test_an_updated_item_moves_in_its_indexes(call: Caller) -> None:
    create(call)
    put(call, *[{"artist": "a", "song": n, "genre": "jazz", "year": 10 * n} for n in (1, 2, 3)])
    call(
        "UpdateItem",
        {
            "TableName": "music",
            "Key": attributes({"artist": "a", "song": 1}),
            "UpdateExpression": "SET #y = :y",
            "ExpressionAttributeNames": {"#y": "year"},
            "ExpressionAttributeValues": {":y": {"N": "25"}},
        },
    )
    assert songs(call("Query", of_genre("jazz"))) == [2, 1, 3]
    assert songs(call("Query", of_artist("a", IndexName="by-year"))) == [2, 1, 3]
