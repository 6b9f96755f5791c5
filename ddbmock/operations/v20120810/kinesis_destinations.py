"""Kinesis streaming destinations: the four operations on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Final

from ddbmock.database import Call
from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import kinesis_destinations
from ddbmock.database.control_plane.kinesis_destinations import MICROSECOND, MILLISECOND
from ddbmock.database.schema import KinesisDestination
from ddbmock.errors import ValidationException
from ddbmock.operations.operation import Kind, Operation, Output
from ddbmock.operations.request_entries import single_entry
from ddbmock.operations.v20120810.members.inputs import ControlInput, ControlTableName, table_name
from ddbmock.shapes import Enum, Length, Structure

Precision = Annotated[str, Enum(MILLISECOND, MICROSECOND)]
StreamArn = Annotated[str, Length(None, 1024)]


class EnableKinesisStreamingConfiguration(Structure):
    approximate_creation_date_time_precision: Precision | None = None


class UpdateKinesisStreamingConfiguration(Structure):
    approximate_creation_date_time_precision: Precision | None = None


class DisableKinesisStreamingDestinationInput(ControlInput):
    table_name: ControlTableName
    stream_arn: StreamArn
    enable_kinesis_streaming_configuration: EnableKinesisStreamingConfiguration | None = None


class EnableKinesisStreamingDestinationInput(DisableKinesisStreamingDestinationInput):
    stream_arn: Annotated[str, Length(37, 1024)]


class UpdateKinesisStreamingDestinationInput(ControlInput):
    table_name: ControlTableName
    stream_arn: StreamArn
    update_kinesis_streaming_configuration: UpdateKinesisStreamingConfiguration | None = None


class DescribeKinesisStreamingDestinationInput(ControlInput):
    table_name: ControlTableName


def enable_kinesis_streaming_destination(
    call: Call, request: EnableKinesisStreamingDestinationInput
) -> Output:
    """Start the delivery of a table's changes to a Kinesis stream."""
    configuration = request.enable_kinesis_streaming_configuration
    precision = (
        None if configuration is None else configuration.approximate_creation_date_time_precision
    )
    usable = True
    if call.dynamodb.kinesis is not None:
        # outside of the transaction, which would have to wait for another server
        with call.read() as tables:
            kinesis_destinations.check_enable(tables, table_name(call, request.table_name))
        usable = call.dynamodb.kinesis.usable(request.stream_arn)
    output = _changed(
        call,
        request.table_name,
        lambda tables, name: kinesis_destinations.enable(
            tables, name, request.stream_arn, precision, usable=usable
        ),
    )
    output["EnableKinesisStreamingConfiguration"] = _configuration(precision)
    return output


def disable_kinesis_streaming_destination(
    call: Call, request: DisableKinesisStreamingDestinationInput
) -> Output:
    """Stop the delivery of a table's changes to a Kinesis stream."""
    if request.enable_kinesis_streaming_configuration is not None:
        raise ValidationException(
            "Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters",
            hint="Leave EnableKinesisStreamingConfiguration out.",
        )
    return _changed(
        call,
        request.table_name,
        lambda tables, name: kinesis_destinations.disable(tables, name, request.stream_arn),
    )


def update_kinesis_streaming_destination(
    call: Call, request: UpdateKinesisStreamingDestinationInput
) -> Output:
    """Change the precision of a destination's timestamps."""
    configuration = request.update_kinesis_streaming_configuration
    precision = (
        None if configuration is None else configuration.approximate_creation_date_time_precision
    )
    output = _changed(
        call,
        request.table_name,
        lambda tables, name: kinesis_destinations.update(
            tables, name, request.stream_arn, precision
        ),
    )
    output["UpdateKinesisStreamingConfiguration"] = _configuration(precision)
    return output


def describe_kinesis_streaming_destination(
    call: Call, request: DescribeKinesisStreamingDestinationInput
) -> Output:
    """Return the Kinesis destinations of a table, disabled ones included."""
    name = table_name(call, request.table_name)
    with call.read() as tables:
        table = tables.existing(name)
    return {"TableName": name, "KinesisDataStreamDestinations": list(map(_output, table.kinesis))}


def _changed(call: Call, table: str, change: Callable[[Tables, str], KinesisDestination]) -> Output:
    name = table_name(call, table)
    with call.write() as tables:
        destination = change(tables, name)
    return {
        "TableName": name,
        "StreamArn": destination.stream_arn,
        "DestinationStatus": destination.status,
    }


def _configuration(precision: str | None) -> Output:
    return {} if precision is None else {"ApproximateCreationDateTimePrecision": precision}


def _output(destination: KinesisDestination) -> Output:
    output: Output = {
        "StreamArn": destination.stream_arn,
        "DestinationStatus": destination.status,
    }
    if destination.description:
        output["DestinationStatusDescription"] = destination.description
    return output | _configuration(destination.precision)


OPERATIONS: Final[Mapping[str, Operation]] = {
    "DescribeKinesisStreamingDestination": Operation(
        DescribeKinesisStreamingDestinationInput,
        describe_kinesis_streaming_destination,
        Kind.CONTROL,
        single_entry,
    ),
    "DisableKinesisStreamingDestination": Operation(
        DisableKinesisStreamingDestinationInput,
        disable_kinesis_streaming_destination,
        Kind.CONTROL,
        single_entry,
    ),
    "EnableKinesisStreamingDestination": Operation(
        EnableKinesisStreamingDestinationInput,
        enable_kinesis_streaming_destination,
        Kind.CONTROL,
        single_entry,
    ),
    "UpdateKinesisStreamingDestination": Operation(
        UpdateKinesisStreamingDestinationInput,
        update_kinesis_streaming_destination,
        Kind.CONTROL,
        single_entry,
    ),
}
