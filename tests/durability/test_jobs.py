"""Servers that are killed while they export, import, restore and put items in bulk: each job goes on,
each item is counted once, and nothing is half visible."""

from __future__ import annotations

import gzip
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from ddbmock.object_store.folder import FolderBucket
from tests.behaviour.v20120810.requests import ARN, table
from tests.durability.clients import Client, Lost, Refused, all_of
from tests.postgresql import Cluster
from tests.servers import DdbmockServe

KILLS: Final = {"sqlite": 15, "postgresql": 12}
ITEMS: Final = 2000
NAMES: Final = ("Restored", "Imported")


def item(number: int) -> dict[str, Any]:
    return {"artist": {"S": f"artist {number:05}"}, "text": {"S": "x" * 50}}


EXPECTED: Final = {item(number)["artist"]["S"]: item(number) for number in range(ITEMS)}


def by_artist(items: list[Any]) -> dict[str, Any]:
    return {one["artist"]["S"]: one for one in items}


class Jobs:
    """The jobs of the test, and what must be true of them at any time."""

    def __init__(self, bucket: Path) -> None:
        self.bucket = bucket
        self.export = ""
        self.imported = ""
        self.bulk = ""

    def start(self, client: Client) -> None:
        client("CreateTable", **table())
        client(
            "UpdateContinuousBackups",
            TableName="Music",
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
        items = list(EXPECTED.values())
        for start in range(0, ITEMS, 500):
            puts = [{"PutRequest": {"Item": one}} for one in items[start : start + 500]]
            client("BatchWriteItem", RequestItems={"Music": puts})
        (self.bucket / "data").mkdir(parents=True)
        for number in range(4):
            lines = b"".join(orjson.dumps({"Item": one}) + b"\n" for one in items[number::4])
            (self.bucket / "data" / f"{number}.json.gz").write_bytes(gzip.compress(lines))
        backup = client("CreateBackup", TableName="Music", BackupName="abc")
        self.export = client("ExportTableToPointInTime", TableArn=ARN, S3Bucket="jobs")[
            "ExportDescription"
        ]["ExportArn"]
        client(
            "RestoreTableFromBackup",
            TargetTableName="Restored",
            BackupArn=backup["BackupDetails"]["BackupArn"],
        )
        self.imported = client(
            "ImportTable",
            ClientToken="t",
            S3BucketSource={"S3Bucket": "jobs", "S3KeyPrefix": "data/"},
            InputFormat="DYNAMODB_JSON",
            InputCompressionType="GZIP",
            TableCreationParameters=table(TableName="Imported"),
        )["ImportTableDescription"]["ImportArn"]
        client("CreateTable", **table(TableName="Bulk"))
        self.bulk = client(
            "StartBulkPutItems",
            TableName="Bulk",
            InputS3Configuration={
                "S3Bucket": "jobs",
                "S3KeyPrefix": "data/",
                "InputFormat": "DYNAMODB_JSON",
                "InputCompressionType": "GZIP",
            },
            OutputS3Configuration={
                "S3Bucket": "jobs",
                "S3KeyPrefix": "reports/",
                "OutputType": ["ERROR"],
            },
        )["BulkOperationDescription"]["BulkOperationArn"]
        # writes after the moment of backup and export must not be seen in them
        client("PutItem", TableName="Music", Item={"artist": {"S": "later"}})

    def check(self, client: Client) -> None:
        """Nothing is visible of what is not complete."""
        for name in NAMES:
            if self.is_there(client, name):
                assert by_artist(all_of(client, "Scan", TableName=name)) == EXPECTED
        for path in self.bucket.glob("AWSDynamoDB/*/manifest-summary.json"):
            assert self.exported(path) == EXPECTED

    @staticmethod
    def is_there(client: Client, name: str) -> bool:
        """Whether items of a table can be read."""
        try:
            client("Scan", TableName=name, Limit=1)
        except Refused as error:
            if error.type != "ResourceNotFoundException":
                raise
            return False
        return True

    def exported(self, path: Path) -> dict[str, Any]:
        summary = orjson.loads(path.read_bytes())
        bucket = FolderBucket(self.bucket)
        files = bucket.open(summary["manifestFilesS3Key"]).read().splitlines()
        lines = [
            line
            for file in files
            for line in gzip.decompress(
                bucket.open(orjson.loads(file)["dataFileS3Key"]).read()
            ).splitlines()
        ]
        assert len(lines) == summary["itemCount"] == ITEMS
        return by_artist([orjson.loads(line)["Item"] for line in lines])

    def poll(self, client: Client) -> None:
        """Wait until all jobs have ended."""
        while (
            client("DescribeExport", ExportArn=self.export)["ExportDescription"]["ExportStatus"]
            == "IN_PROGRESS"
            or self.bulk_operation(client)["BulkOperationStatus"] == "IN_PROGRESS"
            or not all(self.is_there(client, name) for name in NAMES)
        ):
            client("DescribeTable", TableName="Music")

    def bulk_operation(self, client: Client) -> Any:
        described = client("DescribeBulkOperation", BulkOperationArn=self.bulk)
        return described["BulkOperationDescription"]

    def finish(self, client: Client) -> None:
        self.poll(client)
        export = client("DescribeExport", ExportArn=self.export)["ExportDescription"]
        assert (export["ExportStatus"], export["ItemCount"]) == ("COMPLETED", ITEMS)
        imported = client("DescribeImport", ImportArn=self.imported)["ImportTableDescription"]
        assert imported["ImportStatus"] == "COMPLETED"
        assert imported["ProcessedItemCount"] == imported["ImportedItemCount"] == ITEMS
        bulk = self.bulk_operation(client)
        assert (bulk["BulkOperationStatus"], bulk["ProcessedItemCount"]) == ("COMPLETED", ITEMS)
        assert by_artist(all_of(client, "Scan", TableName="Bulk")) == EXPECTED
        for name in NAMES:
            described = client("DescribeTable", TableName=name)["Table"]
            assert (described["TableStatus"], described["ItemCount"]) == ("ACTIVE", ITEMS)
        self.check(client)
        assert len(list(self.bucket.glob("AWSDynamoDB/*/manifest-summary.json"))) == 1


@pytest.fixture(params=["sqlite", "postgresql"])
def storage(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return "sqlite:///c.db"
    cluster: Cluster = request.getfixturevalue("postgresql")
    return cluster.create_database()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_jobs_survive_the_death_of_their_server(tmp_path: Path, storage: str) -> None:
    chance = random.Random(7)
    (tmp_path / "buckets" / "jobs").mkdir(parents=True)
    jobs = Jobs(tmp_path / "buckets" / "jobs")
    arguments = ("--storage", storage, "--s3", f"file://{tmp_path}/buckets")
    for kill in range(KILLS[storage.partition(":")[0]]):
        server = DdbmockServe(tmp_path, "--limits", "none", *arguments)
        try:
            client = Client(server.port)
            if kill == 0:
                jobs.start(client)
            jobs.check(client)
            # each of these advances a job by a slice
            for _ in range(chance.randrange(1, 30)):
                client("ListTables")
            time.sleep(chance.uniform(0, 0.02))
        except Lost:
            pytest.fail("the server died by itself")
        finally:
            server.kill()
    server = DdbmockServe(tmp_path, "--limits", "none", *arguments)
    try:
        jobs.finish(Client(server.port))
    finally:
        server.stop()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_jobs_of_a_server_that_died_are_finished_by_two_others(
    tmp_path: Path, postgresql: Cluster
) -> None:
    """They overtake one another in the objects that they read and write."""
    (tmp_path / "buckets" / "jobs").mkdir(parents=True)
    jobs = Jobs(tmp_path / "buckets" / "jobs")
    arguments = ("--storage", postgresql.create_database(), "--s3", f"file://{tmp_path}/buckets")
    servers = [DdbmockServe(tmp_path, "--limits", "none", *arguments) for _ in range(3)]
    try:
        first, *others = [Client(server.port) for server in servers]
        jobs.start(first)
        for _ in range(5):
            first("ListTables")
        servers[0].kill()
        for _ in range(40):
            for client in others:
                client("ListTables")
            jobs.check(others[0])
        with ThreadPoolExecutor() as pool:
            list(pool.map(jobs.poll, others))
        jobs.finish(others[1])
    finally:
        for server in servers:
            server.stop()
