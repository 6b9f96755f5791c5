"""Enforced throughput: token buckets of tables, global indexes and partitions.

Each bucket refills at the provisioned rate and holds 300 seconds of it; it starts full. A request
is accepted if its buckets are not empty. It then takes the units that it has consumed, even if a
bucket falls below zero: later requests wait until it is filled again. Source: Developer Guide,
"Burst and adaptive capacity".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from ddbmock import forking
from ddbmock.clock import Clock
from ddbmock.database import Call
from ddbmock.database.schema import TableDescription, Throughput
from ddbmock.fault_injection.request_view import RequestView
from ddbmock.named_tuple import NamedTuple
from ddbmock.operations.operation import Kind
from ddbmock.operations.request_entries import Entry

BURST: Final = 300.0
"""Seconds of unused throughput that a bucket holds."""
PARTITION: Final = {"read": 3000.0, "write": 1000.0}
"""Largest number of units per second of one hash key."""


class Draw(NamedTuple):
    """A bucket that a request uses: its owner and its refill rate."""

    table_id: str
    index_name: str | None
    kind: str
    partition: str | None
    rate: float
    """Units per second."""
    table: str
    """Name of the table."""

    @property
    def name(self) -> tuple[str, str | None, str, str | None]:
        """The identity of the bucket."""
        return self[:4]

    def __str__(self) -> str:
        owner = "the table" if self.index_name is None else f"index {self.index_name!r}"
        if self.partition is not None:
            owner = f"hash key {self.partition}"
        return f"the {self.kind} units of {owner}, {self.rate:g} a second"


class Gauge(NamedTuple):
    """The level of a bucket."""

    table: str
    index_name: str | None
    kind: str
    """``read`` or ``write``."""
    hash_key: str | None
    """JSON of the values of a hash key, if the bucket is that of a partition."""
    rate: float
    """Units per second with which it fills."""
    level: float
    """Units in it; requests are throttled while there are none."""
    capacity: float
    """Units that it can hold."""


class Buckets:
    """The levels of a database's buckets; a bucket never drawn on is full."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._levels: dict[tuple[str, str | None, str, str | None], tuple[float, float]] = {}
        """Units, and the time at which they were counted, by bucket."""
        self._drawn: dict[tuple[str, str | None, str, str | None], Draw] = {}
        """The latest use of each bucket."""
        self._drawing = forking.lock()

    def level(self, draw: Draw) -> float:
        """Return the units that a bucket holds now."""
        now = self._clock.now()
        full = draw.rate * BURST
        level, since = self._levels.get(draw.name, (full, now))
        return min(full, level + max(0.0, now - since) * draw.rate)

    def empty(self, draws: Iterable[Draw]) -> Draw | None:
        """Return the first empty bucket, or None."""
        return next((draw for draw in draws if self.level(draw) <= 0), None)

    def gauges(self) -> list[Gauge]:
        """Return the levels of the buckets that were used, the emptiest first."""
        with self._drawing:
            drawn = list(self._drawn.values())
        found = [
            Gauge(
                draw.table,
                draw.index_name,
                draw.kind,
                draw.partition,
                draw.rate,
                self.level(draw),
                draw.rate * BURST,
            )
            for draw in drawn
        ]
        return sorted(found, key=lambda gauge: gauge.level / gauge.capacity)

    def take(self, draw: Draw, units: float) -> None:
        """Take units from a bucket, which can then be below zero."""
        with self._drawing:
            self._drawn[draw.name] = draw
            self._levels[draw.name] = (self.level(draw) - units, self._clock.now())


def draws(call: Call, request: RequestView) -> dict[int, list[Draw]]:
    """Return the buckets that each entry of a request uses, by the entry's number."""
    descriptions: dict[str, TableDescription | None] = {}
    with call.read() as tables:
        for name in request.tables:
            descriptions[name] = tables.describe(name)
    found: dict[int, list[Draw]] = {}
    for number, entry in enumerate(request.entries):
        description = descriptions[entry.table]
        if description is not None:
            found[number] = list(_draws(request, entry, description))
    return found


def _draws(request: RequestView, entry: Entry, table: TableDescription) -> Iterator[Draw]:
    kind = "write" if request.kind is Kind.WRITE else "read"
    read_index = None if entry.index_name is None else table.index(entry.index_name)
    if read_index is not None and not read_index.local:
        yield from _bucket(table, read_index.name, kind)
        return
    yield from _bucket(table, None, kind)
    partition = _partition(entry, table)
    if partition is not None:
        provisioned = _rate(table.throughput, kind) or PARTITION[kind]
        rate = min(provisioned, PARTITION[kind])
        yield Draw(table.table_id, None, kind, partition, rate, table.name)
    if kind == "write":
        for index in table.global_indexes:
            yield from _bucket(table, index.name, kind)


def _bucket(table: TableDescription, index: str | None, kind: str) -> Iterator[Draw]:
    """Yield the bucket of a table or index; on-demand tables have none."""
    described = None if index is None else table.index(index)
    rate = _rate(table.throughput if described is None else described.throughput, kind)
    if rate and not table.on_demand_billing:
        yield Draw(table.table_id, index, kind, None, rate, table.name)


def _rate(throughput: Throughput, kind: str) -> float:
    return float(throughput.read_units if kind == "read" else throughput.write_units)


def _partition(entry: Entry, table: TableDescription) -> str | None:
    values: list[Any] = [
        entry.attributes.get(attribute.name) for attribute in table.key_schema.hash_key
    ]
    return None if None in values else orjson.dumps(values).decode()


def charge(
    buckets: Buckets, call: Call, request: RequestView, drawn: Mapping[int, Sequence[Draw]]
) -> None:
    """Take the units that a call has consumed from the buckets that it uses."""
    for one in call.consumed:
        entries = [
            number for number, entry in enumerate(request.entries) if entry.table == one.table
        ]
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
