"""Every member of CreateTable and UpdateTable has an effect that can be read; none is dropped."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import pytest

from ddbmock.operations.v20120810 import OPERATIONS
from ddbmock.settings import Settings
from tests.behaviour.calling import Caller
from tests.behaviour.ways import Way

ARN: Final = "arn:aws:dynamodb:us-east-1:123456789012:table/Music"
KEY_ARN: Final = "arn:aws:kms:us-east-1:123456789012:key/0b1e7a5a-2f4b-4e31-9a66-6f9f3f7d0a11"
UNITS: Final = {"ReadCapacityUnits": 3, "WriteCapacityUnits": 4}
WARM: Final = {"ReadUnitsPerSecond": 15_000, "WriteUnitsPerSecond": 5_000}
MAXIMA: Final = {"MaxReadRequestUnits": 30, "MaxWriteRequestUnits": 40}
STREAM: Final = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
ENCRYPTION: Final = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY_ARN}
DEFINITIONS: Final = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")]
SCHEMA: Final = [{"AttributeName": "pk", "KeyType": "HASH"}]
BY_SK: Final = [
    {"AttributeName": "pk", "KeyType": "HASH"},
    {"AttributeName": "sk", "KeyType": "RANGE"},
]
ALL: Final = {"ProjectionType": "ALL"}
INDEX: Final = {"IndexName": "by-sk", "KeySchema": BY_SK, "Projection": ALL}
VECTORS: Final = {
    "IndexName": "near",
    "VectorAttribute": {"AttributeName": "v"},
    "Projection": ALL,
    "Dimensions": 2,
    "DistanceFunction": "COSINE",
}
POLICY: Final = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "dynamodb:GetItem",
                "Resource": ARN,
            }
        ],
    },
    separators=(",", ":"),
)
TABLE: Final = {
    "TableName": "Music",
    "AttributeDefinitions": DEFINITIONS[:1],
    "KeySchema": SCHEMA,
    "BillingMode": "PAY_PER_REQUEST",
}
OHIO: Final = [{"Create": {"RegionName": "us-east-2"}}]
WEST: Final = [{"Create": {"RegionName": "us-west-2"}}]
PROVISIONED: Final = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": UNITS}

See = Callable[[Caller, Mapping[str, Any]], object]
"""Reads the effect of a member: from DescribeTable's table, or by another call."""


class Row(NamedTuple):
    """A request with a member, and what is seen of it."""

    request: Mapping[str, Any]
    see: See
    seen: object
    before: tuple[Mapping[str, Any], ...] = ()
    """UpdateTable requests that go before."""


def at(*path: str | int) -> See:
    """See what is at a path of the description."""

    def see(call: Caller, table: Mapping[str, Any]) -> object:
        found: Any = table
        for step in path:
            found = found[step]
        return found

    return see


def tags(call: Caller, table: Mapping[str, Any]) -> object:
    return call("ListTagsOfResource", {"ResourceArn": ARN})["Tags"]


def policy(call: Caller, table: Mapping[str, Any]) -> object:
    return call("GetResourcePolicy", {"ResourceArn": ARN})["Policy"]


CREATE: Final[Mapping[str, Row]] = {
    "TableName": Row({}, at("TableArn"), ARN),
    "AttributeDefinitions": Row({}, at("AttributeDefinitions"), DEFINITIONS[:1]),
    "KeySchema": Row({}, at("KeySchema"), SCHEMA),
    "BillingMode": Row({}, at("BillingModeSummary", "BillingMode"), "PAY_PER_REQUEST"),
    "ProvisionedThroughput": Row(PROVISIONED, at("ProvisionedThroughput", "WriteCapacityUnits"), 4),
    "OnDemandThroughput": Row({"OnDemandThroughput": MAXIMA}, at("OnDemandThroughput"), MAXIMA),
    "WarmThroughput": Row(
        {"WarmThroughput": WARM}, at("WarmThroughput"), {**WARM, "Status": "ACTIVE"}
    ),
    "LocalSecondaryIndexes": Row(
        {
            "AttributeDefinitions": DEFINITIONS,
            "KeySchema": [SCHEMA[0], {"AttributeName": "sk", "KeyType": "RANGE"}],
            "LocalSecondaryIndexes": [INDEX],
        },
        at("LocalSecondaryIndexes", 0, "KeySchema"),
        BY_SK,
    ),
    "GlobalSecondaryIndexes": Row(
        {"AttributeDefinitions": DEFINITIONS, "GlobalSecondaryIndexes": [INDEX]},
        at("GlobalSecondaryIndexes", 0, "IndexStatus"),
        "ACTIVE",
    ),
    "VectorIndexes": Row({"VectorIndexes": [VECTORS]}, at("VectorIndexes", 0, "Dimensions"), 2),
    "StreamSpecification": Row({"StreamSpecification": STREAM}, at("StreamSpecification"), STREAM),
    "SSESpecification": Row(
        {"SSESpecification": ENCRYPTION}, at("SSEDescription", "KMSMasterKeyArn"), KEY_ARN
    ),
    "Tags": Row({"Tags": [{"Key": "a", "Value": "b"}]}, tags, [{"Key": "a", "Value": "b"}]),
    "TableClass": Row(
        {"TableClass": "STANDARD_INFREQUENT_ACCESS"},
        at("TableClassSummary", "TableClass"),
        "STANDARD_INFREQUENT_ACCESS",
    ),
    "DeletionProtectionEnabled": Row(
        {"DeletionProtectionEnabled": True}, at("DeletionProtectionEnabled"), True
    ),
    "ResourcePolicy": Row({"ResourcePolicy": POLICY}, policy, POLICY),
}

UPDATE: Final[Mapping[str, Row]] = {
    "TableName": Row(PROVISIONED, at("TableArn"), ARN),
    "AttributeDefinitions": Row(
        {
            "AttributeDefinitions": DEFINITIONS,
            "GlobalSecondaryIndexUpdates": [{"Create": INDEX}],
        },
        at("AttributeDefinitions"),
        DEFINITIONS,
    ),
    "BillingMode": Row(PROVISIONED, at("BillingModeSummary", "BillingMode"), "PROVISIONED"),
    "ProvisionedThroughput": Row(PROVISIONED, at("ProvisionedThroughput", "ReadCapacityUnits"), 3),
    "OnDemandThroughput": Row({"OnDemandThroughput": MAXIMA}, at("OnDemandThroughput"), MAXIMA),
    "WarmThroughput": Row(
        {"WarmThroughput": WARM}, at("WarmThroughput", "ReadUnitsPerSecond"), 15_000
    ),
    "GlobalSecondaryIndexUpdates": Row(
        {
            "AttributeDefinitions": DEFINITIONS,
            "GlobalSecondaryIndexUpdates": [{"Create": INDEX}],
        },
        at("GlobalSecondaryIndexes", 0, "KeySchema"),
        BY_SK,
    ),
    "VectorIndexUpdates": Row(
        {"VectorIndexUpdates": [{"Create": VECTORS}]}, at("VectorIndexes", 0, "IndexName"), "near"
    ),
    "StreamSpecification": Row({"StreamSpecification": STREAM}, at("StreamSpecification"), STREAM),
    "SSESpecification": Row(
        {"SSESpecification": ENCRYPTION}, at("SSEDescription", "KMSMasterKeyArn"), KEY_ARN
    ),
    "TableClass": Row(
        {"TableClass": "STANDARD_INFREQUENT_ACCESS"},
        at("TableClassSummary", "TableClass"),
        "STANDARD_INFREQUENT_ACCESS",
    ),
    "DeletionProtectionEnabled": Row(
        {"DeletionProtectionEnabled": True}, at("DeletionProtectionEnabled"), True
    ),
    "ReplicaUpdates": Row({"ReplicaUpdates": OHIO}, at("Replicas", 0, "ReplicaStatus"), "ACTIVE"),
    "MultiRegionConsistency": Row(
        {"MultiRegionConsistency": "STRONG", "ReplicaUpdates": [*OHIO, *WEST]},
        at("MultiRegionConsistency"),
        "STRONG",
    ),
    "GlobalTableWitnessUpdates": Row(
        {
            "MultiRegionConsistency": "STRONG",
            "ReplicaUpdates": OHIO,
            "GlobalTableWitnessUpdates": WEST,
        },
        at("GlobalTableWitnesses", 0, "RegionName"),
        "us-west-2",
    ),
    "GlobalTableSettingsReplicationMode": Row(
        {"GlobalTableSettingsReplicationMode": "ENABLED"},
        at("GlobalTableSettingsReplicationMode"),
        "ENABLED",
    ),
    "DisassociationProtectionEnabled": Row(
        {"DisassociationProtectionEnabled": False},
        at("DisassociationProtectionEnabled"),
        False,
        ({"ReplicaUpdates": OHIO},),
    ),
}

JOINING: Final = {"GlobalTableSourceArn", "GlobalTableSettingsReplicationMode"}
"""Members of CreateTable that join a global table, by which tests/global_tables makes replicas."""


def members_of(operation: str) -> set[str]:
    return {member.name for member in OPERATIONS[operation].input.members()}


@pytest.fixture(params=[Way("memory", "router")], ids="-".join)
def way(request: pytest.FixtureRequest) -> Way:
    way: Way = request.param
    return way


@pytest.fixture
def settings() -> Settings:
    return Settings(databases="region")


def test_every_member_has_a_row() -> None:
    assert {*CREATE, *JOINING} == members_of("CreateTable")
    assert {*UPDATE} == members_of("UpdateTable")


@pytest.mark.parametrize("member", CREATE)
def test_a_member_of_a_new_table_is_honoured(call: Caller, member: str) -> None:
    row = CREATE[member]
    request = {**TABLE, **row.request}
    assert member in request
    call("CreateTable", request)
    table = call("DescribeTable", {"TableName": "Music"})["Table"]
    assert row.see(call, table) == row.seen


@pytest.mark.parametrize("member", UPDATE)
def test_a_member_of_an_update_is_honoured(call: Caller, member: str) -> None:
    row = UPDATE[member]
    request = {"TableName": "Music", **row.request}
    assert member in request
    call("CreateTable", TABLE)
    for before in row.before:
        call("UpdateTable", {"TableName": "Music", **before})
    call("UpdateTable", request)
    table = call("DescribeTable", {"TableName": "Music"})["Table"]
    assert row.see(call, table) == row.seen
