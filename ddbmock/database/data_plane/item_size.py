"""Item sizes: the limits of an item alone, and together with its entries in local indexes.

Source: Developer Guide, "Quotas in Amazon DynamoDB", "Item size for tables with local secondary
indexes".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ddbmock.database.schema import TableDescription
from ddbmock.errors import ValidationException
from ddbmock.later import later
from ddbmock.values.item import Item

if TYPE_CHECKING:
    from ddbmock.database.data_plane import index_entries
    from ddbmock.expressions.update import Update
else:
    index_entries = later("ddbmock.database.data_plane", "index_entries")

MAX_ITEM_SIZE: Final = 409_600
ITEM_SIZE: Final = "Item size has exceeded the maximum allowed size"
UPDATED_SIZE: Final = "Item size to update has exceeded the maximum allowed size"


def check_item_size(item: Item, most: int | None) -> None:
    """Reject an item of more than `most` bytes (None: no limit)."""
    if most is not None and item.size > most:
        raise ValidationException(
            ITEM_SIZE,
            hint=f"The item has {item.size} bytes; at most {most} are allowed, attribute names included.",
        )


def check_put_size(table: TableDescription, item: Item, most: int | None) -> None:
    """Reject an item that is too large to be put into a table."""
    if _fits_for_sure(table, item, most):
        return
    check_item_size(item, most)
    if not _fits_with_entries(table, item, most):
        raise ValidationException(ITEM_SIZE, hint=_with_entries(table, item, most))


def check_updated_size(table: TableDescription, item: Item, most: int | None) -> None:
    """Reject an item that an update has made too large."""
    if _fits_for_sure(table, item, most):
        return
    if most is not None and item.size > most:
        raise ValidationException(
            UPDATED_SIZE,
            hint=f"The item would have {item.size} bytes; at most {most} are allowed, names included.",
        )
    if not _fits_with_entries(table, item, most):
        raise ValidationException(UPDATED_SIZE, hint=_with_entries(table, item, most))


def check_statement_size(update: Update, most: int, old: Item | None) -> None:
    """Reject an update that is itself of more than `most` bytes, for the stored item."""
    size = update.size(old)
    if size > most:
        raise ValidationException(
            UPDATED_SIZE,
            hint=f"The update writes {size} bytes, its clauses included; {most} are the limit. "
            "PutItem counts the finished item only.",
        )


def _fits_for_sure(table: TableDescription, item: Item, most: int | None) -> bool:
    """Return whether an item fits even if all its attributes are in all local indexes."""
    return most is None or item.size * (1 + len(table.local_indexes)) <= most


def _fits_with_entries(table: TableDescription, item: Item, most: int | None) -> bool:
    return most is None or _size_with_entries(table, item) <= most


def _size_with_entries(table: TableDescription, item: Item) -> int:
    return item.size + sum(
        [
            index_entries.projected(item, index, table).size
            for index in table.local_indexes
            if index.key_schema.fits(item)
        ]
    )


def _with_entries(table: TableDescription, item: Item, most: int | None) -> str:
    return (
        f"The item and its entries in local indexes have {_size_with_entries(table, item)} "
        f"bytes; at most {most} are allowed."
    )
