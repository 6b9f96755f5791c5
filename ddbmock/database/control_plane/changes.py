"""Changes of a table's description, which take effect at the times of its life."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ddbmock.database.schema import TableDescription
from ddbmock.frozen import replace

Change: TypeAlias = Callable[[TableDescription], TableDescription]
"""Returns the description after the change."""


def with_values(**members: object) -> Change:
    """Return the change that sets members of a description."""

    def change(table: TableDescription) -> TableDescription:
        return replace(table, **members)  # type: ignore[arg-type]  # its own

    return change


def in_order(*changes: Change) -> Change:
    """Return the change that applies several changes in order."""

    def change(table: TableDescription) -> TableDescription:
        for one in changes:
            table = one(table)
        return table

    return change
