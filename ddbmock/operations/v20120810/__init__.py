"""DynamoDB's API, version 2012-08-10."""

import sys
from typing import Final

from ddbmock.operations.families import Families

OPERATIONS: Final = Families(
    sys.modules[__name__],
    {
        "backups": (
            "CreateBackup",
            "DeleteBackup",
            "DescribeBackup",
            "ListBackups",
        ),
        "batches": (
            "BatchGetItem",
            "BatchWriteItem",
        ),
        "bulk_operations": (
            "CancelBulkOperation",
            "DescribeBulkOperation",
            "ListBulkOperations",
            "StartBulkPutItems",
        ),
        "continuous_backups": (
            "DescribeContinuousBackups",
            "UpdateContinuousBackups",
        ),
        "contributor_insights": (
            "DescribeContributorInsights",
            "ListContributorInsights",
            "UpdateContributorInsights",
        ),
        "create_table": ("CreateTable",),
        "exports": (
            "DescribeExport",
            "ExportTableToPointInTime",
            "ListExports",
        ),
        "global_table_settings": (
            "DescribeGlobalTableSettings",
            "UpdateGlobalTableSettings",
        ),
        "global_tables": (
            "CreateGlobalTable",
            "DescribeGlobalTable",
            "ListGlobalTables",
            "UpdateGlobalTable",
        ),
        "imports": (
            "DescribeImport",
            "ImportTable",
            "ListImports",
        ),
        "items": (
            "DeleteItem",
            "GetItem",
            "PutItem",
            "UpdateItem",
        ),
        "kinesis_destinations": (
            "DescribeKinesisStreamingDestination",
            "DisableKinesisStreamingDestination",
            "EnableKinesisStreamingDestination",
            "UpdateKinesisStreamingDestination",
        ),
        "limits": (
            "DescribeEndpoints",
            "DescribeLimits",
        ),
        "reads": (
            "Query",
            "Scan",
        ),
        "replica_auto_scaling": (
            "DescribeTableReplicaAutoScaling",
            "UpdateTableReplicaAutoScaling",
        ),
        "resource_policies": (
            "DeleteResourcePolicy",
            "GetResourcePolicy",
            "PutResourcePolicy",
        ),
        "restores": (
            "RestoreTableFromBackup",
            "RestoreTableToPointInTime",
        ),
        "statement_batches": ("BatchExecuteStatement",),
        "statement_transactions": ("ExecuteTransaction",),
        "statements": ("ExecuteStatement",),
        "tables": (
            "DeleteTable",
            "DescribeTable",
            "ListTables",
        ),
        "tags": (
            "ListTagsOfResource",
            "TagResource",
            "UntagResource",
        ),
        "time_to_live": (
            "DescribeTimeToLive",
            "UpdateTimeToLive",
        ),
        "transactions": (
            "TransactGetItems",
            "TransactWriteItems",
        ),
        "update_table": ("UpdateTable",),
        "vectors": ("SearchVectors",),
    },
)
"""The operations by family. Each family is a module with its own ``OPERATIONS``."""

NOT_SERVED: Final[tuple[str, ...]] = ()
"""Operations of the service to which ddbmock answers UnknownOperationException."""
