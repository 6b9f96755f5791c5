"""One engine, two APIs: what the one does, the other sees."""

from __future__ import annotations

import pytest

from tests.behaviour.calling import Caller
from tests.behaviour.doors import Send
from tests.behaviour.v20111205.requests import UNITS, condition, create, get, key, n, put, s


@pytest.fixture
def latest(send: Send, call: Caller) -> Caller:
    """Calls operations of 2012-08-10 on the same database."""
    return Caller(send, "DynamoDB_20120810", call.clock)


def test_a_table_of_this_api_is_one_of_the_other(call: Caller, latest: Caller) -> None:
    create(call, "thread", "id:S", "at:N")
    put(call, "thread", id=s("a"), at=n(1), x=s("x"))
    assert latest("GetItem", {"TableName": "thread", "Key": {"id": s("a"), "at": n(1)}}) == {
        "Item": {"id": s("a"), "at": n(1), "x": s("x")}
    }
    table = latest("DescribeTable", {"TableName": "thread"})["Table"]
    assert table["KeySchema"] == [
        {"AttributeName": "id", "KeyType": "HASH"},
        {"AttributeName": "at", "KeyType": "RANGE"},
    ]
    assert (table["ItemCount"], table["TableStatus"]) == (1, "ACTIVE")


def test_a_table_of_the_other_api_is_one_of_this(call: Caller, latest: Caller) -> None:
    latest(
        "CreateTable",
        {
            "TableName": "thread",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    assert call("ListTables") == {"TableNames": ["thread"]}
    table = call("DescribeTable", {"TableName": "thread"})["Table"]
    assert table["ProvisionedThroughput"] == {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
    assert call.refused("UpdateTable", {"TableName": "thread", "ProvisionedThroughput": UNITS}) == (
        400,
        "ValidationException",
        "One or more parameter values were invalid: Neither ReadCapacityUnits nor "
        "WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
    )


def test_values_of_later_types_are_answered_as_they_are(call: Caller, latest: Caller) -> None:
    create(call, "thread", "id:S")
    item = {"id": s("a"), "l": {"L": [s(""), {"BOOL": True}]}, "e": s(""), "z": {"NULL": True}}
    latest("PutItem", {"TableName": "thread", "Item": item})
    assert get(call, "thread", key(s("a"))) == item
    update = {"TableName": "thread", "Key": key(s("a")), "AttributeUpdates": {"x": {"Value": n(1)}}}
    call("UpdateItem", update)
    assert get(call, "thread", key(s("a"))) == {**item, "x": n(1)}
    found = call(
        "Scan", {"TableName": "thread", "ScanFilter": {"l": condition("CONTAINS", s("q"))}}
    )
    assert found["Count"] == 0


def test_an_item_of_the_other_api_can_be_larger(call: Caller, latest: Caller) -> None:
    create(call, "thread", "id:S")
    latest("PutItem", {"TableName": "thread", "Item": {"id": s("a"), "x": s("x" * 99_996)}})
    assert call("GetItem", {"TableName": "thread", "Key": key(s("a"))})[
        "ConsumedCapacityUnits"
    ] == (98 / 2)
    update = {"TableName": "thread", "Key": key(s("a")), "AttributeUpdates": {"y": {"Value": n(1)}}}
    assert call.refused("UpdateItem", update) == (
        400,
        "ValidationException",
        "Item size to update has exceeded the maximum allowed size",
    )
    update["AttributeUpdates"] = {"x": {"Action": "DELETE"}}
    assert call("UpdateItem", update) == {"ConsumedCapacityUnits": 98.0}


def test_writes_pay_for_the_indexes_of_the_other_api(call: Caller, latest: Caller) -> None:
    latest(
        "CreateTable",
        {
            "TableName": "thread",
            "AttributeDefinitions": [
                {"AttributeName": "id", "AttributeType": "S"},
                {"AttributeName": "x", "AttributeType": "N"},
            ],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "GlobalSecondaryIndexes": [
                {
                    "IndexName": "by-x",
                    "KeySchema": [{"AttributeName": "x", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    request = {"TableName": "thread", "Item": {"id": s("a"), "x": n(1)}}
    assert call("PutItem", request) == {"ConsumedCapacityUnits": 2.0}
    assert call("PutItem", request) == {"ConsumedCapacityUnits": 1.0}
    request["Item"] = {"id": s("a"), "x": s("x")}
    assert call.refused("PutItem", request)[1] == "ValidationException"
    request = {
        "TableName": "thread",
        "IndexName": "by-x",
        "KeyConditionExpression": "x = :x",
        "ExpressionAttributeValues": {":x": n(1)},
    }
    assert latest("Query", request)["Items"] == [{"id": s("a"), "x": n(1)}]


def test_deletion_protection_holds_here_too(call: Caller, latest: Caller) -> None:
    create(call, "thread", "id:S")
    latest("UpdateTable", {"TableName": "thread", "DeletionProtectionEnabled": True})
    assert call.refused("DeleteTable", {"TableName": "thread"}) == (
        400,
        "ValidationException",
        "Resource cannot be deleted as it is currently protected against deletion. "
        "Disable deletion protection first.",
    )
