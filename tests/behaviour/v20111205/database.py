"""A database for property tests, which make many: called straight through the router."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from ddbmock.clock import ManualClock
from ddbmock.database import DynamoDB
from ddbmock.service.json import encode
from ddbmock.service.router import Router
from ddbmock.storage.memory import MemoryStorage
from tests.behaviour.calling import START
from tests.behaviour.v20111205.requests import UNITS, Json, schema


class Database:
    """``database("PutItem", TableName="thread", Item={...})`` gives the answer's JSON."""

    def __init__(self) -> None:
        self.router = Router(DynamoDB(MemoryStorage(), clock=ManualClock(START)))

    def __call__(self, operation: str, **request: Any) -> Json:
        target = self.router.target(f"DynamoDB_20111205.{operation}")
        answer: Json = orjson.loads(encode(self.router.perform(target, request)))
        return answer

    def create(self, name: str, hash_key: str, range_key: str | None = None) -> None:
        keys = schema(hash_key, range_key)
        self("CreateTable", TableName=name, KeySchema=keys, ProvisionedThroughput=UNITS)

    def content(self) -> Mapping[str, Any]:
        """All that can be known of the database: tables, totals and items."""
        names = self("ListTables")["TableNames"]
        return {
            name: (self("DescribeTable", TableName=name), self("Scan", TableName=name))
            for name in names
        }
