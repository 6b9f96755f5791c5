"""DeleteItem."""

from __future__ import annotations

from tests.behaviour.calling import Caller
from tests.behaviour.v20120810.requests import definitions, index, table

KEY = {"artist": {"S": "Can"}}


def test_a_deleted_item_is_gone_from_table_and_indexes(call: Caller) -> None:
    call(
        "CreateTable",
        table(
            AttributeDefinitions=definitions("artist:S", "label:S"),
            GlobalSecondaryIndexes=[index("labels", "label")],
        ),
    )
    item = KEY | {"label": {"S": "Spoon"}, "b": {"B": "AA=="}}
    call("PutItem", {"TableName": "Music", "Item": item})
    request = {"TableName": "Music", "Key": KEY, "ReturnValues": "ALL_OLD"}
    assert call("DeleteItem", request) == {"Attributes": item}
    assert call("DeleteItem", request) == {}
    assert call("Scan", {"TableName": "Music"})["Items"] == []
    assert call("Scan", {"TableName": "Music", "IndexName": "labels"})["Items"] == []
    described = call("DescribeTable", {"TableName": "Music"})["Table"]
    assert (described["ItemCount"], described["TableSizeBytes"]) == (0, 0)


def test_a_condition_that_fails_keeps_the_item(call: Caller) -> None:
    call("CreateTable", table())
    call("PutItem", {"TableName": "Music", "Item": KEY | {"a": {"N": "1"}}})
    assert call.refused(
        "DeleteItem",
        {
            "TableName": "Music",
            "Key": KEY,
            "ConditionExpression": "a = :a",
            "ExpressionAttributeValues": {":a": {"N": "2"}},
        },
    ) == (400, "ConditionalCheckFailedException", "The conditional request failed")
    assert call("GetItem", {"TableName": "Music", "Key": KEY}) == {"Item": KEY | {"a": {"N": "1"}}}
