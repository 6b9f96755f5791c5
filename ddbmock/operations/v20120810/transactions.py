"""Transactions: TransactGetItems and TransactWriteItems."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Final, TypeVar

import orjson

from ddbmock.database import Call, Table
from ddbmock.database.data_plane import transaction
from ddbmock.database.data_plane.item_size import MAX_ITEM_SIZE, check_item_size
from ddbmock.database.data_plane.transaction import MAX_ACTIONS, Action, Prepared, prepare
from ddbmock.database.data_plane.write_plan import WritePlan
from ddbmock.database.key import Attributed
from ddbmock.errors import ValidationException
from ddbmock.operations.entries import each
from ddbmock.operations.operation import Kind, Operation, Output
from ddbmock.operations.request_entries import transaction_entries
from ddbmock.operations.v20120810.members.expressions import (
    RawAttributes,
    deepest_values,
    expressed_condition,
    largest_statement,
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
from ddbmock.roll_out import Wave
from ddbmock.shapes import AttributeMap, Input, Length, Limit, Structure
from ddbmock.values.canonical import CanonicalAttributes, Walk, check_depth, check_name
from ddbmock.values.dynamodb_json import decode_attributes
from ddbmock.values.item import Item
from ddbmock.values.size import item_size, text_size

T = TypeVar("T")


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
    client_request_token: Annotated[str, Length(1, 36)] | None = None
    return_consumed_capacity: ReturnConsumedCapacity | None = None
    return_item_collection_metrics: ReturnItemCollectionMetrics | None = None
    transact_items: Annotated[list[TransactWriteItem], Length(1), Limit(MAX_ACTIONS)]


class Get(Structure):
    key: AttributeMap
    table_name: TableName
    projection_expression: str | None = None
    expression_attribute_names: dict[str, str] | None = None


class TransactGetItem(Structure):
    get: Get


class TransactGetItemsInput(Input):
    return_consumed_capacity: ReturnConsumedCapacity | None = None
    transact_items: Annotated[list[TransactGetItem], Length(1), Limit(MAX_ACTIONS)]


def transact_get_items(call: Call, request: TransactGetItemsInput) -> Output:
    """Return the items with several keys as of one moment."""
    actions = each(partial(_get, call), [entry.get for entry in request.transact_items], "Entry")
    with call.read() as tables:
        prepared = prepare(tables, _resolved(call, actions))
        sizes = [entry.old.size if entry.old else 0 for entry in prepared]
        transaction.check_payload(call, sizes)
        consumed = transaction.charge_reads(call, prepared, sizes)
    call.scanned = call.returned = sum(entry.old is not None for entry in prepared)
    return {
        "Responses": list(map(transaction.response, prepared)),
        **consumed_capacities(request.return_consumed_capacity, consumed, "ReadCapacityUnits"),
    }


def transact_write_items(call: Call, request: TransactWriteItemsInput) -> Output:
    """Carry out several writes and checks, provided all of them succeed."""
    actions = each(partial(_action_of, call), request.transact_items, "Entry")
    token = request.client_request_token
    with call.write() as tables:
        prepared = prepare(tables, _resolved(call, actions))
        transaction.check_payload(call, [action.size for action in actions])
        digest = b"" if token is None else _digest(request)
        sizes = transaction.done_before(tables, token, digest)
        if sizes is not None:
            # The request is a repetition: it costs as much as reading its items at the first time.
            consumed = transaction.charge_reads(call, prepared, sizes)
            return consumed_capacities(
                request.return_consumed_capacity, consumed, "ReadCapacityUnits"
            )
        transaction.check_conditions(call, prepared)
        written = transaction.apply(prepared)
        transaction.remember(tables, token, digest, [done.size for done in written])
        consumed = transaction.charge_writes(call, prepared, written)
        collections = _collections(request.return_item_collection_metrics, prepared)
    output = consumed_capacities(request.return_consumed_capacity, consumed, "WriteCapacityUnits")
    if collections:
        output["ItemCollectionMetrics"] = collections
    return output


def _resolved(call: Call, actions: Sequence[Action]) -> list[Action]:
    """Return the actions with the names of their tables in place of ARNs."""
    return [action._replace(table=table_name(call, action.table_name)) for action in actions]


# Entries


def _get(call: Call, get: Get) -> Action:
    projection = projection_of(call, get)
    key = _content(decode_attributes, get.key)

    def plan(table: Table) -> WritePlan:
        table.check_keys((key,), projection)
        return table.delete_of(key)

    return Action(get.table_name, key, plan, projection=projection)


def _content(read: Callable[[RawAttributes], T], raw: RawAttributes) -> T:
    """Return an item or key.

    :raises ValidationException: the first of these errors: a top-level name is empty, a value is nested
        too deeply, another error. Unlike those of single items, none is deferred until the table is found.
    """
    try:
        return read(raw)
    except ValidationException:
        if "" in raw:
            check_name("")
        check_depth(raw)
        raise


def _action_of(call: Call, entry: TransactWriteItem) -> Action:
    parts = [part for part in vars(entry).values() if part is not None]
    if not parts:
        raise ValidationException(
            "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request",
            hint="It is empty; each entry must have one of ConditionCheck, Put, Update and Delete.",
        )
    if len(parts) > 1:
        raise ValidationException(
            "TransactItems can only contain one of Check, Put, Update or Delete",
            hint=f"It has {len(parts)} actions; make one entry for each action.",
        )
    part: Put | Update | Delete | ConditionCheck = parts[0]
    plan: Callable[[Table], WritePlan]
    key: Attributed
    deepest = deepest_values(call, part, Wave.TRANSACTIONS)
    match part:
        case Put():
            condition = expressed_condition(call, part, deepest)
            key = item = _content(Item.of_json, part.item)
            check_item_size(item, MAX_ITEM_SIZE if call.limited else None)
            plan, size = partial(Table.plan_put, item=item), item.size
        case Update():
            update, condition = update_of(call, part, deepest)
            key = _content(decode_attributes, part.key)
            assert update is not None, "its expression is a required member"
            largest = largest_statement(call, update, Wave.TRANSACTIONS)
            plan = partial(Table.plan_update, key=key, update=update, largest_statement=largest)
            size = item_size(key)
        case _:
            condition = expressed_condition(call, part, deepest)
            key = _content(decode_attributes, part.key)
            plan, size = partial(Table.plan_delete, key=key), item_size(key)
    return Action(
        part.table_name,
        key,
        plan,
        size + _size(part.expression_attribute_values, deepest),
        condition,
        writes=not isinstance(part, ConditionCheck),
        returns_old=part.return_values_on_condition_check_failure == "ALL_OLD",
    )


def _size(values: RawAttributes | None, deepest: int) -> int:
    if values is None:
        return 0
    canonical = values if type(values) is CanonicalAttributes else Walk(deepest).item(values)
    return canonical.size - sum(map(text_size, values))


# Answers


def _collections(mode: str | None, prepared: Sequence[Prepared]) -> dict[str, list[Output]]:
    keys: dict[str, list[Attributed]] = {}
    tables = {}
    for action, table, _, _ in prepared:
        if action.writes:
            keys.setdefault(action.table_name, []).append(action.key)
            tables[action.table_name] = table
    collections = {
        name: item_collection_metrics(mode, tables[name], of_table)
        for name, of_table in keys.items()
    }
    return {name: metrics for name, metrics in collections.items() if metrics}


def _digest(request: TransactWriteItemsInput) -> bytes:
    return hashlib.sha256(
        orjson.dumps(request.transact_items, _members, orjson.OPT_SORT_KEYS)
    ).digest()


def _members(structure: Structure) -> dict[str, Any]:
    return {name: value for name, value in vars(structure).items() if value is not None}


OPERATIONS: Final[Mapping[str, Operation]] = {
    "TransactGetItems": Operation(
        TransactGetItemsInput,
        transact_get_items,
        Kind.READ,
        transaction_entries,
        plain_output=True,
    ),
    "TransactWriteItems": Operation(
        TransactWriteItemsInput,
        transact_write_items,
        Kind.WRITE,
        transaction_entries,
        plain_output=True,
    ),
}
