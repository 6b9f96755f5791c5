"""Replication: delivery of queued item changes to the replicas of global tables.

Source: Developer Guide, "Global tables - multi-Region replication"; the last writer wins.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from ddbmock.database.data_plane import replication_queue as queue
from ddbmock.database.data_plane.item_change import Cause
from ddbmock.database.data_plane.replication_queue import Queued
from ddbmock.database.data_plane.table import Table
from ddbmock.database.life import decode_life
from ddbmock.database.schema import CATALOGUE, DELETING, VERSION_2017, TableDescription
from ddbmock.storage import ConflictError, Reader, Storage, UnavailableError, Writer
from ddbmock.values.item import Item
from ddbmock.values.model import BOOL, N, S

log: Final = logging.getLogger("ddbmock.storage")

Link: TypeAlias = tuple[str, str]
"""Source and target region."""


@dataclass
class Links:
    """The state of the connections between regions. All are fast and open by default."""

    lag: float = 0.0
    """Seconds that a change needs on links without a lag of their own."""
    lags: dict[Link, float] = field(default_factory=dict)
    held: set[Link] = field(default_factory=set)
    """Links that deliver nothing for now; an empty region stands for all regions."""
    isolated: set[str] = field(default_factory=set)
    """Regions without any link to others."""
    failed: set[str] = field(default_factory=set)
    """Regions whose requests fail."""

    def due(self, queued: Queued) -> float | None:
        """Return when a change arrives, in epoch seconds; None while its link is closed."""
        source, target = queued.source, queued.target
        if queued.local:
            return queued.written
        if source in self.isolated or target in self.isolated:
            return None
        if queued.strong:
            return queued.written
        if self.holds(source, target):
            return None
        return queued.written + self.delay(source, target)

    def holds(self, source: str, target: str) -> bool:
        """Return whether a link delivers nothing for now."""
        return not self.held.isdisjoint({(source, target), (source, ""), ("", target), ("", "")})

    def delay(self, source: str, target: str) -> float:
        """Return the seconds that a change needs on a link."""
        return self.lags.get((source, target), self.lag)

    def copy(self) -> Links:
        """Return an independent copy."""
        return Links(
            self.lag, dict(self.lags), set(self.held), set(self.isolated), set(self.failed)
        )


def deliver(storage: Storage, links: Links, now: float) -> bool:
    """Deliver all changes that are due; return whether others wait.

    Return True, too, if the storage does not accept writes now.
    """
    try:
        while True:
            with storage.read() as reader:
                waiting = [*queue.entries(reader)]
            arrivals = [(links.due(one), one) for one in waiting]
            due = [(at, one.stamp, one) for at, one in arrivals if at is not None and at <= now]
            if not due:
                return bool(waiting)
            due.sort(key=lambda arrival: arrival[:2])
            with storage.write() as writer:
                apply(writer, [one for _, _, one in due], now)
    except (ConflictError, UnavailableError) as error:
        log.warning("changes could not be replicated: %s", error)
        return True


def apply(writer: Writer, changes: Iterable[Queued], now: float) -> None:
    """Apply changes to their replicas, and take them from the queue."""
    for queued in changes:
        if writer.get(queue.SPACE, queued.entry_key) is None:
            continue  # another server was faster
        writer.delete(queue.SPACE, queued.entry_key)
        target = describe(writer, queued.prefix, queued.table, now)
        if target is None or target.replication is None or target.status == DELETING:
            continue
        if queued.local:
            _complete(writer, target, queued, now)
        elif queue.stamp_of(writer, target, queued.stored_key) < queued.stamp:
            _apply(writer, target, queued, now)


def describe(reader: Reader, prefix: str, name: str, now: float) -> TableDescription | None:
    """Return the current state of a table that a catalogue lists."""
    stored = reader.get(prefix + CATALOGUE, name.encode())
    return None if stored is None else decode_life(stored).at(now)


def _apply(writer: Writer, target: TableDescription, queued: Queued, now: float) -> None:
    table = Table(target, writer, writer, now=now, cause=Cause.REPLICATION)
    new = None if queued.record is None else Item.of_record(queued.record)
    assert target.replication is not None
    if new is None and target.replication.version == VERSION_2017:
        old = table.item(queued.stored_key)
        if old is not None:  # this version deletes in two steps
            deleting = old.changed({"aws:rep:deleting": BOOL(True)})
            table.put_replica(queued.stored_key, deleting)
    table.put_replica(queued.stored_key, new)
    queue.put_stamp(writer, target, queued.stored_key, queued.stamp)


def _complete(writer: Writer, table: TableDescription, queued: Queued, now: float) -> None:
    """Add the attributes of version 2017.11.29 to a written item, and send it to the replicas."""
    group = table.replication
    if group is None or queue.stamp_of(writer, table, queued.stored_key) != queued.stamp:
        return  # overwritten meanwhile
    assert queued.record is not None
    item = Item.of_record(queued.record).changed(
        {
            "aws:rep:deleting": BOOL(False),
            "aws:rep:updateregion": S(group.region),
            "aws:rep:updatetime": N(_seconds(queued.stamp.microseconds)),
        }
    )
    own = Table(table, writer, writer, now=now, cause=Cause.REPLICATION)
    own.put_replica(queued.stored_key, item)
    for replica in group.replicas:
        queue.put(
            writer,
            table,
            queued._replace(target=replica.region, prefix=replica.prefix, record=item.record),
        )


def _seconds(microseconds: int) -> str:
    """Return a time as the text of a number of seconds.

    >>> _seconds(1_602_518_560_314_000)
    '1602518560.314'
    """
    return f"{microseconds / 1_000_000:.6f}".rstrip("0").rstrip(".")
