"""Auto scaling of replicas: DescribeTableReplicaAutoScaling and UpdateTableReplicaAutoScaling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from ddbmock.database import Call
from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import auto_scaling, replica_group, replicas, resource_in_use
from ddbmock.database.schema import ACTIVE, TableDescription
from ddbmock.errors import ResourceNotFoundException
from ddbmock.operations.operation import Kind, Operation, Output
from ddbmock.operations.request_entries import single_entry
from ddbmock.operations.v20120810.members.auto_scaling import (
    AutoScalingSettingsUpdate,
    GlobalSecondaryIndexAutoScalingUpdate,
    ReplicaAutoScalingUpdate,
    scaling_update,
)
from ddbmock.operations.v20120810.members.inputs import ControlInput, ControlTableName, table_name
from ddbmock.shapes import Length


class DescribeTableReplicaAutoScalingInput(ControlInput):
    table_name: ControlTableName


def describe_table_replica_auto_scaling(
    call: Call, request: DescribeTableReplicaAutoScalingInput
) -> Output:
    """Return the auto scaling settings of a table in all its regions."""
    name = table_name(call, request.table_name)
    with call.read() as tables:
        return _description(tables, _existing(tables, name))


def _existing(tables: Tables, name: str) -> TableDescription:
    """Return the table of a request.

    A table in a single region has these settings here, too: there is no Application Auto Scaling
    beside DynamoDB.

    :raises ResourceNotFoundException: it does not exist.
    """
    table = tables.describe(name)
    if table is None or table.restoring:
        raise ResourceNotFoundException(
            f"Global table with name: '{name}' does not exist.", hint=tables.why_not(name, table)
        )
    return table


class UpdateTableReplicaAutoScalingInput(ControlInput):
    global_secondary_index_updates: (
        Annotated[list[GlobalSecondaryIndexAutoScalingUpdate], Length(1)] | None
    ) = None
    table_name: ControlTableName
    provisioned_write_capacity_auto_scaling_update: AutoScalingSettingsUpdate | None = None
    replica_updates: Annotated[list[ReplicaAutoScalingUpdate], Length(1)] | None = None


def update_table_replica_auto_scaling(
    call: Call, request: UpdateTableReplicaAutoScalingInput
) -> Output:
    """Change auto scaling settings: of write capacity in all regions, of read capacity in one."""
    name = table_name(call, request.table_name)
    with call.write() as tables:
        table = _existing(tables, name)
        resource_in_use.check_settled(table)
        members = _members(tables, table)
        write = request.provisioned_write_capacity_auto_scaling_update
        for there, description in members.values():
            if write is not None:
                auto_scaling.update(there, description, ("", "Write"), scaling_update(write))
            for of_index in request.global_secondary_index_updates or ():
                _update(
                    there,
                    description,
                    of_index.index_name,
                    "Write",
                    of_index.provisioned_write_capacity_auto_scaling_update,
                )
        for update in request.replica_updates or ():
            if update.region_name not in members:
                raise replicas.not_member(name, update.region_name, members)
            there, description = members[update.region_name]
            read = update.replica_provisioned_read_capacity_auto_scaling_update
            if read is not None:
                auto_scaling.update(there, description, ("", "Read"), scaling_update(read))
            for one in update.replica_global_secondary_index_updates or ():
                change = one.provisioned_read_capacity_auto_scaling_update
                _update(there, description, one.index_name, "Read", change)
        return _description(tables, table)


def _update(
    tables: Tables,
    table: TableDescription,
    index: str | None,
    kind: str,
    change: AutoScalingSettingsUpdate | None,
) -> None:
    """Change the settings of a global index.

    :raises ResourceNotFoundException: there is no such index.
    """
    if index is None or index not in [one.name for one in table.global_indexes]:
        raise ResourceNotFoundException(
            f"Requested resource not found: Index {index} for table {table.name}",
            hint=f"Table {table.name!r} has the global indexes: "
            f"{', '.join(one.name for one in table.global_indexes) or 'none'}.",
        )
    if change is not None:
        auto_scaling.update(tables, table, (index, kind), scaling_update(change))


def _members(tables: Tables, table: TableDescription) -> dict[str, tuple[Tables, TableDescription]]:
    """Return the table's replicas by region, including the request's region."""
    members = [(tables, table), *replica_group.others(tables, table)]
    return {there.call.region: (there, description) for there, description in members}


def _description(tables: Tables, table: TableDescription) -> Output:
    group = table.replication
    status = {one.region: one.status for one in group.replicas} if group is not None else {}
    described = [
        _replica(there, description, status.get(region, ACTIVE))
        for region, (there, description) in sorted(_members(tables, table).items())
    ]
    return {
        "TableAutoScalingDescription": {
            "TableName": table.name,
            "TableStatus": table.status,
            "Replicas": described,
        }
    }


def _replica(tables: Tables, table: TableDescription, status: str) -> Output:
    output: Output = {
        "RegionName": tables.call.region,
        "ReplicaProvisionedReadCapacityAutoScalingSettings": auto_scaling.settings_of(
            tables, table, ("", "Read")
        ),
        "ReplicaProvisionedWriteCapacityAutoScalingSettings": auto_scaling.settings_of(
            tables, table, ("", "Write")
        ),
        "ReplicaStatus": status,
    }
    if table.global_indexes:
        output["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index.name,
                "IndexStatus": index.status,
                "ProvisionedReadCapacityAutoScalingSettings": auto_scaling.settings_of(
                    tables, table, (index.name, "Read")
                ),
                "ProvisionedWriteCapacityAutoScalingSettings": auto_scaling.settings_of(
                    tables, table, (index.name, "Write")
                ),
            }
            for index in table.global_indexes
        ]
    return output


OPERATIONS: Final[Mapping[str, Operation]] = {
    "DescribeTableReplicaAutoScaling": Operation(
        DescribeTableReplicaAutoScalingInput,
        describe_table_replica_auto_scaling,
        Kind.CONTROL,
        single_entry,
    ),
    "UpdateTableReplicaAutoScaling": Operation(
        UpdateTableReplicaAutoScalingInput,
        update_table_replica_auto_scaling,
        Kind.CONTROL,
        single_entry,
    ),
}
