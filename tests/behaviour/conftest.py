"""One way to call an operation, through every door and over every storage engine.

All engines are tried through the router, all doors over the memory engine. The API version is
that of the folder a test is in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ddbmock.clock import ManualClock
from ddbmock.database import DynamoDB
from ddbmock.settings import Settings
from ddbmock.storage.memory import MemoryStorage
from tests.behaviour.doors import DOORS, Refused, Send

START = 1_790_000_000.0
"""Where the tests' clock begins."""


class Caller:
    """Calls operations of one API version: ``call("PutItem", {...})`` gives the answer's JSON."""

    def __init__(self, send: Send, version: str, clock: ManualClock) -> None:
        self.send = send
        self.version = version
        self.clock = clock

    def __call__(self, operation: str, body: Any = None) -> dict[str, Any]:
        return self.send(f"DynamoDB_{self.version}.{operation}", {} if body is None else body)

    def refused(self, operation: str, body: Any = None) -> tuple[int, str, str | None]:
        """``(status, type, message)`` of an error answer; every error has a hint beside it."""
        with pytest.raises(Refused) as caught:
            self(operation, body)
        return caught.value.status, caught.value.type, caught.value.message


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def settings() -> Settings:
    """Override in a module or class for other settings."""
    return Settings()


@pytest.fixture(params=["memory"])
def storage(request: pytest.FixtureRequest) -> Iterator[Any]:
    assert request.param == "memory"
    engine = MemoryStorage()
    yield engine
    engine.close()


@pytest.fixture
def dynamodb(storage: Any, settings: Settings, clock: ManualClock) -> DynamoDB:
    return DynamoDB(storage, settings, clock)


@pytest.fixture(params=list(DOORS))
def send(request: pytest.FixtureRequest, dynamodb: DynamoDB) -> Iterator[Send]:
    with DOORS[request.param](dynamodb) as door:
        yield door


@pytest.fixture
def call(request: pytest.FixtureRequest, send: Send, clock: ManualClock) -> Caller:
    version = "20111205" if "v20111205" in request.path.parts else "20120810"
    return Caller(send, version, clock)
