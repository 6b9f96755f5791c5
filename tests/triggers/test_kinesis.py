"""Delivery to Kinesis: the records, their order, and where they go."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import boto3
import pytest
from moto import mock_aws

import ddbmock
from ddbmock.database.data_plane import kinesis_outbox
from ddbmock.database.data_plane.kinesis_outbox import KinesisRecord
from tests.triggers.orders import START, Orders

ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/changes"


@pytest.fixture
def delivering(orders: Orders) -> Orders:
    orders.client.enable_kinesis_streaming_destination(TableName="orders", StreamArn=ARN)
    return orders


def test_a_record_has_the_form_of_the_recordings(delivering: Orders) -> None:
    db = delivering.db
    delivering.put("a", data={"S": "1"})
    delivering.put("a", data={"S": "2"})
    delivering.client.delete_item(TableName="orders", Key={"id": {"S": "a"}})
    records = db.kinesis.records(ARN)
    texts = [record.data.decode() for record in records]
    assert not any(text.endswith("\n") or ": " in text for text in texts)
    first, second, third = (json.loads(text) for text in texts)
    assert list(first) == [
        "awsRegion",
        "eventID",
        "eventName",
        "userIdentity",
        "recordFormat",
        "tableName",
        "dynamodb",
        "eventSource",
    ]
    assert len(first.pop("eventID")) == 36
    assert first == {
        "awsRegion": "us-east-1",
        "eventName": "INSERT",
        "userIdentity": None,
        "recordFormat": "application/json",
        "tableName": "orders",
        "dynamodb": {
            "ApproximateCreationDateTime": START * 1000,
            "Keys": {"id": {"S": "a"}},
            "NewImage": {"id": {"S": "a"}, "data": {"S": "1"}},
            "SizeBytes": 3 + 8,
        },
        "eventSource": "aws:dynamodb",
    }
    assert list(second["dynamodb"])[2:] == ["NewImage", "OldImage", "SizeBytes"]
    assert (second["eventName"], third["eventName"]) == ("MODIFY", "REMOVE")
    keys = {record.partition_key for record in records}
    assert len(keys) == 1
    assert len(keys.pop()) == 32


def test_precision_is_shown_when_it_was_chosen(orders: Orders) -> None:
    orders.client.enable_kinesis_streaming_destination(
        TableName="orders",
        StreamArn=ARN,
        EnableKinesisStreamingConfiguration={"ApproximateCreationDateTimePrecision": "MICROSECOND"},
    )
    orders.put("a")
    [record] = orders.db.kinesis.records(ARN)
    content = json.loads(record.data)["dynamodb"]
    assert content["ApproximateCreationDateTime"] == START * 1_000_000
    assert list(content)[-1] == "ApproximateCreationDateTimePrecision"
    assert content["ApproximateCreationDateTimePrecision"] == "MICROSECOND"


def test_time_to_live_signs_its_removals(delivering: Orders) -> None:
    delivering.client.update_time_to_live(
        TableName="orders", TimeToLiveSpecification={"Enabled": True, "AttributeName": "ends"}
    )
    delivering.put("a", ends={"N": str(START + 5)})
    delivering.db.clock.advance(seconds=6)
    delivering.client.get_item(TableName="orders", Key={"id": {"S": "b"}})
    removed = json.loads(delivering.db.kinesis.records(ARN)[-1].data)
    assert removed["userIdentity"] == {
        "type": "Service",
        "principalId": "dynamodb.amazonaws.com",
    }


def test_records_are_handed_to_a_function_once(delivering: Orders) -> None:
    seen: list[str] = []
    delivering.db.kinesis.attach(ARN, lambda records: seen.extend(map(name_of, records)))
    delivering.put("a", "b")
    assert delivering.db.kinesis.deliver() == 2
    assert delivering.db.kinesis.deliver() == 0
    delivering.put("c")
    delivering.db.kinesis.deliver()
    assert seen == ["a", "b", "c"]


def name_of(record: KinesisRecord) -> str:
    name: str = json.loads(record.data)["dynamodb"]["Keys"]["id"]["S"]
    return name


def test_records_stay_if_the_function_fails(delivering: Orders) -> None:
    seen: list[list[str]] = []

    def sink(records: Sequence[KinesisRecord]) -> None:
        seen.append(list(map(name_of, records)))
        if len(seen) == 1:
            raise ConnectionError("not now")

    delivering.db.kinesis.attach(ARN, sink)
    delivering.put("a")
    with pytest.raises(ConnectionError):
        delivering.db.kinesis.deliver()
    delivering.put("b")
    delivering.db.kinesis.deliver()
    assert seen == [["a"], ["a", "b"]]


def test_nothing_is_recorded_while_it_is_disabled(delivering: Orders) -> None:
    delivering.put("a")
    delivering.client.disable_kinesis_streaming_destination(TableName="orders", StreamArn=ARN)
    delivering.put("b")
    delivering.client.enable_kinesis_streaming_destination(TableName="orders", StreamArn=ARN)
    delivering.put("c")
    assert list(map(name_of, delivering.db.kinesis.records(ARN))) == ["a", "c"]


def test_writes_that_change_nothing_are_not_delivered(delivering: Orders) -> None:
    delivering.put("a")
    delivering.put("a")
    assert len(delivering.db.kinesis.records(ARN)) == 1


def test_records_are_kept_for_a_day(delivering: Orders) -> None:
    db = delivering.db
    delivering.put("a")
    db.clock.advance(hours=23)
    delivering.put("b")
    assert list(map(name_of, db.kinesis.records(ARN))) == ["a", "b"]
    db.clock.advance(hours=1)
    assert list(map(name_of, db.kinesis.records(ARN))) == ["b"]
    seen: list[str] = []
    db.kinesis.attach(ARN, lambda records: seen.extend(map(name_of, records)))
    assert db.kinesis.deliver() == 1
    assert seen == ["b"]


def test_writers_remove_old_records(delivering: Orders) -> None:
    """Some at a time, so that an outbox without a receiver does not grow for good."""
    db = delivering.db
    for number in range(100):
        delivering.put("a", n={"N": str(number)})
    db.clock.advance(hours=24)
    for number in range(64):
        delivering.put("b", n={"N": str(number)})
    with db.dynamodb.storage.read() as reader:
        [(outbox, _)] = kinesis_outbox.outboxes(reader)
        left = kinesis_outbox.waiting(reader, outbox, 1000, now=0)
    assert len(left) == 64


def test_outboxes_that_nothing_waits_in_are_removed_after_a_day(delivering: Orders) -> None:
    db = delivering.db
    delivering.put("a")
    delivering.client.delete_table(TableName="orders")
    db.clock.advance(hours=25)
    for _ in range(12):  # some of them begin before the old one
        again = Orders(db)
        again.client.enable_kinesis_streaming_destination(TableName="orders", StreamArn=ARN)
        again.client.delete_table(TableName="orders")
        db.clock.advance(hours=25)
    with db.dynamodb.storage.read() as reader:
        assert len(list(kinesis_outbox.outboxes(reader))) < 12


def test_a_stream_that_does_not_exist_cannot_be_enabled(caplog: pytest.LogCaptureFixture) -> None:
    endpoint = "https://kinesis.us-east-1.amazonaws.com"
    with mock_aws(), ddbmock.Database(kinesis_endpoint=endpoint, delay_updating=5) as db:
        db.clock.freeze(START)
        orders = Orders(db)
        request = {"TableName": "orders", "StreamArn": ARN}
        enabled = orders.client.enable_kinesis_streaming_destination(**request)
        assert enabled["DestinationStatus"] == "ENABLING"
        orders.put("a")
        db.clock.advance(seconds=5)
        assert destinations(orders) == [
            {
                "StreamArn": ARN,
                "DestinationStatus": "ENABLE_FAILED",
                "DestinationStatusDescription": "User does not have a permission to use kinesis "
                "stream",
            }
        ]
        assert "ResourceNotFoundException" in caplog.text
        orders.put("b")
        boto3.client("kinesis", region_name="us-east-1").create_stream(
            StreamName="changes", ShardCount=1
        )
        orders.client.enable_kinesis_streaming_destination(**request)
        db.clock.advance(seconds=5)
        assert destinations(orders) == [{"StreamArn": ARN, "DestinationStatus": "ACTIVE"}]


@pytest.mark.parametrize("arn", [ARN, "not-an-arn" * 4])
def test_a_stream_that_cannot_be_reached_cannot_be_enabled(arn: str) -> None:
    with ddbmock.Database(kinesis_endpoint="http://127.0.0.1:9") as db:
        orders = Orders(db)
        orders.client.enable_kinesis_streaming_destination(TableName="orders", StreamArn=arn)
        assert [one["DestinationStatus"] for one in destinations(orders)] == ["ENABLE_FAILED"]


def destinations(orders: Orders) -> list[Any]:
    answer = orders.client.describe_kinesis_streaming_destination(TableName="orders")
    found: list[Any] = answer["KinesisDataStreamDestinations"]
    return found


@mock_aws
def test_records_reach_a_kinesis_endpoint() -> None:
    endpoint = "https://kinesis.us-east-1.amazonaws.com"
    kinesis = boto3.client("kinesis", region_name="us-east-1")
    kinesis.create_stream(StreamName="changes", ShardCount=1)
    with ddbmock.Database(kinesis_endpoint=endpoint) as db:
        orders = Orders(db)
        orders.client.enable_kinesis_streaming_destination(TableName="orders", StreamArn=ARN)
        orders.put("a", "b")
        assert db.kinesis.deliver() == 2
    [shard] = kinesis.list_shards(StreamName="changes")["Shards"]
    iterator = kinesis.get_shard_iterator(
        StreamName="changes", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    records = kinesis.get_records(ShardIterator=iterator)["Records"]
    assert [json.loads(one["Data"])["dynamodb"]["Keys"]["id"]["S"] for one in records] == ["a", "b"]
