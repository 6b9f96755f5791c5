"""Replication between regions: requests of one region through every door and engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from ddbmock.database import DynamoDB
from ddbmock.service.json import encode
from ddbmock.service.replication_control import ReplicationControl
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from tests.behaviour.calling import Caller

MUSIC: dict[str, Any] = {"TableName": "Music"}
There = Callable[..., Any]


@pytest.fixture
def settings() -> Settings:
    return Settings(databases="region")


@pytest.fixture
def there(dynamodb: DynamoDB, call: Caller) -> There:
    """Calls operations in the other region, which has a replica."""
    router = Router(dynamodb)
    call(
        "CreateTable",
        {
            **MUSIC,
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    call("UpdateTable", {**MUSIC, "ReplicaUpdates": [{"Create": {"RegionName": "eu-west-1"}}]})

    def perform(operation: str, **body: Any) -> Any:
        target = router.target(f"DynamoDB_20120810.{operation}")
        return orjson.loads(encode(router.perform(target, body | MUSIC, region="eu-west-1")))

    return perform


def item(key: str, number: int) -> dict[str, Any]:
    return {"pk": {"S": key}, "n": {"N": str(number)}}


def by_key(items: list[Any]) -> dict[str, int]:
    return {one["pk"]["S"]: int(one["n"]["N"]) for one in items}


def test_writes_of_either_region_arrive_in_the_other(call: Caller, there: There) -> None:
    call("PutItem", {**MUSIC, "Item": item("a", 1)})
    call("BatchWriteItem", {"RequestItems": {"Music": [{"PutRequest": {"Item": item("b", 2)}}]}})
    put = {"Put": {**MUSIC, "Item": item("c", 3)}}
    call("TransactWriteItems", {"TransactItems": [put]})
    assert by_key(there("Scan")["Items"]) == {"a": 1, "b": 2, "c": 3}
    call("DeleteItem", {**MUSIC, "Key": {"pk": {"S": "a"}}})
    there("PutItem", Item=item("b", 4))
    there("PutItem", Item=item("d", 5))
    assert by_key(call("Scan", MUSIC)["Items"]) == {"b": 4, "c": 3, "d": 5}
    assert by_key(there("Scan")["Items"]) == {"b": 4, "c": 3, "d": 5}


def test_the_last_writer_wins_after_a_held_link(
    call: Caller, there: There, dynamodb: DynamoDB
) -> None:
    links = ReplicationControl(dynamodb)
    links.hold()
    call("PutItem", {**MUSIC, "Item": item("a", 1)})
    call("PutItem", {**MUSIC, "Item": item("b", 1)})
    call.clock.advance(1)
    there("PutItem", Item=item("a", 2))
    assert by_key(call("Scan", MUSIC)["Items"]) == {"a": 1, "b": 1}
    assert by_key(there("Scan")["Items"]) == {"a": 2}
    assert len(links.pending()) == 3
    links.release()
    assert by_key(call("Scan", MUSIC)["Items"]) == {"a": 2, "b": 1}
    assert by_key(there("Scan")["Items"]) == {"a": 2, "b": 1}
