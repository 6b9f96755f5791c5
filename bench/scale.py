"""Group 3: from 1,000 to 1,000,000 items, in one partition and over many, on table and index.

Measured at the router, where nothing of a client or server hides what the engine costs.
"""

from __future__ import annotations

import gc
import json
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any, Final

from bench.measure import Row, compared, interleaved, mean_of
from ddbmock.database import DynamoDB
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from ddbmock.storage import Storage
from ddbmock.storage.memory import MemoryStorage

GROUP: Final = "scale"
TABLE: Final = "bench-scale"
PARTITION_SIZE: Final = 50
"""Items of each of many partitions: as many at every size, so that pages are equally long."""
MOST_TO_LEAST: Final = 1.3
TO_REACH: Final = frozenset(
    {
        "get",
        "put",
        "query, table",
        "query backwards, table",
        "query, index",
        "query backwards, index",
    }
)
"""What is to cost no more, however many items there are. A scan's page begins anywhere, and waits
for memory that was not used lately."""
MEMORY: Final = 3.0


def many(count: int) -> int:
    """How many partitions so many items are spread over."""
    return max(1, count // PARTITION_SIZE)


class Sized:
    """A database with a table of `count` items, and a global index over it."""

    def __init__(
        self,
        count: int,
        *,
        partitions: int,
        storage: Storage | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.count = count
        self.partitions = partitions
        self.router = Router(DynamoDB(storage or MemoryStorage(), settings))
        self.json_size = 0
        self.create()
        self.fill()

    def call(self, operation: str, body: dict[str, Any]) -> Any:
        return self.router.perform(self.router.target(f"DynamoDB_20120810.{operation}"), body)

    def create(self) -> None:
        keys = [("pk", "S"), ("sk", "N"), ("gk", "S"), ("gs", "N")]
        schema = [("pk", "HASH"), ("sk", "RANGE")], [("gk", "HASH"), ("gs", "RANGE")]
        table, index = (
            [{"AttributeName": name, "KeyType": role} for name, role in part] for part in schema
        )
        self.call(
            "CreateTable",
            {
                "TableName": TABLE,
                "AttributeDefinitions": [
                    {"AttributeName": name, "AttributeType": kind} for name, kind in keys
                ],
                "KeySchema": table,
                "GlobalSecondaryIndexes": [
                    {
                        "IndexName": "by-gk",
                        "KeySchema": index,
                        "Projection": {"ProjectionType": "ALL"},
                    }
                ],
                "BillingMode": "PAY_PER_REQUEST",
            },
        )

    def item(self, n: int) -> dict[str, Any]:
        """An item of about 400 bytes of JSON."""
        return {
            "pk": {"S": f"p{n % self.partitions}"},
            "sk": {"N": str(n)},
            "gk": {"S": f"g{n % self.partitions}"},
            "gs": {"N": str(self.count - n)},
            "name": {"S": f"item number {n}"},
            "even": {"BOOL": n % 2 == 0},
            "text": {"S": "x" * 220},
        }

    def fill(self) -> None:
        for start in range(0, self.count, 25):
            items = [self.item(n) for n in range(start, min(start + 25, self.count))]
            if start < 1000:
                self.json_size += sum(len(json.dumps(i, separators=(",", ":"))) for i in items)
            self.call(
                "BatchWriteItem",
                {"RequestItems": {TABLE: [{"PutRequest": {"Item": i}} for i in items]}},
            )


def queries(sized: Sized) -> dict[str, Callable[[int], Any]]:
    middle = sized.count // 2

    def query(index: str | None, forward: bool, filtered: bool = False) -> Callable[[int], Any]:
        hash_key, range_key = ("gk", "gs") if index else ("pk", "sk")
        prefix = "g" if index else "p"
        body: dict[str, Any] = {
            "TableName": TABLE,
            "KeyConditionExpression": (
                f"{hash_key} = :p AND {range_key} {'>=' if forward else '<='} :s"
            ),
            "ScanIndexForward": forward,
            "Limit": 25,
        }
        if index:
            body["IndexName"] = index
        if filtered:
            body["FilterExpression"] = "even = :yes"

        def run(n: int) -> Any:
            values: dict[str, Any] = {
                ":p": {"S": f"{prefix}{n * 7919 % sized.partitions}"},
                ":s": {"N": str(middle)},
            }
            if filtered:
                values[":yes"] = {"BOOL": True}
            sized.call("Query", body | {"ExpressionAttributeValues": values})

        return run

    def get(n: int) -> Any:
        at = (n * 7919) % sized.count
        key = {"pk": {"S": f"p{at % sized.partitions}"}, "sk": {"N": str(at)}}
        sized.call("GetItem", {"TableName": TABLE, "Key": key})

    def put(n: int) -> Any:
        sized.call("PutItem", {"TableName": TABLE, "Item": sized.item((n * 7919) % sized.count)})

    def scan(n: int) -> Any:
        at = (n * 7919) % sized.count
        start = {"pk": {"S": f"p{at % sized.partitions}"}, "sk": {"N": str(at)}}
        sized.call("Scan", {"TableName": TABLE, "ExclusiveStartKey": start, "Limit": 100})

    return {
        "get": get,
        "put": put,
        "query, table": query(None, True),
        "query backwards, table": query(None, False),
        "query, index": query("by-gk", True),
        "query backwards, index": query("by-gk", False),
        "filtered query": query(None, True, filtered=True),
        "scan page of 100": scan,
    }


def run(rounds: int, *, smoke: bool) -> Iterator[Row]:
    """Rows for each size; the largest against the smallest."""
    sizes = (200, 1000) if smoke else (1000, 1_000_000)
    for shape in ("one partition", "many partitions"):
        databases = {
            count: Sized(count, partitions=1 if shape == "one partition" else many(count))
            for count in sizes
        }
        work = {count: queries(database) for count, database in databases.items()}
        for name in work[sizes[0]]:
            contenders = {
                f"{count:,} items": mean_of(
                    work[count][name], 10 if smoke else 200, time.process_time
                )
                for count in sizes
            }
            found = interleaved(contenders, rounds)
            target = MOST_TO_LEAST if name in TO_REACH else None
            yield from compared(GROUP, f"{name}, {shape}", found, target=target)
    yield _memory(1000 if smoke else 50_000)


def _memory(count: int) -> Row:
    """Memory for each item of a table without index, as a multiple of its JSON."""
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    sized = Sized(0, partitions=many(count))
    sized.count = count
    sized.call(
        "UpdateTable",
        {
            "TableName": TABLE,
            "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "by-gk"}}],
        },
    )
    sized.fill()
    gc.collect()
    used = (tracemalloc.get_traced_memory()[0] - before) / count
    tracemalloc.stop()
    size = sized.json_size / min(count, 1000)
    return Row(
        GROUP,
        "memory an item",
        "memory engine",
        used,
        "bytes",
        0.0,
        "its JSON",
        used / size,
        MEMORY,
    )
