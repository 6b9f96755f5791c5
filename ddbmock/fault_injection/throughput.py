"""Provisioned throughput, held to: token buckets of tables, global indexes and partitions.

Each bucket fills at what is provisioned per second and holds 300 seconds of it, full to begin
with. A request is let through while the buckets that it draws on are not empty, and then takes
what it has consumed, even if they go below zero: a large page is paid for by those who come after.
Source: Developer Guide, "Burst and adaptive capacity".
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from ddbmock.clock import Clock
from ddbmock.database import Call
from ddbmock.database.schema import TableDescription, Throughput
from ddbmock.fault_injection.request_view import WRITES, Asked, Entry

BURST: Final = 300.0
"""Seconds for which unused throughput is kept."""
PARTITION: Final = {"read": 3000.0, "write": 1000.0}
"""Units per second of one hash key, whatever is provisioned."""


class Draw(NamedTuple):
    """A bucket that a request draws on: whose it is, and how fast it fills."""

    table_id: str
    index_name: str | None
    kind: str
    partition: str | None
    rate: float
    """Units per second."""

    @property
    def name(self) -> tuple[str, str | None, str, str | None]:
        """What tells it from other buckets."""
        return self[:4]

    def __str__(self) -> str:
        whose = "the table" if self.index_name is None else f"index {self.index_name!r}"
        if self.partition is not None:
            whose = f"hash key {self.partition}"
        return f"the {self.kind} units of {whose}, {self.rate:g} a second"


class Buckets:
    """The buckets of a database, as far as anything was drawn from them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._levels: dict[tuple[str, str | None, str, str | None], tuple[float, float]] = {}
        """Units, and the time at which it was that many."""
        self._drawing = threading.Lock()

    def level(self, draw: Draw) -> float:
        """Units that are in a bucket now."""
        now = self._clock.now()
        full = draw.rate * BURST
        level, since = self._levels.get(draw.name, (full, now))
        return min(full, level + max(0.0, now - since) * draw.rate)

    def empty(self, draws: Iterable[Draw]) -> Draw | None:
        """The first bucket that has nothing left; None: all have."""
        return next((draw for draw in draws if self.level(draw) <= 0), None)

    def take(self, draw: Draw, units: float) -> None:
        """Take units out of a bucket."""
        with self._drawing:
            self._levels[draw.name] = (self.level(draw) - units, self._clock.now())


def draws(call: Call, asked: Asked) -> dict[int, list[Draw]]:
    """The buckets that each entry of a request draws on, by the entry's number."""
    descriptions: dict[str, TableDescription | None] = {}
    with call.read() as tables:
        for name in asked.tables:
            descriptions[name] = tables.describe(name)
    found: dict[int, list[Draw]] = {}
    for number, entry in enumerate(asked.entries):
        description = descriptions[entry.table]
        if description is not None:
            found[number] = list(_draws(asked, entry, description))
    return found


def _draws(asked: Asked, entry: Entry, table: TableDescription) -> Iterator[Draw]:
    kind = "write" if asked.operation in WRITES else "read"
    read_index = table.index(str(asked.body.get("IndexName")))
    if read_index is not None and not read_index.local:
        yield from _bucket(table, read_index.name, kind)
        return
    yield from _bucket(table, None, kind)
    partition = _partition(entry, table)
    if partition is not None:
        provisioned = _rate(table.throughput, kind) or PARTITION[kind]
        rate = min(provisioned, PARTITION[kind])
        yield Draw(table.table_id, None, kind, partition, rate)
    if kind == "write":
        for index in table.global_indexes:
            yield from _bucket(table, index.name, kind)


def _bucket(table: TableDescription, index: str | None, kind: str) -> Iterator[Draw]:
    """The bucket of a table or index; none when it is on demand."""
    described = None if index is None else table.index(index)
    rate = _rate(table.throughput if described is None else described.throughput, kind)
    if rate and not table.on_demand_billing:
        yield Draw(table.table_id, index, kind, None, rate)


def _rate(throughput: Throughput, kind: str) -> float:
    return float(throughput.read_units if kind == "read" else throughput.write_units)


def _partition(entry: Entry, table: TableDescription) -> str | None:
    values: list[Any] = [
        entry.attributes.get(attribute.name) for attribute in table.key_schema.hash_key
    ]
    return None if None in values else orjson.dumps(values).decode()


def charge(buckets: Buckets, call: Call, asked: Asked, drawn: Mapping[int, Sequence[Draw]]) -> None:
    """Take what a call has consumed out of the buckets that it draws on."""
    for one in call.consumed:
        entries = [number for number, entry in enumerate(asked.entries) if entry.table == one.table]
        of_indexes = {index.name: index.units for index in one.indexes if not index.local}
        own = one.read_units + one.write_units - sum(of_indexes.values())
        of_table = {draw.name: draw for number in entries for draw in drawn.get(number, ())}
        for draw in of_table.values():
            if draw.partition is not None:
                share = sum(draw in drawn.get(number, ()) for number in entries) / len(entries)
                buckets.take(draw, own * share)
            elif draw.index_name is None:
                buckets.take(draw, own)
            else:
                buckets.take(draw, of_indexes.get(draw.index_name, 0.0))
