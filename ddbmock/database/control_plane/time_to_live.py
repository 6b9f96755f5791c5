"""Changes of a table's time to live. Source of texts: recorded answers."""

from __future__ import annotations

from typing import Final

from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane.resource_in_use import reject_busy
from ddbmock.database.data_plane import expiry_queue
from ddbmock.database.schema import CREATING, DELETING, TableDescription, TimeToLive
from ddbmock.errors import ValidationException
from ddbmock.frozen import replace

INTERVAL: Final = 1800.0
"""Seconds until the next change is allowed. AWS documents an hour; half an hour was measured."""


def update(tables: Tables, name: str, attribute_name: str, *, enabled: bool) -> None:
    """Enable or disable time to live by an attribute.

    :raises ResourceNotFoundException: the table does not exist.
    :raises ResourceInUseException: the table is being created or deleted.
    :raises ValidationException: nothing would change, or it was changed recently.
    """
    table = tables.existing(name)
    if table.status == CREATING:
        reject_busy(f"Table {name} is being created", table)
    if table.status == DELETING:
        reject_busy(f"Table is being deleted: {name}", table)
    _check_change(table, attribute_name, enabled)
    old = table.time_to_live
    if (
        old is not None
        and tables.call.settings.limits == "aws"
        and tables.now < old.changed_at + INTERVAL
    ):
        raise ValidationException(
            "Time to live has been modified multiple times within a fixed interval",
            hint=f"Try again in {old.changed_at + INTERVAL - tables.now:.0f} seconds; the setting "
            "ddbmock.limits = none lifts this limit.",
        )
    new = TimeToLive(attribute_name, enabled, tables.now)
    if not enabled:
        expiry_queue.remove_all(tables.reader, tables.writer, table)
    changed = tables.change(name, (tables.now, lambda state: replace(state, time_to_live=new)))
    if enabled:
        expiry_queue.enter_all(tables.reader, tables.writer, changed)


def _check_change(table: TableDescription, attribute_name: str, enabled: bool) -> None:
    """Check that a change has an effect, and that it names the present attribute."""
    old = table.time_to_live
    if old is None or not old.enabled:
        if not enabled:
            raise ValidationException(
                "TimeToLive is already disabled",
                hint=f"Items of {table.name!r} do not expire; leave the request out.",
            )
        return
    if old.attribute_name != attribute_name:
        raise ValidationException(
            "TimeToLive is active on a different AttributeName: current AttributeName is "
            f"{old.attribute_name}",
            hint="Disable it first, then enable it with another attribute.",
        )
    if enabled:
        raise ValidationException(
            "TimeToLive is already enabled",
            hint=f"Items expire by {old.attribute_name!r} already; leave the request out.",
        )
