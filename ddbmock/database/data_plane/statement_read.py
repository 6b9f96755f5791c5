"""Reads of PartiQL's SELECT: the plan of its WHERE carried out on a table or an index.

A statement is a scan, or one read for each branch of its plan: of an item, if the branch pins the
whole key of the table, else a query. A page goes through the reads in their order until it has
evaluated as many items as Limit says, or 1 MB.

Source of rules, order and texts: recorded answers of the service.
"""

from __future__ import annotations

from collections.abc import Sequence

from ddbmock.database.capacity import Consumed, read_units, together
from ddbmock.database.data_plane.exclusive_start_key import remaining_range
from ddbmock.database.data_plane.page import MAX_SIZE
from ddbmock.database.data_plane.read_target import (
    SCANNED,
    Source,
    check_not_vectors,
    check_readable,
)
from ddbmock.database.data_plane.selection import Selection, check_paths, check_projected
from ddbmock.database.data_plane.statement_keys import (
    KeyRead,
    check_count,
    check_filters,
    check_overlaps,
    check_single_attributes,
    keys_of,
    reads_of,
    resolved,
)
from ddbmock.database.data_plane.table import Table
from ddbmock.database.schema import DELETING, TableDescription
from ddbmock.database.stored_key import (
    KeyRange,
    partitions,
)
from ddbmock.errors import ValidationException
from ddbmock.expressions import nodes
from ddbmock.expressions.faults import pointer
from ddbmock.named_tuple import NamedTuple
from ddbmock.partiql.advice import key_compared_with_name
from ddbmock.partiql.key_plan import ReadPlan, read_plan
from ddbmock.partiql.statements import Select
from ddbmock.values.item import Item
from ddbmock.values.model import Attributes


class Position(NamedTuple):
    """The start of a page: the number of a read, and the key after which it continues."""

    read: int
    key: Attributes | None = None


class Rows(NamedTuple):
    """A page of rows, and where the next one begins; None if there is none."""

    items: Sequence[Item]
    scanned: int
    consumed: Consumed
    last_key: Attributes | None
    """The key of the item that was evaluated last, if there is a next page."""
    next: Position | None
    full_scan: bool


def scan_advice(table: TableDescription, statement: Select) -> str:
    """Return a hint for a statement that reads a whole table or index: how to avoid that."""
    names: dict[str, int] = {}
    for test in () if statement.where is None else nodes.simple_conditions(statement.where):
        match test:
            case nodes.Comparison("=", nodes.Path((str(name),))) | nodes.In(
                nodes.Path((str(name),))
            ):
                names[name] = test.at
            case _:
                pass
    schema = Source(table, table.index(statement.index or "")).schema
    hash_key = schema.hash_key[0].name
    advice = key_compared_with_name(statement.text, statement.where, (hash_key,))
    if advice is not None:
        return advice
    for index in table.indexes:
        found = index.key_schema.hash_key[0].name
        if found in names and index.name != statement.index and len(index.key_schema.hash_key) == 1:
            advice = f'Index {index.name} finds it: FROM "{table.name}"."{index.name}".'
            return pointer(statement.text, names[found], advice)
    if hash_key in names:
        return (
            f"All of {table.name} is read: each alternative of OR must compare {hash_key} with one "
            "value, by = or IN."
        )
    return (
        f"All of {table.name} is read: WHERE does not compare {hash_key} with a value by = or IN."
    )


def find_target(table: TableDescription, statement: Select, *, consistent: bool) -> Source:
    """Return the table or index that FROM names.

    :raises ValidationException: there is no such index, or it cannot be read, or not consistently.
    """
    if statement.index is None:
        return Source(table)
    check_not_vectors(table, statement.index, SCANNED)
    index = table.index(statement.index)
    if index is None or index.status == DELETING:
        names = ", ".join(index.name for index in table.indexes) or "none"
        raise ValidationException(
            "The table does not have the specified index",
            hint=f"There is no index {statement.index!r}; indexes of table {table.name!r}: {names}.",
        )
    check_single_attributes(index)
    check_readable(index)
    if consistent and not index.local:
        raise ValidationException(
            "Strongly consistent read is not supported on Global Secondary Indexes",
            hint=f"Leave ConsistentRead out to read index {index.name!r}.",
        )
    return Source(table, index)


def single_row(
    table: Table, statement: Select, values: Attributes, *, consistent: bool
) -> Rows | None:
    """Read the item of a SELECT that is nothing but a right key of its table; None if it is more.

    :class:`SelectReader` reads it as well. This is for speed: many statements are of this kind.
    """
    schema = table.schema
    plan = read_plan(statement, keys_of(schema))
    if not plan.single or plan.nested or statement.index is not None or statement.order:
        return None
    key = {name: resolved(constant, values) for name, constant in plan.single}
    if not schema.fits(key):
        return None
    item = table.item(schema.stored(key))
    consumed = Consumed(read_units(item.size if item else 0, consistent=consistent))
    if item is None:
        return Rows([], 0, consumed, None, None, False)
    columns = statement.columns
    shown = item if columns is None else columns(item)
    return Rows([shown], 1, consumed, None, None, False)


class SelectReader:
    """A SELECT on its table, checked and ready to read pages."""

    def __init__(
        self, table: Table, statement: Select, values: Attributes, *, consistent: bool
    ) -> None:
        """Plan the reads of a statement with its parameters' values.

        :raises ValidationException: the statement does not fit the table.
        """
        self.table = table
        self.statement = statement
        self.consistent = consistent
        self.source = source = find_target(table.description, statement, consistent=consistent)
        self._selection = Selection(None, statement.columns)
        if source.through is not None:
            check_projected(source, self._selection)
        plan = read_plan(statement, keys_of(source.schema))
        if plan.nested:
            self._check_paths(plan)
        reads = reads_of(source, plan, values)
        if reads is not None:
            check_overlaps(reads)
            check_count(plan)
            check_filters(source, reads)
        elif plan.where is not None:
            self._selection = self._selection._replace(condition=plan.where.bind(values))
        self.forward = True
        if statement.order:
            reads = self._ordered(reads)
        elif reads is not None and len(reads) > 1:
            reads.sort(key=lambda read: (read.hash_order, read.key_range[0]))
        self._reads = reads

    @property
    def full_scan(self) -> bool:
        """Whether the statement reads all of its table or index."""
        return self._reads is None

    @property
    def plan(self) -> str:
        """Return the statement's plan in words, for the request log."""
        if self._reads is None:
            return "scan"
        if len(self._reads) > 1:
            return f"union of {len(self._reads)} reads"
        return "query" if self._reads[0].whole_key is None else "get"

    def _check_paths(self, plan: ReadPlan) -> None:
        columns = self.statement.columns
        table = self.table.description
        if columns is not None:
            check_paths(table, columns.paths, " ")
        if plan.where is not None:
            check_paths(table, plan.where.paths, " ")

    def _ordered(self, reads: list[KeyRead] | None) -> list[KeyRead]:
        """Put the reads into the order that ORDER BY asks for."""
        statement = self.statement
        names = self.source.schema.names
        if statement.where is None:
            raise ValidationException(
                "Must have WHERE clause in the statement when using ORDER BY clause.",
                hint="Rows are ordered within an item collection: WHERE must name its hash key.",
            )
        for term in statement.order:
            if term.name not in names:
                raise ValidationException(
                    f"Attribute {term.name} in ORDER BY clause must be part of the primary key",
                    hint=f"Rows can be ordered by {' and '.join(names)}.",
                )
        if reads is None:
            raise ValidationException(
                "Must have at least one non-optional hash key condition in WHERE clause when "
                "using ORDER BY clause.",
                hint=f"WHERE must compare {names[0]} by = or IN.",
            )
        descending = {term.name: term.descending for term in reversed(statement.order)}
        first = statement.order[0].name
        several = len({read.prefix for read in reads}) > 1
        if several and first != names[0]:
            raise ValidationException(
                "Must have hash key in ORDER BY clause when more than one hash key condition "
                "specified in WHERE clause.",
                hint=f"Begin with ORDER BY {names[0]}.",
            )
        # Without a term for it the range key is descending, as the service has it.
        backward = descending[names[1]] if len(names) > 1 and names[1] in descending else True
        self.forward = not backward
        reads.sort(key=lambda read: read.key_range[0], reverse=backward)
        reads.sort(key=lambda read: read.hash_order, reverse=descending.get(names[0], False))
        return reads

    def page(self, limit: int | None, start: Position | None) -> Rows:
        """Read a page from a position on."""
        if self._reads is None:
            return self._scanned(limit, start)
        if len(self._reads) == 1 and self._reads[0].whole_key is not None:
            item, consumed = self._got(self._reads[0])
            shown = [] if item is None else self._shown(self._reads[0], item)
            return Rows(shown, int(item is not None), consumed, None, None, False)
        return self._read(self._reads, limit, start or Position(0))

    def _scanned(self, limit: int | None, start: Position | None) -> Rows:
        key_range: KeyRange = (b"", None)
        if start is not None and start.key is not None:
            key_range = remaining_range(key_range, self.source.stored(start.key), forward=True)
        page = self.table.read_range(self.source, key_range, True, limit, self._selection)
        if self.table.description.on_demand_billing:
            if page.last_key is not None:
                key_range = (key_range[0], self.source.stored(page.last_key))
            page = page._replace(partitions=partitions(key_range))
        following = None if page.last_key is None else Position(0, page.last_key)
        consumed = page.consumed(consistent=self.consistent)
        return Rows(page.items, page.scanned, consumed, page.last_key, following, True)

    def _read(self, reads: list[KeyRead], limit: int | None, start: Position) -> Rows:
        items: list[Item] = []
        parts: list[Consumed] = []
        scanned = size = 0
        last_key: Attributes | None = None
        for number in range(start.read, len(reads)):
            read = reads[number]
            full = scanned == limit or (self.table.max_item_size is not None and size >= MAX_SIZE)
            if full:
                return Rows(items, scanned, together(parts), last_key, Position(number), False)
            if read.whole_key is not None:
                item, consumed = self._got(read)
                parts.append(consumed)
                if item is not None:
                    scanned += 1
                    size += item.size
                    last_key = self.source.key_of(item)
                    items += self._shown(read, item)
                continue
            key_range = read.key_range
            if number == start.read and start.key is not None:
                stored = self.source.stored(start.key)
                key_range = remaining_range(key_range, stored, forward=self.forward)
            left = None if limit is None else limit - scanned
            selection = self._selection._replace(condition=read.condition)
            page = self.table.read_range(self.source, key_range, self.forward, left, selection)
            parts.append(page.consumed(consistent=self.consistent))
            scanned += page.scanned
            size += page.size
            if len(reads) == 1:
                following = None if page.last_key is None else Position(0, page.last_key)
                return Rows(page.items, scanned, parts[0], page.last_key, following, False)
            items += page.items
            if page.last_key is not None:
                following = Position(number, page.last_key)
                return Rows(items, scanned, together(parts), page.last_key, following, False)
        return Rows(items, scanned, together(parts), None, None, False)

    def _got(self, read: KeyRead) -> tuple[Item | None, Consumed]:
        assert read.whole_key is not None
        item = self.table.item(read.whole_key)
        return item, Consumed(read_units(item.size if item else 0, consistent=self.consistent))

    def _shown(self, read: KeyRead, item: Item) -> list[Item]:
        if read.condition is not None and not read.condition(item):
            return []
        columns = self.statement.columns
        return [item if columns is None else columns(item)]
