"""Transactions: TransactGetItems and TransactWriteItems, all or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Final, NamedTuple

import orjson

from ddbmock.database import Call, Table, Written
from ddbmock.database.capacity import Consumed, read_units, together
from ddbmock.database.data_plane import idempotency
from ddbmock.database.data_plane.selection import check_paths
from ddbmock.database.data_plane.table import Change
from ddbmock.database.db import Tables
from ddbmock.database.key import Attributed
from ddbmock.errors import (
    IdempotentParameterMismatchException,
    Reason,
    ResourceNotFoundException,
    TransactionCanceledException,
    ValidationException,
)
from ddbmock.expressions.condition import Condition
from ddbmock.expressions.projection import Projection
from ddbmock.operations.operation import Output
from ddbmock.operations.v20120810.members.expressions import (
    RawAttributes,
    expressed_condition,
    item_of,
    key_of,
    projection_of,
    update_of,
)
from ddbmock.operations.v20120810.members.inputs import (
    ReturnConsumedCapacity,
    ReturnItemCollectionMetrics,
    ReturnValuesOnConditionCheckFailure,
    TableName,
    table_name,
)
from ddbmock.operations.v20120810.members.outputs import (
    consumed_capacities,
    item_collection_metrics,
)
from ddbmock.shapes import AttributeMap, Input, Length, Limit, Structure
from ddbmock.values.canonical import canonical_attributes
from ddbmock.values.item import NO_ITEM, Item
from ddbmock.values.model import Attributes
from ddbmock.values.size import item_size, text_size

MAX_ACTIONS: Final = 100
MAX_PAYLOAD: Final = 4 * 2**20
"""Bytes that a transaction may carry."""


class _WriteAction(Structure):
    table_name: TableName
    expression_attribute_names: dict[str, str] | None = None
    expression_attribute_values: AttributeMap | None = None
    return_values_on_condition_check_failure: ReturnValuesOnConditionCheckFailure | None = None


class Put(_WriteAction):
    item: AttributeMap
    condition_expression: str | None = None


class Update(_WriteAction):
    key: AttributeMap
    update_expression: str
    condition_expression: str | None = None


class Delete(_WriteAction):
    key: AttributeMap
    condition_expression: str | None = None


class ConditionCheck(_WriteAction):
    key: AttributeMap
    condition_expression: str


class TransactWriteItem(Structure):
    condition_check: ConditionCheck | None = None
    put: Put | None = None
    delete: Delete | None = None
    update: Update | None = None


class TransactWriteItemsInput(Input):
    transact_items: Annotated[list[TransactWriteItem], Length(1), Limit(MAX_ACTIONS)]
    return_consumed_capacity: ReturnConsumedCapacity | None = None
    return_item_collection_metrics: ReturnItemCollectionMetrics | None = None
    client_request_token: Annotated[str, Length(1, 36)] | None = None


class Get(Structure):
    key: AttributeMap
    table_name: TableName
    projection_expression: str | None = None
    expression_attribute_names: dict[str, str] | None = None


class TransactGetItem(Structure):
    get: Get


class TransactGetItemsInput(Input):
    transact_items: Annotated[list[TransactGetItem], Length(1), Limit(MAX_ACTIONS)]
    return_consumed_capacity: ReturnConsumedCapacity | None = None


class _Action(NamedTuple):
    """One entry of a transaction, as far as it can be understood without its table."""

    table_name: str
    key: Attributed
    """The item that is to be put, or the key of another."""
    fault: ValidationException | None
    """The complaint about its content."""
    prepare: Callable[[Table], Change]
    """Checks that the entry fits its table."""
    size: int = 0
    """Bytes that the entry brings along."""
    condition: Condition | None = None
    projection: Projection | None = None
    writes: bool = False
    returns_old: bool = False
    """Whether the old item is answered when the condition does not hold."""


class _Prepared(NamedTuple):
    """An entry that fits its table."""

    action: _Action
    table: Table
    change: Change
    old: Item | None


class _Reason(NamedTuple):
    """Why an entry made a transaction fail."""

    code: str
    message: str | None
    item: Item | None = None


def transact_get_items(call: Call, request: TransactGetItemsInput) -> Output:
    """Items under several keys, of one moment."""
    actions = [_get(entry.get) for entry in request.transact_items]
    with call.read() as tables:
        prepared = _prepared(call, tables, actions)
        items = [entry.old for entry in prepared]
        sizes = [item.size if item else 0 for item in items]
        _check_payload(call, sizes)
        consumed = _consumed(prepared, map(_read, sizes))
        for name, units in consumed.items():
            call.consume(table_name(call, name), read_units=units.total)
    call.scanned = call.returned = sum(item is not None for item in items)
    return {
        "Responses": list(map(_response, prepared)),
        **consumed_capacities(request.return_consumed_capacity, consumed, "ReadCapacityUnits"),
    }


def transact_write_items(call: Call, request: TransactWriteItemsInput) -> Output:
    """Several writes and checks, if all of them can be done."""
    actions = list(map(_write, request.transact_items))
    with call.write() as tables:
        prepared = _prepared(call, tables, actions)
        _check_payload(call, [action.size for action in actions])
        sizes = _done_before(tables, request)
        if sizes is not None:
            return _replayed(call, request, prepared, sizes)
        _check_conditions(call, prepared)
        written = _written(prepared)
        _remember(tables, request, [done.size for done in written])
        consumed = _consumed(prepared, [done.consumed for done in written])
        for name, units in consumed.items():
            call.consume(table_name(call, name), write_units=units.total, indexes=units.indexes)
        collections = _collections(request.return_item_collection_metrics, prepared)
    output = consumed_capacities(request.return_consumed_capacity, consumed, "WriteCapacityUnits")
    if collections:
        output["ItemCollectionMetrics"] = collections
    return output


# Entries


def _get(get: Get) -> _Action:
    projection = projection_of(get)
    key, fault = _key(get.key)

    def prepare(table: Table) -> Change:
        table.check_keys((key,), projection)
        return table.removal(key)

    return _Action(get.table_name, key, fault, prepare, projection=projection)


def _key(raw: RawAttributes) -> tuple[Attributes, ValidationException | None]:
    """Return a key, or no attributes and the error that waits for the table."""
    key = key_of(raw)
    return ({} if key.error else key.get()), key.error


def _write(entry: TransactWriteItem) -> _Action:
    given = [part for part in vars(entry).values() if part is not None]
    if not given:
        raise ValidationException(
            "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request",
            hint="An entry has one of ConditionCheck, Put, Update and Delete; there is one without.",
        )
    if len(given) > 1:
        raise ValidationException(
            "TransactItems can only contain one of Check, Put, Update or Delete",
            hint=f"There are {len(given)} of them in one entry.",
        )
    part: Put | Update | Delete | ConditionCheck = given[0]
    prepare: Callable[[Table], Change]
    key: Attributed
    match part:
        case Put():
            condition = expressed_condition(part)
            item = item_of(part.item)
            key, fault = NO_ITEM if item.error else item.get(), item.error
            if fault is not None and fault.reason is Reason.TOO_DEEP:
                raise fault  # unlike other deferred errors, depth is reported before the table
            prepare, size = partial(Table.to_put, item=key), key.size
        case Update():
            key, fault = _key(part.key)
            try:
                update, condition = update_of(part)
            except ValidationException as error:
                if error.reason is not Reason.TOO_DEEP:
                    raise
                return _Action(part.table_name, key, fault, partial(_refuse, error))
            assert update is not None, "its expression is a required member"
            prepare, size = partial(Table.to_update, key=key, update=update), item_size(key)
        case _:
            condition = expressed_condition(part)
            key, fault = _key(part.key)
            prepare, size = partial(Table.to_delete, key=key), item_size(key)
    return _Action(
        part.table_name,
        key,
        fault,
        prepare,
        size + _size(part.expression_attribute_values),
        condition,
        writes=not isinstance(part, ConditionCheck),
        returns_old=part.return_values_on_condition_check_failure == "ALL_OLD",
    )


def _refuse(error: ValidationException, table: Table) -> Change:
    """No change: the entry's complaint, that waits for its table."""
    raise error


def _size(values: RawAttributes | None) -> int:
    if values is None:
        return 0
    return canonical_attributes(values).size - sum(map(text_size, values))


def _response(entry: _Prepared) -> Output:
    item, projection = entry.old, entry.action.projection
    if item is not None and projection is not None:
        item = projection(item)
        if not item.attributes:
            # Only here: GetItem and BatchGetItem answer an empty item.
            return {}
    return {} if item is None else {"Item": item}


# Checks


def _prepared(call: Call, tables: Tables, actions: Sequence[_Action]) -> list[_Prepared]:
    """The entries with their tables and items, when all fit.

    :raises ValidationException: an empty key, or two entries for one item.
    :raises ResourceNotFoundException: a table does not exist.
    :raises TransactionCanceledException: an entry does not fit its table.
    """
    found: dict[str, Table | ResourceNotFoundException] = {}
    for name in dict.fromkeys([action.table_name for action in actions]):
        try:
            found[name] = tables[table_name(call, name)]
        except ResourceNotFoundException as error:
            found[name] = error
    fitted = [_fitted(found[action.table_name], action) for action in actions]
    _check_keys(found, actions, fitted)
    _check_distinct(found, actions, fitted)
    prepared = []
    for number, (action, change) in enumerate(zip(actions, fitted, strict=True)):
        table = found[action.table_name]
        if isinstance(table, ResourceNotFoundException):
            raise table
        if isinstance(change, ValidationException):
            raise _invalid(len(actions), number, change) from change
        assert change is not None, "the table is there"
        prepared.append(_Prepared(action, table, change, table.before(change)))
    return prepared


def _fitted(
    table: Table | ResourceNotFoundException, action: _Action
) -> Change | ValidationException | None:
    """The change that an entry is to its table, or what does not fit; None: there is no table."""
    if isinstance(table, ResourceNotFoundException):
        return None
    if action.fault is not None:
        return action.fault
    try:
        change = action.prepare(table)
        if action.condition is not None:
            check_paths(table.description, action.condition.paths)
    except ValidationException as error:
        return error
    return change


def _check_keys(
    tables: Mapping[str, Table | ResourceNotFoundException],
    actions: Sequence[_Action],
    fitted: Sequence[Change | ValidationException | None],
) -> None:
    """Refuse a request with an empty key, or else cancel one with a key that does not fit.

    Both come before duplicates, as recorded answers of the service show.
    """
    unfit = []
    for number, (action, change) in enumerate(zip(actions, fitted, strict=True)):
        table = tables[action.table_name]
        if isinstance(table, Table) and isinstance(change, ValidationException):
            table.schema.check_none_empty(action.key)
            if not table.schema.fits(action.key):
                unfit.append((number, change))
    for number, error in unfit[:1]:
        raise _invalid(len(actions), number, error) from error


def _check_distinct(
    tables: Mapping[str, Table | ResourceNotFoundException],
    actions: Sequence[_Action],
    fitted: Sequence[Change | ValidationException | None],
) -> None:
    seen = set()
    for action, change in zip(actions, fitted, strict=True):
        table = tables[action.table_name]
        if isinstance(table, ResourceNotFoundException):
            continue
        if isinstance(change, Change):
            item = (table.space, change.stored_key)
        else:
            item = (table.space, table.schema.stored(action.key))
        if item in seen:
            raise ValidationException(
                "Transaction request cannot include multiple operations on one item",
                hint=f"{table.schema.shown(action.key)} of {action.table_name} is there twice.",
            )
        seen.add(item)


def _check_payload(call: Call, sizes: Iterable[int]) -> None:
    size = sum(sizes)
    if call.limited and size > MAX_PAYLOAD:
        raise ValidationException(
            "Transaction payload size cannot exceed 4 MB",
            hint=f"There are {size} bytes of at most {MAX_PAYLOAD}.",
        )


def _check_conditions(call: Call, prepared: Sequence[_Prepared]) -> None:
    reasons = {}
    for number, (action, _, _, old) in enumerate(prepared):
        if action.condition is not None and not action.condition(old or NO_ITEM):
            reasons[number] = _Reason(
                "ConditionalCheckFailed",
                "The conditional request failed",
                old if action.returns_old else None,
            )
    if not reasons:
        return
    refused = [Written(entry.old, entry.old).consumed for entry in prepared]
    for name, units in _consumed(prepared, refused).items():
        call.consume(table_name(call, name), write_units=units.total, indexes=units.indexes)
    numbers = ", ".join([str(number + 1) for number in reasons])
    hint = f"The condition is false in entry {numbers} of {len(prepared)}."
    raise _cancelled(len(prepared), reasons, hint)


def _cancelled(
    count: int, reasons: Mapping[int, _Reason], hint: str | None
) -> TransactionCanceledException:
    listed: list[Output] = []
    for number in range(count):
        code, message, item = reasons.get(number, _NO_REASON)
        members = {"Code": code, "Message": message, "Item": item}
        listed.append({name: value for name, value in members.items() if value is not None})
    codes = ", ".join([reason["Code"] for reason in listed])
    return TransactionCanceledException(
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        hint=hint,
        members={"CancellationReasons": listed},
    )


_NO_REASON: Final = _Reason("None", None)


def _invalid(count: int, number: int, error: ValidationException) -> TransactionCanceledException:
    reason = _Reason("ValidationError", error.message)
    return _cancelled(count, {number: reason}, f"Entry {number + 1}: {error.hint}")


# Doing


def _written(prepared: Sequence[_Prepared]) -> list[Written]:
    """What the entries did, one after the other; a check counts as a write of what there is."""
    written = []
    for number, (action, table, change, old) in enumerate(prepared):
        try:
            written.append(table.apply(change, old) if action.writes else Written(old, old))
        except ValidationException as error:
            raise _invalid(len(prepared), number, error) from error
    return written


def _read(size: int) -> Consumed:
    return Consumed(read_units(size, consistent=True))


def _consumed(prepared: Sequence[_Prepared], parts: Iterable[Consumed]) -> dict[str, Consumed]:
    """What is consumed of each table, by the names of the request."""
    of_table: dict[str, list[Consumed]] = {}
    for entry, part in zip(prepared, parts, strict=True):
        of_table.setdefault(entry.action.table_name, []).append(part)
    return {name: together(consumed).in_transaction() for name, consumed in of_table.items()}


def _collections(asked: str | None, prepared: Sequence[_Prepared]) -> dict[str, list[Output]]:
    keys: dict[str, list[Attributed]] = {}
    tables = {}
    for action, table, _, _ in prepared:
        if action.writes:
            keys.setdefault(action.table_name, []).append(action.key)
            tables[action.table_name] = table
    collections = {
        name: item_collection_metrics(asked, tables[name], of_table)
        for name, of_table in keys.items()
    }
    return {name: metrics for name, metrics in collections.items() if metrics}


# Tokens


def _done_before(tables: Tables, request: TransactWriteItemsInput) -> list[int] | None:
    """Sizes of the entries' items when this very request was done under its token; None: it is new.

    :raises IdempotentParameterMismatchException: another one was done.
    """
    token = request.client_request_token
    if token is None:
        return None
    known = idempotency.outcome_of(tables.reader, tables.call.prefix, token, tables.now)
    if known is None:
        return None
    digest = _digest(request)
    if not known.startswith(digest):
        raise IdempotentParameterMismatchException(
            "The request uses the same client token as a previous, but non-identical request. "
            "Do not reuse a client token with different requests, unless the requests are "
            "identical",
            hint=f"ClientRequestToken {token!r} was used for other TransactItems within the last "
            f"{idempotency.VALID / 60:.0f} minutes.",
        )
    sizes: list[int] = orjson.loads(known[len(digest) :])
    return sizes


def _remember(tables: Tables, request: TransactWriteItemsInput, sizes: Sequence[int]) -> None:
    if request.client_request_token is not None:
        outcome = _digest(request) + orjson.dumps(sizes)
        prefix, token = tables.call.prefix, request.client_request_token
        idempotency.remember(tables.writer, prefix, token, outcome, tables.now)


def _digest(request: TransactWriteItemsInput) -> bytes:
    return hashlib.sha256(
        orjson.dumps(request.transact_items, _members, orjson.OPT_SORT_KEYS)
    ).digest()


def _members(structure: Structure) -> dict[str, Any]:
    return {name: value for name, value in vars(structure).items() if value is not None}


def _replayed(
    call: Call,
    request: TransactWriteItemsInput,
    prepared: Sequence[_Prepared],
    sizes: Iterable[int],
) -> Output:
    """The answer to a request that was done before: it costs what reading its items did then."""
    consumed = _consumed(prepared, map(_read, sizes))
    for name, units in consumed.items():
        call.consume(table_name(call, name), read_units=units.total)
    return consumed_capacities(request.return_consumed_capacity, consumed, "ReadCapacityUnits")
