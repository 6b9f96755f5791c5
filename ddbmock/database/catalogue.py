"""The catalogue: the tables that a caller sees, and their states over time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, Protocol

from ddbmock.clock import Clock
from ddbmock.database import damage
from ddbmock.database.arn import REGIONS
from ddbmock.database.control_plane.times import iso_seconds
from ddbmock.database.data_plane import expiry_queue
from ddbmock.database.data_plane.item_change import Cause
from ddbmock.database.data_plane.item_size import MAX_ITEM_SIZE
from ddbmock.database.data_plane.table import Table
from ddbmock.database.life import Life, Step, decode_life
from ddbmock.database.schema import CATALOGUE, CREATING, SETTINGS, UNSETTLED, TableDescription
from ddbmock.errors import ResourceNotFoundException
from ddbmock.later import later
from ddbmock.settings import Settings
from ddbmock.storage import DamagedError, Reader, StorageError, Writer
from ddbmock.suggestions import nearest

if TYPE_CHECKING:
    from ddbmock.database.data_plane import journal, replication, vector_entries
else:
    journal, replication, vector_entries = later(
        "ddbmock.database.data_plane", "journal", "replication", "vector_entries"
    )

LISTED: Final = 100
"""The number of names among which a hint looks for a similar one."""


class Caller(Protocol):
    """The facts about a caller that its tables need."""

    @property
    def settings(self) -> Settings: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def prefix(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def account_id(self) -> str: ...
    @property
    def limited(self) -> bool: ...
    @property
    def undelivered(self) -> tuple[bytes, ...]: ...
    @property
    def stuck_jobs(self) -> Mapping[tuple[str, str], StorageError]: ...
    def watch(self, table: TableDescription) -> None: ...
    def in_region(self, region: str) -> Caller: ...


class Tables:
    """The tables of a caller within one unit of work."""

    __slots__ = ("call", "now", "reader", "space", "writing")

    def __init__(self, call: Caller, reader: Reader, writing: bool) -> None:
        self.call = call
        self.reader = reader
        self.writing = writing
        self.now = call.clock.now()
        self.space = call.prefix + CATALOGUE

    @property
    def unsettled(self) -> str:
        """The storage space that lists the tables in a transitional state."""
        return self.call.prefix + UNSETTLED

    @property
    def writer(self) -> Writer:
        """The storage transaction. Items are changed by :class:`Table` and :mod:`.data_plane.plain_puts` only."""
        assert self.writing, "a read unit cannot write"
        return self.reader  # type: ignore[return-value]  # a write unit was given a writer

    def in_region(self, region: str) -> Tables:
        """Return the same caller's tables in another region, in the same transaction."""
        return Tables(self.call.in_region(region), self.reader, self.writing)

    def __getitem__(self, name: str) -> Table:
        """Return a table to read and write items.

        :raises ResourceNotFoundException: it does not exist, or is CREATING or DELETING.
        :raises InternalServerError: it is a replica that lacks a change, whose record is damaged.
        """
        description = self.describe(name)
        if description is None or description.status in ("CREATING", "DELETING"):
            raise ResourceNotFoundException(
                "Requested resource not found", hint=self.why_not(name, description)
            )
        if description.replication is not None and self.call.undelivered:
            replication.check_delivered(self.reader, description, self.call.undelivered, self.now)
        return self.table(description)

    def table(
        self,
        description: TableDescription,
        max_item_size: int = MAX_ITEM_SIZE,
        cause: Cause = Cause.USER,
    ) -> Table:
        """Return the table of a description, in any status."""
        call = self.call
        if description.watched:
            call.watch(description)
        limit = max_item_size if call.limited else None
        writer = self.writer if self.writing else None
        return Table(description, self.reader, writer, limit, now=self.now, cause=cause)

    def describe(self, name: str) -> TableDescription | None:
        """Return the current state of a table, or None if it does not exist."""
        stored = self.reader.get(self.space, name.encode())
        return None if stored is None else decode_life(stored).at(self.now)

    def status_age(self, name: str) -> float:
        """Return the seconds for which a table that exists has been in its current state."""
        stored = self.reader.get(self.space, name.encode())
        assert stored is not None
        return self.now - decode_life(stored).begun(self.now)

    def existing(self, name: str, *, restoring: bool = False) -> TableDescription:
        """Return the current state of a table, in any status.

        For most operations a table that is being restored, or a replica that is being created, does
        not exist yet; `restoring` includes it.

        :raises ResourceNotFoundException: it does not exist.
        """
        description = self.describe(name)
        if description is None or (_is_hidden(description) and not restoring):
            raise ResourceNotFoundException(
                f"Requested resource not found: Table: {name} not found",
                hint=self.why_not(name, description),
            )
        return description

    def count(self) -> int:
        """Return the number of tables, including deleted ones that are not swept yet."""
        return self.reader.total(self.space)[0]

    def descriptions(self, after: str = "") -> Iterator[TableDescription]:
        """Yield the tables in the order of their names, beginning after a name.

        :raises DamagedError: a description is damaged.
        """
        return self._current(self.reader.range(self.space, _beyond(after)))

    def sound_descriptions(self, after: str = "") -> Iterator[TableDescription]:
        """Yield the tables whose descriptions are not damaged, beginning after a name."""
        return self._current(damage.sound(self.reader, self.space, _beyond(after)))

    def _current(self, stored: Iterator[tuple[bytes, bytes]]) -> Iterator[TableDescription]:
        for _, life in stored:
            description = decode_life(life).at(self.now)
            if description is not None:
                yield description

    def in_transition(self) -> Iterator[TableDescription]:
        """Yield tables in a transitional state, by name. O(number of such tables)."""
        for _, life in self._passing():
            description = life.at(self.now)
            if description is not None:
                yield description

    def _passing(self, low: bytes = b"") -> Iterator[tuple[bytes, Life]]:
        """Yield the tables listed as in transition that are not damaged."""
        for name, _ in damage.sound(self.reader, self.unsettled, low):
            try:
                stored = self.reader.get(self.space, name)
            except DamagedError:
                continue
            assert stored is not None
            yield name, decode_life(stored)

    def names(self, after: str, limit: int) -> tuple[list[str], bool]:
        """Return at most `limit` names of tables after a name, and whether there are more.

        A table with a damaged description is left out, because it may have been deleted.
        """
        low = _beyond(after)
        ended = self._ended(low)
        names: list[str] = []
        for name, _ in damage.sound(self.reader, self.space, low):
            if name not in ended:
                if len(names) == limit:
                    return names, True
                names.append(name.decode())
        return names, False

    def _ended(self, low: bytes) -> frozenset[bytes]:
        """Return the deleted tables that are not swept yet, beginning with a name.

        O(number of tables in transition): tables that will end are listed among those, and others
        need not be decoded.
        """
        return frozenset([name for name, life in self._passing(low) if life.ended(self.now)])

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
        """Delete a table with its items, index entries and settings."""
        if description.time_to_live is not None:
            expiry_queue.remove_all(self.reader, self.writer, description)
        for index in description.index_names:
            self.empty(description, index)
        if not journal.has_holder(self.reader, description.table_id):
            self.forget(description.table_id)
        for kind in SETTINGS:
            self.writer.clear(description.settings_space(kind))
        for vector_index in description.vector_indexes:
            vector_entries.forget_version(self.writer, description.space(vector_index.name))
        self.writer.delete(self.space, description.name.encode())
        self.writer.add(self.space, -1, 0)

    def forget(self, table_id: str) -> None:
        """Delete the items of a table that is gone, and the journal of their changes."""
        self.writer.clear(table_id)
        self.writer.reset(table_id)
        journal.drop(self.writer, table_id)

    def is_stored(self, name: str, table_id: str) -> bool:
        """Return whether a table has not been erased yet, even if it has ended."""
        stored = self.reader.get(self.space, name.encode())
        states = () if stored is None else decode_life(stored).states
        return any(state is not None and state.table_id == table_id for _, state in states)

    def empty(self, description: TableDescription, index: str | None) -> None:
        """Delete the items of a table, or the entries of an index, and nothing else."""
        space = description.space(index)
        self.writer.clear(space)
        self.writer.reset(space)

    def sweep(self) -> None:
        """Drop tables whose deletion is due, stop tracking those in a final state."""
        for name, life in list(self._passing()):
            if life.ended(self.now):
                states = [state for _, state in life.states if state is not None]
                self.erase(states[-1])
            if life.settled(self.now):
                self.writer.delete(self.unsettled, name)

    def why_not(self, name: str, description: TableDescription | None) -> str:
        """Return a hint for a table that is missing or not in a usable state."""
        if description is not None:
            if self.now < description.created_at:
                return (
                    f"Table {name!r} is {description.status}, for the clock is at "
                    f"{iso_seconds(self.now)}, before the table's creation at "
                    f"{iso_seconds(description.created_at)}."
                )
            return f"Table {name!r} is {description.status}."
        if self.call.prefix:
            elsewhere = ", ".join(self._regions_with(name))
            if elsewhere:
                return (
                    f"There is no table {name!r} in {self.call.region}, but there is one in "
                    f"{elsewhere}: each region has tables of its own. Use one region in both places "
                    "(ddbmock.region is the default), or set ddbmock.databases to one."
                )
        names, more = self.names("", LISTED)
        near = nearest(name, names, 0.6)
        if near is not None:
            return f"There is no table {name!r}; did you mean {near!r}?"
        shown = ", ".join(names[:10]) + (", ..." if more or len(names) > 10 else "")
        return f"There is no table {name!r}; there are: {shown or 'none'}."

    def _regions_with(self, name: str) -> Iterator[str]:
        """Yield the other regions in which the caller has a table of this name."""
        owner = self.call.prefix.removesuffix(f"{self.call.region}/")
        for region in REGIONS:
            if region != self.call.region:
                stored = self.reader.get(f"{owner}{region}/{CATALOGUE}", name.encode())
                if stored is not None and not decode_life(stored).ended(self.now):
                    yield region


def _is_hidden(table: TableDescription) -> bool:
    return bool(table.restoring) or (table.status == CREATING and table.replication is not None)


def _beyond(name: str) -> bytes:
    """Return the lowest key after a name; all keys if it is empty."""
    return name.encode() + b"\0" if name else b""
