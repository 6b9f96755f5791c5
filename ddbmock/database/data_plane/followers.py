"""Followers of item changes: the parts of ddbmock that a table's item changes are handed to.

Each follower writes in the storage transaction of the change itself, so that it records exactly
the changes that happen. To add one, extend :func:`follow` and
:attr:`.TableDescription.has_followers`: a table without followers only looks at that property.
"""

from __future__ import annotations

from ddbmock.database.data_plane import journal, kinesis_outbox, replication_queue, stream_records
from ddbmock.database.data_plane.item_change import ItemChange
from ddbmock.storage import Writer


def follow(writer: Writer, change: ItemChange) -> None:
    """Hand a change to every follower that its table has switched on, in a fixed order.

    A write may leave its item as it was, which only replicas need to know.
    """
    table = change.table
    if table.replication is not None:
        replication_queue.enter(writer, change)
    old, new = change.old, change.new
    # Sizes are known without parsing, and differ for most items that differ.
    if old is not None and new is not None and old.size == new.size and old == new:
        return
    if table.journal is not None:
        journal.record(writer, change)
    if table.stream is not None and table.stream.enabled:
        stream_records.append(writer, change)
    for destination in table.kinesis:
        if destination.live:
            kinesis_outbox.append(writer, change, destination)
