"""Tables: DescribeTable, DeleteTable and ListTables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from ddbmock.database import Call
from ddbmock.database.control_plane import jobs
from ddbmock.database.control_plane.delete_table import delete
from ddbmock.operations.operation import Kind, Operation, Output
from ddbmock.operations.request_entries import single_entry
from ddbmock.operations.table_names import MAX_NAMES, page_of_names
from ddbmock.operations.v20120810.members.inputs import ControlInput, ControlTableName, table_name
from ddbmock.operations.v20120810.members.table_description import (
    deleted_table_description,
    table_description,
)
from ddbmock.shapes import Input, Integer, Length, Pattern, Range
from ddbmock.shapes.constraints import NAME


class DescribeTableInput(ControlInput):
    table_name: ControlTableName


def describe_table(call: Call, request: DescribeTableInput) -> Output:
    """Return the description of a table in any status."""
    name = table_name(call, request.table_name)
    with call.read() as tables:
        description = tables.existing(name, restoring=True)
        if description.restoring:
            jobs.check_sound(tables, "restore", name)
        table = tables.table(description)
        return {"Table": table_description(call, table, tables.now)}


class DeleteTableInput(ControlInput):
    table_name: ControlTableName


def delete_table(call: Call, request: DeleteTableInput) -> Output:
    """Delete a table; it is DELETING until the clock has passed the delay."""
    name = table_name(call, request.table_name)
    with call.write() as tables:
        deleting = delete(tables, name)
        output = deleted_table_description(call, tables.table(deleting), tables.now)
        tables.sweep()
    return {"TableDescription": output}


class ListTablesInput(Input):
    exclusive_start_table_name: Annotated[str, Pattern(NAME), Length(3, 255)] | None = None
    limit: Annotated[Integer, Range(1, MAX_NAMES)] | None = None


def list_tables(call: Call, request: ListTablesInput) -> Output:
    """Return a page of table names."""
    return page_of_names(call, request.exclusive_start_table_name, request.limit)


OPERATIONS: Final[Mapping[str, Operation]] = {
    "DeleteTable": Operation(DeleteTableInput, delete_table, Kind.CONTROL, single_entry),
    "DescribeTable": Operation(DescribeTableInput, describe_table, Kind.CONTROL, single_entry),
    "ListTables": Operation(ListTablesInput, list_tables, Kind.CONTROL, page_size="Limit"),
}
