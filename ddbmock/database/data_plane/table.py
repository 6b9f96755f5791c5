"""Tables: items read and changed inside one storage transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from ddbmock.database.capacity import IndexUnits, VectorBytes
from ddbmock.database.data_plane import expiry_queue
from ddbmock.database.data_plane.item_change import Cause, ItemChange
from ddbmock.database.data_plane.item_size import (
    MAX_ITEM_SIZE,
    check_put_size,
    check_statement_size,
    check_updated_size,
)
from ddbmock.database.data_plane.write_plan import (
    REMOVED,
    Membership,
    Outcome,
    WritePlan,
    Written,
    check_condition,
)
from ddbmock.database.key import INVALID, Attributed, KeySchema, hash_prefix
from ddbmock.database.schema import TableDescription
from ddbmock.database.stored_key import KeyRange, partitions, prefix_range, segment_range
from ddbmock.errors import Stage, ValidationException
from ddbmock.later import later
from ddbmock.storage import Reader, Writer
from ddbmock.values.item import Item
from ddbmock.values.model import Attributes, AttributeValue

if TYPE_CHECKING:
    from ddbmock.database.data_plane import (
        exclusive_start_key,
        followers,
        index_entries,
        index_key_rules,
        read_target,
        vector_entries,
        vector_rules,
    )
    from ddbmock.database.data_plane import key_range as key_ranges
    from ddbmock.database.data_plane import page as pages
    from ddbmock.database.data_plane import selection as selections
    from ddbmock.database.data_plane.page import Page
    from ddbmock.database.data_plane.read_target import Source
    from ddbmock.database.data_plane.selection import Selection
    from ddbmock.expressions.condition import Condition
    from ddbmock.expressions.key_condition import KeyTerm
    from ddbmock.expressions.projection import Projection
    from ddbmock.expressions.update import Update
else:
    (
        exclusive_start_key,
        followers,
        index_entries,
        index_key_rules,
        key_ranges,
        pages,
        read_target,
        selections,
        vector_entries,
        vector_rules,
    ) = later(
        "ddbmock.database.data_plane",
        "exclusive_start_key",
        "followers",
        "index_entries",
        "index_key_rules",
        "key_range",
        "page",
        "read_target",
        "selection",
        "vector_entries",
        "vector_rules",
    )

if TYPE_CHECKING:
    from ddbmock.values import glance
else:
    glance = later("ddbmock.values", "glance")

COUNTED_COLLECTION: Final = 2**30
"""The size of a table in bytes below which the sizes of item collections are not computed."""


class Table:
    """A table within one transaction; that of a write unit can change items.

    :meth:`write` carries out one plan. Operations on several items call :meth:`stored_item`,
    :func:`.check_condition` and :meth:`apply` themselves, each for all items before the next.
    """

    __slots__ = (
        "_reader",
        "_writer",
        "cause",
        "description",
        "max_item_size",
        "now",
        "schema",
        "space",
    )

    def __init__(
        self,
        description: TableDescription,
        reader: Reader,
        writer: Writer | None,
        max_item_size: int | None = MAX_ITEM_SIZE,
        *,
        now: float = 0.0,
        cause: Cause = Cause.USER,
    ) -> None:
        self.description = description
        self.schema: KeySchema = description.key_schema
        self.space = description.table_id
        self.max_item_size = max_item_size
        self.now = now
        self.cause = cause
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
            selections.check_paths(self.description, projection.paths)

    def item(self, stored_key: bytes) -> Item | None:
        """Return the item under a stored key."""
        record = self._reader.get(self.space, stored_key)
        return None if record is None else Item.of_record(record)

    def plan_put(self, item: Item) -> WritePlan:
        """Plan the replacement of an item.

        :raises ValidationException: its size, its key or an index key does not fit.
        """
        check_put_size(self.description, item, self.max_item_size)
        self.schema.check_item(item)
        return self.put_of(item, self.membership(item))

    def plan_update(
        self, key: Attributes, update: Update, largest_statement: int | None = None
    ) -> WritePlan:
        """Plan an update of an item, or its creation by one.

        `largest_statement` are the bytes that the update itself may have; None: any number.

        :raises ValidationException: the key does not fit, or the update changes a key, gives an
            index key a value of another type or a path below one.
        """
        self.schema.check_key(key)
        self._check_update(update)

        def outcome(old: Item | None) -> Outcome:
            new = update.apply(old, key)
            if new is None:
                return REMOVED
            check_updated_size(self.description, new, self.max_item_size)
            membership = self.membership(new, updated=True)
            if self.description.kept_vector_indexes:
                vector_rules.check_updated_vectors(self.description, old, new)
            return Outcome(new, membership)

        check_stored = None
        if largest_statement is not None:
            check_stored = partial(check_statement_size, update, largest_statement)
        return WritePlan(self.schema.stored(key), outcome, check_stored)

    def plan_delete(self, key: Attributes) -> WritePlan:
        """Plan the removal of an item, if there is one.

        :raises ValidationException: the key does not fit the schema.
        """
        self.schema.check_key(key)
        return self.delete_of(key)

    def put_of(self, item: Item, membership: Membership) -> WritePlan:
        """Return the plan to put an item that was checked; `membership` is the result of
        :meth:`membership`."""
        outcome = Outcome(item, membership)
        return WritePlan(self.schema.stored(item), lambda old: outcome)

    def delete_of(self, key: Attributes) -> WritePlan:
        """Return the plan to delete the item of a key that was checked."""
        return WritePlan(self.schema.stored(key), _removed)

    def stored_item(self, plan: WritePlan) -> Item | None:
        """Return the item that a plan changes."""
        return self.item(plan.stored_key)

    def write(self, plan: WritePlan, condition: Condition | None = None) -> Written:
        """Apply a plan to its item, provided the condition holds.

        :raises ValidationException: a path of the condition leads into a key, or the update
            cannot be applied to the item.
        :raises ConditionalCheckFailedException: the condition is false for the stored item.
        """
        if condition is not None:
            selections.check_paths(self.description, condition.paths)
        old = self.stored_item(plan)
        if plan.check_stored is not None:
            plan.check_stored(old)
        check_condition(condition, old)
        return self.apply(plan, old)

    def apply(self, plan: WritePlan, old: Item | None) -> Written:
        """Apply a plan to the item that :meth:`stored_item` returned.

        :raises ValidationException: the update cannot be applied to this item.
        """
        try:
            new, membership = plan.outcome(old)
        except ValidationException as error:
            error.found_at(Stage.ITEM)
            raise
        if old is None and new is None:
            return Written(None, None)
        return self._replace(plan.stored_key, old, new, membership)

    def remove(self, stored_key: bytes) -> None:
        """Remove the item under a stored key, if there is one."""
        old = self.item(stored_key)
        if old is not None:
            self._replace(stored_key, old, None, ())

    def insert(self, stored_key: bytes, item: Item, old: Item | None = None) -> None:
        """Store an item without checks in place of `old`. Indexes omit it if it does not fit
        them."""
        kept = self.description.kept_indexes
        membership = tuple([index.key_schema.fits(item) for index in kept])
        self._replace(stored_key, old, item, membership)

    def put_replica(self, stored_key: bytes, new: Item | None) -> None:
        """Give the item of a stored key its state in another replica; None removes it.

        Nothing is checked, as another region has accepted the item.
        """
        old = self.item(stored_key)
        if old is None and new is None:
            return
        indexes = () if new is None else self.description.kept_indexes
        membership = tuple(index.key_schema.fits(new) for index in indexes if new is not None)
        self._replace(stored_key, old, new, membership)

    def query(
        self,
        terms: Sequence[KeyTerm],
        *,
        index: str | None = None,
        consistent: bool = False,
        start: Attributes | None = None,
        forward: bool = True,
        limit: int | None = None,
        selection: Selection | None = None,
        expressed: bool = False,
    ) -> Page:
        """Read a page of the items whose keys meet all terms, in the order of the range key.

        `start` is the key after which the page begins; its item need not exist. Cost: O(log n +
        items read), both for a table and for an index.

        :raises ValidationException: a parameter does not fit the keys, in the service's order.
        """
        selection = selection or selections.EVERYTHING
        read_target.check_not_vectors(self.description, index, read_target.QUERIED)
        source = read_target.find(self.description, index, consistent=consistent)
        key_range = key_ranges.key_range(source, terms, start, forward=forward, expressed=expressed)
        selections.check_query(source, selection)
        return self.read_range(source, key_range, forward, limit, selection)

    def scan(
        self,
        *,
        index: str | None = None,
        consistent: bool = False,
        segment: tuple[int, int] | None = None,
        start: Attributes | None = None,
        limit: int | None = None,
        selection: Selection | None = None,
    ) -> Page:
        """Read a page of all items, or of one segment: `segment` is (0, 4) for the first of four.

        :raises ValidationException: a parameter does not fit the keys, in the service's order.
        """
        selection = selection or selections.EVERYTHING
        read_target.check_not_vectors(self.description, index, read_target.SCANNED)
        source = read_target.find(self.description, index, consistent=consistent)
        if start is not None:
            exclusive_start_key.check_scan_start(source, start)
        selections.check_select(source, selection)
        key_range: KeyRange = (b"", None) if segment is None else segment_range(*segment)
        if start is not None:
            exclusive_start_key.check_table_key(source, start)
            stored = source.stored(start)
            if segment is not None:
                exclusive_start_key.check_segment(stored, *segment)
            key_range = exclusive_start_key.remaining_range(key_range, stored, forward=True)
        selections.check_scan(source, selection)
        page = self.read_range(source, key_range, True, limit, selection)
        if not self.description.on_demand_billing:
            return page
        if page.last_key is not None:
            key_range = (key_range[0], source.stored(page.last_key))
        return page._replace(partitions=partitions(key_range))

    def read_range(
        self,
        source: Source,
        key_range: KeyRange,
        forward: bool,
        limit: int | None,
        selection: Selection,
    ) -> Page:
        """Read a page of a range of stored keys; the selection is taken to be checked."""
        low, high = key_range
        read = pages.read_page(
            self._reader.range(source.space, low, high, reverse=not forward),
            limit=limit,
            condition=selection.condition,
            fetch=self._fetch if selection.fetches(source) else None,
            project=selection.projection,
            max_size=None if self.max_item_size is None else pages.MAX_SIZE,
            range_key=self.schema.range_key[0].name if self.schema.range_key else None,
        )
        last_key = None if read.last is None else source.key_of(glance.Glance(read.last.record))
        return pages.Page(
            read.items, read.scanned, read.size, last_key, source.through, read.fetched
        )

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

    def _fetch(self, entry: Item) -> Item:
        item = self.item(self.schema.stored(entry))
        assert item is not None, "an index entry without its item"
        return item

    def _replace(
        self, stored_key: bytes, old: Item | None, new: Item | None, membership: Membership
    ) -> Written:
        """Put `new` in the place of `old`. Items change here and in :mod:`.plain_puts`, and nowhere else."""
        writer = self._writer
        assert writer is not None, "a table of a read unit cannot be changed"
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
        if description.has_followers:
            followers.follow(
                writer, ItemChange(description, stored_key, old, new, self.cause, self.now)
            )
        units: tuple[IndexUnits, ...] = ()
        vectors: tuple[VectorBytes, ...] = ()
        if description.kept_indexes:
            units = index_entries.replace_all(writer, description, stored_key, old, new, membership)
        if description.kept_vector_indexes:
            vectors = vector_entries.replace_all(writer, description, stored_key, old, new)
        return Written(old, new, units, vectors)

    def check_size(self, item: Item) -> None:
        """Reject an item that is too large to be put."""
        check_put_size(self.description, item, self.max_item_size)

    def membership(self, item: Item, *, updated: bool = False) -> Membership:
        """Return which indexes will hold an item; `updated` means that an update has made it.

        Nothing can be written to an item that does not fit an index younger than it, until the
        write also mends that.

        Source: Developer Guide, "Detecting and correcting index key violations".

        :raises ValidationException: an index key does not fit; global indexes are checked first,
            as the service does.
        """
        description = self.description
        if not description.kept_indexes and not description.kept_vector_indexes:
            return ()
        membership = []
        for index in description.kept_indexes:
            fits = index.key_schema.fits(item)
            if not fits:
                index_key_rules.check_index_key(index, item, updated=updated)
            membership.append(fits)
        if description.kept_vector_indexes and not updated:
            vector_rules.check_vectors(description, item)
        return tuple(membership)

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
            index_key_rules.check_constants(index, update.constants)
        selections.check_paths(self.description, update.paths)


def _removed(old: Item | None) -> Outcome:
    return REMOVED
