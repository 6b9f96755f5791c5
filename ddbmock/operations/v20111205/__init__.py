"""DynamoDB's first API, version 2011-12-05."""

from collections.abc import Mapping
from typing import Final

from ddbmock.operations.operation import Operation
from ddbmock.operations.v20111205 import batches, items, reads, tables

OPERATIONS: Final[Mapping[str, Operation]] = {
    "BatchGetItem": Operation(batches.BatchGetItemInput, batches.batch_get_item),
    "BatchWriteItem": Operation(
        batches.BatchWriteItemInput, batches.batch_write_item, max_body=batches.MAX_BODY
    ),
    "CreateTable": Operation(tables.CreateTableInput, tables.create_table),
    "DeleteItem": Operation(items.DeleteItemInput, items.delete_item),
    "DeleteTable": Operation(tables.DeleteTableInput, tables.delete_table),
    "DescribeTable": Operation(tables.DescribeTableInput, tables.describe_table),
    "GetItem": Operation(items.GetItemInput, items.get_item),
    "ListTables": Operation(tables.ListTablesInput, tables.list_tables),
    "PutItem": Operation(items.PutItemInput, items.put_item),
    "Query": Operation(reads.QueryInput, reads.query),
    "Scan": Operation(reads.ScanInput, reads.scan),
    "UpdateItem": Operation(items.UpdateItemInput, items.update_item),
    "UpdateTable": Operation(tables.UpdateTableInput, tables.update_table),
}
