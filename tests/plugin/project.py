"""The project whose tests run within a test."""

from __future__ import annotations

from collections.abc import Callable

from _pytest.pytester import RunResult

CONFTEST = """
import pytest

MUSIC = {
    "TableName": "music",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}

@pytest.fixture(scope="session")
def ddbmock_tables():
    return MUSIC

@pytest.fixture(scope="session")
def ddbmock_session(ddbmock_session):
    item = {"pk": {"S": "seeded"}}
    ddbmock_session.client().put_item(TableName="music", Item=item)
    return ddbmock_session
"""
"""A table, and an item in it, for all tests of a run."""

Run = Callable[..., RunResult]
