"""Changes of vector indexes by UpdateTable: their rules, and the states of the indexes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from ddbmock.database.control_plane import vector_index_rules
from ddbmock.database.control_plane.changes import Change
from ddbmock.database.control_plane.key_rules import Definitions, check_projected
from ddbmock.database.control_plane.resource_in_use import check_allocated, reject_busy
from ddbmock.database.control_plane.update_index import (
    ONE_AT_A_TIME,
    check_new_name,
    check_none_online,
    without_unused_definitions,
)
from ddbmock.database.control_plane.vector_index_rules import NewVectorIndex
from ddbmock.database.key import KeyAttribute
from ddbmock.database.schema import (
    CREATING,
    DELETING,
    TableDescription,
    VectorIndexDescription,
)
from ddbmock.errors import LimitExceededException, ResourceNotFoundException
from ddbmock.frozen import replace
from ddbmock.named_tuple import NamedTuple


class VectorIndexDeletion(NamedTuple):
    """The deletion of a vector index."""

    name: str


VectorAction: TypeAlias = NewVectorIndex | VectorIndexDeletion


def check_actions(table: TableDescription, actions: Sequence[VectorAction], online: int) -> None:
    """Check actions against the table's indexes and their states.

    `online` is the number of indexes that the request creates or deletes, secondary ones included.

    :raises LimitExceededException: more than one index would be created or deleted at a time.
    :raises ResourceInUseException: an index is in transition.
    :raises ResourceNotFoundException: an index does not exist.
    :raises ValidationException: a new index exists already.
    """
    if actions and online > 1:
        raise LimitExceededException(
            ONE_AT_A_TIME, hint="Create or delete one index, wait, then go on with the next."
        )
    for action in actions:
        if isinstance(action, VectorIndexDeletion):
            _check_deletable(table, action.name)
            check_none_online(table, but=action.name)
        else:
            present = table.vector_index(action.name)
            if present is not None and present.status == CREATING:
                reject_busy(
                    f"Index is being created. Table: {table.name} Index: {action.name}", table
                )
            check_new_name(table, action.name)
            check_none_online(table)


def _check_deletable(table: TableDescription, name: str) -> None:
    index = table.vector_index(name)
    place = f"Table: {table.name} Index: {name}"
    if index is None:
        names = ", ".join(one.name for one in table.vector_indexes) or "none"
        raise ResourceNotFoundException(
            f"Requested resource not found: Index {name} for table {table.name}",
            hint=f"Vector indexes of the table: {names}.",
        )
    if index.status == DELETING:
        reject_busy(f"Index is being deleted. {place}", table)
    check_allocated(table, index)


def new_description(
    table: TableDescription,
    new: NewVectorIndex,
    attributes: tuple[KeyAttribute, ...] | None,
    *,
    billing_mode: str,
    limited: bool,
) -> VectorIndexDescription:
    """Return the description that a new vector index will have when it is ACTIVE.

    :raises ValidationException: its definition breaks a rule.
    """
    vector_index_rules.check_billing(billing_mode)
    present = table.kept_vector_indexes
    (index,) = vector_index_rules.new_vector_indexes(
        (new,), Definitions(attributes or ()), existing=present, limited=limited
    )
    if limited:
        of_vectors = vector_index_rules.projected_attributes((*present, index))
        check_projected(table.indexes, of_vectors)
    return _with_known_types(index, table)


def _with_known_types(
    index: VectorIndexDescription, table: TableDescription
) -> VectorIndexDescription:
    """Return an index with types from the table's definitions where they exist."""
    types = dict(table.attributes)
    return replace(
        index,
        search_schema=tuple(
            one._replace(type=types.get(one.name, one.type)) for one in index.search_schema
        ),
    )


def with_index(index: VectorIndexDescription) -> Change:
    """Return a change that adds a vector index to a table, or replaces it."""

    def change(table: TableDescription) -> TableDescription:
        known = {name for name, _ in table.attributes}
        added = [
            KeyAttribute(name, kind) for name, kind, _ in index.search_schema if name not in known
        ]
        others = [one for one in table.vector_indexes if one.name != index.name]
        return replace(
            table,
            vector_indexes=(*others, index),
            attributes=(*table.attributes, *added),
        )

    return change


def with_deleting(name: str) -> Change:
    """Return a change that marks a vector index as DELETING."""

    def change(table: TableDescription) -> TableDescription:
        return replace(
            table,
            vector_indexes=tuple(
                replace(one, status=DELETING, backfilling=False) if one.name == name else one
                for one in table.vector_indexes
            ),
        )

    return change


def without_index(name: str) -> Change:
    """Return a change that removes a vector index and the definitions that only this index uses."""

    def change(table: TableDescription) -> TableDescription:
        kept = tuple(one for one in table.vector_indexes if one.name != name)
        return without_unused_definitions(replace(table, vector_indexes=kept))

    return change
