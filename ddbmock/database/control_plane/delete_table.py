"""Deletion of tables: its conditions, and the last states of a table."""

from __future__ import annotations

from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import backups, replica_group, strong_replicas
from ddbmock.database.control_plane.quotas import check_operations
from ddbmock.database.control_plane.resource_in_use import check_deletable
from ddbmock.database.data_plane import streams
from ddbmock.database.schema import DELETING, TableDescription
from ddbmock.frozen import replace


def delete(tables: Tables, name: str) -> TableDescription:
    """Mark a table as DELETING and schedule its removal; return the DELETING description.

    :raises ResourceNotFoundException: it does not exist.
    :raises ResourceInUseException: it is being created, changed or deleted.
    :raises ValidationException: it has deletion protection.
    :raises LimitExceededException: too many tables are in transition.
    """
    description = tables.existing(name, restoring=True)
    check_deletable(description, tables.now)
    strong_replicas.check_deletion(description)
    check_operations(tables)
    if description.journal is not None and description.journal.recovery_since is not None:
        backups.create_for_deleted(tables, description)
        description = tables.existing(name)
    deleting = replace(description, status=DELETING)
    end = tables.now + tables.call.settings.delay_deleting
    tables.save(name, (tables.now, deleting), (end, None))
    streams.end(tables.writer, description, tables.now, end)
    if description.replication is not None:
        replica_group.leave(tables, description, end)
    return deleting
