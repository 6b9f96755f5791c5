"""DynamoDB's first API, version 2011-12-05."""

from collections.abc import Mapping
from typing import Final

from ddbmock.operations.operation import Kind, Operation
from ddbmock.operations.request_entries import batch_entries, single_entry
from ddbmock.operations.v20111205 import batches, items, reads, tables

OPERATIONS: Final[Mapping[str, Operation]] = {
    "BatchGetItem": Operation(
        batches.BatchGetItemInput, batches.batch_get_item, Kind.READ, batch_entries
    ),
    "BatchWriteItem": Operation(
        batches.BatchWriteItemInput,
        batches.batch_write_item,
        Kind.WRITE,
        batch_entries,
        max_body=batches.MAX_BODY,
    ),
    "CreateTable": Operation(
        tables.CreateTableInput, tables.create_table, Kind.CONTROL, single_entry
    ),
    "DeleteItem": Operation(items.DeleteItemInput, items.delete_item, Kind.WRITE, single_entry),
    "DeleteTable": Operation(
        tables.DeleteTableInput, tables.delete_table, Kind.CONTROL, single_entry
    ),
    "DescribeTable": Operation(
        tables.DescribeTableInput, tables.describe_table, Kind.CONTROL, single_entry
    ),
    "GetItem": Operation(items.GetItemInput, items.get_item, Kind.READ, single_entry),
    "ListTables": Operation(
        tables.ListTablesInput, tables.list_tables, Kind.CONTROL, page_size="Limit"
    ),
    "PutItem": Operation(items.PutItemInput, items.put_item, Kind.WRITE, single_entry),
    "Query": Operation(reads.QueryInput, reads.query, Kind.READ, single_entry, page_size="Limit"),
    "Scan": Operation(reads.ScanInput, reads.scan, Kind.READ, single_entry, page_size="Limit"),
    "UpdateItem": Operation(items.UpdateItemInput, items.update_item, Kind.WRITE, single_entry),
    "UpdateTable": Operation(
        tables.UpdateTableInput, tables.update_table, Kind.CONTROL, single_entry
    ),
}

NOT_SERVED: Final[tuple[str, ...]] = ()
