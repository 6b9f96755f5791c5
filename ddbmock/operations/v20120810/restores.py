"""Restores: RestoreTableFromBackup and RestoreTableToPointInTime."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final

from ddbmock.database import Call
from ddbmock.database.control_plane import backups, encryption, moments, point_in_time, restores
from ddbmock.database.control_plane.restores import Overrides
from ddbmock.errors import TableNotFoundException, ValidationException
from ddbmock.operations.operation import Kind, Operation, Output
from ddbmock.operations.v20120810.backups import BackupArn
from ddbmock.operations.v20120810.members import table_definitions as definitions
from ddbmock.operations.v20120810.members.backup_arns import parsed, table_of
from ddbmock.operations.v20120810.members.inputs import ARN, check_length
from ddbmock.operations.v20120810.members.table_definitions import (
    BillingMode,
    GlobalSecondaryIndex,
    LocalSecondaryIndex,
    OnDemandThroughput,
    ProvisionedThroughput,
    SSESpecification,
    VectorIndex,
)
from ddbmock.operations.v20120810.members.table_description import table_description
from ddbmock.shapes import Input, Length, Pattern, Seconds
from ddbmock.shapes.constraints import NAME

INVALID = "One or more parameter values were invalid: "
TargetTableName = Annotated[str, Pattern(NAME), Length(3, 255)]


class _RestoreInput(Input):
    """The overrides that both restores accept."""

    names: ClassVar[Mapping[str, str]] = {"sse_specification_override": "SSESpecificationOverride"}

    target_table_name: TargetTableName
    billing_mode_override: BillingMode | None = None
    global_secondary_index_override: list[GlobalSecondaryIndex] | None = None
    local_secondary_index_override: list[LocalSecondaryIndex] | None = None
    vector_index_override: list[VectorIndex] | None = None
    provisioned_throughput_override: ProvisionedThroughput | None = None
    on_demand_throughput_override: OnDemandThroughput | None = None
    sse_specification_override: SSESpecification | None = None


class RestoreTableFromBackupInput(_RestoreInput):
    backup_arn: BackupArn

    def check_first(self) -> None:
        check_length("TableName", self.__dict__["target_table_name"])


def restore_table_from_backup(call: Call, request: RestoreTableFromBackupInput) -> Output:
    """Create a table with the content of a backup; it is CREATING until all items are copied."""
    arn = request.backup_arn
    named = parsed(call, arn, "backup")
    with call.write() as tables:
        backup = backups.find(tables, named.table_name, named.id, arn)
        backups.check_not_in_use(tables, backup, arn)
        restores.check_target(tables, request.target_table_name)
        target = restores.planned(
            tables, backup.table, request.target_table_name, _overrides(call, request, named.region)
        )
        creating = restores.start(
            tables,
            (backup.table_name, backup.table_id),
            backup.moment,
            target,
            {
                "SourceBackupArn": arn,
                "SourceTableArn": call.table_arn(backup.table_name),
                "RestoreDateTime": backup.created_at,
            },
        )
        backups.mark_restored(tables, backup, target.name)
        output = table_description(call, tables.table(creating), tables.now)
    return {"TableDescription": output}


class RestoreTableToPointInTimeInput(_RestoreInput):
    source_table_arn: Annotated[str, Length(1, 1024)] | None = None
    source_table_name: TargetTableName | None = None
    use_latest_restorable_time: bool | None = None
    restore_date_time: Seconds | None = None


def restore_table_to_point_in_time(call: Call, request: RestoreTableToPointInTimeInput) -> Output:
    """Create a table with the content that another table had at a time of its window."""
    name = _source_name(call, request)
    region = (request.source_table_arn or call.table_arn(name)).split(":")[3]
    at, latest = request.restore_date_time, bool(request.use_latest_restorable_time)
    _check_time(at, latest=latest)
    with call.write() as tables:
        try:
            source = backups.source(tables, name)
        except TableNotFoundException as error:
            if request.source_table_arn is not None:
                error.reword("Table not found")
            raise
        window = point_in_time.check_enabled(source, tables.now)
        if at is None:
            at = float(window.latest)
        point_in_time.check_restore_time(window, at)
        restores.check_target(tables, request.target_table_name)
        target = restores.planned(
            tables, source, request.target_table_name, _overrides(call, request, region)
        )
        moment = moments.hold(tables, source, f"restore/{target.table_id}", max(at, window.since))
        creating = restores.start(
            tables,
            (source.name, source.table_id),
            moment,
            target,
            {"SourceTableArn": call.table_arn(source.name), "RestoreDateTime": at},
        )
        output = table_description(call, tables.table(creating), tables.now)
    return {"TableDescription": output}


def _source_name(call: Call, request: RestoreTableToPointInTimeInput) -> str:
    name, arn = request.source_table_name, request.source_table_arn
    if name is not None and arn is not None:
        raise ValidationException(
            "Must provide exactly one of: sourceTableArn, sourceTableName",
            hint="Leave one of the two out.",
        )
    if name is not None:
        return name
    if arn is None:
        raise ValidationException(
            "The parameter 'TableName' is required but was not present in the request",
            hint="Name the source in SourceTableName or SourceTableArn.",
        )
    hint = f"A table's ARN is like {call.table_arn('Music')}."
    if not arn.startswith(ARN):
        raise ValidationException(f"{INVALID}ARNs must start with 'arn:': {arn}", hint=hint)
    found = table_of(arn)
    if found is None:
        raise ValidationException(f"{INVALID}sourceTableArn is not a valid ARN", hint=hint)
    account, name = found
    if account != call.account_id:
        raise ValidationException(
            "This action is only supported by accounts that match the resource owner\u2019s account.",
            hint=f"This account is {call.account_id} (ddbmock.account_id).",
        )
    return name


def _check_time(at: float | None, *, latest: bool) -> None:
    if at is not None and latest:
        raise ValidationException(
            "Invalid Request: Both RestoreDateTime and UseLatestRestorableTime cannot be set for "
            "point-in-time restore request. Please specify only one.",
            hint="Leave one of the two out.",
        )
    if at is None and not latest:
        raise ValidationException(
            "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be "
            "specified, but not both",
            hint="Set UseLatestRestorableTime to true, or give a RestoreDateTime.",
        )


def _overrides(call: Call, request: _RestoreInput, region: str) -> Overrides:
    """Return the overrides of a request that restores a table of a region."""
    if region != call.region and request.sse_specification_override is None:
        raise ValidationException(
            "Invalid Request: sseSpecificationOverride must be provided for cross-region restores",
            hint=f"The source's ARN names {region}, the request was signed for {call.region}.",
        )
    many, local = (
        request.global_secondary_index_override,
        request.local_secondary_index_override,
    )
    vectors = request.vector_index_override
    sse = request.sse_specification_override
    return Overrides(
        billing_mode=request.billing_mode_override,
        throughput=definitions.provisioned(request.provisioned_throughput_override),
        on_demand=definitions.on_demand(request.on_demand_throughput_override),
        global_indexes=None if many is None else tuple(map(definitions.new_global_index, many)),
        local_indexes=None if local is None else tuple(map(definitions.new_local_index, local)),
        vector_indexes=(
            None if vectors is None else tuple(map(definitions.new_vector_index, vectors))
        ),
        encryption=None
        if sse is None
        else encryption.described(
            definitions.encryption(sse), region=call.region, account_id=call.account_id
        ),
    )


OPERATIONS: Final[Mapping[str, Operation]] = {
    "RestoreTableFromBackup": Operation(
        RestoreTableFromBackupInput, restore_table_from_backup, Kind.CONTROL
    ),
    "RestoreTableToPointInTime": Operation(
        RestoreTableToPointInTimeInput,
        restore_table_to_point_in_time,
        Kind.CONTROL,
    ),
}
