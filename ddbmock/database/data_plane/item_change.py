"""Item changes: what a write has done to one item, for everything that follows a table's changes."""

from __future__ import annotations

from enum import Enum

from ddbmock.database.schema import TableDescription
from ddbmock.named_tuple import NamedTuple
from ddbmock.values.item import Item
from ddbmock.values.model import AttributeValue


class Cause(Enum):
    """The origin of an item change."""

    USER = "user"
    """A request."""
    TIME_TO_LIVE = "time to live"
    """The service, which removed an expired item."""
    RESTORE = "restore"
    """A restored backup."""
    IMPORT = "import"
    """An imported file."""
    REPLICATION = "replication"
    """A write to another replica of the table."""


class ItemChange(NamedTuple):
    """One change of one item. At least one of `old` and `new` is an item; they may be equal."""

    table: TableDescription
    stored_key: bytes
    old: Item | None
    new: Item | None
    cause: Cause
    instant: float
    """Epoch seconds of the write, by the clock of the database in which it was made."""

    @property
    def item(self) -> Item:
        """The new item, or the old one if it was removed."""
        item = self.old if self.new is None else self.new
        assert item is not None, "a change from nothing to nothing"
        return item

    @property
    def key(self) -> dict[str, AttributeValue]:
        """The item's primary key."""
        return self.table.key_schema.select(self.item)
