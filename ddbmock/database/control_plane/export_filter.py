"""FilterSpecification of exports: the items and attributes that are exported.

Source: Developer Guide, "Filtering a table export". Filters mean what they mean in Query and Scan. They
apply to the newest image of a change, and to the old image of a deletion. Texts of errors are assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ddbmock.database.data_plane.key_range import key_range
from ddbmock.database.data_plane.read_target import Source
from ddbmock.database.data_plane.selection import Selection, check_query, check_scan
from ddbmock.database.schema import TableDescription
from ddbmock.database.stored_key import KeyRange
from ddbmock.errors import ValidationException
from ddbmock.expressions import parameters
from ddbmock.expressions.condition import Condition, condition
from ddbmock.expressions.key_condition import KeyTerm, key_condition
from ddbmock.expressions.names import Names
from ddbmock.expressions.projection import Projection, projection
from ddbmock.frozen import dataclass
from ddbmock.values.item import Item

REFUSED: Final = "Invalid Request: Invalid FilterSpecification: "
EMPTY: Final = "The specification can not be empty"


@dataclass(frozen=True)
class ExportFilter:
    """A compiled FilterSpecification."""

    terms: tuple[KeyTerm, ...] | None
    condition: Condition | None
    projection: Projection | None

    def check(self, table: TableDescription) -> None:
        """Reject expressions that do not fit the keys of a table.

        :raises ValidationException: they do not.
        """
        selection = Selection(self.condition, self.projection)
        try:
            if self.terms is None:
                check_scan(Source(table), selection)
            else:
                self.key_range(table)
                check_query(Source(table), selection)
        except ValidationException as error:
            raise _refused(error) from error

    def key_range(self, table: TableDescription) -> KeyRange:
        """Return the range of stored keys that are read."""
        if self.terms is None:
            return b"", None
        return key_range(Source(table), self.terms, None, expressed=True)

    def holds(self, item: Item) -> bool:
        """Return whether an item is exported."""
        return self.condition is None or self.condition.holds(item)

    def shown(self, item: Item) -> Item:
        """Return an item with the attributes that are exported."""
        return item if self.projection is None else self.projection(item)


EVERYTHING: Final = ExportFilter(None, None, None)


def compiled(specification: Mapping[str, Any]) -> ExportFilter:
    """Compile a FilterSpecification.

    :raises ValidationException: it is empty, or one of its expressions is invalid.
    """
    if not specification:
        raise ValidationException(REFUSED + EMPTY, hint="Leave FilterSpecification out.")
    try:
        parameters.QUERY.check(specification)
        names = Names.of_json(
            specification.get("ExpressionAttributeNames"),
            specification.get("ExpressionAttributeValues"),
        )
        key, filtering, shown = (
            specification.get(f"{kind}Expression")
            for kind in ("KeyCondition", "Filter", "Projection")
        )
        found = ExportFilter(
            None if key is None else key_condition(key, names),
            None if filtering is None else condition(filtering, "FilterExpression", names),
            None if shown is None else projection(shown, names),
        )
        names.check_all_used()
    except ValidationException as error:
        raise _refused(error) from error
    return found


def _refused(error: ValidationException) -> ValidationException:
    return ValidationException(f"{REFUSED}{error.message}", hint=error.hint)
