"""Every operation with the least that its input must have, through every door and engine."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import pytest

from ddbmock.database import DynamoDB
from ddbmock.object_store.memory import MemoryStore
from ddbmock.operations import streams
from ddbmock.operations.v20120810 import OPERATIONS
from ddbmock.settings import Settings
from tests.behaviour.boto3_doors import BOTO3_DOORS
from tests.behaviour.calling import Caller
from tests.behaviour.doors import Send, asyncio_server
from tests.behaviour.ways import ALL_DOORS, Way, ways
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
    '{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "dynamodb:GetItem", '
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


def exported(call: Caller) -> Request:
    """Give what an export needs."""
    recoverable(call)
    return {"TableArn": ARN, "S3Bucket": "bucket"}


def export_of(call: Caller) -> Request:
    description = call("ExportTableToPointInTime", exported(call))["ExportDescription"]
    return {"ExportArn": description["ExportArn"]}


def import_of(call: Caller) -> Request:
    description = call("ImportTable", IMPORT)["ImportTableDescription"]
    return {"ImportArn": description["ImportArn"]}


def bulk_operation(call: Caller) -> Request:
    description = call("StartBulkPutItems", BULK)["BulkOperationDescription"]
    return {"BulkOperationArn": description["BulkOperationArn"]}


def with_stream(call: Caller) -> Request:
    """Enable the stream that a global table of the first version needs."""
    specification = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    call("UpdateTable", {**TABLE, "StreamSpecification": specification})
    return {"GlobalTableName": "Tab", "ReplicationGroup": [{"RegionName": "us-east-1"}]}


def global_table(call: Caller) -> Request:
    call("CreateGlobalTable", with_stream(call))
    return {"GlobalTableName": "Tab"}


def with_index(call: Caller) -> Request:
    """Give a provisioned table whose writes can be scaled."""
    throughput = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    provisioned = {**NEW_TABLE, "BillingMode": "PROVISIONED", "ProvisionedThroughput": throughput}
    call("CreateTable", {"TableName": "Other", **provisioned})
    return {"TableName": "Other"}


def with_destination(call: Caller) -> Request:
    call("EnableKinesisStreamingDestination", DESTINATION)
    return DESTINATION


def stream_arn(call: Caller) -> str:
    with_stream(call)
    arn: str = call("DescribeTable", TABLE)["Table"]["LatestStreamArn"]
    return arn


def shard(call: Caller) -> Request:
    arn = stream_arn(call)
    described = call.send("DynamoDBStreams_20120810.DescribeStream", {"StreamArn": arn})
    shard_id = described["StreamDescription"]["Shards"][0]["ShardId"]
    return {"StreamArn": arn, "ShardId": shard_id, "ShardIteratorType": "TRIM_HORIZON"}


def shard_iterator(call: Caller) -> Request:
    answer = call.send("DynamoDBStreams_20120810.GetShardIterator", shard(call))
    return {"ShardIterator": answer["ShardIterator"]}


def tagged(call: Caller) -> Request:
    call("TagResource", {"ResourceArn": ARN, "Tags": [{"Key": "a", "Value": "b"}]})
    return {"ResourceArn": ARN, "TagKeys": ["a"]}


IMPORT: Final = {
    "ClientToken": "token",
    "S3BucketSource": {"S3Bucket": "bucket"},
    "InputFormat": "DYNAMODB_JSON",
    "TableCreationParameters": {"TableName": "Other", **NEW_TABLE},
}
BULK: Final = {
    **TABLE,
    "InputS3Configuration": {"S3Bucket": "bucket", "InputFormat": "DYNAMODB_JSON"},
    "OutputS3Configuration": {"OutputType": ["ERROR"], "S3Bucket": "bucket"},
}
DESTINATION: Final = {
    **TABLE,
    "StreamArn": "arn:aws:kinesis:us-east-1:123456789012:stream/changes",
}
PUT: Final = {"Put": {**TABLE, "Item": KEY}}

MINIMAL: Final[Mapping[str, Request | Callable[[Caller], Request]]] = {
    "BatchExecuteStatement": {"Statements": [{"Statement": "SELECT * FROM Tab WHERE id = 'a'"}]},
    "BatchGetItem": {"RequestItems": {"Tab": {"Keys": [KEY]}}},
    "BatchWriteItem": {"RequestItems": {"Tab": [{"PutRequest": {"Item": KEY}}]}},
    "CancelBulkOperation": bulk_operation,
    "CreateBackup": {**TABLE, "BackupName": "one"},
    "CreateGlobalTable": with_stream,
    "CreateTable": {"TableName": "Other", **NEW_TABLE},
    "DeleteBackup": lambda call: {"BackupArn": backup(call)},
    "DeleteItem": {**TABLE, "Key": KEY},
    "DeleteResourcePolicy": {"ResourceArn": ARN},
    "DeleteTable": TABLE,
    "DescribeBackup": lambda call: {"BackupArn": backup(call)},
    "DescribeBulkOperation": bulk_operation,
    "DescribeContinuousBackups": TABLE,
    "DescribeContributorInsights": TABLE,
    "DescribeEndpoints": {},
    "DescribeExport": export_of,
    "DescribeGlobalTable": global_table,
    "DescribeGlobalTableSettings": global_table,
    "DescribeImport": import_of,
    "DescribeKinesisStreamingDestination": TABLE,
    "DescribeLimits": {},
    "DescribeTable": TABLE,
    "DescribeTableReplicaAutoScaling": TABLE,
    "DescribeTimeToLive": TABLE,
    "DisableKinesisStreamingDestination": with_destination,
    "EnableKinesisStreamingDestination": DESTINATION,
    "ExecuteStatement": {"Statement": "SELECT * FROM Tab"},
    "ExecuteTransaction": {
        "TransactStatements": [{"Statement": "SELECT * FROM Tab WHERE id = 'a'"}]
    },
    "ExportTableToPointInTime": exported,
    "GetItem": {**TABLE, "Key": KEY},
    "GetResourcePolicy": with_policy,
    "ImportTable": IMPORT,
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
    "StartBulkPutItems": BULK,
    "TagResource": {"ResourceArn": ARN, "Tags": [{"Key": "a", "Value": "b"}]},
    "TransactGetItems": {"TransactItems": [{"Get": {**TABLE, "Key": KEY}}]},
    "TransactWriteItems": {"TransactItems": [PUT]},
    "UntagResource": tagged,
    "UpdateContinuousBackups": {
        **TABLE,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
    },
    "UpdateContributorInsights": {**TABLE, "ContributorInsightsAction": "ENABLE"},
    "UpdateGlobalTable": lambda call: {
        **global_table(call),
        "ReplicaUpdates": [{"Delete": {"RegionName": "us-east-1"}}],
    },
    "UpdateGlobalTableSettings": global_table,
    "UpdateItem": {**TABLE, "Key": KEY},
    "UpdateKinesisStreamingDestination": lambda call: {
        **with_destination(call),
        "UpdateKinesisStreamingConfiguration": {
            "ApproximateCreationDateTimePrecision": "MICROSECOND"
        },
    },
    "UpdateTable": {**TABLE, "DeletionProtectionEnabled": True},
    "UpdateTableReplicaAutoScaling": with_index,
    "UpdateTimeToLive": {
        **TABLE,
        "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "ends"},
    },
}
"""The least that each operation needs, or what makes it after some preparation."""

OF_STREAMS: Final[Mapping[str, Request | Callable[[Caller], Request]]] = {
    "DescribeStream": lambda call: {"StreamArn": stream_arn(call)},
    "GetRecords": shard_iterator,
    "GetShardIterator": shard,
    "ListStreams": {},
}
"""The same for the operations of DynamoDB Streams."""


def test_every_operation_has_a_row() -> None:
    """An operation without a row is tried through no door."""
    assert {*MINIMAL} == {*OPERATIONS}
    assert {*OF_STREAMS} == {*streams.OPERATIONS}


@pytest.fixture
def settings() -> Settings:
    return Settings(databases="region", s3="memory:bucket", delay_jobs=60)


@pytest.fixture(params=ways([*ALL_DOORS, "asyncio"]), ids="-".join)
def way(request: pytest.FixtureRequest) -> Way:
    way: Way = request.param
    return way


@pytest.fixture
def send(way: Way, dynamodb: DynamoDB) -> Iterator[Send]:
    door = asyncio_server if way.door == "asyncio" else ALL_DOORS[way.door]
    with door(dynamodb) as sending:
        yield sending


@pytest.fixture
def table(call: Caller, dynamodb: DynamoDB) -> None:
    """Make a table, and a file in a bucket."""
    call("CreateTable", {**TABLE, **NEW_TABLE, "VectorIndexes": [VECTOR_INDEX]})
    store = dynamodb.object_store
    assert isinstance(store, MemoryStore)
    store.bucket("bucket").put("items.json", io.BytesIO(b'{"Item": {"id": {"S": "a"}}}'))


@pytest.mark.parametrize("operation", MINIMAL)
@pytest.mark.usefixtures("table")
def test_the_least_input_is_served(call: Caller, way: Way, operation: str) -> None:
    if way.door in BOTO3_DOORS and operation not in model("dynamodb")["operations"]:
        pytest.skip("the installed botocore does not know the operation")
    least = MINIMAL[operation]
    assert isinstance(call(operation, least(call) if callable(least) else least), dict)


@pytest.mark.parametrize("operation", OF_STREAMS)
@pytest.mark.usefixtures("table")
def test_the_least_input_of_streams_is_served(call: Caller, way: Way, operation: str) -> None:
    if way.door in ("boto", "network"):
        pytest.skip("boto 2 has no client for streams")
    least = OF_STREAMS[operation]
    request = least(call) if callable(least) else least
    assert isinstance(call.send(f"DynamoDBStreams_20120810.{operation}", request), dict)
