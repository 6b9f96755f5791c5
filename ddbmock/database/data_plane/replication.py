"""Replication: delivery of queued item changes to the replicas of global tables.

Source: Developer Guide, "Global tables - multi-Region replication"; the last writer wins.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Final

from ddbmock.database.data_plane import replication_queue as queue
from ddbmock.database.data_plane.item_change import Cause
from ddbmock.database.data_plane.replication_links import Links
from ddbmock.database.data_plane.replication_queue import Queued
from ddbmock.database.data_plane.table import Table
from ddbmock.database.schema import (
    DELETING,
    VERSION_2017,
    Replication,
    TableDescription,
)
from ddbmock.errors import InternalServerError
from ddbmock.named_tuple import NamedTuple
from ddbmock.storage import (
    ConflictError,
    DamagedError,
    Reader,
    Storage,
    UnavailableError,
    Writer,
)
from ddbmock.values.item import Item
from ddbmock.values.model import BOOL, N, S

log: Final = logging.getLogger("ddbmock.storage")


class Delivery(NamedTuple):
    """The state of the queue after a delivery."""

    waiting: bool
    """Whether changes wait that may be delivered later."""
    damaged: tuple[bytes, ...] = ()
    """The keys of changes that cannot be read; empty keys for all of them."""


def deliver(storage: Storage, links: Links, now: float) -> Delivery:
    """Deliver all changes that are due.

    Others are said to wait, too, if the storage does not accept writes now. A damaged record holds up
    no other change: what cannot be read or applied is left in the queue.
    """
    damaged: list[bytes] = []
    stuck: set[bytes] = set()
    try:
        while True:
            damaged.clear()
            with storage.read() as reader:
                found = queue.entries(reader, damaged)
                waiting = [one for one in found if one.entry_key not in stuck]
            arrivals = [(due(links, one), one) for one in waiting]
            arrived = [(at, one.stamp, one) for at, one in arrivals if at is not None and at <= now]
            if not arrived:
                return Delivery(bool(waiting), tuple(damaged))
            arrived.sort(key=lambda arrival: arrival[:2])
            stuck |= _apply_to(storage, [one for _, _, one in arrived], now)
    except (ConflictError, UnavailableError) as error:
        log.warning("changes could not be replicated: %s", error)
        return Delivery(True, tuple(damaged))
    except DamagedError as error:
        log.error("changes cannot be replicated: %s", error)
        return Delivery(False, (b"",))


def _apply_to(storage: Storage, changes: Sequence[Queued], now: float) -> set[bytes]:
    """Apply changes; return the keys of those whose replica has a damaged record in their place."""
    try:
        with storage.write() as writer:
            apply(writer, changes, now)
    except DamagedError as error:
        if len(changes) > 1:
            return set().union(*(_apply_to(storage, [one], now) for one in changes))
        log.error("a change could not be replicated: %s", error)
        return {changes[0].entry_key}
    return set()


def check_delivered(
    reader: Reader, table: TableDescription, damaged: Sequence[bytes], now: float
) -> None:
    """Raise if a table lacks a change because the change's record in the queue is damaged.

    :raises InternalServerError: it does.
    """
    group = table.replication
    if group is not None and any(_is_about(reader, key, table, group, now) for key in damaged):
        raise InternalServerError(
            "Internal server error",
            hint=f"A change in transit to the replica of table {table.name!r} in {group.region} is "
            "damaged, so the replica lacks it. Delete the replica and create it again.",
        )


def _is_about(
    reader: Reader, key: bytes, table: TableDescription, group: Replication, now: float
) -> bool:
    """Return whether a key of the queue is of a change for a table, or may be."""
    place = queue.Place.of(key)
    if place is None:
        return True
    if place.target != group.region or place.stamp.microseconds < table.created_at * 1_000_000:
        return False
    if place.table_id == table.table_id:
        return True
    others = [queue.describe(reader, one.prefix, table.name, now) for one in group.replicas]
    return any(one is not None and one.table_id == place.table_id for one in others)


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
        target = queue.describe(writer, queued.prefix, queued.table, now)
        if target is None or target.replication is None or target.status == DELETING:
            continue
        if queued.local:
            _complete(writer, target, queued, now)
        elif queue.stamp_of(writer, target, queued.stored_key) < queued.stamp:
            _apply(writer, target, queued, now)


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
