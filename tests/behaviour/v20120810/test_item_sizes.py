"""Sizes to the byte: the limit of each way to write an item, and the cost of update clauses.

Source: measured in eu-west-2, August to October 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ddbmock.settings import Settings
from ddbmock.values.number import measured
from tests.behaviour.calling import Caller

MOST = 409_600
PUT = "Item size has exceeded the maximum allowed size"
UPDATE = "Item size to update has exceeded the maximum allowed size"
KEY = {"pk": {"S": "k"}}
KEY_SIZE = 3


@pytest.fixture
def table(call: Caller) -> str:
    call(
        "CreateTable",
        {
            "TableName": "sizes",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    return "sizes"


@pytest.fixture(params=["2025", "2026-eu-west-1", "2026-eu-west-2"])
def wording(request: pytest.FixtureRequest) -> str:
    wording: str = request.param
    return wording


@pytest.fixture
def settings(wording: str) -> Settings:
    return Settings(wording=wording)


def text(size: int) -> dict[str, str]:
    return {"S": "x" * size}


def item(size: int) -> dict[str, Any]:
    """An item of that many bytes."""
    return {**KEY, "v": text(size - KEY_SIZE - 1)}


class TestSurfaces:
    """The limit of each surface at 409,600 and 409,601 bytes of the finished item."""

    def test_put_item(self, call: Caller, table: str) -> None:
        call("PutItem", {"TableName": table, "Item": item(MOST)})
        refused = call.refused("PutItem", {"TableName": table, "Item": item(MOST + 1)})
        assert refused == (400, "ValidationException", PUT)

    def test_batch_write_item(self, call: Caller, table: str) -> None:
        def batch(size: int) -> dict[str, Any]:
            return {"RequestItems": {table: [{"PutRequest": {"Item": item(size)}}]}}

        call("BatchWriteItem", batch(MOST))
        assert call.refused("BatchWriteItem", batch(MOST + 1)) == (400, "ValidationException", PUT)

    def test_a_put_of_a_transaction_is_rejected_not_cancelled(
        self, call: Caller, table: str
    ) -> None:
        def transaction(size: int) -> dict[str, Any]:
            return {"TransactItems": [{"Put": {"TableName": table, "Item": item(size)}}]}

        call("TransactWriteItems", transaction(MOST))
        refused = call.refused("TransactWriteItems", transaction(MOST + 1))
        assert refused == (400, "ValidationException", PUT)

    def test_attribute_updates(self, call: Caller, table: str) -> None:
        def update(size: int) -> dict[str, Any]:
            value = {"Value": text(size - KEY_SIZE - 1)}
            return {"TableName": table, "Key": KEY, "AttributeUpdates": {"v": value}}

        call("UpdateItem", update(MOST))
        assert call.refused("UpdateItem", update(MOST + 1)) == (400, "ValidationException", UPDATE)

    @pytest.mark.parametrize("exists", [False, True])
    def test_an_update_of_a_transaction(
        self, call: Caller, table: str, wording: str, exists: bool
    ) -> None:
        if exists:
            call("PutItem", {"TableName": table, "Item": KEY})

        def transaction(size: int) -> dict[str, Any]:
            return {
                "TransactItems": [
                    {
                        "Update": {
                            "TableName": table,
                            "Key": KEY,
                            "UpdateExpression": "SET v = :v",
                            "ExpressionAttributeValues": {":v": text(size)},
                        }
                    }
                ]
            }

        if wording == "2026-eu-west-2":
            largest = MOST - 3 - 19 - 1
            error = "ValidationException", UPDATE
        else:
            largest = MOST - KEY_SIZE - 1
            error = (
                "TransactionCanceledException",
                "Transaction cancelled, please refer cancellation reasons for specific reasons "
                "[ValidationError]",
            )
        call("TransactWriteItems", transaction(largest))
        assert call.refused("TransactWriteItems", transaction(largest + 1)) == (400, *error)


class TestStatement:
    """The charge for what an UpdateExpression writes, with the costs of its clauses."""

    @pytest.fixture(params=["2026-eu-west-1"])
    def wording(self, request: pytest.FixtureRequest) -> str:
        wording: str = request.param
        return wording

    @pytest.mark.parametrize(
        ("expression", "cost"),
        [
            ("SET a = :v", 3 + 19 + 1),
            ("SET #long = :v", 3 + 19 + 12),
            ("SET m.k = :v", 3 + 19 + 1 + 4 + 1),
            ("SET l[0] = :v", 3 + 19 + 1 + 4 + 1 + 1),
            ("SET a = :v, b = :one", 3 + 19 + 1 + 19 + 1 + 2),
            ("SET a = :v, c = m.k", 3 + 19 + 1 + 19 + 1 + 1 + 14 + 1 + 14 + 1),
            ("SET a = :v, b = n + :one", 3 + 19 + 1 + 19 + 1 + 34 + (1 + 14 + 1) + 2),
            ("SET a = :v, b = n - :one", 3 + 19 + 1 + 19 + 1 + 37 + (1 + 14 + 1) + 2),
            ("SET a = if_not_exists(b, :v)", 3 + 19 + 1 + 39 + (1 + 14 + 1)),
            ("SET a = if_not_exists(n, :v)", 3 + 19 + 1 + 39 + (1 + 14 + 1)),
            ("SET a = :v, b = list_append(l, :l)", 3 + 19 + 1 + 19 + 1 + 37 + (1 + 14 + 1) + 3),
            ("SET a = :v ADD n :one", 3 + 19 + 1 + 19 + 1 + 2),
            ("SET a = :v ADD s :s", 3 + 19 + 1 + 19 + 1 + 1),
            ("SET a = :v REMOVE n", 3 + 19 + 1 + 1 + 1),
            ("SET a = :v DELETE s :s", 3 + 19 + 1 + 1 + 1),
        ],
    )
    def test_the_costs_of_clauses(
        self, call: Caller, table: str, expression: str, cost: int
    ) -> None:
        old = {
            **KEY,
            "n": {"N": "1"},
            "s": {"SS": ["x"]},
            "l": {"L": [{"S": ""}]},
            "m": {"M": {"k": {"S": ""}}},
        }
        values = {":one": {"N": "1"}, ":s": {"SS": ["x", "y"]}, ":l": {"L": []}}

        def update(size: int) -> Mapping[str, Any]:
            call("PutItem", {"TableName": table, "Item": old})
            used = {ref: value for ref, value in values.items() if ref in expression.split()}
            used |= {ref: value for ref, value in values.items() if f"{ref})" in expression}
            request: dict[str, Any] = {
                "TableName": table,
                "Key": KEY,
                "UpdateExpression": expression,
                "ExpressionAttributeValues": {**used, ":v": text(size)},
            }
            if "#long" in expression:
                request["ExpressionAttributeNames"] = {"#long": "twelve_bytes"}
            return request

        call("UpdateItem", update(MOST - cost))
        refused = call.refused("UpdateItem", update(MOST - cost + 1))
        assert refused == (400, "ValidationException", UPDATE)

    def test_the_size_is_checked_before_the_condition(self, call: Caller, table: str) -> None:
        request = {
            "TableName": table,
            "Key": KEY,
            "UpdateExpression": "SET a = :v",
            "ConditionExpression": "attribute_exists(a)",
            "ExpressionAttributeValues": {":v": text(MOST - 3 - 19 - 1 + 1)},
        }
        assert call.refused("UpdateItem", request) == (400, "ValidationException", UPDATE)


class TestStatementOfOldRegions:
    @pytest.fixture(params=["2025", "me-central-1"])
    def wording(self, request: pytest.FixtureRequest) -> str:
        wording: str = request.param
        return wording

    def test_only_the_finished_item_counts(self, call: Caller, table: str) -> None:
        def update(size: int) -> dict[str, Any]:
            return {
                "TableName": table,
                "Key": KEY,
                "UpdateExpression": "SET a = :v",
                "ExpressionAttributeValues": {":v": text(size - KEY_SIZE - 1)},
            }

        call("UpdateItem", update(MOST))
        assert call.refused("UpdateItem", update(MOST + 1)) == (400, "ValidationException", UPDATE)


@pytest.mark.parametrize(
    ("literal", "size"),
    [
        ("0", 1), ("1", 2), ("12", 2), ("123", 3), ("1234", 3), ("1" * 38, 20), ("0042", 2),
        ("100", 2), ("1010", 3), ("0.0000001", 2), ("1E125", 2), ("1E-100", 2), ("1.5", 3),
        ("15", 2), ("1.2", 3), ("1.200", 3), ("1.234", 4), ("3.14159", 5), ("123456", 4),
        ("100.5", 4), ("0.15", 2), ("-42", 3), ("-0", 1),
    ],
)  # fmt: skip
def test_numbers_have_their_measured_sizes(literal: str, size: int) -> None:
    assert measured(literal)[1] == size
