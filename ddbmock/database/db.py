"""A database: its settings, clock and storage, and the calls made of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from types import TracebackType
from typing import NamedTuple

from ddbmock.clock import Clock, SystemClock
from ddbmock.database.arn import partition
from ddbmock.database.capacity import IndexUnits
from ddbmock.database.data_plane import expiry, expiry_queue
from ddbmock.database.data_plane.item_size import MAX_ITEM_SIZE
from ddbmock.database.data_plane.table import Table
from ddbmock.database.schema import (
    CATALOGUE,
    UNSETTLED,
    Life,
    Step,
    TableDescription,
    decode_life,
)
from ddbmock.database.statistics import Statistics
from ddbmock.errors import DynamoDBError, ResourceNotFoundException, Stage
from ddbmock.settings import Settings
from ddbmock.storage import Reader, Storage, Writer


class DynamoDB:
    """A database with all its tables. A process can hold any number of them."""

    def __init__(
        self,
        storage: Storage,
        settings: Settings | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.storage = storage
        self.settings = settings or Settings()
        self.clock = clock or SystemClock()
        self._expired_by: int | None = None
        self.written = False
        """Whether anything was written since the last search for expired items."""
        self.statistics = Statistics(
            self.clock,
            sample=self.settings.statistics_sample,
            aggregate=self.settings.statistics_aggregate,
        )

    def expire(self) -> None:
        """Delete the items whose time to live has ended.

        Searches at most once in each second of the clock. With ``ttl = prompt`` it searches after
        each write too, because an item may have expired before it is written.
        """
        now = self.clock.now()
        prompt = self.settings.ttl == "prompt"
        by = now if prompt else now - self.settings.ttl_delay
        if int(by) == self._expired_by and not (prompt and self.written):
            return
        self._expired_by = int(by)
        self.written = False
        if not expiry.expire(self.storage, by=by, now=now):
            self._expired_by = None

    def restored(self) -> None:
        """Search for expired items at the next call, because the content was replaced."""
        self._expired_by = None

    def close(self) -> None:
        """Log the total statistics and close the storage; the database ends with it."""
        self.statistics.close()
        self.storage.close()

    def call(
        self,
        operation: str = "",
        region: str = "us-east-1",
        access_key: str = "",
        host: str = "",
    ) -> Call:
        """Return a call of an operation by one caller."""
        return Call(self, operation, region, access_key, host)


class Consumption(NamedTuple):
    """Units that a call consumed on one table and its indexes."""

    table: str
    read_units: float
    write_units: float
    indexes: tuple[IndexUnits, ...]
    """The part of the units that was consumed on indexes."""


class Call:
    """One call of an operation: its caller, the tables it sees, and the units it consumed.

    All callers see the same tables unless the setting ``databases`` is ``each``.
    """

    __slots__ = (
        "access_key",
        "clock",
        "consumed",
        "dynamodb",
        "host",
        "operation",
        "prefix",
        "region",
        "returned",
        "scanned",
        "settings",
    )

    def __init__(
        self, dynamodb: DynamoDB, operation: str, region: str, access_key: str, host: str
    ) -> None:
        self.dynamodb = dynamodb
        self.host = host
        self.operation = operation
        self.region = region
        self.access_key = access_key
        self.settings = dynamodb.settings
        self.clock = dynamodb.clock
        self.prefix = "" if self.settings.databases == "one" else f"{access_key}/{region}/"
        self.consumed: list[Consumption] = []
        self.scanned = 0
        self.returned = 0

    def begin_anew(self) -> None:
        """Reset the consumed units before another attempt."""
        self.consumed = []
        self.scanned = self.returned = 0

    @property
    def limited(self) -> bool:
        """Whether DynamoDB's limits apply."""
        return self.settings.limits == "aws"

    @property
    def account_id(self) -> str:
        return self.settings.account_id

    def read(self) -> Unit:
        """Return a unit of work that reads a consistent snapshot."""
        return Unit(self, self.dynamodb.storage.read(), writing=False)

    def write(self) -> Unit:
        """Return a unit of work whose changes are applied all together or not at all."""
        return Unit(self, self.dynamodb.storage.write(), writing=True)

    def table_arn(self, name: str) -> str:
        """Return the ARN of a table of this caller."""
        start = f"arn:{partition(self.region)}:dynamodb"
        return f"{start}:{self.region}:{self.account_id}:table/{name}"

    def consume(
        self,
        table: str,
        read_units: float = 0.0,
        write_units: float = 0.0,
        indexes: tuple[IndexUnits, ...] = (),
    ) -> None:
        """Record consumed units. The totals include `indexes`, which lists them by index."""
        self.consumed.append(Consumption(table, read_units, write_units, indexes))


class Unit:
    """A unit of work; entering it with ``with`` gives the :class:`Tables`."""

    __slots__ = ("_call", "_transaction", "_writing")

    def __init__(
        self,
        call: Call,
        transaction: AbstractContextManager[Reader] | AbstractContextManager[Writer],
        *,
        writing: bool,
    ) -> None:
        self._call = call
        self._transaction = transaction
        self._writing = writing

    def __enter__(self) -> Tables:
        return Tables(self._call, self._transaction.__enter__(), self._writing)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, DynamoDBError):
            error.found_at(Stage.TABLE)
        self._transaction.__exit__(kind, error, traceback)
        if self._writing:
            self._call.dynamodb.written = True


class Tables:
    """The tables of a caller within one unit of work."""

    __slots__ = ("call", "now", "reader", "space", "unsettled", "writing")

    def __init__(self, call: Call, reader: Reader, writing: bool) -> None:
        self.call = call
        self.reader = reader
        self.writing = writing
        self.now = call.clock.now()
        self.space = call.prefix + CATALOGUE
        self.unsettled = call.prefix + UNSETTLED

    @property
    def writer(self) -> Writer:
        """The storage transaction, for changes of anything but items."""
        assert self.writing, "a read unit is to write"
        return self.reader  # type: ignore[return-value]  # a write unit was given a writer

    def __getitem__(self, name: str) -> Table:
        """Return a table to read and write items.

        :raises ResourceNotFoundException: it does not exist, or is CREATING or DELETING.
        """
        description = self.describe(name)
        if description is None or description.status in ("CREATING", "DELETING"):
            raise ResourceNotFoundException(
                "Requested resource not found", hint=self.why_not(name, description)
            )
        return self.table(description)

    def table(self, description: TableDescription, max_item_size: int = MAX_ITEM_SIZE) -> Table:
        """Return the table of a description, in any status."""
        limit = max_item_size if self.call.limited else None
        writer = self.writer if self.writing else None
        return Table(description, self.reader, writer, limit, now=self.now)

    def describe(self, name: str) -> TableDescription | None:
        """Return the current state of a table, or None if it does not exist."""
        stored = self.reader.get(self.space, name.encode())
        return None if stored is None else decode_life(stored).at(self.now)

    def existing(self, name: str) -> TableDescription:
        """Return the current state of a table, in any status.

        :raises ResourceNotFoundException: it does not exist.
        """
        description = self.describe(name)
        if description is None:
            raise ResourceNotFoundException(
                f"Requested resource not found: Table: {name} not found",
                hint=self.why_not(name, None),
            )
        return description

    def count(self) -> int:
        """Return the number of tables, including deleted ones that are not swept yet."""
        return self.reader.total(self.space)[0]

    def descriptions(self, after: str = "") -> Iterator[TableDescription]:
        """Yield the tables in the order of their names, beginning after a name."""
        low = after.encode() + b"\0" if after else b""
        for _, stored in self.reader.range(self.space, low):
            description = decode_life(stored).at(self.now)
            if description is not None:
                yield description

    def on_their_way(self) -> Iterator[TableDescription]:
        """Yield tables in a transitional state, by name. O(number of such tables)."""
        for name, _ in self.reader.range(self.unsettled):
            description = self.describe(name.decode())
            if description is not None:
                yield description

    def names(self, after: str, limit: int) -> tuple[list[str], bool]:
        """Return at most `limit` names of tables after a name, and whether there are more."""
        names: list[str] = []
        for description in self.descriptions(after):
            if len(names) == limit:
                return names, True
            names.append(description.name)
        return names, False

    def save(self, name: str, *states: tuple[float, TableDescription | None]) -> None:
        """Store the states of a table. If the last one is None, the table ends then."""
        if self.reader.get(self.space, name.encode()) is None:
            self.writer.add(self.space, 1, 0)
        self._put(name, Life.of(*states))

    def change(self, name: str, *steps: Step) -> TableDescription:
        """Change the states of a table from the steps' times on; return the first step's result.

        Operations answer that result even if the next step follows without a delay.
        """
        stored = self.reader.get(self.space, name.encode())
        assert stored is not None
        life = decode_life(stored)
        self._put(name, life.changed(steps))
        state = life.at(self.now)
        assert state is not None
        return steps[0][1](state)

    def _put(self, name: str, life: Life) -> None:
        self.writer.put(self.space, name.encode(), life.encode())
        if not life.settled(self.now) or life.ended(self.now):
            self.writer.put(self.unsettled, name.encode(), b"")

    def erase(self, description: TableDescription) -> None:
        """Delete a table with its items and index entries."""
        if description.time_to_live is not None:
            expiry_queue.remove_all(self.reader, self.writer, description)
        for index in (None, *(index.name for index in description.indexes)):
            self.empty(description, index)
        self.writer.delete(self.space, description.name.encode())
        self.writer.add(self.space, -1, 0)

    def empty(self, description: TableDescription, index: str | None) -> None:
        """Delete the items of a table, or the entries of an index, and nothing else."""
        space = description.space(index)
        self.writer.clear(space)
        self.writer.reset(space)

    def sweep(self) -> None:
        """Drop tables whose deletion is due, stop tracking those in a final state."""
        for name, _ in list(self.reader.range(self.unsettled)):
            stored = self.reader.get(self.space, name)
            assert stored is not None
            life = decode_life(stored)
            if life.ended(self.now):
                states = [state for _, state in life.states if state is not None]
                self.erase(states[-1])
            if life.settled(self.now):
                self.writer.delete(self.unsettled, name)

    def why_not(self, name: str, description: TableDescription | None) -> str:
        """Return a hint for a table that is missing or not in a usable state."""
        if description is not None:
            return f"Table {name!r} is {description.status}."
        names, more = self.names("", 10)
        shown = ", ".join(names) + (", ..." if more else "")
        return f"There is no table {name!r}; there are: {shown or 'none'}."
