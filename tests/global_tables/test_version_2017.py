"""Global tables of version 2017.11.29."""

from __future__ import annotations

from typing import Any

import pytest

from tests.global_tables.regions import EAST, IRELAND, NEW_AND_OLD, WEST, Regions

ARN = "arn:aws:dynamodb::123456789012:global-table/Music"
NOT_FOUND = (
    "GlobalTableNotFoundException",
    "Global table with name: 'Music' does not exist.",
)


def group(*regions: str) -> list[dict[str, str]]:
    return [{"RegionName": region} for region in regions]


def described(status: str, *regions: str) -> dict[str, Any]:
    return {
        "GlobalTableDescription": {
            "ReplicationGroup": [
                {"RegionName": region, "ReplicaStatus": "ACTIVE"} for region in sorted(regions)
            ],
            "GlobalTableArn": ARN,
            "CreationDateTime": 1_790_000_000.0,
            "GlobalTableStatus": status,
            "GlobalTableName": "Music",
        }
    }


@pytest.fixture
def pair(regions: Regions) -> Regions:
    """A global table in two regions."""
    for region in (EAST, IRELAND, WEST):
        regions.create_table(region, StreamSpecification=NEW_AND_OLD)
    regions(
        EAST,
        "CreateGlobalTable",
        GlobalTableName="Music",
        ReplicationGroup=group(EAST, IRELAND),
    )
    return regions


def test_a_global_table_is_created_and_described(regions: Regions) -> None:
    for region in (EAST, IRELAND):
        regions.create_table(region, StreamSpecification=NEW_AND_OLD)
    answer = regions(
        EAST, "CreateGlobalTable", GlobalTableName="Music", ReplicationGroup=group(IRELAND, EAST)
    )
    assert answer == described("CREATING", EAST, IRELAND)
    for region in (EAST, IRELAND, WEST):
        answer = regions(region, "DescribeGlobalTable", GlobalTableName="Music")
        assert answer == described("ACTIVE", EAST, IRELAND)
    assert regions(WEST, "ListGlobalTables") == {
        "GlobalTables": [{"GlobalTableName": "Music", "ReplicationGroup": group(IRELAND, EAST)}]
    }
    assert regions(EAST, "ListGlobalTables", RegionName=WEST) == {"GlobalTables": []}
    assert "Replicas" not in regions.describe(EAST)


def test_global_tables_are_listed_in_pages(regions: Regions) -> None:
    for name in ("Aaa", "Bbb", "Ccc"):
        regions.create_table(TableName=name, StreamSpecification=NEW_AND_OLD)
        request = {"GlobalTableName": name, "ReplicationGroup": group(EAST)}
        regions(EAST, "CreateGlobalTable", **request)
    first = regions(EAST, "ListGlobalTables", Limit=2)
    assert [one["GlobalTableName"] for one in first["GlobalTables"]] == ["Aaa", "Bbb"]
    start = first["LastEvaluatedGlobalTableName"]
    rest = regions(EAST, "ListGlobalTables", ExclusiveStartGlobalTableName=start)
    assert [one["GlobalTableName"] for one in rest["GlobalTables"]] == ["Ccc"]
    assert "LastEvaluatedGlobalTableName" not in rest


def test_replicas_come_and_go(pair: Regions) -> None:
    add = [{"Create": {"RegionName": WEST}}]
    answer = pair(EAST, "UpdateGlobalTable", GlobalTableName="Music", ReplicaUpdates=add)
    assert answer == described("UPDATING", EAST, IRELAND, WEST)
    pair(WEST, "PutItem", TableName="Music", Item={"pk": {"S": "a"}})
    assert len(pair(IRELAND, "Scan", TableName="Music")["Items"]) == 1
    remove = [{"Delete": {"RegionName": one}} for one in (EAST, IRELAND, WEST)]
    pair(WEST, "UpdateGlobalTable", GlobalTableName="Music", ReplicaUpdates=remove)
    assert pair.refused(EAST, "DescribeGlobalTable", GlobalTableName="Music") == NOT_FOUND
    assert pair(EAST, "ListTables") == {"TableNames": ["Music"]}


def test_items_have_attributes_of_their_replication(pair: Regions) -> None:
    pair.clock.advance(0.5)
    pair(EAST, "PutItem", TableName="Music", Item={"pk": {"S": "a"}})
    expected = {
        "pk": {"S": "a"},
        "aws:rep:deleting": {"BOOL": False},
        "aws:rep:updateregion": {"S": EAST},
        "aws:rep:updatetime": {"N": "1790000000.5"},
    }
    for region in (EAST, IRELAND):
        assert pair(region, "Scan", TableName="Music")["Items"] == [expected]
    assert len(records(pair, EAST)) == 2
    assert len(records(pair, IRELAND)) == 1
    pair(EAST, "DeleteItem", TableName="Music", Key={"pk": {"S": "a"}})
    assert pair(IRELAND, "Scan", TableName="Music")["Items"] == []
    assert records(pair, EAST)[2:] == ["REMOVE"]
    assert records(pair, IRELAND)[1:] == ["MODIFY", "REMOVE"]


def records(regions: Regions, region: str) -> list[str]:
    """Return the kinds of all records in the stream of ``Music``."""
    client = regions.db.client("dynamodbstreams", region_name=region)
    arn = regions.describe(region)["LatestStreamArn"]
    [shard] = client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = client.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    found = client.get_records(ShardIterator=iterator)["Records"]
    return [record["eventName"] for record in found]


def test_the_last_writer_wins(pair: Regions) -> None:
    pair.links.hold()
    pair.put(EAST, "a", n=1)
    pair.clock.advance(0.001)
    pair.put(IRELAND, "a", n=2)
    pair.links.release()
    found = [pair(one, "Scan", TableName="Music")["Items"][0]["n"] for one in (EAST, IRELAND)]
    assert found == [{"N": "2"}, {"N": "2"}]


def test_expired_items_end_in_their_own_region_alone(pair: Regions) -> None:
    ttl = {"Enabled": True, "AttributeName": "end"}
    pair(EAST, "UpdateTimeToLive", TableName="Music", TimeToLiveSpecification=ttl)
    pair.put(EAST, "a", end=int(pair.clock.now()) + 100)
    pair.clock.advance(days=3)
    assert pair(EAST, "Scan", TableName="Music")["Count"] == 0
    assert pair(IRELAND, "Scan", TableName="Music")["Count"] == 1


@pytest.mark.parametrize(
    ("operation", "body", "error"),
    [
        (
            "CreateGlobalTable",
            {"ReplicationGroup": group(EAST, WEST)},
            "GlobalTableAlreadyExistsException",
        ),
        (
            "UpdateGlobalTable",
            {"ReplicaUpdates": [{"Create": {"RegionName": IRELAND}}]},
            "ReplicaAlreadyExistsException",
        ),
        (
            "UpdateGlobalTable",
            {"ReplicaUpdates": [{"Delete": {"RegionName": WEST}}]},
            "ReplicaNotFoundException",
        ),
        (
            "UpdateGlobalTable",
            {"ReplicaUpdates": [{"Create": {"RegionName": "eu-west-2"}}]},
            "TableNotFoundException",
        ),
        ("CreateGlobalTable", {"ReplicationGroup": []}, "ValidationException"),
        (
            "UpdateGlobalTableSettings",
            {"ReplicaSettingsUpdate": [{"RegionName": WEST}]},
            "ReplicaNotFoundException",
        ),
        (
            "UpdateGlobalTableSettings",
            {
                "GlobalTableGlobalSecondaryIndexSettingsUpdate": [
                    {"IndexName": "none", "ProvisionedWriteCapacityUnits": 1}
                ]
            },
            "IndexNotFoundException",
        ),
    ],
)
def test_what_cannot_be_is_rejected(
    pair: Regions, operation: str, body: dict[str, Any], error: str
) -> None:
    assert pair.refused(EAST, operation, GlobalTableName="Music", **body)[0] == error


def test_a_region_without_the_table(regions: Regions) -> None:
    regions.create_table(StreamSpecification=NEW_AND_OLD)
    request = {"GlobalTableName": "Music", "ReplicationGroup": group(EAST, WEST)}
    assert regions.refused(EAST, "CreateGlobalTable", **request) == (
        "TableNotFoundException",
        "Table not found: Table: 'Music' not found in region: 'us-west-2'.",
    )


@pytest.mark.parametrize("members", [{}, {"StreamSpecification": NEW_AND_OLD}])
def test_tables_must_be_empty_and_have_streams(regions: Regions, members: dict[str, Any]) -> None:
    regions.create_table(**members)
    regions.put(EAST, "a")
    request = {"GlobalTableName": "Music", "ReplicationGroup": group(EAST)}
    assert regions.refused(EAST, "CreateGlobalTable", **request)[0] == "ValidationException"


def test_the_versions_do_not_know_each_other(pair: Regions) -> None:
    update = {"ReplicaUpdates": [{"Create": {"RegionName": "eu-west-2"}}]}
    refused = pair.refused(EAST, "UpdateTable", TableName="Music", **update)
    assert refused[0] == "ValidationException"
    pair.create_table(TableName="Other")
    pair(EAST, "UpdateTable", TableName="Other", **update)
    refused = pair.refused(EAST, "DescribeGlobalTable", GlobalTableName="Other")
    assert refused[0] == "GlobalTableNotFoundException"


def test_settings_are_changed_everywhere_or_in_one_region(regions: Regions) -> None:
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    for region in (EAST, IRELAND):
        regions.create_table(
            region,
            StreamSpecification=NEW_AND_OLD,
            BillingMode="PROVISIONED",
            ProvisionedThroughput=units,
        )
    regions(
        EAST,
        "CreateGlobalTable",
        GlobalTableName="Music",
        ReplicationGroup=group(EAST, IRELAND),
    )
    answer = regions(
        IRELAND,
        "UpdateGlobalTableSettings",
        GlobalTableName="Music",
        GlobalTableProvisionedWriteCapacityUnits=8,
        ReplicaSettingsUpdate=[
            {"RegionName": EAST, "ReplicaProvisionedReadCapacityUnits": 9},
        ],
    )
    found = regions(EAST, "DescribeGlobalTableSettings", GlobalTableName="Music")
    assert [
        (
            one["RegionName"],
            one["ReplicaProvisionedReadCapacityUnits"],
            one["ReplicaProvisionedWriteCapacityUnits"],
        )
        for one in found["ReplicaSettings"]
    ] == [(IRELAND, 5, 8), (EAST, 9, 8)]
    assert answer["GlobalTableName"] == "Music"
    disabled = {"AutoScalingDisabled": True, "ScalingPolicies": []}
    first = found["ReplicaSettings"][0]
    assert first["ReplicaProvisionedWriteCapacityAutoScalingSettings"] == disabled


def test_settings_of_an_index_are_changed(regions: Regions) -> None:
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    index = {
        "IndexName": "by-pk",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
        "ProvisionedThroughput": units,
    }
    for region in (EAST, IRELAND):
        regions.create_table(
            region,
            StreamSpecification=NEW_AND_OLD,
            BillingMode="PROVISIONED",
            ProvisionedThroughput=units,
            GlobalSecondaryIndexes=[index],
        )
    request = {"GlobalTableName": "Music", "ReplicationGroup": group(EAST, IRELAND)}
    regions(EAST, "CreateGlobalTable", **request)
    scaling = {
        "MinimumUnits": 1,
        "MaximumUnits": 9,
        "ScalingPolicyUpdate": {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70.0}},
    }
    regions(
        EAST,
        "UpdateGlobalTableSettings",
        GlobalTableName="Music",
        GlobalTableGlobalSecondaryIndexSettingsUpdate=[
            {
                "IndexName": "by-pk",
                "ProvisionedWriteCapacityUnits": 7,
                "ProvisionedWriteCapacityAutoScalingSettingsUpdate": scaling,
            }
        ],
        ReplicaSettingsUpdate=[
            {
                "RegionName": EAST,
                "ReplicaTableClass": "STANDARD_INFREQUENT_ACCESS",
                "ReplicaGlobalSecondaryIndexSettingsUpdate": [
                    {"IndexName": "by-pk", "ProvisionedReadCapacityUnits": 6}
                ],
            }
        ],
    )
    found = regions(EAST, "DescribeGlobalTableSettings", GlobalTableName="Music")
    ireland, east = found["ReplicaSettings"]
    for settings, read in ((ireland, 5), (east, 6)):
        (one,) = settings["ReplicaGlobalSecondaryIndexSettings"]
        assert one["ProvisionedReadCapacityUnits"] == read
        assert one["ProvisionedWriteCapacityUnits"] == 7
        assert one["ProvisionedWriteCapacityAutoScalingSettings"]["MaximumUnits"] == 9
    assert east["ReplicaTableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
    assert "ReplicaTableClassSummary" not in ireland


def test_settings_change_the_billing_mode(pair: Regions) -> None:
    pair(
        EAST,
        "UpdateGlobalTableSettings",
        GlobalTableName="Music",
        GlobalTableBillingMode="PROVISIONED",
        GlobalTableProvisionedWriteCapacityUnits=4,
        ReplicaSettingsUpdate=[
            {"RegionName": one, "ReplicaProvisionedReadCapacityUnits": 3} for one in (EAST, IRELAND)
        ],
    )
    found = pair(IRELAND, "DescribeGlobalTableSettings", GlobalTableName="Music")
    for settings in found["ReplicaSettings"]:
        assert settings["ReplicaBillingModeSummary"]["BillingMode"] == "PROVISIONED"
        assert settings["ReplicaProvisionedWriteCapacityUnits"] == 4
