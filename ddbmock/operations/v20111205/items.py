"""Single items: PutItem, GetItem, UpdateItem and DeleteItem."""

from __future__ import annotations

from typing import Final

from ddbmock.database import Call, Written
from ddbmock.errors import ValidationException
from ddbmock.expressions import legacy
from ddbmock.expressions.update import Update
from ddbmock.operations.operation import Output
from ddbmock.operations.v20111205 import conditions, content
from ddbmock.operations.v20111205.conditions import AttributeValueUpdate, ExpectedAttributeValue
from ddbmock.operations.v20111205.content import ItemKey
from ddbmock.operations.v20111205.members import AttributeNames, Key, ReturnValue, TableInput
from ddbmock.operations.v20111205.output import read_capacity, write_capacity
from ddbmock.operations.v20111205.tables import items_of
from ddbmock.shapes import AttributeMap
from ddbmock.values.item import Item

NOTHING: Final = "NONE"
WHOLE_OLD: Final = "ALL_OLD"


class PutItemInput(TableInput):
    item: AttributeMap
    expected: dict[str, ExpectedAttributeValue] | None = None
    return_values: ReturnValue | None = None


def put_item(call: Call, request: PutItemInput) -> Output:
    """Put an item, replacing an existing one, provided the expectations hold."""
    limited = call.limited
    item = content.item(request.item, limited=limited)
    condition = conditions.expected(request.expected)
    returned = _whole(request.return_values)
    with call.write() as tables:
        table = items_of(tables, request.table_name)
        written = table.write(table.plan_put(item), condition)
        return _written(call, request.table_name, written, written.old if returned else None)


class DeleteItemInput(TableInput):
    key: Key
    expected: dict[str, ExpectedAttributeValue] | None = None
    return_values: ReturnValue | None = None


def delete_item(call: Call, request: DeleteItemInput) -> Output:
    """Delete an item if it exists, provided the expectations hold."""
    key = ItemKey.of(request.key)
    condition = conditions.expected(request.expected)
    returned = _whole(request.return_values)
    with call.write() as tables:
        table = items_of(tables, request.table_name)
        written = table.write(table.plan_delete(key.named(table.schema)), condition)
        return _written(call, request.table_name, written, written.old if returned else None)


def _whole(return_values: str | None) -> bool:
    """Return whether a put or delete returns the old item."""
    if return_values not in (None, NOTHING, WHOLE_OLD):
        raise ValidationException(
            "ReturnValues can only be ALL_OLD or NONE",
            hint=f"Only UpdateItem accepts {return_values}; write ALL_OLD or NONE.",
        )
    return return_values == WHOLE_OLD


class UpdateItemInput(TableInput):
    key: Key
    attribute_updates: dict[str, AttributeValueUpdate]
    expected: dict[str, ExpectedAttributeValue] | None = None
    return_values: ReturnValue | None = None


def update_item(call: Call, request: UpdateItemInput) -> Output:
    """Update an item, creating it if it does not exist, provided the expectations hold.

    Without updates the new item consists of its key, as in later versions.
    """
    key = ItemKey.of(request.key)
    update = conditions.attribute_updates(request.attribute_updates)
    condition = conditions.expected(request.expected)
    with call.write() as tables:
        table = items_of(tables, request.table_name)
        written = table.write(table.plan_update(key.named(table.schema), update), condition)
        returned = _returned(written, update, request.return_values)
        return _written(call, request.table_name, written, returned)


def _returned(written: Written, update: Update, return_values: str | None) -> Item | None:
    """Return the attributes that an update returns: all attributes, or the updated ones."""
    old_or_new, _, extent = (return_values or NOTHING).rpartition("_")
    if extent == "NONE":
        return None
    item = written.old if extent == "OLD" else written.new
    if item is None or old_or_new == "ALL":
        return item
    return update.select(item)


def _written(call: Call, table_name: str, written: Written, returned: Item | None) -> Output:
    units = write_capacity(written)
    call.consume(table_name, write_units=units)
    output: Output = {"ConsumedCapacityUnits": units}
    if returned is not None and returned.size:
        output["Attributes"] = returned
    return output


class GetItemInput(TableInput):
    key: Key
    attributes_to_get: AttributeNames | None = None
    consistent_read: bool | None = None


def get_item(call: Call, request: GetItemInput) -> Output:
    """Return the item with a key, or some of its attributes."""
    key = ItemKey.of(request.key)
    names = request.attributes_to_get
    projection = None if names is None else legacy.attributes_to_get(names)
    consistent = bool(request.consistent_read)
    with call.read(consistent=consistent) as tables:
        table = items_of(tables, request.table_name)
        item = table.get(key.named(table.schema))
        units = read_capacity([item.size if item else 0], consistent=consistent)
        call.consume(request.table_name, read_units=units)
        call.scanned = call.returned = int(item is not None)
    output: Output = {"ConsumedCapacityUnits": units}
    if item is not None:
        output["Item"] = item if projection is None else projection(item)
    return output
