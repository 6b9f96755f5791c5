"""BatchExecuteStatement: up to 25 PartiQL statements that succeed or fail independently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

from ddbmock.database import Call, Table
from ddbmock.database.capacity import Consumed, read_units, together
from ddbmock.database.catalogue import Tables
from ddbmock.database.data_plane import statement_write
from ddbmock.database.data_plane.statement_keys import check_single_attributes, keys_of
from ddbmock.database.data_plane.statement_write import StatementWrite
from ddbmock.errors import (
    ConditionalCheckFailedException,
    DuplicateItemException,
    DynamoDBError,
    Stage,
    ValidationException,
)
from ddbmock.expressions.faults import labelled
from ddbmock.named_tuple import NamedTuple
from ddbmock.operations.operation import Kind, Operation, Output
from ddbmock.operations.statement_entries import batch_statement_entries, is_write
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
from ddbmock.operations.v20120810.statements import (
    check_no_exists,
    consume_refused,
    consume_written,
    plan_write,
    returned_row,
)
from ddbmock.partiql.advice import key_compared_with_name
from ddbmock.partiql.key_plan import pinned
from ddbmock.partiql.statements import Select
from ddbmock.shapes import Input, Length, Limit, Structure
from ddbmock.values.item import Item
from ddbmock.values.model import Attributes

MAX_STATEMENTS: Final = 25

_CODES: Final = {"ValidationException": "ValidationError", "ThrottlingException": "ThrottlingError"}


class BatchStatementRequest(Structure):
    statement: StatementText
    parameters: RawParameters | None = None
    consistent_read: bool | None = None
    return_values_on_condition_check_failure: ReturnValuesOnConditionCheckFailure | None = None


class BatchExecuteStatementInput(Input):
    statements: Annotated[list[BatchStatementRequest], Length(1), Limit(MAX_STATEMENTS)]
    return_consumed_capacity: ReturnConsumedCapacity | None = None


class _Fitted(NamedTuple):
    """A statement that fits its table."""

    bound: BoundStatement
    table: Table
    consistent: bool
    key: Attributes
    write: StatementWrite | None
    """None: the statement is a SELECT."""


def batch_execute_statement(call: Call, request: BatchExecuteStatementInput) -> Output:
    """Execute up to 25 statements on single items, all of them reads or all of them writes."""
    members = [_understood(member) for member in request.statements]
    bound = [member for member in members if isinstance(member, BoundStatement)]
    reads = [isinstance(member.statement, Select) for member in bound]
    if any(reads) and not all(reads):
        raise ValidationException(
            "Read and write requests together in the same batch is not supported.",
            hint=f"{sum(reads)} of {len(reads)} statements are SELECT; send two batches.",
        )
    run = _Run(call, request)
    with call.write() if bound and not any(reads) else call.read() as tables:
        fitted = [
            _fit(tables, member, bool(entry.consistent_read))
            for member, entry in zip(members, request.statements, strict=True)
        ]
        _check_distinct(fitted)
        responses = [run.response(number, one) for number, one in enumerate(fitted, 1)]
    call.scanned = call.returned = run.found
    call.hint = call.warning = "\n".join(run.hints) or None
    return {"Responses": responses, **run.consumed_capacity()}


def _understood(member: BatchStatementRequest) -> BoundStatement | ValidationException:
    try:
        bound = bind(member.statement, parameters_of(member.parameters))
        check_no_exists(bound)
    except ValidationException as error:
        return error
    return bound


def _fit(
    tables: Tables, member: BoundStatement | ValidationException, consistent: bool
) -> _Fitted | DynamoDBError:
    """Plan a statement for its table, or return its error."""
    if isinstance(member, ValidationException):
        return member
    statement = member.statement
    try:
        table = tables[statement.table]
        if not isinstance(statement, Select):
            write = plan_write(table, member)
            return _Fitted(member, table, consistent, write.key, write)
        _check_single(table, statement)
        planned = statement_write.plan_check(table, statement, member.values)
    except DynamoDBError as error:
        return error
    return _Fitted(member, table, consistent, planned.key, None)


def _check_single(table: Table, statement: Select) -> None:
    """Check that WHERE specifies the key of the table and nothing else.

    :raises ValidationException: it does not, or the statement reads an index.
    """
    index = table.description.index(statement.index or "")
    if index is not None:
        check_single_attributes(index)
    keys = keys_of(table.schema)
    pins = pinned(statement, keys, single_in=True)
    repeated = any(len(values) > 1 for values in pins.values.values())
    if statement.index is None and pins.complete(keys) and pins.rest is None and not repeated:
        return
    equalities = " AND ".join([f"{name} = ..." for name in table.schema.names])
    raise ValidationException(
        "Select statements within BatchExecuteStatement must specify the primary key in the "
        "where clause.",
        hint=key_compared_with_name(statement.text, statement.where, table.schema.names)
        or f"WHERE must be {equalities} without other conditions, and FROM must name the table itself.",
    )


def _check_distinct(fitted: Sequence[_Fitted | DynamoDBError]) -> None:
    seen = set()
    for one in fitted:
        if isinstance(one, _Fitted):
            item = (one.table.space, one.table.schema.stored(one.key))
            if item in seen:
                raise ValidationException(
                    "Provided list of item keys contains duplicates",
                    hint=f"Two statements name {one.table.schema.shown(one.key)}.",
                )
            seen.add(item)


class _Run:
    """The execution of a batch, and the units that its statements consumed by table."""

    def __init__(self, call: Call, request: BatchExecuteStatementInput) -> None:
        self.call = call
        self.level = request.return_consumed_capacity
        self.found = 0
        self.hints: list[str] = []
        """A hint for each statement that failed."""
        self._consumed: dict[str, list[Consumed]] = {}
        self._refused: dict[str, float] = {}

    def response(self, number: int, fitted: _Fitted | DynamoDBError) -> Output:
        """Execute one statement and return its entry of ``Responses``."""
        if isinstance(fitted, DynamoDBError):
            return self._failed(number, fitted)
        table = fitted.table
        name = table.description.name
        try:
            row = self._written(fitted, fitted.write) if fitted.write else self._read(fitted)
        except (ConditionalCheckFailedException, DuplicateItemException) as error:
            assert fitted.write is not None, "only writes have conditions"
            units = consume_refused(self.call, table, error, fitted.write)
            self._refused[name] = self._refused.get(name, 0.0) + units
            return self._failed(number, error) | {"TableName": name}
        except ValidationException as error:
            failed = self._failed(number, error)
            return failed | {"TableName": name} if error.stage is Stage.ITEM else failed
        return {"TableName": name} if row is None else {"TableName": name, "Item": row}

    def _failed(self, number: int, error: DynamoDBError) -> Output:
        name = type(error).__name__
        code = _CODES.get(name, name.removesuffix("Exception"))
        self.hints.append(labelled(f"Statement {number}, {code}", error.hint))
        if self.call.settings.hints == "message":
            error.explain()
        return {"Error": {"Code": code, "Message": error.message}}

    def _written(self, fitted: _Fitted, planned: StatementWrite) -> Item | None:
        written = statement_write.write(fitted.table, planned)
        consume_written(self.call, fitted.table, written)
        self._consume(fitted.table, written.consumed)
        return returned_row(fitted.bound, planned, written)

    def _read(self, fitted: _Fitted) -> Item | None:
        table, statement = fitted.table, fitted.bound.statement
        assert isinstance(statement, Select)
        item = table.item(table.schema.stored(fitted.key))
        units = read_units(item.size if item else 0, consistent=fitted.consistent)
        self.call.consume(table.description.name, read_units=units)
        self._consume(table, Consumed(units))
        if item is None:
            return None
        self.found += 1
        return item if statement.columns is None else statement.columns(item)

    def _consume(self, table: Table, consumed: Consumed) -> None:
        self._consumed.setdefault(table.description.name, []).append(consumed)

    def consumed_capacity(self) -> Output:
        """Return the member ``ConsumedCapacity``.

        A failed condition is charged only to tables with a successful statement, and only in the total.
        Source: recorded answers.
        """
        if not self._consumed:
            return {}
        consumed = {name: together(parts) for name, parts in self._consumed.items()}
        output = consumed_capacities(self.level, consumed)
        for entry in output.get("ConsumedCapacity", ()):
            entry["CapacityUnits"] += self._refused.get(entry["TableName"], 0.0)
        return output


OPERATIONS: Final[Mapping[str, Operation]] = {
    "BatchExecuteStatement": Operation(
        BatchExecuteStatementInput,
        batch_execute_statement,
        Kind.READ,
        batch_statement_entries,
        plain_output=True,
        writes=is_write,
    ),
}
