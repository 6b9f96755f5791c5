"""Item changes: followers get every change of an item, once, with its cause; nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from ddbmock.clock import AdjustableClock
from ddbmock.database import DynamoDB
from ddbmock.database.data_plane import followers
from ddbmock.database.data_plane.item_change import Cause, ItemChange
from ddbmock.database.schema import TableDescription
from ddbmock.errors import DynamoDBError
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from ddbmock.storage import Writer
from ddbmock.storage.memory import MemoryStorage
from ddbmock.values.item import Item
from ddbmock.values.model import N, S

START = 1_600_000_000.25


class Database:
    """A database with one table, `music`, whose item changes are collected."""

    def __init__(self) -> None:
        self.clock = AdjustableClock()
        self.clock.freeze(START)
        settings = Settings.collect({"ttl": "prompt"}, environment={})
        self.router = Router(DynamoDB(MemoryStorage(), settings, self.clock))
        self.changes: list[ItemChange] = []
        self.call(
            "CreateTable",
            KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

    def call(self, operation: str, **members: Any) -> dict[str, Any]:
        target = self.router.target(f"DynamoDB_20120810.{operation}")
        return self.router.perform(target, {"TableName": "music", **members})

    def follow(self, writer: Writer, change: ItemChange) -> None:
        assert writer.get(change.table.space(), change.stored_key) == (
            None if change.new is None else change.new.record
        )
        self.changes.append(change)

    def taken(self) -> list[tuple[Item | None, Item | None, Cause]]:
        changes = [(one.old, one.new, one.cause) for one in self.changes]
        self.changes.clear()
        return changes


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setattr(TableDescription, "has_followers", True)
    database = Database()
    monkeypatch.setattr(followers, "follow", database.follow)
    return database


def item(**members: str) -> Item:
    return Item({name: N(value) if name == "n" else S(value) for name, value in members.items()})


A, A1, B = {"p": {"S": "a"}}, {"p": {"S": "a"}, "n": {"N": "1"}}, {"p": {"S": "b"}}


def test_followers_get_old_and_new_items_of_single_writes(database: Database) -> None:
    database.call("PutItem", Item=A1)
    database.call("PutItem", Item=A)
    database.call(
        "UpdateItem",
        Key=A,
        UpdateExpression="SET n = :n",
        ExpressionAttributeValues={":n": {"N": "2"}},
    )
    database.call("DeleteItem", Key=A)
    assert database.taken() == [
        (None, item(p="a", n="1"), Cause.USER),
        (item(p="a", n="1"), item(p="a"), Cause.USER),
        (item(p="a"), item(p="a", n="2"), Cause.USER),
        (item(p="a", n="2"), None, Cause.USER),
    ]


def test_followers_do_not_get_writes_that_change_nothing(database: Database) -> None:
    """But for replicas: a write that leaves its item as it was can win a conflict."""
    database.call("PutItem", Item=A1)
    database.taken()
    database.call("DeleteItem", Key=B)
    with pytest.raises(DynamoDBError):
        database.call("DeleteItem", Key=A, ConditionExpression="attribute_not_exists(n)")
    assert database.taken() == []
    database.call("PutItem", Item={"n": {"N": "1.0"}, "p": {"S": "a"}})
    database.call("UpdateItem", Key=A)
    assert [old == new for old, new, _ in database.taken()] == [True, True]


def test_followers_get_batches_and_transactions_in_request_order(database: Database) -> None:
    database.call(
        "BatchWriteItem",
        RequestItems={"music": [{"PutRequest": {"Item": B}}, {"PutRequest": {"Item": A1}}]},
    )
    database.call(
        "TransactWriteItems",
        TransactItems=[
            {"Delete": {"TableName": "music", "Key": B}},
            {"Put": {"TableName": "music", "Item": A}},
        ],
    )
    assert database.taken() == [
        (None, item(p="b"), Cause.USER),
        (None, item(p="a", n="1"), Cause.USER),
        (item(p="b"), None, Cause.USER),
        (item(p="a", n="1"), item(p="a"), Cause.USER),
    ]


def test_followers_learn_the_table_the_key_and_the_instant(database: Database) -> None:
    database.call("PutItem", Item=A1)
    database.clock.advance(seconds=5)
    database.call("DeleteItem", Key=A)
    assert [(one.table.name, one.key, one.item, one.instant) for one in database.changes] == [
        ("music", {"p": S("a")}, item(p="a", n="1"), START),
        ("music", {"p": S("a")}, item(p="a", n="1"), START + 5),
    ]


def test_followers_learn_that_time_to_live_removed_an_item(database: Database) -> None:
    database.call(
        "UpdateTimeToLive", TimeToLiveSpecification={"AttributeName": "n", "Enabled": True}
    )
    ending = {"p": {"S": "a"}, "n": {"N": str(int(START) + 10)}}
    database.call("PutItem", Item=ending)
    database.taken()
    database.clock.advance(seconds=11)
    database.call("GetItem", Key=B)
    old = item(p="a", n=str(int(START) + 10))
    assert database.taken() == [(old, None, Cause.TIME_TO_LIVE)]
