"""Tables of a data model that NoSQL Workbench exports as JSON.

Source: DynamoDB developer guide, "Exporting a data model" in NoSQL Workbench, and its sample models.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ddbmock.table_sources.definition import TableDefinition, TableSourceError


def definitions(document: Mapping[str, Any]) -> Iterator[TableDefinition]:
    """Yield the tables of a model; its example items are left out.

    :raises TableSourceError: a table of the model has no partition key.
    """
    for table in document["DataModel"]:
        name = table.get("TableName")
        types: dict[str, str] = {}
        try:
            request: dict[str, Any] = {
                "TableName": name,
                "KeySchema": _key_schema(table["KeyAttributes"], types),
            }
            indexes = [_index(one, types) for one in table.get("GlobalSecondaryIndexes") or ()]
        except KeyError as error:
            raise TableSourceError(f"The model's table {name!r} has no {error.args[0]}.") from error
        if indexes:
            request["GlobalSecondaryIndexes"] = indexes
        request["AttributeDefinitions"] = [
            {"AttributeName": attribute, "AttributeType": kind} for attribute, kind in types.items()
        ]
        # A model has no throughput, only settings of auto scaling, which tests do not need.
        request["BillingMode"] = "PAY_PER_REQUEST"
        yield TableDefinition(request)


def _key_schema(key: Mapping[str, Any], types: dict[str, str]) -> list[dict[str, str]]:
    schema = []
    for role, member in (("HASH", "PartitionKey"), ("RANGE", "SortKey")):
        if role == "HASH" or key.get(member):
            attribute = key[member]
            types[attribute["AttributeName"]] = attribute["AttributeType"]
            schema.append({"AttributeName": attribute["AttributeName"], "KeyType": role})
    return schema


def _index(index: Mapping[str, Any], types: dict[str, str]) -> dict[str, Any]:
    return {
        "IndexName": index["IndexName"],
        "KeySchema": _key_schema(index["KeyAttributes"], types),
        "Projection": index.get("Projection") or {"ProjectionType": "ALL"},
    }
