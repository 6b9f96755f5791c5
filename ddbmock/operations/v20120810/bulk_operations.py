"""Bulk operations: StartBulkPutItems, DescribeBulkOperation, ListBulkOperations, CancelBulkOperation.

The members are those of the service's model of November 2026. Texts of errors are assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Annotated, Any, ClassVar, Final

from ddbmock.database import Call
from ddbmock.database.control_plane import backups, bulk
from ddbmock.database.control_plane.bulk import BulkOperation
from ddbmock.errors import ValidationException
from ddbmock.operations.operation import Kind, Operation, Output, Timestamp
from ddbmock.operations.request_entries import single_entry
from ddbmock.operations.v20120810.exports import BucketName, BucketOwner, ClientToken
from ddbmock.operations.v20120810.members import page_tokens
from ddbmock.operations.v20120810.members.backup_arns import parsed
from ddbmock.operations.v20120810.members.input_formats import check_installed
from ddbmock.operations.v20120810.members.inputs import TableName, table_name
from ddbmock.shapes import Enum, Input, Integer, Length, Long, Range, Structure

PAGE: Final = 10
BulkOperationArn = Annotated[str, Length(37, 1024)]


class InputS3Configuration(Structure):
    names: ClassVar[Mapping[str, str]] = {
        "s3_bucket": "S3Bucket",
        "s3_key_prefix": "S3KeyPrefix",
        "s3_bucket_owner": "S3BucketOwner",
    }

    s3_bucket: BucketName
    s3_key_prefix: Annotated[str, Length(None, 1024)] | None = None
    s3_bucket_owner: BucketOwner | None = None
    input_format: Annotated[str, Enum("DYNAMODB_JSON", "ION")]
    input_compression_type: Annotated[str, Enum("ZSTD", "NONE", "GZIP")] | None = None


class OutputS3Configuration(Structure):
    names: ClassVar[Mapping[str, str]] = {
        "s3_bucket": "S3Bucket",
        "s3_key_prefix": "S3KeyPrefix",
        "s3_bucket_owner": "S3BucketOwner",
        "s3_sse_algorithm": "S3SseAlgorithm",
        "s3_sse_kms_key_id": "S3SseKmsKeyId",
    }

    output_type: Annotated[
        list[Annotated[str, Enum("ERROR", "CONDITION_CHECK_FAILURE")]], Length(1, 2)
    ]
    s3_bucket: BucketName | None = None
    s3_key_prefix: Annotated[str, Length(None, 1024)] | None = None
    s3_bucket_owner: BucketOwner | None = None
    s3_sse_algorithm: Annotated[str, Enum("AES256", "KMS")] | None = None
    s3_sse_kms_key_id: Annotated[str, Length(1, 2048)] | None = None


class StartBulkPutItemsInput(Input):
    names: ClassVar[Mapping[str, str]] = {
        "input_s3_configuration": "InputS3Configuration",
        "output_s3_configuration": "OutputS3Configuration",
    }

    table_name: TableName
    input_s3_configuration: InputS3Configuration
    output_s3_configuration: OutputS3Configuration
    max_write_request_units: Annotated[Long, Range(1024)] | None = None
    performance_tier: Annotated[str, Enum("STANDARD", "ACCELERATED")] | None = None
    client_token: ClientToken | None = None


def start_bulk_put_items(call: Call, request: StartBulkPutItemsInput) -> Output:
    """Start a job that puts items from objects into a table; it opens the buckets later."""
    _check_request(request)
    name = table_name(call, request.table_name)
    parameters = request.json()
    parameters.pop("ClientToken", None)
    with call.write() as tables:
        token = request.client_token
        found = None if token is None else bulk.replayed(tables, token, parameters)
        if found is None:
            table = bulk.table_for(tables, name)
            now = round(tables.now, 3)
            found = BulkOperation(
                operation_id=backups.new_id(now),
                table_name=name,
                table_id=table.table_id,
                table_arn=call.table_arn(name),
                token=token,
                start_time=now,
                input=request.input_s3_configuration.json(),
                output=request.output_s3_configuration.json(),
                tier=request.performance_tier or "STANDARD",
                max_write_units=request.max_write_request_units,
            )
            bulk.start(tables, found, parameters)
    return {"BulkOperationDescription": _description(found)}


def _check_request(request: StartBulkPutItemsInput) -> None:
    output = request.output_s3_configuration
    if output.s3_bucket is None:
        raise ValidationException(
            "Invalid Request: S3Bucket must be specified in OutputS3Configuration",
            hint="Set S3Bucket to the bucket for the reports of the operation.",
        )
    if output.s3_sse_kms_key_id is not None and output.s3_sse_algorithm != "KMS":
        raise ValidationException(
            "Invalid Request: KMS Key Id is not supported for this encryption type",
            hint="Set S3SseAlgorithm to KMS.",
        )
    source = request.input_s3_configuration
    check_installed(source.input_format, source.input_compression_type)


class DescribeBulkOperationInput(Input):
    bulk_operation_arn: BulkOperationArn


def describe_bulk_operation(call: Call, request: DescribeBulkOperationInput) -> Output:
    """Return the description of a bulk operation and its progress."""
    arn = request.bulk_operation_arn
    named = parsed(call, arn, bulk.ARN_KIND)
    with call.read() as tables:
        found = bulk.find(tables, named.table_name, named.id, arn)
    return {"BulkOperationDescription": _description(found)}


class CancelBulkOperationInput(Input):
    bulk_operation_arn: BulkOperationArn


def cancel_bulk_operation(call: Call, request: CancelBulkOperationInput) -> Output:
    """Cancel a bulk operation; the items that it has put stay."""
    arn = request.bulk_operation_arn
    named = parsed(call, arn, bulk.ARN_KIND)
    with call.write() as tables:
        found = bulk.cancel(tables, bulk.find(tables, named.table_name, named.id, arn))
    return {"BulkOperationArn": found.arn, "BulkOperationStatus": found.status}


class ListBulkOperationsInput(Input):
    max_results: Annotated[Integer, Range(1, 25)] | None = None
    next_token: Annotated[str, Length(1, 1024)] | None = None


def list_bulk_operations(call: Call, request: ListBulkOperationsInput) -> Output:
    """Return a page of bulk operations, the newest first."""
    start = page_tokens.start(request.next_token, bulk.KIND)
    limit = request.max_results or PAGE
    with call.read() as tables:
        page = list(islice(page_tokens.after(bulk.listed(tables), start), limit + 1))
    output: Output = {"BulkOperationsSummaryList": [_summary(one) for one in page[:limit]]}
    if len(page) > limit:
        output["NextToken"] = page_tokens.token(bulk.KIND, page[limit - 1].key)
    return output


def _summary(found: BulkOperation) -> Output:
    summary: Output = {
        "BulkOperationArn": found.arn,
        "BulkOperationStatus": found.status,
        "StartTime": Timestamp(found.start_time),
    }
    if found.end_time is not None:
        summary["EndTime"] = Timestamp(found.end_time)
    return summary


def _description(found: BulkOperation) -> Output:
    output: Output = {
        **_summary(found),
        "TableDetails": [{"TableName": found.table_name, "TableId": found.table_id}],
        "InputS3Configuration": found.input,
        "OutputS3Configuration": found.output,
        "PerformanceTier": found.tier,
        "ProcessedItemCount": found.written + found.failed + found.refused,
        "FailedItemCount": found.failed,
        "ProcessedInputBytes": found.size,
        "BulkOperationUsage": [_usage(found)],
    }
    optional: dict[str, Any] = {
        "ClientToken": found.token,
        "MaxWriteRequestUnits": found.max_write_units,
        "TotalInputBytes": found.total_size,
        "FailureCode": found.failure_code,
        "FailureMessage": found.failure_message,
    }
    return output | {name: value for name, value in optional.items() if value is not None}


def _usage(found: BulkOperation) -> Output:
    usage = found.usage
    output: Output = {
        "TableName": found.table_name,
        "BulkPutBytes": sum(usage.values()),
        "Table": {"BulkPutBytes": usage.get("", 0)},
    }
    for key, size in usage.items():
        if key:
            kind, _, name = key.partition("/")
            output.setdefault(kind, {})[name] = {"BulkPutBytes": size}
    return output


OPERATIONS: Final[Mapping[str, Operation]] = {
    "CancelBulkOperation": Operation(
        CancelBulkOperationInput,
        cancel_bulk_operation,
        Kind.CONTROL,
    ),
    "DescribeBulkOperation": Operation(
        DescribeBulkOperationInput,
        describe_bulk_operation,
        Kind.CONTROL,
    ),
    "ListBulkOperations": Operation(
        ListBulkOperationsInput,
        list_bulk_operations,
        Kind.CONTROL,
        page_size="MaxResults",
    ),
    "StartBulkPutItems": Operation(
        StartBulkPutItemsInput,
        start_bulk_put_items,
        Kind.CONTROL,
        single_entry,
    ),
}
