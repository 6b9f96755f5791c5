"""Batches of items: BatchGetItem and BatchWriteItem."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Final

import orjson

from ddbmock.database import Call, Table
from ddbmock.database.capacity import Consumed, read_units, together
from ddbmock.database.data_plane.write_plan import WritePlan
from ddbmock.database.key import KeySchema
from ddbmock.errors import Reason, ValidationException
from ddbmock.expressions import parameters
from ddbmock.expressions.faults import labelled
from ddbmock.expressions.projection import Projection
from ddbmock.named_tuple import NamedTuple
from ddbmock.operations import batch_rules
from ddbmock.operations.entries import each
from ddbmock.operations.operation import Kind, Operation, Output
from ddbmock.operations.request_entries import batch_entries
from ddbmock.operations.v20120810 import batch_puts
from ddbmock.operations.v20120810.members.expressions import (
    Deferred,
    check_parameters,
    item_of,
    key_of,
    projection_of,
)
from ddbmock.operations.v20120810.members.inputs import (
    PREFIX,
    ReturnConsumedCapacity,
    ReturnItemCollectionMetrics,
    table_name,
)
from ddbmock.operations.v20120810.members.outputs import (
    consumed_capacities,
    item_collection_metrics,
)
from ddbmock.shapes import (
    AttributeMap,
    Input,
    Length,
    Limit,
    Structure,
    TableNameOrArn,
)
from ddbmock.shapes.constraints import NAME
from ddbmock.values.canonical import CanonicalAttributes
from ddbmock.values.item import Item
from ddbmock.values.model import Attributes

MAX_RESPONSE: Final = 16_000_000
"""The most bytes of items that one BatchGetItem returns; further keys stay unprocessed.

Source: API reference, BatchGetItem: of 100 items of 300 KB, 52 are returned. 16 MiB would hold 54.
"""

_TEXT: Final = (
    "Member must have length less than or equal to 255, "
    "Member must have length greater than or equal to 3, "
    f"Member must satisfy regular expression pattern: {NAME}"
)
_NAMES_READ: Final = batch_rules.table_names(
    TableNameOrArn(), text=_TEXT, echo=lambda tables: _json(tables)
)
_NAMES_WRITTEN: Final = batch_rules.table_names(TableNameOrArn(), text=_TEXT, last=True)


def _json(tables: Mapping[str, Structure]) -> str:
    return orjson.dumps({name: table.json() for name, table in tables.items()}).decode()


class KeysAndAttributes(Structure):
    keys: Annotated[list[AttributeMap], Length(1), Limit(batch_rules.MAX_GETS)]
    attributes_to_get: Annotated[list[str], Length(1)] | None = None
    consistent_read: bool | None = None
    projection_expression: str | None = None
    expression_attribute_names: dict[str, str] | None = None


class BatchGetItemInput(Input):
    request_items: Annotated[dict[str, KeysAndAttributes], Length(1), Limit(100), _NAMES_READ]
    return_consumed_capacity: ReturnConsumedCapacity | None = None

    def check_first(self) -> None:
        """Check that a batch names a table."""
        _check_some(self, "BatchGetItem")


class _Gets(NamedTuple):
    """The keys to read from one table."""

    keys: list[Deferred[Attributes]]
    projection: Projection | None


def batch_get_item(call: Call, request: BatchGetItemInput) -> Output:
    """Return the items with up to 100 keys, up to 16 MB."""
    _check_mixing(request)
    gets = {
        name: _gets(call, name, table_request)
        for name, table_request in request.request_items.items()
    }
    if call.limited:
        counts = [len(part.keys) for part in gets.values()]
        batch_rules.check_count("BatchGetItem", counts, batch_rules.MAX_GETS)
    responses: dict[str, list[Item]] = {}
    unprocessed: Output = {}
    consumed: dict[str, Consumed] = {}
    room = MAX_RESPONSE if call.limited else None
    consistent = any(
        table_request.consistent_read for table_request in request.request_items.values()
    )
    with call.read(consistent=consistent) as tables:
        found = {name: tables[table_name(call, name)] for name in gets}
        keys = {name: each(Deferred.get, part.keys, "Key", name) for name, part in gets.items()}
        for name, table in found.items():
            each(table.schema.check_key, keys[name], "Key", name)
            table.check_keys((), gets[name].projection)
        for name, table in found.items():
            table_request, part = request.request_items[name], gets[name]
            items, sizes, left = _read(table, keys[name], room)
            responses[name] = (
                items if part.projection is None else list(map(part.projection, items))
            )
            if left:
                unprocessed[name] = _unprocessed(table_request, left)
            if room is not None:
                room -= sum(sizes)
            units = sum(
                [read_units(size, consistent=bool(table_request.consistent_read)) for size in sizes]
            )
            consumed[name] = Consumed(units)
            call.consume(table.description.name, read_units=units)
    call.scanned = call.returned = sum(map(len, responses.values()))
    return {
        "Responses": responses,
        "UnprocessedKeys": unprocessed,
        **consumed_capacities(request.return_consumed_capacity, consumed),
    }


def _check_mixing(request: BatchGetItemInput) -> None:
    """Check that a batch does not use both ProjectionExpression and AttributesToGet."""
    table_requests = request.request_items.values()
    expressions = any(part.projection_expression is not None for part in table_requests)
    if expressions and any(part.attributes_to_get is not None for part in table_requests):
        parameters.GET.check(("ProjectionExpression", "AttributesToGet"))


def _gets(call: Call, name: str, table_request: KeysAndAttributes) -> _Gets:
    try:
        check_parameters(parameters.GET, table_request)
        projection = projection_of(call, table_request, table_request.attributes_to_get)
    except ValidationException as error:
        error.hint = labelled(f"Table {name}", error.hint)
        raise
    keys = each(key_of, table_request.keys, "Key", name)
    if any(key.failed for key in keys):
        return _Gets(keys, projection)  # errors of values come before duplicates
    # The JSON of keys is compared: 1 and 1.0 are no duplicates here.
    spelled = [
        raw.spelled if isinstance(raw, CanonicalAttributes) else raw for raw in table_request.keys
    ]
    spellings = list(map(_spelling, spelled))
    if len(set(spellings)) < len(keys):
        counts = Counter(spellings)
        again = next(key for key in spellings if counts[key] > 1)
        raise batch_rules.duplicates(
            f"The key {again.decode()[:200]} of {name} is there twice; a batch can name each key once."
        )
    return _Gets(keys, projection)


def _spelling(key: Any) -> bytes:
    """Return a key's JSON, which finds equal keys.

    Keys that are nested too deeply for orjson are rejected later; here they differ from all others.
    """
    try:
        return orjson.dumps(key, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return str(id(key)).encode()


def _read(
    table: Table, keys: list[Attributes], room: int | None
) -> tuple[list[Item], list[int], list[Attributes]]:
    """Return the existing items, the sizes of all requested items, and the unprocessed keys."""
    items: list[Item] = []
    sizes: list[int] = []
    seen: set[bytes] = set()
    for number, key in enumerate(keys):
        stored_key = table.schema.stored(key)
        if stored_key in seen:
            continue
        seen.add(stored_key)
        item = table.item(stored_key)
        size = item.size if item else 0
        if room is not None:
            room -= size
            if room < 0:
                return items, sizes, keys[number:]
        sizes.append(size)
        if item is not None:
            items.append(item)
    return items, sizes, []


def _unprocessed(table_request: KeysAndAttributes, keys: list[Attributes]) -> Output:
    members = {
        "AttributesToGet": table_request.attributes_to_get,
        "ConsistentRead": table_request.consistent_read,
        "ProjectionExpression": table_request.projection_expression,
        "ExpressionAttributeNames": table_request.expression_attribute_names,
    }
    present = {name: value for name, value in members.items() if value is not None}
    return {"Keys": [Item(key) for key in keys], **present}


class PutRequest(Structure):
    item: AttributeMap


class DeleteRequest(Structure):
    key: AttributeMap


class WriteRequest(Structure):
    put_request: PutRequest | None = None
    delete_request: DeleteRequest | None = None


class BatchWriteItemInput(Input):
    request_items: Annotated[
        dict[str, list[WriteRequest]],
        Length(1),
        Limit(25),
        _NAMES_WRITTEN,
        batch_rules.SOME_WRITES,
        batch_rules.FEW_WRITES,
    ]
    return_consumed_capacity: ReturnConsumedCapacity | None = None
    return_item_collection_metrics: ReturnItemCollectionMetrics | None = None

    @classmethod
    def parse(cls, body: Mapping[str, Any], *, limited: bool = True) -> BatchWriteItemInput:
        puts = batch_puts.read(body)
        return super().parse(body, limited=limited) if puts is None else PlainBatchInput(puts)

    def check_first(self) -> None:
        """Check that a batch names a table."""
        _check_some(self, "BatchWriteItem")


class PlainBatchInput(BatchWriteItemInput):
    """A request that :mod:`.batch_puts` read: it has the items to put by table, and no members."""

    def __init__(self, puts: dict[str, list[Item]]) -> None:
        super().__init__(request_items={})
        self.puts: Final = puts


def batch_write_item(call: Call, request: BatchWriteItemInput) -> Output:
    """Put and delete up to 25 items; none stays unprocessed unless fault injection causes it."""
    puts = request.puts if isinstance(request, PlainBatchInput) else None
    writes = {
        name: each(_write_request_of, writes, "Request", name)
        for name, writes in request.request_items.items()
    }
    if call.limited:
        counts = list(map(len, writes.values()))
        batch_rules.check_count("BatchWriteItem", counts, batch_rules.MAX_WRITES)
    consumed: dict[str, Consumed] = {}
    collections: dict[str, list[Output]] = {}
    with call.write() as tables:
        found = {name: tables[table_name(call, name)] for name in puts or writes}
        if puts is not None:
            stored = batch_puts.store(tables, found, puts)
            if stored is not None:
                for name, write_units in stored.items():
                    call.consume(found[name].description.name, write_units=write_units)
                return {"UnprocessedItems": {}}
        contents: Mapping[str, Sequence[Item | Attributes]] = (
            _contents(found, writes) if puts is None else _sized(found, puts)
        )
        plans = _plans(found, contents)
        for name, table in found.items():
            written = [table.apply(plan, table.stored_item(plan)) for plan in plans[name]]
            consumed[name] = together([done.consumed for done in written])
            units = consumed[name]
            call.consume(table.description.name, write_units=units.total, indexes=units.indexes)
            metrics = item_collection_metrics(
                request.return_item_collection_metrics, table, contents[name]
            )
            if metrics:
                collections[name] = metrics
    output = {
        "UnprocessedItems": {},
        **consumed_capacities(request.return_consumed_capacity, consumed),
    }
    if collections:
        output["ItemCollectionMetrics"] = collections
    return output


def _write_request_of(request: WriteRequest) -> Deferred[Item] | Deferred[Attributes]:
    """Return the item to put, or the key of the item to delete."""
    put, delete = request.put_request, request.delete_request
    batch_rules.check_either(put, delete)
    if put is not None:
        return item_of(put.item)
    assert delete is not None
    return key_of(delete.key)


def _contents(
    tables: Mapping[str, Table],
    writes: Mapping[str, Sequence[Deferred[Item] | Deferred[Attributes]]],
) -> dict[str, list[Item | Attributes]]:
    """Return the items to put and the keys to delete, by table.

    :raises ValidationException: a number, a nesting depth or a size exceeds its limit.
    """

    def content_of(table: Table, write: Deferred[Item] | Deferred[Attributes]) -> Item | Attributes:
        content = write.get()
        if isinstance(content, Item):
            table.check_size(content)
        return content

    return {
        name: each(partial(content_of, tables[name]), of_table, "Request", name)
        for name, of_table in writes.items()
    }


def _sized(tables: Mapping[str, Table], puts: Mapping[str, list[Item]]) -> Mapping[str, list[Item]]:
    """Return :func:`_contents` for puts that :mod:`.batch_puts` read."""
    for name, items in puts.items():
        each(tables[name].check_size, items, "Request", name)
    return puts


def _plans(
    tables: Mapping[str, Table], contents: Mapping[str, Sequence[Item | Attributes]]
) -> dict[str, list[WritePlan]]:
    """Plan the writes of a batch, by table. Each check covers all writes before the next check.

    :raises ValidationException: a key or an index key does not fit, or a key occurs twice.
    """
    for name, of_table in contents.items():
        each(partial(_check_key, tables[name].schema), of_table, "Request", name)
    plans = {
        name: each(partial(_plan, tables[name]), of_table, "Request", name)
        for name, of_table in contents.items()
    }
    for name, planned in plans.items():
        if len({plan.stored_key for plan in planned}) < len(planned):
            schema = tables[name].schema
            raise batch_rules.duplicates(
                f"{batch_rules.repeated(schema, contents[name])} of {name} is there twice: a batch writes an "
                f"item once. batch_writer(overwrite_by_pkeys={list(schema.names)}) keeps the last one."
            )
    return plans


def _check_key(schema: KeySchema, content: Item | Attributes) -> None:
    if isinstance(content, Item):
        schema.check_key_of(content)
    else:
        schema.check_key(content)


def _plan(table: Table, content: Item | Attributes) -> WritePlan:
    """Plan a write whose size and key were checked.

    :raises ValidationException: an index key does not fit.
    """
    if isinstance(content, Item):
        return table.put_of(content, table.membership(content))
    return table.delete_of(content)


def _check_some(request: BatchGetItemInput | BatchWriteItemInput, operation: str) -> None:
    items: object = request.__dict__["request_items"]
    if items == {}:
        raise ValidationException(
            f"The requestItems parameter is required for {operation}",
            hint="RequestItems names no table; give at least one.",
            reason=Reason.NO_REQUEST_ITEMS,
            message_2026=f"{PREFIX}Value at 'RequestItems' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1",
        )


OPERATIONS: Final[Mapping[str, Operation]] = {
    "BatchGetItem": Operation(
        BatchGetItemInput,
        batch_get_item,
        Kind.READ,
        batch_entries,
        plain_output=True,
    ),
    "BatchWriteItem": Operation(
        BatchWriteItemInput,
        batch_write_item,
        Kind.WRITE,
        batch_entries,
        plain_output=True,
    ),
}
