"""Replicas by settings replication: a table that allows replicas in other accounts, and the replicas.

On AWS such a replica belongs to another account. Here all accounts share one database, so the source is
looked up in its region, whichever account its ARN names.

Source: Developer Guide, "Multi-account global tables"; the texts of errors are
assumed, because the service's are not known.
"""

from __future__ import annotations

from typing import Final

from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import replicas, resource_in_use
from ddbmock.database.control_plane.changes import Change
from ddbmock.database.control_plane.key_rules import invalid
from ddbmock.database.control_plane.replica_actions import (
    GroupUpdate,
    Overrides,
    ReplicaCreation,
)
from ddbmock.database.schema import ACTIVE, CREATING, UPDATING, TableDescription
from ddbmock.frozen import replace

ENABLED: Final = "ENABLED"
MODES: Final = ("DISABLED", ENABLED, "ENABLED_WITH_OVERRIDES")


def check_mode(mode: str) -> None:
    """Check the replication mode that a request sets.

    :raises ValidationException: it is the mode of replicas in one account.
    """
    if mode == "ENABLED_WITH_OVERRIDES":
        raise invalid(
            "GlobalTableSettingsReplicationMode ENABLED_WITH_OVERRIDES cannot be requested",
            hint="Replicas that ReplicaUpdates creates in the same account have this mode.",
        )


def set_mode(tables: Tables, name: str, mode: str) -> TableDescription:
    """Set whether other accounts may create replicas of a table; return the UPDATING description.

    :raises ResourceNotFoundException: the table does not exist.
    :raises ResourceInUseException: the table is in transition.
    :raises ValidationException: the mode does not fit the table.
    """
    table = tables.existing(name)
    resource_in_use.check_settled(table)
    check_mode(mode)
    if table.replication is not None:
        raise invalid(
            "GlobalTableSettingsReplicationMode cannot be changed for a global table",
            hint=f"Table {name!r} has replicas.",
        )
    shared = mode == ENABLED

    def change(status: str) -> Change:
        return lambda state: replace(state, shares_settings=shared, status=status)

    done = tables.now + tables.call.settings.delay_updating
    return tables.change(name, (tables.now, change(UPDATING)), (done, change(ACTIVE)))


def join(tables: Tables, name: str, source_region: str, source: str) -> TableDescription:
    """Create a replica of a source table in the request's region; return the CREATING description.

    :raises ResourceNotFoundException: the source does not exist.
    :raises ResourceInUseException: the source is in transition.
    :raises ValidationException: the source does not allow replicas, has another name, or is in the same
        region.
    """
    own = tables.call.region
    if name != source:
        raise invalid(
            "TableName must be the name of the table that GlobalTableSourceArn names",
            hint=f"The source is {source!r}; the request names {name!r}.",
        )
    if source_region == own:
        raise invalid(
            "GlobalTableSourceArn must name a table of another Region",
            hint=f"The request was sent to {own}.",
        )
    replicas.check_region(source_region, own)
    there = tables.in_region(source_region)
    if not there.existing(source).shares_settings:
        raise invalid(
            "The source table does not have GlobalTableSettingsReplicationMode ENABLED",
            hint=f"Enable it by UpdateTable in {source_region} first.",
        )
    replicas.update(there, GroupUpdate(source, (ReplicaCreation(own, Overrides()),)))
    return replace(tables.existing(name, restoring=True), status=CREATING)
