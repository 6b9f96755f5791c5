"""Facts about DynamoDB's operations for the generated table: since when, and what differs here.

Operations of the newest model that are missing here fail a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Release(NamedTuple):
    """The release of botocore whose model has an operation first."""

    date: str
    botocore: str


OLDEST: Final = "0.13.0"
"""The first release of botocore with a model of DynamoDB, of June 2013.

The operations that it has began with the service, on 18 January 2012, and BatchWriteItem on 19 April.
Source: Developer Guide, "Document history".
"""

RELEASES: Final[Mapping[Release, str]] = {
    Release("2012-01-18", OLDEST): "BatchGetItem CreateTable DeleteItem DeleteTable DescribeTable "
    "GetItem ListTables PutItem Query Scan UpdateItem UpdateTable",
    Release("2012-04-19", OLDEST): "BatchWriteItem",
    Release("2015-07-14", "1.1.2"): "DescribeStream GetRecords GetShardIterator ListStreams",
    Release("2016-03-01", "1.4.0"): "DescribeLimits",
    Release("2017-01-17", "1.5.1"): "ListTagsOfResource TagResource UntagResource",
    Release("2017-02-27", "1.5.19"): "DescribeTimeToLive UpdateTimeToLive",
    Release("2017-11-29", "1.8.4"): "CreateBackup CreateGlobalTable DeleteBackup DescribeBackup "
    "DescribeContinuousBackups DescribeGlobalTable ListBackups ListGlobalTables "
    "RestoreTableFromBackup UpdateGlobalTable",
    Release("2018-03-26", "1.9.17"): "RestoreTableToPointInTime UpdateContinuousBackups",
    Release("2018-04-30", "1.10.11"): "DescribeGlobalTableSettings UpdateGlobalTableSettings",
    Release("2018-09-05", "1.11.8"): "DescribeEndpoints",
    Release("2018-11-28", "1.12.54"): "TransactGetItems TransactWriteItems",
    Release("2019-11-21", "1.13.24"): "DescribeTableReplicaAutoScaling "
    "UpdateTableReplicaAutoScaling",
    Release("2019-11-26", "1.13.28"): "DescribeContributorInsights ListContributorInsights "
    "UpdateContributorInsights",
    Release("2020-11-09", "1.19.14"): "DescribeExport ExportTableToPointInTime ListExports",
    Release("2020-11-23", "1.19.24"): "BatchExecuteStatement DescribeKinesisStreamingDestination "
    "DisableKinesisStreamingDestination EnableKinesisStreamingDestination ExecuteStatement "
    "ExecuteTransaction",
    Release("2022-08-18", "1.27.55"): "DescribeImport ImportTable ListImports",
    Release("2024-01-19", "1.34.23"): "UpdateKinesisStreamingDestination",
    Release("2024-03-20", "1.34.67"): "DeleteResourcePolicy GetResourcePolicy PutResourcePolicy",
    Release("2026-08-04", "1.43.64"): "SearchVectors",
    Release("2026-11-04", "1.43.124"): "CancelBulkOperation DescribeBulkOperation "
    "ListBulkOperations StartBulkPutItems",
}
"""The operations that each release added.

Source: the histories of ``data/dynamodb`` and ``data/dynamodbstreams`` in botocore's repository, and
the packages of botocore for what came after August 2026.
"""

SINCE: Final[Mapping[str, Release]] = {
    name: release for release, names in RELEASES.items() for name in names.split()
}


_STATES: Final = "Complete at once, unless a `delay <settings.rst>`_ is set."
_INDEXES: Final = (
    "Global indexes are always up to date, unless `stale reads <trouble.rst>`_ are on."
)
_TRANSACTIONS: Final = "No conflicts, unless a `fault <trouble.rst>`_ causes them."
_BACKUPS: Final = "See `backups <backups.rst>`_."
_REPLICAS: Final = "See `global tables <global_tables.rst>`_."
_STREAMS: Final = "See `streams <streams.rst>`_."

FACTS: Final[Mapping[str, str]] = {
    "BatchExecuteStatement": "",
    "BatchGetItem": "Always reads up to 16 MB; DynamoDB sometimes stops earlier.",
    "BatchWriteItem": ("Processes every entry, unless `trouble <trouble.rst>`_ is on."),
    "CancelBulkOperation": "",
    "CreateBackup": _BACKUPS,
    "CreateGlobalTable": "See `global tables <global_tables.rst>`_.",
    "CreateTable": _STATES,
    "DeleteBackup": _BACKUPS,
    "DeleteItem": "",
    "DeleteResourcePolicy": "Takes effect at once, unless a `delay <policies.rst>`_ is set.",
    "DeleteTable": _STATES,
    "DescribeBackup": "",
    "DescribeBulkOperation": "",
    "DescribeContinuousBackups": "",
    "DescribeContributorInsights": "",
    "DescribeEndpoints": "Returns the host of the request.",
    "DescribeExport": "",
    "DescribeGlobalTable": _REPLICAS,
    "DescribeGlobalTableSettings": _REPLICAS,
    "DescribeImport": "",
    "DescribeKinesisStreamingDestination": _STREAMS,
    "DescribeLimits": "Returns the default quotas, which are not enforced.",
    "DescribeStream": _STREAMS,
    "DescribeTable": "Counts and sizes are exact at any time.",
    "DescribeTableReplicaAutoScaling": "",
    "DescribeTimeToLive": "",
    "DisableKinesisStreamingDestination": _STREAMS,
    "EnableKinesisStreamingDestination": _STREAMS,
    "ExecuteStatement": "",
    "ExecuteTransaction": _TRANSACTIONS,
    "ExportTableToPointInTime": _BACKUPS,
    "GetItem": "",
    "GetRecords": _STREAMS,
    "GetResourcePolicy": "",
    "GetShardIterator": _STREAMS,
    "ImportTable": _BACKUPS,
    "ListBackups": "",
    "ListBulkOperations": "",
    "ListContributorInsights": "Lists only tables whose insights were set at some time.",
    "ListExports": "",
    "ListGlobalTables": _REPLICAS,
    "ListImports": "",
    "ListStreams": _STREAMS,
    "ListTables": "",
    "ListTagsOfResource": "",
    "PutItem": "",
    "PutResourcePolicy": "Takes effect at once, unless a `delay <policies.rst>`_ is set.",
    "Query": _INDEXES,
    "RestoreTableFromBackup": _BACKUPS,
    "RestoreTableToPointInTime": _BACKUPS,
    "Scan": _INDEXES,
    "SearchVectors": (
        "Exact, where DynamoDB is approximate; the bytes billed for a search are an estimate. See "
        "`vector search <vectors.rst>`_."
    ),
    "StartBulkPutItems": _BACKUPS,
    "TagResource": "",
    "TransactGetItems": _TRANSACTIONS,
    "TransactWriteItems": _TRANSACTIONS,
    "UntagResource": "",
    "UpdateContinuousBackups": _BACKUPS,
    "UpdateContributorInsights": "Counts are exact, and can be read in Python.",
    "UpdateGlobalTable": "See `global tables <global_tables.rst>`_.",
    "UpdateGlobalTableSettings": _REPLICAS,
    "UpdateItem": "",
    "UpdateKinesisStreamingDestination": _STREAMS,
    "UpdateTable": _STATES + " " + _REPLICAS,
    "UpdateTableReplicaAutoScaling": "Tables scale `while throughput is enforced <trouble.rst>`_.",
    "UpdateTimeToLive": "A `setting <settings.rst>`_ says when expired items are deleted.",
}
"""What differs in each operation: a sentence or two, or nothing that is known."""
