"""A database with two tables, one of them with provisioned throughput and an index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import ddbmock
from ddbmock.errors import DynamoDBError

MUSIC: dict[str, Any] = {
    "TableName": "music",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
EVENTS: dict[str, Any] = {
    "TableName": "events",
    "AttributeDefinitions": [
        {"AttributeName": "user", "AttributeType": "S"},
        {"AttributeName": "kind", "AttributeType": "S"},
    ],
    "KeySchema": [{"AttributeName": "user", "KeyType": "HASH"}],
    "ProvisionedThroughput": {"ReadCapacityUnits": 2, "WriteCapacityUnits": 2},
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by_kind",
            "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
            "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
        }
    ],
}

Perform = Callable[..., Any]


@pytest.fixture
def db() -> Iterator[ddbmock.Database]:
    with ddbmock.Database() as db:
        db.clock.freeze(1_790_000_000)
        yield db


@pytest.fixture
def perform(db: ddbmock.Database) -> Iterator[Perform]:
    """Performs an operation; errors are answered as ``(type, message)``, and have hints."""
    hints: list[str | None] = []

    def perform(operation: str, **request: Any) -> Any:
        target = db.router.target(f"DynamoDB_20120810.{operation}")
        try:
            return db.router.perform(target, request)
        except DynamoDBError as error:
            hints.append(error.hint)
            return type(error).__name__, error.message

    perform("CreateTable", **MUSIC)
    perform("CreateTable", **EVENTS)
    yield perform
    assert all(hints)


@pytest.fixture
def client(db: ddbmock.Database, perform: Perform) -> Any:
    """A boto3 client of the database."""
    return db.client()


EXCEEDED = (
    "The level of configured provisioned throughput for the table was exceeded. Consider "
    "increasing your provisioning level with the UpdateTable API."
)
THROTTLED = ("ProvisionedThroughputExceededException", EXCEEDED)
