"""DynamoDB's API, version 2012-08-10."""

from collections.abc import Mapping
from typing import Final

from ddbmock.operations.operation import Operation
from ddbmock.operations.v20120810 import create_table, items, reads, tables

OPERATIONS: Final[Mapping[str, Operation]] = {
    "CreateTable": Operation(create_table.CreateTableInput, create_table.create_table),
    "DeleteItem": Operation(items.DeleteItemInput, items.delete_item),
    "DeleteTable": Operation(tables.DeleteTableInput, tables.delete_table),
    "DescribeTable": Operation(tables.DescribeTableInput, tables.describe_table),
    "GetItem": Operation(items.GetItemInput, items.get_item),
    "ListTables": Operation(tables.ListTablesInput, tables.list_tables),
    "PutItem": Operation(items.PutItemInput, items.put_item),
    "Query": Operation(reads.QueryInput, reads.query),
    "Scan": Operation(reads.ScanInput, reads.scan),
    "UpdateItem": Operation(items.UpdateItemInput, items.update_item),
}
