"""TableDescription, which CreateTable, UpdateTable, DescribeTable and DeleteTable return.

Source of the members' presence: recorded answers of the service.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ddbmock.database import Call, Table
from ddbmock.database.control_plane.throughput import warm_throughput
from ddbmock.database.key import KeySchema
from ddbmock.database.schema import (
    ACTIVE,
    CREATING,
    UPDATING,
    VERSION_2019,
    IndexDescription,
    Projection,
    Replica,
    Replication,
    TableDescription,
    Throughput,
    VectorIndexDescription,
)
from ddbmock.operations.operation import Output, Timestamp

_LEFT_OUT_OF_DELETED: Final = frozenset(
    {
        "AttributeDefinitions",
        "CreationDateTime",
        "GlobalSecondaryIndexes",
        "KeySchema",
        "LocalSecondaryIndexes",
        "VectorIndexes",
        "WarmThroughput",
    }
)


def table_description(call: Call, table: Table, now: float) -> Output:
    """Return all members of a table's description."""
    description = table.description
    count, size = table.totals()
    output: Output = {
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind}
            for name, kind in sorted(description.attributes)
        ],
        "TableName": description.name,
        "KeySchema": key_schema(description.key_schema),
        "TableStatus": description.status,
        "CreationDateTime": Timestamp(description.created_at),
        "ProvisionedThroughput": throughput(description.throughput, now),
        "TableSizeBytes": size,
        "ItemCount": count,
        "TableArn": call.table_arn(description.name),
        "TableId": description.table_id,
    }
    output |= _billing(description)
    if description.local_indexes:
        output["LocalSecondaryIndexes"] = [
            _index(call, table, index) for index in description.local_indexes
        ]
    if description.global_indexes:
        output["GlobalSecondaryIndexes"] = [
            _global_index(call, table, index, now) for index in description.global_indexes
        ]
    if description.vector_indexes:
        output["VectorIndexes"] = [
            _vector_index(call, table, index) for index in description.vector_indexes
        ]
    if description.restoring:
        output["RestoreSummary"] = _restore_summary(description)
    output |= _stream(call, description)
    if description.sse:
        output["SSEDescription"] = dict(description.sse)
    if description.table_class is not None:
        output["TableClassSummary"] = _table_class(description)
    output["DeletionProtectionEnabled"] = description.deletion_protection
    output |= _on_demand(description.on_demand)
    if description.replication is not None:
        output |= _replication(call, description, description.replication)
    elif description.shares_settings:
        output["GlobalTableSettingsReplicationMode"] = "ENABLED"
    return output | _warm(description, None)


def _replication(call: Call, description: TableDescription, group: Replication) -> Output:
    """Return the members of tables with replicas; each region lists the other regions."""
    if group.version != VERSION_2019:
        return {}
    output: Output = {
        "GlobalTableVersion": group.version,
        "Replicas": [_replica(call, description, one) for one in group.replicas],
        "MultiRegionConsistency": "STRONG" if group.strong else "EVENTUAL",
        "GlobalTableSettingsReplicationMode": (
            "ENABLED" if description.shares_settings else "ENABLED_WITH_OVERRIDES"
        ),
        "DisassociationProtectionEnabled": group.disassociation_protection,
    }
    if group.witness is not None:
        output["GlobalTableWitnesses"] = [
            {"RegionName": group.witness, "WitnessStatus": group.witness_status}
        ]
    return output


def _replica(call: Call, description: TableDescription, replica: Replica) -> Output:
    output: Output = {
        "RegionName": replica.region,
        "ReplicaStatus": replica.status,
        "ReplicaArn": call.in_region(replica.region).table_arn(description.name),
    }
    if replica.status == CREATING:
        output["ReplicaStatusPercentProgress"] = "0"
    else:
        output |= _warm(description, None)
    if replica.kms_key is not None:
        output["KMSMasterKeyId"] = replica.kms_key
    output |= _overrides(replica.read_units, replica.max_read_units)
    if replica.indexes:
        output["GlobalSecondaryIndexes"] = [
            {"IndexName": name, **_overrides(units.get("read"), units.get("max_read"))}
            for name, units in sorted(replica.indexes.items())
        ]
    if replica.table_class is not None:
        output["ReplicaTableClassSummary"] = {"TableClass": replica.table_class}
    return output


def _overrides(read_units: int | None, max_read_units: int | None) -> Output:
    output: Output = {}
    if read_units is not None:
        output["ProvisionedThroughputOverride"] = {"ReadCapacityUnits": read_units}
    if max_read_units is not None:
        output["OnDemandThroughputOverride"] = {"MaxReadRequestUnits": max_read_units}
    return output


def deleted_table_description(call: Call, table: Table, now: float) -> Output:
    """Return the description of a table in DeleteTable's output, which lacks some members."""
    description = table_description(call, table, now)
    return {name: value for name, value in description.items() if name not in _LEFT_OUT_OF_DELETED}


def key_schema(schema: KeySchema) -> list[Output]:
    return [
        {"AttributeName": name, "KeyType": role}
        for role, attributes in (("HASH", schema.hash_key), ("RANGE", schema.range_key))
        for name, _ in attributes
    ]


def projection(value: Projection) -> Output:
    output: Output = {"ProjectionType": value.type}
    if value.non_key_attributes:
        output["NonKeyAttributes"] = list(value.non_key_attributes)
    return output


def throughput(value: Throughput, now: float) -> Output:
    output: Output = {}
    if value.last_increase is not None:
        output["LastIncreaseDateTime"] = Timestamp(value.last_increase)
    if value.last_decrease is not None:
        output["LastDecreaseDateTime"] = Timestamp(value.last_decrease)
    return output | {
        "NumberOfDecreasesToday": value.decreases_on(now),
        "ReadCapacityUnits": value.read_units,
        "WriteCapacityUnits": value.write_units,
    }


def _billing(description: TableDescription) -> Output:
    if description.billing_mode is None:
        return {}
    summary: Output = {"BillingMode": description.billing_mode}
    if description.status != CREATING and description.billing_changed_at is not None:
        summary["LastUpdateToPayPerRequestDateTime"] = Timestamp(description.billing_changed_at)
    return {"BillingModeSummary": summary}


def _index(call: Call, table: Table, index: IndexDescription) -> Output:
    count, size = table.totals(index.name)
    return {
        "IndexName": index.name,
        "KeySchema": key_schema(index.key_schema),
        "Projection": projection(index.projection),
        "IndexSizeBytes": size,
        "ItemCount": count,
        "IndexArn": f"{call.table_arn(table.description.name)}/index/{index.name}",
    }


def _global_index(call: Call, table: Table, index: IndexDescription, now: float) -> Output:
    output = _index(call, table, index)
    if not table.description.restoring:
        output["IndexStatus"] = index.status
    if index.status == CREATING and table.description.status != CREATING:
        output["Backfilling"] = index.backfilling
    output["ProvisionedThroughput"] = throughput(index.throughput, now)
    output |= _on_demand(index.on_demand)
    return output | _warm(table.description, index)


def vector_index_definition(index: VectorIndexDescription) -> Output:
    """Return the members that define a vector index."""
    output: Output = {"IndexName": index.name}
    if index.search_schema:
        output["SearchSchema"] = [
            {"AttributeName": name, "SearchSchemaElementType": role}
            for name, _, role in index.search_schema
        ]
    return output | {
        "Projection": projection(index.projection),
        "VectorAttribute": {"AttributeName": index.vector_attribute},
        "Dimensions": index.dimensions,
        "DistanceFunction": index.distance_function,
    }


def _vector_index(call: Call, table: Table, index: VectorIndexDescription) -> Output:
    count, size = table.totals(index.name)
    output = vector_index_definition(index) | {
        "IndexStatus": index.status,
        "IndexSizeBytes": size,
        "ItemCount": count,
        "IndexArn": f"{call.table_arn(table.description.name)}/index/{index.name}",
    }
    if index.status == CREATING and table.description.status != CREATING:
        output["Backfilling"] = index.backfilling
    return output


def _restore_summary(description: TableDescription) -> Output:
    restoring = description.restoring
    summary: Output = {
        name: restoring[name] for name in ("SourceBackupArn", "SourceTableArn") if name in restoring
    }
    summary["RestoreDateTime"] = Timestamp(restoring["RestoreDateTime"])
    summary["RestoreInProgress"] = True
    return summary


def _stream(call: Call, description: TableDescription) -> Output:
    stream = description.stream
    if stream is None:
        return {}
    output: Output = {
        "LatestStreamLabel": stream.label,
        "LatestStreamArn": f"{call.table_arn(description.name)}/stream/{stream.label}",
    }
    if stream.enabled:
        output["StreamSpecification"] = {
            "StreamEnabled": True,
            "StreamViewType": stream.view_type,
        }
    return output


def _table_class(description: TableDescription) -> Output:
    summary: Output = {"TableClass": description.table_class}
    if description.table_class_changes:
        summary["LastUpdateDateTime"] = Timestamp(description.table_class_changes[-1])
    return summary


def _on_demand(units: Mapping[str, int]) -> Output:
    output: Output = {}
    for role, name in (("read", "MaxReadRequestUnits"), ("write", "MaxWriteRequestUnits")):
        if role in units:
            output[name] = units[role]
    return {"OnDemandThroughput": output} if output else {}


def _warm(table: TableDescription, index: IndexDescription | None) -> Output:
    place = table if index is None else index
    creating = place.status == CREATING
    if creating and not place.warm:
        return {}
    read, write = warm_throughput(table, index)
    return {
        "WarmThroughput": {
            "ReadUnitsPerSecond": read,
            "WriteUnitsPerSecond": write,
            "Status": UPDATING if creating or place.warming else ACTIVE,
        }
    }
