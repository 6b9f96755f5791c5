"""Streams through every transport that has them, and over every engine."""

from __future__ import annotations

import pytest

from ddbmock.clock import ManualClock
from tests.behaviour.boto3_doors import BOTO3_DOORS
from tests.behaviour.calling import Caller
from tests.behaviour.doors import DOORS, Send
from tests.behaviour.streams.reading import Streams
from tests.behaviour.ways import Way, ways

WITHOUT_STREAMS = ("boto", "network")
"""Transports of boto 2, which knows no streams."""


@pytest.fixture(
    params=ways([name for name in DOORS | BOTO3_DOORS if name not in WITHOUT_STREAMS]),
    ids="-".join,
)
def way(request: pytest.FixtureRequest) -> Way:
    way: Way = request.param
    return way


@pytest.fixture
def streams(send: Send, clock: ManualClock) -> Streams:
    return Streams(Caller(send, "DynamoDBStreams_20120810", clock))
