"""One way to call an operation, through every door and over every storage engine.

All engines are tried through the router, all doors over the memory engine.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from ddbmock import roll_out
from ddbmock.clock import ManualClock
from ddbmock.database import DynamoDB
from ddbmock.settings import Settings
from ddbmock.storage import Storage
from tests.behaviour import scenarios
from tests.behaviour.calling import START, Caller
from tests.behaviour.doors import DOORS, Send
from tests.behaviour.engines import ENGINES, shared_file
from tests.behaviour.ways import ALL_DOORS, Way, ways
from tests.postgresql import postgresql, shared_postgresql

__all__ = ["postgresql", "shared_file", "shared_postgresql"]


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
def dynamodb(
    storage: Storage, settings: Settings, clock: ManualClock, request: pytest.FixtureRequest
) -> DynamoDB:
    if settings.wording == roll_out.DEFAULT:
        settings = dataclasses.replace(settings, wording=request.config.getoption("wording"))
    return DynamoDB(storage, settings, clock)


@pytest.fixture
def send(way: Way, dynamodb: DynamoDB) -> Iterator[Send]:
    with ALL_DOORS[way.door](dynamodb) as door:
        yield door


@pytest.fixture
def api() -> str:
    """The API of a test's requests; ``v20111205/conftest.py`` overrides it."""
    return "DynamoDB_20120810"


@pytest.fixture
def call(
    send: Send,
    api: str,
    clock: ManualClock,
    way: Way,
    settings: Settings,
    request: pytest.FixtureRequest,
) -> Iterator[Caller]:
    if way != Way("memory", "router") or not scenarios.is_chosen(request.node, settings):
        yield Caller(send, api, clock)
        return
    with scenarios.watched(request, send, clock) as sent:
        yield Caller(sent, api, clock)


def pytest_configure(config: pytest.Config) -> None:
    """Record scenarios if that is asked for."""
    if config.getoption("record_scenarios"):
        config.stash[scenarios.RECORDING] = scenarios.Recording()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write recorded scenarios if all tests have passed."""
    recording = session.config.stash.get(scenarios.RECORDING, None)
    if recording is not None and exitstatus == 0:
        recording.write()
