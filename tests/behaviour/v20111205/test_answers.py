"""The bytes of the first API's answers: types with their namespaces, members, statuses."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from ddbmock.clock import ManualClock
from ddbmock.database import DynamoDB
from ddbmock.service.http import WireRequest, WireResponse, handle
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from ddbmock.storage.memory import MemoryStorage
from tests.behaviour.calling import START
from tests.behaviour.doors import SIGNED
from tests.behaviour.v20111205.requests import UNITS, Json, key, n, s, schema


def post(router: Router, operation: str, body: Any) -> WireResponse:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    headers = {**SIGNED, "x-amz-target": f"DynamoDB_20111205.{operation}"}
    return handle(router, WireRequest("POST", "/", "", headers, content))


def router_with(**settings: Any) -> Router:
    """A router whose database has the tables ``thread`` and ``ranged``, the first with an item."""
    router = Router(DynamoDB(MemoryStorage(), Settings(**settings), ManualClock(START)))
    for name, keys in (("thread", schema("id:S")), ("ranged", schema("id:S", "at:N"))):
        create = {"TableName": name, "KeySchema": keys, "ProvisionedThroughput": UNITS}
        assert post(router, "CreateTable", create).status == 200
    assert post(router, "PutItem", {"TableName": "thread", "Item": {"id": s("a")}}).status == 200
    return router


@pytest.fixture
def router() -> Router:
    return router_with()


MODEL = "com.amazonaws.dynamodb.v20111205#"


@pytest.mark.parametrize(
    ("operation", "body", "answer"),
    [
        (
            "GetItem",
            {"TableName": "nowhere", "Key": key(s("a"))},
            {
                "__type": f"{MODEL}ResourceNotFoundException",
                "message": "Requested resource not found",
            },
        ),
        (
            "CreateTable",
            {
                "TableName": "thread",
                "KeySchema": schema("id:S"),
                "ProvisionedThroughput": UNITS,
            },
            {
                "__type": f"{MODEL}ResourceInUseException",
                "message": "Attempt to change a resource which is still in use: "
                "Duplicate table name: thread",
            },
        ),
        (
            "PutItem",
            {
                "TableName": "thread",
                "Item": {"id": s("a")},
                "Expected": {"id": {"Exists": False}},
            },
            {
                "__type": f"{MODEL}ConditionalCheckFailedException",
                "message": "The conditional request failed",
            },
        ),
        (
            "UpdateTable",
            {
                "TableName": "thread",
                "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 50},
            },
            {
                "__type": f"{MODEL}LimitExceededException",
                "message": "Requested provisioned throughput change is not allowed. "
                "The WriteCapacityUnits change must be at most 100 percent of current value. "
                "Current WriteCapacityUnits provisioned for the table: 5. "
                "Requested WriteCapacityUnits: 50.",
            },
        ),
        (
            "PutItem",
            {"TableName": "thread", "Item": {"id": n(1)}},
            {
                "__type": "com.amazon.coral.validate#ValidationException",
                "message": "One or more parameter values were invalid: "
                "Type mismatch for key id expected: S actual: N",
            },
        ),
        (
            "PutItem",
            {"TableName": "thread", "Item": []},
            {
                "__type": "com.amazon.coral.service#SerializationException",
                "Message": "Start of list found where not expected",
            },
        ),
        ("PutItem", b"{", {"__type": "com.amazon.coral.service#SerializationException"}),
        ("PutItems", {}, {"__type": "com.amazon.coral.service#UnknownOperationException"}),
        ("TransactGetItems", {}, {"__type": "com.amazon.coral.service#UnknownOperationException"}),
    ],
)
def test_an_error_has_its_type_and_its_message(
    router: Router, operation: str, body: Any, answer: Json
) -> None:
    response = post(router, operation, body)
    assert (response.status, orjson.loads(response.body)) == (400, answer)
    assert dict(response.headers)["x-ddbmock-hint"]


@pytest.mark.parametrize(
    ("operation", "body", "answer"),
    [
        (
            "GetItem",
            {"TableName": "thread", "Key": key(s("a"))},
            b'{"ConsumedCapacityUnits":0.5,"Item":{"id":{"S":"a"}}}',
        ),
        (
            "Scan",
            {"TableName": "ranged"},
            b'{"Count":0,"ConsumedCapacityUnits":0.5,"Items":[],"ScannedCount":0}',
        ),
        (
            "BatchWriteItem",
            {"RequestItems": {"thread": [{"DeleteRequest": {"Key": key(s("a"))}}]}},
            b'{"Responses":{"thread":{"ConsumedCapacityUnits":1.0}},"UnprocessedItems":{}}',
        ),
        ("ListTables", {}, b'{"TableNames":["ranged","thread"]}'),
    ],
)
def test_units_have_a_fraction_and_counts_have_none(
    router: Router, operation: str, body: Json, answer: bytes
) -> None:
    response = post(router, operation, body)
    assert (response.status, response.body) == (200, answer)


def batch(size: int) -> bytes:
    """A BatchWriteItem of this many bytes."""
    item = {"id": s("b"), "x": s("")}
    body: Json = {"RequestItems": {"thread": [{"PutRequest": {"Item": item}}]}}
    item["x"] = s("x" * (size - len(orjson.dumps(body))))
    return orjson.dumps(body)


class TestBatchesOver1Megabyte:
    def test_are_refused(self, router: Router) -> None:
        response = post(router, "BatchWriteItem", batch(2**20 + 1))
        assert (response.status, response.body) == (413, b"")
        assert post(router, "BatchWriteItem", batch(2**20)).status == 400  # its item is too large

    def test_are_not_refused_without_limits(self) -> None:
        assert post(router_with(limits="none"), "BatchWriteItem", batch(2**22)).status == 200
