"""A database with a frozen clock and the table orders, for tests of triggers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import ddbmock
from tests.triggers.orders import START, Orders


@pytest.fixture
def db() -> Iterator[ddbmock.Database]:
    with ddbmock.Database(ttl="prompt") as db:
        db.clock.freeze(START)
        yield db


@pytest.fixture
def orders(db: ddbmock.Database) -> Orders:
    return Orders(db)
