"""DynamoDB: settings, clock and storage, and the tables that a caller sees in them."""

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
    """One database with all its tables. Any number of them can live in a process."""

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
        """Whether anything was written since expired items were last looked for."""
        self.statistics = Statistics(
            self.clock,
            sample=self.settings.statistics_sample,
            aggregate=self.settings.statistics_aggregate,
        )

    def expire(self) -> None:
        """Remove the items whose time to live has ended.

        Looks once in each second of the clock; with ``ttl = prompt`` after each write too, since
        an item can be written that has expired already, and the clock may stand still.
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
        """Look for expired items anew: the storage's content has been replaced."""
        self._expired_by = None

    def close(self) -> None:
        """Log the statistics of all time and let the storage go; nothing may be called after."""
        self.statistics.close()
        self.storage.close()

    def call(
        self,
        operation: str = "",
        region: str = "us-east-1",
        access_key: str = "",
        host: str = "",
    ) -> Call:
        """A call of an operation, as one caller makes it of one host."""
        return Call(self, operation, region, access_key, host)


class Consumption(NamedTuple):
    """Units that a call consumed of one table and its indexes."""

    table: str
    read_units: float
    write_units: float
    indexes: tuple[IndexUnits, ...]
    """What of them the indexes took."""


class Call:
    """One call of an operation: who makes it, what it sees, and what it consumed.

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
        """Forget what a first attempt consumed, of which nothing has happened."""
        self.consumed = []
        self.scanned = self.returned = 0

    @property
    def limited(self) -> bool:
        """Whether DynamoDB's limits hold."""
        return self.settings.limits == "aws"

    @property
    def account_id(self) -> str:
        return self.settings.account_id

    def read(self) -> Unit:
        """A unit of work that sees one moment's state of the tables."""
        return Unit(self, self.dynamodb.storage.read(), writing=False)

    def write(self) -> Unit:
        """A unit of work whose changes happen all or not at all."""
        return Unit(self, self.dynamodb.storage.write(), writing=True)

    def table_arn(self, name: str) -> str:
        """The ARN of a table of this caller."""
        start = f"arn:{partition(self.region)}:dynamodb"
        return f"{start}:{self.region}:{self.account_id}:table/{name}"

    def consume(
        self,
        table: str,
        read_units: float = 0.0,
        write_units: float = 0.0,
        indexes: tuple[IndexUnits, ...] = (),
    ) -> None:
        """Note what the call consumes of a table and its indexes, the latter once more by index."""
        self.consumed.append(Consumption(table, read_units, write_units, indexes))


class Unit:
    """A unit of work, entered with ``with``: gives the :class:`Tables`."""

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
    """The tables within one unit of work."""

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
        """The transaction, to change what is not an item."""
        assert self.writing, "a read unit is to write"
        return self.reader  # type: ignore[return-value]  # a write unit was given a writer

    def __getitem__(self, name: str) -> Table:
        """The table that items are read from and written to.

        :raises ResourceNotFoundException: there is none, or it is being created or deleted.
        """
        description = self.describe(name)
        if description is None or description.status in ("CREATING", "DELETING"):
            raise ResourceNotFoundException(
                "Requested resource not found", hint=self.why_not(name, description)
            )
        return self.table(description)

    def table(self, description: TableDescription, max_item_size: int = MAX_ITEM_SIZE) -> Table:
        """The table of a description, whatever its status."""
        limit = max_item_size if self.call.limited else None
        writer = self.writer if self.writing else None
        return Table(description, self.reader, writer, limit, now=self.now)

    def describe(self, name: str) -> TableDescription | None:
        """The state of a table at this time, or None."""
        stored = self.reader.get(self.space, name.encode())
        return None if stored is None else decode_life(stored).at(self.now)

    def existing(self, name: str) -> TableDescription:
        """The state of a table at this time, in whatever status.

        :raises ResourceNotFoundException: there is none.
        """
        description = self.describe(name)
        if description is None:
            raise ResourceNotFoundException(
                f"Requested resource not found: Table: {name} not found",
                hint=self.why_not(name, None),
            )
        return description

    def count(self) -> int:
        """How many tables there are, those included that end without having been swept yet."""
        return self.reader.total(self.space)[0]

    def descriptions(self, after: str = "") -> Iterator[TableDescription]:
        """The tables there are, by name, beginning after a name."""
        low = after.encode() + b"\0" if after else b""
        for _, stored in self.reader.range(self.space, low):
            description = decode_life(stored).at(self.now)
            if description is not None:
                yield description

    def on_their_way(self) -> Iterator[TableDescription]:
        """The tables that are not what they will be at last, by name. Costs as many as there are."""
        for name, _ in self.reader.range(self.unsettled):
            description = self.describe(name.decode())
            if description is not None:
                yield description

    def names(self, after: str, limit: int) -> tuple[list[str], bool]:
        """At most `limit` names of tables that follow a name, and whether there are more."""
        names: list[str] = []
        for description in self.descriptions(after):
            if len(names) == limit:
                return names, True
            names.append(description.name)
        return names, False

    def save(self, name: str, *states: tuple[float, TableDescription | None]) -> None:
        """Give a table its states from now on; the last one None: the table ends then."""
        if self.reader.get(self.space, name.encode()) is None:
            self.writer.add(self.space, 1, 0)
        self._put(name, Life.of(*states))

    def change(self, name: str, *steps: Step) -> TableDescription:
        """Change what a table is from the steps' times on, and give the first step's result.

        That is also what an operation answers when the steps follow without a delay.
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
        """Remove a table's items and index entries, and its name."""
        if description.time_to_live is not None:
            expiry_queue.remove_all(self.reader, self.writer, description)
        for index in (None, *(index.name for index in description.indexes)):
            self.empty(description, index)
        self.writer.delete(self.space, description.name.encode())
        self.writer.add(self.space, -1, 0)

    def empty(self, description: TableDescription, index: str | None) -> None:
        """Remove a table's items, or an index' entries, and nothing else."""
        space = description.space(index)
        self.writer.clear(space)
        self.writer.reset(space)

    def sweep(self) -> None:
        """Erase the tables whose end has come, and look no more after those that have settled."""
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
        """A hint for those who look for a table in vain, or one of another status."""
        if description is not None:
            return f"Table {name!r} is {description.status}."
        names, more = self.names("", 10)
        shown = ", ".join(names) + (", ..." if more else "")
        return f"There is no table {name!r}; there are: {shown or 'none'}."
