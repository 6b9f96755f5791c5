"""Facts about DynamoDB's operations for the generated table: since when, and what differs here.

The year is that of the announcement in the Developer Guide's document history. Operations of the
newest model that are missing here fail a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Fact(NamedTuple):
    """One row of the table."""

    since: int
    differs: str = ""
    """A sentence or two; empty if nothing is known to differ from DynamoDB."""


_STATES: Final = "Takes no time unless a `delay <settings.rst>`_ says so."
_INDEXES: Final = "Global indexes are never behind, unless `staleness <trouble.rst>`_ is asked for."
_TRANSACTIONS: Final = "No conflicts, unless `they are asked for <trouble.rst>`_."
_BACKUPS: Final = "See `backups <backups.rst>`_."
_REPLICAS: Final = "See `global tables <global_tables.rst>`_."
_STREAMS: Final = "See `streams <streams.rst>`_."

FACTS: Final[Mapping[str, Fact]] = {
    "BatchExecuteStatement": Fact(2020),
    "BatchGetItem": Fact(2012, "Always reads up to 16 MiB; DynamoDB sometimes ends earlier."),
    "BatchWriteItem": Fact(
        2012, "Leaves nothing unprocessed, unless `throttling <trouble.rst>`_ is asked for."
    ),
    "CancelBulkOperation": Fact(2026),
    "CreateBackup": Fact(2017, _BACKUPS),
    "CreateGlobalTable": Fact(2017, "See `global tables <global_tables.rst>`_."),
    "CreateTable": Fact(2012, _STATES),
    "DeleteBackup": Fact(2017, _BACKUPS),
    "DeleteItem": Fact(2012),
    "DeleteResourcePolicy": Fact(2024, "Takes effect at once."),
    "DeleteTable": Fact(2012, _STATES),
    "DescribeBackup": Fact(2017),
    "DescribeBulkOperation": Fact(2026),
    "DescribeContinuousBackups": Fact(2017),
    "DescribeContributorInsights": Fact(2019),
    "DescribeEndpoints": Fact(2018, "Names the host that was asked."),
    "DescribeExport": Fact(2020),
    "DescribeGlobalTable": Fact(2017, _REPLICAS),
    "DescribeGlobalTableSettings": Fact(2018, _REPLICAS),
    "DescribeImport": Fact(2022),
    "DescribeKinesisStreamingDestination": Fact(2020, _STREAMS),
    "DescribeLimits": Fact(2016, "Tells the default quotas, which are not enforced."),
    "DescribeStream": Fact(2015, _STREAMS),
    "DescribeTable": Fact(2012, "Counts and sizes are exact at any time."),
    "DescribeTableReplicaAutoScaling": Fact(2019),
    "DescribeTimeToLive": Fact(2017),
    "DisableKinesisStreamingDestination": Fact(2020, _STREAMS),
    "EnableKinesisStreamingDestination": Fact(2020, _STREAMS),
    "ExecuteStatement": Fact(2020),
    "ExecuteTransaction": Fact(2020, _TRANSACTIONS),
    "ExportTableToPointInTime": Fact(2020, _BACKUPS),
    "GetItem": Fact(2012),
    "GetRecords": Fact(2015, _STREAMS),
    "GetResourcePolicy": Fact(2024),
    "GetShardIterator": Fact(2015, _STREAMS),
    "ImportTable": Fact(2022, _BACKUPS),
    "ListBackups": Fact(2017),
    "ListBulkOperations": Fact(2026),
    "ListContributorInsights": Fact(2019, "Lists only tables whose insights were ever set."),
    "ListExports": Fact(2020),
    "ListGlobalTables": Fact(2017, _REPLICAS),
    "ListImports": Fact(2022),
    "ListStreams": Fact(2015, _STREAMS),
    "ListTables": Fact(2012),
    "ListTagsOfResource": Fact(2017),
    "PutItem": Fact(2012),
    "PutResourcePolicy": Fact(2024, "Takes effect at once."),
    "Query": Fact(2012, _INDEXES),
    "RestoreTableFromBackup": Fact(2017, _BACKUPS),
    "RestoreTableToPointInTime": Fact(2018, _BACKUPS),
    "Scan": Fact(2012, _INDEXES),
    "SearchVectors": Fact(
        2026,
        "Exact, where DynamoDB is approximate; the bytes billed for a search are an estimate. See "
        "`vector search <vectors.rst>`_.",
    ),
    "StartBulkPutItems": Fact(2026, _BACKUPS),
    "TagResource": Fact(2017),
    "TransactGetItems": Fact(2018, _TRANSACTIONS),
    "TransactWriteItems": Fact(2018, _TRANSACTIONS),
    "UntagResource": Fact(2017),
    "UpdateContinuousBackups": Fact(2018, _BACKUPS),
    "UpdateContributorInsights": Fact(2019, "Counts are exact, and can be read in Python."),
    "UpdateGlobalTable": Fact(2017, "See `global tables <global_tables.rst>`_."),
    "UpdateGlobalTableSettings": Fact(2018, _REPLICAS),
    "UpdateItem": Fact(2012),
    "UpdateKinesisStreamingDestination": Fact(2024, _STREAMS),
    "UpdateTable": Fact(2012, _STATES + " " + _REPLICAS),
    "UpdateTableReplicaAutoScaling": Fact(2019, "Keeps settings; nothing scales."),
    "UpdateTimeToLive": Fact(2017, "How soon items expire is a `setting <settings.rst>`_."),
}
