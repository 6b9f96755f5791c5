"""A database with two tables, one of them with provisioned throughput and an index."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import ddbmock
from ddbmock.errors import DynamoDBError
from tests.fault_injection.requests import EVENTS, MUSIC, Perform


@pytest.fixture
def db() -> Iterator[ddbmock.Database]:
    with ddbmock.Database() as db:
        db.clock.freeze(1_790_000_000)
        yield db


@pytest.fixture
def perform(db: ddbmock.Database) -> Iterator[Perform]:
    """Performs an operation; errors are answered as ``(type, message)``, and have hints."""
    hints: list[str | None] = []

    def perform(operation: str, **request: Any) -> Any:
        target = db.router.target(f"DynamoDB_20120810.{operation}")
        try:
            return db.router.perform(target, request)
        except DynamoDBError as error:
            hints.append(error.hint)
            return type(error).__name__, error.message

    perform("CreateTable", **MUSIC)
    perform("CreateTable", **EVENTS)
    yield perform
    assert all(hints)


@pytest.fixture
def client(db: ddbmock.Database, perform: Perform) -> Any:
    """A boto3 client of the database."""
    return db.client()
