"""Operations that a table rejects while it, or one of its indexes, is in transition.

Source of texts: recorded ResourceInUseExceptions.
"""

from __future__ import annotations

from typing import Final, NoReturn

from ddbmock.database.schema import (
    ACTIVE,
    CREATING,
    DELETING,
    UPDATING,
    IndexDescription,
    TableDescription,
    VectorIndexDescription,
)
from ddbmock.errors import ResourceInUseException, ValidationException

IN_USE: Final = "Attempt to change a resource which is still in use: "

THROUGHPUT: Final = "throughput"
STREAM: Final = "stream"
INDEXES: Final = "indexes"
REPLICAS: Final = "replicas"
TABLE_CLASS: Final = "table class: "
"""The start of the subject; the new class follows."""


def reject_busy(text: str, table: TableDescription) -> NoReturn:
    """Raise ResourceInUseException for a table in transition."""
    advice = f"try again when it and its indexes are {ACTIVE}."
    hint = f"Table {table.name!r} is {table.status}; {advice}"
    raise ResourceInUseException(IN_USE + text, hint=until_gone(table) or hint)


def until_gone(table: TableDescription) -> str | None:
    """Return the hint for a table that is being deleted, None for others."""
    if table.status != DELETING:
        return None
    return (
        f"Table {table.name!r} is {DELETING}; it is gone when DescribeTable answers "
        "ResourceNotFoundException."
    )


def check_settled(table: TableDescription) -> None:
    """Check that a table is not being created, changed or deleted."""
    if table.status == CREATING:
        reject_busy(f"Table is being created: {table.name}", table)
    if table.status == DELETING:
        reject_busy(f"Table is being deleted: {table.name}", table)
    if table.status == UPDATING and table.updating in ("", REPLICAS) and table.replication:
        raise ResourceInUseException(
            "The resource which you are attempting to change is in use.",
            hint=f"The replicas of table {table.name!r} are changing.",
        )
    if table.status == UPDATING:
        reject_busy(f"Table: {table.name} is in the process of being updated.", table)


def check_allocated(
    table: TableDescription, index: IndexDescription | VectorIndexDescription
) -> None:
    """Check that an index that is still being created can be deleted."""
    if index.status == CREATING and not index.backfilling:
        reject_busy(
            "Index creation is in resource allocation phase. Retry deletion during backfilling "
            f"phase or when the index is active. Table: {table.name} Index: {index.name}",
            table,
        )


def check_deletable(table: TableDescription, now: float) -> None:
    """Check that a table may be deleted.

    :raises ResourceInUseException: it or an index is being created, changed or deleted.
    :raises ValidationException: it has deletion protection.
    """
    if table.deletion_protection:
        raise ValidationException(
            "Resource cannot be deleted as it is currently protected against deletion. "
            "Disable deletion protection first.",
            hint="UpdateTable with DeletionProtectionEnabled false comes first.",
        )
    if table.status == CREATING and table.replication is not None:
        reject_busy(f"Table: {table.name} is being used.", table)
    if table.status in (CREATING, DELETING):
        check_settled(table)
    states = [index.status for index in table.global_indexes]
    states += [index.status for index in table.vector_indexes]
    if any(status != ACTIVE for status in states):
        reject_busy(
            "Cannot delete table while indexes are being created, updated, or deleted.", table
        )
    if table.status == UPDATING and table.updating == STREAM:
        reject_busy("Cannot delete table while stream is being enabled/disabled.", table)
    check_settled(table)
    if table.sse.get("Status") == UPDATING or _is_warming(table):
        reject_busy(f"Table: {table.name} is in the process of being updated.", table)
    check_tags_settled(table, now)


def _is_warming(table: TableDescription) -> bool:
    return table.warming or any(index.warming for index in table.global_indexes)


def check_tags_settled(table: TableDescription, now: float) -> None:
    """Check that the table's tags are not being changed."""
    if table.tags_changing_until > now:
        raise ResourceInUseException(
            IN_USE + tags_are_changing(table), hint=until_tags_settle(table, now)
        )


def tags_are_changing(table: TableDescription) -> str:
    """Return the text about a table whose tags are being changed."""
    return f"Table tags are being updated: {table.name}"


def until_tags_settle(table: TableDescription, now: float) -> str:
    """Return the hint for a table whose tags are being changed."""
    return (
        f"The tags of table {table.name!r} are settled in "
        f"{table.tags_changing_until - now:g} seconds (ddbmock.delay_updating)."
    )
