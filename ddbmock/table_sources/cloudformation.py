"""Tables of CloudFormation and SAM templates.

Source: CloudFormation Template Reference, AWS::DynamoDB::Table and AWS::DynamoDB::GlobalTable;
SAM specification, AWS::Serverless::SimpleTable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from ddbmock.table_sources.bounds import check_document
from ddbmock.table_sources.definition import TableDefinition, TableSourceError, picked
from ddbmock.table_sources.intrinsics import Template, section

MEMBERS: Final = (
    "AttributeDefinitions",
    "TableName",
    "KeySchema",
    "Tags",
    "TableClass",
    "DeletionProtectionEnabled",
    "VectorIndexes",
)
INDEX_MEMBERS: Final = ("IndexName", "KeySchema", "Projection")
INTEGERS: Final = frozenset(
    {
        "ReadCapacityUnits",
        "WriteCapacityUnits",
        "MaxReadRequestUnits",
        "MaxWriteRequestUnits",
        "Dimensions",
    }
)
BOOLEANS: Final = frozenset({"Enabled", "SSEEnabled", "DeletionProtectionEnabled"})
"""Members that templates may give as text."""


def definitions(
    document: Mapping[str, Any], parameters: Mapping[str, Any]
) -> Iterator[TableDefinition]:
    """Yield the tables of a template in its order, without those whose condition is false.

    A table without a name has its logical one, which CloudFormation would add to.
    """
    check_document(document)
    template = Template(document, parameters)
    for name, resource in section(document, "Resources").items():
        kind = resource.get("Type") if isinstance(resource, Mapping) else None
        if not isinstance(kind, str) or kind not in KINDS:
            continue
        try:
            if "Condition" in resource and not template.holds(resource["Condition"]):
                continue
            properties = _typed(template.value(resource.get("Properties") or {}))
            definition = KINDS[kind]({"TableName": name} | properties)
        except TableSourceError as error:
            raise TableSourceError(f"The template's table {name}: {error}") from error
        except RecursionError:
            raise TableSourceError(
                f"The template's table {name}: its references lead to one another."
            ) from None
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise TableSourceError(
                f"The template's table {name} is malformed: {error!r}"
            ) from error
        yield definition


def _typed(value: Any) -> Any:
    """Return a value with numbers and booleans that the template has as text."""
    if isinstance(value, list):
        return [_typed(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    typed = {}
    for name, one in value.items():
        if name in INTEGERS and isinstance(one, str) and one.isdigit():
            typed[name] = int(one)
        elif name in BOOLEANS and isinstance(one, str):
            typed[name] = one.lower() == "true"
        else:
            typed[name] = _typed(one)
    return typed


def _table(properties: Mapping[str, Any]) -> TableDefinition:
    paid = properties.get("BillingMode", "PROVISIONED")
    throughput_members = (
        "OnDemandThroughput" if paid == "PAY_PER_REQUEST" else "ProvisionedThroughput",
    )
    table = _common(properties, paid) | picked(properties, throughput_members)
    indexes = [
        picked(one, INDEX_MEMBERS + throughput_members)
        for one in properties.get("GlobalSecondaryIndexes", ())
    ]
    return _defined(table, indexes, properties)


def _global_table(properties: Mapping[str, Any]) -> TableDefinition:
    """Return the replica of one region, the first that is listed."""
    replica = properties["Replicas"][0]
    paid = properties.get("BillingMode", "PROVISIONED")
    table = _common({**properties, **picked(replica, ("Tags", "TableClass"))}, paid)
    if "DeletionProtectionEnabled" in replica:
        table["DeletionProtectionEnabled"] = replica["DeletionProtectionEnabled"]
    replicated = {one["IndexName"]: one for one in replica.get("GlobalSecondaryIndexes", ())}
    indexes = []
    for one in properties.get("GlobalSecondaryIndexes", ()):
        index = picked(one, INDEX_MEMBERS)
        if paid == "PROVISIONED":
            index |= _scaled(replicated.get(one["IndexName"], {}), one)
        indexes.append(index)
    if paid == "PROVISIONED":
        table |= _scaled(replica, properties)
    return _defined(table, indexes, properties)


def _scaled(reading: Mapping[str, Any], writing: Mapping[str, Any]) -> dict[str, Any]:
    """Throughput as given, or where scaling begins."""
    read = reading.get("ReadProvisionedThroughputSettings", {})
    write = writing.get("WriteProvisionedThroughputSettings", {})
    throughput = {
        "ReadCapacityUnits": read.get("ReadCapacityUnits") or _least(read, "Read"),
        "WriteCapacityUnits": _least(write, "Write"),
    }
    return {"ProvisionedThroughput": throughput}


def _least(settings: Mapping[str, Any], kind: str) -> int:
    scaling = settings.get(f"{kind}CapacityAutoScalingSettings", {})
    return int(scaling.get("SeedCapacity") or scaling.get("MinCapacity") or 1)


def _simple_table(properties: Mapping[str, Any]) -> TableDefinition:
    key = properties.get("PrimaryKey") or {"Name": "id", "Type": "String"}
    throughput = picked(properties, ("ProvisionedThroughput",))
    table = {
        "TableName": properties["TableName"],
        "AttributeDefinitions": [
            {
                "AttributeName": key["Name"],
                "AttributeType": {"String": "S", "Number": "N", "Binary": "B"}[key["Type"]],
            }
        ],
        "KeySchema": [{"AttributeName": key["Name"], "KeyType": "HASH"}],
        "BillingMode": "PROVISIONED" if throughput else "PAY_PER_REQUEST",
        **throughput,
        **_encryption(properties),
    }
    if properties.get("Tags"):
        table["Tags"] = [{"Key": name, "Value": one} for name, one in properties["Tags"].items()]
    return TableDefinition(table)


def _common(properties: Mapping[str, Any], paid: str) -> dict[str, Any]:
    """Return the members that tables and global tables have in common."""
    table = picked(properties, MEMBERS) | {"BillingMode": paid} | _encryption(properties)
    local = [picked(one, INDEX_MEMBERS) for one in properties.get("LocalSecondaryIndexes", ())]
    if local:
        table["LocalSecondaryIndexes"] = local
    stream = properties.get("StreamSpecification")
    if stream:
        table["StreamSpecification"] = {
            "StreamEnabled": True,
            "StreamViewType": stream["StreamViewType"],
        }
    return table


def _encryption(properties: Mapping[str, Any]) -> dict[str, Any]:
    encryption = properties.get("SSESpecification")
    if not encryption:
        return {}
    enabled = encryption.get("SSEEnabled", False)
    rest = picked(encryption, ("SSEType", "KMSMasterKeyId")) if enabled else {}
    return {"SSESpecification": {"Enabled": enabled} | rest}


def _defined(
    table: dict[str, Any], indexes: list[dict[str, Any]], properties: Mapping[str, Any]
) -> TableDefinition:
    if indexes:
        table["GlobalSecondaryIndexes"] = indexes
    expiring = properties.get("TimeToLiveSpecification") or {}
    return TableDefinition(
        table,
        picked(expiring, ("AttributeName", "Enabled")) if expiring.get("Enabled") else None,
    )


KINDS: Final[Mapping[str, Callable[[Mapping[str, Any]], TableDefinition]]] = {
    "AWS::DynamoDB::Table": _table,
    "AWS::DynamoDB::GlobalTable": _global_table,
    "AWS::Serverless::SimpleTable": _simple_table,
}
"""The resources that are tables."""
