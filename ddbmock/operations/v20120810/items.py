"""Single items: PutItem and GetItem."""

from __future__ import annotations

from ddbmock.database import Call
from ddbmock.operations.operation import Output
from ddbmock.operations.v20120810.members import ReturnConsumedCapacity, TableName
from ddbmock.shapes import AttributeMap, Input
from ddbmock.values.dynamodb_json import decode_attributes
from ddbmock.values.item import Item


class PutItemInput(Input):
    return_consumed_capacity: ReturnConsumedCapacity | None = None
    table_name: TableName
    item: AttributeMap


def put_item(call: Call, request: PutItemInput) -> Output:
    """Replace an item whole, if its condition holds."""
    item = Item(decode_attributes(request.item))
    with call.write() as tables:
        written = tables[request.table_name].put(item)
        call.consume(request.table_name, write_units=written.units)
    return {}


class GetItemInput(Input):
    return_consumed_capacity: ReturnConsumedCapacity | None = None
    table_name: TableName
    key: AttributeMap
    consistent_read: bool | None = None


def get_item(call: Call, request: GetItemInput) -> Output:
    """The item under a key."""
    key = decode_attributes(request.key)
    with call.read() as tables:
        item = tables[request.table_name].get(key)
    return {} if item is None else {"Item": item}
