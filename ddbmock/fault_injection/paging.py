"""Pages of one item, which reveal forgotten pagination loops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

PAGED: Final = frozenset({"ListTables", "Query", "Scan"})


def one_at_a_time(operation: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a request with ``Limit`` 1, if its operation has pages and its own limit is valid.

    >>> one_at_a_time("Scan", {"TableName": "music", "Limit": 10})
    {'TableName': 'music', 'Limit': 1}
    """
    limit = body.get("Limit")
    if operation not in PAGED or not (limit is None or (type(limit) is int and limit > 1)):
        return body
    return {**body, "Limit": 1}
