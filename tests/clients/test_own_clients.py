"""Clients and resources that a database makes itself."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import ddbmock
from ddbmock.extras import install_command
from ddbmock.settings import SettingsError
from tests.clients.pins import aioboto3
from tests.clients.tables import MUSIC, PATCHED, create, table_names


class TestOwnClients:
    """Clients of a database of one's own, with nothing patched."""

    def test_connect_boto3_patches_nothing(self) -> None:
        before = [vars(owner)[name] for owner, name in PATCHED]
        client = ddbmock.connect_boto3(delay_creating=60)
        create(client)
        assert client.describe_table(TableName="music")["Table"]["TableStatus"] == "CREATING"
        assert [vars(owner)[name] for owner, name in PATCHED] == before

    def test_the_client_keeps_to_its_database_inside_a_mock(self) -> None:
        client = ddbmock.connect_boto3()
        with ddbmock.mock():
            create(client)
            assert table_names(boto3.client("dynamodb")) == []
        assert table_names(client) == ["music"]

    def test_a_client_made_inside_a_mock_keeps_to_its_database_afterwards(self) -> None:
        with ddbmock.Database() as db:
            with ddbmock.mock():
                client = db.client()
                create(client)
            with ddbmock.mock():
                assert table_names(client) == ["music"]
            assert table_names(client) == ["music"]

    def test_a_hint_is_told_once_inside_a_mock_too(self) -> None:
        with ddbmock.mock() as db, pytest.raises(ClientError) as caught:
            db.client().describe_table(TableName="musik")
        assert len(caught.value.__notes__) == 1

    def test_its_exceptions_have_hints(self) -> None:
        with pytest.raises(ClientError) as caught:
            ddbmock.connect_boto3().describe_table(TableName="musik")
        assert len(caught.value.__notes__) == 1

    def test_a_database_has_clients_and_resources(self) -> None:
        with ddbmock.Database() as db:
            create(db.client())
            assert [table.name for table in db.resource().tables.all()] == ["music"]
            assert table_names(db.client(path="wire", region_name="us-east-1")) == ["music"]
            assert table_names(ddbmock.connect_boto3(db)) == ["music"]
            resource = ddbmock.connect_boto3(db, kind="resource")
            assert [table.name for table in resource.tables.all()] == ["music"]
            with pytest.raises(ValueError, match="not 'table'"):
                ddbmock.connect_boto3(db, kind="table")  # type: ignore[call-overload]  # that is the test

    def test_other_services_are_refused(self) -> None:
        with ddbmock.Database() as db, pytest.raises(ValueError, match="not 's3'"):
            db.client("s3")  # type: ignore[call-overload]  # that is the test

    def test_a_database_that_exists_has_its_settings(self) -> None:
        with ddbmock.Database() as db, pytest.raises(SettingsError):
            ddbmock.connect_boto3(db, limits="none")

    def test_an_async_resource_of_a_database(self) -> None:
        aioboto3()

        async def run() -> Any:
            async with db.async_resource() as resource:
                table = await resource.Table("music")
                await table.put_item(Item={"pk": "a"})
                return await table.scan()

        with ddbmock.Database() as db:
            db.create_tables(MUSIC)
            assert asyncio.run(run())["Items"] == [{"pk": "a"}]

    def test_without_aioboto3_it_is_told_what_to_install(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def run() -> None:
            async with db.async_resource():
                raise AssertionError

        monkeypatch.setitem(sys.modules, "aioboto3", None)
        with ddbmock.Database() as db, pytest.raises(ImportError) as caught:
            asyncio.run(run())
        assert str(caught.value) == (
            f"This needs aioboto3, which is not installed: {install_command('aioboto3')}"
        )

    def test_without_pyramid_a_server_names_what_to_install(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("ddbmock.testing.server", "ddbmock.server"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        monkeypatch.setitem(sys.modules, "pyramid.config", None)
        with ddbmock.Database() as db, pytest.raises(ImportError) as caught:
            db.serve(console=True)
        assert str(caught.value) == (
            f"This needs pyramid, which is not installed: {install_command('server')}"
        )

    def test_an_async_client_of_a_database(self) -> None:
        pytest.importorskip("aiobotocore")

        async def run() -> Any:
            async with db.async_client() as client:
                await client.create_table(**MUSIC)
                with pytest.raises(ClientError) as caught:
                    await client.describe_table(TableName="musik")
                assert len(caught.value.__notes__) == 1
                return await client.list_tables()

        with ddbmock.Database() as db:
            assert asyncio.run(run())["TableNames"] == ["music"]
