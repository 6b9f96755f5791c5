"""Hooks that roll and split the shards of a stream, in Python and on the control path."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

import ddbmock
from tests.triggers.orders import START, Orders


def shards(orders: Orders) -> dict[str, dict[str, Any]]:
    """Return the shards of the table's stream by their ids."""
    arn = orders.client.describe_table(TableName="orders")["Table"]["LatestStreamArn"]
    described = orders.db.client("dynamodbstreams").describe_stream(StreamArn=arn)
    return {one["ShardId"]: dict(one) for one in described["StreamDescription"]["Shards"]}


def test_shards_are_rolled(orders: Orders) -> None:
    orders.put("a")
    [first] = shards(orders)
    for _ in range(2):  # the clock stands still
        [succession] = orders.db.roll_shards("orders")
        [child] = succession.children
        found = shards(orders)
        assert found[child]["ParentShardId"] == succession.parent
        assert "EndingSequenceNumber" in found[succession.parent]["SequenceNumberRange"]
        orders.put("a", n={"S": child})
    assert list(found) == sorted(found)
    assert next(iter(found)) == first
    assert len(found) == 3
    assert [change.event_name for change in orders.db.streams("orders")] == [
        "INSERT",
        "MODIFY",
        "MODIFY",
    ]


def test_a_shard_is_split(orders: Orders) -> None:
    [first] = shards(orders)
    assert orders.db.split_shard("orders", first).parent == first
    found = shards(orders)
    children = [one for one, shard in found.items() if shard.get("ParentShardId") == first]
    assert len(children) == 2
    with pytest.raises(ValueError, match="has no open shard"):
        orders.db.split_shard("orders", first)
    assert orders.db.split_shard("orders", children[1]).parent == children[1]
    # the widest one by default
    assert orders.db.split_shard("orders").parent == children[0]
    assert len(orders.db.roll_shards("orders")) == 4


@pytest.mark.parametrize("storage", ["memory://", "sqlite:///content.db"])
def test_nothing_is_lost_between_shards(
    storage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    chance = random.Random(1)
    with ddbmock.Database(storage=storage) as db:
        db.clock.freeze(START)
        orders = Orders(db)
        seen: dict[str, list[int]] = {}

        def handler(event: Any, context: Any) -> None:
            for record in event["Records"]:
                new = record["dynamodb"]["NewImage"]
                seen.setdefault(new["id"]["S"], []).append(int(new["n"]["N"]))

        db.trigger(handler, "orders", parallelization_factor=2)
        expected: dict[str, list[int]] = {}
        for number in range(200):
            name = f"item {chance.randrange(9)}"
            orders.put(name, n={"N": str(number)})
            expected.setdefault(name, []).append(number)
            what = chance.randrange(20)
            if what == 0:
                db.split_shard("orders")
            elif what == 1:
                db.roll_shards("orders")
            elif what == 2:
                db.run_triggers()
        db.run_triggers()
        db.run_triggers()
        assert seen == expected
        orders.client.update_table(TableName="orders", StreamSpecification={"StreamEnabled": False})
        assert all(
            "EndingSequenceNumber" in one["SequenceNumberRange"] for one in shards(orders).values()
        )


def test_a_table_without_a_stream_has_no_shards(orders: Orders) -> None:
    for hook in (orders.db.roll_shards, orders.db.split_shard):
        with pytest.raises(ValueError, match="'other' does not exist, or has no enabled stream"):
            hook("other")


def test_shards_are_changed_on_the_control_path(orders: Orders) -> None:
    server = orders.db.serve(console=True)

    def post(**body: Any) -> Any:
        headers = {"Content-Type": "application/json"}
        request = Request(f"{server.url}/_ddbmock/streams", json.dumps(body).encode(), headers)
        try:
            with urlopen(request) as answer:
                return json.load(answer)
        except HTTPError as error:
            return error.code, json.load(error)["message"]

    [rolled] = post(roll="orders")["shards"]
    [split] = post(split="orders", shard=rolled["children"][0])["shards"]
    assert split["parent"] == rolled["children"][0]
    assert set(split["children"]) <= shards(orders).keys()
    assert post(split="orders", shard="none") == (
        400,
        "The stream of table 'orders' has no open shard 'none'.",
    )
    for wrong in ({}, {"roll": "orders", "split": "orders"}, {"roll": 1}, {"merge": "orders"}):
        status, message = post(**wrong)
        assert (status, message[:22]) == (400, 'Say {"roll": "orders"}')


def test_faults_select_the_streams_of_a_table(orders: Orders) -> None:
    streams = orders.db.client("dynamodbstreams")
    arn = orders.client.describe_table(TableName="orders")["Table"]["LatestStreamArn"]
    [shard] = shards(orders)
    other = orders.db.trouble.on(table="other").fail()
    fault = orders.db.trouble.on(
        ["DescribeStream", "GetShardIterator", "GetRecords"], table="orders", times=3
    ).fail()
    orders.put("a")
    streams.describe_stream(StreamArn=arn)
    assert fault.hits == 3
    fault = orders.db.trouble.on("GetRecords", table="orders", times=1).throttle()
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    assert fault.hits == 0
    assert len(streams.get_records(ShardIterator=iterator)["Records"]) == 1
    assert (fault.hits, other.hits) == (1, 0)
