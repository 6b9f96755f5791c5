"""Numbers of requests, where JSON and Python have more of them than the service."""

from __future__ import annotations

import pytest

from ddbmock.shapes.kinds import LONG


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (2**63 - 1, 2**63 - 1),
        (2**63, 2**63 - 1),
        (10**30, 2**63 - 1),
        (1e30, 2**63 - 1),
        (-(2**63), -(2**63)),
        (-(10**30), -(2**63)),
        (-1e30, -(2**63)),
        (-1.5, -2),
    ],
)
def test_a_number_beyond_64_bits_is_the_nearest_that_has_them(given: float, read: int) -> None:
    assert LONG.read(given, "") == read
