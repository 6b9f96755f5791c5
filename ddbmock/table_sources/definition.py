"""The definition of a table in a source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ddbmock.named_tuple import NamedTuple

VECTOR_INDEX_MEMBERS: Final = (
    "IndexName",
    "SearchSchema",
    "VectorAttribute",
    "Projection",
    "Dimensions",
    "DistanceFunction",
)
"""Members of a vector index in requests; descriptions have others beside them."""


class TableSourceError(ValueError):
    """A source that defines no table, or cannot be read."""


class TableDefinition(NamedTuple):
    """A table as the requests that create it."""

    create_table: Mapping[str, Any]
    """A CreateTable request."""
    time_to_live: Mapping[str, Any] | None = None
    """The TimeToLiveSpecification of an UpdateTimeToLive request, if the table has one."""


def picked(source: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Return the members of these names, without empty ones."""
    return {name: source[name] for name in names if source.get(name) not in (None, [], {})}
