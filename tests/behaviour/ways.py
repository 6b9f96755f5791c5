"""The ways in which tests reach a database: a door and an engine."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import pytest

from tests.behaviour.boto3_doors import BOTO3_DOORS
from tests.behaviour.doors import DOORS
from tests.behaviour.engines import ENGINES

ALL_DOORS = DOORS | BOTO3_DOORS


class Way(NamedTuple):
    """How a test reaches a database."""

    engine: str
    door: str


ONCE = {"wire", "webtest", "network", "boto3-wire", "aiobotocore-wire", "asyncio", "postgresql"}
"""Doors and engines whose code is the same on every Python: CI tries them on one.

The servers have tests of their own, which run on all.
"""


def ways(doors: Iterable[str]) -> list[Any]:
    """All engines through the router, and all doors over memory, as parameters."""
    ways = [
        *(Way("memory", door) for door in doors),
        *(Way(engine, "router") for engine in ENGINES if engine != "memory"),
    ]
    return [
        pytest.param(way, marks=[pytest.mark.slow] if ONCE.intersection(way) else [])
        for way in ways
    ]
