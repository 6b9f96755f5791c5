"""Replication: delivery of queued item changes to the replicas of global tables.

Source: Developer Guide, "Global tables - multi-Region replication"; the last writer wins.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final

from ddbmock.database.data_plane import replication_queue as queue
from ddbmock.database.data_plane.item_change import Cause
from ddbmock.database.data_plane.replication_links import Links
from ddbmock.database.data_plane.replication_queue import Queued
from ddbmock.database.data_plane.table import Table
from ddbmock.database.life import decode_life
from ddbmock.database.schema import CATALOGUE, DELETING, VERSION_2017, TableDescription
from ddbmock.storage import ConflictError, Reader, Storage, UnavailableError, Writer
from ddbmock.values.item import Item
from ddbmock.values.model import BOOL, N, S

log: Final = logging.getLogger("ddbmock.storage")


def deliver(storage: Storage, links: Links, now: float) -> bool:
    """Deliver all changes that are due; return whether others wait.

    Return True, too, if the storage does not accept writes now.
    """
    try:
        while True:
            with storage.read() as reader:
                waiting = [*queue.entries(reader)]
            arrivals = [(due(links, one), one) for one in waiting]
            arrived = [(at, one.stamp, one) for at, one in arrivals if at is not None and at <= now]
            if not arrived:
                return bool(waiting)
            arrived.sort(key=lambda arrival: arrival[:2])
            with storage.write() as writer:
                apply(writer, [one for _, _, one in arrived], now)
    except (ConflictError, UnavailableError) as error:
        log.warning("changes could not be replicated: %s", error)
        return True


def due(links: Links, queued: Queued) -> float | None:
    """Return when a change arrives, in epoch seconds; None while its link is closed."""
    source, target = queued.source, queued.target
    if queued.local:
        return queued.written
    if source in links.isolated or target in links.isolated:
        return None
    if queued.strong:
        return queued.written
    if links.holds(source, target):
        return None
    return queued.written + links.delay(source, target)


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
