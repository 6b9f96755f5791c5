"""Readers of exports that others have written: they read ours by manifests, data files and Ion."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

import ddbmock
from ddbmock import Database

boto3 = pytest.importorskip("boto3")
io = pytest.importorskip("aws_dynamodb_io.api", reason="needs aws-dynamodb-io")
moto = pytest.importorskip("moto")

ITEM = {
    "id": {"S": "1"},
    "price": {"N": "12.50"},
    "tags": {"SS": ["a", "b"]},
    "more": {"M": {"list": {"L": [{"NULL": True}, {"BOOL": False}]}}},
    "blob": {"B": b"\x00\x01"},
}
ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/orders"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with moto.mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="exports")
        yield client


@pytest.fixture
def db(s3: Any) -> Iterator[Database]:
    with ddbmock.mock() as db:
        db.clock.freeze(1_790_000_000)
        db.client().create_table(
            TableName="orders",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        db.client().update_continuous_backups(
            TableName="orders",
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
        db.client().put_item(TableName="orders", Item=ITEM)
        db.client().put_item(TableName="orders", Item={"id": {"S": "2"}})
        yield db


def exported(db: Database, **members: Any) -> Any:
    """The job of a finished export, as the reader finds it in the list."""
    client = db.client()
    arn = client.export_table_to_point_in_time(
        TableArn=ARN, S3Bucket="exports", S3Prefix="daily/", **members
    )["ExportDescription"]["ExportArn"]
    (job,) = io.ExportJob.list_exports(client, ARN, get_details=True)
    assert job.arn == arn
    assert job.is_completed()
    return job


def test_dynamodb_json(db: Database, s3: Any) -> None:
    job = exported(db)
    files = job.get_data_files(db.client(), s3)
    items = [item for file in files for item in file.read_dynamodb_json(s3)]
    found = {item["id"]["S"]: item for item in items}
    assert found["2"] == {"id": {"S": "2"}}
    assert {**found["1"], "tags": set(found["1"]["tags"]["SS"])} == {
        **ITEM, "price": {"N": "12.5"}, "tags": {"a", "b"}, "blob": {"B": "AAE="},
    }  # fmt: skip
    assert sum(file.item_count for file in files) == job.item_count == 2


def test_ion(db: Database, s3: Any) -> None:
    job = exported(db, ExportFormat="ION")
    files = job.get_data_files(db.client(), s3)
    items = [item for file in files for item in file.read_amazon_ion(s3)]
    found = {item["id"]: item for item in items}
    assert found["2"] == {"id": "2"}
    assert found["1"]["price"] == Decimal("12.5")
    assert sorted(found["1"]["tags"]) == ["a", "b"]
    assert found["1"]["more"] == {"list": [None, False]}
    assert bytes(found["1"]["blob"]) == b"\x00\x01"


def test_the_summary_of_an_incremental_export(db: Database, s3: Any) -> None:
    begun = db.clock.now()
    db.clock.advance(minutes=20)
    job = exported(
        db,
        ExportType="INCREMENTAL_EXPORT",
        IncrementalExportSpecification={"ExportFromTime": int(begun)},
    )
    summary = job.get_manifest_summary(db.client(), s3)
    assert summary.is_incremental_export()
    assert summary.item_count == 2
    assert (summary.export_to_time - summary.export_from_time).total_seconds() == 1200
    files = job.get_data_files(db.client(), s3)
    lines = [
        json.loads(line)
        for file in files
        for line in gzip.decompress(
            s3.get_object(Bucket="exports", Key=file.s3_key)["Body"].read()
        ).splitlines()
    ]
    assert sorted(line["Keys"]["id"]["S"] for line in lines) == ["1", "2"]


def test_its_data_files_are_imported(db: Database, s3: Any) -> None:
    """A pipeline finds the data by the reader's place of it, and waits with the reader's states."""
    job = exported(db)
    arn = db.client().import_table(
        S3BucketSource={
            "S3Bucket": "exports",
            "S3KeyPrefix": job.s3uri_export_data.removeprefix("s3://exports/"),
        },
        InputFormat="DYNAMODB_JSON",
        InputCompressionType="GZIP",
        TableCreationParameters={
            "TableName": "copies",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )["ImportTableDescription"]["ImportArn"]
    assert io.ImportJob.describe_import(db.client(), arn).is_completed()
    found = db.client().scan(TableName="copies")["Items"]
    assert sorted(item["id"]["S"] for item in found) == ["1", "2"]
