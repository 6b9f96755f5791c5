"""DescribeTableReplicaAutoScaling and UpdateTableReplicaAutoScaling."""

from __future__ import annotations

from typing import Any

from tests.global_tables.regions import EAST, IRELAND, Regions

DISABLED = {"AutoScalingDisabled": True, "ScalingPolicies": []}
WRITE = "ReplicaProvisionedWriteCapacityAutoScalingSettings"
READ = "ReplicaProvisionedReadCapacityAutoScalingSettings"
BY_N: dict[str, Any] = {
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "n", "AttributeType": "N"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-n",
            "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}


def replicas(regions: Regions, region: str = EAST) -> dict[str, Any]:
    answer = regions(region, "DescribeTableReplicaAutoScaling", TableName="Music")
    description = answer["TableAutoScalingDescription"]
    assert (description["TableName"], description["TableStatus"]) == ("Music", "ACTIVE")
    return {one.pop("RegionName"): one for one in description["Replicas"]}


def test_nothing_is_scaled_at_first(regions: Regions) -> None:
    regions.create_table()
    assert replicas(regions) == {EAST: {"ReplicaStatus": "ACTIVE", WRITE: DISABLED, READ: DISABLED}}


def test_writes_are_scaled_in_all_regions_and_reads_in_one(regions: Regions) -> None:
    regions.create_table(**BY_N)
    regions.create(IRELAND)
    policy = {
        "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70.0, "ScaleInCooldown": 60}
    }
    answer = regions(
        EAST,
        "UpdateTableReplicaAutoScaling",
        TableName="Music",
        ProvisionedWriteCapacityAutoScalingUpdate={
            "MinimumUnits": 5,
            "MaximumUnits": 50,
            "ScalingPolicyUpdate": policy,
        },
        GlobalSecondaryIndexUpdates=[
            {
                "IndexName": "by-n",
                "ProvisionedWriteCapacityAutoScalingUpdate": {"MaximumUnits": 7},
            }
        ],
        ReplicaUpdates=[
            {
                "RegionName": IRELAND,
                "ReplicaProvisionedReadCapacityAutoScalingUpdate": {
                    "MinimumUnits": 1,
                    "AutoScalingRoleArn": "arn:role",
                },
            }
        ],
    )
    assert answer["TableAutoScalingDescription"]["TableName"] == "Music"
    found = replicas(regions, IRELAND)
    role = (
        "arn:aws:iam::123456789012:role/aws-service-role/dynamodb.application-autoscaling."
        "amazonaws.com/AWSServiceRoleForApplicationAutoScaling_DynamoDBTable"
    )
    written = {
        "MinimumUnits": 5,
        "MaximumUnits": 50,
        "AutoScalingDisabled": False,
        "AutoScalingRoleArn": role,
        "ScalingPolicies": [
            {"PolicyName": "DynamoDBWriteCapacityUtilization:table/Music", **policy}
        ],
    }
    assert found[EAST][WRITE] == found[IRELAND][WRITE] == written
    assert found[EAST][READ] == DISABLED
    assert found[IRELAND][READ]["AutoScalingRoleArn"] == "arn:role"
    [index] = found[IRELAND]["GlobalSecondaryIndexes"]
    assert index["ProvisionedWriteCapacityAutoScalingSettings"]["MaximumUnits"] == 7
    off = {"ProvisionedWriteCapacityAutoScalingUpdate": {"AutoScalingDisabled": True}}
    regions(EAST, "UpdateTableReplicaAutoScaling", TableName="Music", **off)
    assert replicas(regions)[IRELAND][WRITE] == DISABLED


def test_what_does_not_exist_is_rejected(regions: Regions) -> None:
    regions.create_table()
    operation = "UpdateTableReplicaAutoScaling"
    of_index = {"GlobalSecondaryIndexUpdates": [{"IndexName": "none"}]}
    assert regions.refused(EAST, operation, TableName="Music", **of_index) == (
        "ResourceNotFoundException",
        "Requested resource not found: Index none for table Music",
    )
    of_region = {"ReplicaUpdates": [{"RegionName": IRELAND}]}
    refused = regions.refused(EAST, operation, TableName="Music", **of_region)
    assert refused[0] == "ValidationException"
    bounds = {"ProvisionedWriteCapacityAutoScalingUpdate": {"MinimumUnits": 5, "MaximumUnits": 4}}
    assert regions.refused(EAST, operation, TableName="Music", **bounds)[0] == "ValidationException"
