"""PutItem: what it leaves behind, which a single answer cannot show."""

from __future__ import annotations

import pytest

from ddbmock.database import DynamoDB
from ddbmock.settings import Settings
from tests.behaviour.calling import Caller
from tests.behaviour.doors import Refused
from tests.behaviour.v20120810.requests import definitions, index, keys, table

KEY = {"artist": {"S": "Can"}}
EVERY_TYPE = {
    **KEY,
    "s": {"S": "é\0"},
    "empty": {"S": ""},
    "n": {"N": "-12.5"},
    "b": {"B": "AP8="},
    "yes": {"BOOL": True},
    "nothing": {"NULL": True},
    "ss": {"SS": ["a", "b"]},
    "ns": {"NS": ["-1", "2"]},
    "bs": {"BS": ["AA==", "AQ=="]},
    "l": {"L": [{"S": "x"}, {"L": []}, {"M": {}}, {"B": "AP8="}]},
    "m": {"M": {"k": {"M": {"b": {"B": ""}}}}},
}


def item(call: Caller) -> object:
    return call("GetItem", {"TableName": "Music", "Key": KEY}).get("Item")


def test_every_type_comes_back_as_it_was_put(call: Caller) -> None:
    call("CreateTable", table())
    assert call("PutItem", {"TableName": "Music", "Item": EVERY_TYPE}) == {}
    assert item(call) == EVERY_TYPE


def test_an_item_is_replaced_whole(call: Caller) -> None:
    call("CreateTable", table())
    call("PutItem", {"TableName": "Music", "Item": KEY | {"a": {"N": "1"}}})
    call("PutItem", {"TableName": "Music", "Item": KEY | {"b": {"N": "2"}}})
    assert item(call) == KEY | {"b": {"N": "2"}}


def test_a_condition_that_fails_leaves_the_item_and_gives_it_when_asked(call: Caller) -> None:
    call("CreateTable", table())
    there = KEY | {"a": {"B": "AP8="}, "n": {"N": "1"}}
    call("PutItem", {"TableName": "Music", "Item": there})
    request = {
        "TableName": "Music",
        "Item": KEY,
        "ConditionExpression": "n > :n",
        "ExpressionAttributeValues": {":n": {"N": "1"}},
    }
    with pytest.raises(Refused) as caught:
        call("PutItem", request | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"})
    assert caught.value.type == "ConditionalCheckFailedException"
    assert caught.value.message == "The conditional request failed"
    assert caught.value.body["Item"] == there
    with pytest.raises(Refused) as caught:
        call("PutItem", request)
    assert "Item" not in caught.value.body
    assert item(call) == there


def test_there_is_no_item_in_the_error_where_there_is_none_in_the_table(call: Caller) -> None:
    call("CreateTable", table())
    with pytest.raises(Refused) as caught:
        call(
            "PutItem",
            {
                "TableName": "Music",
                "Item": KEY,
                "ConditionExpression": "attribute_exists(artist)",
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            },
        )
    assert "Item" not in caught.value.body
    assert item(call) is None


def test_a_refused_write_is_billed_as_one_of_what_is_there(
    call: Caller, dynamodb: DynamoDB
) -> None:
    call("CreateTable", table())
    call("PutItem", {"TableName": "Music", "Item": KEY | {"a": {"S": "x" * 2000}}})
    call.refused(
        "DeleteItem",
        {"TableName": "Music", "Key": KEY, "ConditionExpression": "attribute_exists(nothing)"},
    )
    call.refused(
        "TransactWriteItems",
        {
            "TransactItems": [
                {
                    "Delete": {
                        "TableName": "Music",
                        "Key": KEY,
                        "ConditionExpression": "attribute_exists(nothing)",
                    }
                }
            ]
        },
    )
    call.clock.advance(seconds=1)
    written = {one.operation: one.write.maximum for one in dynamodb.statistics.overall()}
    assert written == {"PutItem": 2.0, "DeleteItem": 2.0, "TransactWriteItems": 4.0}


@pytest.mark.parametrize(
    ("size", "fits"), [(409_600, True), (409_601, False)], ids=["largest", "too large"]
)
def test_an_item_has_up_to_409600_bytes(call: Caller, size: int, fits: bool) -> None:
    call("CreateTable", table())
    used = len("artist") + len("Can") + len("f")
    request = {"TableName": "Music", "Item": KEY | {"f": {"S": "x" * (size - used)}}}
    if fits:
        call("PutItem", request)
        assert item(call) == request["Item"]
    else:
        assert call.refused("PutItem", request) == (
            400,
            "ValidationException",
            "Item size has exceeded the maximum allowed size",
        )
        assert item(call) is None


@pytest.mark.parametrize(
    ("year", "label", "most"),
    [
        (None, None, 409_600),
        # The item and the same again.
        ({"N": "1"}, None, 204_800),
        # The item and an entry of the three keys.
        (None, {"S": "l"}, 409_600 - len("artistCantitletlabell")),
        # The item twice and such an entry.
        ({"N": "1"}, {"S": "l"}, (409_600 - len("artistCantitletlabell")) // 2),
    ],
    ids=["in none", "in one whole", "in one by its keys", "in both"],
)
def test_entries_in_local_indexes_count_towards_what_an_item_may_have(
    call: Caller, year: dict[str, str] | None, label: dict[str, str] | None, most: int
) -> None:
    call(
        "CreateTable",
        table(
            AttributeDefinitions=definitions("artist:S", "title:S", "year:N", "label:S"),
            KeySchema=keys("artist", "title"),
            LocalSecondaryIndexes=[
                index("years", "artist", "year"),
                index("labels", "artist", "label", Projection={"ProjectionType": "KEYS_ONLY"}),
            ],
        ),
    )
    key = KEY | {"title": {"S": "t"}}
    indexed = {
        name: value for name, value in {"year": year, "label": label}.items() if value is not None
    }
    used = len("artistCantitletf") + len("yearxx" if year else "")
    used += len("labell") if label else 0
    text = {"S": "x" * (most - used)}
    call("PutItem", {"TableName": "Music", "Item": key | indexed | {"f": text}})
    more = {"S": text["S"] + "x"}
    too_large = key | indexed | {"f": more}
    for operation, request in {
        "PutItem": {"TableName": "Music", "Item": too_large},
        "BatchWriteItem": {"RequestItems": {"Music": [{"PutRequest": {"Item": too_large}}]}},
    }.items():
        assert call.refused(operation, request) == (
            400,
            "ValidationException",
            "Item size has exceeded the maximum allowed size",
        )
    assert call.refused(
        "UpdateItem",
        {
            "TableName": "Music",
            "Key": key,
            "UpdateExpression": "SET f = :f",
            "ExpressionAttributeValues": {":f": more},
        },
    ) == (400, "ValidationException", "Item size to update has exceeded the maximum allowed size")
    there = call("GetItem", {"TableName": "Music", "Key": key})["Item"]
    assert there == key | indexed | {"f": text}


class TestWithoutLimits:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(limits="none")

    def test_an_item_may_be_larger(self, call: Caller) -> None:
        call("CreateTable", table())
        large = KEY | {"f": {"S": "x" * 500_000}}
        call("PutItem", {"TableName": "Music", "Item": large})
        assert item(call) == large


def test_an_item_that_an_index_cannot_hold_is_not_put(call: Caller) -> None:
    call(
        "CreateTable",
        table(
            AttributeDefinitions=definitions("artist:S", "year:N"),
            GlobalSecondaryIndexes=[index("years", "year")],
        ),
    )
    refused = call.refused("PutItem", {"TableName": "Music", "Item": KEY | {"year": {"S": "1"}}})
    assert refused == (
        400,
        "ValidationException",
        "One or more parameter values were invalid: Type mismatch for Index Key year "
        "Expected: N Actual: S IndexName: years",
    )
    assert item(call) is None


def test_a_range_key_is_part_of_the_identity(call: Caller) -> None:
    call(
        "CreateTable",
        table(
            AttributeDefinitions=definitions("artist:S", "song:N"),
            KeySchema=keys("artist", "song"),
        ),
    )
    for song in ("1", "2", "1.0"):
        call("PutItem", {"TableName": "Music", "Item": KEY | {"song": {"N": song}}})
    assert call("Scan", {"TableName": "Music", "Select": "COUNT"}) == {
        "Count": 2,
        "ScannedCount": 2,
    }
