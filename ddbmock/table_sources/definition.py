"""What a source says of one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

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
    """What was to define tables defines none, or cannot be read."""


class TableDefinition(NamedTuple):
    """One table, as the requests that make it."""

    create_table: Mapping[str, Any]
    """A CreateTable request."""
    time_to_live: Mapping[str, Any] | None = None
    """The TimeToLiveSpecification of an UpdateTimeToLive request, if there is to be one."""


def picked(source: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The members of these names, but for those that say nothing."""
    return {name: source[name] for name in names if source.get(name) not in (None, [], {})}
