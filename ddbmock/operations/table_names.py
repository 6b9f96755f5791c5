"""Pages of table names, which ListTables returns in both API versions."""

from __future__ import annotations

from typing import Final

from ddbmock.database import Call
from ddbmock.operations.operation import Output

MAX_NAMES: Final = 100
"""Table names on a page of ListTables, and the default."""


def page_of_names(call: Call, start: str | None, limit: int | None) -> Output:
    """Return a page of the names of all tables, in ascending order, after `start`."""
    with call.read() as tables:
        names, more = tables.names(start or "", limit or MAX_NAMES)
    output: Output = {"TableNames": names}
    if more:
        output["LastEvaluatedTableName"] = names[-1]
    return output
