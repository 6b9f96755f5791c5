"""Any moment can be restored: the table is what a naive log of its changes says.

Random histories of writes, transactions, expiry and index changes on a clock that moves in fractions
of seconds, or stands still; then random instants of it. On every engine, through the router.
"""

from __future__ import annotations

import copy
import gzip
import random
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from ddbmock.clock import ManualClock
from ddbmock.database import DynamoDB
from ddbmock.service.json import encode
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from ddbmock.storage import Storage
from tests.behaviour.calling import START
from tests.behaviour.engines import ENGINES, shared_file
from tests.behaviour.v20120810.requests import ARN, definitions, index, table
from tests.postgresql import postgresql, shared_postgresql

__all__ = ["postgresql", "shared_file", "shared_postgresql"]

STEPS = 120
INSTANTS = 50

Content = dict[str, dict[str, Any]]


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def storage(request: pytest.FixtureRequest) -> Iterator[Storage]:
    with ENGINES[request.param](request) as storage:
        yield storage


class History:
    """A table with a history, and the naive log of its contents."""

    def __init__(self, storage: Storage, seed: int) -> None:
        self.random = random.Random(seed)
        self.clock = ManualClock(START)
        self.router = Router(
            DynamoDB(storage, Settings(ttl="prompt", s3="memory:exports"), self.clock)
        )
        self.content: Content = {}
        self.log: list[tuple[float, Content]] = []
        self.index: str | None = None

    def call(self, operation: str, **body: Any) -> Any:
        target = self.router.target(f"DynamoDB_20120810.{operation}")
        return orjson.loads(encode(self.router.perform(target, body)))

    def begin(self) -> None:
        self.call("CreateTable", **table(AttributeDefinitions=definitions("artist:S")))
        self.call(
            "UpdateTimeToLive",
            TableName="Music",
            TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"},
        )
        for number in range(5):
            self.put(f"old {number}")
        self.call(
            "UpdateContinuousBackups",
            TableName="Music",
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
        self.note()

    def note(self) -> None:
        self.log.append((self.clock.now(), copy.deepcopy(self.content)))

    def live(self) -> None:
        """Take one step."""
        step = self.random.choice(
            [self.put, self.put, self.delete, self.transact, self.expiring, self.change_index]
        )
        step()
        self.note()
        if self.random.random() < 0.7:
            self.advance(self.random.choice([0.000_001, 0.25, 1.0, 7.5, 60.0]))

    def advance(self, seconds: float) -> None:
        """Move the clock; items expire at the whole second of their time, seen by a request."""
        self.clock.advance(seconds)
        gone = [
            key
            for key, item in self.content.items()
            if "until" in item and int(item["until"]["N"]) <= int(self.clock.now())
        ]
        for key in gone:
            del self.content[key]
        self.call("ListTables")
        if gone:
            self.note()

    def put(self, key: str | None = None) -> None:
        item = {"artist": {"S": key or self._key()}, "n": {"N": str(self.random.randrange(10**6))}}
        self.call("PutItem", TableName="Music", Item=item)
        self.content[item["artist"]["S"]] = item

    def expiring(self) -> None:
        key = self._key()
        until = int(self.clock.now()) + self.random.randint(1, 30)
        item = {"artist": {"S": key}, "until": {"N": str(until)}}
        self.call("PutItem", TableName="Music", Item=item)
        self.content[key] = item

    def delete(self) -> None:
        key = self._key()
        self.call("DeleteItem", TableName="Music", Key={"artist": {"S": key}})
        self.content.pop(key, None)

    def transact(self) -> None:
        put, deleted = self.random.sample([f"artist {n}" for n in range(12)], 2)
        item = {"artist": {"S": put}, "b": {"B": "AAE="}, "genre": {"S": "x"}}
        self.call(
            "TransactWriteItems",
            TransactItems=[
                {"Put": {"TableName": "Music", "Item": item}},
                {"Delete": {"TableName": "Music", "Key": {"artist": {"S": deleted}}}},
            ],
        )
        self.content[put] = item
        self.content.pop(deleted, None)

    def change_index(self) -> None:
        change: dict[str, Any]
        if self.index is None:
            self.index = "by-genre"
            change = {"Create": index("by-genre", "genre")}
        else:
            self.index = None
            change = {"Delete": {"IndexName": "by-genre"}}
        self.call(
            "UpdateTable",
            TableName="Music",
            AttributeDefinitions=definitions("artist:S", "genre:S"),
            GlobalSecondaryIndexUpdates=[change],
        )

    def _key(self) -> str:
        return f"artist {self.random.randrange(12)}"

    def at(self, instant: float) -> Content:
        return [content for time, content in self.log if time <= instant][-1]

    def scanned(self, name: str, **members: Any) -> Content:
        items = self.call("Scan", TableName=name, **members)["Items"]
        return {item["artist"]["S"]: item for item in items}

    def exported(self, **members: Any) -> list[Any]:
        """Return the lines of an export into the bucket ``exports``."""
        arn = self.call("ExportTableToPointInTime", TableArn=ARN, S3Bucket="exports", **members)[
            "ExportDescription"
        ]["ExportArn"]
        done = self.call("DescribeExport", ExportArn=arn)["ExportDescription"]
        assert done["ExportStatus"] == "COMPLETED", done
        bucket = self.router.dynamodb.object_store.bucket("exports")
        summary = orjson.loads(bucket.open(done["ExportManifest"]).read())
        files = bucket.open(summary["manifestFilesS3Key"]).read().splitlines()
        return [
            orjson.loads(line)
            for file in files
            for line in gzip.decompress(
                bucket.open(orjson.loads(file)["dataFileS3Key"]).read()
            ).splitlines()
        ]


@pytest.mark.parametrize("seed", range(3))
def test_full_and_incremental_exports_give_the_table(storage: Storage, seed: int) -> None:
    history = History(storage, seed)
    history.begin()
    for _ in range(STEPS):
        history.live()
    end = history.clock.now()
    history.advance(1300)
    for _ in range(INSTANTS // 5):
        first = int(history.random.uniform(START, end - 5))
        second = first + history.random.randint(900, 1200)
        content = {
            line["Item"]["artist"]["S"]: line["Item"] for line in history.exported(ExportTime=first)
        }
        assert content == history.at(first)
        changes = history.exported(
            ExportType="INCREMENTAL_EXPORT",
            IncrementalExportSpecification={"ExportFromTime": first, "ExportToTime": second},
        )
        for line in changes:
            key = line["Keys"]["artist"]["S"]
            if "NewImage" in line:
                content[key] = line["NewImage"]
            else:
                del content[key]
        assert content == history.at(second - 0.000_001)


@pytest.mark.parametrize("seed", range(3))
def test_every_instant_is_restored_as_it_was(storage: Storage, seed: int) -> None:
    history = History(storage, seed)
    history.begin()
    backups = []
    for step in range(STEPS):
        history.live()
        if step % 30 == 0:
            arn = history.call("CreateBackup", TableName="Music", BackupName="abc")[
                "BackupDetails"
            ]["BackupArn"]
            backups.append((arn, copy.deepcopy(history.content)))
    end = history.clock.now()
    history.advance(400)
    for number in range(INSTANTS):
        instant = history.random.choice([history.random.uniform(START, end), int(end) - number])
        instant = max(START, instant)
        history.call(
            "RestoreTableToPointInTime",
            SourceTableName="Music",
            TargetTableName="Copy",
            RestoreDateTime=instant,
        )
        indexes = history.call("DescribeTable", TableName="Copy")["Table"].get(
            "GlobalSecondaryIndexes", []
        )
        expected = history.at(instant)
        assert history.scanned("Copy") == expected, instant
        for one in indexes:
            assert history.scanned("Copy", IndexName=one["IndexName"]) == {
                key: item for key, item in expected.items() if "genre" in item
            }
        history.call("DeleteTable", TableName="Copy")
    for arn, content in backups:
        history.call("RestoreTableFromBackup", BackupArn=arn, TargetTableName="Copy")
        history.call("DescribeTable", TableName="Copy")
        assert history.scanned("Copy") == content
        history.call("DeleteTable", TableName="Copy")
