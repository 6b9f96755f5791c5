"""Shards: how they follow one another, divide the keys, and end."""

from __future__ import annotations

from typing import Any

import pytest

from ddbmock.clock import ManualClock
from ddbmock.settings import Settings
from tests.behaviour.calling import Caller
from tests.behaviour.streams.reading import Streams, create, disable, item, put, update

FOUR_HOURS = 4 * 3600


def numbers(shard: dict[str, Any]) -> tuple[int, int | None]:
    sequence = shard["SequenceNumberRange"]
    end = sequence.get("EndingSequenceNumber")
    return int(sequence["StartingSequenceNumber"]), None if end is None else int(end)


def test_a_shard_is_succeeded_by_a_child_after_four_hours(
    call: Caller, streams: Streams, clock: ManualClock
) -> None:
    arn = create(call)
    put(call, data="1")
    clock.advance(seconds=FOUR_HOURS - 1)
    put(call, data="2")
    assert len(streams.shards(arn)) == 1
    clock.advance(seconds=1)
    put(call, data="3")
    parent, child = streams.shards(arn)
    assert child["ParentShardId"] == parent["ShardId"]
    assert "ParentShardId" not in parent
    assert parent["ShardId"] < child["ShardId"]
    assert child["ShardId"][8:28] == f"{int(clock.now() * 1000):020}"
    records = streams.records(arn)
    found = [int(record["dynamodb"]["SequenceNumber"]) for record in records]
    (start, end), (child_start, child_end) = numbers(parent), numbers(child)
    assert start < found[0] < found[1] == end
    assert child_end is None
    assert found[1] < child_start < found[2]
    assert [record["dynamodb"]["NewImage"]["data"]["S"] for record in records] == ["1", "2", "3"]


def test_a_shard_that_is_only_read_is_succeeded_as_well(
    call: Caller, streams: Streams, clock: ManualClock
) -> None:
    arn = create(call)
    iterator = streams.iterator(arn)
    clock.advance(seconds=FOUR_HOURS - 600)
    page, iterator_2 = streams.page(streams.iterator(arn))
    assert (page, iterator_2 is not None) == ([], True)
    clock.advance(seconds=600)
    assert iterator_2 is not None
    assert streams.page(iterator_2) == ([], None)
    assert len(streams.shards(arn)) == 2
    (start, end), _ = map(numbers, streams.shards(arn))
    assert start == end  # it was empty
    assert iterator


def test_a_leap_of_the_clock_makes_one_child(
    call: Caller, streams: Streams, clock: ManualClock
) -> None:
    arn = create(call)
    clock.advance(seconds=10 * 24 * 3600)
    put(call)
    assert len(streams.shards(arn)) == 2


def test_child_shards_are_found(call: Caller, streams: Streams, clock: ManualClock) -> None:
    arn = create(call)
    for _ in range(2):
        clock.advance(seconds=FOUR_HOURS)
        put(call)
    first, second, third = streams.shard_ids(arn)

    def children(parent: str) -> list[str]:
        described = streams.described(arn, ShardFilter={"Type": "CHILD_SHARDS", "ShardId": parent})
        assert described["StreamStatus"] == "ENABLED"
        return [shard["ShardId"] for shard in described["Shards"]]

    assert children(first) == [second]
    assert children(second) == [third]
    assert children(third) == []


@pytest.mark.parametrize(
    ("shard_filter", "member"),
    [
        ({"ShardId": "s" * 30}, "shardFilter.type"),
        ({"Type": "CHILD_SHARDS"}, "shardFilter.shardId"),
        ({"Type": "PARENTS", "ShardId": "s" * 30}, "shardFilter.type"),
        ({"Type": "CHILD_SHARDS", "ShardId": "qwerty"}, "shardFilter.shardId"),
    ],
)
def test_shard_filters_are_checked(
    call: Caller, streams: Streams, shard_filter: dict[str, str], member: str
) -> None:
    arn = create(call)
    status, kind, message = streams.call.refused(
        "DescribeStream", {"StreamArn": arn, "ShardFilter": shard_filter}
    )
    assert (status, kind) == (400, "ValidationException")
    assert f"at '{member}'" in str(message)


class TestSeveral:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(stream_shards=4)

    def test_the_shards_divide_the_hash_keys(self, call: Caller, streams: Streams) -> None:
        arn = create(call)
        for number in range(40):
            put(call, f"p{number}", data="1")
            put(call, f"p{number}", data="2")
        shards = {
            shard: [
                record["dynamodb"]["Keys"]["pk"]["S"]
                for record in streams.shard_records(arn, shard)
            ]
            for shard in streams.shard_ids(arn)
        }
        assert len(shards) == 4
        assert all(shards.values())
        keys = [frozenset(keys) for keys in shards.values()]
        assert sum(map(len, keys)) == len(frozenset().union(*keys)) == 40
        assert sum(map(len, shards.values())) == 80

    def test_shards_are_listed_in_pages(
        self, call: Caller, streams: Streams, clock: ManualClock
    ) -> None:
        arn = create(call)
        clock.advance(seconds=FOUR_HOURS)
        everything = streams.shard_ids(arn)
        assert len(everything) == 8
        assert everything == sorted(everything)
        found: list[str] = []
        start: dict[str, Any] = {}
        while True:
            described = streams.described(arn, Limit=3, **start)
            page = [shard["ShardId"] for shard in described["Shards"]]
            found += page
            if "LastEvaluatedShardId" not in described:
                break
            assert described["LastEvaluatedShardId"] == page[-1]
            start = {"ExclusiveStartShardId": page[-1]}
        assert found == everything
        after = {"ExclusiveStartShardId": "shardId-99999999999999999999-00000000"}
        assert streams.described(arn, **after)["Shards"] == []

    def test_each_shard_has_a_child(
        self, call: Caller, streams: Streams, clock: ManualClock
    ) -> None:
        arn = create(call)
        clock.advance(seconds=FOUR_HOURS)
        shards = streams.shards(arn)
        assert [shard.get("ParentShardId") for shard in shards[:4]] == [None] * 4
        assert {shard["ParentShardId"] for shard in shards[4:]} == {
            shard["ShardId"] for shard in shards[:4]
        }

    def test_all_shards_end_with_the_stream(self, call: Caller, streams: Streams) -> None:
        arn = create(call)
        put(call)
        disable(call)
        assert all(
            "EndingSequenceNumber" in shard["SequenceNumberRange"] for shard in streams.shards(arn)
        )
        update(call, StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})


def test_closed_shards_end_after_a_day(call: Caller, streams: Streams, clock: ManualClock) -> None:
    arn = create(call)
    put(call)
    clock.advance(seconds=FOUR_HOURS)
    put(call)
    first, second = streams.shard_ids(arn)
    clock.advance(seconds=24 * 3600 - 1)
    put(call)
    assert streams.shard_ids(arn)[:2] == [first, second]
    clock.advance(seconds=1)
    assert streams.shard_ids(arn)[0] == second
    request = {"StreamArn": arn, "ShardId": first, "ShardIteratorType": "LATEST"}
    assert streams.call.refused("GetShardIterator", request) == (
        400,
        "ResourceNotFoundException",
        "Requested resource not found: Shard does not exist",
    )


def test_a_clock_that_goes_back_keeps_the_order(
    call: Caller, streams: Streams, clock: ManualClock
) -> None:
    arn = create(call)
    for step in (10, -5, 50):
        clock.advance(seconds=step)
        put(call, data=str(step))
    records = streams.records(arn)
    found = [int(record["dynamodb"]["SequenceNumber"]) for record in records]
    assert found == sorted(set(found))
    assert [record["dynamodb"]["NewImage"]["data"]["S"] for record in records] == [
        "10",
        "-5",
        "50",
    ]
    assert records[0]["dynamodb"]["Keys"] == item()
