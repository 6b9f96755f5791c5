"""Regions have tables of their own in-process, as on AWS; clients that name none share one."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import ddbmock
from tests.clients.tables import MUSIC


def tables(region: str | None = None) -> list[str]:
    names: list[str] = boto3.client("dynamodb", region_name=region).list_tables()["TableNames"]
    return names


def notes(error: BaseException) -> list[str]:
    return list(getattr(error, "__notes__", ()))


def test_each_region_has_tables_of_its_own() -> None:
    with ddbmock.mock():
        boto3.client("dynamodb", region_name="eu-west-1").create_table(**MUSIC)
        boto3.client("dynamodb", region_name="us-west-2").create_table(**MUSIC)
        assert [tables("eu-west-1"), tables("us-west-2"), tables("us-east-1")] == [
            ["music"],
            ["music"],
            [],
        ]


def test_any_access_key_sees_the_tables_of_a_region() -> None:
    with ddbmock.mock():
        for key in ("AKID", "another"):
            client = boto3.client(
                "dynamodb", "eu-west-1", aws_access_key_id=key, aws_secret_access_key="secret"
            )
            if key == "AKID":
                client.create_table(**MUSIC)
            assert client.list_tables()["TableNames"] == ["music"]


def test_regions_can_share_their_tables() -> None:
    with ddbmock.mock(databases="one"):
        boto3.client("dynamodb", region_name="eu-west-1").create_table(**MUSIC)
        assert tables("us-west-2") == ["music"]


@pytest.mark.parametrize("path", ["direct", "wire"])
def test_a_missing_table_is_looked_for_in_other_regions(path: Any) -> None:
    with ddbmock.mock(path=path):
        boto3.client("dynamodb", region_name="eu-west-1").create_table(**MUSIC)
        with pytest.raises(ClientError) as caught:
            boto3.client("dynamodb", region_name="us-east-1").scan(TableName="music")
    assert notes(caught.value) == [
        "ddbmock: There is no table 'music' in us-east-1, but there is one in eu-west-1: each region "
        "has tables of its own. Use one region in both places (ddbmock.region is the default), or set "
        "ddbmock.databases to one."
    ]


@pytest.mark.parametrize(
    ("databases", "hint"),
    [
        ("region", "ddbmock: Table 'music' is ACTIVE in us-east-1."),
        (
            "one",
            "ddbmock: Table 'music' is ACTIVE. All regions and access keys have the same tables here, "
            "unless ddbmock.databases is region or each.",
        ),
    ],
)
def test_a_table_that_exists_is_told_with_its_region(databases: Any, hint: str) -> None:
    with ddbmock.mock(databases=databases):
        client = boto3.client("dynamodb")
        client.create_table(**MUSIC)
        with pytest.raises(ClientError) as caught:
            client.create_table(**MUSIC)
    assert notes(caught.value) == [hint]


def test_the_region_of_a_mock_is_that_of_clients_and_tables_that_name_none() -> None:
    with ddbmock.mock(region="eu-west-3") as db:
        db.create_tables(MUSIC)
        assert boto3.client("dynamodb").meta.region_name == db.region == "eu-west-3"
        assert [tables(), db.client().list_tables()["TableNames"]] == [["music"], ["music"]]
        arn = db.client().describe_table(TableName="music")["Table"]["TableArn"]
        assert arn.startswith("arn:aws:dynamodb:eu-west-3:")
        assert tables("us-east-1") == []


def test_the_innermost_region_counts_and_is_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "sa-east-1")
    with ddbmock.mock(region="eu-west-3"):
        with ddbmock.mock(region="eu-west-2"):
            assert boto3.client("dynamodb").meta.region_name == "eu-west-2"
        with ddbmock.mock() as db:
            assert boto3.client("dynamodb").meta.region_name == db.region
        assert boto3.client("dynamodb").meta.region_name == "eu-west-3"
    assert os.environ["AWS_DEFAULT_REGION"] == "sa-east-1"


def test_the_environments_region_is_the_databases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    with ddbmock.mock() as db:
        db.create_tables(MUSIC)
        assert db.region == "ap-south-1"
        assert tables() == db.client().list_tables()["TableNames"] == ["music"]


def test_async_clients_have_the_databases_region() -> None:
    pytest.importorskip("aiobotocore")

    async def names(db: ddbmock.Database) -> list[str]:
        async with db.async_client() as client:
            found: list[str] = (await client.list_tables())["TableNames"]
            return found

    with ddbmock.Database(region="eu-north-1") as db:
        db.create_tables(MUSIC)
        assert asyncio.run(names(db)) == ["music"]


def test_data_that_stay_are_those_of_servers_and_commands(tmp_path: Any) -> None:
    """A file that is served has one set of tables for all regions; in-process it is the same."""
    with ddbmock.Database(storage=f"sqlite:///{tmp_path}/content.db") as db:
        assert db.settings.databases == "one"


@pytest.mark.parametrize("settings", [{"limit": "none"}, {"limits": "some"}, {"region": "Paris!"}])
def test_a_wrong_setting_is_refused_where_it_is_written(settings: Any) -> None:
    with pytest.raises(ValueError, match=r"setting|Setting"):
        ddbmock.mock(**settings)
