"""Indexes that are held in their back-fill."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import ddbmock
from ddbmock.errors import (
    LimitExceededException,
    ResourceNotFoundException,
    ValidationException,
)

VECTOR: dict[str, Any] = {"N": "1"}
NEAR: dict[str, Any] = {
    "IndexName": "near",
    "VectorAttribute": {"AttributeName": "v"},
    "Projection": {"ProjectionType": "ALL"},
    "Dimensions": 1,
    "DistanceFunction": "EUCLIDEAN",
}
SEARCH: dict[str, Any] = {"IndexName": "near", "SearchVector": [VECTOR], "TopK": 1}
QUERY: dict[str, Any] = {
    "IndexName": "by-n",
    "KeyConditionExpression": "n = :n",
    "ExpressionAttributeValues": {":n": {"S": "1"}},
}


@pytest.fixture
def db() -> Iterator[ddbmock.Database]:
    with ddbmock.Database() as db:
        perform(
            db,
            "CreateTable",
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "n")
            ],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by-n",
                    "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            VectorIndexes=[NEAR],
            BillingMode="PAY_PER_REQUEST",
        )
        yield db


def perform(db: ddbmock.Database, operation: str, **request: Any) -> Any:
    target = db.router.target(f"DynamoDB_20120810.{operation}")
    return db.router.perform(target, {"TableName": "songs", **request})


def put(db: ddbmock.Database) -> None:
    item = {"pk": {"S": "a"}, "n": {"S": "1"}, "v": {"L": [VECTOR]}}
    perform(db, "PutItem", Item=item)


def states(db: ddbmock.Database, family: str) -> list[tuple[str, bool | None]]:
    table = perform(db, "DescribeTable")["Table"]
    assert table["TableStatus"] == "ACTIVE"
    return [(one["IndexStatus"], one.get("Backfilling")) for one in table[family]]


def test_a_vector_index_is_held_and_released(db: ddbmock.Database) -> None:
    db.backfill.hold("songs", "near")
    assert states(db, "VectorIndexes") == [("CREATING", True)]
    with pytest.raises(ValidationException) as caught:
        perform(db, "SearchVectors", **SEARCH)
    assert caught.value.message == "Cannot search backfilling vector index: near"
    put(db)
    assert perform(db, "Query", **QUERY)["Count"] == 1
    db.backfill.release("songs", "near")
    assert states(db, "VectorIndexes") == [("ACTIVE", None)]
    assert len(perform(db, "SearchVectors", **SEARCH)["SearchResults"]) == 1


def test_a_global_index_is_held_and_released(db: ddbmock.Database) -> None:
    db.backfill.hold("songs", "by-n")
    assert states(db, "GlobalSecondaryIndexes") == [("CREATING", True)]
    with pytest.raises(ValidationException):
        perform(db, "Query", **QUERY)
    put(db)
    db.backfill.release("songs", "by-n")
    assert states(db, "GlobalSecondaryIndexes") == [("ACTIVE", None)]
    assert perform(db, "Query", **QUERY)["Count"] == 1


def test_no_other_index_is_created_meanwhile(db: ddbmock.Database) -> None:
    db.backfill.hold("songs", "near")
    other = [{"Create": {**NEAR, "IndexName": "other"}}]
    with pytest.raises(LimitExceededException):
        perform(db, "UpdateTable", VectorIndexUpdates=other)


def test_what_is_not_there_is_rejected(db: ddbmock.Database) -> None:
    with pytest.raises(ValueError, match="has no global or vector index 'far'; it has by-n, near"):
        db.backfill.hold("songs", "far")
    with pytest.raises(ResourceNotFoundException):
        db.backfill.release("other", "near")
