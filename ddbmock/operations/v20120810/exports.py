"""Exports: ExportTableToPointInTime, DescribeExport and ListExports."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from itertools import islice
from typing import Annotated, Any, ClassVar, Final

from ddbmock.database import Call
from ddbmock.database.control_plane import backups, export_filter, exports
from ddbmock.database.control_plane.exports import Export
from ddbmock.errors import (
    ExportNotFoundException,
    TableNotFoundException,
    ValidationException,
)
from ddbmock.export_format import manifest
from ddbmock.frozen import replace
from ddbmock.operations.operation import Kind, Operation, Output, Timestamp
from ddbmock.operations.v20120810.members import page_tokens
from ddbmock.operations.v20120810.members.backup_arns import check_account, parsed, table_of
from ddbmock.shapes import (
    AttributeMap,
    Enum,
    Input,
    Integer,
    Length,
    Pattern,
    Range,
    Seconds,
    Structure,
)

PAGE: Final = 10
"""Exports on a page of ListExports, if the request has no MaxResults."""

BucketName = Annotated[
    str,
    # the second expression matches the same names without trying all ways to divide them
    Pattern(r"^[a-z0-9A-Z]+[\.\-\w]*[a-z0-9A-Z]+$", python=r"[a-z0-9A-Z][.\-\w]*[a-z0-9A-Z]"),
    Length(None, 255),
]
BucketOwner = Annotated[str, Pattern("[0-9]{12}")]
ClientToken = Annotated[str, Pattern(r"^[^\$]+$")]
ExportArn = Annotated[str, Length(37, 1024)]


class IncrementalExportSpecification(Structure):
    export_from_time: Seconds | None = None
    export_to_time: Seconds | None = None
    export_view_type: Annotated[str, Enum("NEW_IMAGE", "NEW_AND_OLD_IMAGES")] | None = None


class FilterSpecification(Structure):
    filter_expression: str | None = None
    projection_expression: str | None = None
    key_condition_expression: str | None = None
    expression_attribute_names: dict[str, str] | None = None
    expression_attribute_values: AttributeMap | None = None


class ExportTableToPointInTimeInput(Input):
    names: ClassVar[Mapping[str, str]] = {
        "s3_bucket": "S3Bucket",
        "s3_bucket_owner": "S3BucketOwner",
        "s3_prefix": "S3Prefix",
        "s3_sse_algorithm": "S3SseAlgorithm",
        "s3_sse_kms_key_id": "S3SseKmsKeyId",
    }

    table_arn: Annotated[str, Length(None, 1024)]
    export_time: Seconds | None = None
    client_token: ClientToken | None = None
    s3_bucket: BucketName
    s3_bucket_owner: BucketOwner | None = None
    s3_prefix: Annotated[str, Length(None, 1024)] | None = None
    s3_sse_algorithm: Annotated[str, Enum("AES256", "KMS")] | None = None
    s3_sse_kms_key_id: Annotated[str, Length(1, 2048)] | None = None
    export_format: Annotated[str, Enum("DYNAMODB_JSON", "ION")] | None = None
    export_type: Annotated[str, Enum("FULL_EXPORT", "INCREMENTAL_EXPORT")] | None = None
    incremental_export_specification: IncrementalExportSpecification | None = None
    filter_specification: FilterSpecification | None = None


def export_table_to_point_in_time(call: Call, request: ExportTableToPointInTimeInput) -> Output:
    """Start a job that exports a table into a bucket; it opens the bucket later."""
    name = _table_name(call, request.table_arn)
    _check_request(request)
    filters = export_filter.EVERYTHING
    if request.filter_specification is not None:
        filters = export_filter.compiled(request.filter_specification.json())
    specification = request.incremental_export_specification
    period = None
    if specification is not None:
        assert specification.export_from_time is not None
        period = (specification.export_from_time, specification.export_to_time)
    with call.write() as tables:
        try:
            table = backups.source(tables, name)
        except TableNotFoundException as error:
            error.reword(f"Table not found: {request.table_arn}")
            raise
        filters.check(table)
        exports.check_times(tables, table, export_time=request.export_time, period=period)
        parameters = _parameters(request)
        token = request.client_token or str(uuid.uuid4())
        export = exports.replayed(tables, token, parameters)
        if export is None:
            export = _new(call, request, tables.now, table.name, token)
            low, high = filters.key_range(table)
            export = replace(
                export,
                table_id=table.table_id,
                key_names=table.key_schema.names,
                low=low.hex(),
                high=None if high is None else high.hex(),
            )
            until_now = request.export_time is None and (period is None or period[1] is None)
            moment = exports.hold(tables, table, export, until_now=until_now)
            export = replace(export, epoch=moment.epoch, micros=moment.micros)
            exports.start(tables, export, parameters)
    return {"ExportDescription": _description(export)}


def _table_name(call: Call, arn: str) -> str:
    found = table_of(arn)
    hint = f"A table's ARN is like {call.table_arn('Music')}."
    if not arn:
        raise ValidationException("Invalid TableArn: Invalid Table ARN", hint=hint)
    if found is None:
        if "/index/" in arn:
            raise ValidationException("Invalid Request: Table ARN is invalid.", hint=hint)
        raise ValidationException(
            "One or more parameter values were invalid: tableArn is not a valid ARN", hint=hint
        )
    account, name = found
    check_account(call, account)
    return name


def _check_request(request: ExportTableToPointInTimeInput) -> None:
    """Check members that may contradict one another, in the service's order."""
    specification, kind = request.incremental_export_specification, request.export_type
    if request.s3_prefix == "":
        raise _invalid("S3Prefix cannot be empty", "Leave S3Prefix out.")
    if request.s3_sse_kms_key_id is not None and request.s3_sse_algorithm != "KMS":
        raise _invalid(
            "KMS Key Id is not supported for this encryption type", "Set S3SseAlgorithm to KMS."
        )
    if specification is not None and kind is None:
        raise _invalid(
            "Export Type expected to be Incremental Export when incremental export specification "
            "is provided",
            "Set ExportType to INCREMENTAL_EXPORT.",
        )
    if specification is not None and kind == manifest.FULL:
        raise _invalid(
            "When Export Type is Full Export , Incremental Export Specification should not be "
            "provided",
            "Set ExportType to INCREMENTAL_EXPORT, or leave the specification out.",
        )
    if kind == manifest.INCREMENTAL and specification is None:
        raise _invalid(
            "Incremental Export Specification expected when export type is set as Incremental "
            "Export",
            "Give IncrementalExportSpecification with ExportFromTime.",
        )
    if specification is not None and specification.export_from_time is None:
        raise _invalid(
            "ExportFromTime must be provided in IncrementalExportSpecification",
            "Set ExportFromTime to the time at which the previous export ended.",
        )


def _invalid(message: str, hint: str) -> ValidationException:
    return ValidationException(f"Invalid Request: {message}", hint=hint)


def _parameters(request: ExportTableToPointInTimeInput) -> dict[str, Any]:
    """Return the parameters that must be the same in all requests with one token."""
    members = dict(request.__dict__)
    del members["client_token"]
    specification = request.incremental_export_specification
    if specification is not None:
        members["incremental_export_specification"] = dict(specification.__dict__)
    if request.filter_specification is not None:
        members["filter_specification"] = request.filter_specification.json()
    return members


def _new(
    call: Call, request: ExportTableToPointInTimeInput, now: float, name: str, token: str
) -> Export:
    specification = request.incremental_export_specification
    start = round(now, 3)
    period: dict[str, Any] = {}
    if specification is not None:
        start = float(int(now))
        to = specification.export_to_time
        period = {
            "from_time": specification.export_from_time,
            "to_time": start if to is None else to,
            "view": specification.export_view_type or "NEW_AND_OLD_IMAGES",
        }
    else:
        period = {"export_time": start if request.export_time is None else request.export_time}
    return Export(
        export_id=backups.new_id(start),
        table_name=name,
        table_id="",
        table_arn=call.table_arn(name),
        key_names=(),
        token=token,
        start_time=start,
        bucket=request.s3_bucket,
        format=request.export_format or manifest.DYNAMODB_JSON,
        type=request.export_type,
        owner=request.s3_bucket_owner,
        prefix=request.s3_prefix,
        sse_algorithm=request.s3_sse_algorithm or "AES256",
        sse_kms_key_id=request.s3_sse_kms_key_id,
        filter=None
        if request.filter_specification is None
        else request.filter_specification.json(),
        **period,
    )


class DescribeExportInput(Input):
    export_arn: ExportArn


def describe_export(call: Call, request: DescribeExportInput) -> Output:
    """Return the description of an export, with its result."""
    arn = request.export_arn
    named = parsed(call, arn, "export")
    if named.region != call.region:
        raise ExportNotFoundException(
            "Export not found: Invalid export arn",
            hint=f"The request was signed for the region {call.region}.",
        )
    with call.read() as tables:
        export = exports.find(tables, named.table_name, named.id, arn)
    return {"ExportDescription": _description(export)}


class ListExportsInput(Input):
    table_arn: Annotated[str, Length(1, 1024)] | None = None
    max_results: Annotated[Integer, Range(1, 25)] | None = None
    next_token: str | None = None


def list_exports(call: Call, request: ListExportsInput) -> Output:
    """Return a page of exports, the newest of each table first."""
    name = None if request.table_arn is None else _table_name(call, request.table_arn)
    start = page_tokens.start(request.next_token, "export")
    limit = request.max_results or PAGE
    with call.read() as tables:
        found = exports.listed(tables, name)
        page = list(islice(page_tokens.after(found, start), limit + 1))
    output: Output = {
        "ExportSummaries": [
            {
                "ExportArn": export.arn,
                "ExportStatus": export.status,
                "ExportType": export.type or manifest.FULL,
            }
            for export in page[:limit]
        ]
    }
    if len(page) > limit:
        output["NextToken"] = page_tokens.token("export", page[limit - 1].key)
    return output


def _description(export: Export) -> Output:
    output: Output = {
        "ExportArn": export.arn,
        "ExportStatus": export.status,
        "StartTime": Timestamp(export.start_time),
        "TableArn": export.table_arn,
        "TableId": export.table_id,
        "ClientToken": export.token,
        "S3Bucket": export.bucket,
        "S3SseAlgorithm": export.sse_algorithm,
        "ExportFormat": export.format,
    }
    if export.incremental:
        output["IncrementalExportSpecification"] = {
            "ExportFromTime": Timestamp(export.from_time),
            "ExportToTime": Timestamp(export.to_time),
            "ExportViewType": export.view,
        }
    elif export.export_time is not None:
        output["ExportTime"] = Timestamp(export.export_time)
    optional = {
        "ExportType": export.type,
        "S3BucketOwner": export.owner,
        "S3Prefix": export.prefix,
        "S3SseKmsKeyId": export.sse_kms_key_id,
        "FilterSpecification": export.filter,
        "FailureCode": export.failure_code,
        "FailureMessage": export.failure_message,
    }
    output |= {name: value for name, value in optional.items() if value is not None}
    if export.end_time is not None:
        output["EndTime"] = Timestamp(export.end_time)
        output["ItemCount"] = export.item_count
        output["BilledSizeBytes"] = export.billed_size
        output["ExportManifest"] = export.place + manifest.SUMMARY
    return output


OPERATIONS: Final[Mapping[str, Operation]] = {
    "DescribeExport": Operation(DescribeExportInput, describe_export, Kind.CONTROL),
    "ExportTableToPointInTime": Operation(
        ExportTableToPointInTimeInput, export_table_to_point_in_time, Kind.CONTROL
    ),
    "ListExports": Operation(ListExportsInput, list_exports, Kind.CONTROL, page_size="MaxResults"),
}
