"""Datetimes of timestamps, with and without botocore's arithmetic."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

utils = pytest.importorskip("botocore.utils")

from ddbmock.clients.timestamps import datetime_of  # noqa: E402  # needs botocore

ZONES = ["UTC0", "IST-5:30", "EST5", "EST5EDT,M3.2.0,M11.1.0", "CET-1CEST,M3.5.0,M10.5.0/3"]


@pytest.fixture(scope="module", params=ZONES)
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """A local time zone, which the process has meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


@given(seconds=st.one_of(st.integers(0, 2**32), st.floats(0, 2**32).map(lambda x: round(x, 3))))
def test_a_timestamp_is_what_botocore_parses_it_to(zone: str, seconds: float) -> None:
    found, expected = datetime_of(seconds), utils.parse_timestamp(seconds)
    assert (found, found.fold, found.tzinfo) == (expected, expected.fold, expected.tzinfo)
    assert found.isoformat() == expected.isoformat()
    assert type(found.tzinfo) is type(expected.tzinfo)
