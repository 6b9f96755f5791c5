"""Terraform's smaller resources beside a table: created once, found again, destroyed.

Source: the provider's own code, ``internal/service/dynamodb``, as of 2026: contributor insights, Kinesis
streaming destination, table export, table item, tag, and the import and warm throughput of a table.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

import ddbmock
from ddbmock.object_store.memory import MemoryStore
from tests.deployment.terraform import Cloud, TerraformTable
from tests.deployment.test_terraform import config

STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/changes"


@pytest.fixture(params=[0, 7], ids=["at-once", "with-delays"])
def cloud(request: pytest.FixtureRequest) -> Iterator[Cloud]:
    delay = float(request.param)
    with ddbmock.mock(
        delay_creating=delay,
        delay_updating=delay,
        delay_jobs=delay,
        delay_policies=delay,
        s3="memory:files",
    ) as database:
        yield Cloud(database)


def arn(cloud: Cloud) -> str:
    found: str = cloud.call("DescribeTable", TableName="orders")["Table"]["TableArn"]
    return found


def test_warm_throughput_is_set_once_and_raised(cloud: Cloud) -> None:
    terraform = TerraformTable(cloud)
    terraform.apply(config())
    warm = {"ReadUnitsPerSecond": 15000, "WriteUnitsPerSecond": 5000}
    cloud.call("UpdateTable", TableName="orders", WarmThroughput=warm)
    terraform.wait("orders")
    table = cloud.call("DescribeTable", TableName="orders")["Table"]
    assert table["WarmThroughput"] == {**warm, "Status": "ACTIVE"}
    assert terraform.apply(config()) == []


def test_contributor_insights_are_enabled_once_and_disabled(cloud: Cloud) -> None:
    TerraformTable(cloud).apply(config())

    def status() -> str:
        described = cloud.call("DescribeContributorInsights", TableName="orders")
        found: str = described["ContributorInsightsStatus"]
        return found

    for action, expected in (("ENABLE", "ENABLED"), ("DISABLE", "DISABLED")):
        request = {"TableName": "orders", "ContributorInsightsAction": action}
        cloud.call("UpdateContributorInsights", **request)
        cloud.database.clock.advance(seconds=10)
        assert status() == expected
    assert TerraformTable(cloud).apply(config()) == []


def test_a_kinesis_destination_is_enabled_once_and_disabled(cloud: Cloud) -> None:
    TerraformTable(cloud).apply(config())
    destination = {"TableName": "orders", "StreamArn": STREAM}

    def status() -> str | None:
        described = cloud.call("DescribeKinesisStreamingDestination", TableName="orders")
        for one in described["KinesisDataStreamDestinations"]:
            if one["StreamArn"] == STREAM:
                return str(one["DestinationStatus"])
        return None

    assert status() is None
    cloud.call("EnableKinesisStreamingDestination", **destination)
    cloud.until(lambda: status() == "ACTIVE")
    assert TerraformTable(cloud).apply(config()) == []
    cloud.call("DisableKinesisStreamingDestination", **destination)
    cloud.until(lambda: status() == "DISABLED")


def test_a_table_is_exported_once(cloud: Cloud) -> None:
    TerraformTable(cloud).apply(config(point_in_time_recovery=True))
    request = {"TableArn": arn(cloud), "S3Bucket": "files"}
    export = cloud.call("ExportTableToPointInTime", **request)["ExportDescription"]["ExportArn"]

    def description() -> dict[str, Any]:
        found: dict[str, Any] = cloud.call("DescribeExport", ExportArn=export)["ExportDescription"]
        return found

    cloud.until(lambda: description()["ExportStatus"] == "COMPLETED")
    assert description() == description()
    assert description()["ExportManifest"]
    assert TerraformTable(cloud).apply(config(point_in_time_recovery=True)) == []


def test_a_table_is_imported_once(cloud: Cloud) -> None:
    store = cloud.database.dynamodb.object_store
    assert isinstance(store, MemoryStore)
    line = {"Item": {"id": {"S": "a"}}}
    store.bucket("files").put("orders.json", io.BytesIO(json.dumps(line).encode()))
    parameters = {
        "TableName": "orders",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    description = cloud.call(
        "ImportTable",
        ClientToken="token",
        InputFormat="DYNAMODB_JSON",
        S3BucketSource={"S3Bucket": "files"},
        TableCreationParameters=parameters,
    )["ImportTableDescription"]

    def status() -> str:
        found = cloud.call("DescribeImport", ImportArn=description["ImportArn"])
        imported: str = found["ImportTableDescription"]["ImportStatus"]
        return imported

    cloud.until(lambda: status() == "COMPLETED")
    terraform = TerraformTable(cloud)
    terraform.wait("orders")
    assert terraform.apply(config()) == []
    assert cloud.call("Scan", TableName="orders")["Count"] == 1


@pytest.mark.parametrize("source", ["SourceTableName", "BackupArn"])
def test_a_table_is_restored_once(cloud: Cloud, source: str) -> None:
    """With the overrides of its configuration; what a restore leaves out is applied afterwards."""
    terraform = TerraformTable(cloud)
    terraform.apply(config(point_in_time_recovery=True))
    cloud.call("PutItem", TableName="orders", Item={"id": {"S": "a"}})
    override = {"TargetTableName": "copies", "BillingModeOverride": "PAY_PER_REQUEST"}
    if source == "BackupArn":
        backup = cloud.call("CreateBackup", TableName="orders", BackupName="nightly")
        found = backup["BackupDetails"]["BackupArn"]

        def status() -> str:
            described = cloud.call("DescribeBackup", BackupArn=found)["BackupDescription"]
            return str(described["BackupDetails"]["BackupStatus"])

        cloud.until(lambda: status() == "AVAILABLE")
        cloud.call("RestoreTableFromBackup", BackupArn=found, **override)
    else:
        cloud.database.clock.advance(minutes=10)
        cloud.call(
            "RestoreTableToPointInTime",
            SourceTableName="orders",
            UseLatestRestorableTime=True,
            **override,
        )
    terraform.wait("copies")
    assert cloud.call("Scan", TableName="copies")["Count"] == 1
    variables = config(name="copies", point_in_time_recovery=True)
    assert terraform.apply(variables) != []
    assert terraform.apply(variables) == []


def test_a_tag_is_made_once_and_removed(cloud: Cloud) -> None:
    TerraformTable(cloud).apply(config())
    tag = {"Key": "team", "Value": "shop"}

    def tags() -> list[Any]:
        found: list[Any] = cloud.call("ListTagsOfResource", ResourceArn=arn(cloud))["Tags"]
        return found

    cloud.call("TagResource", ResourceArn=arn(cloud), Tags=[tag])
    cloud.until(lambda: tag in tags())
    cloud.database.clock.advance(seconds=30)
    cloud.call("UntagResource", ResourceArn=arn(cloud), TagKeys=["team"])
    cloud.until(lambda: tag not in tags())


def test_an_item_is_put_once_changed_and_deleted(cloud: Cloud) -> None:
    TerraformTable(cloud).apply(config())
    table, key = {"TableName": "orders"}, {"id": {"S": "a"}}
    create = {**table, "Item": key, "ConditionExpression": "attribute_not_exists(#hk)"}
    names = {"ExpressionAttributeNames": {"#hk": "id"}}
    cloud.call("PutItem", **create, **names)
    with pytest.raises(ClientError):
        cloud.call("PutItem", **create, **names)
    read = {**table, "Key": key, "ConsistentRead": True}
    assert cloud.call("GetItem", **read)["Item"] == key
    cloud.call("UpdateItem", **table, Key=key, AttributeUpdates={"n": {"Value": {"N": "1"}}})
    assert cloud.call("GetItem", **read)["Item"] == {**key, "n": {"N": "1"}}
    cloud.call("DeleteItem", **table, Key=key)
    assert "Item" not in cloud.call("GetItem", **read)
