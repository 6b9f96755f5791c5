"""Deleting tables: what stands in the way, and a table's last states."""

from __future__ import annotations

import dataclasses

from ddbmock.database.control_plane.quotas import check_operations
from ddbmock.database.control_plane.resource_in_use import check_deletable
from ddbmock.database.db import Tables
from ddbmock.database.schema import DELETING, TableDescription


def delete(tables: Tables, name: str) -> TableDescription:
    """Let a table end, and give its last state, DELETING.

    :raises ResourceNotFoundException: there is none.
    :raises ResourceInUseException: it is being created, changed or deleted.
    :raises ValidationException: it is protected.
    :raises LimitExceededException: too many tables are on their way.
    """
    description = tables.existing(name)
    check_deletable(description, tables.now)
    check_operations(tables)
    deleting = dataclasses.replace(description, status=DELETING)
    end = tables.now + tables.call.settings.delay_deleting
    tables.save(name, (tables.now, deleting), (end, None))
    return deleting
