"""Wildcards against a naive model."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from ddbmock.policies.patterns import matches, matches_resource, parts


@given(st.text("ab*?.", max_size=12), st.text("ab.", max_size=16))
def test_wildcards_match_as_regular_expressions_do(pattern: str, text: str) -> None:
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    assert matches(parts(pattern), text) == bool(re.fullmatch(escaped, text, re.DOTALL))


@given(st.text("ab:*", max_size=10), st.text("ab:", max_size=12))
def test_asterisk_crosses_colons_only_at_the_end_of_a_segment(pattern: str, arn: str) -> None:
    model = ":".join(_segment_model(segment) for segment in pattern.split(":"))
    assert matches_resource(parts(pattern), arn) == bool(re.fullmatch(model, arn))


def _segment_model(segment: str) -> str:
    inner = segment.rstrip("*").replace("*", "[^:]*")
    return inner + (".*" if segment.endswith("*") else "")


def test_many_asterisks_end() -> None:
    # A regular expression would need longer than anyone can wait.
    assert not matches(parts("*a" * 5_000 + "*c"), "ab" * 1_000)
