"""Replicas of global tables: adding, changing and removing them.

Source: Developer Guide, "Global tables"; texts marked as assumed are not known from the service.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from ddbmock.database.arn import REGIONS, partition
from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import resource_in_use, stream_specification, strong_replicas
from ddbmock.database.control_plane.changes import Change, in_order, with_values
from ddbmock.database.control_plane.encryption import Encryption, described
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
from ddbmock.database.control_plane.stream_specification import StreamChange
from ddbmock.database.data_plane import replication, replication_queue, streams
from ddbmock.database.data_plane.table import Table
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
from ddbmock.named_tuple import NamedTuple
from ddbmock.values.item import Item

NEW_AND_OLD: Final = "NEW_AND_OLD_IMAGES"
NOT_MEMBERS: Final = (
    "Update global table operation failed because one or more replicas were not part of the "
    "global table."
)

GroupChange: TypeAlias = Callable[[tuple[Replica, ...]], tuple[Replica, ...]]


def update(tables: Tables, request: GroupUpdate) -> TableDescription:
    """Carry out actions on the replicas of a table; return the UPDATING description.

    :raises ResourceNotFoundException: the table does not exist.
    :raises ResourceInUseException: the table is in transition.
    :raises ValidationException: an action does not fit the table or its replicas.
    """
    name = request.name
    table = tables.existing(name)
    resource_in_use.check_settled(table)
    if table.replication is not None and table.replication.version == VERSION_2017:
        raise ValidationException(  # assumed: the text is not known
            f"UpdateTable does not support replicas of global tables version {VERSION_2017}",
            hint="Use UpdateGlobalTable, or remove all replicas first.",
        )
    _check(tables, request.actions)
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


def _carry_out(tables: Tables, table: TableDescription, action: ReplicaAction) -> _Transition:
    match action:
        case ReplicaCreation():
            return _create(tables, table, action)
        case ReplicaUpdate():
            return _update(tables, table, action)
        case ReplicaDeletion():
            return _delete(tables, table, action.region)
        case Disassociation():
            return _disassociate(tables, table)


def _check(tables: Tables, actions: tuple[ReplicaAction, ...]) -> None:
    own = tables.call.region
    regions = [action.region for action in actions]
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


def check_region(region: str, own: str) -> None:
    """Check that a replica can be in a region.

    :raises ValidationException: there is no such region, or it belongs to another partition.
    """
    if region not in REGIONS or partition(region) != partition(own):
        raise ValidationException(
            f"Region {region} is not supported",
            hint=f"Replicas of a table in {own} can be in: "
            + ", ".join(sorted(one for one in REGIONS if partition(one) == partition(own))),
        )


class _Transition(NamedTuple):
    """The changes that an action makes to the table of the request, now and at the end."""

    done: float
    at_once: Change
    at_last: Change


def _status(status: str, subject: str = "") -> Change:
    return with_values(status=status, updating=subject)


def others(tables: Tables, table: TableDescription) -> Iterator[tuple[Tables, TableDescription]]:
    """Yield the replicas of a table in other regions, each with its region's tables."""
    group = table.replication
    for replica in group.replicas if group is not None else ():
        there = tables.in_region(replica.region)
        description = there.describe(table.name)
        if description is not None and description.replication is not None:
            yield there, description


def _grouped(region: str, change: GroupChange) -> Change:
    """Return the change that updates the list of other replicas in a table's description.

    A table without replicas in other regions is not a global table.
    """

    def apply(table: TableDescription) -> TableDescription:
        group = table.replication or Replication(region, ())
        replicas = change(group.replicas)
        changed = replace(group, replicas=replicas) if replicas else None
        return replace(table, replication=changed)

    return apply


def _regroup(
    tables: Tables,
    table: TableDescription,
    region: str,
    first: GroupChange,
    last: GroupChange,
    done: float,
) -> _Transition:
    """Change the group in all regions except `region`; return the change for the request's table."""
    for there, _ in others(tables, table):
        own = there.call.region
        if own != region:
            there.change(
                table.name,
                (tables.now, _grouped(own, first)),
                (done, _grouped(own, last)),
            )
    own = tables.call.region
    return _Transition(done, _grouped(own, first), _grouped(own, last))


def _replace(replica: Replica) -> GroupChange:
    """Return the change that adds a replica, or replaces the one in its region."""
    return lambda replicas: (
        *(one for one in replicas if one.region != replica.region),
        replica,
    )


def _remove(region: str) -> GroupChange:
    return lambda replicas: tuple(one for one in replicas if one.region != region)


def _mark(region: str, status: str) -> GroupChange:
    return lambda replicas: tuple(
        replace(one, status=status) if one.region == region else one for one in replicas
    )


def _create(tables: Tables, table: TableDescription, action: ReplicaCreation) -> _Transition:
    there = tables.in_region(action.region)
    there.sweep()
    if there.describe(table.name) is not None:
        raise ValidationException(
            f"Failed to create a the new replica of table with name: '{table.name}' because one "
            "or more replicas already existed as tables.",
            hint=f"{action.region} has a table {table.name!r} already.",
        )
    group = table.replication
    now = tables.now
    done = now + tables.call.settings.delay_updating
    if group is None or not group.strong:
        before = table.stream
        table = _with_stream(tables, table)
        if table.stream != before:
            streams.begin(tables.writer, table, now, done)
    replica = _replica(action, there.call.prefix)
    creating = replace(replica, status=CREATING)
    known = tuple(
        Replica(member.call.region, description.prefix)
        for member, description in [(tables, table), *others(tables, table)]
    )
    new = _replica_table(there, table, action.overrides, group, known)
    there.save(table.name, (now, replace(new, status=CREATING)), (done, new))
    if new.stream is not None and new.stream.enabled:
        streams.begin(there.writer, new, now, done)
    _copy(tables, table, new)
    transition = _regroup(tables, table, action.region, _replace(creating), _replace(replica), done)
    stream = with_values(stream=table.stream)
    return transition._replace(
        at_once=in_order(stream, transition.at_once), at_last=in_order(stream, transition.at_last)
    )


def _with_stream(tables: Tables, table: TableDescription) -> TableDescription:
    """Return a table with its stream enabled, which the first replica requires."""
    stream = table.stream
    if stream is not None and stream.enabled:
        if stream.view_type != NEW_AND_OLD:
            raise invalid(  # assumed: the text is not known
                f"Table stream must have StreamViewType {NEW_AND_OLD} to add a replica",
                hint=f"The stream has {stream.view_type}; disable it first.",
            )
        return table
    new = stream_specification.after_change(
        table, StreamChange(True, NEW_AND_OLD), tables.now, tables.call.settings.stream_shards
    )
    new = stream_specification.with_free_label(tables, table.name, new)
    return replace(table, stream=new)


def _replica(action: ReplicaCreation, prefix: str) -> Replica:
    overrides = action.overrides
    return Replica(
        action.region,
        prefix,
        read_units=overrides.read_units,
        max_read_units=overrides.max_read_units,
        table_class=overrides.table_class,
        kms_key=overrides.kms_key,
        indexes=overrides.indexes,
    )


def _replica_table(
    there: Tables,
    table: TableDescription,
    overrides: Overrides,
    group: Replication | None,
    known: tuple[Replica, ...],
) -> TableDescription:
    """Return the description that a new replica will have when it is ACTIVE."""
    region, now = there.call.region, there.now
    stream = table.stream
    if stream is not None:
        stream = replace(stream, label=stream_specification.label(now))
        stream = stream_specification.with_free_label(there, table.name, stream)
    ttl = table.time_to_live
    replica = replace(
        table,
        table_id=str(uuid.uuid4()),
        created_at=now,
        prefix=there.call.prefix,
        stream=stream,
        time_to_live=None if ttl is None else replace(ttl, changed_at=now),
        deletion_protection=False,
        tags={},
        insights={},
        journal=None,
        restoring={},
        importing=False,
        sse=_encryption(there, table, overrides),
        replication=replace(group or Replication(region, ()), region=region, replicas=known),
    )
    return overridden(replica, overrides)


def _encryption(
    there: Tables, table: TableDescription, overrides: Overrides
) -> Mapping[str, object]:
    if overrides.kms_key is None and not table.sse:
        return {}
    encryption = Encryption(True, "KMS", overrides.kms_key)
    return described(encryption, region=there.call.region, account_id=there.call.account_id)


def overridden(table: TableDescription, overrides: Overrides) -> TableDescription:
    """Return a replica with settings of its own."""
    if overrides.read_units is not None:
        units = replace(table.throughput, read_units=overrides.read_units)
        table = replace(table, throughput=units)
    if overrides.max_read_units is not None:
        on_demand = {**table.on_demand, "read": overrides.max_read_units}
        table = replace(table, on_demand=on_demand)
    if overrides.table_class is not None:
        table = replace(table, table_class=overrides.table_class)
    indexes = []
    for index in table.indexes:
        own = overrides.indexes.get(index.name, {})
        if "read" in own:
            units = replace(index.throughput, read_units=own["read"])
            index = replace(index, throughput=units)
        if "max_read" in own:
            on_demand = {**index.on_demand, "read": own["max_read"]}
            index = replace(index, on_demand=on_demand)
        indexes.append(index)
    return replace(table, indexes=tuple(indexes))


def _copy(tables: Tables, source: TableDescription, replica: TableDescription) -> None:
    """Copy the items of a table, with their stamps, to a new replica."""
    writer = tables.writer
    # Copied items are not changes: the new stream has no records of them.
    quiet = replace(replica, stream=None, replication=None, journal=None)
    target = Table(quiet, writer, writer, None, now=tables.now)
    for stored_key, record in list(tables.reader.range(source.space())):
        target.put_replica(stored_key, Item.of_record(record))
    for stored_key, stamp in list(tables.reader.range(source.settings_space("stamps"))):
        writer.put(replica.settings_space("stamps"), stored_key, stamp)


def _member(table: TableDescription, region: str) -> Replica:
    """Return the replica of a region.

    :raises ValidationException: there is none.
    """
    group = table.replication
    replicas = () if group is None else group.replicas
    found = next((one for one in replicas if one.region == region), None)
    if found is None:
        raise ValidationException(
            NOT_MEMBERS,
            hint=f"Table {table.name!r} has replicas in: "
            f"{', '.join(one.region for one in replicas) or 'no other region'}.",
        )
    return found


def _update(tables: Tables, table: TableDescription, action: ReplicaUpdate) -> _Transition:
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
    sse = _encryption(there, table, overrides)
    there.change(
        table.name,
        (now, _status(UPDATING, resource_in_use.REPLICAS)),
        (done, lambda state: _after_update(state, overrides, sse)),
    )
    return _regroup(tables, table, action.region, _replace(updating), _replace(new), done)


def _after_update(
    state: TableDescription, overrides: Overrides, sse: Mapping[str, object]
) -> TableDescription:
    if overrides.kms_key is not None:
        state = replace(state, sse=sse)
    return replace(overridden(state, overrides), status=ACTIVE, updating="")


def _delete(tables: Tables, table: TableDescription, region: str) -> _Transition:
    _member(table, region)
    there = tables.in_region(region)
    description = there.existing(table.name)
    resource_in_use.check_deletable(description, tables.now)
    now = tables.now
    end = now + tables.call.settings.delay_deleting
    there.save(table.name, (now, replace(description, status=DELETING)), (end, None))
    streams.end(there.writer, description, now, end)
    there.sweep()
    return _regroup(tables, table, region, _mark(region, DELETING), _remove(region), end)


def leave(tables: Tables, table: TableDescription, end: float) -> None:
    """Remove a table that is being deleted from its group, where it is DELETING until `end`."""
    region = tables.call.region
    _regroup(tables, table, region, _mark(region, DELETING), _remove(region), end)


def _disassociate(tables: Tables, table: TableDescription) -> _Transition:
    group = table.replication
    if group is None:
        raise ValidationException(
            NOT_MEMBERS, hint=f"Table {table.name!r} is not a replica of a global table."
        )
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
    return _Transition(done, lambda state: state, with_values(replication=None))
