"""Backups: CreateBackup, DescribeBackup, ListBackups and DeleteBackup."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Annotated, Final

from ddbmock.database import Call
from ddbmock.database.control_plane import backups
from ddbmock.database.control_plane.backups import Backup
from ddbmock.database.schema import TableDescription, Throughput
from ddbmock.errors import ValidationException
from ddbmock.operations.operation import Kind, Operation, Output, Timestamp
from ddbmock.operations.request_entries import single_entry
from ddbmock.operations.v20120810.members.backup_arns import parsed
from ddbmock.operations.v20120810.members.inputs import TableName, table_name
from ddbmock.operations.v20120810.members.table_description import (
    key_schema,
    projection,
    vector_index_definition,
)
from ddbmock.shapes import Enum, Input, Integer, Length, Pattern, Range, Seconds

MAX_LISTED: Final = 100
AVAILABLE: Final = "AVAILABLE"

BackupArn = Annotated[str, Length(37, 1024)]
BackupName = Annotated[str, Pattern("[a-zA-Z0-9_.-]+"), Length(3, 255)]


class CreateBackupInput(Input):
    table_name: TableName
    backup_name: BackupName


def create_backup(call: Call, request: CreateBackupInput) -> Output:
    """Back up a table as it is now."""
    name = table_name(call, request.table_name)
    with call.write() as tables:
        backup = backups.create(tables, name, request.backup_name)
    return {"BackupDetails": _details(backup, arn_of(call, backup), "CREATING")}


class DescribeBackupInput(Input):
    backup_arn: BackupArn


def describe_backup(call: Call, request: DescribeBackupInput) -> Output:
    """Return the description of a backup, with the table as it was."""
    arn = request.backup_arn
    named = parsed(call, arn, "backup")
    with call.read() as tables:
        backup = backups.find(tables, named.table_name, named.id, arn)
    return {"BackupDescription": _description(call, backup, arn, AVAILABLE)}


class DeleteBackupInput(Input):
    backup_arn: BackupArn


def delete_backup(call: Call, request: DeleteBackupInput) -> Output:
    """Delete a backup; return its description."""
    arn = request.backup_arn
    named = parsed(call, arn, "backup")
    with call.write() as tables:
        backup = backups.find(tables, named.table_name, named.id, arn)
        backups.delete(tables, backup, arn)
    return {"BackupDescription": _description(call, backup, arn, "DELETED")}


class ListBackupsInput(Input):
    table_name: TableName | None = None
    limit: Annotated[Integer, Range(1, MAX_LISTED)] | None = None
    time_range_lower_bound: Seconds | None = None
    time_range_upper_bound: Seconds | None = None
    exclusive_start_backup_arn: BackupArn | None = None
    backup_type: Annotated[str, Enum("USER", "SYSTEM", "AWS_BACKUP", "ALL")] | None = None


def list_backups(call: Call, request: ListBackupsInput) -> Output:
    """Return a page of backups by table name and time, including those of deleted tables."""
    lower, upper = request.time_range_lower_bound, request.time_range_upper_bound
    if lower is not None and upper is not None and lower > upper:
        raise ValidationException(
            "One or more parameter values were invalid: Time range lower bound must be less than "
            "or equal to upper bound",
            hint=f"TimeRangeLowerBound {lower} is later than TimeRangeUpperBound {upper}; exchange them.",
        )
    start = _start_of(call, request.exclusive_start_backup_arn)
    name = None if request.table_name is None else table_name(call, request.table_name)
    limit = request.limit or MAX_LISTED
    kind = request.backup_type or backups.USER
    with call.read() as tables:
        found = (
            backup
            for backup in backups.listed(tables, name, start)
            if kind in (backup.type, "ALL")
            and (lower is None or backup.created_at >= lower)
            and (upper is None or backup.created_at < upper)
        )
        page = list(islice(found, limit + 1))
    output: Output = {"BackupSummaries": [_summary(call, backup) for backup in page[:limit]]}
    if len(page) > limit:
        output["LastEvaluatedBackupArn"] = arn_of(call, page[limit - 1])
    return output


def _start_of(call: Call, arn: str | None) -> bytes:
    if arn is None:
        return b""
    named = parsed(call, arn, "backup")
    if named.region != call.region:
        raise ValidationException(
            "Invalid Request: The supplied ExclusiveStartBackupArn does not match the region",
            hint=f"The request was signed for the region {call.region}.",
        )
    return backups.key(named.table_name, named.id)


def arn_of(call: Call, backup: Backup) -> str:
    """Return the ARN of a backup."""
    return f"{call.table_arn(backup.table_name)}/backup/{backup.backup_id}"


def _details(backup: Backup, arn: str, status: str) -> Output:
    details: Output = {
        "BackupArn": arn,
        "BackupName": backup.name,
        "BackupSizeBytes": backup.size,
        "BackupStatus": status,
        "BackupType": backup.type,
        "BackupCreationDateTime": Timestamp(backup.created_at),
    }
    if backup.expires_at is not None:
        details["BackupExpiryDateTime"] = Timestamp(backup.expires_at)
    return details


def _summary(call: Call, backup: Backup) -> Output:
    return {
        "TableName": backup.table_name,
        "TableId": backup.table_id,
        "TableArn": call.table_arn(backup.table_name),
        **_details(backup, arn_of(call, backup), AVAILABLE),
    }


def _description(call: Call, backup: Backup, arn: str, status: str) -> Output:
    table = backup.table
    source: Output = {
        "TableName": backup.table_name,
        "TableId": backup.table_id,
        "TableArn": call.table_arn(backup.table_name),
        "TableSizeBytes": backup.size,
        "KeySchema": key_schema(table.key_schema),
        "TableCreationDateTime": Timestamp(table.created_at),
        "ProvisionedThroughput": _units(table.throughput),
        "ItemCount": backup.item_count,
        "BillingMode": table.billing_mode or "PROVISIONED",
    }
    if table.on_demand:
        source["OnDemandThroughput"] = {
            "MaxReadRequestUnits": table.on_demand.get("read", -1),
            "MaxWriteRequestUnits": table.on_demand.get("write", -1),
        }
    features = {} if backup.type == backups.SYSTEM else _features(table)
    return {
        "BackupDetails": _details(backup, arn, status),
        "SourceTableDetails": source,
        "SourceTableFeatureDetails": features,
    }


def _units(throughput: Throughput) -> Output:
    return {
        "ReadCapacityUnits": throughput.read_units,
        "WriteCapacityUnits": throughput.write_units,
    }


def _features(table: TableDescription) -> Output:
    """Return the settings that were enabled for a table."""
    features: Output = {}
    if table.local_indexes:
        features["LocalSecondaryIndexes"] = [
            {
                "IndexName": index.name,
                "KeySchema": key_schema(index.key_schema),
                "Projection": projection(index.projection),
            }
            for index in table.local_indexes
        ]
    if table.global_indexes:
        features["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index.name,
                "KeySchema": key_schema(index.key_schema),
                "Projection": projection(index.projection),
                "ProvisionedThroughput": _units(index.throughput),
            }
            for index in table.global_indexes
        ]
    if table.vector_indexes:
        features["VectorIndexes"] = [
            vector_index_definition(index) for index in table.vector_indexes
        ]
    if table.stream is not None and table.stream.enabled:
        features["StreamDescription"] = {
            "StreamEnabled": True,
            "StreamViewType": table.stream.view_type,
        }
    if table.time_to_live is not None and table.time_to_live.enabled:
        features["TimeToLiveDescription"] = {
            "TimeToLiveStatus": "ENABLED",
            "AttributeName": table.time_to_live.attribute_name,
        }
    if table.sse:
        features["SSEDescription"] = dict(table.sse)
    return features


OPERATIONS: Final[Mapping[str, Operation]] = {
    "CreateBackup": Operation(CreateBackupInput, create_backup, Kind.CONTROL, single_entry),
    "DeleteBackup": Operation(DeleteBackupInput, delete_backup, Kind.CONTROL),
    "DescribeBackup": Operation(DescribeBackupInput, describe_backup, Kind.CONTROL),
    "ListBackups": Operation(
        ListBackupsInput,
        list_backups,
        Kind.CONTROL,
        single_entry,
        page_size="Limit",
    ),
}
