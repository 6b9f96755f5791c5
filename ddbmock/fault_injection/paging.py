"""Pages of one item, which reveal forgotten pagination loops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def one_at_a_time(member: str | None, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a request for a page of one, where `member` limits pages and its own value is valid.

    >>> one_at_a_time("Limit", {"TableName": "music", "Limit": 10})
    {'TableName': 'music', 'Limit': 1}
    """
    if member is None:
        return body
    limit = body.get(member)
    if not (limit is None or (type(limit) is int and limit > 1)):
        return body
    return {**body, member: 1}
