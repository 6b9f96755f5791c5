"""Global tables of version 2017.11.29: CreateGlobalTable, DescribeGlobalTable, ListGlobalTables and
UpdateGlobalTable."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from itertools import islice
from typing import Annotated, Final, TypeAlias

from ddbmock.database import Call
from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import global_tables
from ddbmock.database.control_plane.global_tables import GlobalTable
from ddbmock.errors import ValidationException
from ddbmock.operations.operation import Kind, Operation, Output, Timestamp
from ddbmock.operations.v20120810.members.inputs import check_length
from ddbmock.shapes import Input, Integer, Length, Pattern, Range, Structure
from ddbmock.shapes.constraints import NAME

GlobalTableName: TypeAlias = Annotated[str, Pattern(NAME), Length(3, 255)]
DEFAULT_LIMIT: Final = 100


class Replica(Structure):
    region_name: str | None = None


class GlobalTableInput(Input):
    """The input of an operation on a global table; it checks the length of the name first."""

    def check_first(self) -> None:
        check_length("TableName", self.__dict__["global_table_name"])


class CreateGlobalTableInput(GlobalTableInput):
    global_table_name: GlobalTableName
    replication_group: list[Replica]


def create_global_table(call: Call, request: CreateGlobalTableInput) -> Output:
    """Create a global table from the tables with one name in several regions."""
    regions = [one.region_name or call.region for one in request.replication_group]
    with call.write() as tables:
        table = global_tables.create(tables, request.global_table_name, regions)
        return {"GlobalTableDescription": _description(tables, table, "CREATING")}


class DescribeGlobalTableInput(GlobalTableInput):
    global_table_name: GlobalTableName


def describe_global_table(call: Call, request: DescribeGlobalTableInput) -> Output:
    """Return the replicas of a global table."""
    with call.read() as tables:
        table = global_tables.find(tables, request.global_table_name)
        return {"GlobalTableDescription": _description(tables, table, "ACTIVE")}


class ListGlobalTablesInput(Input):
    exclusive_start_global_table_name: GlobalTableName | None = None
    limit: Annotated[Integer, Range(1)] | None = None
    region_name: str | None = None


def list_global_tables(call: Call, request: ListGlobalTablesInput) -> Output:
    """Return the names and regions of global tables."""
    after = request.exclusive_start_global_table_name or ""
    limit = request.limit or DEFAULT_LIMIT
    with call.read() as tables:
        found = global_tables.listed(tables, after, request.region_name)
        page = list(islice(found, min(limit, sys.maxsize - 1) + 1))
        output: Output = {
            "GlobalTables": [
                {
                    "GlobalTableName": table.name,
                    "ReplicationGroup": [{"RegionName": region} for region in table.regions],
                }
                for table in page[:limit]
            ]
        }
    if len(page) > limit:
        output["LastEvaluatedGlobalTableName"] = page[limit - 1].name
    return output


class CreateReplicaAction(Structure):
    region_name: str


class DeleteReplicaAction(Structure):
    region_name: str


class ReplicaUpdate(Structure):
    create: CreateReplicaAction | None = None
    delete: DeleteReplicaAction | None = None


class UpdateGlobalTableInput(GlobalTableInput):
    global_table_name: GlobalTableName
    replica_updates: list[ReplicaUpdate]


def update_global_table(call: Call, request: UpdateGlobalTableInput) -> Output:
    """Add replicas to a global table and remove replicas from it; their tables stay."""
    updates = request.replica_updates
    if any(one.create is None and one.delete is None for one in updates):
        raise ValidationException(
            "One or more parameter values were invalid",
            hint="Each element of ReplicaUpdates needs Create or Delete.",
        )
    created = [one.create.region_name for one in updates if one.create is not None]
    deleted = [one.delete.region_name for one in updates if one.delete is not None]
    with call.write() as tables:
        table = global_tables.update(tables, request.global_table_name, created, deleted)
        status = "UPDATING" if table.members else "DELETING"
        return {"GlobalTableDescription": _description(tables, table, status)}


def _description(tables: Tables, table: GlobalTable, status: str) -> Output:
    return {
        "ReplicationGroup": [
            {"RegionName": region, "ReplicaStatus": "ACTIVE"} for region in table.regions
        ],
        "GlobalTableArn": global_tables.arn(tables, table.name),
        "CreationDateTime": Timestamp(table.created_at),
        "GlobalTableStatus": status,
        "GlobalTableName": table.name,
    }


OPERATIONS: Final[Mapping[str, Operation]] = {
    "CreateGlobalTable": Operation(CreateGlobalTableInput, create_global_table, Kind.CONTROL),
    "DescribeGlobalTable": Operation(DescribeGlobalTableInput, describe_global_table, Kind.CONTROL),
    "ListGlobalTables": Operation(
        ListGlobalTablesInput,
        list_global_tables,
        Kind.CONTROL,
        page_size="Limit",
    ),
    "UpdateGlobalTable": Operation(UpdateGlobalTableInput, update_global_table, Kind.CONTROL),
}
