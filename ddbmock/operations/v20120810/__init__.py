"""DynamoDB's API, version 2012-08-10."""

from collections.abc import Mapping
from typing import Final

from ddbmock.operations.operation import Kind, Operation
from ddbmock.operations.request_entries import batch_entries, single_entry, transaction_entries
from ddbmock.operations.statement_entries import (
    batch_statement_entries,
    is_write,
    statement_entries,
    transaction_statement_entries,
)
from ddbmock.operations.v20120810 import (
    backups,
    batches,
    bulk_operations,
    continuous_backups,
    contributor_insights,
    create_table,
    exports,
    global_table_settings,
    global_tables,
    imports,
    items,
    kinesis_destinations,
    limits,
    reads,
    replica_auto_scaling,
    resource_policies,
    restores,
    statement_batches,
    statement_transactions,
    statements,
    tables,
    tags,
    time_to_live,
    transactions,
    update_table,
    vectors,
)

OPERATIONS: Final[Mapping[str, Operation]] = {
    "BatchExecuteStatement": Operation(
        statement_batches.BatchExecuteStatementInput,
        statement_batches.batch_execute_statement,
        Kind.READ,
        batch_statement_entries,
        plain_output=True,
        writes=is_write,
    ),
    "BatchGetItem": Operation(
        batches.BatchGetItemInput,
        batches.batch_get_item,
        Kind.READ,
        batch_entries,
        plain_output=True,
    ),
    "BatchWriteItem": Operation(
        batches.BatchWriteItemInput,
        batches.batch_write_item,
        Kind.WRITE,
        batch_entries,
        plain_output=True,
    ),
    "CancelBulkOperation": Operation(
        bulk_operations.CancelBulkOperationInput,
        bulk_operations.cancel_bulk_operation,
        Kind.CONTROL,
    ),
    "CreateBackup": Operation(
        backups.CreateBackupInput, backups.create_backup, Kind.CONTROL, single_entry
    ),
    "CreateGlobalTable": Operation(
        global_tables.CreateGlobalTableInput, global_tables.create_global_table, Kind.CONTROL
    ),
    "CreateTable": Operation(
        create_table.CreateTableInput, create_table.create_table, Kind.CONTROL, single_entry
    ),
    "DeleteBackup": Operation(backups.DeleteBackupInput, backups.delete_backup, Kind.CONTROL),
    "DeleteItem": Operation(
        items.DeleteItemInput, items.delete_item, Kind.WRITE, single_entry, plain_output=True
    ),
    "DeleteResourcePolicy": Operation(
        resource_policies.DeleteResourcePolicyInput,
        resource_policies.delete_resource_policy,
        Kind.CONTROL,
    ),
    "DeleteTable": Operation(
        tables.DeleteTableInput, tables.delete_table, Kind.CONTROL, single_entry
    ),
    "DescribeBackup": Operation(backups.DescribeBackupInput, backups.describe_backup, Kind.CONTROL),
    "DescribeBulkOperation": Operation(
        bulk_operations.DescribeBulkOperationInput,
        bulk_operations.describe_bulk_operation,
        Kind.CONTROL,
    ),
    "DescribeContinuousBackups": Operation(
        continuous_backups.DescribeContinuousBackupsInput,
        continuous_backups.describe_continuous_backups,
        Kind.CONTROL,
        single_entry,
    ),
    "DescribeContributorInsights": Operation(
        contributor_insights.DescribeContributorInsightsInput,
        contributor_insights.describe_contributor_insights,
        Kind.CONTROL,
        single_entry,
    ),
    "DescribeEndpoints": Operation(
        limits.DescribeEndpointsInput, limits.describe_endpoints, Kind.CONTROL
    ),
    "DescribeExport": Operation(exports.DescribeExportInput, exports.describe_export, Kind.CONTROL),
    "DescribeGlobalTable": Operation(
        global_tables.DescribeGlobalTableInput, global_tables.describe_global_table, Kind.CONTROL
    ),
    "DescribeGlobalTableSettings": Operation(
        global_table_settings.DescribeGlobalTableSettingsInput,
        global_table_settings.describe_global_table_settings,
        Kind.CONTROL,
    ),
    "DescribeImport": Operation(imports.DescribeImportInput, imports.describe_import, Kind.CONTROL),
    "DescribeLimits": Operation(limits.DescribeLimitsInput, limits.describe_limits, Kind.CONTROL),
    "DescribeTable": Operation(
        tables.DescribeTableInput, tables.describe_table, Kind.CONTROL, single_entry
    ),
    "DescribeTableReplicaAutoScaling": Operation(
        replica_auto_scaling.DescribeTableReplicaAutoScalingInput,
        replica_auto_scaling.describe_table_replica_auto_scaling,
        Kind.CONTROL,
        single_entry,
    ),
    "DescribeTimeToLive": Operation(
        time_to_live.DescribeTimeToLiveInput,
        time_to_live.describe_time_to_live,
        Kind.CONTROL,
        single_entry,
    ),
    "ExecuteStatement": Operation(
        statements.ExecuteStatementInput,
        statements.execute_statement,
        Kind.READ,
        statement_entries,
        page_size="Limit",
        plain_output=True,
        writes=is_write,
    ),
    "ExecuteTransaction": Operation(
        statement_transactions.ExecuteTransactionInput,
        statement_transactions.execute_transaction,
        Kind.READ,
        transaction_statement_entries,
        plain_output=True,
        writes=is_write,
    ),
    "ExportTableToPointInTime": Operation(
        exports.ExportTableToPointInTimeInput, exports.export_table_to_point_in_time, Kind.CONTROL
    ),
    "DescribeKinesisStreamingDestination": Operation(
        kinesis_destinations.DescribeKinesisStreamingDestinationInput,
        kinesis_destinations.describe_kinesis_streaming_destination,
        Kind.CONTROL,
        single_entry,
    ),
    "DisableKinesisStreamingDestination": Operation(
        kinesis_destinations.DisableKinesisStreamingDestinationInput,
        kinesis_destinations.disable_kinesis_streaming_destination,
        Kind.CONTROL,
        single_entry,
    ),
    "EnableKinesisStreamingDestination": Operation(
        kinesis_destinations.EnableKinesisStreamingDestinationInput,
        kinesis_destinations.enable_kinesis_streaming_destination,
        Kind.CONTROL,
        single_entry,
    ),
    "UpdateKinesisStreamingDestination": Operation(
        kinesis_destinations.UpdateKinesisStreamingDestinationInput,
        kinesis_destinations.update_kinesis_streaming_destination,
        Kind.CONTROL,
        single_entry,
    ),
    "GetItem": Operation(
        items.GetItemInput, items.get_item, Kind.READ, single_entry, plain_output=True
    ),
    "GetResourcePolicy": Operation(
        resource_policies.GetResourcePolicyInput,
        resource_policies.get_resource_policy,
        Kind.CONTROL,
    ),
    "ImportTable": Operation(imports.ImportTableInput, imports.import_table, Kind.CONTROL),
    "ListBackups": Operation(
        backups.ListBackupsInput,
        backups.list_backups,
        Kind.CONTROL,
        single_entry,
        page_size="Limit",
    ),
    "ListBulkOperations": Operation(
        bulk_operations.ListBulkOperationsInput,
        bulk_operations.list_bulk_operations,
        Kind.CONTROL,
        page_size="MaxResults",
    ),
    "ListContributorInsights": Operation(
        contributor_insights.ListContributorInsightsInput,
        contributor_insights.list_contributor_insights,
        Kind.CONTROL,
        single_entry,
        page_size="MaxResults",
    ),
    "ListExports": Operation(
        exports.ListExportsInput, exports.list_exports, Kind.CONTROL, page_size="MaxResults"
    ),
    "ListGlobalTables": Operation(
        global_tables.ListGlobalTablesInput,
        global_tables.list_global_tables,
        Kind.CONTROL,
        page_size="Limit",
    ),
    "ListImports": Operation(
        imports.ListImportsInput, imports.list_imports, Kind.CONTROL, page_size="PageSize"
    ),
    "ListTables": Operation(
        tables.ListTablesInput, tables.list_tables, Kind.CONTROL, page_size="Limit"
    ),
    "ListTagsOfResource": Operation(
        tags.ListTagsOfResourceInput, tags.list_tags_of_resource, Kind.CONTROL
    ),
    "PutItem": Operation(
        items.PutItemInput, items.put_item, Kind.WRITE, single_entry, plain_output=True
    ),
    "PutResourcePolicy": Operation(
        resource_policies.PutResourcePolicyInput,
        resource_policies.put_resource_policy,
        Kind.CONTROL,
    ),
    "Query": Operation(
        reads.QueryInput, reads.query, Kind.READ, single_entry, page_size="Limit", plain_output=True
    ),
    "RestoreTableFromBackup": Operation(
        restores.RestoreTableFromBackupInput, restores.restore_table_from_backup, Kind.CONTROL
    ),
    "RestoreTableToPointInTime": Operation(
        restores.RestoreTableToPointInTimeInput,
        restores.restore_table_to_point_in_time,
        Kind.CONTROL,
    ),
    "Scan": Operation(
        reads.ScanInput, reads.scan, Kind.READ, single_entry, page_size="Limit", plain_output=True
    ),
    "SearchVectors": Operation(
        vectors.SearchVectorsInput, vectors.search_vectors, Kind.READ, single_entry
    ),
    "StartBulkPutItems": Operation(
        bulk_operations.StartBulkPutItemsInput,
        bulk_operations.start_bulk_put_items,
        Kind.CONTROL,
        single_entry,
    ),
    "TagResource": Operation(tags.TagResourceInput, tags.tag_resource, Kind.CONTROL, empty=True),
    "TransactGetItems": Operation(
        transactions.TransactGetItemsInput,
        transactions.transact_get_items,
        Kind.READ,
        transaction_entries,
        plain_output=True,
    ),
    "TransactWriteItems": Operation(
        transactions.TransactWriteItemsInput,
        transactions.transact_write_items,
        Kind.WRITE,
        transaction_entries,
        plain_output=True,
    ),
    "UntagResource": Operation(
        tags.UntagResourceInput, tags.untag_resource, Kind.CONTROL, empty=True
    ),
    "UpdateContinuousBackups": Operation(
        continuous_backups.UpdateContinuousBackupsInput,
        continuous_backups.update_continuous_backups,
        Kind.CONTROL,
        single_entry,
    ),
    "UpdateContributorInsights": Operation(
        contributor_insights.UpdateContributorInsightsInput,
        contributor_insights.update_contributor_insights,
        Kind.CONTROL,
        single_entry,
    ),
    "UpdateGlobalTable": Operation(
        global_tables.UpdateGlobalTableInput, global_tables.update_global_table, Kind.CONTROL
    ),
    "UpdateGlobalTableSettings": Operation(
        global_table_settings.UpdateGlobalTableSettingsInput,
        global_table_settings.update_global_table_settings,
        Kind.CONTROL,
    ),
    "UpdateItem": Operation(
        items.UpdateItemInput, items.update_item, Kind.WRITE, single_entry, plain_output=True
    ),
    "UpdateTable": Operation(
        update_table.UpdateTableInput, update_table.update_table, Kind.CONTROL, single_entry
    ),
    "UpdateTableReplicaAutoScaling": Operation(
        replica_auto_scaling.UpdateTableReplicaAutoScalingInput,
        replica_auto_scaling.update_table_replica_auto_scaling,
        Kind.CONTROL,
        single_entry,
    ),
    "UpdateTimeToLive": Operation(
        time_to_live.UpdateTimeToLiveInput,
        time_to_live.update_time_to_live,
        Kind.CONTROL,
        single_entry,
    ),
}

NOT_SERVED: Final[tuple[str, ...]] = ()
"""Operations that the service has, and ddbmock answers UnknownOperationException to."""
