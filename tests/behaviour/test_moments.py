"""Any moment can be restored: the table is what a naive log of its changes says.

Random histories of an imported table: writes of every kind, statements, transactions, bulk
operations, expiry and index changes, on a clock that moves in fractions of seconds, or stands still;
then random instants of it. On every engine, through the router.
"""

from __future__ import annotations

import copy
import gzip
import io
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


def micros(seconds: float) -> int:
    return round(seconds * 1_000_000)


class History:
    """A table with a history, and the naive log of its contents."""

    def __init__(self, storage: Storage, seed: int) -> None:
        self.random = random.Random(seed)
        self.clock = ManualClock(START)
        self.router = Router(
            DynamoDB(storage, Settings(ttl="prompt", s3="memory:exports,items"), self.clock)
        )
        self.content: Content = {}
        self.log: list[tuple[int, Content]] = []
        """Times in microseconds, and the content from then on."""
        self.index: str | None = None

    def call(self, operation: str, **body: Any) -> Any:
        target = self.router.target(f"DynamoDB_20120810.{operation}")
        return orjson.loads(encode(self.router.perform(target, body)))

    def begin(self) -> None:
        """Import the table, and enable what removes and records its items."""
        items = [{"artist": {"S": f"artist {number}"}} for number in range(5)]
        self.store("items", "imported", [{"Item": item} for item in items])
        arn = self.call(
            "ImportTable",
            ClientToken="t",
            S3BucketSource={"S3Bucket": "items"},
            InputFormat="DYNAMODB_JSON",
            TableCreationParameters=table(AttributeDefinitions=definitions("artist:S")),
        )["ImportTableDescription"]["ImportArn"]
        done = self.call("DescribeImport", ImportArn=arn)["ImportTableDescription"]
        assert done["ImportedItemCount"] == len(items)
        self.content = {item["artist"]["S"]: item for item in items}
        self.call(
            "UpdateTimeToLive",
            TableName="Music",
            TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"},
        )
        self.call(
            "UpdateContinuousBackups",
            TableName="Music",
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
        self.note()

    def note(self) -> None:
        self.log.append((micros(self.clock.now()), copy.deepcopy(self.content)))

    def live(self) -> None:
        """Take one step."""
        step = self.random.choice(
            [
                self.put,
                self.put,
                self.update,
                self.delete,
                self.write_batch,
                self.transact,
                self.execute,
                self.execute_transaction,
                self.put_in_bulk,
                self.expiring,
                self.change_index,
            ]
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

    def put(self) -> None:
        item = self._item()
        self.call("PutItem", TableName="Music", Item=item)
        self.keep(item)

    def update(self) -> None:
        key, number = self._key(), {"N": str(self.random.randrange(10**6))}
        item = self.call(
            "UpdateItem",
            TableName="Music",
            Key={"artist": {"S": key}},
            UpdateExpression="SET n = :n REMOVE genre",
            ExpressionAttributeValues={":n": number},
            ReturnValues="ALL_NEW",
        )["Attributes"]
        old = self.content.get(key, {"artist": {"S": key}})
        assert item == {name: old[name] for name in old if name != "genre"} | {"n": number}
        self.keep(item)

    def write_batch(self) -> None:
        put, deleted = self._item(), self._key()
        requests: list[Any] = [{"PutRequest": {"Item": put}}]
        if deleted != put["artist"]["S"]:
            requests.append({"DeleteRequest": {"Key": {"artist": {"S": deleted}}}})
            self.content.pop(deleted, None)
        self.call("BatchWriteItem", RequestItems={"Music": requests})
        self.keep(put)

    def execute(self) -> None:
        """Insert, update or delete with a statement."""
        item = self._item()
        key = item["artist"]["S"]
        if key not in self.content:
            self._execute("INSERT INTO Music VALUE {'artist': ?, 'n': ?}", key, item["n"])
            self.keep(item)
        elif self.random.random() < 0.5:
            self._execute("UPDATE Music SET n = ? WHERE artist = ?", item["n"], key)
            self.keep(self.content[key] | {"n": item["n"]})
        else:
            self._execute("DELETE FROM Music WHERE artist = ?", key)
            del self.content[key]

    def _execute(self, statement: str, *values: Any) -> None:
        parameters = [{"S": value} if isinstance(value, str) else value for value in values]
        self.call("ExecuteStatement", Statement=statement, Parameters=parameters)

    def execute_transaction(self) -> None:
        if not self.content:
            return
        key = self.random.choice(sorted(self.content))
        missing = {"artist": {"S": f"new {len(self.log)}"}, "genre": {"S": "y"}}
        self.call(
            "ExecuteTransaction",
            TransactStatements=[
                {"Statement": f"DELETE FROM Music WHERE artist = '{key}'"},
                {
                    "Statement": "INSERT INTO Music VALUE {'artist': ?, 'genre': ?}",
                    "Parameters": list(missing.values()),
                },
            ],
        )
        del self.content[key]
        self.keep(missing)

    def put_in_bulk(self) -> None:
        """Put two items, and one whose condition does not hold."""
        items = [self._item(), self._item()]
        refused = {"Item": self._item(), "ConditionExpression": "artist = n"}
        name = f"bulk/{len(self.log)}/"
        self.store("items", name, [*({"Item": item} for item in items), refused])
        arn = self.call(
            "StartBulkPutItems",
            TableName="Music",
            InputS3Configuration={
                "S3Bucket": "items",
                "S3KeyPrefix": name,
                "InputFormat": "DYNAMODB_JSON",
            },
            OutputS3Configuration={"OutputType": ["ERROR"], "S3Bucket": "items"},
        )["BulkOperationDescription"]["BulkOperationArn"]
        done = self.call("DescribeBulkOperation", BulkOperationArn=arn)["BulkOperationDescription"]
        assert (done["BulkOperationStatus"], done["ProcessedItemCount"]) == ("COMPLETED", 3)
        for item in items:
            self.keep(item)

    def store(self, bucket: str, key: str, lines: list[Any]) -> None:
        content = b"".join(orjson.dumps(line) + b"\n" for line in lines)
        self.router.dynamodb.object_store.bucket(bucket).put(key, io.BytesIO(content))

    def keep(self, item: dict[str, Any]) -> None:
        self.content[item["artist"]["S"]] = item

    def _item(self) -> dict[str, Any]:
        return {"artist": {"S": self._key()}, "n": {"N": str(self.random.randrange(10**6))}}

    def expiring(self) -> None:
        key = self._key()
        until = int(self.clock.now()) + self.random.randint(1, 30)
        item = {"artist": {"S": key}, "until": {"N": str(until)}}
        self.call("PutItem", TableName="Music", Item=item)
        self.keep(item)

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
        self.keep(item)
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

    def instant(self, first: float, last: float) -> float:
        """Return an instant at random, often that of a change."""
        changes = [time for time, _ in self.log if micros(first) <= time <= micros(last)]
        if changes and self.random.random() < 0.5:
            return self.random.choice(changes) / 1_000_000
        return round(self.random.uniform(first, last), 6)

    def at(self, instant: float) -> Content:
        return self.in_force(micros(instant))

    def before(self, instant: float) -> Content:
        return self.in_force(micros(instant) - 1)

    def in_force(self, time: int) -> Content:
        return [content for since, content in self.log if since <= time][-1]

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
        first = history.instant(START, end - 5)
        # those of changes show that a period begins with its first instant, and ends before its last
        second = history.instant(first + 900, first + 1200)
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
                content.pop(key, None)
        assert content == history.before(second)


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
        instant = history.instant(START, end) if number % 3 else max(START, int(end) - number)
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
