"""DynamoDB's API, version 2012-08-10."""

from collections.abc import Mapping
from typing import Final

from ddbmock.operations.operation import Operation
from ddbmock.operations.v20120810 import items, tables

OPERATIONS: Final[Mapping[str, Operation]] = {
    "CreateTable": Operation(tables.CreateTableInput, tables.create_table),
    "DescribeTable": Operation(tables.DescribeTableInput, tables.describe_table),
    "GetItem": Operation(items.GetItemInput, items.get_item),
    "PutItem": Operation(items.PutItemInput, items.put_item),
}
