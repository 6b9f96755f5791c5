"""Replaying a stream's records onto an empty map gives the table, at every step and on all engines."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from ddbmock.clock import ManualClock
from ddbmock.database import DynamoDB
from ddbmock.settings import Settings
from tests.behaviour.calling import Caller
from tests.behaviour.doors import Refused, Send, router
from tests.behaviour.engines import ENGINES
from tests.behaviour.streams.reading import Streams, table
from tests.behaviour.ways import Way

Request = dict[str, Any]
Step = tuple[str, Request]

KEYS = [{"pk": {"S": p}, "sk": {"S": s}} for p in "ab" for s in "xy"]
NAMES = itertools.count()

keys = st.sampled_from(KEYS)
values = st.sampled_from([{"N": "1"}, {"N": "1.0"}, {"S": "1"}, {"SS": ["a", "b"]}, {"L": []}])
items = st.builds(
    lambda key, rest: key | rest, keys, st.dictionaries(st.sampled_from(["v", "w"]), values)
)
seconds = st.integers(1, 40)


def update_of(key: Request, name: str, value: Request) -> Request:
    return {
        "Key": key,
        "UpdateExpression": f"SET {name} = :v",
        "ExpressionAttributeValues": {":v": value},
    }


updates = st.builds(update_of, keys, st.sampled_from(["v", "w"]), values)
additions = st.builds(
    lambda key: {
        "Key": key,
        "UpdateExpression": "ADD v :v",
        "ExpressionAttributeValues": {":v": {"N": "1"}},
    },
    keys,
)
conditional = st.builds(
    lambda item: {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"}, items
)
actions = st.one_of(
    st.builds(lambda item: {"Put": {"Item": item}}, items),
    st.builds(lambda key: {"Delete": {"Key": key}}, keys),
    st.builds(lambda update: {"Update": update}, updates | additions),
)
steps = st.one_of(
    st.tuples(st.just("PutItem"), st.builds(lambda item: {"Item": item}, items) | conditional),
    st.tuples(st.just("UpdateItem"), updates | additions),
    st.tuples(st.just("DeleteItem"), st.builds(lambda key: {"Key": key}, keys)),
    st.tuples(st.just("Batch"), st.builds(lambda items: {"items": items}, st.lists(items, min_size=1, max_size=3))),
    st.tuples(st.just("Transaction"), st.builds(lambda actions: {"actions": actions}, st.lists(actions, min_size=1, max_size=3))),
    st.tuples(st.just("Expire"), st.builds(lambda key, after: {"key": key, "after": after}, keys, seconds)),
    st.tuples(st.just("Wait"), st.builds(lambda after: {"after": after}, seconds | st.just(4 * 3600))),
)  # fmt: skip


class Replay:
    """A table, and the map that its stream's records make."""

    def __init__(self, clock: ManualClock, send: Send) -> None:
        self.clock = clock
        self.call = Caller(send, "DynamoDB_20120810", clock)
        self.streams = Streams(Caller(send, "DynamoDBStreams_20120810", clock))
        self.name = f"Replay-{next(NAMES)}"
        created = self.call("CreateTable", table(TableName=self.name))
        self.arn = created["TableDescription"]["LatestStreamArn"]
        ttl = {"AttributeName": "ends", "Enabled": True}
        self.call("UpdateTimeToLive", {"TableName": self.name, "TimeToLiveSpecification": ttl})
        self.iterators: dict[str, str | None] = {}
        self.last: dict[str, str] = {}
        self.copy: dict[str, Request] = {}

    def take(self, step: Step) -> None:
        kind, request = step
        try:
            match kind:
                case "Batch":
                    unique = {self._key(item): item for item in request["items"]}
                    puts = [{"PutRequest": {"Item": item}} for item in unique.values()]
                    self.call("BatchWriteItem", {"RequestItems": {self.name: puts}})
                case "Transaction":
                    named = [
                        {kind: {"TableName": self.name, **part}}
                        for action in request["actions"]
                        for kind, part in action.items()
                    ]
                    self.call("TransactWriteItems", {"TransactItems": named})
                case "Expire":
                    ends = {"N": str(int(self.clock.now()) + request["after"])}
                    item = request["key"] | {"ends": ends}
                    self.call("PutItem", {"TableName": self.name, "Item": item})
                case "Wait":
                    self.clock.advance(seconds=request["after"])
                case _:
                    self.call(kind, {"TableName": self.name, **request})
        except Refused as refused:
            if refused.status != 400:
                raise

    def renew(self) -> None:
        """Get other iterators after the last records read, for the old ones have expired."""
        for shard, iterator in self.iterators.items():
            if iterator is not None:
                last = self.last.get(shard)
                self.iterators[shard] = (
                    self.streams.iterator(self.arn, shard=shard)
                    if last is None
                    else self.streams.iterator(
                        self.arn, "AFTER_SEQUENCE_NUMBER", shard=shard, SequenceNumber=last
                    )
                )

    def replay(self) -> None:
        for shard in self.streams.shard_ids(self.arn):
            if shard not in self.iterators:
                self.iterators[shard] = self.streams.iterator(self.arn, shard=shard)
            iterator = self.iterators[shard]
            while iterator is not None:
                records, iterator = self.streams.page(iterator)
                self.iterators[shard] = iterator
                for record in records:
                    self._apply(record["dynamodb"])
                    self.last[shard] = record["dynamodb"]["SequenceNumber"]
                if not records:
                    break

    def _apply(self, content: Request) -> None:
        key = self._key(content["Keys"])
        assert content.get("OldImage") == self.copy.get(key)
        if "NewImage" in content:
            self.copy[key] = content["NewImage"]
        else:
            del self.copy[key]

    def check(self) -> None:
        found = self.call("Scan", {"TableName": self.name})["Items"]
        self.replay()
        assert self.copy == {self._key(item): item for item in found}

    @staticmethod
    def _key(item: Request) -> str:
        return f"{item['pk']['S']}/{item['sk']['S']}"


@pytest.fixture(params=ENGINES)
def way(request: pytest.FixtureRequest) -> Way:
    return Way(request.param, "router")


@pytest.fixture
def settings() -> Settings:
    return Settings(ttl="prompt", stream_shards=2)


@examples(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(steps, min_size=1, max_size=15))
def test_the_records_replayed_are_the_table(
    dynamodb: DynamoDB, clock: ManualClock, steps: list[Step]
) -> None:
    with router(dynamodb) as send:
        replay = Replay(clock, send)
        for step in steps:
            replay.take(step)
            if step[0] == "Wait" and step[1]["after"] > 900:
                replay.renew()
            replay.check()
        replay.call("DeleteTable", {"TableName": replay.name})
