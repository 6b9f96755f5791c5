"""Settings that are common to all replicas of a global table.

Source: Developer Guide, "Global tables settings".
"""

from __future__ import annotations

from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import (
    replica_group,
    resource_in_use,
    strong_replicas,
    time_to_live,
    update_table,
)
from ddbmock.database.control_plane.encryption import Encryption
from ddbmock.database.control_plane.key_rules import invalid
from ddbmock.database.control_plane.table_update import TableUpdate
from ddbmock.database.schema import VERSION_2019, TableDescription
from ddbmock.errors import ValidationException
from ddbmock.frozen import replace


def update(tables: Tables, request: TableUpdate) -> TableDescription:
    """Update a table, and its replicas if the setting is common to all; return the UPDATING description.

    :raises DynamoDBError: as :func:`.update_table.update`, for the table or a replica of it.
    """
    before = tables.existing(request.name)
    group = before.replication
    shared = group is not None and group.version == VERSION_2019
    disabling = request.stream is not None and not request.stream.enabled
    if shared and disabling and group is not None and not group.strong:
        raise invalid(
            "Disabling Stream is not allowed for a Global Table replica.",
            hint="The stream of a replica is always enabled. Delete the other replicas first.",
        )
    updating = update_table.update(tables, request)
    common = _common(request)
    if shared and common is not None:
        for there, description in replica_group.others(tables, before):
            part = _without_repetition(common, description)
            if part is not None:
                update_table.update(there, part)
    return updating


def _without_repetition(common: TableUpdate, replica: TableDescription) -> TableUpdate | None:
    """Return the part of a common update that changes a replica, or None."""
    encryption = common.encryption
    if encryption is not None and not (encryption.enabled or encryption.type or replica.sse):
        common = replace(common, encryption=None)
    return None if common == _nothing(common) else common


def _common(request: TableUpdate) -> TableUpdate | None:
    """Return the part of an update that applies to all replicas, or None.

    Each replica has its own stream, deletion protection and KMS key.
    """
    encryption = request.encryption
    if encryption is not None:
        encryption = Encryption(encryption.enabled, encryption.type, None)
    common = replace(request, stream=None, deletion_protection=None, encryption=encryption)
    return None if common == _nothing(request) else common


def _nothing(request: TableUpdate) -> TableUpdate:
    return replace(TableUpdate(request.name), definitions=request.definitions)


def update_time_to_live(tables: Tables, name: str, attribute_name: str, *, enabled: bool) -> None:
    """Set or unset the attribute that expires items, in all replicas of a table.

    :raises DynamoDBError: as :func:`.time_to_live.update`.
    """
    table = tables.existing(name)
    strong_replicas.check_time_to_live(table)
    time_to_live.update(tables, name, attribute_name, enabled=enabled)
    if table.replication is not None and table.replication.version == VERSION_2019:
        for there, _ in replica_group.others(tables, table):
            time_to_live.update(there, name, attribute_name, enabled=enabled)


def protect(tables: Tables, name: str, *, protected: bool) -> TableDescription:
    """Set the protection of a replica against disassociation; return the UPDATING description.

    :raises ResourceNotFoundException: the table does not exist.
    :raises ValidationException: the table is not a replica.
    """
    table = tables.existing(name)
    resource_in_use.check_settled(table)
    group = table.replication
    if group is None:
        raise ValidationException(
            "DisassociationProtectionEnabled is only supported for replicas of a global table",
            hint=f"Table {name!r} has no replicas.",  # assumed: the text is not known
        )
    new = replace(group, disassociation_protection=protected)
    done = tables.now + tables.call.settings.delay_updating
    return tables.change(
        name,
        (tables.now, lambda state: replace(state, replication=new, status="UPDATING")),
        (done, lambda state: replace(state, replication=new, status="ACTIVE")),
    )
