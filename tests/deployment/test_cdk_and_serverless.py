"""CDK's custom resource for replicas, CloudFormation's global tables, and Serverless's plugins.

Source: the code of aws-cdk (``aws-dynamodb/lib/replica-handler``) and of the Serverless plugins for
global tables; for AWS::DynamoDB::GlobalTable, the order of calls that its users report.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

import ddbmock
from tests.deployment.terraform import Cloud

REGIONS = ("eu-west-1", "ap-southeast-2")
OWN_REGION = (
    "Cannot add, delete, or update the local region through ReplicaUpdates. Use CreateTable, "
    "DeleteTable, or UpdateTable as required."
)
TABLE: dict[str, Any] = {
    "TableName": "orders",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}


@pytest.fixture(params=[0, 7], ids=["at-once", "with-delays"])
def cloud(request: pytest.FixtureRequest) -> Iterator[Cloud]:
    delay = float(request.param)
    with ddbmock.mock(delay_creating=delay, delay_updating=delay, delay_deleting=delay) as database:
        yield Cloud(database)


def status(cloud: Cloud, region: str | None = None) -> str:
    table = cloud.call("DescribeTable", region, TableName="orders")["Table"]
    found: str = table["TableStatus"]
    return found


class CdkReplicas:
    """The handler behind ``Table(replication_regions=…)``: one call a region, then polls."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    def _described(self) -> dict[str, Any]:
        table: dict[str, Any] = self.cloud.call("DescribeTable", TableName="orders")["Table"]
        return table

    def _replica(self, region: str) -> dict[str, Any] | None:
        replicas = self._described().get("Replicas", [])
        return next((one for one in replicas if one["RegionName"] == region), None)

    def change(self, region: str, action: str) -> None:
        exists = self._replica(region) is not None
        if exists == (action == "Create"):
            return
        updates = [{action: {"RegionName": region}}]
        self.cloud.call("UpdateTable", TableName="orders", ReplicaUpdates=updates)

        def complete() -> bool:
            if self._described()["TableStatus"] != "ACTIVE":
                return False
            replica = self._replica(region)
            if action == "Delete":
                return replica is None
            return replica is not None and replica["ReplicaStatus"] == "ACTIVE"

        self.cloud.until(complete)


def test_cdk_adds_and_removes_replicas(cloud: Cloud) -> None:
    cloud.call("CreateTable", **TABLE)
    cloud.until(lambda: status(cloud) == "ACTIVE")
    cdk = CdkReplicas(cloud)
    for region in REGIONS:
        cdk.change(region, "Create")
    cloud.called.clear()
    for region in REGIONS:
        cdk.change(region, "Create")
    assert set(cloud.called) == {"DescribeTable"}
    cloud.database.clock.advance(hours=25)
    for region in REGIONS:
        cdk.change(region, "Delete")
    assert "Replicas" not in cloud.call("DescribeTable", TableName="orders")["Table"]


def test_cloudformation_makes_a_global_table(cloud: Cloud) -> None:
    cloud.call("CreateTable", **TABLE)
    cloud.until(lambda: status(cloud) == "ACTIVE")
    for region in REGIONS:
        updates = [{"Create": {"RegionName": region}}]
        cloud.call("UpdateTable", TableName="orders", ReplicaUpdates=updates)
        cloud.until(lambda: status(cloud) == "ACTIVE")
    specification = {"Enabled": True, "AttributeName": "ends"}
    cloud.call("UpdateTimeToLive", TableName="orders", TimeToLiveSpecification=specification)
    for region in (cloud.region, *REGIONS):
        cloud.until(lambda region=region: status(cloud, region) == "ACTIVE")  # type: ignore[misc]
        name = {"TableName": "orders"}
        cloud.call("UpdateContributorInsights", region, **name, ContributorInsightsAction="ENABLE")
        recovery = {"PointInTimeRecoveryEnabled": True}
        cloud.call(
            "UpdateContinuousBackups", region, **name, PointInTimeRecoverySpecification=recovery
        )
        arn = cloud.call("DescribeTable", region, **name)["Table"]["TableArn"]
        cloud.call(
            "TagResource", region, ResourceArn=arn, Tags=[{"Key": "region", "Value": region}]
        )
    for region in (cloud.region, *REGIONS):
        table = cloud.call("DescribeTable", region, TableName="orders")["Table"]
        tags = cloud.call("ListTagsOfResource", region, ResourceArn=table["TableArn"])["Tags"]
        assert tags == [{"Key": "region", "Value": region}]
        others = {one["RegionName"] for one in table["Replicas"]}
        assert others == {cloud.region, *REGIONS} - {region}
        ttl = cloud.call("DescribeTimeToLive", region, TableName="orders")
        assert ttl["TimeToLiveDescription"]["AttributeName"] == "ends"


def test_serverless_passes_over_its_own_region(cloud: Cloud) -> None:
    """The plugins send an update for every region, and go on at the message about their own."""
    cloud.call("CreateTable", **TABLE)
    cloud.until(lambda: status(cloud) == "ACTIVE")
    passed = []
    for region in (cloud.region, *REGIONS):
        updates = [{"Create": {"RegionName": region}}]
        try:
            cloud.call("UpdateTable", TableName="orders", ReplicaUpdates=updates)
        except ClientError as error:
            message, _, _ = error.response["Error"]["Message"].partition("\n")
            if message != OWN_REGION:
                raise
            passed.append(region)
        cloud.until(lambda: status(cloud) == "ACTIVE")
    assert passed == [cloud.region]
    table = cloud.call("DescribeTable", TableName="orders")["Table"]
    assert {one["RegionName"] for one in table["Replicas"]} == set(REGIONS)
