"""Control over the replication of global tables: lag, held links, and regions that are cut off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from ddbmock.database import DynamoDB
from ddbmock.database.arn import REGIONS
from ddbmock.database.catalogue import Tables
from ddbmock.database.data_plane import replication, replication_queue
from ddbmock.database.data_plane.replication_links import Link, Links
from ddbmock.database.schema import Replication, TableDescription
from ddbmock.named_tuple import NamedTuple
from ddbmock.suggestions import nearest
from ddbmock.values.item import Item
from ddbmock.values.plain_keys import key_as_json


class Pending(NamedTuple):
    """A change of one item that a replica has not received yet."""

    table: str
    source: str
    """The region, as is `target`."""
    target: str
    key: Mapping[str, Any]
    """The key as JSON."""
    removed: bool
    due: float | None
    """The time of arrival in epoch seconds; None while the link is held."""


class ReplicaState(NamedTuple):
    """A replica, and what delays changes to it."""

    table: str
    region: str
    lag: float
    """The age in seconds of the oldest change that has not arrived; 0.0 if all have."""
    delay: float
    """The delay in seconds of the slowest link to the region."""
    held: bool
    """Whether replication to the region is held."""
    cut_off: bool
    """Whether the region is cut off."""
    failing: bool
    """Whether all requests to the region fail."""
    pending: int
    """The number of changes that have not arrived."""


class ReplicationControl:
    """The links between the regions of one database.

    By default changes arrive at once, before the response to the write. Replicas with strong
    consistency are never delayed, but a region that is cut off misses changes and rejects writes
    and consistent reads.

    >>> from ddbmock.testing.database import Database
    >>> db = Database()
    >>> db.replication.hold("eu-west-1")
    >>> db.replication.pending()
    []
    >>> db.close()
    """

    def __init__(self, dynamodb: DynamoDB) -> None:
        self._dynamodb: Final = dynamodb

    @property
    def lag(self) -> float:
        """The delay of links that have none of their own, in seconds of the database's clock."""
        return self._links.lag

    @lag.setter
    def lag(self, seconds: float) -> None:
        self._links.lag = _checked_lag(seconds)
        self._dynamodb.replicate()

    def delay(self, seconds: float, target: str, source: str | None = None) -> None:
        """Set the delay of the links to a region, from one other region or from all."""
        lag = _checked_lag(seconds)
        for one in _regions(source):
            self._links.lags[one, _region(target)] = lag
        self._dynamodb.replicate()

    def hold(self, target: str | None = None, source: str | None = None) -> None:
        """Keep changes from arriving in a region, from one other region or from all.

        Without arguments, this holds all links.
        """
        self._links.on_hold.add(_link(source, target))

    def release(self, target: str | None = None, source: str | None = None) -> None:
        """End :meth:`hold` with the same arguments, or all holds; deliver the held changes."""
        if target is None and source is None:
            self._links.on_hold.clear()
        else:
            self._links.on_hold.discard(_link(source, target))
        self._deliver()

    def cut(self, region: str, *, requests: str = "serve") -> None:
        """Cut a region off from all others, in both directions.

        :param requests: ``serve`` lets the region answer its own requests, from its own items;
            ``fail`` makes them fail with ``InternalServerError``.
        """
        if requests not in ("serve", "fail"):
            raise ValueError(f"requests must be 'serve' or 'fail', not {requests!r}.")
        self._links.isolated.add(_region(region))
        if requests == "fail":
            self._links.failed.add(region)
        else:
            self._links.failed.discard(region)

    def heal(self, region: str | None = None) -> None:
        """End :meth:`cut` of a region, or of all; deliver the held changes."""
        if region is None:
            self._links.isolated.clear()
            self._links.failed.clear()
        else:
            self._links.isolated.discard(_region(region))
            self._links.failed.discard(region)
        self._deliver()

    def clear(self) -> None:
        """End all holds, cuts and delays; deliver the held changes."""
        self._dynamodb.links = Links()
        self._deliver()

    def step(self, count: int = 1) -> int:
        """Deliver the oldest waiting changes, even on held links; return their number."""
        with self._dynamodb.storage.read() as reader:
            waiting = [*replication_queue.entries(reader)][:count]
        with self._dynamodb.storage.write() as writer:
            replication.apply(writer, waiting, self._dynamodb.clock.now())
        return len(waiting)

    @contextmanager
    def in_flight(
        self, table: str, key: Mapping[str, Any], region: str, *, access_key: str = ""
    ) -> Iterator[None]:
        """Simulate that a region has not yet completed a write of an item, for a ``with`` block.

        Writes of the item in other regions get ``ReplicatedWriteConflictException``, as happens to
        replicas with strong consistency.

        :param key: the key's attributes, as ``{"pk": "a"}`` or with DynamoDB's types.
        :param access_key: the caller whose tables these are, if each has their own.
        :raises ValueError: the region has no such replica with strong consistency.
        """
        item = Item.of_json(key_as_json(key))
        spaces = self._other_spaces(table, item, _region(region), access_key)
        with self._dynamodb.storage.write() as writer:
            for space, stored_key in spaces:
                writer.put(space, stored_key, region.encode())
        try:
            yield
        finally:
            with self._dynamodb.storage.write() as writer:
                for space, stored_key in spaces:
                    writer.delete(space, stored_key)

    def _other_spaces(
        self, table: str, item: Item, region: str, access_key: str
    ) -> list[tuple[str, bytes]]:
        """Return the places at which the other replicas of an item store the marks of writes in
        flight."""
        call = self._dynamodb.call(region=region, access_key=access_key)
        with call.read() as tables:
            description = tables.describe(table)
            group = None if description is None else description.replication
            if description is None or group is None or not group.strong:
                raise ValueError(
                    f"{region} has no replica {table!r} with strong consistency between regions."
                )
            found = [
                replication_queue.describe(tables.reader, one.prefix, table, tables.now)
                for one in group.replicas
            ]
            stored_key = description.key_schema.stored(item)
        return [(one.settings_space("in_flight"), stored_key) for one in found if one is not None]

    def pending(self, target: str | None = None, table: str | None = None) -> list[Pending]:
        """Return the changes that have not arrived, oldest first: all, or those of a region or
        table."""
        with self._dynamodb.storage.read() as reader:
            found = []
            for queued in replication_queue.entries(reader):
                if target not in (None, queued.target) or table not in (None, queued.table):
                    continue
                found.append(
                    Pending(
                        queued.table,
                        queued.source,
                        queued.target,
                        queued.key,
                        queued.record is None,
                        replication.due(self._links, queued),
                    )
                )
        return found

    def replicas(self, *, access_key: str = "") -> list[ReplicaState]:
        """Return the state of each replica of each global table, by table and region.

        :param access_key: the caller whose tables these are, if each has their own.
        """
        dynamodb = self._dynamodb
        now = dynamodb.clock.now()
        found: list[tuple[TableDescription, Replication]] = []
        with dynamodb.storage.read() as reader:
            for region in sorted(REGIONS):
                call = dynamodb.call(region=region, access_key=access_key)
                for table in Tables(call, reader, False).descriptions():
                    if table.replication is not None:
                        found.append((table, table.replication))
            waiting: dict[tuple[str, str], list[float]] = {}
            for queued in replication_queue.entries(reader):
                if not queued.local:
                    times = waiting.setdefault((queued.prefix, queued.table), [])
                    times.append(queued.written)
        states = [
            self._state(table.name, group, now, waiting.get((table.prefix, table.name), []))
            for table, group in found
        ]
        return sorted(states)

    def _state(
        self, table: str, group: Replication, now: float, times: list[float]
    ) -> ReplicaState:
        links, region = self._links, group.region
        sources = [replica.region for replica in group.replicas]
        return ReplicaState(
            table,
            region,
            lag=max(0.0, now - min(times)) if times else 0.0,
            delay=0.0
            if group.strong
            else max((links.delay(s, region) for s in sources), default=0.0),
            held=any(links.holds(source, region) for source in sources),
            cut_off=region in links.isolated,
            failing=region in links.failed,
            pending=len(times),
        )

    @property
    def _links(self) -> Links:
        return self._dynamodb.links

    def _deliver(self) -> None:
        self._dynamodb.replicating = True
        self._dynamodb.replicate()


def _checked_lag(seconds: float) -> float:
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not seconds >= 0:
        raise ValueError(f"A lag must be a number of seconds, 0 or more, not {seconds!r}.")
    return float(seconds)


def _region(region: str) -> str:
    """Return a region.

    :raises ValueError: there is no such region.
    """
    if region not in REGIONS:
        near = nearest(region, sorted(REGIONS))
        advice = f"; did you mean {near}?" if near else "."
        raise ValueError(f"There is no region {region!r}{advice}")
    return region


def _regions(region: str | None) -> Iterator[str]:
    yield from sorted(REGIONS) if region is None else [_region(region)]


def _link(source: str | None, target: str | None) -> Link:
    return (
        "" if source is None else _region(source),
        "" if target is None else _region(target),
    )
