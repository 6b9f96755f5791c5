"""A reader of a stream that follows its shards as the Kinesis Client Library does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from tests.durability.clients import Client, Lost, Refused

STREAMS = "DynamoDBStreams_20120810"


class StreamReader:
    """Reads all shards from their beginnings, each parent before its children.

    It keeps the number of the last record of each shard, and continues after it whenever an
    iterator is lost, with whichever server is there.
    """

    def __init__(self, arn: str) -> None:
        self.arn = arn
        self.records: list[dict[str, Any]] = []
        self.finished: set[str] = set()
        self._checkpoints: dict[str, str] = {}
        self._iterators: dict[str, str] = {}

    def read(self, client: Client) -> int:
        """Read what there is now; return how many records there were."""
        shards = self._shards(client)
        known = {shard["ShardId"] for shard in shards}
        count = 0
        for shard in shards:
            shard_id, parent = shard["ShardId"], shard.get("ParentShardId")
            if shard_id in self.finished or (parent in known and parent not in self.finished):
                continue
            count += self._read_shard(client, shard_id)
        return count

    def _shards(self, client: Client) -> list[dict[str, Any]]:
        shards: list[dict[str, Any]] = []
        start: dict[str, str] = {}
        while True:
            page = client("DescribeStream", StreamArn=self.arn, **start)["StreamDescription"]
            shards += page["Shards"]
            if "LastEvaluatedShardId" not in page:
                return shards
            start = {"ExclusiveStartShardId": page["LastEvaluatedShardId"]}

    def _read_shard(self, client: Client, shard_id: str) -> int:
        count = 0
        while True:
            try:
                iterator = self._iterators.get(shard_id) or self._iterator(client, shard_id)
                answer = client("GetRecords", ShardIterator=iterator, Limit=50)
            except Refused as refused:
                if refused.type != "ExpiredIteratorException":
                    raise
                self._iterators.pop(shard_id, None)
                continue
            records = answer["Records"]
            if records:
                self.records += records
                self._checkpoints[shard_id] = records[-1]["dynamodb"]["SequenceNumber"]
            count += len(records)
            following = answer.get("NextShardIterator")
            if following is None:
                self.finished.add(shard_id)
                return count
            self._iterators[shard_id] = following
            if not records:
                return count

    def _iterator(self, client: Client, shard_id: str) -> str:
        position: dict[str, str] = {"ShardIteratorType": "TRIM_HORIZON"}
        if shard_id in self._checkpoints:
            position = {
                "ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
                "SequenceNumber": self._checkpoints[shard_id],
            }
        iterator: str = client(
            "GetShardIterator", StreamArn=self.arn, ShardId=shard_id, **position
        )["ShardIterator"]
        return iterator


class Following:
    """A thread that reads a stream over and over, on a server that `port` chooses each time."""

    def __init__(self, reader: StreamReader, port: Callable[[], int]) -> None:
        self._reader = reader
        self._port = port
        self._stopping = threading.Event()
        self.failure: Exception | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopping.is_set():
            client = Client(self._port(), api=STREAMS)
            try:
                self._reader.read(client)
            except Lost:
                self._stopping.wait(0.02)
            except Refused as refused:
                if refused.type != "InternalServerError":
                    self.failure = refused
                    return
            except Exception as failure:
                self.failure = failure
                return
            finally:
                client.close()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(60)
        assert self.failure is None, self.failure


def check(records: list[dict[str, Any]], items: list[dict[str, Any]], key: str = "id") -> None:
    """Check that the records tell each item's whole life once and in order, up to now.

    Each record must begin where the one before it of the same item has ended. So a record that is
    lost, read twice or out of order is found, whichever writes were answered.
    """
    state: dict[str, dict[str, Any]] = {}
    seen: set[str] = set()
    for record in records:
        assert record["eventID"] not in seen, "a record was read twice"
        seen.add(record["eventID"])
        content = record["dynamodb"]
        name = content["Keys"][key]["S"]
        assert content.get("OldImage") == state.get(name), "a record is missing or out of order"
        new = content.get("NewImage")
        assert (record["eventName"], content.get("OldImage") is None, new is None) in (
            ("INSERT", True, False),
            ("MODIFY", False, False),
            ("REMOVE", False, True),
        )
        if new is None:
            del state[name]
        else:
            state[name] = new
    assert state == {item[key]["S"]: item for item in items}
