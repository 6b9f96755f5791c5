"""Requests to tables that have everything: streams, backups, replicas, vectors, policies, jobs."""

from __future__ import annotations

import json
from random import Random
from typing import Any, Final

from ddbmock.clock import ManualClock
from ddbmock.database import DynamoDB
from ddbmock.errors import DynamoDBError
from ddbmock.operations.api import Target
from ddbmock.service.json import encode, error_body
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from ddbmock.shapes.kinds import Kind
from ddbmock.storage import Storage
from tests.behaviour.test_fuzz import EVERY, Maker, is_the_services_own

START: Final = 1_790_000_000.0
STEP: Final = 700.0
"""Seconds between two requests: jobs end, and expired items are due."""
OTHER: Final = ("eu-west-1", "us-east-1", "us-east-1", "us-east-1")
POLICY: Final = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "123456789012"},
            "Action": "dynamodb:*",
            "Resource": "*",
        },
    ],
}


class Laden:
    """A database with tables that have everything, and the names by which to ask for it."""

    def __init__(self, storage: Storage) -> None:
        self.clock = ManualClock(START)
        self.router = Router(DynamoDB(storage, Settings(databases="region"), self.clock))
        self.words: dict[str, list[Any]] = {}

    def __call__(self, operation: str, api: str = "DynamoDB_20120810", **body: Any) -> Any:
        target = self.router.target(f"{api}.{operation}")
        return json.loads(encode(self.router.perform(target, body)))

    def fill(self) -> None:
        for name in ("one", "two"):
            self._create(name)
        arn = self("DescribeTable", TableName="one")["Table"]["TableArn"]
        self("UpdateContinuousBackups", TableName="one",
             PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})  # fmt: skip
        self("UpdateTimeToLive", TableName="one",
             TimeToLiveSpecification={"Enabled": True, "AttributeName": "y"})  # fmt: skip
        self("UpdateContributorInsights", TableName="one", ContributorInsightsAction="ENABLE")
        self("UpdateTable", TableName="one",
             ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])  # fmt: skip
        self("PutResourcePolicy", ResourceArn=arn, Policy=json.dumps(POLICY))
        self("EnableKinesisStreamingDestination", TableName="two",
             StreamArn="arn:aws:kinesis:us-east-1:123456789012:stream/s")  # fmt: skip
        self.clock.advance(STEP)
        for number in range(6):
            item = {"p": {"S": "abc"[number % 3]}, "y": {"N": str(int(START) + number * 1000)},
                    "x": {"S": "x"}, "v": {"L": [{"N": str(number)}, {"N": "1"}]}}  # fmt: skip
            self("PutItem", TableName="one", Item=item)
            self("PutItem", TableName="two", Item={**item, "c": {"N": str(number)}})
        backup = self("CreateBackup", TableName="one", BackupName="backup")["BackupDetails"]
        self.clock.advance(STEP)
        export = self("ExportTableToPointInTime", TableArn=arn, S3Bucket="bucket")
        self.clock.advance(STEP)
        stream = self("DescribeTable", TableName="one")["Table"]["LatestStreamArn"]
        shards = self("DescribeStream", "DynamoDBStreams_20120810", StreamArn=stream)
        shard = shards["StreamDescription"]["Shards"][0]["ShardId"]
        iterators = [
            self("GetShardIterator", "DynamoDBStreams_20120810", StreamArn=stream, ShardId=shard,
                 ShardIteratorType=kind)["ShardIterator"]
            for kind in ("TRIM_HORIZON", "LATEST")
        ]  # fmt: skip
        self.words = {
            "StreamArn": [stream], "ShardId": [shard], "ShardIterator": iterators,
            "BackupArn": [backup["BackupArn"]], "TableArn": [arn], "ResourceArn": [arn],
            "SourceTableArn": [arn], "SourceTableName": ["one", "two"],
            "TargetTableName": ["one", "new"], "GlobalTableName": ["one", "two"],
            "ExportArn": [export["ExportDescription"]["ExportArn"]], "S3Bucket": ["bucket"],
            "IndexName": ["gsi", "vectors"], "RegionName": ["eu-west-1", "us-east-1", "mars"],
            "Policy": [json.dumps(POLICY), "{", "[]", "null", '{"Statement": 5}'],
            "AttributeName": ["p", "c", "x", "y", "v"],
            "ExportTime": [START + 900, 0, -1, 1e300], "RestoreDateTime": [START + 900, 0, 1e18],
        }  # fmt: skip

    def _create(self, name: str) -> None:
        keys = [{"AttributeName": "p", "KeyType": "HASH"}]
        types = [{"AttributeName": "p", "AttributeType": "S"},
                 {"AttributeName": "x", "AttributeType": "S"}]  # fmt: skip
        if name == "two":
            keys.append({"AttributeName": "c", "KeyType": "RANGE"})
            types.append({"AttributeName": "c", "AttributeType": "N"})
        gsi = {
            "IndexName": "gsi",
            "KeySchema": [{"AttributeName": "x", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
        self("CreateTable", TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=keys,
             AttributeDefinitions=types, GlobalSecondaryIndexes=[gsi],
             StreamSpecification={
                 "StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})  # fmt: skip


class LadenMaker(Maker):
    """Makes requests that name what there is."""

    def __init__(self, seed: int, words: dict[str, list[Any]]) -> None:
        super().__init__(seed)
        self.words = words

    def member(self, name: str, kind: Kind, words: list[str]) -> Any:
        if name in self.words and self.likely():
            return self.random.choice(self.words[name])
        return super().member(name, kind, words)


def ask(laden: Laden, target: Target, body: dict[str, Any], region: str) -> int:
    """Send a request; return its status, which is 500 only where the service's is."""
    try:
        output = laden.router.perform(target, body, region=region)
    except DynamoDBError as raised:
        error = raised
    else:
        encode(output)
        return 200
    encode(error_body(error, target.api.error_namespace))
    assert error.status == 400 or is_the_services_own(error), (target.name, body, error.hint)
    return error.status


def check_laden(storage: Storage, count: int, seed: int, *, forks: bool) -> int:
    """Send so many requests, some of them spoilt; return how many were answered 200."""
    laden = Laden(storage)
    laden.fill()
    chance, names, answered = Random(seed), sorted(EVERY), 0
    filled, time = laden.router.dynamodb.storage, laden.clock.now()
    for number in range(count):
        if forks and number % 4 == 0:
            # four requests one after the other; then from the beginning
            fresh = Laden(filled.fork())
            fresh.words = laden.words
            fresh.clock.advance(time - START)
            laden = fresh
        target = EVERY[names[chance.randrange(len(names))]]
        maker = LadenMaker(chance.randrange(2**40), laden.words)
        body = maker.structure(target.operation.input)
        if chance.random() < 0.3:
            body = maker.spoilt(body)
        if isinstance(body, dict):
            answered += ask(laden, target, body, chance.choice(OTHER)) == 200
        laden.clock.advance(chance.choice((0.0, 1.0, STEP)))
    return answered
