"""Expiry: the removal of items whose time to live has ended by the clock."""

from __future__ import annotations

import logging
from itertools import islice
from typing import TYPE_CHECKING, Final

from ddbmock.database.data_plane import expiry_queue
from ddbmock.database.data_plane.item_change import Cause
from ddbmock.database.data_plane.table import Table
from ddbmock.database.life import decode_life
from ddbmock.database.schema import CATALOGUE, VERSION_2017, TableDescription
from ddbmock.later import later
from ddbmock.storage import ConflictError, Storage, UnavailableError, Writer

if TYPE_CHECKING:
    from ddbmock.database.data_plane import replication_queue
else:
    replication_queue = later("ddbmock.database.data_plane", "replication_queue")

log: Final = logging.getLogger("ddbmock.requests")

BATCH: Final = 1000
"""Most items that one transaction removes, so that other writers wait for a short time only."""


def expire(storage: Storage, *, by: float, now: float) -> bool:
    """Remove all items that expired at `by` or before, from their tables as of `now`.

    Return False if they could not be removed now, because another server is writing or the
    storage does not accept writes; requests that only read must not fail then. Costs one look
    into an ordered space if there are none.

    :raises DamagedError: a record is damaged; nothing more was removed.
    """
    while _any_due(storage, by):
        try:
            if _expire_some(storage, by, now) < BATCH:
                break
        except (ConflictError, UnavailableError) as error:
            log.warning("expired items could not be removed: %s", error)
            return False
    return True


def _any_due(storage: Storage, by: float) -> bool:
    with storage.read() as reader:
        return next(expiry_queue.due(reader, by), None) is not None


def _expire_some(storage: Storage, by: float, now: float) -> int:
    with storage.write() as writer:
        batch = list(islice(expiry_queue.due(writer, by), BATCH))
        for due in batch:
            expire_one(writer, due, now)
        return len(batch)


def expire_one(writer: Writer, due: expiry_queue.Due, now: float) -> None:
    """Remove an item, unless it has changed since, and its entry."""
    stored = writer.get(due.prefix + CATALOGUE, due.table_name.encode())
    description = None if stored is None else decode_life(stored).at(now)
    if (
        description is not None
        and description.table_id == due.table_id
        and _expires_here(writer, description, due.stored_key)
    ):
        table = Table(description, writer, writer, now=now, cause=Cause.TIME_TO_LIVE)
        table.remove(due.stored_key)
    writer.delete(expiry_queue.SPACE, due.entry_key)


def _expires_here(writer: Writer, table: TableDescription, stored_key: bytes) -> bool:
    """Return whether this region removes an expired item, which it does for items written here.

    The removal then replicates to the other regions as any other.
    """
    group = table.replication
    if group is None or group.version == VERSION_2017:
        return True
    origin = replication_queue.stamp_of(writer, table, stored_key).region
    return origin == group.region or origin not in group.regions
