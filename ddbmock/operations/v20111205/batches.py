"""Batches of items: BatchGetItem and BatchWriteItem."""

from __future__ import annotations

from typing import Annotated, Final

from ddbmock.database import Call, Table
from ddbmock.database.data_plane.write_plan import WritePlan
from ddbmock.expressions import legacy
from ddbmock.expressions.projection import Projection
from ddbmock.named_tuple import NamedTuple
from ddbmock.operations import batch_rules
from ddbmock.operations.operation import Output
from ddbmock.operations.v20111205 import content
from ddbmock.operations.v20111205.content import ItemKey
from ddbmock.operations.v20111205.members import (
    MAX_TABLE_NAME,
    MIN_TABLE_NAME,
    AttributeNames,
    Input,
    Key,
    Structure,
)
from ddbmock.operations.v20111205.output import read_capacity, write_capacity
from ddbmock.operations.v20111205.tables import items_of
from ddbmock.shapes import AttributeMap, Length, Limit, Pattern
from ddbmock.shapes.constraints import NAME
from ddbmock.values.item import Item

MAX_BODY: Final = 2**20
"""The most bytes of a BatchWriteItem request. Source: the guide, which counts the HTTP payload."""
MAX_RESPONSE: Final = 2**20
"""The most bytes of items that one BatchGetItem returns; further keys stay unprocessed."""

_TABLE_NAMES: Final = batch_rules.table_names(
    Pattern(NAME),
    Length(MIN_TABLE_NAME, MAX_TABLE_NAME),
    text=f"Member must have length less than or equal to {MAX_TABLE_NAME}, "
    f"Member must have length greater than or equal to {MIN_TABLE_NAME}, "
    f"Member must satisfy regular expression pattern: {NAME}",
)


class KeysAndAttributes(Structure):
    keys: Annotated[list[Key], Length(1), Limit(batch_rules.MAX_GETS)]
    attributes_to_get: AttributeNames | None = None
    consistent_read: bool | None = None


class BatchGetItemInput(Input):
    request_items: Annotated[
        dict[str, KeysAndAttributes], Length(1), Limit(batch_rules.MAX_GETS), _TABLE_NAMES
    ]


class _Gets(NamedTuple):
    """The keys to read from one table."""

    keys: list[ItemKey]
    projection: Projection | None
    consistent: bool
    table_request: KeysAndAttributes


def batch_get_item(call: Call, request: BatchGetItemInput) -> Output:
    """Return the items with up to 100 keys, up to 1 MB."""
    gets = {name: _gets(table_request) for name, table_request in request.request_items.items()}
    if call.limited:
        counts = [len(part.keys) for part in gets.values()]
        batch_rules.check_count("BatchGetItem", counts, batch_rules.MAX_GETS)
    responses: Output = {}
    unprocessed: Output = {}
    room = MAX_RESPONSE if call.limited else None
    consistent = any(part.consistent for part in gets.values())
    with call.read(consistent=consistent) as tables:
        found = {name: items_of(tables, name) for name in gets}
        for name, table in found.items():
            for item_key in gets[name].keys:
                table.schema.check_key(item_key.named(table.schema))
        for name, table in found.items():
            part = gets[name]
            items, sizes = _read(table, part.keys, room)
            if room is not None:
                room -= sum(sizes)
            if len(sizes) < len(part.keys):
                unprocessed[name] = _unprocessed(part, len(sizes))
            units = read_capacity(sizes, consistent=part.consistent)
            call.consume(name, read_units=units)
            call.scanned += len(items)
            call.returned += len(items)
            projection = part.projection
            responses[name] = {
                "Items": items if projection is None else [projection(item) for item in items],
                "ConsumedCapacityUnits": units,
            }
    return {"Responses": responses, "UnprocessedKeys": unprocessed}


def _gets(table_request: KeysAndAttributes) -> _Gets:
    keys = [ItemKey.of(raw) for raw in table_request.keys]
    names = table_request.attributes_to_get
    projection = None if names is None else legacy.attributes_to_get(names)
    if len(set(keys)) < len(keys):
        raise batch_rules.duplicates("A batch can name each key once; remove the second one.")
    return _Gets(keys, projection, bool(table_request.consistent_read), table_request)


def _read(table: Table, keys: list[ItemKey], room: int | None) -> tuple[list[Item], list[int]]:
    """Return the existing items, and the size of each requested item (0 if it does not exist).

    It stops before the item that exceeds the room.
    """
    items: list[Item] = []
    sizes: list[int] = []
    for item_key in keys:
        item = table.get(item_key.named(table.schema))
        size = item.size if item else 0
        if room is not None:
            room -= size
            if room < 0:
                break
        sizes.append(size)
        if item is not None:
            items.append(item)
    return items, sizes


def _unprocessed(part: _Gets, done: int) -> Output:
    """Return a request for the keys of a table that were not processed."""
    table_request = part.table_request
    output: Output = {"Keys": [item_key.json for item_key in part.keys[done:]]}
    if table_request.attributes_to_get is not None:
        output["AttributesToGet"] = table_request.attributes_to_get
    if table_request.consistent_read is not None:
        output["ConsistentRead"] = table_request.consistent_read
    return output


class PutRequest(Structure):
    item: AttributeMap


class DeleteRequest(Structure):
    key: Key


class WriteRequest(Structure):
    put_request: PutRequest | None = None
    delete_request: DeleteRequest | None = None


class BatchWriteItemInput(Input):
    request_items: Annotated[
        dict[str, list[WriteRequest]],
        Length(1),
        Limit(batch_rules.MAX_WRITES),
        _TABLE_NAMES,
        batch_rules.SOME_WRITES,
        batch_rules.FEW_WRITES,
    ]


def batch_write_item(call: Call, request: BatchWriteItemInput) -> Output:
    """Put and delete up to 25 items: all of them, or none if one is invalid."""
    limited = call.limited
    writes = {
        name: [_write_request_of(one, limited=limited) for one in writes]
        for name, writes in request.request_items.items()
    }
    if limited:
        counts = list(map(len, writes.values()))
        batch_rules.check_count("BatchWriteItem", counts, batch_rules.MAX_WRITES)
    responses: Output = {}
    with call.write() as tables:
        found = {name: items_of(tables, name) for name in writes}
        plans = {name: _plans(table, writes[name]) for name, table in found.items()}
        for name, table in found.items():
            units = sum(
                write_capacity(table.apply(plan, table.stored_item(plan))) for plan in plans[name]
            )
            call.consume(name, write_units=units)
            responses[name] = {"ConsumedCapacityUnits": units}
    return {"Responses": responses, "UnprocessedItems": {}}


def _write_request_of(entry: WriteRequest, *, limited: bool) -> Item | ItemKey:
    """Return the item to put, or the key of the item to delete."""
    put, delete = entry.put_request, entry.delete_request
    batch_rules.check_either(put, delete)
    if put is not None:
        return content.item(put.item, limited=limited)
    assert delete is not None
    return ItemKey.of(delete.key)


def _plans(table: Table, writes: list[Item | ItemKey]) -> list[WritePlan]:
    """Plan all write requests of a table.

    :raises ValidationException: a key does not fit the table, or occurs twice.
    """
    plans = []
    for write in writes:
        if isinstance(write, Item):
            # The message is that for keys, unlike PutItem's.
            table.schema.check_key_of(write)
            plans.append(table.plan_put(write))
        else:
            plans.append(table.plan_delete(write.named(table.schema)))
    if len({plan.stored_key for plan in plans}) < len(plans):
        raise batch_rules.duplicates("A batch can write each item once; remove the second request.")
    return plans
