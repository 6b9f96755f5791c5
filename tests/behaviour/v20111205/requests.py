"""Short ways to write requests of the first API."""

from __future__ import annotations

from typing import Any

from tests.behaviour.calling import Caller

Json = dict[str, Any]
UNITS: Json = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}


def s(text: str) -> Json:
    return {"S": text}


def n(number: float | str) -> Json:
    return {"N": str(number)}


def b(text: str) -> Json:
    return {"B": text}


def element(text: str) -> Json:
    """A key schema's element: ``id:S``."""
    name, _, kind = text.rpartition(":")
    return {"AttributeName": name, "AttributeType": kind}


def schema(hash_key: str, range_key: str | None = None) -> Json:
    elements = {"HashKeyElement": element(hash_key)}
    return elements if range_key is None else {**elements, "RangeKeyElement": element(range_key)}


def key(hash_value: Json, range_value: Json | None = None) -> Json:
    elements = {"HashKeyElement": hash_value}
    return elements if range_value is None else {**elements, "RangeKeyElement": range_value}


def condition(operator: str, *values: Json) -> Json:
    members: Json = {"ComparisonOperator": operator}
    return {**members, "AttributeValueList": list(values)} if values else members


def create(call: Caller, name: str, hash_key: str, range_key: str | None = None) -> str:
    """Bring a table to be, and give its name."""
    call(
        "CreateTable",
        {
            "TableName": name,
            "KeySchema": schema(hash_key, range_key),
            "ProvisionedThroughput": UNITS,
        },
    )
    return name


def put(call: Caller, table: str, **attributes: Json) -> None:
    assert "ConsumedCapacityUnits" in call("PutItem", {"TableName": table, "Item": attributes})


def get(call: Caller, table: str, item_key: Json) -> Json | None:
    """The item, or None."""
    request = {"TableName": table, "Key": item_key, "ConsistentRead": True}
    item: Json | None = call("GetItem", request).get("Item")
    return item
