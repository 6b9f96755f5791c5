"""Replicas of global tables: adding, changing and removing them.

Source: Developer Guide, "Global tables"; texts marked as assumed are not known from the service.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ddbmock.database.arn import REGIONS, partition
from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import resource_in_use, strong_replicas
from ddbmock.database.control_plane.changes import Change, in_order, with_values
from ddbmock.database.control_plane.key_rules import invalid
from ddbmock.database.control_plane.replica_actions import (
    Disassociation,
    GroupUpdate,
    Overrides,
    ReplicaAction,
    ReplicaCreation,
    ReplicaDeletion,
    ReplicaUpdate,
)
from ddbmock.database.control_plane.replica_creation import create, encryption, overridden
from ddbmock.database.control_plane.replica_group import (
    Transition,
    leave,
    regroup,
    with_member,
    with_status,
    without_member,
)
from ddbmock.database.data_plane import replication, replication_queue, streams
from ddbmock.database.schema import (
    ACTIVE,
    CREATING,
    DELETING,
    UPDATING,
    VERSION_2017,
    Replica,
    Replication,
    TableDescription,
)
from ddbmock.errors import ValidationException
from ddbmock.frozen import replace


def update(tables: Tables, request: GroupUpdate) -> TableDescription:
    """Carry out actions on the replicas of a table; return the UPDATING description.

    :raises ResourceNotFoundException: the table does not exist.
    :raises ResourceInUseException: the table is in transition.
    :raises ValidationException: an action does not fit the table or its replicas.
    """
    name = request.name
    table = tables.existing(name, restoring=True)
    group = table.replication
    if table.status == CREATING and group is not None:
        raise ValidationException(
            "Create/Update/Delete of replica is not allowed while the replica is being added to "
            f"table with name: \u2018{name}\u2019 in region: \u2018{group.region}\u2019.",
            hint=f"Table {name!r} is CREATING in {group.region}.",
        )
    table = tables.existing(name)
    if table.status != UPDATING:
        resource_in_use.check_settled(table)
    if group is not None and group.version == VERSION_2017:
        raise ValidationException(  # assumed: the text is not known
            f"UpdateTable does not support replicas of global tables version {VERSION_2017}",
            hint="Use UpdateGlobalTable, or remove all replicas first.",
        )
    strong_replicas.check_kinds(table, request)
    _check(tables, table, request)
    resource_in_use.check_settled(table)
    strong_replicas.check(tables, table, request)
    at_once: list[Change] = []
    at_last: list[Change] = []
    if request.strong:
        group = Replication(tables.call.region, (), strong=True, witness=request.new_witness)
        table = replace(table, replication=group)
        creating = replace(group, witness_status=CREATING)
        at_once.append(with_values(replication=creating))
        at_last.append(with_values(replication=group))
    done = tables.now
    for action in request.actions:
        transition = _carry_out(tables, table, action)
        at_once.append(transition.at_once)
        at_last.append(transition.at_last)
        done = max(done, transition.done)
        table = transition.at_last(table)
    return tables.change(
        name,
        (tables.now, in_order(*at_once, _status(UPDATING, resource_in_use.REPLICAS))),
        (done, in_order(*at_last, _status(ACTIVE))),
    )


def _carry_out(tables: Tables, table: TableDescription, action: ReplicaAction) -> Transition:
    match action:
        case ReplicaCreation():
            return create(tables, table, action)
        case ReplicaUpdate():
            return _update(tables, table, action)
        case ReplicaDeletion():
            return _delete(tables, table, action.region)
        case Disassociation():
            return _disassociate(tables, table)


def _check(tables: Tables, table: TableDescription, request: GroupUpdate) -> None:
    own, actions = tables.call.region, request.actions
    regions = [action.region for action in actions]
    strong = request.strong or (table.replication is not None and table.replication.strong)
    if (
        len(actions) > 1
        and not strong
        and isinstance(actions[0], (ReplicaCreation, ReplicaDeletion))
    ):
        raise ValidationException(
            "Update table operation with more than one create or delete replica actions not allowed",
            hint="Send an UpdateTable for each replica.",
        )
    for action in actions:
        if isinstance(action, Disassociation):
            if len(actions) > 1 or action.region != own:
                raise invalid(  # assumed: the text is not known
                    "Disassociate must be the only replica update, sent to the replica's Region",
                    hint=f"Send Disassociate for {action.region} to {action.region}, alone.",
                )
            continue
        if action.region == own:
            raise ValidationException(
                "Cannot add, delete, or update the local region through ReplicaUpdates. Use "
                "CreateTable, DeleteTable, or UpdateTable as required.",
                hint=f"The request was sent to {own}; name another region.",
            )
        check_region(action.region, own)
        if regions.count(action.region) > 1:
            raise invalid(  # assumed: the text is not known
                f"Only one replica update per region is allowed. Region: {action.region}",
                hint="Put all changes of a replica into one element.",
            )
        shared = tables.call.in_region(action.region).prefix == tables.call.prefix
        if shared and isinstance(action, ReplicaCreation):
            raise ValidationException(
                f"Region {action.region} is not supported",
                hint="All regions share their tables here, so a replica would be the table itself. Set "
                "ddbmock.databases to region or each.",
            )
        if isinstance(action, ReplicaCreation):
            _check_free(tables.in_region(action.region), table)
        elif isinstance(action, (ReplicaUpdate, ReplicaDeletion)):
            _member(table, action.region)


def check_region(region: str, own: str) -> None:
    """Check that a replica can be in a region.

    :raises ValidationException: there is no such region, or it belongs to another partition.
    """
    if region not in REGIONS or partition(region) != partition(own):
        listed = sorted(one for one in REGIONS if partition(one) == partition(own))
        raise ValidationException(  # assumed: the order of the list
            f"Region {region} is not supported. The latest version of global tables are only "
            f"supported in the following regions: [{', '.join(listed)}]",
            hint=f"The region {region!r} does not exist, or belongs to another partition than {own}.",
        )


def _check_free(there: Tables, table: TableDescription) -> None:
    """Check that another region has no table of a table's name."""
    if there.describe(table.name) is not None:
        raise ValidationException(
            f"Failed to create a the new replica of table with name: \u2018{table.name}\u2019 "
            "because one or more replicas already existed as tables.",
            hint=f"{there.call.region} has a table {table.name!r} already.",
        )


def _status(status: str, subject: str = "") -> Change:
    return with_values(status=status, updating=subject)


def not_member(name: str, region: str, regions: Iterable[str]) -> ValidationException:
    """Return the error about a region without a replica of a table."""
    return ValidationException(
        "Update global table operation failed because one or more replicas were not part of the "
        f"global table. Please retry the request without these replicas: [{region}].",
        hint=f"Table {name!r} has replicas in: {', '.join(sorted(regions)) or 'no other region'}.",
    )


def _member(table: TableDescription, region: str) -> Replica:
    """Return the replica of a region.

    :raises ValidationException: there is none.
    """
    group = table.replication
    replicas = () if group is None else group.replicas
    found = next((one for one in replicas if one.region == region), None)
    if found is None:
        raise not_member(table.name, region, [one.region for one in replicas])
    return found


def _update(tables: Tables, table: TableDescription, action: ReplicaUpdate) -> Transition:
    old = _member(table, action.region)
    overrides = action.overrides
    if overrides.empty:
        raise ValidationException(  # assumed: the beginning of the text is not known
            f"Update for replica {action.region}: no actions specified",
            hint="Give an override, or leave the element out.",
        )
    new = replace(
        old,
        read_units=old.read_units if overrides.read_units is None else overrides.read_units,
        max_read_units=(
            old.max_read_units if overrides.max_read_units is None else overrides.max_read_units
        ),
        table_class=overrides.table_class or old.table_class,
        kms_key=overrides.kms_key or old.kms_key,
        indexes={**old.indexes, **overrides.indexes},
    )
    now = tables.now
    done = now + tables.call.settings.delay_updating
    updating = replace(old, status=UPDATING)
    there = tables.in_region(action.region)
    sse = encryption(there, table, overrides)
    there.change(
        table.name,
        (now, _status(UPDATING, resource_in_use.REPLICAS)),
        (done, lambda state: _after_update(state, overrides, sse)),
    )
    return regroup(tables, table, action.region, with_member(updating), with_member(new), done)


def _after_update(
    state: TableDescription, overrides: Overrides, sse: Mapping[str, object]
) -> TableDescription:
    if overrides.kms_key is not None:
        state = replace(state, sse=sse)
    return replace(overridden(state, overrides), status=ACTIVE, updating="")


def _delete(tables: Tables, table: TableDescription, region: str) -> Transition:
    _member(table, region)
    there = tables.in_region(region)
    description = there.existing(table.name)
    if description.deletion_protection:
        raise ValidationException(
            f"Cannot delete table {table.name} in region {region} because it has deletion "
            "protection enabled. Disable deletion protection first.",
            hint=f"UpdateTable in {region} with DeletionProtectionEnabled false comes first.",
        )
    resource_in_use.check_deletable(description, tables.now)
    now = tables.now
    end = now + tables.call.settings.delay_deleting
    there.save(table.name, (now, replace(description, status=DELETING)), (end, None))
    streams.end(there.writer, description, now, end)
    there.sweep()
    return regroup(
        tables, table, region, with_status(region, DELETING), without_member(region), end
    )


def _disassociate(tables: Tables, table: TableDescription) -> Transition:
    group = table.replication
    if group is None:
        raise not_member(table.name, tables.call.region, [])
    if group.disassociation_protection:
        raise invalid(  # assumed: the text is not known
            "Resource cannot be disassociated as it is currently protected against "
            "disassociation. Disable disassociation protection first.",
            hint="UpdateTable with DisassociationProtectionEnabled false comes first.",
        )
    waiting = [
        one
        for one in replication_queue.entries(tables.reader)
        if one.table == table.name and group.region in (one.source, one.target)
    ]
    replication.apply(tables.writer, waiting, tables.now)
    done = tables.now + tables.call.settings.delay_updating
    leave(tables, table, done)
    return Transition(done, lambda state: state, with_values(replication=None))
