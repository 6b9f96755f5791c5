"""Streams: enabling and disabling, ListStreams and DescribeStream."""

from __future__ import annotations

import pytest

from ddbmock.clock import ManualClock
from ddbmock.settings import Settings
from tests.behaviour.calling import START, Caller
from tests.behaviour.streams.reading import (
    ARN,
    Streams,
    create,
    disable,
    enabled,
    item,
    put,
    table,
    update,
)

FIRST = "2026-09-21T14:13:20.000"
DAY = 24 * 3600


def test_a_stream_is_described(call: Caller, streams: Streams) -> None:
    arn = create(call)
    described = streams.described(arn)
    [shard] = described.pop("Shards")
    assert described == {
        "StreamArn": f"{ARN}/stream/{FIRST}",
        "StreamLabel": FIRST,
        "StreamStatus": "ENABLED",
        "StreamViewType": "NEW_AND_OLD_IMAGES",
        "CreationRequestDateTime": START,
        "TableName": "Music",
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    }
    assert shard["ShardId"].startswith("shardId-00000001790000000000-")
    assert len(shard["ShardId"]) == len("shardId-00000001414562045508-2bac9cd2")
    numbers = shard.pop("SequenceNumberRange")
    assert set(shard) == {"ShardId"}
    assert set(numbers) == {"StartingSequenceNumber"}
    assert 21 <= len(numbers["StartingSequenceNumber"]) <= 40


def test_a_new_table_with_a_disabled_stream_has_none(call: Caller, streams: Streams) -> None:
    create(call, None, StreamSpecification={"StreamEnabled": False})
    assert streams.listed() == []
    assert "StreamSpecification" not in call("DescribeTable", {"TableName": "Music"})["Table"]


def test_records_begin_when_the_stream_is_enabled(call: Caller, streams: Streams) -> None:
    create(call, None)
    put(call, "before")
    arn = update(call, StreamSpecification=enabled())["LatestStreamArn"]
    put(call, "after")
    assert [keys for _, keys, *_ in streams.changes(arn)] == [item("after")]


def test_a_disabled_stream_is_closed_and_stays_readable(call: Caller, streams: Streams) -> None:
    arn = create(call)
    put(call, "a")
    open_iterator = streams.iterator(arn)
    disable(call)
    put(call, "b")
    described = streams.described(arn)
    assert described["StreamStatus"] == "DISABLED"
    [shard] = described["Shards"]
    [record], following = streams.page(open_iterator)
    assert record["dynamodb"]["Keys"] == item("a")
    assert (
        shard["SequenceNumberRange"]["EndingSequenceNumber"]
        == (record["dynamodb"]["SequenceNumber"])
    )
    assert following is None
    assert len(streams.records(arn)) == 1


def test_a_stream_that_is_enabled_again_is_another_one(
    call: Caller, streams: Streams, clock: ManualClock
) -> None:
    first = create(call)
    put(call, "a")
    disable(call)
    clock.advance(seconds=60)
    second = update(call, StreamSpecification=enabled("KEYS_ONLY"))["LatestStreamArn"]
    put(call, "b")
    assert first != second
    assert [len(streams.records(arn)) for arn in (first, second)] == [1, 1]
    assert streams.listed(TableName="Music") == [FIRST, "2026-09-21T14:14:20.000"]
    assert streams.described(first)["StreamStatus"] == "DISABLED"
    assert streams.described(second)["StreamStatus"] == "ENABLED"
    assert call("DescribeTable", {"TableName": "Music"})["Table"]["LatestStreamArn"] == second


def test_streams_outlive_their_table_by_a_day(
    call: Caller, streams: Streams, clock: ManualClock
) -> None:
    arn = create(call)
    put(call, "a")
    call("DeleteTable", {"TableName": "Music"})
    assert streams.described(arn)["TableName"] == "Music"
    assert streams.described(arn)["StreamStatus"] == "DISABLED"
    assert len(streams.records(arn)) == 1
    newer = create(call)
    assert newer != arn  # by one millisecond: the clock stands still
    assert streams.listed(TableName="Music") == [FIRST, "2026-09-21T14:13:20.001"]
    assert streams.records(newer) == []
    clock.advance(seconds=DAY)
    assert streams.listed(TableName="Music") == ["2026-09-21T14:13:20.001"]
    assert streams.call.refused("DescribeStream", {"StreamArn": arn}) == (
        400,
        "ResourceNotFoundException",
        f"Requested resource not found: Stream: {arn} not found",
    )


class TestDelays:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(delay_creating=5, delay_updating=3, delay_deleting=6)

    def test_a_stream_is_enabling_and_disabling_with_its_table(
        self, call: Caller, streams: Streams, clock: ManualClock
    ) -> None:
        arn = create(call)
        statuses = []
        for change in (None, "disable", "delete"):
            if change == "disable":
                disable(call)
            elif change == "delete":
                arn = update(call, StreamSpecification=enabled())["LatestStreamArn"]
                clock.advance(seconds=10)
                call("DeleteTable", {"TableName": "Music"})
            statuses.append(streams.described(arn)["StreamStatus"])
            clock.advance(seconds=10)
            statuses.append(streams.described(arn)["StreamStatus"])
        assert statuses == [
            "ENABLING",
            "ENABLED",
            "DISABLING",
            "DISABLED",
            "DISABLING",
            "DISABLED",
        ]


def test_streams_are_listed_in_pages(call: Caller, streams: Streams) -> None:
    names = ["Alpha", "Beta", "Gamma"]
    for name in reversed(names):
        call("CreateTable", table(TableName=name))
    listed = []
    start: dict[str, str] = {}
    while True:
        page = streams.call("ListStreams", {"Limit": 2, **start})
        listed += [stream["TableName"] for stream in page["Streams"]]
        if "LastEvaluatedStreamArn" not in page:
            break
        last = page["Streams"][-1]["StreamArn"]
        assert page["LastEvaluatedStreamArn"] == last
        start = {"ExclusiveStartStreamArn": last}
    assert listed == names


def test_a_listing_goes_on_after_a_stream_that_never_existed(
    call: Caller, streams: Streams
) -> None:
    create(call)
    before = f"{ARN}/stream/2000-01-01T00:00:00.000"
    after = f"{ARN}/stream/2100-01-01T00:00:00.000"
    assert streams.listed(ExclusiveStartStreamArn=before) == [FIRST]
    assert streams.listed(ExclusiveStartStreamArn=after) == []


def test_streams_of_a_table_are_listed(call: Caller, streams: Streams) -> None:
    create(call)
    call("CreateTable", table(TableName="Music-2"))
    call("CreateTable", table(None, TableName="Silent"))
    assert len(streams.listed()) == 2
    assert streams.listed(TableName="Music") == [FIRST]
    assert streams.listed(TableName="Silent") == []
    assert streams.call.refused("ListStreams", {"TableName": "Unknown"}) == (
        400,
        "ResourceNotFoundException",
        "Requested resource not found: Table: Unknown not found",
    )


@pytest.mark.parametrize("limit", [0, 101])
def test_pages_of_streams_have_1_to_100(streams: Streams, limit: int) -> None:
    status, kind, message = streams.call.refused("ListStreams", {"Limit": limit})
    assert (status, kind) == (400, "ValidationException")
    assert f"Value '{limit}' at 'limit' failed to satisfy constraint" in str(message)


UNKNOWN = (
    "arn:aws:dynamodb:{region}:{account}:table/no-existant-table/stream/2017-10-05T14:36:01.514"
)


@pytest.mark.parametrize(
    ("region", "account"),
    [("us-east-1", "123456789012"), ("eu-west-1", "123456789012"), ("us-east-1", "733578946173")],
)
def test_an_unknown_stream_is_not_found(streams: Streams, region: str, account: str) -> None:
    arn = UNKNOWN.format(region=region, account=account)
    assert streams.call.refused("DescribeStream", {"StreamArn": arn}) == (
        400,
        "ResourceNotFoundException",
        f"Requested resource not found: Stream: {arn} not found",
    )


@pytest.mark.parametrize("operation", ["DescribeStream", "GetShardIterator"])
@pytest.mark.parametrize(
    "arn", ["x" * 40, ARN + "/index/by-title", UNKNOWN.format(region="", account="1")]
)
def test_what_is_no_arn_of_a_stream_is_refused(streams: Streams, operation: str, arn: str) -> None:
    request = {"StreamArn": arn}
    if operation == "GetShardIterator":
        request |= {"ShardId": "s" * 30, "ShardIteratorType": "LATEST"}
    status, kind, message = streams.call.refused(operation, request)
    assert (status, kind) == (400, "ValidationException")
    assert str(message).startswith("Invalid StreamArn")
