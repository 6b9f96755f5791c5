"""Selections: the filter, projection and Select of a query or scan, and their rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from ddbmock.database.data_plane.read_target import Source
from ddbmock.database.key import INVALID
from ddbmock.database.schema import TableDescription
from ddbmock.errors import ValidationException
from ddbmock.named_tuple import NamedTuple
from ddbmock.values.item import Item

if TYPE_CHECKING:
    from ddbmock.expressions.condition import Condition
    from ddbmock.expressions.paths import DocumentPath

ALL_ATTRIBUTES: Final = "ALL_ATTRIBUTES"


class Projecting(Protocol):
    """A projection expression, or the columns of a PartiQL SELECT."""

    @property
    def paths(self) -> tuple[DocumentPath, ...]:
        """Return the paths of the projected attributes."""

    def __call__(self, item: Item, /) -> Item:
        """Return the part of an item that is returned."""


class Selection(NamedTuple):
    """The items to return of those that are read, and the attributes of each."""

    condition: Condition | None = None
    """The filter."""
    projection: Projecting | None = None
    select: str | None = None
    """``ALL_ATTRIBUTES`` makes a local index fetch the attributes that it does not hold; other values
    have no effect here."""
    filter_name: str = "Filter Expression"
    """The service's name of the filter in its messages."""

    @property
    def paths(self) -> Iterator[DocumentPath]:
        """Yield all paths of the selection."""
        for part in (self.projection, self.condition):
            if part is not None:
                yield from part.paths

    def fetches(self, source: Source) -> bool:
        """Return whether the table's items must be read besides the index entries."""
        if source.projected is None:
            return False
        return self.select == ALL_ATTRIBUTES or (
            self.projection is not None and bool(not_projected(source, self.projection.paths))
        )


EVERYTHING: Final = Selection()


def check_query(source: Source, selection: Selection) -> None:
    """Reject a selection that a query cannot make, in the service's order.

    :raises ValidationException: paths into keys, a filter on keys, or more than an index has.
    """
    table, condition = source.table, selection.condition
    if selection.projection is not None:
        check_paths(table, selection.projection.paths)
    if condition is not None:
        _check_filter(source, selection, condition)
    check_select(source, selection)
    if condition is not None:
        check_paths(table, condition.paths)
    check_projected(source, selection)
    if condition is not None:
        _check_filter_projected(source, condition)


def check_scan(source: Source, selection: Selection) -> None:
    """Reject a selection that a scan cannot make.

    Its filter may use keys, and attributes that an index does not hold: those count as missing.

    :raises ValidationException: paths into keys, or more than an index has.
    """
    check_paths(source.table, selection.paths)
    check_projected(source, selection)


def check_select(source: Source, selection: Selection) -> None:
    """Reject ALL_ATTRIBUTES for a global index that does not hold all attributes."""
    index = source.through
    if (
        index is not None
        and not index.local
        and selection.select == ALL_ATTRIBUTES
        and source.projected is not None
    ):
        raise ValidationException(
            f"{INVALID}Select type ALL_ATTRIBUTES is not supported for global secondary index "
            f"{index.name} because its projection type is not ALL",
            hint=f"The projection of {index.name!r} is {index.projection.type}; without Select it "
            "returns all attributes that it holds.",
        )


def check_paths(
    table: TableDescription, paths: Iterable[DocumentPath], separator: str = ": "
) -> None:
    """Reject paths that lead into key attributes, which are scalars; the table's keys come first.

    `separator` is what the service prints before the key's name: a blank in PartiQL.

    :raises ValidationException: there is one.
    """
    inner = {path[0] for path in paths if len(path) > 1}
    if not inner:
        return
    for role, schema in (
        ("Key", table.key_schema),
        *(
            ("IndexKey", index.key_schema)
            for index in (*table.global_indexes, *table.local_indexes)
        ),
    ):
        for name in schema.names:
            if name in inner:
                raise ValidationException(
                    "Key attributes must be scalars; list random access '[]' and map lookup '.' "
                    f"are not allowed: {role}{separator}{name}",
                    hint=f"{name!r} is a key, so it holds no list or map.",
                )


def _check_filter(source: Source, selection: Selection, condition: Condition) -> None:
    heads = {path[0] for path in condition.paths}
    for name in source.schema.names:
        if name in heads:
            raise ValidationException(
                f"{selection.filter_name} can only contain non-primary key attributes: "
                f"Primary key attribute: {name}",
                hint=f"Move the condition on {name!r} to the key condition.",
            )


def check_projected(source: Source, selection: Selection) -> None:
    """Reject a projection of attributes that a global index does not hold."""
    index, projection = source.through, selection.projection
    if index is None or index.local or projection is None:
        return
    missing = not_projected(source, projection.paths)
    if missing:
        raise ValidationException(
            f"{INVALID}Global secondary index {index.name} does not project [{', '.join(missing)}]",
            hint=_projected(source),
        )


def _check_filter_projected(source: Source, condition: Condition) -> None:
    """Reject a query whose filter uses attributes that the index does not hold.

    The service fetches nothing for a filter, not even for that of a local index.
    """
    check_filtered(source, not_projected(source, condition.paths))


def check_filtered(source: Source, missing: Sequence[str]) -> None:
    """Reject a query whose filter uses the attributes that are missing from an index."""
    if source.through is not None and missing:
        raise ValidationException(
            f"{INVALID}Secondary index {source.through.name} does not project one or more filter "
            f"attributes: [{', '.join(missing)}]",
            hint=_projected(source),
        )


def not_projected(source: Source, paths: Iterable[DocumentPath]) -> list[str]:
    """Return the attributes that the paths begin with and the source does not hold."""
    projected = source.projected
    if projected is None:
        return []
    return list(dict.fromkeys([str(path[0]) for path in paths if path[0] not in projected]))


def _projected(source: Source) -> str:
    return f"The index holds {', '.join(sorted(source.projected or ()))}."
