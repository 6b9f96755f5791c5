"""Rules for the vector indexes of a table, with the service's messages.

Source: answers of CreateTable and UpdateTable recorded in 2026. The order among them is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ddbmock.database.control_plane.key_rules import (
    Definitions,
    check_name,
    invalid,
    new_projection,
)
from ddbmock.database.key import KeyAttribute, KeySchema
from ddbmock.database.schema import SearchSchemaElement, VectorIndexDescription
from ddbmock.frozen import dataclass
from ddbmock.named_tuple import NamedTuple

MAX_VECTOR_INDEXES: Final = 5
"""The most vector indexes of a table."""
MAX_DIMENSIONS: Final = 4096
MAX_OF_ROLE: Final = {"HASH": 1, "INLINE_FILTER": 18}
"""The most elements of each role in a SearchSchema."""

ONLY_ON_DEMAND: Final = "Vector indexes are only supported for PAY_PER_REQUEST tables"
STAYS_ON_DEMAND: Final = "Tables with vector indexes must be in PAY_PER_REQUEST mode"


class NewElement(NamedTuple):
    """An element of a SearchSchema in a request."""

    name: str
    role: str


@dataclass(frozen=True)
class NewVectorIndex:
    """A vector index as a request specifies it."""

    name: str
    vector_attribute: str
    dimensions: int
    distance_function: str
    projection_type: str | None
    non_key_attributes: tuple[str, ...] | None
    search_schema: tuple[NewElement, ...] = ()


def check_billing(billing_mode: str | None) -> None:
    """Check that a table with vector indexes is PAY_PER_REQUEST.

    :raises ValidationException: it is PROVISIONED, which is the default.
    """
    if billing_mode != "PAY_PER_REQUEST":
        raise invalid(ONLY_ON_DEMAND, hint="Set BillingMode to PAY_PER_REQUEST.")


def check_stays_on_demand(table: Sequence[VectorIndexDescription], billing_mode: str) -> None:
    """Check that a table with vector indexes stays PAY_PER_REQUEST.

    :raises ValidationException: it would become PROVISIONED.
    """
    if table and billing_mode == "PROVISIONED":
        names = ", ".join(index.name for index in table)
        raise invalid(STAYS_ON_DEMAND, hint=f"Delete these vector indexes first: {names}.")


def new_vector_indexes(
    new: Sequence[NewVectorIndex],
    definitions: Definitions,
    *,
    names: Iterable[str] = (),
    existing: Sequence[VectorIndexDescription] = (),
    limited: bool = True,
) -> tuple[VectorIndexDescription, ...]:
    """Return the descriptions of new vector indexes of a table.

    `names` are those of its other indexes, `existing` its vector indexes.

    :raises ValidationException: one of them breaks a rule.
    """
    if limited and len(new) + len(existing) > MAX_VECTOR_INDEXES:
        raise invalid(
            f"VectorIndex count exceeds the per-table limit of {MAX_VECTOR_INDEXES}",
            hint=f"The table would have {len(new) + len(existing)}; delete one first, or request fewer.",
        )
    taken = set(names)
    indexes = list(existing)
    for index in new:
        check_name(index.name, taken)
        description = _new_index(index, definitions, limited)
        _check_dimensions_agree(description, indexes)
        indexes.append(description)
    return tuple(indexes[len(existing) :])


def search_key(index: VectorIndexDescription) -> KeySchema:
    """Return the attributes of a search schema as a key; their definitions count as used."""
    return KeySchema((), tuple(KeyAttribute(name, kind) for name, kind, _ in index.search_schema))


def projected_attributes(indexes: Iterable[VectorIndexDescription]) -> int:
    """Return the number of attributes that count towards the table's limit of projected attributes."""
    return sum(1 + len(one.filters) + len(one.projection.non_key_attributes) for one in indexes)


def _new_index(
    index: NewVectorIndex, definitions: Definitions, limited: bool
) -> VectorIndexDescription:
    if index.dimensions < 1 or (limited and index.dimensions > MAX_DIMENSIONS):
        raise invalid(
            f"Number of dimensions must be between 1 and {MAX_DIMENSIONS} inclusive.",
            hint=f"Index {index.name!r} has {index.dimensions}; choose the number of dimensions of your vectors.",
        )
    _check_roles(index, limited)
    if index.vector_attribute in definitions.types:
        raise invalid(
            f"Conflicting attribute definition for '{index.vector_attribute}'. An attribute "
            "cannot be defined in AttributeDefinitions when used as a VectorAttribute.",
            hint="Remove it from AttributeDefinitions: a vector is a list of numbers.",
        )
    missing = [name for name, _ in index.search_schema if name not in definitions.types]
    if missing:
        raise invalid(
            "One element in SearchSchema is not defined in attribute definitions",
            hint=f"Define these in AttributeDefinitions of this request: {', '.join(missing)}.",
        )
    return VectorIndexDescription(
        index.name,
        index.vector_attribute,
        index.dimensions,
        index.distance_function,
        new_projection(index.name, index.projection_type, index.non_key_attributes),
        tuple(
            SearchSchemaElement(name, definitions.types[name], role)
            for name, role in index.search_schema
        ),
    )


def _check_roles(index: NewVectorIndex, limited: bool) -> None:
    """Check the number of elements of each role in a SearchSchema."""
    for role, most in MAX_OF_ROLE.items():
        count = sum(one.role == role for one in index.search_schema)
        if count > most and (limited or role == "HASH"):
            raise invalid(
                f"Value '{count}' at 'SearchSchema' failed to satisfy constraint: Member must "
                f"have {role} count less than or equal to {most}",
                hint=f"Index {index.name!r} has {count} {role} attributes; remove {count - most}.",
            )


def _check_dimensions_agree(
    new: VectorIndexDescription, others: Iterable[VectorIndexDescription]
) -> None:
    """Check that all indexes on one attribute have the same number of dimensions."""
    for other in others:
        same = other.vector_attribute == new.vector_attribute
        if same and other.dimensions != new.dimensions:
            raise invalid(
                f"Conflicting attribute definition for '{new.vector_attribute}'. All "
                "VectorIndexes on the same vector attribute must use the same dimensions.",
                hint=f"{other.name!r} has {other.dimensions}, {new.name!r} {new.dimensions}.",
            )
