"""CreateTable, DescribeTable, DeleteTable and ListTables."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ddbmock.database import DynamoDB
from ddbmock.settings import Settings
from tests.behaviour.calling import START, Caller
from tests.behaviour.v20120810.requests import (
    ARN,
    definitions,
    index,
    keys,
    provisioned,
    table,
    units,
)

IN_USE = "Attempt to change a resource which is still in use: "
NO_UNITS = {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
WARM = {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"}


@pytest.fixture
def settings() -> Settings:
    return Settings(delay_creating=10, delay_updating=20, delay_deleting=30)


def described(call: Caller) -> dict[str, Any]:
    answer = call("DescribeTable", {"TableName": "Music"})
    assert list(answer) == ["Table"]
    result: dict[str, Any] = answer["Table"]
    return result


CREATING = {
    "AttributeDefinitions": definitions("artist:S"),
    "TableName": "Music",
    "KeySchema": keys("artist"),
    "TableStatus": "CREATING",
    "CreationDateTime": START,
    "ProvisionedThroughput": NO_UNITS,
    "TableSizeBytes": 0,
    "ItemCount": 0,
    "TableArn": ARN,
    "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
    "DeletionProtectionEnabled": False,
}
ACTIVE = CREATING | {
    "TableStatus": "ACTIVE",
    "BillingModeSummary": {
        "BillingMode": "PAY_PER_REQUEST",
        "LastUpdateToPayPerRequestDateTime": START,
    },
    "WarmThroughput": WARM,
}


def test_a_new_table_is_creating_until_its_delay_has_passed(call: Caller) -> None:
    created = call("CreateTable", table())["TableDescription"]
    table_id = {"TableId": created["TableId"]}
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", created["TableId"])
    assert created == CREATING | table_id
    assert described(call) == CREATING | table_id
    call.clock.advance(10)
    assert described(call) == ACTIVE | table_id


def test_a_table_is_deleting_until_its_delay_has_passed(call: Caller) -> None:
    table_id = {"TableId": call("CreateTable", table())["TableDescription"]["TableId"]}
    call.clock.advance(10)
    deleted = call("DeleteTable", {"TableName": "Music"})["TableDescription"]
    left_out = ("AttributeDefinitions", "CreationDateTime", "KeySchema", "WarmThroughput")
    shown = {name: value for name, value in ACTIVE.items() if name not in left_out}
    assert deleted == shown | table_id | {"TableStatus": "DELETING"}
    assert described(call) == ACTIVE | table_id | {"TableStatus": "DELETING"}
    call.clock.advance(30)
    assert call.refused("DescribeTable", {"TableName": "Music"}) == (
        400,
        "ResourceNotFoundException",
        "Requested resource not found: Table: Music not found",
    )


def shown(call: Caller, request: dict[str, Any], *members: str) -> dict[str, Any]:
    """Create a table, and return these members of its description when it is active."""
    call("CreateTable", request)
    call.clock.advance(10)
    description = described(call)
    return {name: description[name] for name in members}


def test_a_table_shows_its_keys_and_definitions_in_order(call: Caller) -> None:
    request = provisioned(
        5,
        6,
        AttributeDefinitions=definitions("song:S", "artist:S"),
        KeySchema=keys("artist", "song"),
    )
    assert shown(
        call,
        request,
        "AttributeDefinitions",
        "KeySchema",
        "ProvisionedThroughput",
        "WarmThroughput",
    ) == {
        "AttributeDefinitions": definitions("artist:S", "song:S"),
        "KeySchema": keys("artist", "song"),
        "ProvisionedThroughput": NO_UNITS | units(5, 6),
        "WarmThroughput": {
            "ReadUnitsPerSecond": 5,
            "WriteUnitsPerSecond": 6,
            "Status": "ACTIVE",
        },
    }


def test_a_table_shows_its_local_indexes(call: Caller) -> None:
    request = table(
        AttributeDefinitions=definitions("song:S", "artist:S", "year:N"),
        KeySchema=keys("artist", "song"),
        LocalSecondaryIndexes=[
            index("by_year", "artist", "year", Projection={"ProjectionType": "KEYS_ONLY"})
        ],
    )
    assert shown(call, request, "LocalSecondaryIndexes") == {
        "LocalSecondaryIndexes": [
            {
                "IndexName": "by_year",
                "KeySchema": keys("artist", "year"),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
                "IndexSizeBytes": 0,
                "ItemCount": 0,
                "IndexArn": f"{ARN}/index/by_year",
            }
        ]
    }


def test_a_table_shows_its_global_indexes(call: Caller) -> None:
    request = provisioned(
        5,
        6,
        AttributeDefinitions=definitions("artist:S", "year:N", "genre:B"),
        GlobalSecondaryIndexes=[
            index(
                "by_genre",
                "genre",
                "year",
                Projection={"ProjectionType": "INCLUDE", "NonKeyAttributes": ["b", "a"]},
                ProvisionedThroughput=units(3, 2),
            )
        ],
    )
    assert shown(call, request, "GlobalSecondaryIndexes") == {
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "by_genre",
                "KeySchema": keys("genre", "year"),
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["a", "b"]},
                "IndexStatus": "ACTIVE",
                "ProvisionedThroughput": NO_UNITS | units(3, 2),
                "IndexSizeBytes": 0,
                "ItemCount": 0,
                "IndexArn": f"{ARN}/index/by_genre",
                "WarmThroughput": {
                    "ReadUnitsPerSecond": 3,
                    "WriteUnitsPerSecond": 2,
                    "Status": "ACTIVE",
                },
            }
        ]
    }


def test_a_table_shows_its_settings(call: Caller) -> None:
    request = table(
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "1234"},
        TableClass="STANDARD_INFREQUENT_ACCESS",
        DeletionProtectionEnabled=True,
    )
    call("CreateTable", request)
    call.clock.advance(10)
    description = described(call)
    settings = {
        "LatestStreamLabel": "2026-09-21T14:13:20.000",
        "LatestStreamArn": f"{ARN}/stream/2026-09-21T14:13:20.000",
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        "SSEDescription": {
            "Status": "ENABLED",
            "SSEType": "KMS",
            "KMSMasterKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1234",
        },
        "TableClassSummary": {"TableClass": "STANDARD_INFREQUENT_ACCESS"},
        "DeletionProtectionEnabled": True,
    }
    assert description == ACTIVE | settings | {"TableId": description["TableId"]}


def test_indexes_made_with_a_table_become_active_with_it(call: Caller) -> None:
    request = table(
        AttributeDefinitions=definitions("artist:S", "genre:S"),
        GlobalSecondaryIndexes=[index("by_genre", "genre")],
    )
    (created,) = call("CreateTable", request)["TableDescription"]["GlobalSecondaryIndexes"]
    assert created["IndexStatus"] == "CREATING"
    assert "Backfilling" not in created
    assert "WarmThroughput" not in created
    call.clock.advance(10)
    (active,) = described(call)["GlobalSecondaryIndexes"]
    assert active["IndexStatus"] == "ACTIVE"


def test_warm_throughput_that_was_asked_for_shows_at_once(call: Caller) -> None:
    request = table(
        WarmThroughput={"ReadUnitsPerSecond": 15000}, OnDemandThroughput={"MaxReadRequestUnits": 9}
    )
    created = call("CreateTable", request)["TableDescription"]
    assert created["WarmThroughput"] == {
        "ReadUnitsPerSecond": 15000,
        "WriteUnitsPerSecond": 4000,
        "Status": "UPDATING",
    }
    assert created["OnDemandThroughput"] == {"MaxReadRequestUnits": 9}


def test_an_index_is_made_with_warm_throughput_of_its_own(call: Caller) -> None:
    warm = {"ReadUnitsPerSecond": 12001, "WriteUnitsPerSecond": 4001}
    request = table(GlobalSecondaryIndexes=[index("by_artist", "artist", WarmThroughput=warm)])
    created = call("CreateTable", request)["TableDescription"]
    assert "WarmThroughput" not in created
    assert created["GlobalSecondaryIndexes"][0]["WarmThroughput"] == warm | {"Status": "UPDATING"}


def test_a_global_index_can_have_four_attributes_of_each_role(call: Caller) -> None:
    names = ("a", "b", "c", "d", "e", "f", "g", "h")
    schema = [
        {"AttributeName": name, "KeyType": "HASH" if name < "e" else "RANGE"} for name in names
    ]
    call(
        "CreateTable",
        table(
            AttributeDefinitions=definitions("artist:S", *(f"{name}:S" for name in names)),
            GlobalSecondaryIndexes=[index("wide", "a", KeySchema=schema)],
        ),
    )
    assert described(call)["GlobalSecondaryIndexes"][0]["KeySchema"] == schema


def test_counts_and_sizes_follow_the_items_at_once(call: Caller) -> None:
    call(
        "CreateTable",
        table(
            AttributeDefinitions=definitions("artist:S", "genre:S"),
            GlobalSecondaryIndexes=[
                index("by_genre", "genre", Projection={"ProjectionType": "KEYS_ONLY"})
            ],
        ),
    )
    call.clock.advance(10)
    put = {"artist": {"S": "Nina"}, "genre": {"S": "soul"}, "born": {"N": "1933"}}
    call("PutItem", {"TableName": "Music", "Item": put})
    call("PutItem", {"TableName": "Music", "Item": {"artist": {"S": "Can"}}})
    shown = described(call)
    by_genre = shown["GlobalSecondaryIndexes"][0]
    assert (shown["ItemCount"], shown["TableSizeBytes"]) == (2, 10 + 9 + 7 + 9)
    assert (by_genre["ItemCount"], by_genre["IndexSizeBytes"]) == (1, 10 + 9)
    call("DeleteItem", {"TableName": "Music", "Key": {"artist": {"S": "Nina"}}})
    shown = described(call)
    by_genre = shown["GlobalSecondaryIndexes"][0]
    assert (shown["ItemCount"], shown["TableSizeBytes"]) == (1, 9)
    assert (by_genre["ItemCount"], by_genre["IndexSizeBytes"]) == (0, 0)


def test_items_cannot_be_reached_before_the_table_is_active(call: Caller) -> None:
    call("CreateTable", table())
    request = {"TableName": "Music", "Item": {"artist": {"S": "Can"}}}
    not_found = (400, "ResourceNotFoundException", "Requested resource not found")
    assert call.refused("PutItem", request) == not_found
    call.clock.advance(10)
    assert call("PutItem", request) == {}
    call("DeleteTable", {"TableName": "Music"})
    assert call.refused("PutItem", request) == not_found


def test_a_table_that_is_being_created_cannot_be_changed(call: Caller) -> None:
    call("CreateTable", table())
    created = (400, "ResourceInUseException", f"{IN_USE}Table is being created: Music")
    assert call.refused("CreateTable", table()) == created
    assert call.refused("DeleteTable", {"TableName": "Music"}) == created
    update = {"TableName": "Music", "DeletionProtectionEnabled": True}
    assert call.refused("UpdateTable", update) == created


def test_a_table_that_is_being_deleted_cannot_be_changed(call: Caller) -> None:
    call("CreateTable", table())
    call.clock.advance(10)
    call("DeleteTable", {"TableName": "Music"})
    exists = (400, "ResourceInUseException", "Table already exists: Music")
    assert call.refused("CreateTable", table()) == exists
    deleted = (400, "ResourceInUseException", f"{IN_USE}Table is being deleted: Music")
    assert call.refused("DeleteTable", {"TableName": "Music"}) == deleted
    update = {"TableName": "Music", "DeletionProtectionEnabled": True}
    assert call.refused("UpdateTable", update) == deleted


def test_a_table_of_a_deleted_ones_name_is_a_new_one(call: Caller) -> None:
    first = call("CreateTable", table())["TableDescription"]
    call.clock.advance(10)
    call("PutItem", {"TableName": "Music", "Item": {"artist": {"S": "Can"}}})
    call("DeleteTable", {"TableName": "Music"})
    call.clock.advance(30)
    second = call("CreateTable", table())["TableDescription"]
    assert second["TableId"] != first["TableId"]
    assert second["CreationDateTime"] == START + 40
    call.clock.advance(10)
    assert call("GetItem", {"TableName": "Music", "Key": {"artist": {"S": "Can"}}}) == {}


def test_a_deleted_table_leaves_nothing_in_the_storage(call: Caller, dynamodb: DynamoDB) -> None:
    call("CreateTable", table(TableName="Other"))
    with dynamodb.storage.read() as reader:
        before = len(list(reader.range("catalogue")))
    created = call(
        "CreateTable",
        table(
            AttributeDefinitions=definitions("artist:S", "genre:S"),
            GlobalSecondaryIndexes=[index("by_genre", "genre")],
        ),
    )["TableDescription"]
    call.clock.advance(10)
    call(
        "UpdateTimeToLive",
        {
            "TableName": "Music",
            "TimeToLiveSpecification": {"AttributeName": "ends", "Enabled": True},
        },
    )
    item = {"artist": {"S": "Can"}, "genre": {"S": "kraut"}, "ends": {"N": str(int(START) + 900)}}
    call("PutItem", {"TableName": "Music", "Item": item})
    call("DeleteTable", {"TableName": "Music"})
    call.clock.advance(30)
    call("DeleteTable", {"TableName": "Other"})
    with dynamodb.storage.read() as reader:
        table_id = created["TableId"]
        for space in (table_id, f"{table_id}/by_genre", "time_to_live"):
            assert list(reader.range(space)) == []
            assert reader.total(space) == (0, 0)
        assert len(list(reader.range("catalogue"))) == before


def test_names_are_listed_in_every_status_until_the_end(call: Caller) -> None:
    call("CreateTable", table())
    assert call("ListTables") == {"TableNames": ["Music"]}
    call.clock.advance(10)
    call("DeleteTable", {"TableName": "Music"})
    assert call("ListTables") == {"TableNames": ["Music"]}
    call.clock.advance(30)
    assert call("ListTables") == {"TableNames": []}


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_of_names_give_each_name_once(call: Caller, limit: int) -> None:
    names = sorted(f"table-{number}" for number in range(7))
    for name in names:
        call("CreateTable", table(TableName=name))
    found: list[str] = []
    request: dict[str, Any] = {"Limit": limit}
    while True:
        page = call("ListTables", request)
        found += page["TableNames"]
        if "LastEvaluatedTableName" not in page:
            break
        assert len(page["TableNames"]) == limit
        request["ExclusiveStartTableName"] = page["LastEvaluatedTableName"]
    assert found == names


def test_a_table_can_be_named_by_its_arn(call: Caller) -> None:
    assert call("CreateTable", table(TableName=ARN))["TableDescription"]["TableName"] == "Music"
    call.clock.advance(10)
    assert call("DescribeTable", {"TableName": ARN})["Table"]["TableArn"] == ARN
    assert call("PutItem", {"TableName": ARN, "Item": {"artist": {"S": "Can"}}}) == {}
    assert call("GetItem", {"TableName": ARN, "Key": {"artist": {"S": "Can"}}}) == {
        "Item": {"artist": {"S": "Can"}}
    }
    assert call("DeleteTable", {"TableName": ARN})["TableDescription"]["TableName"] == "Music"


def test_an_empty_list_of_vector_indexes_is_none(call: Caller) -> None:
    assert call("CreateTable", table(VectorIndexes=[]))["TableDescription"]["ItemCount"] == 0


class TestWithTheDefaults:
    """Without delays what is begun is done."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings()

    def test_a_table_is_active_and_gone_at_once(self, call: Caller) -> None:
        created = call("CreateTable", table())["TableDescription"]
        assert created["TableStatus"] == "CREATING"
        assert described(call)["TableStatus"] == "ACTIVE"
        assert call("DeleteTable", {"TableName": "Music"})["TableDescription"]["TableStatus"] == (
            "DELETING"
        )
        assert call("ListTables") == {"TableNames": []}


class TestWithoutLimits:
    """The setting that lifts them."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(limits="none")

    def test_a_table_can_have_more_indexes_and_projected_attributes(self, call: Caller) -> None:
        projection = {
            "ProjectionType": "INCLUDE",
            "NonKeyAttributes": [f"a{number}" for number in range(20)],
        }
        indexes = [index(f"idx{number}", "artist", Projection=projection) for number in range(21)]
        shown = call("CreateTable", table(GlobalSecondaryIndexes=indexes))["TableDescription"]
        assert len(shown["GlobalSecondaryIndexes"]) == 21


def test_all_indexes_together_project_a_hundred_attributes_at_most(call: Caller) -> None:
    def request(count: int) -> dict[str, Any]:
        sizes = [20] * 5 + [count]
        return table(
            GlobalSecondaryIndexes=[
                index(
                    f"idx{number}",
                    "artist",
                    Projection={
                        "ProjectionType": "INCLUDE",
                        "NonKeyAttributes": [f"a{attribute}" for attribute in range(size)],
                    },
                )
                for number, size in enumerate(sizes)
                if size
            ]
        )

    assert call.refused("CreateTable", request(1)) == (
        400,
        "ValidationException",
        "One or more parameter values were invalid: Number of projected attributes exceeds the "
        "per-table limit of 100",
    )
    call("CreateTable", request(0))
