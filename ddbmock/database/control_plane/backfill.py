"""Indexes that stay in their back-fill until a test releases them."""

from __future__ import annotations

from ddbmock.database.catalogue import Tables
from ddbmock.database.schema import ACTIVE, CREATING, TableDescription
from ddbmock.frozen import replace


def hold(tables: Tables, table: str, index: str) -> None:
    """Keep an index CREATING, with its back-fill unfinished, until :func:`release`.

    Its entries are updated like those of any other index.

    :raises ResourceNotFoundException: there is no such table.
    :raises ValueError: the table has no such global or vector index.
    """
    _change(tables, table, index, status=CREATING, backfilling=True)


def release(tables: Tables, table: str, index: str) -> None:
    """Make an index ACTIVE.

    :raises ResourceNotFoundException: there is no such table.
    :raises ValueError: the table has no such global or vector index.
    """
    _change(tables, table, index, status=ACTIVE, backfilling=False)


def _change(tables: Tables, table: str, index: str, **members: object) -> None:
    description = tables.existing(table)
    names = [one.name for one in description.global_indexes]
    names += [one.name for one in description.vector_indexes]
    if index not in names:
        raise ValueError(
            f"Table {table!r} has no global or vector index {index!r}; it has "
            f"{', '.join(names) or 'none'}."
        )

    def change(state: TableDescription) -> TableDescription:
        return replace(
            state,
            indexes=tuple(
                replace(one, **members) if one.name == index else one  # type: ignore[arg-type]  # its own
                for one in state.indexes
            ),
            vector_indexes=tuple(
                replace(one, **members, searchable_at=0.0)  # type: ignore[arg-type]  # its own
                if one.name == index
                else one
                for one in state.vector_indexes
            ),
        )

    tables.change(table, (tables.now, change))
