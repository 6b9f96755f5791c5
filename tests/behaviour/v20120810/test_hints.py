"""Hints of requests about items: each names what is wrong and what to write."""

from __future__ import annotations

from typing import Any

import pytest

from ddbmock.clock import ManualClock
from ddbmock.database import DynamoDB
from ddbmock.errors import DynamoDBError
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from ddbmock.storage.memory import MemoryStorage
from tests.behaviour.calling import START

TABLE = {
    "TableName": "music",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [
        {"AttributeName": "artist", "KeyType": "HASH"},
        {"AttributeName": "song", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "artist", "AttributeType": "S"},
        {"AttributeName": "song", "AttributeType": "S"},
        {"AttributeName": "year", "AttributeType": "N"},
    ],
    "LocalSecondaryIndexes": [
        {
            "IndexName": "by-year",
            "KeySchema": [
                {"AttributeName": "artist", "KeyType": "HASH"},
                {"AttributeName": "year", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}
KEY = {"artist": {"S": "Can"}, "song": {"S": "x"}}
LARGE = {"artist": {"S": "Can"}, "song": {"S": "large"}}
REMOVED = (
    "The item has no a, so there is nothing in it to remove: add the condition attribute_exists(a)."
)
CAN = {":a": {"S": "Can"}}
START_KEY = (
    "The key is artist (S), year (N), song (S); given: artist (S), year (S), song (S). "
    "year must be of type N, not S. Give the LastEvaluatedKey of the page before as it is; "
    "for the first page leave ExclusiveStartKey out."
)


def query(condition: str, **members: Any) -> tuple[str, dict[str, Any]]:
    request = {"TableName": "music", "KeyConditionExpression": condition}
    return "Query", {**request, "ExpressionAttributeValues": CAN, **members}


def update(
    expression: str, values: dict[str, Any] | None = None, **members: Any
) -> tuple[str, dict[str, Any]]:
    request = {"TableName": "music", "Key": KEY, "UpdateExpression": expression, **members}
    if ":a" in expression:
        values = values or CAN
    return "UpdateItem", request | ({"ExpressionAttributeValues": values} if values else {})


@pytest.mark.parametrize(
    ("operation", "request_", "hint"),
    [
        (
            *query("begins_with(artist, :a)"),
            "The hash key artist can only be compared by equality, not by begins_with.",
        ),
        (
            *query("artist = :a", ExpressionAttributeValues={":a": {"S": ""}}),
            "Key attribute 'artist' is empty; only attributes outside of keys may be.",
        ),
        (
            *query("artist = :a", ExpressionAttributeValues={":a": {"S": "é" * 1025}}),
            "The hash key artist has 2050 bytes; at most 2048 are allowed.",
        ),
        (
            *query(
                "artist = :a",
                IndexName="by-year",
                ExclusiveStartKey={"artist": {"S": "Can"}, "year": {"S": "1"}, "song": {"S": "x"}},
            ),
            START_KEY,
        ),
        (*query("artist = :a", Limit=-1), "Limit is -1; it must be at least 1"),
        (
            *query("artist = :a", IndexName="y"),
            "IndexName has 1 character; at least 3 are needed",
        ),
        (
            "Scan",
            {"TableName": "music", "IndexName": ""},
            "IndexName is empty: write letters, digits, '_', '.' and '-'; "
            "IndexName has 0 characters; at least 3 are needed",
        ),
        (
            "BatchWriteItem",
            {"RequestItems": {"my music": [{"DeleteRequest": {"Key": KEY}}]}},
            "RequestItems names 'my music'; the name of a table has 3 to 255 letters, digits, '_', '.' and '-'",
        ),
        (
            "BatchGetItem",
            {"RequestItems": {"music": {"Keys": []}}},
            "RequestItems.music.member.Keys has 0 entries; at least 1 is needed",
        ),
        (
            "GetItem",
            {"TableName": "music", "Key": {"artist": {"S": "Can"}, "song": {"S": "x" * 1025}}},
            "The range key song has 1025 bytes; at most 1024 are allowed.",
        ),
        (
            "PutItem",
            {"TableName": "music", "Item": {"x" * 65_536: {"S": ""}}},
            f"In attribute '{'x' * 40}…': The name has 65536 bytes; at most 65535 are allowed.",
        ),
        (*update("REMOVE a.b"), REMOVED),
        (
            *update("SET a.b[0] = :a"),
            "The item has no a; for the name 'b' it must be a map. SET a to a map in an earlier update.",
        ),
        (
            *update("SET a = n.b[1]"),
            "The item has no n.b[1]: write if_not_exists(n.b[1], :default), with the value to use if it is missing.",
        ),
        (
            *update("SET n = :n", {":n": {"N": "0e126"}}),
            "In :n: 0e126 is zero, but its exponent is out of range: write 0.",
        ),
        (
            *update("SET #y = :a", CAN, ExpressionAttributeNames={"#y": "year"}),
            "'year' is a key of index 'by-year' and must be a number (N). It is S. "
            "Without 'year' the item is stored but is not in the index.",
        ),
        (
            "BatchWriteItem",
            {
                "RequestItems": {
                    "music": [
                        {"PutRequest": {"Item": {**KEY, "l": {"L": [{"M": {"x": {"N": 1}}}]}}}}
                    ]
                }
            },
            'RequestItems.music[0].PutRequest.Item.l.L[0].M.x.N: Expected a String, "1"; got 1.',
        ),
        (
            "PutItem",
            {"TableName": "music", "Item": {**KEY, "song": "Yoo Doo Right"}},
            "Item.song: Expected a value with its type, such as {'S': 'Yoo Doo Right'}; got 'Yoo Doo Right'.",
        ),
        (
            "UpdateItem",
            {"TableName": "music", "Key": {**KEY, "song": {"B": []}}},
            "Key.song.B: Expected base64 text; got [].",
        ),
        (
            "Scan",
            {"TableName": "music", "ScanFilter": {"n": {"ComparisonOperator": "EQ"}}},
            "n: EQ needs 1 value in AttributeValueList, which has 0.",
        ),
        (
            "PutItem",
            {
                "TableName": "music",
                "Item": {**KEY, "m": {"M": {"l": {"L": [{"S": ""}, {"SS": []}]}}}},
            },
            "In attribute 'm.l[1]': DynamoDB has no empty sets: leave the attribute out, or use an empty list.",
        ),
        (
            *update("SET n = :n", {":n": {"L": [{"L": [{"NULL": False}]}]}}),
            "In :n[0][0]: Write {'NULL': true}; there is no other null.",
        ),
        (
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Delete": {"TableName": "music", "Key": KEY}},
                    {"Update": {"TableName": "music", "Key": KEY, "UpdateExpression": "SET a"}},
                ]
            },
            "Entry 2:\nSET a\n     ^ Expected = here.",
        ),
        (
            "BatchWriteItem",
            {
                "RequestItems": {
                    "music": [
                        {"DeleteRequest": {"Key": KEY}},
                        {"PutRequest": {"Item": {"artist": {"N": "x"}}}},
                    ]
                }
            },
            "Request 2 of music: In attribute 'artist': A number is written as a string of decimal "
            'digits, such as "12", "-3.5" or "1e3".',
        ),
        (
            "BatchGetItem",
            {"RequestItems": {"music": {"Keys": [KEY], "ProjectionExpression": "a b"}}},
            "Table music:\na b\n  ^ Expected , or the end here.",
        ),
        (
            "BatchGetItem",
            {"RequestItems": {"music": {"Keys": [KEY, KEY]}}},
            'The key {"artist":{"S":"Can"},"song":{"S":"x"}} of music is there twice; a batch can '
            "name each key once.",
        ),
        (
            "BatchGetItem",
            {"RequestItems": {"music": {"Keys": [KEY, {"artist": {"S": "Can"}}]}}},
            "Key 2 of music: The key is artist (S), song (S); given: artist (S). song is missing.",
        ),
        (
            "DeleteItem",
            {
                "TableName": "music",
                "Key": {"artist": {"S": "Can"}, "song": {"S": "x"}},
                "ConditionExpression": f"a IN ({', '.join([':a'] * 100)})",
                "ExpressionAttributeValues": CAN,
            },
            "a IN (:a, :a, :a, :a, :a, :a, :a, :a, :a, :a, :a, :a, :a, :a, :a, :a, :a…\n"
            "  ^ IN takes at most 99 values; you may join several by OR.",
        ),
    ],
)
def test_a_hint_names_what_is_wrong(operation: str, request_: dict[str, Any], hint: str) -> None:
    router = Router(DynamoDB(MemoryStorage(), Settings(), ManualClock(START)))
    router.perform(router.target("DynamoDB_20120810.CreateTable"), TABLE)
    router.perform(
        router.target("DynamoDB_20120810.PutItem"),
        {"TableName": "music", "Item": {**KEY, "n": {"N": "1"}}},
    )
    router.perform(
        router.target("DynamoDB_20120810.PutItem"),
        {"TableName": "music", "Item": {**LARGE, "text": {"S": "x" * 400}, "v": {"N": "3"}}},
    )
    with pytest.raises(DynamoDBError) as caught:
        router.perform(router.target(f"DynamoDB_20120810.{operation}"), request_)
    assert caught.value.hint == hint
