"""Creation of replicas: their descriptions, settings of their own, and copies of the items."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Final

from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import stream_specification
from ddbmock.database.control_plane.changes import in_order, with_values
from ddbmock.database.control_plane.encryption import Encryption, described
from ddbmock.database.control_plane.key_rules import invalid
from ddbmock.database.control_plane.replica_actions import (
    Overrides,
    ReplicaCreation,
)
from ddbmock.database.control_plane.replica_group import Transition, others, regroup, with_member
from ddbmock.database.control_plane.stream_specification import StreamChange
from ddbmock.database.data_plane import streams
from ddbmock.database.data_plane.table import Table
from ddbmock.database.schema import (
    CREATING,
    Replica,
    Replication,
    TableDescription,
)
from ddbmock.frozen import replace
from ddbmock.values.item import Item

NEW_AND_OLD: Final = "NEW_AND_OLD_IMAGES"


def create(tables: Tables, table: TableDescription, action: ReplicaCreation) -> Transition:
    """Create a replica with the items of a table; return the changes to that table.

    :raises ValidationException: the table's stream does not have both images.
    """
    there = tables.in_region(action.region)
    there.sweep()
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
    transition = regroup(
        tables, table, action.region, with_member(creating), with_member(replica), done
    )
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
        sse=encryption(there, table, overrides),
        replication=replace(group or Replication(region, ()), region=region, replicas=known),
    )
    return overridden(replica, overrides)


def encryption(
    there: Tables, table: TableDescription, overrides: Overrides
) -> Mapping[str, object]:
    """Return the description of a replica's encryption: with its own key, if it has one."""
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
