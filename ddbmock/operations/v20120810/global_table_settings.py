"""Settings of global tables of version 2017.11.29: DescribeGlobalTableSettings and
UpdateGlobalTableSettings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from ddbmock.database import Call
from ddbmock.database.control_plane import auto_scaling, global_tables
from ddbmock.database.control_plane.global_tables import GlobalTable, Member
from ddbmock.database.control_plane.table_update import TableUpdate
from ddbmock.database.control_plane.throughput import Units
from ddbmock.database.control_plane.update_index import IndexUpdate
from ddbmock.database.control_plane.update_table import update
from ddbmock.database.schema import ACTIVE, IndexDescription
from ddbmock.errors import IndexNotFoundException
from ddbmock.operations.operation import Kind, Operation, Output, Timestamp
from ddbmock.operations.v20120810.global_tables import GlobalTableInput, GlobalTableName
from ddbmock.operations.v20120810.members.auto_scaling import (
    AutoScalingSettingsUpdate,
    PositiveLong,
    scaling_update,
)
from ddbmock.operations.v20120810.members.inputs import IndexName
from ddbmock.operations.v20120810.members.replica_updates import TableClass
from ddbmock.operations.v20120810.members.table_definitions import BillingMode
from ddbmock.shapes import Length, Structure


class DescribeGlobalTableSettingsInput(GlobalTableInput):
    global_table_name: GlobalTableName


def describe_global_table_settings(call: Call, request: DescribeGlobalTableSettingsInput) -> Output:
    """Return the capacity settings of a global table by region."""
    with call.read() as tables:
        return _settings(global_tables.find(tables, request.global_table_name))


class GlobalTableGlobalSecondaryIndexSettingsUpdate(Structure):
    index_name: IndexName
    provisioned_write_capacity_units: PositiveLong | None = None
    provisioned_write_capacity_auto_scaling_settings_update: AutoScalingSettingsUpdate | None = None


class ReplicaGlobalSecondaryIndexSettingsUpdate(Structure):
    index_name: IndexName
    provisioned_read_capacity_units: PositiveLong | None = None
    provisioned_read_capacity_auto_scaling_settings_update: AutoScalingSettingsUpdate | None = None


class ReplicaSettingsUpdate(Structure):
    region_name: str
    replica_provisioned_read_capacity_units: PositiveLong | None = None
    replica_provisioned_read_capacity_auto_scaling_settings_update: (
        AutoScalingSettingsUpdate | None
    ) = None
    replica_global_secondary_index_settings_update: (
        Annotated[list[ReplicaGlobalSecondaryIndexSettingsUpdate], Length(1, 20)] | None
    ) = None
    replica_table_class: TableClass | None = None


class UpdateGlobalTableSettingsInput(GlobalTableInput):
    global_table_name: GlobalTableName
    global_table_billing_mode: BillingMode | None = None
    global_table_provisioned_write_capacity_units: PositiveLong | None = None
    global_table_provisioned_write_capacity_auto_scaling_settings_update: (
        AutoScalingSettingsUpdate | None
    ) = None
    global_table_global_secondary_index_settings_update: (
        Annotated[list[GlobalTableGlobalSecondaryIndexSettingsUpdate], Length(1, 20)] | None
    ) = None
    replica_settings_update: Annotated[list[ReplicaSettingsUpdate], Length(1, 50)] | None = None


def update_global_table_settings(call: Call, request: UpdateGlobalTableSettingsInput) -> Output:
    """Change the capacity settings of a global table: write capacity in all regions, read capacity in one.

    A replica without its own element in ReplicaSettingsUpdate keeps its read capacity.
    """
    with call.write() as tables:
        table = global_tables.find(tables, request.global_table_name)
        of_replicas = {one.region_name: one for one in request.replica_settings_update or ()}
        for region in of_replicas:
            table.member(region)
        for member in table.members:
            _update(member, request, of_replicas.get(member.region))
        return _settings(global_tables.find(tables, request.global_table_name))


def _update(
    member: Member, request: UpdateGlobalTableSettingsInput, own: ReplicaSettingsUpdate | None
) -> None:
    """Change one replica."""
    _scale(
        member,
        ("", "Write"),
        request.global_table_provisioned_write_capacity_auto_scaling_settings_update,
    )
    if own is not None:
        read = own.replica_provisioned_read_capacity_auto_scaling_settings_update
        _scale(member, ("", "Read"), read)
    reads: dict[str, int] = {}
    writes: dict[str, int] = {}
    for write_update in request.global_table_global_secondary_index_settings_update or ():
        name = _index(member, write_update.index_name).name
        if write_update.provisioned_write_capacity_units is not None:
            writes[name] = write_update.provisioned_write_capacity_units
        change = write_update.provisioned_write_capacity_auto_scaling_settings_update
        _scale(member, (name, "Write"), change)
    own_indexes = () if own is None else own.replica_global_secondary_index_settings_update or ()
    for read_update in own_indexes:
        name = _index(member, read_update.index_name).name
        if read_update.provisioned_read_capacity_units is not None:
            reads[name] = read_update.provisioned_read_capacity_units
        change = read_update.provisioned_read_capacity_auto_scaling_settings_update
        _scale(member, (name, "Read"), change)
    changes = _table_update(member, request, own, reads, writes)
    if changes != TableUpdate(member.table.name):
        update(member.tables, changes)


def _table_update(
    member: Member,
    request: UpdateGlobalTableSettingsInput,
    own: ReplicaSettingsUpdate | None,
    reads: dict[str, int],
    writes: dict[str, int],
) -> TableUpdate:
    """Return the update of a replica's table, without members that would not change."""
    table = member.table
    mode = request.global_table_billing_mode
    if mode == (table.billing_mode or "PROVISIONED"):
        mode = None
    present = table.throughput
    write = request.global_table_provisioned_write_capacity_units or present.write_units
    read = present.read_units
    if own is not None and own.replica_provisioned_read_capacity_units is not None:
        read = own.replica_provisioned_read_capacity_units
    changed = (read, write) != (present.read_units, present.write_units)
    throughput = Units(read, write) if changed and mode != "PAY_PER_REQUEST" else None
    actions = []
    for index in table.global_indexes:
        units = Units(
            reads.get(index.name, index.throughput.read_units),
            writes.get(index.name, index.throughput.write_units),
        )
        if units != (index.throughput.read_units, index.throughput.write_units):
            actions.append(IndexUpdate(index.name, units, None, None))
    return TableUpdate(
        table.name,
        billing_mode=mode,
        throughput=throughput,
        indexes=tuple(actions),
        table_class=None if own is None else own.replica_table_class,
    )


def _scale(
    member: Member, capacity: auto_scaling.Capacity, change: AutoScalingSettingsUpdate | None
) -> None:
    if change is not None:
        auto_scaling.update(member.tables, member.table, capacity, scaling_update(change))


def _index(member: Member, name: str) -> IndexDescription:
    """Return a global index of a replica.

    :raises IndexNotFoundException: there is none of this name.
    """
    indexes = member.table.global_indexes
    found = next((index for index in indexes if index.name == name), None)
    if found is None:
        raise IndexNotFoundException(  # assumed: the text is not known
            f"Index not found: Index: '{name}' not found in region: '{member.region}'.",
            hint=f"The table has: {', '.join(index.name for index in indexes) or 'no index'}.",
        )
    return found


def _settings(table: GlobalTable) -> Output:
    return {
        "GlobalTableName": table.name,
        "ReplicaSettings": [_replica_settings(member) for member in table.members],
    }


def _replica_settings(member: Member) -> Output:
    table = member.table
    output: Output = {
        "RegionName": member.region,
        "ReplicaStatus": ACTIVE,
        "ReplicaProvisionedReadCapacityUnits": table.throughput.read_units,
        "ReplicaProvisionedReadCapacityAutoScalingSettings": _scaling(member, "", "Read"),
        "ReplicaProvisionedWriteCapacityUnits": table.throughput.write_units,
        "ReplicaProvisionedWriteCapacityAutoScalingSettings": _scaling(member, "", "Write"),
    }
    if table.billing_mode is not None:
        summary: Output = {"BillingMode": table.billing_mode}
        if table.billing_changed_at is not None:
            summary["LastUpdateToPayPerRequestDateTime"] = Timestamp(table.billing_changed_at)
        output["ReplicaBillingModeSummary"] = summary
    if table.global_indexes:
        output["ReplicaGlobalSecondaryIndexSettings"] = [
            {
                "IndexName": index.name,
                "IndexStatus": index.status,
                "ProvisionedReadCapacityUnits": index.throughput.read_units,
                "ProvisionedReadCapacityAutoScalingSettings": _scaling(member, index.name, "Read"),
                "ProvisionedWriteCapacityUnits": index.throughput.write_units,
                "ProvisionedWriteCapacityAutoScalingSettings": _scaling(
                    member, index.name, "Write"
                ),
            }
            for index in table.global_indexes
        ]
    if table.table_class is not None:
        output["ReplicaTableClassSummary"] = {"TableClass": table.table_class}
    return output


def _scaling(member: Member, index: str, kind: str) -> Output:
    return auto_scaling.settings_of(member.tables, member.table, (index, kind))


OPERATIONS: Final[Mapping[str, Operation]] = {
    "DescribeGlobalTableSettings": Operation(
        DescribeGlobalTableSettingsInput,
        describe_global_table_settings,
        Kind.CONTROL,
    ),
    "UpdateGlobalTableSettings": Operation(
        UpdateGlobalTableSettingsInput,
        update_global_table_settings,
        Kind.CONTROL,
    ),
}
