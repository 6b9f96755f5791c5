"""Calls of operations in several regions of one database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
import pytest

import ddbmock
from ddbmock.errors import DynamoDBError
from ddbmock.service.json import encode

EAST: Final = "us-east-1"
WEST: Final = "us-west-2"
OHIO: Final = "us-east-2"
IRELAND: Final = "eu-west-1"
NEW_AND_OLD: Final = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}


class Regions:
    """One database; each operation is called in a region: ``regions(EAST, "PutItem", ...)``."""

    def __init__(self, db: ddbmock.Database) -> None:
        self.db = db
        self.clock = db.clock
        self.links = db.replication

    def __call__(self, region: str, operation: str, **body: Any) -> Any:
        target = self.db.router.target(f"DynamoDB_20120810.{operation}")
        return orjson.loads(encode(self.db.router.perform(target, body, region=region)))

    def refused(self, region: str, operation: str, **body: Any) -> tuple[str, str | None]:
        """Return name and message of an error; every error has a hint."""
        with pytest.raises(DynamoDBError) as caught:
            self(region, operation, **body)
        assert caught.value.hint
        return type(caught.value).__name__, caught.value.message

    def create_table(self, region: str = EAST, **members: Any) -> None:
        """Create the table ``Music``."""
        request = {
            "TableName": "Music",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
        self(region, "CreateTable", **request | members)

    def create(self, *regions: str, region: str = EAST, **members: Any) -> Any:
        """Create replicas of ``Music``."""
        updates = [{"Create": {"RegionName": one, **members}} for one in regions]
        return self._update(region, updates)

    def delete(self, *regions: str, region: str = EAST) -> Any:
        """Delete replicas of ``Music``."""
        return self._update(region, [{"Delete": {"RegionName": one}} for one in regions])

    def _update(self, region: str, updates: list[Any]) -> Any:
        """Send the updates one after the other; return the last answer."""
        answer = None
        for update in updates:
            answer = self(region, "UpdateTable", TableName="Music", ReplicaUpdates=[update])
        return answer

    def describe(self, region: str) -> Any:
        """Describe ``Music``."""
        return self(region, "DescribeTable", TableName="Music")["Table"]

    def replicas(self, region: str) -> dict[str, str]:
        """Return the status of each replica of ``Music`` that a region lists."""
        listed = self.describe(region).get("Replicas", [])
        return {one["RegionName"]: one["ReplicaStatus"] for one in listed}

    def put(self, region: str, key: str, **numbers: int) -> None:
        """Put an item with numbers."""
        item = {"pk": {"S": key}} | {name: {"N": str(n)} for name, n in numbers.items()}
        self(region, "PutItem", TableName="Music", Item=item)

    def remove(self, region: str, key: str) -> None:
        """Delete an item."""
        self(region, "DeleteItem", TableName="Music", Key={"pk": {"S": key}})

    def items(self, region: str) -> dict[str, Mapping[str, int]]:
        """Return all items of ``Music`` by key, as numbers."""
        found = self(region, "Scan", TableName="Music", ConsistentRead=True)["Items"]
        return {
            item.pop("pk")["S"]: {name: int(value["N"]) for name, value in item.items()}
            for item in found
        }
