"""Contributor insights: enabling and disabling them, their status and their rules.

Source: API reference, "UpdateContributorInsights" and "DescribeContributorInsights".
"""

from __future__ import annotations

from typing import Final

from ddbmock.database.catalogue import Tables
from ddbmock.database.schema import CREATING, DELETING, ContributorInsights, TableDescription
from ddbmock.errors import ResourceNotFoundException, ValidationException
from ddbmock.frozen import replace

DEFAULT_MODE: Final = "ACCESSED_AND_THROTTLED_KEYS"
THROTTLED_KEYS: Final = "THROTTLED_KEYS"


def table_of(tables: Tables, name: str, index: str | None) -> TableDescription:
    """Return the table of a request.

    :raises ResourceNotFoundException: the table or its global index does not exist.
    """
    table = tables.existing(name)
    names = [one.name for one in table.global_indexes if one.status != CREATING or one.backfilling]
    if index is not None and index not in names and table.status != CREATING:
        raise ResourceNotFoundException(
            f"Requested resource not found: Index: {index} not found for table: {name}",
            hint=f"Table {name!r} has the global indexes: {', '.join(names) or 'none'}.",
        )
    return table


def update(
    tables: Tables, name: str, index: str | None, *, enabled: bool, mode: str | None
) -> ContributorInsights:
    """Enable or disable the insights of a table or global index; a repetition changes nothing.

    :raises ResourceNotFoundException: the table or index does not exist.
    :raises ValidationException: the table or index is not in a state that allows it.
    """
    table = table_of(tables, name, index)
    _check_state(table, index)
    old = table.insights.get(index or "")
    if not enabled and (old is None or not old.enabled):
        return old or ContributorInsights(enabled=False, mode=DEFAULT_MODE, changed_at=0.0)
    mode = mode or DEFAULT_MODE
    if enabled and old is not None and old.enabled and old.mode == mode:
        return old
    since = old.since if old is not None and old.enabled and enabled else tables.now
    new = ContributorInsights(enabled, mode, tables.now, since)
    tables.change(
        name,
        (
            tables.now,
            lambda state: replace(state, insights={**state.insights, index or "": new}),
        ),
    )
    return new


def _check_state(table: TableDescription, index: str | None) -> None:
    described = None if index is None else table.index(index)
    busy = None
    if table.status in (CREATING, DELETING):
        busy = "TableStatus"
    elif described is not None and described.status in (CREATING, DELETING):
        busy = "IndexStatus"
    if busy is not None:
        raise ValidationException(
            "Table or Index is not in a valid state to update Key Access Insights: "
            f"{busy} must be ACTIVE to enable ContributorInsights.",
            hint="Wait until DescribeTable reports the table and the index as ACTIVE.",
        )


def rules(table: TableDescription, index: str | None, insights: ContributorInsights) -> list[str]:
    """Return the names of the CloudWatch rules behind the insights of a table or index.

    PK and SK stand for partition and sort key, C for accessed keys, T for throttled keys.
    """
    described = None if index is None else table.index(index)
    schema = table.key_schema if described is None else described.key_schema
    keys = ("PK", "SK") if schema.range_key else ("PK",)
    counts = ("T",) if insights.mode == THROTTLED_KEYS else ("C", "T")
    owner = table.name if index is None else f"{table.name}-{index}"
    since = int((insights.since or insights.changed_at) * 1000)
    return [
        f"DynamoDBContributorInsights-{key}{count}-{owner}-{since}"
        for key in keys
        for count in counts
    ]
