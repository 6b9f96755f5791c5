"""Stale reads answer what was there; consistent ones what is."""

from __future__ import annotations

from typing import Any

import pytest

import ddbmock
from tests.fault_injection.requests import Perform

KEY: dict[str, Any] = {"TableName": "music", "Key": {"pk": {"S": "a"}}}
BY_KIND: dict[str, Any] = {
    "TableName": "events",
    "IndexName": "by_kind",
    "KeyConditionExpression": "kind = :kind",
    "ExpressionAttributeValues": {":kind": {"S": "login"}},
}


@pytest.fixture(autouse=True)
def _stale(db: ddbmock.Database, perform: Perform) -> None:
    db.trouble.stale = True
    perform("PutItem", TableName="music", Item={"pk": {"S": "a"}})
    perform("PutItem", TableName="events", Item={"user": {"S": "a"}, "kind": {"S": "login"}})


def counts(perform: Perform) -> list[int]:
    """Items that reads of every kind find: stale ones, then consistent ones."""
    batch = {"music": {"Keys": [KEY["Key"]]}}
    consistent = {"music": {"Keys": [KEY["Key"]], "ConsistentRead": True}}
    return [
        len(perform("GetItem", **KEY)),
        perform("Scan", TableName="music")["Count"],
        perform("Query", **BY_KIND)["Count"],
        len(perform("BatchGetItem", RequestItems=batch)["Responses"]["music"]),
        len(perform("GetItem", **KEY, ConsistentRead=True)),
        perform("Scan", TableName="music", ConsistentRead=True)["Count"],
        len(perform("BatchGetItem", RequestItems=consistent)["Responses"]["music"]),
        len(perform("TransactGetItems", TransactItems=[{"Get": KEY}])["Responses"][0]),
    ]


def test_stale_reads_see_what_was_there_until_the_database_settles(
    db: ddbmock.Database, perform: Perform
) -> None:
    assert counts(perform) == [0, 0, 0, 0, 1, 1, 1, 1]
    db.settle()
    assert counts(perform) == [1] * 8
    perform("DeleteItem", **KEY)
    assert counts(perform) == [1, 1, 1, 1, 0, 0, 0, 0]


def test_writes_see_what_is_there(perform: Perform) -> None:
    answer = perform(
        "PutItem",
        TableName="music",
        Item={"pk": {"S": "a"}},
        ConditionExpression="attribute_not_exists(pk)",
    )
    assert answer == ("ConditionalCheckFailedException", "The conditional request failed")


def test_a_new_table_is_empty_and_a_deleted_one_gone(perform: Perform) -> None:
    definition = {
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    perform("CreateTable", TableName="new", **definition)
    assert perform("Scan", TableName="new")["Count"] == 0
    perform("DeleteTable", TableName="music")
    assert perform("Scan", TableName="music")[0] == "ResourceNotFoundException"


def test_settling_a_database_that_is_not_stale_changes_nothing(
    db: ddbmock.Database, perform: Perform
) -> None:
    db.trouble.stale = False
    db.settle()
    assert not db.trouble.stale
    assert counts(perform) == [1] * 8


def test_requests_are_counted_as_ever(db: ddbmock.Database, perform: Perform) -> None:
    perform("GetItem", **KEY)
    assert (db.requests[-1].operation, db.requests[-1].read_units) == ("GetItem", 0.5)
