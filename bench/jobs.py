"""Group 9: export, import and restore of a large table in SQLite, in a process of their own.

``python -m bench.jobs ITEMS`` prints the figures as JSON.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bench.measure import Row
from ddbmock import storage
from ddbmock.database import DynamoDB
from ddbmock.database.control_plane.jobs import STEP_ITEMS
from ddbmock.service.router import Router
from ddbmock.settings import Settings

GROUP: Final = "jobs"
ITEMS: Final = 1_000_000
MEMORY: Final = 200.0
"""Megabytes that a job may need beyond what the process had before, at most."""
LATENCY: Final = 5.0
"""The 99th percentile of other requests while a job runs, to that without one, at most."""
REQUESTS: Final = 1000
BATCH: Final = 2000
KEYS: Final[dict[str, Any]] = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def run(rounds: int, *, smoke: bool) -> Iterator[Row]:
    """Measure once: a million items are rounds enough."""
    items = 2000 if smoke else ITEMS
    done = subprocess.run(
        [sys.executable, "-m", "bench.jobs", str(items)],
        cwd=Path(__file__).parent.parent,
        stdout=subprocess.PIPE,
        check=True,
    )
    figures = json.loads(done.stdout)
    idle = figures["idle"]
    for name in ("export", "import", "restore"):
        found = figures[name]
        what = f"{name}, {items:,} items"
        yield Row(GROUP, what, "rate", found["rate"], "items/s")
        yield Row(GROUP, what, "memory", found["memory"], "MB", target=MEMORY)
        yield Row(
            GROUP, what, "99th percentile of a PutItem", found["latency"] * 1e3, "ms",
            against="no job", ratio=found["latency"] / idle, target=LATENCY,
        )  # fmt: skip


class Measured:
    """A database in a folder, with one large table and one that other requests are about."""

    def __init__(self, folder: Path, items: int) -> None:
        (folder / "buckets" / "exports").mkdir(parents=True)
        settings = Settings(s3=f"file://{folder}/buckets", limits="none")
        opened = storage.open(f"sqlite:///{folder}/content.db?durability=normal")
        self.router = Router(DynamoDB(opened, settings))
        self.items = items
        for name in ("large", "other"):
            self.call("CreateTable", TableName=name, **KEYS)
        for start in range(0, items, BATCH):
            numbers = range(start, min(start + BATCH, items))
            self.call("BatchWriteItem", RequestItems={"large": [_put(n) for n in numbers]})
        self.call(
            "UpdateContinuousBackups",
            TableName="large",
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )

    def call(self, operation: str, **body: Any) -> Any:
        return self.router.perform(self.router.target(f"DynamoDB_20120810.{operation}"), body)

    def latency(self) -> float:
        """The 99th percentile of requests about another table, in seconds."""
        times = []
        for number in range(REQUESTS):
            start = time.perf_counter()
            self.call("PutItem", TableName="other", Item={"id": {"S": str(number)}})
            times.append(time.perf_counter() - start)
        return sorted(times)[int(len(times) * 0.99)]

    def job(self, operation: str, arn: str, **body: Any) -> dict[str, float]:
        """Run a job to its end: its rate, the memory it needs, and the latency beside it."""
        before = _megabytes()
        (started,) = self.call(operation, **body).values()
        latency = self.latency()
        start = time.perf_counter()
        if arn:
            describe, member = f"Describe{arn.removesuffix('Arn')}", started[arn]
            while self._state(describe, arn, member) == "IN_PROGRESS":
                pass
        else:
            name = started["TableName"]
            while self.call("DescribeTable", TableName=name)["Table"]["TableStatus"] != "ACTIVE":
                pass
        moved = max(1, self.items - STEP_ITEMS * REQUESTS)
        rate = moved / (time.perf_counter() - start)
        return {"rate": rate, "memory": _megabytes() - before, "latency": latency}

    def _state(self, describe: str, arn: str, value: str) -> str:
        (description,) = self.call(describe, **{arn: value}).values()
        status: str = description[arn.replace("Arn", "Status")]
        return status


def _put(number: int) -> dict[str, Any]:
    item = {"id": {"S": f"{number:09}"}, "text": {"S": "x" * 100}, "n": {"N": str(number)}}
    return {"PutRequest": {"Item": item}}


def _megabytes() -> float:
    """The most memory that the process has needed so far."""
    kilobytes: int = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes / 1024


def measured(items: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        database = Measured(Path(folder), items)
        figures: dict[str, Any] = {"idle": database.latency()}
        arn = "arn:aws:dynamodb:us-east-1:123456789012:table/large"
        figures["export"] = database.job(
            "ExportTableToPointInTime", "ExportArn", TableArn=arn, S3Bucket="exports"
        )
        export = next((Path(folder) / "buckets" / "exports" / "AWSDynamoDB").iterdir()).name
        figures["import"] = database.job(
            "ImportTable",
            "ImportArn",
            ClientToken="bench",
            S3BucketSource={"S3Bucket": "exports", "S3KeyPrefix": f"AWSDynamoDB/{export}/data/"},
            InputFormat="DYNAMODB_JSON",
            InputCompressionType="GZIP",
            TableCreationParameters={"TableName": "imported", **KEYS},
        )
        figures["restore"] = database.job(
            "RestoreTableToPointInTime",
            "",
            SourceTableName="large",
            TargetTableName="restored",
            UseLatestRestorableTime=True,
        )
        database.router.dynamodb.close()
    return figures


if __name__ == "__main__":
    print(json.dumps(measured(int(sys.argv[1]))))
