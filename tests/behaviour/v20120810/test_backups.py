"""Backups, point-in-time recovery and restores."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ddbmock.settings import Settings
from tests.behaviour.calling import START, Caller
from tests.behaviour.v20120810.requests import ARN, definitions, index, provisioned, table, units

ID = re.compile(r"(\d{14})-[0-9a-f]{8}")
NOT_FOUND = (400, "ResourceNotFoundException", "Requested resource not found")


def backed_up(call: Caller, name: str = "MusicBackup") -> str:
    details = call("CreateBackup", {"TableName": "Music", "BackupName": name})["BackupDetails"]
    arn: str = details["BackupArn"]
    return arn


def put(call: Caller, artist: str, **attributes: Any) -> None:
    call("PutItem", {"TableName": "Music", "Item": {"artist": {"S": artist}, **attributes}})


def artists(call: Caller, name: str = "Music", **members: Any) -> list[str]:
    items = call("Scan", {"TableName": name, **members})["Items"]
    return sorted(item["artist"]["S"] for item in items)


def described(call: Caller, name: str) -> Any:
    return call("DescribeTable", {"TableName": name})["Table"]


def enable(call: Caller, days: int | None = None) -> Any:
    specification: dict[str, Any] = {"PointInTimeRecoveryEnabled": True}
    if days is not None:
        specification["RecoveryPeriodInDays"] = days
    return call(
        "UpdateContinuousBackups",
        {"TableName": "Music", "PointInTimeRecoverySpecification": specification},
    )["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]


def restored(call: Caller, target: str = "Copy", **members: Any) -> Any:
    return call(
        "RestoreTableToPointInTime",
        {"SourceTableName": "Music", "TargetTableName": target, **members},
    )["TableDescription"]


def test_a_backup_is_created_described_and_deleted(call: Caller) -> None:
    call.clock.advance(0.715)
    call("CreateTable", provisioned(5, 5))
    answer = call("CreateBackup", {"TableName": ARN, "BackupName": "MusicBackup"})
    details = answer["BackupDetails"]
    arn = details["BackupArn"]
    assert ID.sub(r"\1-X", arn) == f"{ARN}/backup/{int(START)}715".replace("/17", "/017") + "-X"
    at = START + 0.715
    assert answer == {
        "BackupDetails": {
            "BackupArn": arn,
            "BackupName": "MusicBackup",
            "BackupSizeBytes": 0,
            "BackupStatus": "CREATING",
            "BackupType": "USER",
            "BackupCreationDateTime": at,
        }
    }
    description = call("DescribeBackup", {"BackupArn": arn})
    source = {
        "TableName": "Music",
        "TableId": described(call, "Music")["TableId"],
        "TableArn": ARN,
        "TableSizeBytes": 0,
        "KeySchema": [{"AttributeName": "artist", "KeyType": "HASH"}],
        "TableCreationDateTime": at,
        "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
        "ItemCount": 0,
        "BillingMode": "PROVISIONED",
    }
    available = {**details, "BackupStatus": "AVAILABLE"}
    assert description == {
        "BackupDescription": {
            "BackupDetails": available,
            "SourceTableDetails": source,
            "SourceTableFeatureDetails": {},
        }
    }
    summary = {"TableName": "Music", "TableId": source["TableId"], "TableArn": ARN, **available}
    assert call("ListBackups") == {"BackupSummaries": [summary]}
    deleted = call("DeleteBackup", {"BackupArn": arn})["BackupDescription"]
    assert deleted["BackupDetails"] == {**details, "BackupStatus": "DELETED"}
    gone = (400, "BackupNotFoundException", f"Backup not found: {arn}")
    assert call.refused("DescribeBackup", {"BackupArn": arn}) == gone
    assert call.refused("DeleteBackup", {"BackupArn": arn}) == gone
    assert call("ListBackups") == {"BackupSummaries": []}


def test_what_was_enabled_on_the_table_is_described(call: Caller) -> None:
    call(
        "CreateTable",
        table(
            AttributeDefinitions=definitions("artist:S", "genre:S", "year:N"),
            KeySchema=[
                {"AttributeName": "artist", "KeyType": "HASH"},
                {"AttributeName": "year", "KeyType": "RANGE"},
            ],
            GlobalSecondaryIndexes=[index("by-genre", "genre")],
            LocalSecondaryIndexes=[index("local", "artist", "genre")],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
            SSESpecification={"Enabled": True},
            OnDemandThroughput={"MaxReadRequestUnits": 7},
            Tags=[{"Key": "team", "Value": "sound"}],
        ),
    )
    call(
        "UpdateTimeToLive",
        {
            "TableName": "Music",
            "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "until"},
        },
    )
    found = call("DescribeBackup", {"BackupArn": backed_up(call)})["BackupDescription"]
    features = found["SourceTableFeatureDetails"]
    assert features.pop("SSEDescription")["Status"] == "ENABLED"
    assert features == {
        "LocalSecondaryIndexes": [index("local", "artist", "genre")],
        "GlobalSecondaryIndexes": [
            index("by-genre", "genre") | {"ProvisionedThroughput": units(0, 0)}
        ],
        "StreamDescription": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        "TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"},
    }
    source = found["SourceTableDetails"]
    assert source["OnDemandThroughput"] == {"MaxReadRequestUnits": 7, "MaxWriteRequestUnits": -1}
    assert (source["BillingMode"], source["ProvisionedThroughput"]) == (
        "PAY_PER_REQUEST",
        units(0, 0),
    )


def test_a_backup_has_the_content_of_its_moment_although_the_clock_stands_still(
    call: Caller,
) -> None:
    call("CreateTable", table())
    put(call, "Can", n={"N": "1"})
    put(call, "Faust")
    first = backed_up(call)
    put(call, "Can", n={"N": "2"})
    put(call, "Neu!")
    second = backed_up(call)
    call("DeleteItem", {"TableName": "Music", "Key": {"artist": {"S": "Faust"}}})
    put(call, "Can", n={"N": "3"})
    for arn, name in ((first, "First"), (second, "Second")):
        call("RestoreTableFromBackup", {"TargetTableName": name, "BackupArn": arn})
        assert described(call, name)["TableStatus"] == "ACTIVE"
    assert artists(call, "First") == ["Can", "Faust"]
    assert artists(call, "Second") == ["Can", "Faust", "Neu!"]
    assert artists(call) == ["Can", "Neu!"]
    for name, n in (("First", "1"), ("Second", "2"), ("Music", "3")):
        item = call("GetItem", {"TableName": name, "Key": {"artist": {"S": "Can"}}})["Item"]
        assert item["n"] == {"N": n}


def test_backups_outlive_their_table_and_its_successor(call: Caller) -> None:
    call("CreateTable", table())
    put(call, "Can")
    arn = backed_up(call)
    call("DeleteTable", {"TableName": "Music"})
    call("CreateTable", table())
    put(call, "Faust")
    call("RestoreTableFromBackup", {"TargetTableName": "Copy", "BackupArn": arn})
    assert described(call, "Copy")["ItemCount"] == 1
    assert artists(call, "Copy") == ["Can"]
    assert len(call("ListBackups", {"TableName": "Music"})["BackupSummaries"]) == 1
    call("DeleteBackup", {"BackupArn": arn})
    assert artists(call) == ["Faust"]


def test_nothing_is_left_of_a_backup_that_was_deleted_after_its_table(
    call: Caller, dynamodb: Any
) -> None:
    call("CreateTable", table())
    table_id = described(call, "Music")["TableId"]
    put(call, "Can")
    arn = backed_up(call)
    put(call, "Can", n={"N": "1"})
    call("DeleteTable", {"TableName": "Music"})
    call("DeleteBackup", {"BackupArn": arn})
    with dynamodb.storage.read() as reader:
        for space in ("", "//journal", "//journal-times", "//journal-last", "//holders"):
            assert list(reader.range(table_id + space)) == []
        assert reader.total(table_id) == (0, 0)


class TestListBackups:
    @pytest.fixture
    def arns(self, call: Caller) -> list[str]:
        call("CreateTable", table())
        arns = []
        for _ in range(4):
            arns.append(backed_up(call))
            call.clock.advance(1)
        return arns

    def test_pages(self, call: Caller, arns: list[str]) -> None:
        found = []
        start: dict[str, Any] = {}
        pages = 0
        while True:
            page = call("ListBackups", {"Limit": 2, **start})
            found += [one["BackupArn"] for one in page["BackupSummaries"]]
            pages += 1
            if "LastEvaluatedBackupArn" not in page:
                break
            start = {"ExclusiveStartBackupArn": page["LastEvaluatedBackupArn"]}
        assert (found, pages) == (arns, 2)

    def test_a_start_that_is_gone_is_a_position_all_the_same(
        self, call: Caller, arns: list[str]
    ) -> None:
        call("DeleteBackup", {"BackupArn": arns[1]})
        page = call("ListBackups", {"ExclusiveStartBackupArn": arns[1]})["BackupSummaries"]
        assert [one["BackupArn"] for one in page] == arns[2:]

    def test_the_lower_bound_is_included_and_the_upper_is_not(
        self, call: Caller, arns: list[str]
    ) -> None:
        bounds = {"TimeRangeLowerBound": START + 1, "TimeRangeUpperBound": START + 3}
        page = call("ListBackups", bounds)["BackupSummaries"]
        assert [one["BackupArn"] for one in page] == arns[1:3]


class TestRestoredTables:
    def test_what_is_copied_and_what_is_not(self, call: Caller) -> None:
        call(
            "CreateTable",
            provisioned(
                5,
                6,
                AttributeDefinitions=definitions("artist:S", "genre:S"),
                GlobalSecondaryIndexes=[
                    index("by-genre", "genre", ProvisionedThroughput=units(3, 4))
                ],
                StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
                SSESpecification={"Enabled": True},
                DeletionProtectionEnabled=True,
                TableClass="STANDARD_INFREQUENT_ACCESS",
                Tags=[{"Key": "team", "Value": "sound"}],
            ),
        )
        call(
            "UpdateTimeToLive",
            {
                "TableName": "Music",
                "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "until"},
            },
        )
        enable(call)
        statement = {"Effect": "Deny", "Principal": "*", "Action": "dynamodb:GetItem"}
        policy = {"Version": "2012-10-17", "Statement": [{**statement, "Resource": ARN}]}
        call("PutResourcePolicy", {"ResourceArn": ARN, "Policy": json.dumps(policy)})
        put(call, "Can", genre={"S": "krautrock"})
        put(call, "Faust")
        source = described(call, "Music")
        arn = backed_up(call)
        call.clock.advance(10)
        answer = call("RestoreTableFromBackup", {"TargetTableName": "Copy", "BackupArn": arn})
        creating = answer["TableDescription"]
        assert creating["RestoreSummary"] == {
            "SourceBackupArn": arn,
            "SourceTableArn": ARN,
            "RestoreDateTime": START,
            "RestoreInProgress": True,
        }
        assert creating["TableStatus"] == "CREATING"
        assert creating["CreationDateTime"] == START + 10
        assert (creating["ItemCount"], creating["TableSizeBytes"]) == (0, 0)
        assert creating["BillingModeSummary"] == {"BillingMode": "PROVISIONED"}
        assert "IndexStatus" not in creating["GlobalSecondaryIndexes"][0]
        assert creating["TableId"] != source["TableId"]
        copy = described(call, "Copy")
        for member in ("AttributeDefinitions", "KeySchema", "ProvisionedThroughput", "ItemCount"):
            assert copy[member] == source[member]
        assert copy["SSEDescription"] == source["SSEDescription"]
        assert copy["TableStatus"] == "ACTIVE"
        assert copy["DeletionProtectionEnabled"] is False
        assert copy["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE"
        for member in (
            "RestoreSummary",
            "LatestStreamArn",
            "TableClassSummary",
            "BillingModeSummary",
        ):
            assert member not in copy
        assert artists(call, "Copy", IndexName="by-genre") == ["Can"]
        ttl = call("DescribeTimeToLive", {"TableName": "Copy"})["TimeToLiveDescription"]
        assert ttl == {"TimeToLiveStatus": "DISABLED"}
        copied = {"ResourceArn": ARN.replace("Music", "Copy")}
        assert call("ListTagsOfResource", copied) == {"Tags": []}
        assert call.refused("GetResourcePolicy", copied)[1] == "PolicyNotFoundException"
        backups = call("DescribeContinuousBackups", {"TableName": "Copy"})
        assert backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"] == {
            "PointInTimeRecoveryStatus": "DISABLED"
        }

    @pytest.mark.parametrize(
        ("overrides", "indexes", "mode"),
        [
            ({}, ["by-genre"], "PROVISIONED"),
            ({"GlobalSecondaryIndexOverride": []}, [], "PROVISIONED"),
            (
                {
                    "GlobalSecondaryIndexOverride": [
                        index("renamed", "genre", ProvisionedThroughput=units(7, 7))
                    ]
                },
                ["renamed"],
                "PROVISIONED",
            ),
            ({"BillingModeOverride": "PAY_PER_REQUEST"}, ["by-genre"], "PAY_PER_REQUEST"),
        ],
    )
    def test_overrides(
        self, call: Caller, overrides: dict[str, Any], indexes: list[str], mode: str
    ) -> None:
        call(
            "CreateTable",
            provisioned(
                5,
                6,
                AttributeDefinitions=definitions("artist:S", "genre:S"),
                GlobalSecondaryIndexes=[
                    index("by-genre", "genre", ProvisionedThroughput=units(3, 4))
                ],
            ),
        )
        put(call, "Can", genre={"S": "krautrock"})
        arn = backed_up(call)
        call("RestoreTableFromBackup", {"TargetTableName": "Copy", "BackupArn": arn, **overrides})
        copy = described(call, "Copy")
        found = copy.get("GlobalSecondaryIndexes", [])
        assert [one["IndexName"] for one in found] == indexes
        summary = copy.get("BillingModeSummary", {"BillingMode": "PROVISIONED"})
        assert summary["BillingMode"] == mode
        read = {"by-genre": 3, "renamed": 7} if mode == "PROVISIONED" else {"by-genre": 0}
        for one in found:
            assert one["ProvisionedThroughput"]["ReadCapacityUnits"] == read[one["IndexName"]]
            assert artists(call, "Copy", IndexName=one["IndexName"]) == ["Can"]

    def test_throughput_may_be_another(self, call: Caller) -> None:
        call("CreateTable", table())
        arn = backed_up(call)
        overrides = {
            "BillingModeOverride": "PROVISIONED",
            "ProvisionedThroughputOverride": units(8, 9),
        }
        call("RestoreTableFromBackup", {"TargetTableName": "Copy", "BackupArn": arn, **overrides})
        copy = described(call, "Copy")
        assert copy["ProvisionedThroughput"] == {"NumberOfDecreasesToday": 0, **units(8, 9)}

    @pytest.mark.parametrize("specification", [{}, {"Enabled": False}])
    def test_the_key_may_be_that_of_aws_again(self, call: Caller, specification: Any) -> None:
        call("CreateTable", table(SSESpecification={"Enabled": True}))
        restore = {"TargetTableName": "Copy", "BackupArn": backed_up(call)}
        call("RestoreTableFromBackup", {**restore, "SSESpecificationOverride": specification})
        assert "SSEDescription" in described(call, "Music")
        assert "SSEDescription" not in described(call, "Copy")

    def test_the_key_may_be_another(self, call: Caller) -> None:
        call("CreateTable", table())
        key = "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"
        specification = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
        restore = {"TargetTableName": "Copy", "BackupArn": backed_up(call)}
        call("RestoreTableFromBackup", {**restore, "SSESpecificationOverride": specification})
        assert described(call, "Copy")["SSEDescription"] == {
            "Status": "ENABLED",
            "SSEType": "KMS",
            "KMSMasterKeyArn": key,
        }


class TestPointInTime:
    def test_the_window_moves_with_the_clock(self, call: Caller) -> None:
        call.clock.advance(0.5)
        call("CreateTable", table())
        assert enable(call) == {
            "PointInTimeRecoveryStatus": "ENABLED",
            "RecoveryPeriodInDays": 35,
            "EarliestRestorableDateTime": START,
            "LatestRestorableDateTime": START,
        }
        call.clock.advance(400)
        assert enable(call)["LatestRestorableDateTime"] == START + 100
        call.clock.advance(days=40)
        window = enable(call, days=3)
        assert window["EarliestRestorableDateTime"] == START + 400 + 37 * 86400

    def test_every_second_can_be_restored(self, call: Caller) -> None:
        call("CreateTable", table())
        enable(call)
        for artist in ("Can", "Faust", "Neu!"):
            put(call, artist)
            call.clock.advance(10)
        call("DeleteItem", {"TableName": "Music", "Key": {"artist": {"S": "Can"}}})
        call.clock.advance(400)
        expected = {
            0: ["Can"],
            9: ["Can"],
            10: ["Can", "Faust"],
            25: ["Can", "Faust", "Neu!"],
            30: ["Faust", "Neu!"],
        }
        for seconds, items in expected.items():
            name = f"Copy-{seconds}"
            answer = restored(call, name, RestoreDateTime=int(START) + seconds)
            assert answer["RestoreSummary"] == {
                "SourceTableArn": ARN,
                "RestoreDateTime": START + seconds,
                "RestoreInProgress": True,
            }
            assert described(call, name)["ItemCount"] == len(items)
            assert artists(call, name) == items

    def test_the_latest_time_is_five_minutes_back(self, call: Caller) -> None:
        call("CreateTable", table())
        enable(call)
        put(call, "Can")
        call.clock.advance(400)
        put(call, "Faust")
        restored(call, UseLatestRestorableTime=True)
        described(call, "Copy")
        assert artists(call, "Copy") == ["Can"]

    def test_what_was_before_it_was_enabled_cannot_be_restored(self, call: Caller) -> None:
        call("CreateTable", table())
        put(call, "Can")
        call.clock.advance(10)
        enable(call)
        call.clock.advance(400)
        assert call.refused(
            "RestoreTableToPointInTime",
            {
                "SourceTableName": "Music",
                "TargetTableName": "Copy",
                "RestoreDateTime": int(START) + 9,
            },
        )[:2] == (400, "InvalidRestoreTimeException")

    def test_old_entries_are_trimmed(self, call: Caller, dynamodb: Any) -> None:
        call("CreateTable", table())
        enable(call, days=1)
        table_id = described(call, "Music")["TableId"]
        for number in range(5):
            put(call, "Can", n={"N": str(number)})
        call.clock.advance(days=2)
        put(call, "Can")
        call.clock.advance(120)
        put(call, "Faust")
        with dynamodb.storage.read() as reader:
            assert len(list(reader.range(f"{table_id}//journal"))) == 2

    def test_a_table_that_is_deleted_leaves_a_backup(self, call: Caller) -> None:
        call("CreateTable", table())
        enable(call)
        put(call, "Can")
        call("DeleteTable", {"TableName": "Music"})
        assert call("ListBackups", {"TableName": "Music"}) == {"BackupSummaries": []}
        (found,) = call("ListBackups", {"TableName": "Music", "BackupType": "SYSTEM"})[
            "BackupSummaries"
        ]
        arn = found["BackupArn"]
        assert found["BackupName"] == "Music$DeletedTableBackup"
        assert arn.endswith("-00000000")
        assert found["BackupExpiryDateTime"] == START + 3_024_000
        assert call.refused("DeleteBackup", {"BackupArn": arn}) == (
            400,
            "ValidationException",
            "Invalid Request: User is not allowed to delete the system backup with arn "
            f"{arn}. It will automatically expire on 2026-10-26T14:13:20Z",
        )
        call("RestoreTableFromBackup", {"TargetTableName": "Music", "BackupArn": arn})
        described(call, "Music")
        assert artists(call) == ["Can"]
        call.clock.advance(days=35)
        assert call("ListBackups", {"BackupType": "ALL"}) == {"BackupSummaries": []}


class TestWhileItIsDeleted:
    """Source: a control-plane lab of October 2026: all this works for about a second."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(delay_deleting=10)

    @pytest.fixture(autouse=True)
    def deleting(self, call: Caller) -> None:
        call("CreateTable", table())
        enable(call)
        put(call, "Can")
        call("DeleteTable", {"TableName": "Music"})

    def test_it_can_be_backed_up_and_restored_for_a_second(self, call: Caller) -> None:
        call.clock.advance(0.9)
        arn = backed_up(call)
        restored(call, "Past", UseLatestRestorableTime=True)
        call.clock.advance(10)
        assert call("ListTables") == {"TableNames": ["Past"]}
        call("RestoreTableFromBackup", {"TargetTableName": "Copy", "BackupArn": arn})
        for name in ("Copy", "Past"):
            described(call, name)
            assert artists(call, name) == ["Can"]

    def test_recovery_decides_whether_a_backup_is_left(self, call: Caller) -> None:
        everything = {"BackupType": "ALL"}
        (first,) = call("ListBackups", everything)["BackupSummaries"]
        disabled = {"PointInTimeRecoveryEnabled": False}
        request = {"TableName": "Music", "PointInTimeRecoverySpecification": disabled}
        call("UpdateContinuousBackups", request)
        assert call("ListBackups", everything) == {"BackupSummaries": []}
        call.clock.advance(0.5)
        enable(call)
        enable(call)
        (second,) = call("ListBackups", everything)["BackupSummaries"]
        assert second["BackupType"] == "SYSTEM"
        assert second["BackupCreationDateTime"] == first["BackupCreationDateTime"] + 0.5
        call.clock.advance(10)
        restore = {"TargetTableName": "Copy", "BackupArn": second["BackupArn"]}
        call("RestoreTableFromBackup", restore)
        described(call, "Copy")
        assert artists(call, "Copy") == ["Can"]


class TestWhileItIsRestored:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(delay_jobs=60)

    def test_a_table_is_creating_until_the_clock_says_otherwise(self, call: Caller) -> None:
        call("CreateTable", table())
        put(call, "Can")
        arn = backed_up(call)
        restore = {"TargetTableName": "Copy", "BackupArn": arn}
        call("RestoreTableFromBackup", restore)
        assert described(call, "Copy")["RestoreSummary"]["RestoreInProgress"] is True
        assert call.refused("Scan", {"TableName": "Copy"}) == NOT_FOUND
        not_found = (400, "TableNotFoundException", "Table not found: Copy")
        for operation, members in (
            ("CreateBackup", {"BackupName": "abc"}),
            ("DescribeContinuousBackups", {}),
            (
                "UpdateContinuousBackups",
                {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}},
            ),
        ):
            assert call.refused(operation, {"TableName": "Copy", **members}) == not_found
        assert call.refused("DeleteTable", {"TableName": "Copy"})[1] == "ResourceInUseException"
        assert call.refused("CreateTable", table(TableName="Copy")) == (
            400,
            "ResourceInUseException",
            "Table is being used: Copy",
        )
        missing = (400, NOT_FOUND[1], f"{NOT_FOUND[2]}: Table: Copy not found")
        update: dict[str, Any] = {"TableName": "Copy", "DeletionProtectionEnabled": True}
        assert call.refused("UpdateTable", update) == missing
        until = {"Enabled": True, "AttributeName": "until"}
        update = {"TableName": "Copy", "TimeToLiveSpecification": until}
        assert call.refused("UpdateTimeToLive", update) == missing
        assert call.refused("RestoreTableFromBackup", restore) == (
            400,
            "BackupInUseException",
            f"Backup is being used to restore another table: {arn}",
        )
        assert call.refused("DeleteBackup", {"BackupArn": arn}) == (
            400,
            "BackupInUseException",
            f"Backup is being used to restore table: {arn}",
        )
        other = backed_up(call, "other")
        assert call.refused("RestoreTableFromBackup", {**restore, "BackupArn": other}) == (
            400,
            "TableInUseException",
            f"Table: Copy is already being restored from backup: {arn}",
        )
        call.clock.advance(60)
        copy = described(call, "Copy")
        assert (copy["TableStatus"], copy["ItemCount"]) == ("ACTIVE", 1)
        assert "RestoreSummary" not in copy
        call("DeleteBackup", {"BackupArn": arn})
        assert artists(call, "Copy") == ["Can"]

    def test_its_source_may_change_and_go_meanwhile(self, call: Caller) -> None:
        call("CreateTable", table())
        enable(call)
        put(call, "Can")
        call.clock.advance(400)
        put(call, "Faust")
        restored(call, UseLatestRestorableTime=True)
        put(call, "Neu!")
        call("DeleteTable", {"TableName": "Music"})
        call.clock.advance(60)
        described(call, "Copy")
        assert artists(call, "Copy") == ["Can"]
