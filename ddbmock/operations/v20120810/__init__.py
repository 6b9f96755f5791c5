"""DynamoDB's API, version 2012-08-10."""

from collections.abc import Mapping
from typing import Final

from ddbmock.operations.operation import Operation
from ddbmock.operations.v20120810 import (
    batches,
    create_table,
    items,
    limits,
    reads,
    tables,
    tags,
    time_to_live,
    transactions,
    update_table,
)

OPERATIONS: Final[Mapping[str, Operation]] = {
    "BatchGetItem": Operation(batches.BatchGetItemInput, batches.batch_get_item),
    "BatchWriteItem": Operation(batches.BatchWriteItemInput, batches.batch_write_item),
    "CreateTable": Operation(create_table.CreateTableInput, create_table.create_table),
    "DeleteItem": Operation(items.DeleteItemInput, items.delete_item),
    "DeleteTable": Operation(tables.DeleteTableInput, tables.delete_table),
    "DescribeEndpoints": Operation(limits.DescribeEndpointsInput, limits.describe_endpoints),
    "DescribeLimits": Operation(limits.DescribeLimitsInput, limits.describe_limits),
    "DescribeTable": Operation(tables.DescribeTableInput, tables.describe_table),
    "DescribeTimeToLive": Operation(
        time_to_live.DescribeTimeToLiveInput, time_to_live.describe_time_to_live
    ),
    "GetItem": Operation(items.GetItemInput, items.get_item),
    "ListTables": Operation(tables.ListTablesInput, tables.list_tables),
    "ListTagsOfResource": Operation(tags.ListTagsOfResourceInput, tags.list_tags_of_resource),
    "PutItem": Operation(items.PutItemInput, items.put_item),
    "Query": Operation(reads.QueryInput, reads.query),
    "Scan": Operation(reads.ScanInput, reads.scan),
    "TagResource": Operation(tags.TagResourceInput, tags.tag_resource, empty=True),
    "TransactGetItems": Operation(
        transactions.TransactGetItemsInput, transactions.transact_get_items
    ),
    "TransactWriteItems": Operation(
        transactions.TransactWriteItemsInput, transactions.transact_write_items
    ),
    "UntagResource": Operation(tags.UntagResourceInput, tags.untag_resource, empty=True),
    "UpdateItem": Operation(items.UpdateItemInput, items.update_item),
    "UpdateTable": Operation(update_table.UpdateTableInput, update_table.update_table),
    "UpdateTimeToLive": Operation(
        time_to_live.UpdateTimeToLiveInput, time_to_live.update_time_to_live
    ),
}

NOT_SERVED: Final = (
    "BatchExecuteStatement",
    "CancelBulkOperation",
    "CreateBackup",
    "CreateGlobalTable",
    "DeleteBackup",
    "DeleteResourcePolicy",
    "DescribeBackup",
    "DescribeBulkOperation",
    "DescribeContinuousBackups",
    "DescribeContributorInsights",
    "DescribeExport",
    "DescribeGlobalTable",
    "DescribeGlobalTableSettings",
    "DescribeImport",
    "DescribeKinesisStreamingDestination",
    "DescribeTableReplicaAutoScaling",
    "DisableKinesisStreamingDestination",
    "EnableKinesisStreamingDestination",
    "ExecuteStatement",
    "ExecuteTransaction",
    "ExportTableToPointInTime",
    "GetResourcePolicy",
    "ImportTable",
    "ListBackups",
    "ListBulkOperations",
    "ListContributorInsights",
    "ListExports",
    "ListGlobalTables",
    "ListImports",
    "PutResourcePolicy",
    "RestoreTableFromBackup",
    "RestoreTableToPointInTime",
    "SearchVectors",
    "StartBulkPutItems",
    "UpdateContinuousBackups",
    "UpdateContributorInsights",
    "UpdateGlobalTable",
    "UpdateGlobalTableSettings",
    "UpdateKinesisStreamingDestination",
    "UpdateTableReplicaAutoScaling",
)
"""Operations that the service has, and ddbmock answers UnknownOperationException to."""
