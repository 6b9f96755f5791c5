"""The table of a PynamoDB model, as ``Model.create_table()`` creates it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ddbmock.table_sources.definition import TableDefinition, TableSourceError


def definition(model: type) -> TableDefinition:
    """Return the table of a model; one without throughput and billing mode is on-demand.

    :raises TableSourceError: the class is no model.
    """
    meta: Any = getattr(model, "Meta", None)
    if not hasattr(model, "_get_schema") or not hasattr(meta, "table_name"):
        raise TableSourceError(f"{model.__name__} is no PynamoDB model with a table.")
    schema = model._get_schema()
    throughput = _throughput(vars(meta))
    paid = getattr(meta, "billing_mode", None) or (
        "PROVISIONED" if throughput else "PAY_PER_REQUEST"
    )
    table: dict[str, Any] = {
        "TableName": meta.table_name,
        "AttributeDefinitions": schema["attribute_definitions"],
        "KeySchema": _hash_first(schema["key_schema"]),
        "BillingMode": paid,
    }
    if paid == "PROVISIONED":
        table["ProvisionedThroughput"] = throughput
    for kind, indexes in (
        ("LocalSecondaryIndexes", schema["local_secondary_indexes"]),
        ("GlobalSecondaryIndexes", schema["global_secondary_indexes"]),
    ):
        if indexes:
            table[kind] = [_index(one, paid) for one in indexes]
    if hasattr(meta, "stream_view_type"):
        table["StreamSpecification"] = {
            "StreamEnabled": True,
            "StreamViewType": meta.stream_view_type,
        }
    if getattr(meta, "tags", None):
        table["Tags"] = [{"Key": name, "Value": one} for name, one in meta.tags.items()]
    expiring = _expiring(model)
    return TableDefinition(
        table, {"AttributeName": expiring, "Enabled": True} if expiring else None
    )


def _throughput(meta: Mapping[str, Any]) -> dict[str, int]:
    units = {
        "ReadCapacityUnits": meta.get("read_capacity_units"),
        "WriteCapacityUnits": meta.get("write_capacity_units"),
    }
    return {name: number for name, number in units.items() if number is not None}


def _index(index: Mapping[str, Any], paid: str) -> dict[str, Any]:
    request = {
        "IndexName": index["index_name"],
        "KeySchema": _hash_first(index["key_schema"]),
        "Projection": index["projection"],
    }
    if paid == "PROVISIONED" and index.get("provisioned_throughput"):
        request["ProvisionedThroughput"] = index["provisioned_throughput"]
    return request


def _hash_first(key_schema: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return key elements with the hash key first, as DynamoDB requires; a model may have any order."""
    return sorted(key_schema, key=lambda element: element["KeyType"])


def _expiring(model: Any) -> str | None:
    """Return the attribute with the time at which items expire."""
    from pynamodb.attributes import TTLAttribute

    for attribute in model.get_attributes().values():
        if isinstance(attribute, TTLAttribute):
            return str(attribute.attr_name)
    return None
