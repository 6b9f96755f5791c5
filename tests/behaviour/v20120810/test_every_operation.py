"""Every operation with the least that its input must have, through every door and engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import pytest

from ddbmock.operations.v20120810 import OPERATIONS
from tests.behaviour.boto3_doors import BOTO3_DOORS
from tests.behaviour.calling import Caller
from tests.behaviour.conftest import Way
from tests.model_names import model

Request: TypeAlias = Mapping[str, Any]

KEY: Final = {"id": {"S": "a"}}
ARN: Final = "arn:aws:dynamodb:us-east-1:123456789012:table/Tab"
TABLE: Final = {"TableName": "Tab"}
NEW_TABLE: Final = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
VECTOR_INDEX: Final = {
    "IndexName": "near",
    "VectorAttribute": {"AttributeName": "v"},
    "Projection": {"ProjectionType": "ALL"},
    "Dimensions": 1,
    "DistanceFunction": "COSINE",
}
POLICY: Final = (
    '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "dynamodb:GetItem", '
    f'"Resource": "{ARN}"}}]}}'
)


def backup(call: Caller) -> str:
    details = call("CreateBackup", {**TABLE, "BackupName": "one"})["BackupDetails"]
    arn: str = details["BackupArn"]
    return arn


def recoverable(call: Caller) -> Request:
    """Enable point-in-time recovery, and give what a restore of this moment needs."""
    specification = {"PointInTimeRecoveryEnabled": True}
    call("UpdateContinuousBackups", {**TABLE, "PointInTimeRecoverySpecification": specification})
    call.clock.advance(600)
    return {"SourceTableName": "Tab", "TargetTableName": "Back", "UseLatestRestorableTime": True}


def with_policy(call: Caller) -> Request:
    call("PutResourcePolicy", {"ResourceArn": ARN, "Policy": POLICY})
    return {"ResourceArn": ARN}


def tagged(call: Caller) -> Request:
    call("TagResource", {"ResourceArn": ARN, "Tags": [{"Key": "a", "Value": "b"}]})
    return {"ResourceArn": ARN, "TagKeys": ["a"]}


PUT: Final = {"Put": {**TABLE, "Item": KEY}}

MINIMAL: Final[Mapping[str, Request | Callable[[Caller], Request]]] = {
    "BatchExecuteStatement": {"Statements": [{"Statement": "SELECT * FROM Tab WHERE id = 'a'"}]},
    "BatchGetItem": {"RequestItems": {"Tab": {"Keys": [KEY]}}},
    "BatchWriteItem": {"RequestItems": {"Tab": [{"PutRequest": {"Item": KEY}}]}},
    "CreateBackup": {**TABLE, "BackupName": "one"},
    "CreateTable": {"TableName": "Other", **NEW_TABLE},
    "DeleteBackup": lambda call: {"BackupArn": backup(call)},
    "DeleteItem": {**TABLE, "Key": KEY},
    "DeleteResourcePolicy": {"ResourceArn": ARN},
    "DeleteTable": TABLE,
    "DescribeBackup": lambda call: {"BackupArn": backup(call)},
    "DescribeContinuousBackups": TABLE,
    "DescribeContributorInsights": TABLE,
    "DescribeEndpoints": {},
    "DescribeLimits": {},
    "DescribeTable": TABLE,
    "DescribeTableReplicaAutoScaling": TABLE,
    "DescribeTimeToLive": TABLE,
    "ExecuteStatement": {"Statement": "SELECT * FROM Tab"},
    "ExecuteTransaction": {
        "TransactStatements": [{"Statement": "SELECT * FROM Tab WHERE id = 'a'"}]
    },
    "GetItem": {**TABLE, "Key": KEY},
    "GetResourcePolicy": with_policy,
    "ListBackups": {},
    "ListBulkOperations": {},
    "ListContributorInsights": {},
    "ListExports": {},
    "ListGlobalTables": {},
    "ListImports": {},
    "ListTables": {},
    "ListTagsOfResource": {"ResourceArn": ARN},
    "PutItem": {**TABLE, "Item": KEY},
    "PutResourcePolicy": {"ResourceArn": ARN, "Policy": POLICY},
    "Query": {
        **TABLE,
        "KeyConditionExpression": "id = :i",
        "ExpressionAttributeValues": {":i": {"S": "a"}},
    },
    "RestoreTableFromBackup": lambda call: {
        "BackupArn": backup(call),
        "TargetTableName": "Back",
    },
    "RestoreTableToPointInTime": recoverable,
    "Scan": TABLE,
    "SearchVectors": {**TABLE, "IndexName": "near", "SearchVector": [{"N": "1"}], "TopK": 1},
    "TagResource": {"ResourceArn": ARN, "Tags": [{"Key": "a", "Value": "b"}]},
    "TransactGetItems": {"TransactItems": [{"Get": {**TABLE, "Key": KEY}}]},
    "TransactWriteItems": {"TransactItems": [PUT]},
    "UntagResource": tagged,
    "UpdateContinuousBackups": {
        **TABLE,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
    },
    "UpdateContributorInsights": {**TABLE, "ContributorInsightsAction": "ENABLE"},
    "UpdateItem": {**TABLE, "Key": KEY},
    "UpdateTable": {**TABLE, "DeletionProtectionEnabled": True},
    "UpdateTimeToLive": {
        **TABLE,
        "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "ends"},
    },
}
"""The least that each operation needs, or what makes it after some preparation."""

ELSEWHERE: Final = {
    "DescribeExport": "needs an object store, as the tests of exports have it",
    "DescribeImport": "as above",
    "ExportTableToPointInTime": "as above",
    "ImportTable": "as above",
    "CancelBulkOperation": "as above",
    "DescribeBulkOperation": "as above",
    "StartBulkPutItems": "as above",
    "CreateGlobalTable": "needs regions of their own, as the tests of global tables have them",
    "DescribeGlobalTable": "as above",
    "DescribeGlobalTableSettings": "as above",
    "UpdateGlobalTable": "as above",
    "UpdateGlobalTableSettings": "as above",
    "UpdateTableReplicaAutoScaling": "as above",
    "DescribeKinesisStreamingDestination": "needs a stream, as the tests of destinations have it",
    "DisableKinesisStreamingDestination": "as above",
    "EnableKinesisStreamingDestination": "as above",
    "UpdateKinesisStreamingDestination": "as above",
}
"""Operations whose least input is tested where their surroundings are made."""


def test_every_operation_is_listed() -> None:
    assert {*MINIMAL, *ELSEWHERE} >= {*OPERATIONS}


@pytest.mark.parametrize("operation", [name for name in MINIMAL if name in OPERATIONS])
def test_the_least_input_is_served(call: Caller, way: Way, operation: str) -> None:
    if way.door in BOTO3_DOORS and operation not in model("dynamodb")["operations"]:
        pytest.skip("the installed botocore does not know the operation")
    call("CreateTable", {**TABLE, **NEW_TABLE, "VectorIndexes": [VECTOR_INDEX]})
    least = MINIMAL[operation]
    assert isinstance(call(operation, least(call) if callable(least) else least), dict)
