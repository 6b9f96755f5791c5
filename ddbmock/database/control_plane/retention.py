"""Retention: the removal of backups and journal entries that are too old for any restore."""

from __future__ import annotations

from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import backups, point_in_time


def is_due(tables: Tables) -> bool:
    """Return whether :func:`remove` may have something to do."""
    return point_in_time.is_any_enabled(tables) or backups.is_any_expired(tables)


def remove(tables: Tables) -> bool:
    """Remove expired backups and some journal entries; return whether more may follow."""
    backups.remove_expired(tables)
    return point_in_time.trim(tables)
