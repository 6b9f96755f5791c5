"""The CreateTable request from an answer of DescribeTable or from a CreateTable request."""

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
    """Return the table that a document describes, with or without ``Table`` around it.

    Members that occur only in answers (sizes, ARNs, states) are omitted.

    :raises TableSourceError: it describes no table.
    """
    described = document.get("Table", document.get("TableDescription", document))
    if not isinstance(described, Mapping) or not {"TableName", "KeySchema"} <= described.keys():
        raise TableSourceError(_not_understood(described))
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


def _not_understood(document: Any) -> str:
    """Return a sentence about a document that is no source of tables: what it is, what it lacks."""
    names = list(document) if isinstance(document, Mapping) else []
    if "TableNames" in names:
        return (
            "This is the answer of ListTables, which has names only: give those of DescribeTable, "
            "one for each table."
        )
    lacking = [name for name in ("TableName", "KeySchema") if name not in names]
    if lacking == ["KeySchema"]:
        return f"Table {document['TableName']!r} has no KeySchema."
    if len(lacking) == 1:
        return f"This looks like a table, but has no {lacking[0]}."
    if "Items" in names or "Item" in names:
        return "These are items, not tables: ddbmock load puts items into a table."
    shown = ", ".join(map(str, names[:6])) + (", ..." if len(names) > 6 else "")
    return (
        f"No table is defined by a document with {shown or 'nothing in it'}. It must be a CreateTable "
        "request or the answer of DescribeTable (TableName, KeySchema), a template of CloudFormation, "
        "SAM or CDK (Resources), a serverless.yml (provider, resources), a model of NoSQL Workbench "
        "(DataModel), or a plan that terraform show -json prints (terraform_version)."
    )


def _throughput(described: Mapping[str, Any]) -> dict[str, Any]:
    """Return the throughput of a table or index, unless it is an on-demand one's: zeros."""
    units = picked(described.get("ProvisionedThroughput") or {}, UNITS)
    return {"ProvisionedThroughput": units} if any(units.values()) else {}
