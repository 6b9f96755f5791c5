"""Pages of one item: to find every loop that was forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

PAGED: Final = frozenset({"ListTables", "Query", "Scan"})


def one_at_a_time(operation: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """A request for a page of one, if it is one for a page of any size that it may have.

    >>> one_at_a_time("Scan", {"TableName": "music", "Limit": 10})
    {'TableName': 'music', 'Limit': 1}
    """
    limit = body.get("Limit")
    if operation not in PAGED or not (limit is None or (type(limit) is int and limit > 1)):
        return body
    return {**body, "Limit": 1}
