"""Methods of botocore that stay wrapped between layers, as in the pytest plugin: nothing shows it."""

from __future__ import annotations

import gc
import os
import weakref
from collections.abc import Iterator
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.client import BaseClient

import ddbmock
from ddbmock.clients import botocore_patch
from tests.clients.tables import MUSIC, PATCHED, create, table_names


@pytest.fixture
def kept() -> Iterator[None]:
    before = [vars(owner)[name] for owner, name in PATCHED]
    with botocore_patch.kept():
        with ddbmock.mock():
            wrapped = [vars(owner)[name] for owner, name in PATCHED]
        assert [vars(owner)[name] for owner, name in PATCHED] == wrapped != before
        yield
    assert [vars(owner)[name] for owner, name in PATCHED] == before


def new_client() -> Any:
    return boto3.client("dynamodb", region_name="us-east-1")


@pytest.mark.usefixtures("kept")
def test_each_mock_has_a_database_of_its_own() -> None:
    client = new_client()
    for _ in range(2):
        with ddbmock.mock():
            create(client)
            assert table_names(client) == ["music"]


@pytest.mark.usefixtures("kept")
def test_between_mocks_clients_and_the_environment_are_as_ever() -> None:
    before = dict(os.environ)
    with ddbmock.mock(region="eu-west-1"):
        client = new_client()
        create(client)
        assert dict(os.environ) != before
    assert dict(os.environ) == before
    assert not [name for name in vars(client) if name.startswith("_ddbmock")]
    sent = []
    client.meta.events.register("before-send.dynamodb.*", lambda request, **_: sent.append(request))
    with (
        mock.patch("botocore.httpsession.URLLib3Session.send", side_effect=ConnectionError),
        pytest.raises(ConnectionError),
    ):
        client.list_tables()
    assert sent


def test_a_method_that_others_replaced_first_is_not_kept() -> None:
    with (
        botocore_patch.kept(),
        mock.patch.object(BaseClient, "_make_api_call", return_value={"TableNames": ["theirs"]}),
    ):
        theirs = vars(BaseClient)["_make_api_call"]
        with ddbmock.mock():
            assert vars(BaseClient)["_make_api_call"] is not theirs
        assert vars(BaseClient)["_make_api_call"] is theirs
    with ddbmock.mock():
        assert table_names(new_client()) == []


def test_a_fork_is_freed_when_its_test_has_ended() -> None:
    """Without the garbage collector, which would go through all objects of the process."""
    with ddbmock.Database() as database:
        database.create_tables(MUSIC)
        client = new_client()
        gc.collect()
        gc.disable()
        try:
            with database.fork() as fork, ddbmock.mock(fork):
                assert table_names(client) == ["music"]
            freed = weakref.ref(fork)
            del fork
            assert freed() is None
        finally:
            gc.enable()
