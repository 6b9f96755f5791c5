"""The answer of DescribeTable, or a CreateTable request, as the request that makes the table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ddbmock.table_sources.definition import (
    VECTOR_INDEX_MEMBERS,
    TableDefinition,
    TableSourceError,
    picked,
)

MEMBERS: Final = (
    "AttributeDefinitions",
    "TableName",
    "BillingMode",
    "KeySchema",
    "StreamSpecification",
    "SSESpecification",
    "Tags",
    "TableClass",
    "DeletionProtectionEnabled",
    "OnDemandThroughput",
)
INDEX_MEMBERS: Final = ("IndexName", "KeySchema", "Projection", "OnDemandThroughput")
UNITS: Final = ("ReadCapacityUnits", "WriteCapacityUnits")


def definition(document: Mapping[str, Any]) -> TableDefinition:
    """The table that a document describes, with or without ``Table`` around it.

    What the service only tells (sizes, ARNs, states) is left out.

    :raises TableSourceError: it describes none.
    """
    described = document.get("Table", document.get("TableDescription", document))
    if not isinstance(described, Mapping) or not {"TableName", "KeySchema"} <= described.keys():
        raise TableSourceError(
            "Neither the answer of DescribeTable nor a CreateTable request (no TableName and "
            "KeySchema), nor a template (no Resources)."
        )
    table = picked(described, MEMBERS) | _throughput(described)
    summary = described.get("BillingModeSummary")
    if summary:
        table["BillingMode"] = summary.get("BillingMode", "PROVISIONED")
    if "TableClassSummary" in described:
        table["TableClass"] = described["TableClassSummary"]["TableClass"]
    if described.get("SSEDescription", {}).get("Status") == "ENABLED":
        table["SSESpecification"] = {"Enabled": True, "SSEType": "KMS"}
    for kind in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
        indexes = [picked(one, INDEX_MEMBERS) | _throughput(one) for one in described.get(kind, ())]
        if indexes:
            table[kind] = indexes
    vectors = [picked(one, VECTOR_INDEX_MEMBERS) for one in described.get("VectorIndexes", ())]
    if vectors:
        table["VectorIndexes"] = vectors
    if "BillingMode" not in table and "ProvisionedThroughput" not in table:
        table["BillingMode"] = "PAY_PER_REQUEST"
    return TableDefinition(table)


def _throughput(described: Mapping[str, Any]) -> dict[str, Any]:
    """The throughput of a table or index, unless it is that of an on-demand one: zeros."""
    units = picked(described.get("ProvisionedThroughput") or {}, UNITS)
    return {"ProvisionedThroughput": units} if any(units.values()) else {}
