"""Time to live: UpdateTimeToLive and DescribeTimeToLive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from ddbmock.database import Call
from ddbmock.database.control_plane import replica_settings
from ddbmock.database.control_plane.switch_status import switch_status
from ddbmock.database.schema import CREATING, DELETING, TableDescription
from ddbmock.errors import ValidationException
from ddbmock.operations.operation import Kind, Operation, Output
from ddbmock.operations.request_entries import single_entry
from ddbmock.operations.v20120810.members.inputs import ControlInput, ControlTableName, table_name
from ddbmock.shapes import Length, Structure


class TimeToLiveSpecification(Structure):
    attribute_name: Annotated[str, Length(1, 255)]
    enabled: bool


class UpdateTimeToLiveInput(ControlInput):
    table_name: ControlTableName
    time_to_live_specification: TimeToLiveSpecification


def update_time_to_live(call: Call, request: UpdateTimeToLiveInput) -> Output:
    """Enable or disable the expiry of items at the time in one of their attributes."""
    specification = request.time_to_live_specification
    name = table_name(call, request.table_name)
    with call.write() as tables:
        replica_settings.update_time_to_live(
            tables, name, specification.attribute_name, enabled=specification.enabled
        )
    return {
        "TimeToLiveSpecification": {
            "AttributeName": specification.attribute_name,
            "Enabled": specification.enabled,
        }
    }


class DescribeTimeToLiveInput(ControlInput):
    table_name: ControlTableName


def describe_time_to_live(call: Call, request: DescribeTimeToLiveInput) -> Output:
    """Return whether items of a table expire, and the attribute with the time."""
    name = table_name(call, request.table_name)
    with call.read() as tables:
        table = tables.existing(name)
        if table.status in (CREATING, DELETING):
            raise ValidationException(
                f"Cannot describe time to live while table is in {table.status} state: "
                f"Current table state is {table.status}",
                hint="Only a table that is ACTIVE or UPDATING has a time to live.",
            )
        status = switch_status(table.time_to_live, tables.now, call.settings.delay_updating)
    return {"TimeToLiveDescription": _description(table, status)}


def _description(table: TableDescription, status: str) -> Output:
    output: Output = {"TimeToLiveStatus": status}
    if table.time_to_live is not None and status != "DISABLED":
        output["AttributeName"] = table.time_to_live.attribute_name
    return output


OPERATIONS: Final[Mapping[str, Operation]] = {
    "DescribeTimeToLive": Operation(
        DescribeTimeToLiveInput,
        describe_time_to_live,
        Kind.CONTROL,
        single_entry,
    ),
    "UpdateTimeToLive": Operation(
        UpdateTimeToLiveInput,
        update_time_to_live,
        Kind.CONTROL,
        single_entry,
    ),
}
