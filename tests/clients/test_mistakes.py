"""The commonest mistakes of beginners, and the notes that they get."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from boto3.dynamodb.conditions import Key

import ddbmock

TABLE: Any = {
    "TableName": "orders",
    "AttributeDefinitions": [
        {"AttributeName": "PK", "AttributeType": "S"},
        {"AttributeName": "status", "AttributeType": "S"},
    ],
    "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-status",
            "KeySchema": [{"AttributeName": "status", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture(scope="module")
def tried() -> Iterator[Any]:
    """A client and a table resource of a mock with an item."""
    with ddbmock.mock() as db:
        db.create_tables(TABLE)
        client = boto3.client("dynamodb")
        client.put_item(TableName="orders", Item={"PK": {"S": "a"}, "n": {"N": "1"}})
        yield client, boto3.resource("dynamodb").Table("orders")


def put(number: int) -> Any:
    return {"PutRequest": {"Item": {"PK": {"S": str(number)}}}}


CANCELLED: Any = [
    {"Put": {"TableName": "orders", "Item": {"PK": {"S": "b"}}}},
    {
        "ConditionCheck": {
            "TableName": "orders",
            "Key": {"PK": {"S": "a"}},
            "ConditionExpression": "n = :n",
            "ExpressionAttributeValues": {":n": {"N": "9"}},
        }
    },
    {
        "ConditionCheck": {
            "TableName": "orders",
            "Key": {"PK": {"S": "c"}},
            "ConditionExpression": "attribute_exists(n)",
        }
    },
]


@pytest.mark.parametrize(
    ("mistake", "note"),
    [
        (
            lambda client, table: client.batch_write_item(
                RequestItems={"orders": [put(number) for number in range(26)]}
            ),
            "RequestItems.orders has 26 entries; at most 25 are allowed",
        ),
        (
            lambda client, table: table.get_item(Key={"pk": "a"}),
            "The key is PK (S); given: pk (S). Names are case-sensitive: write PK, not pk.",
        ),
        (
            lambda client, table: table.query(KeyConditionExpression=Key("status").eq("open")),
            "The keys are PK (hash key, S); conditions are on status. status is the hash key of the "
            "index by-status: add IndexName='by-status'.",
        ),
        (
            lambda client, table: client.transact_write_items(TransactItems=CANCELLED),
            "The condition is false in entry 2, 3 of 3.\n"
            '         Entry 2, table orders: the item is {"PK":{"S":"a"},"n":{"N":"1"}}.\n'
            "         Entry 3, table orders: there is no item under this key.",
        ),
        (
            lambda client, table: client.scan(TableName="order"),
            "There is no table 'order'; did you mean 'orders'?",
        ),
        (
            lambda client, table: table.put_item(Item={"PK": "a", "rows": [{"price": 1.5}]}),
            "Item.rows[0].price is the float 1.5: write Decimal('1.5'); DynamoDB's numbers are decimal.",
        ),
        (
            lambda client, table: table.put_item(Item={"PK": "a", "at": datetime.date(2026, 1, 2)}),
            "Item.at is a date: DynamoDB has no dates. Write .isoformat(), or a number of seconds, which "
            "a time to live needs.",
        ),
        (
            lambda client, table: table.put_item(Item={"PK": "a", "tags": {1, "b"}}),
            "Item.tags is a set of several types: a set has strings, numbers or bytes alone. A list may "
            "mix them.",
        ),
        (
            lambda client, table: client.put_item(TableName="orders", Item={"PK": "a"}),
            "Item.PK is 'a': a client's values name their types, {'S': 'a'}; those of "
            "boto3.resource('dynamodb').Table(...) do not.",
        ),
        (
            lambda client, table: client.get_item(TableName="orders", Key={"PK": {"N": 5}}),
            "Key.PK: numbers are written as text, {'N': '5'}.",
        ),
        (
            lambda client, table: client.scan(TableName="orders", Limit=0),
            "Limit is 0: it must be at least 1. Leave it out for pages as large as may be.",
        ),
    ],
)
def test_a_mistake_gets_a_note(
    tried: Any, mistake: Callable[[Any, Any], object], note: str
) -> None:
    with pytest.raises(Exception, match=r".") as caught:
        mistake(*tried)
    assert getattr(caught.value, "__notes__", None) == [f"ddbmock: {note}"]


def test_other_mistakes_get_none(tried: Any) -> None:
    client, _ = tried
    with pytest.raises(Exception, match="Unknown parameter") as caught:
        client.scan(TableName="orders", Nonsense=1)
    assert not hasattr(caught.value, "__notes__")
