"""Tables: items read and changed inside one storage transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from ddbmock.database.capacity import Consumed, IndexUnits, write_units
from ddbmock.database.data_plane import exclusive_start_key, expiry_queue
from ddbmock.database.data_plane import index_entries as indexes
from ddbmock.database.data_plane.index_key_rules import check_constants, check_index_key
from ddbmock.database.data_plane.key_range import key_range as key_range_of
from ddbmock.database.data_plane.page import MAX_SIZE, Page, read_page
from ddbmock.database.data_plane.read_target import Source, find
from ddbmock.database.data_plane.selection import (
    EVERYTHING,
    Selection,
    check_paths,
    check_query,
    check_scan,
    check_select,
)
from ddbmock.database.key import (
    INVALID,
    Attributed,
    KeyRange,
    KeySchema,
    hash_prefix,
    partitions,
    prefix_range,
    segment_range,
)
from ddbmock.database.schema import IndexDescription, TableDescription
from ddbmock.errors import ConditionalCheckFailedException, Stage, ValidationException
from ddbmock.expressions.condition import Condition
from ddbmock.expressions.key_condition import KeyTerm
from ddbmock.expressions.projection import Projection
from ddbmock.expressions.update import Update
from ddbmock.storage import Reader, Writer
from ddbmock.values.item import NO_ITEM, Item
from ddbmock.values.model import Attributes, AttributeValue

MAX_ITEM_SIZE: Final = 409_600
ITEM_SIZE: Final = "Item size has exceeded the maximum allowed size"
UPDATED_SIZE: Final = "Item size to update has exceeded the maximum allowed size"
COUNTED_COLLECTION: Final = 2**30
"""Bytes of a table below which the size of an item collection is not computed."""


class Written(NamedTuple):
    """What a write did."""

    old: Item | None
    new: Item | None
    indexes: tuple[IndexUnits, ...] = ()
    """Write units of the indexes that had to follow."""

    @property
    def size(self) -> int:
        """Bytes of the item, before or after, whichever is larger."""
        return max(self.old.size if self.old else 0, self.new.size if self.new else 0)

    @property
    def units(self) -> float:
        """Write units of the table itself."""
        return write_units(self.old.size if self.old else 0, self.new.size if self.new else 0)

    @property
    def consumed(self) -> Consumed:
        """Write units of the table and its indexes."""
        return Consumed(self.units, self.indexes)

    @property
    def total(self) -> float:
        """Their sum."""
        return self.consumed.total if self.indexes else self.units


class Change(NamedTuple):
    """A change of one item that fits the table as far as the request alone can tell."""

    stored_key: bytes
    make: Callable[[Item | None], Item | None]
    """The item afterwards, of the item before; None: there is none."""


class Table:
    """A table within one transaction: :meth:`write` unit gives one that can change items.

    A write is prepared (:meth:`to_put` and its like say what does not fit), then asked its
    condition, then applied. :meth:`put`, :meth:`update` and :meth:`delete` do all three; whoever
    writes several items has each step done for all of them before the next.
    """

    __slots__ = ("_reader", "_writer", "description", "max_item_size", "schema", "space")

    def __init__(
        self,
        description: TableDescription,
        reader: Reader,
        writer: Writer | None,
        max_item_size: int | None = MAX_ITEM_SIZE,
    ) -> None:
        self.description = description
        self.schema: KeySchema = description.key_schema
        self.space = description.table_id
        self.max_item_size = max_item_size
        self._reader = reader
        self._writer = writer

    def get(self, key: Attributes, projection: Projection | None = None) -> Item | None:
        """Return the whole item under a key; the projection is only checked.

        :raises ValidationException: the key or a projected path does not fit the schema.
        """
        self.check_keys((key,), projection)
        return self.item(self.schema.stored(key))

    def check_keys(self, keys: Iterable[Attributes], projection: Projection | None = None) -> None:
        """Reject keys, or else paths of a projection, that do not fit the schema."""
        for key in keys:
            self.schema.check_key(key)
        if projection is not None:
            check_paths(self.description, projection.paths)

    def item(self, stored_key: bytes) -> Item | None:
        """Return the item under a stored key."""
        record = self._reader.get(self.space, stored_key)
        return None if record is None else Item.of_record(record)

    def put(self, item: Item, condition: Condition | None = None) -> Written:
        """Replace an item whole, or bring it to be.

        :raises ValidationException: its size, its key or an index key does not fit.
        :raises ConditionalCheckFailedException: the condition does not hold of the old item.
        """
        return self._write(self.to_put(item), condition)

    def update(
        self, key: Attributes, update: Update, condition: Condition | None = None
    ) -> Written:
        """Change attributes of an item, or bring it to be.

        :raises ValidationException: the key, the update or its result does not fit.
        :raises ConditionalCheckFailedException: the condition does not hold of the old item.
        """
        return self._write(self.to_update(key, update), condition)

    def delete(self, key: Attributes, condition: Condition | None = None) -> Written:
        """Remove an item; nothing happens when there is none.

        :raises ValidationException: the key does not fit the schema.
        :raises ConditionalCheckFailedException: the condition does not hold of the item.
        """
        return self._write(self.to_delete(key), condition)

    def to_put(self, item: Item) -> Change:
        """The change that replaces an item whole.

        :raises ValidationException: its size, its key or an index key does not fit.
        """
        self.check_size(item)
        self.schema.check_item(item)
        self.check_index_keys(item)
        return self.replacement(item)

    def to_update(self, key: Attributes, update: Update) -> Change:
        """The change of an item by an update.

        :raises ValidationException: the key does not fit, or the update changes a key, gives an
            index key a value of another type or goes below one.
        """
        self.schema.check_key(key)
        self._check_update(update)

        def make(old: Item | None) -> Item | None:
            new = update.apply(old, key)
            if new is not None:
                self._check_updated(new)
            return new

        return Change(self.schema.stored(key), make)

    def to_delete(self, key: Attributes) -> Change:
        """The change that removes an item, if it is there.

        :raises ValidationException: the key does not fit the schema.
        """
        self.schema.check_key(key)
        return self.removal(key)

    def replacement(self, item: Item) -> Change:
        """The change that :meth:`to_put` gives for an item that was checked."""
        return Change(self.schema.stored(item), lambda old: item)

    def removal(self, key: Attributes) -> Change:
        """The change that :meth:`to_delete` gives for a key that was checked."""
        return Change(self.schema.stored(key), lambda old: None)

    def before(self, change: Change) -> Item | None:
        """The item that is to be changed."""
        return self.item(change.stored_key)

    def apply(self, change: Change, old: Item | None) -> Written:
        """Do a change to the item that :meth:`before` gave.

        :raises ValidationException: the update cannot be done to this item.
        """
        try:
            new = change.make(old)
        except ValidationException as error:
            error.found_at(Stage.ITEM)
            raise
        if old is None and new is None:
            return Written(None, None)
        return self._replace(change.stored_key, old, new)

    def _write(self, change: Change, condition: Condition | None) -> Written:
        if condition is not None:
            check_paths(self.description, condition.paths)
        old = self.before(change)
        check(condition, old)
        return self.apply(change, old)

    def expire(self, stored_key: bytes) -> None:
        """Remove an item whose time to live has ended."""
        old = self.item(stored_key)
        if old is not None:
            self._replace(stored_key, old, None)

    def query(
        self,
        terms: Sequence[KeyTerm],
        *,
        index: str | None = None,
        consistent: bool = False,
        start: Attributes | None = None,
        forward: bool = True,
        limit: int | None = None,
        selection: Selection = EVERYTHING,
    ) -> Page:
        """Read a page of the items whose keys meet all terms, in the order of the range key.

        `start` is the key after which the page begins; its item need not exist. Cost: O(log n +
        items read), both for a table and for an index.

        :raises ValidationException: a parameter does not fit the keys, in the service's order.
        """
        source = find(self.description, index, consistent=consistent)
        key_range = key_range_of(source, terms, start, forward=forward)
        check_query(source, selection)
        return self._read(source, key_range, forward, limit, selection)

    def scan(
        self,
        *,
        index: str | None = None,
        consistent: bool = False,
        segment: tuple[int, int] | None = None,
        start: Attributes | None = None,
        limit: int | None = None,
        selection: Selection = EVERYTHING,
    ) -> Page:
        """Read a page of all items, or of one segment: `segment` is (0, 4) for the first of four.

        :raises ValidationException: a parameter does not fit the keys, in the service's order.
        """
        source = find(self.description, index, consistent=consistent)
        if start is not None:
            exclusive_start_key.check_scan_start(source, start)
        check_select(source, selection)
        key_range: KeyRange = (b"", None) if segment is None else segment_range(*segment)
        if start is not None:
            exclusive_start_key.check_table_key(source, start)
            stored = source.stored(start)
            if segment is not None:
                exclusive_start_key.check_segment(stored, *segment)
            key_range = exclusive_start_key.remaining_range(key_range, stored, forward=True)
        check_scan(source, selection)
        page = self._read(source, key_range, True, limit, selection)
        if not self.description.on_demand_billing:
            return page
        if page.last_key is not None:
            key_range = (key_range[0], source.stored(page.last_key))
        return page._replace(partitions=partitions(key_range))

    def _read(
        self,
        source: Source,
        key_range: KeyRange,
        forward: bool,
        limit: int | None,
        selection: Selection,
    ) -> Page:
        low, high = key_range
        read = read_page(
            self._reader.range(source.space, low, high, reverse=not forward),
            limit=limit,
            condition=selection.condition and selection.condition.holds,
            fetch=self._fetch if selection.fetches(source) else None,
            project=selection.projection,
            max_size=None if self.max_item_size is None else MAX_SIZE,
        )
        last_key = None if read.last is None else source.key_of(read.last)
        return Page(read.items, read.scanned, read.size, last_key, source.through, read.fetched)

    def totals(self, index: str | None = None) -> tuple[int, int]:
        """Return the number of items and their bytes, of the table or an index."""
        return self._reader.total(self.description.space(index))

    def hash_key_of(self, key: Attributed) -> dict[str, AttributeValue]:
        """Return the hash key attribute, which all items of an item collection share."""
        name = self.schema.hash_key[0].name
        value = key.get(name)
        assert value is not None, "the key was not checked"
        return {name: value}

    def collection_size(self, hash_key: Attributes) -> int:
        """Return the bytes of the items with this hash key and of their entries in local indexes.

        Returns 0 if the whole table has less than :data:`COUNTED_COLLECTION`.
        """
        description = self.description
        spaces = [description.space(index.name) for index in description.local_indexes]
        spaces.append(self.space)
        if sum([self._reader.total(space)[1] for space in spaces]) < COUNTED_COLLECTION:
            return 0
        low, high = prefix_range(hash_prefix(self.schema, list(hash_key.values())))
        return sum(
            [
                Item.of_record(record).size
                for space in spaces
                for _, record in self._reader.range(space, low, high)
            ]
        )

    def backfill(self, index: IndexDescription) -> None:
        """Enter all items into a new index, except those whose index keys do not fit."""
        writer, description = self._writing(), self.description
        for stored_key, record in self._reader.range(self.space):
            item = Item.of_record(record)
            end = indexes.tie(self.schema, item, stored_key)
            indexes.replace(writer, description, index, end, None, item)

    def _fetch(self, entry: Item) -> Item:
        item = self.item(self.schema.stored(entry))
        assert item is not None, "an index entry without its item"
        return item

    def _writing(self) -> Writer:
        assert self._writer is not None, "a table of a read unit is to be changed"
        return self._writer

    def _replace(self, stored_key: bytes, old: Item | None, new: Item | None) -> Written:
        """Put `new` in the place of `old`: the one path by which an item changes."""
        writer = self._writing()
        if new is None:
            writer.delete(self.space, stored_key)
        else:
            writer.put(self.space, stored_key, new.record)
        count = (new is not None) - (old is not None)
        size = (new.size if new else 0) - (old.size if old else 0)
        if count or size:
            writer.add(self.space, count, size)
        description = self.description
        if description.time_to_live is not None:
            expiry_queue.replace(writer, description, old, new)
        if not description.kept_indexes:
            return Written(old, new)
        item = old if new is None else new
        assert item is not None, "nothing is replaced by nothing"
        end = indexes.tie(self.schema, item, stored_key)
        units = [
            consumed
            for index in description.kept_indexes
            if (consumed := indexes.replace(writer, description, index, end, old, new)) is not None
        ]
        return Written(old, new, tuple(units))

    def check_size(self, item: Item) -> None:
        """Refuse an item that is too large to be put."""
        check_item_size(item, self.max_item_size)
        if not self._fits_with_entries(item):
            raise ValidationException(ITEM_SIZE, hint=self._with_entries(item))

    def check_index_keys(self, item: Item, *, updated: bool = False) -> None:
        """Refuse an item that an index could not hold; global indexes first, as the service.

        Nothing can be written to an item that does not fit an index younger than it, until the
        write also mends that.

        Source: Developer Guide, "Detecting and correcting index key violations".
        """
        for index in self.description.kept_indexes:
            if not index.key_schema.fits(item):
                check_index_key(index, item, updated=updated)

    def _fits_with_entries(self, item: Item) -> bool:
        """Whether an item and its entries in local indexes are not too large together.

        Source: Developer Guide, "Quotas in Amazon DynamoDB", "Item size for tables with local
        secondary indexes".
        """
        most, copies = self.max_item_size, 1 + len(self.description.local_indexes)
        if most is None or item.size * copies <= most:
            return True
        return self._size_with_entries(item) <= most

    def _size_with_entries(self, item: Item) -> int:
        table = self.description
        return item.size + sum(
            [
                indexes.projected(item, index, table).size
                for index in table.local_indexes
                if index.key_schema.fits(item)
            ]
        )

    def _with_entries(self, item: Item) -> str:
        return (
            f"The item and its entries in local indexes have {self._size_with_entries(item)} "
            f"bytes of at most {self.max_item_size}."
        )

    def _check_update(self, update: Update) -> None:
        """Reject an update that is invalid for every item of the table."""
        for path in update.targets:
            if path[0] in self.schema.names:
                raise ValidationException(
                    f"{INVALID}Cannot update attribute {path[0]}. "
                    "This attribute is part of the key",
                    hint="To change a key, put a new item and delete the old one.",
                )
        for index in self.description.kept_indexes:
            check_constants(index, update.constants)
        check_paths(self.description, update.paths)

    def _check_updated(self, new: Item) -> None:
        """Refuse what an update has made of an item."""
        if self.max_item_size is not None and new.size > self.max_item_size:
            raise ValidationException(
                UPDATED_SIZE,
                hint=f"The item would have {new.size} bytes of at most {self.max_item_size}.",
            )
        if not self._fits_with_entries(new):
            raise ValidationException(UPDATED_SIZE, hint=self._with_entries(new))
        self.check_index_keys(new, updated=True)


def check_item_size(item: Item, most: int | None) -> None:
    """Refuse an item of more bytes than an item may have."""
    if most is not None and item.size > most:
        raise ValidationException(
            ITEM_SIZE,
            hint=f"The item has {item.size} bytes of at most {most}.",
        )


def check(condition: Condition | None, old: Item | None) -> None:
    """Refuse what `condition` does not allow.

    :raises ConditionalCheckFailedException: with the old item at hand for
        ReturnValuesOnConditionCheckFailure.
    """
    if condition is not None and not condition(old or NO_ITEM):
        shown = "there is no item under this key" if old is None else f"the item is {_text(old)}"
        error = ConditionalCheckFailedException(
            "The conditional request failed", hint=f"The condition is false: {shown}."
        )
        error.item = old
        error.found_at(Stage.ITEM)
        raise error


def _text(item: Item) -> str:
    text = item.json.decode()
    return text if len(text) <= 400 else text[:397] + "..."
