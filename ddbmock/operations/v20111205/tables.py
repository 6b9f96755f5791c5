"""Tables: CreateTable, DescribeTable, UpdateTable, DeleteTable and ListTables.

The database has the rules of tables; this module has this version's limits and messages.
"""

from __future__ import annotations

from typing import Annotated, Final

from ddbmock.database import Call, Table
from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane.create_table import NewTable, create, described
from ddbmock.database.control_plane.delete_table import delete
from ddbmock.database.control_plane.key_rules import KeyElement
from ddbmock.database.control_plane.quotas import check_operations, check_tables
from ddbmock.database.control_plane.resource_in_use import IN_USE, reject_busy, until_gone
from ddbmock.database.control_plane.table_update import TableUpdate
from ddbmock.database.control_plane.throughput import Units
from ddbmock.database.control_plane.update_table import update
from ddbmock.database.key import KeyAttribute
from ddbmock.database.schema import ACTIVE, CREATING, DELETING, UPDATING, TableDescription
from ddbmock.errors import ResourceInUseException, ResourceNotFoundException
from ddbmock.operations.operation import Output
from ddbmock.operations.table_names import MAX_NAMES, page_of_names
from ddbmock.operations.v20111205.content import MAX_ITEM_SIZE
from ddbmock.operations.v20111205.members import (
    Input,
    KeySchema,
    ProvisionedThroughput,
    TableInput,
    TableName,
)
from ddbmock.operations.v20111205.output import ITEM_OVERHEAD, table_description
from ddbmock.shapes import Range

MAX_TABLES: Final = 256
"""The most tables of an account. Source: AWS's limits page of 2012."""
MAX_OPERATIONS: Final = 10
"""The most tables in a transitional state. Source: the guide, errors of CreateTable."""


class CreateTableInput(TableInput):
    key_schema: KeySchema
    provisioned_throughput: ProvisionedThroughput


def create_table(call: Call, request: CreateTableInput) -> Output:
    """Create a table; it is CREATING until the clock has passed the delay."""
    elements = {
        "HASH": request.key_schema.hash_key_element,
        "RANGE": request.key_schema.range_key_element,
    }
    present = {role: element for role, element in elements.items() if element is not None}
    units = request.provisioned_throughput
    active = described(
        call,
        NewTable(
            name=request.table_name,
            definitions=tuple(
                KeyAttribute(element.attribute_name, element.attribute_type)
                for element in present.values()
            ),
            elements=tuple(
                KeyElement(element.attribute_name, role) for role, element in present.items()
            ),
            throughput=Units(units.read_capacity_units, units.write_capacity_units),
        ),
    )
    with call.write() as tables:
        _check_new(tables, request.table_name)
        return {"TableDescription": table_description(create(tables, active), tables.now)}


def _check_new(tables: Tables, name: str) -> None:
    existing = tables.describe(name)
    if existing is not None:
        raise ResourceInUseException(
            f"{IN_USE}Duplicate table name: {name}",
            hint=until_gone(existing)
            or f"Table {name!r} exists and is {existing.status}; delete it first, or choose another name.",
        )
    check_operations(tables, MAX_OPERATIONS)
    tables.sweep()
    check_tables(tables, MAX_TABLES)


_DOING: Final = {CREATING: "created", UPDATING: "updated", DELETING: "deleted"}


def _check_active(table: TableDescription) -> None:
    """Check that a table is not in a transitional state.

    :raises ResourceInUseException: it is.
    """
    if table.status != ACTIVE:
        reject_busy(f"Table is being {_DOING[table.status]}: {table.name}", table)


class DescribeTableInput(TableInput):
    pass


def describe_table(call: Call, request: DescribeTableInput) -> Output:
    """Describe a table in any status, with its current totals."""
    with call.read() as tables:
        table = tables.table(tables.existing(request.table_name, restoring=True))
        count, size = table.totals()
        totals = {"ItemCount": count, "TableSizeBytes": size + ITEM_OVERHEAD * count}
        return {"Table": table_description(table.description, tables.now) | totals}


class UpdateTableInput(TableInput):
    provisioned_throughput: ProvisionedThroughput


def update_table(call: Call, request: UpdateTableInput) -> Output:
    """Change a table's throughput; the old throughput is enforced while the table is UPDATING."""
    units = request.provisioned_throughput
    with call.write() as tables:
        _check_active(tables.existing(request.table_name))
        check_operations(tables, MAX_OPERATIONS)
        updating = update(
            tables,
            TableUpdate(
                request.table_name,
                throughput=Units(units.read_capacity_units, units.write_capacity_units),
                decreases_a_day=call.settings.throughput_decreases,
            ),
        )
        return {"TableDescription": table_description(updating, tables.now)}


class DeleteTableInput(TableInput):
    pass


def delete_table(call: Call, request: DeleteTableInput) -> Output:
    """Delete a table; it is DELETING until the clock has passed the delay."""
    with call.write() as tables:
        table = tables.existing(request.table_name)
        if table.status != DELETING:
            _check_active(table)
            check_operations(tables, MAX_OPERATIONS)
            table = delete(tables, table.name)
            tables.sweep()
        return {"TableDescription": table_description(table, tables.now)}


class ListTablesInput(Input):
    exclusive_start_table_name: TableName | None = None
    limit: Annotated[int, Range(1, MAX_NAMES)] | None = None


def list_tables(call: Call, request: ListTablesInput) -> Output:
    """Return a page of table names."""
    return page_of_names(call, request.exclusive_start_table_name, request.limit)


def items_of(tables: Tables, name: str) -> Table:
    """Return the table that items are read from and written to.

    Items of a table that is DELETING can still be read and written, as the guide of this version allows;
    items of a table that is CREATING cannot.

    :raises ResourceNotFoundException: it does not exist, or is being created.
    """
    description = tables.describe(name)
    if description is None or description.status == CREATING:
        raise ResourceNotFoundException(
            "Requested resource not found", hint=tables.why_not(name, description)
        )
    return tables.table(description, MAX_ITEM_SIZE)
