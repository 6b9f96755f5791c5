"""What the mistakes are made on: two tables with some items, a client and a resource."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

import boto3

import ddbmock

Mistakes: TypeAlias = "list[tuple[str, Callable[[At], object], str]]"
"""The name of a mistake, the mistake, and the note that its exception has."""

ORDERS: Final[Any] = {
    "TableName": "orders",
    "AttributeDefinitions": [
        {"AttributeName": "PK", "AttributeType": "S"},
        {"AttributeName": "status", "AttributeType": "S"},
        {"AttributeName": "created", "AttributeType": "N"},
    ],
    "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-status",
            "KeySchema": [
                {"AttributeName": "status", "KeyType": "HASH"},
                {"AttributeName": "created", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
EVENTS: Final[Any] = {
    "TableName": "events",
    "AttributeDefinitions": [
        {"AttributeName": "user", "AttributeType": "S"},
        {"AttributeName": "time", "AttributeType": "N"},
    ],
    "KeySchema": [
        {"AttributeName": "user", "KeyType": "HASH"},
        {"AttributeName": "time", "KeyType": "RANGE"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
    "DeletionProtectionEnabled": True,
}


class At(NamedTuple):
    """Where a mistake is made; it must leave the database as it is."""

    client: Any
    resource: Any
    orders: Any
    events: Any


def seeded(db: ddbmock.Database) -> At:
    """Fill a database whose mock is active, and return its clients."""
    client, resource = boto3.client("dynamodb"), boto3.resource("dynamodb")
    db.create_tables([ORDERS, EVENTS])
    ttl = {"AttributeName": "expires", "Enabled": True}
    client.update_time_to_live(TableName="orders", TimeToLiveSpecification=ttl)
    at = At(client, resource, resource.Table("orders"), resource.Table("events"))
    at.orders.put_item(
        Item={"PK": "a", "n": 1, "status": "open", "created": 1, "tags": {"x"}, "rows": [1, 2]}
    )
    at.events.put_item(Item={"user": "ada", "time": 1, "note": "n"})
    return at


def scan(at: At, text: str, names: Mapping[str, str] | None = None, **values: Any) -> object:
    """Scan with a filter; the values are named without their colons."""
    return at.orders.scan(FilterExpression=text, **_references(names, values))


def update(at: At, text: str, names: Mapping[str, str] | None = None, **values: Any) -> object:
    """Update an item with an expression."""
    return at.orders.update_item(
        Key={"PK": "a"}, UpdateExpression=text, **_references(names, values)
    )


def query(at: At, condition: Any, names: Mapping[str, str] | None = None, **values: Any) -> object:
    """Query the events with a key condition."""
    return at.events.query(KeyConditionExpression=condition, **_references(names, values))


def _references(names: Mapping[str, str] | None, values: Mapping[str, Any]) -> dict[str, Any]:
    references: dict[str, Any] = {"ExpressionAttributeNames": names} if names else {}
    if values:
        references["ExpressionAttributeValues"] = {f":{name}": one for name, one in values.items()}
    return references


def create(at: At, table: Mapping[str, Any] = EVENTS, **changes: Any) -> object:
    """Create a table like another one; None leaves a parameter out."""
    parameters = {**table, "TableName": "new", **changes}
    return at.client.create_table(
        **{name: value for name, value in parameters.items() if value is not None}
    )


def written(at: At, *items: Any) -> None:
    """Put items with a batch_writer."""
    with at.orders.batch_writer() as batch:
        for item in items:
            batch.put_item(Item=item)


def put(number: object) -> Any:
    """Return an entry of a BatchWriteItem."""
    return {"PutRequest": {"Item": {"PK": {"S": str(number)}}}}


def wrote(at: At, **change: Any) -> object:
    """Make a transaction of one entry."""
    return at.client.transact_write_items(TransactItems=[change])


class Color(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Order:
    PK: str
