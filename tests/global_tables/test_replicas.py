"""Adding, changing and removing replicas."""

from __future__ import annotations

from typing import Any

import pytest

import ddbmock
from tests.global_tables.regions import EAST, IRELAND, NEW_AND_OLD, OHIO, WEST, Regions

VALIDATION = "ValidationException"
INVALID = "One or more parameter values were invalid: "
NOT_MEMBERS = (
    VALIDATION,
    "Update global table operation failed because one or more replicas were not part of the "
    "global table.",
)


class TestStates:
    """The states of tables and replicas, by the clock."""

    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"delay_updating": 20, "delay_deleting": 30}

    def test_a_replica_is_created_by_the_clock(self, regions: Regions) -> None:
        regions.create_table()
        answer = regions.create(IRELAND)["TableDescription"]
        assert answer["TableStatus"] == "UPDATING"
        assert answer["Replicas"] == [
            {
                "RegionName": IRELAND,
                "ReplicaStatus": "CREATING",
                "ReplicaArn": "arn:aws:dynamodb:eu-west-1:123456789012:table/Music",
                "ReplicaStatusPercentProgress": "0",
            }
        ]
        assert regions.describe(IRELAND)["TableStatus"] == "CREATING"
        regions.clock.advance(20)
        assert regions.describe(EAST)["TableStatus"] == "ACTIVE"
        assert regions.describe(IRELAND)["TableStatus"] == "ACTIVE"
        assert regions.replicas(EAST) == {IRELAND: "ACTIVE"}
        assert regions.replicas(IRELAND) == {EAST: "ACTIVE"}

    def test_a_table_in_transition_takes_no_replica(self, regions: Regions) -> None:
        regions.create_table()
        regions.create(IRELAND)
        update = {"ReplicaUpdates": [{"Create": {"RegionName": WEST}}]}
        assert regions.refused(EAST, "UpdateTable", TableName="Music", **update) == (
            "ResourceInUseException",
            "The resource which you are attempting to change is in use.",
        )
        gone = regions.refused(
            EAST,
            "UpdateTable",
            TableName="Music",
            ReplicaUpdates=[{"Delete": {"RegionName": WEST}}],
        )
        assert gone[0] == VALIDATION

    def test_a_replica_that_is_being_created_is_described_only(self, regions: Regions) -> None:
        """Source: aws-controllers-k8s/dynamodb-controller, docs/api-quirks, DDB-TABLE-298."""
        regions.create_table()
        regions.create(IRELAND)
        name = {"TableName": "Music"}
        assert regions.describe(IRELAND)["TableStatus"] == "CREATING"
        missing = (
            "ResourceNotFoundException",
            "Requested resource not found: Table: Music not found",
        )
        ttl = {"Enabled": True, "AttributeName": "end"}
        for operation, members in (
            ("UpdateTable", {"DeletionProtectionEnabled": True}),
            ("DescribeTimeToLive", {}),
            ("UpdateTimeToLive", {"TimeToLiveSpecification": ttl}),
        ):
            assert regions.refused(IRELAND, operation, **name, **members) == missing, operation
        refused = regions.refused(IRELAND, "DescribeContinuousBackups", **name)
        assert refused == ("TableNotFoundException", "Table not found: Music")
        update = {"ReplicaUpdates": [{"Create": {"RegionName": WEST}}]}
        assert regions.refused(IRELAND, "UpdateTable", **name, **update) == (
            VALIDATION,
            "Create/Update/Delete of replica is not allowed while the replica is being added to "
            "table with name: \u2018Music\u2019 in region: \u2018eu-west-1\u2019.",
        )
        assert regions.refused(IRELAND, "DeleteTable", **name) == (
            "ResourceInUseException",
            "Attempt to change a resource which is still in use: Table: Music is being used.",
        )
        regions.clock.advance(20)
        assert regions(IRELAND, "DescribeTimeToLive", **name)

    def test_a_replica_is_deleted_by_the_clock(self, regions: Regions) -> None:
        regions.create_table()
        regions.create(IRELAND)
        regions.clock.advance(20)
        regions.delete(IRELAND)
        assert regions.replicas(EAST) == {IRELAND: "DELETING"}
        assert regions.describe(IRELAND)["TableStatus"] == "DELETING"
        regions.clock.advance(30)
        description = regions.describe(EAST)
        assert {"Replicas", "GlobalTableVersion"}.isdisjoint(description)
        assert description["StreamSpecification"] == NEW_AND_OLD
        assert regions(IRELAND, "ListTables") == {"TableNames": []}


def test_a_replica_is_a_table_of_its_region(regions: Regions) -> None:
    regions.create_table()
    regions.create(IRELAND)
    here, there = regions.describe(EAST), regions.describe(IRELAND)
    assert there["TableArn"] == "arn:aws:dynamodb:eu-west-1:123456789012:table/Music"
    assert here["TableId"] != there["TableId"]
    assert here["LatestStreamArn"].startswith(here["TableArn"])
    assert there["LatestStreamArn"].startswith(there["TableArn"])
    assert there["GlobalTableVersion"] == here["GlobalTableVersion"] == "2019.11.21"
    assert there["DisassociationProtectionEnabled"] is True
    assert regions(IRELAND, "ListTables") == {"TableNames": ["Music"]}
    assert regions(WEST, "ListTables") == {"TableNames": []}


def test_items_are_copied_to_a_new_replica(regions: Regions) -> None:
    regions.create_table()
    for number in range(20):
        regions.put(EAST, str(number), n=number)
    regions.create(IRELAND)
    assert regions.items(IRELAND) == {str(n): {"n": n} for n in range(20)}
    assert regions.describe(IRELAND)["ItemCount"] == 20


def test_every_region_lists_the_others(regions: Regions) -> None:
    regions.create_table()
    regions.create(IRELAND)
    regions.create(WEST, region=IRELAND)
    for region in (EAST, IRELAND, WEST):
        others = {EAST, IRELAND, WEST} - {region}
        assert regions.replicas(region) == dict.fromkeys(others, "ACTIVE")
    regions.put(WEST, "a", n=1)
    assert regions.items(EAST) == regions.items(IRELAND) == {"a": {"n": 1}}


def test_several_replicas_in_one_request(regions: Regions) -> None:
    regions.create_table()
    regions.create(IRELAND, WEST)
    assert regions.replicas(IRELAND) == {EAST: "ACTIVE", WEST: "ACTIVE"}
    regions.put(IRELAND, "a", n=1)
    assert regions.items(WEST) == {"a": {"n": 1}}


def test_deleting_the_table_in_one_region_leaves_the_others(regions: Regions) -> None:
    regions.create_table()
    regions.create(IRELAND, WEST)
    regions.put(EAST, "a", n=1)
    regions(EAST, "DeleteTable", TableName="Music")
    assert regions(EAST, "ListTables") == {"TableNames": []}
    assert regions.replicas(IRELAND) == {WEST: "ACTIVE"}
    regions.put(WEST, "b", n=2)
    assert regions.items(IRELAND) == {"a": {"n": 1}, "b": {"n": 2}}


def test_a_disassociated_replica_is_a_table_by_itself(regions: Regions) -> None:
    regions.create_table()
    regions.create(IRELAND, WEST)
    regions.links.hold(IRELAND)
    regions.put(EAST, "a", n=1)
    leave = {"RegionName": IRELAND, "DisassociationMode": "WAIT_FOR_REPLICATION"}
    request = {"TableName": "Music", "ReplicaUpdates": [{"Disassociate": leave}]}
    assert regions.refused(IRELAND, "UpdateTable", **request)[0] == VALIDATION
    unprotected = {"TableName": "Music", "DisassociationProtectionEnabled": False}
    regions(IRELAND, "UpdateTable", **unprotected)
    assert regions.describe(IRELAND)["DisassociationProtectionEnabled"] is False
    assert regions.describe(EAST)["DisassociationProtectionEnabled"] is True
    regions(IRELAND, "UpdateTable", **request)
    assert "Replicas" not in regions.describe(IRELAND)
    assert regions.replicas(EAST) == {WEST: "ACTIVE"}
    regions.put(EAST, "b", n=2)
    assert regions.items(IRELAND) == {"a": {"n": 1}}


def test_a_restored_table_is_no_replica(regions: Regions) -> None:
    regions.create_table()
    regions.create(IRELAND)
    regions.put(EAST, "a", n=1)
    enable = {"TableName": "Music", "ContributorInsightsAction": "ENABLE"}
    regions(EAST, "UpdateContributorInsights", **enable)
    backup = regions(EAST, "CreateBackup", TableName="Music", BackupName="one")["BackupDetails"]
    restore = {"BackupArn": backup["BackupArn"], "TargetTableName": "Again"}
    regions(EAST, "RestoreTableFromBackup", **restore)
    again = regions(EAST, "DescribeTable", TableName="Again")["Table"]
    assert {"Replicas", "GlobalTableVersion"}.isdisjoint(again)
    insights = regions(EAST, "DescribeContributorInsights", TableName="Again")
    assert insights["ContributorInsightsStatus"] == "DISABLED"


@pytest.mark.parametrize(
    ("update", "error"),
    [
        (
            {"Create": {"RegionName": EAST}},
            (
                VALIDATION,
                "Cannot add, delete, or update the local region through ReplicaUpdates. Use "
                "CreateTable, DeleteTable, or UpdateTable as required.",
            ),
        ),
        (
            {"Create": {"RegionName": "mars-1"}},
            (VALIDATION, "Region mars-1 is not supported. The latest version of "),
        ),
        ({"Create": {"RegionName": "cn-north-1"}}, (VALIDATION, "Region cn-north-1 is not sup")),
        (
            {"Create": {"RegionName": IRELAND}},
            (
                VALIDATION,
                "Failed to create a the new replica of table with name: \u2018Music\u2019 because one "
                "or more replicas already existed as tables.",
            ),
        ),
        ({"Delete": {"RegionName": WEST}}, NOT_MEMBERS),
        ({"Update": {"RegionName": WEST, "KMSMasterKeyId": "key"}}, NOT_MEMBERS),
        (
            {"Update": {"RegionName": IRELAND}},
            (VALIDATION, "Update for replica eu-west-1: no actions specified"),
        ),
        (
            {},
            (
                VALIDATION,
                "There are no actions specified in the Replica Update Action of the request.",
            ),
        ),
        (
            {"Create": {"RegionName": WEST}, "Delete": {"RegionName": IRELAND}},
            (
                VALIDATION,
                "Update table operation with more than one type of replica actions not allowed.",
            ),
        ),
        (
            {"Disassociate": {"RegionName": IRELAND, "DisassociationMode": "WAIT_FOR_REPLICATION"}},
            (VALIDATION, f"{INVALID}Disassociate must be the only replica update, sent to the rep"),
        ),
    ],
)
def test_a_wrong_update_is_rejected(
    regions: Regions, update: dict[str, Any], error: tuple[str, str]
) -> None:
    regions.create_table()
    regions.create(IRELAND)
    refused = regions.refused(EAST, "UpdateTable", TableName="Music", ReplicaUpdates=[update])
    assert (refused[0], str(refused[1])[: len(error[1])]) == error


def test_one_replica_is_created_or_deleted_at_a_time(regions: Regions) -> None:
    """Source: aws-controllers-k8s/dynamodb-controller, docs/api-quirks, DDB-TABLE-442."""
    regions.create_table()
    twice = [{"Create": {"RegionName": IRELAND}}] * 2
    regions(EAST, "UpdateTable", TableName="Music", ReplicaUpdates=twice)
    regions.create(WEST)
    message = (
        "Update table operation with more than one create or delete replica actions not allowed"
    )
    for action, names in (("Create", (OHIO, "eu-west-2")), ("Delete", (IRELAND, WEST))):
        updates = [{action: {"RegionName": name}} for name in names]
        request = {"TableName": "Music", "ReplicaUpdates": updates}
        assert regions.refused(EAST, "UpdateTable", **request) == (VALIDATION, message)
    assert set(regions.replicas(EAST)) == {IRELAND, WEST}


def test_replica_updates_come_alone(regions: Regions) -> None:
    regions.create_table()
    refused = regions.refused(
        EAST,
        "UpdateTable",
        TableName="Music",
        ReplicaUpdates=[{"Create": {"RegionName": IRELAND}}],
        BillingMode="PAY_PER_REQUEST",
    )
    message = "Replica modification must be the only operation in the request"
    assert refused == (VALIDATION, INVALID + message)


def test_the_stream_of_a_replica_stays_on(regions: Regions) -> None:
    regions.create_table()
    regions.create(IRELAND)
    off = {"StreamSpecification": {"StreamEnabled": False}}
    assert regions.refused(EAST, "UpdateTable", TableName="Music", **off) == (
        VALIDATION,
        f"{INVALID}Disabling Stream is not allowed for a Global Table replica.",
    )


def test_a_stream_of_another_view_cannot_serve_replicas(regions: Regions) -> None:
    stream = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    regions.create_table(StreamSpecification=stream)
    update = {"ReplicaUpdates": [{"Create": {"RegionName": IRELAND}}]}
    assert regions.refused(EAST, "UpdateTable", TableName="Music", **update)[0] == VALIDATION


def test_regions_that_share_their_tables_have_no_replicas() -> None:
    with ddbmock.Database(databases="one") as db:
        regions = Regions(db)
        regions.create_table()
        update = {"ReplicaUpdates": [{"Create": {"RegionName": IRELAND}}]}
        refused = regions.refused(EAST, "UpdateTable", TableName="Music", **update)
        assert refused == (VALIDATION, "Region eu-west-1 is not supported")


class TestSettings:
    """Settings that replicas have in common, and those they have for themselves."""

    def test_a_global_index_appears_everywhere(self, regions: Regions) -> None:
        regions.create_table()
        regions.put(EAST, "a", n=1)
        regions.create(IRELAND)
        create = {
            "IndexName": "by-n",
            "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
        regions(
            IRELAND,
            "UpdateTable",
            TableName="Music",
            AttributeDefinitions=[{"AttributeName": "n", "AttributeType": "N"}],
            GlobalSecondaryIndexUpdates=[{"Create": create}],
        )
        regions.put(EAST, "b", n=1)
        for region in (EAST, IRELAND):
            found = regions(region, "Scan", TableName="Music", IndexName="by-n")
            assert found["Count"] == 2
        regions(
            EAST,
            "UpdateTable",
            TableName="Music",
            GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-n"}}],
        )
        assert "GlobalSecondaryIndexes" not in regions.describe(IRELAND)

    def test_time_to_live_and_billing_are_common(self, regions: Regions) -> None:
        regions.create_table()
        regions.create(IRELAND)
        ttl = {"Enabled": True, "AttributeName": "end"}
        regions(EAST, "UpdateTimeToLive", TableName="Music", TimeToLiveSpecification=ttl)
        answer = regions(IRELAND, "DescribeTimeToLive", TableName="Music")
        assert answer["TimeToLiveDescription"]["AttributeName"] == "end"
        units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}
        regions(
            IRELAND,
            "UpdateTable",
            TableName="Music",
            BillingMode="PROVISIONED",
            ProvisionedThroughput=units,
        )
        assert regions.describe(EAST)["ProvisionedThroughput"]["WriteCapacityUnits"] == 6

    def test_protection_tags_and_policies_are_the_replicas_own(self, regions: Regions) -> None:
        tags = [{"Key": "a", "Value": "b"}]
        regions.create_table(DeletionProtectionEnabled=True, Tags=tags)
        regions.create(IRELAND)
        assert regions.describe(IRELAND)["DeletionProtectionEnabled"] is False
        arn = regions.describe(IRELAND)["TableArn"]
        assert regions(IRELAND, "ListTagsOfResource", ResourceArn=arn) == {"Tags": []}
        protect = {"TableName": "Music", "DeletionProtectionEnabled": True}
        regions(IRELAND, "UpdateTable", **protect)
        regions(EAST, "UpdateTable", **{**protect, "DeletionProtectionEnabled": False})
        assert regions.describe(IRELAND)["DeletionProtectionEnabled"] is True
        update = {"ReplicaUpdates": [{"Delete": {"RegionName": IRELAND}}]}
        refused = regions.refused(EAST, "UpdateTable", TableName="Music", **update)
        assert refused == (
            VALIDATION,
            "Cannot delete table Music in region eu-west-1 because it has deletion protection "
            "enabled. Disable deletion protection first.",
        )

    def test_a_replica_has_overrides(self, regions: Regions) -> None:
        regions.create_table()
        regions.create(
            IRELAND,
            TableClassOverride="STANDARD_INFREQUENT_ACCESS",
            OnDemandThroughputOverride={"MaxReadRequestUnits": 7},
            KMSMasterKeyId="key",
        )
        [replica] = regions.describe(EAST)["Replicas"]
        assert replica["KMSMasterKeyId"] == "key"
        assert replica["OnDemandThroughputOverride"] == {"MaxReadRequestUnits": 7}
        assert replica["ReplicaTableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
        there = regions.describe(IRELAND)
        assert there["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
        assert there["OnDemandThroughput"]["MaxReadRequestUnits"] == 7
        assert there["SSEDescription"]["KMSMasterKeyArn"].endswith("eu-west-1:123456789012:key/key")
        change = {"RegionName": IRELAND, "OnDemandThroughputOverride": {"MaxReadRequestUnits": 9}}
        regions(EAST, "UpdateTable", TableName="Music", ReplicaUpdates=[{"Update": change}])
        assert regions.describe(IRELAND)["OnDemandThroughput"]["MaxReadRequestUnits"] == 9
        [replica] = regions.describe(EAST)["Replicas"]
        assert replica["KMSMasterKeyId"] == "key"


class TestStrong:
    """Replicas with strong consistency between regions."""

    def create(self, regions: Regions, **members: Any) -> Any:
        regions.create_table()
        request = {
            "TableName": "Music",
            "MultiRegionConsistency": "STRONG",
            "ReplicaUpdates": [{"Create": {"RegionName": one}} for one in (OHIO, WEST)],
        }
        return regions(EAST, "UpdateTable", **request | members)["TableDescription"]

    def test_three_replicas(self, regions: Regions) -> None:
        self.create(regions)
        for region in (EAST, OHIO, WEST):
            description = regions.describe(region)
            assert description["MultiRegionConsistency"] == "STRONG"
            assert len(description["Replicas"]) == 2
            assert "StreamSpecification" not in description
        regions.links.hold()
        regions.put(OHIO, "a", n=1)
        assert regions.items(EAST) == regions.items(WEST) == {"a": {"n": 1}}

    def test_two_replicas_and_a_witness(self, regions: Regions) -> None:
        answer = self.create(
            regions,
            ReplicaUpdates=[{"Create": {"RegionName": OHIO}}],
            GlobalTableWitnessUpdates=[{"Create": {"RegionName": WEST}}],
        )
        assert answer["GlobalTableWitnesses"] == [{"RegionName": WEST, "WitnessStatus": "CREATING"}]
        for region in (EAST, OHIO):
            assert regions.describe(region)["GlobalTableWitnesses"] == [
                {"RegionName": WEST, "WitnessStatus": "ACTIVE"}
            ]
        assert regions(WEST, "ListTables") == {"TableNames": []}
        update = {"ReplicaUpdates": [{"Delete": {"RegionName": OHIO}}]}
        for request, message in (
            (update, "Update table delete operation does not include all witnesses."),
            (
                {"ReplicaUpdates": [{"Create": {"RegionName": IRELAND}}]},
                "Cannot add replicas to a global table with strong MultiRegionConsistency",
            ),
            (
                {"MultiRegionConsistency": "STRONG", **update},
                "Cannot add replicas to a global table with strong MultiRegionConsistency",
            ),
        ):
            refused = regions.refused(EAST, "UpdateTable", TableName="Music", **request)
            assert refused == (VALIDATION, message)
        assert regions.refused(EAST, "DeleteTable", TableName="Music") == (
            VALIDATION,
            "Deletion of only one table replica is not supported for global tables with "
            "MultiRegionConsistency set to STRONG.",
        )
        witness = {"GlobalTableWitnessUpdates": [{"Delete": {"RegionName": WEST}}]}
        regions(EAST, "UpdateTable", TableName="Music", **update, **witness)
        assert "MultiRegionConsistency" not in regions.describe(EAST)

    @pytest.mark.parametrize(
        "members",
        [
            {"ReplicaUpdates": [{"Create": {"RegionName": OHIO}}]},
            {"ReplicaUpdates": [{"Create": {"RegionName": one}} for one in (OHIO, IRELAND)]},
            {"ReplicaUpdates": [{"Delete": {"RegionName": OHIO}}]},
            {
                "MultiRegionConsistency": "EVENTUAL",
                "GlobalTableWitnessUpdates": [{"Create": {"RegionName": OHIO}}],
            },
        ],
    )
    def test_other_shapes_are_rejected(self, regions: Regions, members: dict[str, Any]) -> None:
        regions.create_table()
        request = {"TableName": "Music", "MultiRegionConsistency": "STRONG", **members}
        assert regions.refused(EAST, "UpdateTable", **request)[0] == VALIDATION
        assert regions.replicas(EAST) == {}

    def test_a_table_with_items_cannot_become_strong(self, regions: Regions) -> None:
        regions.create_table()
        regions.put(EAST, "a", n=1)
        request = {
            "TableName": "Music",
            "MultiRegionConsistency": "STRONG",
            "ReplicaUpdates": [{"Create": {"RegionName": one}} for one in (OHIO, WEST)],
        }
        assert regions.refused(EAST, "UpdateTable", **request)[0] == VALIDATION

    def test_what_strong_replicas_do_not_support(self, regions: Regions) -> None:
        self.create(regions)
        put = {"Put": {"TableName": "Music", "Item": {"pk": {"S": "a"}}}}
        get = {"Get": {"TableName": "Music", "Key": {"pk": {"S": "a"}}}}
        assert regions.refused(EAST, "TransactWriteItems", TransactItems=[put])[0] == VALIDATION
        assert regions.refused(EAST, "TransactGetItems", TransactItems=[get])[0] == VALIDATION
        ttl = {"Enabled": True, "AttributeName": "end"}
        request = {"TableName": "Music", "TimeToLiveSpecification": ttl}
        assert regions.refused(EAST, "UpdateTimeToLive", **request)[0] == VALIDATION

    def test_a_write_meets_another_regions_write(self, regions: Regions) -> None:
        self.create(regions)
        with regions.links.in_flight("Music", {"pk": "a"}, region=WEST):
            item = {"pk": {"S": "a"}}
            assert regions.refused(EAST, "PutItem", TableName="Music", Item=item) == (
                "ReplicatedWriteConflictException",
                "One or more items in this request are being modified in another Region",
            )
            regions.put(EAST, "b", n=1)
            regions.put(WEST, "a", n=2)
        regions.put(EAST, "a", n=3)
        assert regions.items(WEST) == {"a": {"n": 3}, "b": {"n": 1}}

    def test_of_two_writes_in_different_regions_at_the_same_time_one_is_made(
        self, regions: Regions, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.create(regions)
        request = {
            "TableName": "Music",
            "Item": {"pk": {"S": "a"}},
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        with monkeypatch.context() as concurrent:
            # the second request has caught up with others before the first one commits
            concurrent.setattr(regions.db.dynamodb, "replicate", lambda: None)
            regions(EAST, "PutItem", **request)
            assert regions.refused(WEST, "PutItem", **request) == (
                "ReplicatedWriteConflictException",
                "One or more items in this request are being modified in another Region",
            )
        assert regions.refused(WEST, "PutItem", **request)[0] == "ConditionalCheckFailedException"
        regions(WEST, "DeleteItem", TableName="Music", Key={"pk": {"S": "a"}})
        regions(EAST, "PutItem", **request)
