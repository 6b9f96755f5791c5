"""The states that a table passes through as time goes on, and their stored form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import orjson

from ddbmock.database.key import KeyAttribute, KeySchema
from ddbmock.database.schema import (
    ContributorInsights,
    IndexDescription,
    Journal,
    KinesisDestination,
    Projection,
    Replica,
    Replication,
    SearchSchemaElement,
    StreamDescription,
    TableDescription,
    Throughput,
    TimeToLive,
    VectorIndexDescription,
)
from ddbmock.frozen import field_names
from ddbmock.named_tuple import NamedTuple

Step = tuple[float, Callable[[TableDescription], TableDescription]]
"""A time, and the change of the table's states from then on."""


class Life(NamedTuple):
    """The states of a table and the times at which they begin; None is the end of the table.

    CREATING becomes ACTIVE when the clock passes a stored time; no task is needed for it.
    """

    states: tuple[tuple[float, TableDescription | None], ...]

    def at(self, now: float) -> TableDescription | None:
        """Return the state in force, which is the last that has begun."""
        states = self.states
        if len(states) == 1:
            return states[0][1]
        state = states[0][1]
        for since, following in states[1:]:
            if since > now:
                break
            state = following
        return state

    def begun(self, now: float) -> float:
        """Return the time at which the state in force began.

        >>> Life.of((0, "creating"), (10, "active")).begun(15)
        10
        """
        return max((since for since, _ in self.states if since <= now), default=self.states[0][0])

    def changed(self, steps: Sequence[Step]) -> Life:
        """Return the states with changes applied from the steps' times on, future states included.

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
        """Return whether the last state has begun."""
        return self.states[-1][0] <= now

    def ended(self, now: float) -> bool:
        return self.at(now) is None

    @classmethod
    def of(cls, *states: tuple[float, TableDescription | None]) -> Life:
        return cls(states)

    def encode(self) -> bytes:
        """Return the stored form, which :func:`decode_life` need not decode soon after."""
        stored = _Encoded(orjson.dumps(self.states, _plain, orjson.OPT_PASSTHROUGH_DATACLASS))
        stored.life = self
        decode_life(stored)
        return bytes(stored)


class _Encoded(bytes):
    """A stored form and the states that it was made of: the cache need not decode it.

    Decoding takes four times as long as encoding, and most tables are used when they are created.
    tests/database/test_schema.py shows that decoding gives the same.
    """

    life: Life


def _plain(value: Any) -> Any:
    names = field_names(type(value))
    if names is None:
        return tuple(value)
    # Fields only, without the cached properties, which derive from them.
    content = value.__dict__.copy()  # a thread may compute one meanwhile
    if len(content) == len(names):
        return content
    return {name: content[name] for name in names}


@lru_cache(maxsize=4096)
def decode_life(stored: bytes) -> Life:
    """Return the states of a stored form. Pure, so that the cache cannot go stale."""
    if type(stored) is _Encoded:
        return stored.life
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
            "vector_indexes": tuple(map(_vector_index, raw.get("vector_indexes", ()))),
            "billing_changes": tuple(raw["billing_changes"]),
            "table_class_changes": tuple(raw["table_class_changes"]),
            "sse_changes": tuple(raw.get("sse_changes", ())),
            "stream": raw["stream"] and _stream(raw["stream"]),
            "kinesis": tuple(KinesisDestination(**one) for one in raw.get("kinesis", ())),
            "journal": raw.get("journal") and Journal(**raw["journal"]),
            "time_to_live": raw["time_to_live"] and TimeToLive(**raw["time_to_live"]),
            "insights": {
                index: ContributorInsights(**insights)
                for index, insights in raw.get("insights", {}).items()
            },
            "replication": _replication(raw.get("replication")),
        }
    )


def _replication(raw: dict[str, Any] | None) -> Replication | None:
    if raw is None:
        return None
    return Replication(**raw | {"replicas": tuple(Replica(**one) for one in raw["replicas"])})


def _index(raw: dict[str, Any]) -> IndexDescription:
    return IndexDescription(
        **raw
        | {
            "key_schema": _key_schema(raw["key_schema"]),
            "projection": _projection(raw["projection"]),
            "throughput": _throughput(raw["throughput"]),
        }
    )


def _vector_index(raw: dict[str, Any]) -> VectorIndexDescription:
    elements = tuple(SearchSchemaElement(*element) for element in raw["search_schema"])
    return VectorIndexDescription(
        **raw | {"projection": _projection(raw["projection"]), "search_schema": elements}
    )


def _projection(raw: dict[str, Any]) -> Projection:
    return Projection(raw["type"], tuple(raw["non_key_attributes"]))


def _stream(raw: dict[str, Any]) -> StreamDescription:
    # Tables from before there were shards have no boundaries.
    return StreamDescription(**raw | {"boundaries": tuple(raw.get("boundaries", (0,)))})


def _throughput(raw: dict[str, Any]) -> Throughput:
    return Throughput(**raw | {"decreases": tuple(raw["decreases"])})


def _key_schema(raw: dict[str, Any]) -> KeySchema:
    return KeySchema(_attributes(raw["hash_key"]), _attributes(raw["range_key"]))


def _attributes(raw: Sequence[Sequence[str]]) -> tuple[KeyAttribute, ...]:
    return tuple(KeyAttribute(name, kind) for name, kind in raw)
