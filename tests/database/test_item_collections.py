"""The size of an item collection: its items, and their entries in local indexes."""

from __future__ import annotations

from typing import Any

import pytest

from ddbmock.clock import ManualClock
from ddbmock.database import DynamoDB
from ddbmock.database.data_plane import table
from ddbmock.service.router import Router
from ddbmock.storage.memory import MemoryStorage
from ddbmock.values.model import S
from tests.behaviour.v20120810.requests import definitions, index, keys
from tests.behaviour.v20120810.requests import table as create_table


def perform(dynamodb: DynamoDB, operation: str, request: dict[str, Any]) -> None:
    router = Router(dynamodb)
    router.perform(router.target(f"DynamoDB_20120810.{operation}"), request)


@pytest.mark.parametrize(("counted", "size"), [(0, 5 * 10 + 2 * 13 + 2 * 13), (10**6, 0)])
def test_a_collection_is_only_counted_where_it_could_matter(
    monkeypatch: pytest.MonkeyPatch, counted: int, size: int
) -> None:
    monkeypatch.setattr(table, "COUNTED_COLLECTION", counted)
    dynamodb = DynamoDB(MemoryStorage(), clock=ManualClock())
    perform(
        dynamodb,
        "CreateTable",
        create_table(
            AttributeDefinitions=definitions("artist:S", "n:N", "y:N"),
            KeySchema=keys("artist", "n"),
            LocalSecondaryIndexes=[index("local", "artist", "y")],
            GlobalSecondaryIndexes=[index("global", "y")],
        ),
    )
    for number in range(1, 6):
        item = {"artist": {"S": "a"}, "n": {"N": str(number)}}
        perform(dynamodb, "PutItem", {"TableName": "Music", "Item": item})
    for number in (1, 2):
        item = {"artist": {"S": "b"}, "n": {"N": str(number)}, "y": {"N": "1"}}
        perform(dynamodb, "PutItem", {"TableName": "Music", "Item": item})
    with dynamodb.call().read() as tables:
        music = tables["Music"]
        of_a = music.collection_size({"artist": S("a")})
        of_b = music.collection_size({"artist": S("b")})
    assert of_a + of_b == size
