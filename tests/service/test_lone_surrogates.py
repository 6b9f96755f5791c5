"""Texts that JSON cannot have, passed straight to the router: refused as over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
import pytest

from ddbmock.clock import ManualClock
from ddbmock.database import DynamoDB
from ddbmock.errors import SerializationException
from ddbmock.service.json import encode
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from ddbmock.storage.memory import MemoryStorage

LONE: Final = "Café \ud83d"
KEY: Final = {"id": {"S": "a"}}
TEXT: Final = {"S": LONE}
OLD_KEY: Final = {"HashKeyElement": {"S": "a"}}
IS_LONE: Final = {"ComparisonOperator": "EQ", "AttributeValueList": [TEXT]}
IS_A: Final = {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "a"}]}


@pytest.fixture
def router() -> Router:
    router = Router(DynamoDB(MemoryStorage(), Settings(), ManualClock(1_790_000_000)))
    call(
        router,
        "20120810.CreateTable",
        {
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    return router


def call(router: Router, operation: str, body: Mapping[str, Any]) -> Any:
    if "RequestItems" not in body and "Statement" not in body:
        body = {"TableName": "Music", **body}
    return router.perform(router.target(f"DynamoDB_{operation}"), body)


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("20120810.PutItem", {"Item": {"id": TEXT}}),
        ("20120810.PutItem", {"Item": {**KEY, LONE: {"S": "a"}}}),
        ("20120810.PutItem", {"Item": {**KEY, "a": {"SS": ["\ud83d", "\ude00"]}}}),
        ("20120810.PutItem", {"Item": {**KEY, "a": {"L": [{"M": {"b": TEXT}}]}}}),
        ("20120810.PutItem", {"Item": {**KEY, "a": {"M": {LONE: {"N": "1"}}}}}),
        ("20120810.PutItem", {"Item": {**KEY, "a": {"N": LONE}}}),
        ("20120810.PutItem", {"Item": {**KEY, "a": {"N": "x"}, "b": TEXT}}),
        ("20120810.PutItem", {"Item": KEY, "Expected": {"a": {"Value": TEXT}}}),
        ("20120810.PutItem", {"Item": KEY, "Expected": {LONE: {"Exists": False}}}),
        ("20120810.GetItem", {"Key": {"id": TEXT}}),
        ("20120810.UpdateItem", {"Key": KEY, "AttributeUpdates": {"a": {"Value": TEXT}}}),
        (
            "20120810.UpdateItem",
            {
                "Key": KEY,
                "UpdateExpression": "SET a = :a",
                "ExpressionAttributeValues": {":a": TEXT},
            },
        ),
        ("20120810.Scan", {"ScanFilter": {"a": IS_LONE}}),
        (
            "20120810.ExecuteStatement",
            {"Statement": "SELECT * FROM Music WHERE id = ?", "Parameters": [TEXT]},
        ),
        ("20120810.BatchGetItem", {"RequestItems": {LONE: {"Keys": [KEY]}}}),
        ("20120810.BatchWriteItem", {"RequestItems": {LONE: [{"DeleteRequest": {"Key": KEY}}]}}),
        ("20111205.PutItem", {"Item": {**KEY, "a": TEXT}}),
        ("20111205.PutItem", {"Item": {**KEY, LONE: {"S": "a"}}}),
        ("20111205.GetItem", {"Key": {"HashKeyElement": TEXT}}),
        ("20111205.Scan", {"ScanFilter": {LONE: IS_A}}),
        ("20111205.BatchGetItem", {"RequestItems": {LONE: {"Keys": [OLD_KEY]}}}),
    ],
)
def test_a_lone_surrogate_is_refused(router: Router, operation: str, body: Any) -> None:
    with pytest.raises(SerializationException) as caught:
        call(router, operation, body)
    assert caught.value.message is None
    assert "lone surrogate at position" in str(caught.value.hint)
    assert call(router, "20120810.Scan", {})["Count"] == 0


def test_other_texts_beyond_ascii_are_stored(router: Router) -> None:
    item = {**KEY, "Café": {"S": "😀"}, "m": {"M": {"größe": {"SS": ["ß"]}}}}
    call(router, "20120810.PutItem", {"Item": item})
    assert orjson.loads(encode(call(router, "20120810.GetItem", {"Key": KEY}))) == {"Item": item}
