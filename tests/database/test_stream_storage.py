"""What streams leave in the storage: nothing, once their records are a day old."""

from __future__ import annotations

from typing import Any

from ddbmock.clock import ManualClock
from ddbmock.database import DynamoDB
from ddbmock.database.data_plane import shards
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from ddbmock.storage.memory import MemoryStorage
from ddbmock.storage.tree import pairs

START = 1_790_000_000.0
HOUR = 3600


class Database:
    """A database in memory, whose spaces can be counted."""

    def __init__(self, **settings: Any) -> None:
        self.storage = MemoryStorage()
        self.clock = ManualClock(START)
        self.router = Router(DynamoDB(self.storage, Settings(**settings), self.clock))

    def __call__(self, operation: str, **members: Any) -> dict[str, Any]:
        target = self.router.target(f"DynamoDB_20120810.{operation}")
        return self.router.perform(target, {"TableName": "Music", **members})

    def create(self) -> None:
        self(
            "CreateTable",
            KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        )

    def put(self, count: int) -> None:
        for number in range(count):
            self("PutItem", Item={"p": {"S": f"{self.clock.now()} {number}"}})

    def entries(self) -> dict[str, int]:
        """Return the number of entries of each space that belongs to a stream."""
        spaces = self.storage.snapshot().spaces
        return {
            name: len(list(pairs(root, b"", None)))
            for name, root in pairs(spaces, "", None)
            if name.startswith("stream")
        }


def test_shards_are_removed_a_day_after_they_were_closed() -> None:
    database = Database()
    database.create()
    for _ in range(20):
        database.put(5)
        database.clock.advance(seconds=4 * HOUR)
    entries = database.entries()
    # of 20 shards those of the last 28 hours are left, and the records in them
    [count] = [count for name, count in entries.items() if name.endswith("/shards")]
    assert count <= 9
    assert sum(n for name, n in entries.items() if "shardId-" in name) <= 9 * 5


def test_removal_is_done_in_parts() -> None:
    database = Database()
    database.create()
    many = shards.REMOVED + 200
    database(
        "BatchWriteItem", RequestItems={"Music": [{"PutRequest": {"Item": {"p": {"S": "x"}}}}]}
    )
    database.put(many)
    database.clock.advance(seconds=4 * HOUR)
    database.put(1)  # the first shard is closed
    left = []
    for _ in range(3):
        database.clock.advance(seconds=24 * HOUR)
        database.put(1)
        left.append(max(n for name, n in database.entries().items() if "shardId-" in name))
    assert left[0] == 201
    assert left[1] < 201


def test_streams_of_deleted_tables_are_removed_a_day_later() -> None:
    database = Database()
    database.create()
    database.put(5)
    database("DeleteTable")
    assert database.entries()
    database.clock.advance(seconds=24 * HOUR)
    database.create()  # removes what has ended
    database("UpdateTable", StreamSpecification={"StreamEnabled": False})
    database.clock.advance(seconds=24 * HOUR)
    database(
        "UpdateTable", StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    )
    entries = database.entries()
    assert sum(name.endswith("/shards") for name in entries) == 1
    assert entries["streams"] == 1
    assert "streams/ended" not in entries


def test_a_stream_that_an_older_version_enabled_begins_with_its_next_write() -> None:
    database = Database()
    database.create()
    with database.storage.write() as writer:
        for name in database.entries():
            writer.clear(name)
    database.put(2)
    entries = database.entries()
    assert entries["streams"] == 1
    assert [n for name, n in entries.items() if "shardId-" in name] == [2]
