"""boto3's resource over the network: Python values, conditions as objects, batch_writer."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import boto3
import pytest
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import Binary
from botocore.exceptions import ClientError


@pytest.fixture(scope="module")
def resource(endpoint: str) -> Iterator[Any]:
    new_resource = boto3.resource(
        "dynamodb",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="thing",
    )
    yield new_resource
    new_resource.meta.client.close()


@pytest.fixture(scope="module")
def songs(resource: Any) -> Any:
    """A table of 60 songs, written by a batch_writer."""
    table = resource.create_table(
        TableName="songs",
        AttributeDefinitions=[
            {"AttributeName": "artist", "AttributeType": "S"},
            {"AttributeName": "title", "AttributeType": "S"},
            {"AttributeName": "year", "AttributeType": "N"},
        ],
        KeySchema=[
            {"AttributeName": "artist", "KeyType": "HASH"},
            {"AttributeName": "title", "KeyType": "RANGE"},
        ],
        LocalSecondaryIndexes=[
            {
                "IndexName": "by-year",
                "KeySchema": [
                    {"AttributeName": "artist", "KeyType": "HASH"},
                    {"AttributeName": "year", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    waiter = resource.meta.client.get_waiter("table_exists")
    waiter.wait(TableName="songs", WaiterConfig={"Delay": 0.05, "MaxAttempts": 200})
    with table.batch_writer() as batch:
        for number in range(60):
            batch.put_item(Item=song(number))
    table.reload()
    return table


def song(number: int) -> dict[str, Any]:
    return {
        "artist": "Ada",
        "title": f"Song {number:02}",
        "year": Decimal(1990 + number % 10),
        "rating": Decimal(number) / 4,
    }


def test_a_table_describes_itself(songs: Any) -> None:
    assert songs.table_status == "ACTIVE"
    assert songs.key_schema == [
        {"AttributeName": "artist", "KeyType": "HASH"},
        {"AttributeName": "title", "KeyType": "RANGE"},
    ]
    assert songs.billing_mode_summary["BillingMode"] == "PAY_PER_REQUEST"
    assert [index["IndexName"] for index in songs.local_secondary_indexes] == ["by-year"]


def test_a_query_takes_conditions_as_objects(songs: Any) -> None:
    answer = songs.query(
        IndexName="by-year",
        KeyConditionExpression=Key("artist").eq("Ada") & Key("year").between(1991, 1992),
        FilterExpression=Attr("rating").lt(Decimal("6")) & ~Attr("title").contains("02"),
        ProjectionExpression="title, #y",
        ExpressionAttributeNames={"#y": "year"},
    )
    years = [item["year"] for item in answer["Items"]]
    assert years == sorted(years)
    assert sorted(answer["Items"], key=lambda item: (item["year"], item["title"])) == [
        {"title": "Song 01", "year": Decimal(1991)},
        {"title": "Song 11", "year": Decimal(1991)},
        {"title": "Song 21", "year": Decimal(1991)},
        {"title": "Song 12", "year": Decimal(1992)},
        {"title": "Song 22", "year": Decimal(1992)},
    ]
    assert (answer["Count"], answer["ScannedCount"]) == (5, 12)


def test_a_scan_goes_on_where_it_stopped(songs: Any) -> None:
    found = []
    answer = songs.scan(Limit=25)
    found += answer["Items"]
    while "LastEvaluatedKey" in answer:
        answer = songs.scan(Limit=25, ExclusiveStartKey=answer["LastEvaluatedKey"])
        found += answer["Items"]
    assert found == [song(number) for number in range(60)]


def test_every_kind_of_value_comes_back_as_it_was(songs: Any) -> None:
    item = {
        "artist": "Eve",
        "title": "Values",
        "text": "naïve ☃",
        "number": Decimal("-1.234567890123456789012345678901234567E-100"),
        "raw": Binary(b"\x00\xff"),
        "yes": True,
        "nothing": None,
        "texts": {"a", "b"},
        "numbers": {Decimal(1), Decimal("2.5")},
        "raws": {Binary(b"a"), Binary(b"b")},
        "list": [1, "two", [Decimal("3.0")], {"four": None}],
        "map": {"empty": "", "deep": {"deeper": [False]}},
    }
    songs.put_item(Item=item)
    key = {"artist": "Eve", "title": "Values"}
    assert songs.get_item(Key=key)["Item"] == item
    deleted = songs.delete_item(Key=key, ReturnValues="ALL_OLD")
    assert deleted["Attributes"] == item


def test_a_batch_writer_drops_repeated_keys_and_deletes(songs: Any) -> None:
    with songs.batch_writer(overwrite_by_pkeys=["artist", "title"]) as batch:
        for number in range(30):
            batch.put_item(Item={"artist": "Bob", "title": "Same", "number": number})
        batch.put_item(Item={"artist": "Bob", "title": "Gone"})
        batch.delete_item(Key={"artist": "Bob", "title": "Gone"})
    assert songs.query(KeyConditionExpression=Key("artist").eq("Bob"))["Items"] == [
        {"artist": "Bob", "title": "Same", "number": Decimal(29)}
    ]
    songs.delete_item(Key={"artist": "Bob", "title": "Same"})


def test_an_update_obeys_its_condition(songs: Any) -> None:
    def play(times: int) -> Any:
        return songs.update_item(
            Key={"artist": "Tom", "title": "Played"},
            UpdateExpression="SET plays = if_not_exists(plays, :none) + :one",
            ConditionExpression=Attr("plays").not_exists() | Attr("plays").lt(times),
            ExpressionAttributeValues={":none": 0, ":one": 1},
            ReturnValues="ALL_NEW",
        )["Attributes"]

    assert play(2) == {"artist": "Tom", "title": "Played", "plays": Decimal(1)}
    assert play(2) == {"artist": "Tom", "title": "Played", "plays": Decimal(2)}
    with pytest.raises(ClientError) as refused:
        play(2)
    assert refused.value.response["Error"] == {
        "Code": "ConditionalCheckFailedException",
        "Message": "The conditional request failed",
    }
    songs.delete_item(Key={"artist": "Tom", "title": "Played"})


def test_batches_get_python_values(resource: Any, songs: Any) -> None:
    keys = [{"artist": "Ada", "title": f"Song {number:02}"} for number in (3, 59)]
    answer = resource.batch_get_item(RequestItems={songs.name: {"Keys": keys}})
    found = sorted(answer["Responses"][songs.name], key=lambda item: str(item["title"]))
    assert found == [song(3), song(59)]
    assert answer["UnprocessedKeys"] == {}


def test_tables_are_a_collection(resource: Any, songs: Any) -> None:
    assert list(resource.tables.all()) == [songs]
