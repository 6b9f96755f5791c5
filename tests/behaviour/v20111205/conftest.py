"""Tables that the tests of the first API begin with."""

from __future__ import annotations

import pytest

from tests.behaviour.calling import Caller
from tests.behaviour.v20111205.requests import create


@pytest.fixture
def simple(call: Caller) -> str:
    """The name of a table with the hash key ``id`` (S)."""
    return create(call, "simple", "id:S")


@pytest.fixture
def ranged(call: Caller) -> str:
    """The name of a table with the hash key ``id`` (S) and the range key ``at`` (N)."""
    return create(call, "ranged", "id:S", "at:N")


@pytest.fixture
def api() -> str:
    return "DynamoDB_20111205"
