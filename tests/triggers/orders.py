"""A table with a stream, and functions that note what they are called with."""

from __future__ import annotations

from typing import Any

import ddbmock

START = 1_790_000_000


class Orders:
    """A table with a stream, and what functions were called with."""

    def __init__(self, db: ddbmock.Database) -> None:
        self.db = db
        self.client = db.client()
        self.calls: list[list[str]] = []
        self.client.create_table(**definition("orders"))

    def put(self, *ids: str, table: str = "orders", **attributes: Any) -> None:
        for one in ids:
            self.client.put_item(TableName=table, Item={"id": {"S": one}, **attributes})

    def handler(self, event: dict[str, Any], context: Any) -> None:
        """A function that notes the ids of the records."""
        self.calls.append(ids(event))

    def failing(self, *bad: str, error: type[Exception] = ValueError) -> Any:
        """Return a function that notes the ids, and fails with a batch that has one of `bad`."""

        def handler(event: dict[str, Any], context: Any) -> None:
            self.calls.append(ids(event))
            for one in bad:
                if one in ids(event):
                    raise error(one)

        return handler


def definition(name: str, view_type: str = "NEW_AND_OLD_IMAGES") -> dict[str, Any]:
    return {
        "TableName": name,
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": view_type},
    }


def ids(event: dict[str, Any]) -> list[str]:
    return [record["dynamodb"]["Keys"]["id"]["S"] for record in event["Records"]]
