"""One way to call an operation, through every door and over every storage engine.

All engines are tried through the router, all doors over the memory engine. The API version is
that of the folder a test is in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pytest

from ddbmock.clock import ManualClock
from ddbmock.database import DynamoDB
from ddbmock.settings import Settings
from ddbmock.storage import Storage
from tests.behaviour.boto3_doors import BOTO3_DOORS
from tests.behaviour.doors import DOORS, Refused, Send
from tests.behaviour.engines import ENGINES, shared_file
from tests.postgresql import postgresql, shared_postgresql

__all__ = ["postgresql", "shared_file", "shared_postgresql"]

ALL_DOORS = DOORS | BOTO3_DOORS

START = 1_790_000_000.0
"""Where the tests' clock begins."""


class Way(NamedTuple):
    """How a test reaches a database."""

    engine: str
    door: str


ONCE = {"wire", "webtest", "boto3-wire", "aiobotocore-wire", "postgresql"}
"""Doors and engines whose code is the same on every Python: CI tries them on one."""


def ways(doors: Iterable[str]) -> list[Any]:
    """All engines through the router, and all doors over memory, as parameters."""
    ways = [
        *(Way("memory", door) for door in doors),
        *(Way(engine, "router") for engine in ENGINES if engine != "memory"),
    ]
    return [
        pytest.param(way, marks=[pytest.mark.once] if ONCE.intersection(way) else [])
        for way in ways
    ]


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


@pytest.fixture(params=ways(DOORS), ids="-".join)
def way(request: pytest.FixtureRequest) -> Way:
    """The engine and the door of a test."""
    way: Way = request.param
    return way


@pytest.fixture
def storage(way: Way, request: pytest.FixtureRequest) -> Iterator[Storage]:
    with ENGINES[way.engine](request) as storage:
        yield storage


@pytest.fixture
def dynamodb(storage: Storage, settings: Settings, clock: ManualClock) -> DynamoDB:
    return DynamoDB(storage, settings, clock)


@pytest.fixture
def send(way: Way, dynamodb: DynamoDB) -> Iterator[Send]:
    with ALL_DOORS[way.door](dynamodb) as door:
        yield door


@pytest.fixture
def call(request: pytest.FixtureRequest, send: Send, clock: ManualClock) -> Caller:
    version = "20111205" if "v20111205" in request.path.parts else "20120810"
    return Caller(send, version, clock)
