"""PartiQL, one statement: ExecuteStatement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from ddbmock.database import Call, Table, Written
from ddbmock.database.data_plane import next_token, statement_write
from ddbmock.database.data_plane.statement_read import (
    Rows,
    SelectReader,
    scan_advice,
    single_row,
)
from ddbmock.database.data_plane.statement_write import StatementWrite
from ddbmock.errors import (
    ConditionalCheckFailedException,
    DuplicateItemException,
)
from ddbmock.operations.operation import Kind, Operation, Output
from ddbmock.operations.statement_entries import is_write, statement_entries
from ddbmock.operations.v20120810.members.inputs import (
    ReturnConsumedCapacity,
    ReturnValuesOnConditionCheckFailure,
)
from ddbmock.operations.v20120810.members.outputs import consumed_capacity
from ddbmock.operations.v20120810.members.statement_inputs import (
    BoundStatement,
    RawParameters,
    StatementText,
    bind,
    parameters_of,
)
from ddbmock.partiql.advice import key_compared_with_name
from ddbmock.partiql.faults import refusal
from ddbmock.partiql.statements import Delete, Exists, Insert, Select, Update
from ddbmock.shapes import Input, Integer, Length, Range
from ddbmock.values.item import Item

EXISTS_OUTSIDE: Final = "EXISTS can only be used in ExecuteTransaction write requests."


class ExecuteStatementInput(Input):
    statement: StatementText
    parameters: RawParameters | None = None
    consistent_read: bool | None = None
    next_token: Annotated[str, Length(1, 32768)] | None = None
    return_consumed_capacity: ReturnConsumedCapacity | None = None
    limit: Annotated[Integer, Range(1)] | None = None
    return_values_on_condition_check_failure: ReturnValuesOnConditionCheckFailure | None = None


def execute_statement(call: Call, request: ExecuteStatementInput) -> Output:
    """Read, insert, update or delete items with a PartiQL statement."""
    parameters = parameters_of(request.parameters)
    bound = bind(request.statement, parameters)
    statement = bound.statement
    if isinstance(statement, Select):
        return _select(call, request, bound, statement)
    check_no_exists(bound)
    with call.write() as tables:
        table = tables[statement.table]
        if request.next_token is not None:
            next_token.decode(request.next_token, b"")
        planned = plan_write(table, bound)
        try:
            written = statement_write.write(table, planned)
        except (ConditionalCheckFailedException, DuplicateItemException) as error:
            consume_refused(call, table, error, planned)
            if (
                request.return_values_on_condition_check_failure == "ALL_OLD"
                and isinstance(error, ConditionalCheckFailedException)
                and error.item is not None
            ):
                error.members = {"Item": error.item}
            raise
        consume_written(call, table, written)
    row = returned_row(bound, planned, written)
    return {
        "Items": [] if row is None else [row],
        **consumed_capacity(request.return_consumed_capacity, statement.table, written.consumed),
    }


def _select(
    call: Call, request: ExecuteStatementInput, bound: BoundStatement, statement: Select
) -> Output:
    consistent = bool(request.consistent_read)
    with call.read(consistent=consistent) as tables:
        table = tables[statement.table]
        rows = None
        if request.next_token is None:
            rows = single_row(table, statement, bound.values, consistent=consistent)
        call.plan = "get"
        if rows is None:
            rows = _page(call, request, bound, table)
        consumed = rows.consumed
        call.consume(table.description.name, read_units=consumed.total, indexes=consumed.indexes)
    call.scanned, call.returned = rows.scanned, len(rows.items)
    output: Output = {"Items": rows.items}
    if rows.next is not None:
        bound_to = next_token.binding(table.space, statement, bound.parameters.raw)
        output["NextToken"] = next_token.encode(rows.next, bound_to)
        if rows.last_key is not None:
            output["LastEvaluatedKey"] = Item(rows.last_key)
    if request.return_consumed_capacity is not None:
        output |= consumed_capacity(request.return_consumed_capacity, statement.table, consumed)
    return output


def _page(call: Call, request: ExecuteStatementInput, bound: BoundStatement, table: Table) -> Rows:
    """Read a page of a SELECT, from its NextToken on."""
    statement = bound.statement
    assert isinstance(statement, Select)
    reader = SelectReader(table, statement, bound.values, consistent=bool(request.consistent_read))
    call.plan = reader.plan
    if reader.full_scan:
        call.scan = True
        call.hint = scan_advice(table.description, statement)
    start = None
    if request.next_token is not None:
        bound_to = next_token.binding(table.space, statement, bound.parameters.raw)
        start = next_token.decode(request.next_token, bound_to)
    rows = reader.page(request.limit, start)
    if not rows.items:
        keys = reader.source.schema.names
        call.warning = key_compared_with_name(statement.text, statement.where, keys)
        call.hint = call.warning or call.hint
    return rows


def check_no_exists(bound: BoundStatement) -> None:
    """Raise if a statement is EXISTS, outside of a transaction.

    :raises ValidationException: it is.
    """
    if isinstance(bound.statement, Exists):
        raise refusal(
            bound.statement.text,
            EXISTS_OUTSIDE,
            0,
            "To check an item by itself, SELECT it with the same WHERE.",
        )


def plan_write(table: Table, bound: BoundStatement) -> StatementWrite:
    """Plan an INSERT, UPDATE or DELETE.

    :raises ValidationException: it does not fit its table.
    """
    statement = bound.statement
    match statement:
        case Insert():
            return statement_write.plan_insert(table, bound.item)
        case Update():
            return statement_write.plan_update(table, statement, bound.values)
        case Delete():
            return statement_write.plan_delete(table, statement, bound.values)
        case _:
            raise AssertionError(f"{statement} is no write")


def consume_written(call: Call, table: Table, written: Written) -> None:
    """Charge a write."""
    call.consume(table.description.name, write_units=written.total, indexes=written.indexes)


def consume_refused(
    call: Call,
    table: Table,
    error: ConditionalCheckFailedException | DuplicateItemException,
    planned: StatementWrite,
) -> float:
    """Charge a write whose condition failed; return its units."""
    units = Written(error.item, planned.inserted).units
    call.consume(table.description.name, write_units=units)
    return units


def returned_row(bound: BoundStatement, planned: StatementWrite, written: Written) -> Item | None:
    """Return the row that RETURNING requests, or None."""
    statement = bound.statement
    returning = statement.returning if isinstance(statement, Update | Delete) else None
    return statement_write.returned(returning, planned, written)


OPERATIONS: Final[Mapping[str, Operation]] = {
    "ExecuteStatement": Operation(
        ExecuteStatementInput,
        execute_statement,
        Kind.READ,
        statement_entries,
        page_size="Limit",
        plain_output=True,
        writes=is_write,
    ),
}
