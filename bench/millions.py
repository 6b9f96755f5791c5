"""Benchmark of millions of items in memory: ``python -m bench.millions 10000000``.

It is no group of ``make bench``, as it takes many minutes and gigabytes. One table grows; at each
size it measures gets, puts and pages of a query at the router, against the same table at 1,000 items,
and the memory of the process. Seconds are those of the processor.
"""

from __future__ import annotations

import argparse
import gc
import json
import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from bench.scale import TABLE, Sized

PARTITION: Final = 50
ITEM_BYTES: Final = 400
STEPS: Final = (1_000, 100_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000, 20_000_000)


class Growing(Sized):
    """A table without indexes that is filled step by step."""

    def __init__(self, most: int) -> None:
        self.most = most
        super().__init__(0, partitions=most // PARTITION)

    def create(self) -> None:
        super().create()
        delete = {"Delete": {"IndexName": "by-gk"}}
        body = {"TableName": TABLE, "GlobalSecondaryIndexUpdates": [delete]}
        self.call("UpdateTable", body)

    def grow(self, count: int) -> float:
        """Add items up to a number of them; return how many a second of the processor."""
        first, spent = self.count, 0.0
        while self.count < count:
            bodies = []
            for start in range(self.count, min(self.count + 10_000, count), 25):
                items = [self.item(n) for n in range(start, min(start + 25, count))]
                if start < 1000:
                    self.json_size += sum(len(json.dumps(i, separators=(",", ":"))) for i in items)
                requests = [{"PutRequest": {"Item": item}} for item in items]
                bodies.append({"RequestItems": {TABLE: requests}})
            begun = time.process_time()
            for body in bodies:
                self.call("BatchWriteItem", body)
            spent += time.process_time() - begun
            self.count = min(self.count + 10_000, count)
        return (self.count - first) / spent

    def item(self, n: int) -> dict[str, Any]:
        """An item of ``scale``, made 400 bytes of JSON long: what an item costs beside its JSON counts
        for less the longer it is, so its length is fixed."""
        item = super().item(n)
        missing = ITEM_BYTES - len(json.dumps(item, separators=(",", ":")))
        item["text"]["S"] += "x" * missing
        return item

    def key(self, n: int) -> dict[str, Any]:
        item = self.item(n * 7919 % self.count)
        return {name: item[name] for name in ("pk", "sk")}

    def get(self, n: int) -> None:
        self.call("GetItem", {"TableName": TABLE, "Key": self.key(n)})

    def put(self, n: int) -> None:
        self.call("PutItem", {"TableName": TABLE, "Item": self.item(n * 7919 % self.count)})

    def query(self, n: int) -> None:
        values = {":p": self.key(n)["pk"]}
        condition = "pk = :p"
        body = {"TableName": TABLE, "KeyConditionExpression": condition, "Limit": 25}
        self.call("Query", body | {"ExpressionAttributeValues": values})


def microseconds(work: Callable[[int], None], count: int = 500, rounds: int = 9) -> float:
    """Return the median of rounds, in microseconds for each call."""
    found = []
    for number in range(rounds):
        begun = time.process_time()
        for n in range(number * count, (number + 1) * count):
            work(n)
        found.append((time.process_time() - begun) / count)
    return statistics.median(found) * 1e6


def resident() -> int:
    """Return the bytes of memory that the process has; 0 where the system does not say."""
    status = Path("/proc/self/status")
    found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) * 1024 if found else 0


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.millions", description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=10_000_000)
    most = parser.parse_args(arguments).count
    table, before = Growing(most), resident()
    first: dict[str, float] = {}
    for count in [*[step for step in STEPS if step < most], most]:
        rate = table.grow(count)
        gc.collect()
        work = {"get": table.get, "put": table.put, "query of 25": table.query}
        found = {name: microseconds(one) for name, one in work.items()}
        first = first or found
        size = table.json_size / 1000
        parts = [f"{name} {took:.1f} µs ({took / first[name]:.2f})" for name, took in found.items()]
        memory = (resident() - before) / count / size
        print(
            f"{count:,} items of {size:.0f} bytes: {', '.join(parts)}, memory {memory:.2f} of "
            f"the JSON, {rate:,.0f} items/s",
            flush=True,
        )


if __name__ == "__main__":
    main()
