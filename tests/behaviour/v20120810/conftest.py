"""This API version has doors more."""

from __future__ import annotations

import pytest

from tests.behaviour.ways import ALL_DOORS, Way, ways


@pytest.fixture(params=ways(ALL_DOORS), ids="-".join)
def way(request: pytest.FixtureRequest) -> Way:
    way: Way = request.param
    return way
