"""Tables of a Terraform or OpenTofu plan or state, as ``terraform show -json`` prints it.

Source: Terraform documentation, "JSON Output Format"; AWS provider, resource aws_dynamodb_table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ddbmock.table_sources.definition import TableDefinition, TableSourceError

TYPE: Final = "aws_dynamodb_table"


def definitions(document: Mapping[str, Any]) -> Iterator[TableDefinition]:
    """Yield the tables of a plan, or of a state, those of all modules.

    :raises TableSourceError: it is another document of Terraform's, or a table's name or key is
        known only after ``apply``.
    """
    values = document.get("planned_values") or document.get("values")
    if not values:
        raise TableSourceError(
            "This looks like a document of Terraform, but it has neither planned_values nor values. "
            "Write it with: terraform plan -out FILE, then terraform show -json FILE."
        )
    module = values.get("root_module")
    for resource in _resources(module or {}):
        if resource.get("type") == TYPE and resource.get("mode", "managed") == "managed":
            yield _definition(resource)


def _resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from module.get("resources") or ()
    for child in module.get("child_modules") or ():
        yield from _resources(child)


def _definition(resource: Mapping[str, Any]) -> TableDefinition:
    values = resource.get("values") or {}
    address = resource.get("address", resource.get("name"))
    if not values.get("name") or not values.get("hash_key"):
        raise TableSourceError(f"{address} has no name or hash_key that is known before apply.")
    paid = values.get("billing_mode") or "PROVISIONED"
    table: dict[str, Any] = {
        "TableName": values["name"],
        "AttributeDefinitions": [
            {"AttributeName": one["name"], "AttributeType": one["type"]}
            for one in values.get("attribute") or ()
        ],
        "KeySchema": _key_schema(values),
        "BillingMode": paid,
        **_throughput(values, paid),
    }
    for kind, member, more in (
        ("LocalSecondaryIndexes", "local_secondary_index", {"hash_key": values["hash_key"]}),
        ("GlobalSecondaryIndexes", "global_secondary_index", {}),
    ):
        indexes = [_index({**one, **more}, paid, kind) for one in values.get(member) or ()]
        if indexes:
            table[kind] = indexes
    if values.get("stream_enabled"):
        table["StreamSpecification"] = {
            "StreamEnabled": True,
            "StreamViewType": values["stream_view_type"],
        }
    if values.get("table_class"):
        table["TableClass"] = values["table_class"]
    if values.get("deletion_protection_enabled"):
        table["DeletionProtectionEnabled"] = True
    tags = values.get("tags_all") or values.get("tags")
    if tags:
        table["Tags"] = [{"Key": name, "Value": one} for name, one in tags.items()]
    expiring = [one for one in values.get("ttl") or () if one.get("enabled")]
    return TableDefinition(
        table,
        {"AttributeName": expiring[0]["attribute_name"], "Enabled": True} if expiring else None,
    )


def _key_schema(values: Mapping[str, Any]) -> list[dict[str, str]]:
    if values.get("key_schema"):
        return [
            {"AttributeName": one["attribute_name"], "KeyType": one["key_type"]}
            for one in values["key_schema"]
        ]
    roles = (("HASH", values.get("hash_key")), ("RANGE", values.get("range_key")))
    return [{"AttributeName": name, "KeyType": role} for role, name in roles if name]


def _index(values: Mapping[str, Any], paid: str, kind: str) -> dict[str, Any]:
    projection: dict[str, Any] = {"ProjectionType": values.get("projection_type") or "ALL"}
    if values.get("non_key_attributes"):
        projection["NonKeyAttributes"] = values["non_key_attributes"]
    index = {
        "IndexName": values["name"],
        "KeySchema": _key_schema(values),
        "Projection": projection,
    }
    return index if kind == "LocalSecondaryIndexes" else index | _throughput(values, paid)


def _throughput(values: Mapping[str, Any], paid: str) -> dict[str, Any]:
    if paid != "PROVISIONED":
        return {}
    return {
        "ProvisionedThroughput": {
            "ReadCapacityUnits": values.get("read_capacity") or 1,
            "WriteCapacityUnits": values.get("write_capacity") or 1,
        }
    }
