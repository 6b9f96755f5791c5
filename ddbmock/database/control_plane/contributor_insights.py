"""Contributor insights: enabling and disabling them, their status and their rules.

Source: API reference, "UpdateContributorInsights" and "DescribeContributorInsights".
"""

from __future__ import annotations

from typing import Final

from ddbmock.database.catalogue import Tables
from ddbmock.database.schema import ContributorInsights, TableDescription
from ddbmock.errors import ResourceNotFoundException
from ddbmock.frozen import replace

DEFAULT_MODE: Final = "ACCESSED_AND_THROTTLED_KEYS"
THROTTLED_KEYS: Final = "THROTTLED_KEYS"


def table_of(tables: Tables, name: str, index: str | None) -> TableDescription:
    """Return the table of a request.

    :raises ResourceNotFoundException: the table or its global index does not exist.
    """
    table = tables.existing(name)
    names = [one.name for one in table.global_indexes]
    if index is not None and index not in names:
        raise ResourceNotFoundException(
            f"Requested resource not found: Index {index} for table {name}",
            hint=f"Table {name!r} has the global indexes: {', '.join(names) or 'none'}.",
        )
    return table


def update(
    tables: Tables, name: str, index: str | None, *, enabled: bool, mode: str | None
) -> ContributorInsights:
    """Enable or disable the insights of a table or global index.

    :raises ResourceNotFoundException: the table or index does not exist.
    """
    table = table_of(tables, name, index)
    old = table.insights.get(index or "")
    new = ContributorInsights(enabled, mode or (old.mode if old else DEFAULT_MODE), tables.now)
    tables.change(
        name,
        (
            tables.now,
            lambda state: replace(state, insights={**state.insights, index or "": new}),
        ),
    )
    return new


def rules(table: TableDescription, index: str | None, insights: ContributorInsights) -> list[str]:
    """Return the names of the CloudWatch rules behind the insights of a table or index.

    PK and SK stand for partition and sort key, C for accessed keys, T for throttled keys.
    """
    described = None if index is None else table.index(index)
    schema = table.key_schema if described is None else described.key_schema
    keys = ("PK", "SK") if schema.range_key else ("PK",)
    counts = ("T",) if insights.mode == THROTTLED_KEYS else ("C", "T")
    owner = table.name if index is None else f"{table.name}-{index}"
    since = int(insights.changed_at * 1000)
    return [
        f"DynamoDBContributorInsights-{key}{count}-{owner}-{since}"
        for key in keys
        for count in counts
    ]
