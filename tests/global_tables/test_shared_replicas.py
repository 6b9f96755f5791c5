"""Replicas that CreateTable makes of a source table, as other accounts do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

import ddbmock

SOURCE = "arn:aws:dynamodb:us-east-1:111122223333:table/orders"
TABLE: dict[str, Any] = {
    "TableName": "orders",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
JOIN: dict[str, Any] = {
    "TableName": "orders",
    "GlobalTableSourceArn": SOURCE,
    "GlobalTableSettingsReplicationMode": "ENABLED",
}
INVALID = "One or more parameter values were invalid: "


@pytest.fixture
def db() -> Iterator[ddbmock.Database]:
    with ddbmock.Database() as db:
        yield db


def client(db: ddbmock.Database, region: str = "us-east-1") -> Any:
    return db.client(region_name=region)


def described(db: ddbmock.Database, region: str = "us-east-1") -> Any:
    return client(db, region).describe_table(TableName="orders")["Table"]


def refused(db: ddbmock.Database, operation: str, region: str = "us-east-1", **body: Any) -> str:
    with pytest.raises(ClientError) as caught:
        getattr(client(db, region), operation)(**body)
    message: str = caught.value.response["Error"]["Message"].partition("\n")[0]
    return message


def test_a_table_offers_itself_and_another_region_joins(db: ddbmock.Database) -> None:
    source, other = client(db), client(db, "eu-west-1")
    source.create_table(**TABLE)
    assert "GlobalTableSettingsReplicationMode" not in described(db)
    source.update_table(TableName="orders", GlobalTableSettingsReplicationMode="ENABLED")
    assert described(db)["GlobalTableSettingsReplicationMode"] == "ENABLED"
    source.put_item(TableName="orders", Item={"id": {"S": "before"}})
    created = other.create_table(**JOIN)["TableDescription"]
    assert created["TableStatus"] == "CREATING"
    assert created["KeySchema"] == TABLE["KeySchema"]
    for region in ("us-east-1", "eu-west-1"):
        table = described(db, region)
        assert table["TableStatus"] == "ACTIVE"
        assert table["GlobalTableSettingsReplicationMode"] == "ENABLED"
        assert len(table["Replicas"]) == 1
    other.put_item(TableName="orders", Item={"id": {"S": "after"}})
    for one in (source, other):
        assert one.scan(TableName="orders")["Count"] == 2


def test_a_table_can_offer_itself_from_the_start(db: ddbmock.Database) -> None:
    client(db).create_table(**TABLE, GlobalTableSettingsReplicationMode="ENABLED")
    assert described(db)["GlobalTableSettingsReplicationMode"] == "ENABLED"
    mode = {"GlobalTableSettingsReplicationMode": "DISABLED"}
    client(db).update_table(TableName="orders", **mode)
    assert "GlobalTableSettingsReplicationMode" not in described(db)


def test_a_table_that_does_not_offer_itself_cannot_be_joined(db: ddbmock.Database) -> None:
    client(db).create_table(**TABLE)
    assert refused(db, "create_table", "eu-west-1", **JOIN) == (
        f"{INVALID}The source table does not have GlobalTableSettingsReplicationMode ENABLED"
    )


def test_a_source_must_exist(db: ddbmock.Database) -> None:
    message = refused(db, "create_table", "eu-west-1", **JOIN)
    assert message == "Requested resource not found: Table: orders not found"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"TableName": "other"}, "TableName must be the name of the table that "),
        ({"GlobalTableSettingsReplicationMode": "DISABLED"}, "GlobalTableSettingsReplicationMode "),
        ({"BillingMode": "PAY_PER_REQUEST"}, "Only TableName and GlobalTableSettings"),
        (
            {"GlobalTableSourceArn": SOURCE.replace("us-east-1", "eu-west-1")},
            "GlobalTableSourceArn must name a table of another Region",
        ),
    ],
)
def test_what_does_not_fit_a_source_is_rejected(
    db: ddbmock.Database, members: dict[str, Any], message: str
) -> None:
    client(db).create_table(**TABLE, GlobalTableSettingsReplicationMode="ENABLED")
    found = refused(db, "create_table", "eu-west-1", **{**JOIN, **members})
    assert found.startswith(INVALID + message)


def test_a_source_is_named_by_the_arn_of_a_table(db: ddbmock.Database) -> None:
    body = {**JOIN, "GlobalTableSourceArn": "arn:aws:dynamodb:us-east-1"}
    assert refused(db, "create_table", "eu-west-1", **body) == (
        "Invalid TableArn: Invalid ResourceArn provided as input arn:aws:dynamodb:us-east-1"
    )


def test_the_mode_of_replicas_in_one_account_cannot_be_requested(db: ddbmock.Database) -> None:
    mode = {"GlobalTableSettingsReplicationMode": "ENABLED_WITH_OVERRIDES"}
    text = f"{INVALID}GlobalTableSettingsReplicationMode ENABLED_WITH_OVERRIDES cannot be requested"
    assert refused(db, "create_table", **TABLE, **mode) == text
    client(db).create_table(**TABLE)
    assert refused(db, "update_table", TableName="orders", **mode) == text


def test_a_global_table_keeps_its_mode(db: ddbmock.Database) -> None:
    client(db).create_table(**TABLE)
    updates = [{"Create": {"RegionName": "eu-west-1"}}]
    client(db).update_table(TableName="orders", ReplicaUpdates=updates)
    assert described(db)["GlobalTableSettingsReplicationMode"] == "ENABLED_WITH_OVERRIDES"
    mode = {"GlobalTableSettingsReplicationMode": "ENABLED"}
    assert refused(db, "update_table", TableName="orders", **mode) == (
        f"{INVALID}GlobalTableSettingsReplicationMode cannot be changed for a global table"
    )
