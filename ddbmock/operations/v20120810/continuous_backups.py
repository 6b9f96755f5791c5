"""Point-in-time recovery: DescribeContinuousBackups and UpdateContinuousBackups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from ddbmock.database import Call
from ddbmock.database.control_plane import point_in_time
from ddbmock.database.schema import TableDescription
from ddbmock.operations.operation import Kind, Operation, Output, Timestamp
from ddbmock.operations.request_entries import single_entry
from ddbmock.operations.v20120810.members.inputs import TableName, table_name
from ddbmock.shapes import Input, Integer, Range, Structure


class PointInTimeRecoverySpecification(Structure):
    point_in_time_recovery_enabled: bool
    recovery_period_in_days: Annotated[Integer, Range(1, 35)] | None = None


class DescribeContinuousBackupsInput(Input):
    table_name: TableName


def describe_continuous_backups(call: Call, request: DescribeContinuousBackupsInput) -> Output:
    """Return whether a table can be restored, and the window of times."""
    name = table_name(call, request.table_name)
    with call.read() as tables:
        return _description(point_in_time.described(tables, name), tables.now)


class UpdateContinuousBackupsInput(Input):
    table_name: TableName
    point_in_time_recovery_specification: PointInTimeRecoverySpecification


def update_continuous_backups(call: Call, request: UpdateContinuousBackupsInput) -> Output:
    """Enable or disable point-in-time recovery, or change its period."""
    name = table_name(call, request.table_name)
    specification = request.point_in_time_recovery_specification
    with call.write() as tables:
        table = point_in_time.update(
            tables,
            name,
            enabled=specification.point_in_time_recovery_enabled,
            days=specification.recovery_period_in_days,
        )
        return _description(table, tables.now)


def _description(table: TableDescription, now: float) -> Output:
    window = point_in_time.window(table, now)
    recovery: Output = {"PointInTimeRecoveryStatus": "DISABLED"}
    if window is not None:
        recovery = {
            "PointInTimeRecoveryStatus": "ENABLED",
            "RecoveryPeriodInDays": window.days,
            "EarliestRestorableDateTime": Timestamp(window.earliest),
            "LatestRestorableDateTime": Timestamp(window.latest),
        }
    return {
        "ContinuousBackupsDescription": {
            "ContinuousBackupsStatus": "DISABLED" if table.importing else "ENABLED",
            "PointInTimeRecoveryDescription": recovery,
        }
    }


OPERATIONS: Final[Mapping[str, Operation]] = {
    "DescribeContinuousBackups": Operation(
        DescribeContinuousBackupsInput,
        describe_continuous_backups,
        Kind.CONTROL,
        single_entry,
    ),
    "UpdateContinuousBackups": Operation(
        UpdateContinuousBackupsInput,
        update_continuous_backups,
        Kind.CONTROL,
        single_entry,
    ),
}
