"""ExecuteTransaction: up to 100 PartiQL statements that succeed or fail together."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Annotated, Final

import orjson

from ddbmock.database import Call, Table
from ddbmock.database.catalogue import Tables
from ddbmock.database.data_plane import statement_write, transaction
from ddbmock.database.data_plane.statement_keys import keys_of
from ddbmock.database.data_plane.statement_write import StatementWrite
from ddbmock.database.data_plane.transaction import (
    DUPLICATE,
    MAX_ACTIONS,
    Action,
    Cancellation,
    Found,
    Prepared,
    cancelled,
)
from ddbmock.database.key import MISMATCH
from ddbmock.errors import DynamoDBError, ResourceNotFoundException, ValidationException
from ddbmock.expressions.faults import labelled
from ddbmock.operations.operation import Kind, Operation, Output
from ddbmock.operations.statement_entries import is_write, transaction_statement_entries
from ddbmock.operations.v20120810.members.inputs import (
    ReturnConsumedCapacity,
    ReturnValuesOnConditionCheckFailure,
)
from ddbmock.operations.v20120810.members.outputs import consumed_capacities
from ddbmock.operations.v20120810.members.statement_inputs import (
    BoundStatement,
    RawParameters,
    StatementText,
    bind,
    parameters_of,
)
from ddbmock.operations.v20120810.statements import plan_write
from ddbmock.partiql.advice import key_compared_with_name
from ddbmock.partiql.key_plan import pinned
from ddbmock.partiql.parameters import Parameters
from ddbmock.partiql.statements import AnyStatement, Delete, Exists, Insert, Select, Update
from ddbmock.shapes import Input, Length, Limit, Structure

_TOKENS: Final = "ExecuteTransaction/"
"""A prefix that separates the tokens from those of TransactWriteItems."""


class ParameterizedStatement(Structure):
    statement: StatementText
    parameters: RawParameters | None = None
    return_values_on_condition_check_failure: ReturnValuesOnConditionCheckFailure | None = None


class ExecuteTransactionInput(Input):
    transact_statements: Annotated[list[ParameterizedStatement], Length(1), Limit(MAX_ACTIONS)]
    client_request_token: Annotated[str, Length(1, 36)] | None = None
    return_consumed_capacity: ReturnConsumedCapacity | None = None


def execute_transaction(call: Call, request: ExecuteTransactionInput) -> Output:
    """Execute statements on single items, all reads or all writes, in one transaction."""
    entries = request.transact_statements
    parameters = [parameters_of(one.parameters) for one in entries]
    members = [_understood(one, values) for one, values in zip(entries, parameters, strict=True)]
    reading = all(map(_is_read, members))
    with call.read() if reading else call.write() as tables:
        names = [member.statement.table for member in members if isinstance(member, BoundStatement)]
        found = transaction.find_tables(tables, names)
        bound = [_checked(number, member, found) for number, member in enumerate(members)]
        _check_mixing(bound)
        prepared = _prepared(found, bound, entries)
        transaction.check_payload(call, [entry.action.size for entry in prepared])
        if reading:
            return _read(call, request, prepared)
        return _written(call, request, tables, prepared)


def _understood(
    entry: ParameterizedStatement, parameters: Parameters
) -> BoundStatement | ValidationException:
    try:
        return bind(entry.statement, parameters)
    except ValidationException as error:
        return error


def _is_read(member: BoundStatement | ValidationException) -> bool:
    return isinstance(member, BoundStatement) and isinstance(member.statement, Select)


def _check_mixing(bound: Sequence[BoundStatement]) -> None:
    reads = list(map(_is_read, bound))
    if any(reads) and not all(reads):
        raise ValidationException(
            "ExecuteTransaction API does not support both read and write operations in the same "
            "request.",
            hint=f"{sum(reads)} of {len(reads)} statements are SELECT; EXISTS(SELECT ...) checks "
            "an item among writes.",
        )


# Checks


def _checked(
    number: int, member: BoundStatement | ValidationException, found: Found
) -> BoundStatement:
    """Return a statement that follows the rules of transactions.

    :raises ValidationException: it breaks one, or is invalid itself.
    """
    if isinstance(member, ValidationException):
        raise ValidationException(_failed(number, str(member.message)), hint=member.hint)
    table = found[member.statement.table]
    if isinstance(table, Table):
        complaint = _complaint(table, member.statement)
        if complaint is not None:
            message, hint = complaint
            raise ValidationException(_failed(number, message), hint=hint)
    return member


def _failed(number: int, message: str) -> str:
    return f"Validation failed in TransactStatements[{number}]: {message}"


def _complaint(table: Table, statement: AnyStatement) -> tuple[str, str] | None:
    """Return the message and the hint for a statement that cannot be in a transaction."""
    equalities = " AND ".join([f"{name} = ..." for name in table.schema.names])
    keys = keys_of(table.schema)
    match statement:
        case Update(returning=str()) | Delete(returning=str()):
            return (
                "RETURNING clause is not supported in ExecuteTransaction.",
                "Leave RETURNING out, or use ExecuteStatement.",
            )
        case Select(index=str()) | Exists(select=Select(index=str())):
            return (
                "Reads on indices are not supported within transactions.",
                "Read the table by its own key.",
            )
        case Select():
            pins = pinned(statement, keys, single_in=True)
            if not pins.complete(keys) or pins.rest is not None:
                return (
                    "Select statements within ExecuteTransaction must specify the primary key in "
                    "the where clause.",
                    key_compared_with_name(statement.text, statement.where, table.schema.names)
                    or f"WHERE must be {equalities} without other conditions.",
                )
        case Exists(select=select):
            pins = pinned(select, keys)
            further = pins.rest is not None or any(len(v) > 1 for v in pins.values.values())
            if not pins.complete(keys) or not further:
                return (
                    "EXISTS() must contain a single item read with additional condition",
                    key_compared_with_name(select.text, select.where, table.schema.names)
                    or f"WHERE must be {equalities} AND a condition on the item.",
                )
        case _:
            pass
    return None


def _prepared(
    found: Found, bound: Sequence[BoundStatement], entries: Sequence[ParameterizedStatement]
) -> list[Prepared]:
    """Return the statements with their tables and items, provided all of them fit.

    :raises TransactionCanceledException: tables are missing, or statements do not fit them.
    :raises ValidationException: two statements are on one item.
    """
    planned = [_planned(found[member.statement.table], member) for member in bound]
    reasons = {
        number: Cancellation(
            "ResourceNotFound" if isinstance(one, ResourceNotFoundException) else "ValidationError",
            one.message,
        )
        for number, one in enumerate(planned)
        if isinstance(one, DynamoDBError)
    }
    if reasons:
        hints = [
            labelled(f"Statement {number + 1}", one.hint)
            for number, one in enumerate(planned)
            if isinstance(one, DynamoDBError)
        ]
        raise cancelled(len(bound), reasons, "\n".join(hints))
    fitted = [one for one in planned if isinstance(one, StatementWrite)]
    actions = [
        _action(
            member, one, returns_old=entry.return_values_on_condition_check_failure == "ALL_OLD"
        )
        for member, one, entry in zip(bound, fitted, entries, strict=True)
    ]
    transaction.check_distinct(found, actions, [one.plan for one in fitted])
    prepared = []
    for action, one in zip(actions, fitted, strict=True):
        table = found[action.table]
        assert isinstance(table, Table), "the transaction was cancelled"
        prepared.append(Prepared(action, table, one.plan, table.stored_item(one.plan)))
    return prepared


def _planned(
    table: Table | ResourceNotFoundException, bound: BoundStatement
) -> StatementWrite | DynamoDBError:
    """Plan a statement for its table, or return the error for which it is cancelled.

    Reads and checks are planned too: as writes that are never applied.
    """
    if isinstance(table, ResourceNotFoundException):
        return table
    statement, values = bound.statement, bound.values
    try:
        _check_key(table, bound)
        match statement:
            case Select():
                return statement_write.plan_check(table, statement, values)
            case Exists(select=select):
                return statement_write.plan_check(table, select, values)
            case _:
                return plan_write(table, bound)
    except ValidationException as error:
        return error


def _check_key(table: Table, bound: BoundStatement) -> None:
    """Raise if a statement does not have one value of the right type for each key attribute.

    :raises ValidationException: with the text that transactions have for all such faults.
    """
    statement, schema = bound.statement, table.schema
    if isinstance(statement, Insert):
        key = schema.select(bound.item)
        if len(key) == len(schema.names) and not schema.fits(key):
            schema.check_key(key)
        return
    source = statement.select if isinstance(statement, Exists) else statement
    single_in = isinstance(statement, Select)
    pins = pinned(source, keys_of(schema), single_in=single_in)
    if isinstance(statement, Exists):
        pins = pins.first()
    try:
        statement_write.pinned_key(table, source, pins, bound.values)
    except ValidationException as error:
        raise ValidationException(MISMATCH, hint=error.hint) from error


def _action(bound: BoundStatement, planned: StatementWrite, *, returns_old: bool) -> Action:
    """Make a statement an action of a transaction."""
    statement = bound.statement
    projection = statement.columns if isinstance(statement, Select) else None
    action = Action(
        statement.table,
        planned.key,
        lambda table: planned.plan,
        bound.size,
        planned.condition,
        projection,
        writes=not isinstance(statement, Select | Exists),
        returns_old=returns_old,
        table=statement.table,
    )
    if planned.inserted is None:
        return action
    return action._replace(refusal=(DUPLICATE, statement_write.DUPLICATE))


# Answers


def _read(call: Call, request: ExecuteTransactionInput, prepared: Sequence[Prepared]) -> Output:
    consumed = transaction.charge_reads(
        call, prepared, [entry.old.size if entry.old else 0 for entry in prepared]
    )
    responses = list(map(transaction.response, prepared))
    call.scanned = call.returned = sum(entry.old is not None for entry in prepared)
    return {
        "Responses": responses,
        **consumed_capacities(request.return_consumed_capacity, consumed, "ReadCapacityUnits"),
    }


def _written(
    call: Call, request: ExecuteTransactionInput, tables: Tables, prepared: Sequence[Prepared]
) -> Output:
    level, token = request.return_consumed_capacity, request.client_request_token
    digest = b"" if token is None else _digest(request)
    sizes = transaction.done_before(tables, token, digest, namespace=_TOKENS)
    if sizes is not None:
        consumed = transaction.charge_reads(call, prepared, sizes)
        return {"Responses": [], **consumed_capacities(level, consumed, "ReadCapacityUnits")}
    transaction.check_conditions(call, prepared)
    written = transaction.apply(prepared)
    sizes = [done.size for done in written]
    transaction.remember(tables, token, digest, sizes, namespace=_TOKENS)
    consumed = transaction.charge_writes(call, prepared, written)
    return {"Responses": [], **consumed_capacities(level, consumed, "WriteCapacityUnits")}


def _digest(request: ExecuteTransactionInput) -> bytes:
    content = [[one.statement, one.parameters] for one in request.transact_statements]
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()


OPERATIONS: Final[Mapping[str, Operation]] = {
    "ExecuteTransaction": Operation(
        ExecuteTransactionInput,
        execute_transaction,
        Kind.READ,
        transaction_statement_entries,
        plain_output=True,
        writes=is_write,
    ),
}
