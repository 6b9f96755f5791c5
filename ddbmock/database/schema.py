"""What a table is: its description, and its life as a list of states that time brings about."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

import orjson

from ddbmock.database.key import KeyAttribute, KeySchema

CATALOGUE: Final = "catalogue"
"""The storage space of tables' lives; before it comes the prefix of callers that have their own.

The counter of this name tells how many there are.
"""
UNSETTLED: Final = "unsettled"
"""The storage space of the names of tables that time changes; the prefix comes before it, too."""

CREATING: Final = "CREATING"
ACTIVE: Final = "ACTIVE"
UPDATING: Final = "UPDATING"
DELETING: Final = "DELETING"

DAY: Final = 86400
"""Seconds; UTC days begin at its multiples."""


@dataclass(frozen=True)
class Throughput:
    """Provisioned units of a table or index, and when they were changed."""

    read_units: int
    write_units: int
    last_increase: float | None = None
    last_decrease: float | None = None
    decreases: tuple[float, ...] = ()
    """When it was decreased, in the UTC day of the last decrease."""

    def decreases_on(self, now: float) -> int:
        """How often it was decreased in the UTC day of a time."""
        return sum(at // DAY == now // DAY for at in self.decreases)


NO_THROUGHPUT: Final = Throughput(0, 0)


@dataclass(frozen=True)
class Projection:
    """Which attributes an index holds: ``ALL``, ``KEYS_ONLY``, or ``INCLUDE`` some more."""

    type: str
    non_key_attributes: tuple[str, ...] = ()


@dataclass(frozen=True)
class IndexDescription:
    """A secondary index."""

    name: str
    key_schema: KeySchema
    projection: Projection
    local: bool
    status: str = ACTIVE
    backfilling: bool = False
    online: bool = False
    """Whether it was added to a table that may have had items which do not fit its key."""
    throughput: Throughput = NO_THROUGHPUT
    on_demand: Mapping[str, int] = dataclasses.field(default_factory=dict)
    warm: Mapping[str, int] = dataclasses.field(default_factory=dict)
    warming: bool = False
    """Whether its warm throughput is being raised, which is in no other change's way."""


@dataclass(frozen=True)
class StreamDescription:
    """A table's stream specification, or what is left of one that was disabled."""

    enabled: bool
    view_type: str
    label: str


@dataclass(frozen=True)
class TimeToLive:
    """The attribute that tells when an item expires, and since when this holds."""

    attribute_name: str
    enabled: bool
    changed_at: float


@dataclass(frozen=True)
class TableDescription:
    """One state of a table. Members that only some tables have are empty or None."""

    name: str
    table_id: str
    created_at: float
    key_schema: KeySchema
    attributes: tuple[KeyAttribute, ...]
    """Definitions, in the order of the request."""
    prefix: str = ""
    """Of the catalogue that lists the table, when each caller has one."""
    status: str = ACTIVE
    updating: str = ""
    """What an UPDATING table is being changed in: ``throughput``, ``stream`` or ``indexes``."""
    throughput: Throughput = NO_THROUGHPUT
    billing_mode: str | None = None
    """None until a billing mode other than PROVISIONED was asked for."""
    billing_changed_at: float | None = None
    """When it last became PAY_PER_REQUEST."""
    billing_changes: tuple[float, ...] = ()
    """When it was made PAY_PER_REQUEST by UpdateTable, in the last 24 hours before the last."""
    indexes: tuple[IndexDescription, ...] = ()
    stream: StreamDescription | None = None
    time_to_live: TimeToLive | None = None
    deletion_protection: bool = False
    table_class: str | None = None
    table_class_changes: tuple[float, ...] = ()
    """When it was changed, in the last 30 days before the last change."""
    sse: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    on_demand: Mapping[str, int] = dataclasses.field(default_factory=dict)
    warm: Mapping[str, int] = dataclasses.field(default_factory=dict)
    warming: bool = False
    tags: Mapping[str, str] = dataclasses.field(default_factory=dict)
    tags_changing_until: float = 0.0

    @cached_property
    def on_demand_billing(self) -> bool:
        return self.billing_mode == "PAY_PER_REQUEST"

    @cached_property
    def local_indexes(self) -> tuple[IndexDescription, ...]:
        return tuple(index for index in self.indexes if index.local)

    @cached_property
    def global_indexes(self) -> tuple[IndexDescription, ...]:
        return tuple(index for index in self.indexes if not index.local)

    @cached_property
    def kept_indexes(self) -> tuple[IndexDescription, ...]:
        """The indexes that follow the items: all but those being deleted; global ones first."""
        indexes = (*self.global_indexes, *self.local_indexes)
        return tuple(index for index in indexes if index.status != DELETING)

    @cached_property
    def has_followers(self) -> bool:
        """Whether item changes are handed on: see :mod:`.followers`."""
        return False

    def index(self, name: str) -> IndexDescription | None:
        return next((index for index in self.indexes if index.name == name), None)

    def space(self, index: str | None = None) -> str:
        """The name of the storage space (and counter) of the items, or of an index' entries."""
        return self.table_id if index is None else f"{self.table_id}/{index}"


Step = tuple[float, Callable[[TableDescription], TableDescription]]
"""A time, and what a table's states are changed to from then on."""


@dataclass(frozen=True)
class Life:
    """States of a table and the times at which they begin; None is the end of the table.

    CREATING becomes ACTIVE because the clock has passed a stored time: nobody has to do anything.
    """

    states: tuple[tuple[float, TableDescription | None], ...]

    def at(self, now: float) -> TableDescription | None:
        """The state in force: the last that has begun."""
        states = self.states
        if len(states) == 1:
            return states[0][1]
        state = states[0][1]
        for since, following in states[1:]:
            if since > now:
                break
            state = following
        return state

    def changed(self, steps: Sequence[Step]) -> Life:
        """The life with changes that begin at the steps' times; states to come are changed too.

        >>> life = Life.of((0, "creating"), (10, "active"))
        >>> life.changed([(5, str.upper), (20, str.title)]).states
        ((5, 'CREATING'), (10, 'ACTIVE'), (20, 'Active'))
        """
        now = steps[0][0]
        later = {since for since, _ in self.states if since > now}
        states = []
        for time in sorted(later.union(since for since, _ in steps)):
            state = self.at(time)
            change = [change for since, change in steps if since <= time][-1]
            states.append((time, None if state is None else change(state)))
        return Life(tuple(states))

    def settled(self, now: float) -> bool:
        """Whether time will change nothing any more."""
        return self.states[-1][0] <= now

    def ended(self, now: float) -> bool:
        return self.at(now) is None

    @classmethod
    def of(cls, *states: tuple[float, TableDescription | None]) -> Life:
        return cls(states)

    def encode(self) -> bytes:
        """The stored form."""
        return orjson.dumps(self.states, _plain, orjson.OPT_PASSTHROUGH_DATACLASS)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        # Fields only: what cached_property has left in the instance is derived from them.
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return tuple(value)


@lru_cache(maxsize=4096)
def decode_life(stored: bytes) -> Life:
    """The life whose :meth:`Life.encode` this is. Pure: the cache cannot go stale."""
    return Life(
        tuple(
            (since, None if state is None else _table(state))
            for since, state in orjson.loads(stored)
        )
    )


def _table(raw: dict[str, Any]) -> TableDescription:
    return TableDescription(
        **raw
        | {
            "key_schema": _key_schema(raw["key_schema"]),
            "attributes": _attributes(raw["attributes"]),
            "throughput": _throughput(raw["throughput"]),
            "indexes": tuple(map(_index, raw["indexes"])),
            "billing_changes": tuple(raw["billing_changes"]),
            "table_class_changes": tuple(raw["table_class_changes"]),
            "stream": raw["stream"] and StreamDescription(**raw["stream"]),
            "time_to_live": raw["time_to_live"] and TimeToLive(**raw["time_to_live"]),
        }
    )


def _index(raw: dict[str, Any]) -> IndexDescription:
    projection = raw["projection"]
    return IndexDescription(
        **raw
        | {
            "key_schema": _key_schema(raw["key_schema"]),
            "projection": Projection(projection["type"], tuple(projection["non_key_attributes"])),
            "throughput": _throughput(raw["throughput"]),
        }
    )


def _throughput(raw: dict[str, Any]) -> Throughput:
    return Throughput(**raw | {"decreases": tuple(raw["decreases"])})


def _key_schema(raw: dict[str, Any]) -> KeySchema:
    return KeySchema(_attributes(raw["hash_key"]), _attributes(raw["range_key"]))


def _attributes(raw: Sequence[Sequence[str]]) -> tuple[KeyAttribute, ...]:
    return tuple(KeyAttribute(name, kind) for name, kind in raw)
