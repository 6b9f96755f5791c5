"""Imports: ImportTable, DescribeImport and ListImports."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Annotated, ClassVar, Final

from ddbmock.database import Call
from ddbmock.database.control_plane import backups, imports
from ddbmock.database.control_plane.create_table import NewTable, described
from ddbmock.database.control_plane.imports import Import
from ddbmock.database.life import Life
from ddbmock.errors import ValidationException
from ddbmock.export_format import compression
from ddbmock.operations.operation import Kind, Operation, Output, Timestamp
from ddbmock.operations.v20120810.exports import BucketName, BucketOwner, ClientToken
from ddbmock.operations.v20120810.members import page_tokens
from ddbmock.operations.v20120810.members import table_definitions as members
from ddbmock.operations.v20120810.members.backup_arns import check_account, parsed, table_of
from ddbmock.operations.v20120810.members.input_formats import check_installed
from ddbmock.operations.v20120810.members.table_definitions import (
    AttributeDefinition,
    BillingMode,
    GlobalSecondaryIndex,
    KeySchemaOfTwo,
    OnDemandThroughput,
    ProvisionedThroughput,
    SSESpecification,
    VectorIndex,
)
from ddbmock.shapes import Enum, Input, Integer, Length, Pattern, Range, Structure
from ddbmock.shapes.constraints import NAME

PAGE: Final = 10
"""Imports on a page of ListImports, if the request has no PageSize."""
CSV: Final = "CSV"
ImportArn = Annotated[str, Length(37, 1024)]
Header = Annotated[str, Pattern(r"[\x20-\x21\x23-\x2B\x2D-\x7E]*"), Length(1, 65536)]


class S3BucketSource(Structure):
    names: ClassVar[Mapping[str, str]] = {
        "s3_bucket_owner": "S3BucketOwner",
        "s3_bucket": "S3Bucket",
        "s3_key_prefix": "S3KeyPrefix",
    }

    s3_bucket_owner: BucketOwner | None = None
    s3_bucket: BucketName
    s3_key_prefix: Annotated[str, Length(None, 1024)] | None = None


class CsvOptions(Structure):
    delimiter: Annotated[str, Pattern(r"[,;:|\t ]"), Length(1, 1)] | None = None
    header_list: Annotated[list[Header], Length(1, 255)] | None = None


class InputFormatOptions(Structure):
    csv: CsvOptions | None = None


class TableCreationParameters(Structure):
    names: ClassVar[Mapping[str, str]] = {"sse_specification": "SSESpecification"}

    table_name: Annotated[str, Pattern(NAME), Length(3, 255)]
    attribute_definitions: list[AttributeDefinition]
    key_schema: KeySchemaOfTwo
    billing_mode: BillingMode | None = None
    provisioned_throughput: ProvisionedThroughput | None = None
    on_demand_throughput: OnDemandThroughput | None = None
    sse_specification: SSESpecification | None = None
    global_secondary_indexes: list[GlobalSecondaryIndex] | None = None
    vector_indexes: list[VectorIndex] | None = None


class ImportTableInput(Input):
    names: ClassVar[Mapping[str, str]] = {"s3_bucket_source": "S3BucketSource"}

    client_token: ClientToken
    s3_bucket_source: S3BucketSource
    input_format: Annotated[str, Enum("DYNAMODB_JSON", "ION", "CSV")]
    input_format_options: InputFormatOptions | None = None
    input_compression_type: Annotated[str, Enum("ZSTD", "NONE", "GZIP")] | None = None
    table_creation_parameters: TableCreationParameters


def import_table(call: Call, request: ImportTableInput) -> Output:
    """Start a job that imports objects into a new table; it opens the bucket later."""
    options = request.input_format_options
    if options is not None and options.csv is not None and request.input_format != CSV:
        raise ValidationException(
            "Invalid Request: Unsupported InputFormatOptions for the given input format: "
            f"{request.input_format}.",
            hint="Set InputFormat to CSV, or leave InputFormatOptions.Csv out.",
        )
    check_installed(request.input_format, request.input_compression_type)
    new = _new_table(request.table_creation_parameters)
    table = described(call, new)
    source = request.s3_bucket_source
    with call.write() as tables:
        imports.check_name(tables, new.name)
        started = imports.replayed(tables, request.client_token, new.name)
        if started is None:
            now = round(tables.now, 3)
            started = Import(
                import_id=backups.new_id(now),
                table_name=new.name,
                table_id=table.table_id,
                table_arn=call.table_arn(new.name),
                token=request.client_token,
                start_time=now,
                bucket=source.s3_bucket,
                owner=source.s3_bucket_owner or call.account_id,
                prefix=source.s3_key_prefix,
                format=request.input_format,
                compression=request.input_compression_type or compression.NONE,
                options=None if options is None else options.json(),
                parameters=request.table_creation_parameters.json(),
                life=Life.of((0.0, table)).encode().decode(),
            )
            imports.start(tables, started)
    return {"ImportTableDescription": _description(call, started)}


def _new_table(parameters: TableCreationParameters) -> NewTable:
    many = parameters.global_secondary_indexes
    maxima = parameters.on_demand_throughput
    if maxima is not None and parameters.billing_mode != "PAY_PER_REQUEST":
        member = "Read" if maxima.max_write_request_units is None else "Write"
        raise ValidationException(
            f"One or more parameter values were invalid: Max{member}RequestUnits for "
            "OnDemandThroughput cannot be specified when table BillingMode is PROVISIONED.",
            hint="Remove OnDemandThroughput, or set BillingMode to PAY_PER_REQUEST.",
        )
    return NewTable(
        name=parameters.table_name,
        definitions=members.definitions(parameters.attribute_definitions),
        elements=members.elements(parameters.key_schema),
        global_indexes=None if many is None else tuple(map(members.new_global_index, many)),
        vector_indexes=tuple(map(members.new_vector_index, parameters.vector_indexes or ())),
        billing_mode=parameters.billing_mode,
        throughput=members.provisioned(parameters.provisioned_throughput),
        encryption=members.encryption(parameters.sse_specification),
        on_demand=members.on_demand(parameters.on_demand_throughput),
    )


class DescribeImportInput(Input):
    import_arn: ImportArn


def describe_import(call: Call, request: DescribeImportInput) -> Output:
    """Return the description of an import, with its result."""
    arn = request.import_arn
    named = parsed(call, arn, "import")
    with call.read() as tables:
        found = imports.find(tables, named.table_name, named.id, arn)
    return {"ImportTableDescription": _description(call, found)}


class ListImportsInput(Input):
    table_arn: Annotated[str, Length(1, 1024)] | None = None
    page_size: Annotated[Integer, Range(1, 25)] | None = None
    next_token: Annotated[str, Pattern("([0-9a-f]{16})+"), Length(112, 1024)] | None = None


def list_imports(call: Call, request: ListImportsInput) -> Output:
    """Return a page of imports, the newest first, including those of deleted tables."""
    name = None
    if request.table_arn is not None:
        table = table_of(request.table_arn)
        if table is None:
            raise ValidationException(
                "One or more parameter values were invalid: tableArn is not a valid ARN",
                hint=f"A table's ARN is like {call.table_arn('Music')}.",
            )
        check_account(call, table[0])
        name = table[1]
    start = page_tokens.start(request.next_token, "import")
    limit = request.page_size or PAGE
    with call.read() as tables:
        found = imports.listed(tables, name)
        page = list(islice(page_tokens.after(found, start), limit + 1))
    output: Output = {"ImportSummaryList": [_summary(call, one) for one in page[:limit]]}
    if len(page) > limit:
        output["NextToken"] = page_tokens.token("import", page[limit - 1].key)
    return output


def _source(found: Import) -> Output:
    source: Output = {"S3Bucket": found.bucket, "S3BucketOwner": found.owner}
    return source if found.prefix is None else source | {"S3KeyPrefix": found.prefix}


def _log_group(call: Call) -> str:
    partition = call.table_arn("x").split(":")[1]
    place = f"{call.region}:{call.account_id}"
    return f"arn:{partition}:logs:{place}:log-group:/aws-dynamodb/imports:*"


def _summary(call: Call, found: Import) -> Output:
    summary: Output = {
        "ImportArn": found.arn,
        "ImportStatus": found.status,
        "TableArn": found.table_arn,
        "S3BucketSource": _source(found),
        "CloudWatchLogGroupArn": _log_group(call),
        "InputFormat": found.format,
        "StartTime": Timestamp(found.start_time),
    }
    if found.end_time is not None:
        summary["EndTime"] = Timestamp(found.end_time)
    return summary


def _description(call: Call, found: Import) -> Output:
    """Return the description of an import. While it runs, its counts are 0, as on the service."""
    ended = found.end_time is not None
    output: Output = {
        "ImportArn": found.arn,
        "ImportStatus": found.status,
        "TableArn": found.table_arn,
        "TableId": found.table_id,
        "ClientToken": found.token,
        "S3BucketSource": _source(found),
        "InputFormat": found.format,
        "InputCompressionType": found.compression,
        "TableCreationParameters": found.parameters,
        "StartTime": Timestamp(found.start_time),
        "ProcessedItemCount": found.processed if ended else 0,
        "ImportedItemCount": found.imported if ended else 0,
        "ErrorCount": found.errors if ended else 0,
    }
    if found.options is not None:
        output["InputFormatOptions"] = found.options
    if found.end_time is not None:
        output["EndTime"] = Timestamp(found.end_time)
        output["ProcessedSizeBytes"] = found.size
        output["CloudWatchLogGroupArn"] = _log_group(call)
    if found.failure_code is not None:
        output["FailureCode"] = found.failure_code
        output["FailureMessage"] = found.failure_message
    return output


OPERATIONS: Final[Mapping[str, Operation]] = {
    "DescribeImport": Operation(DescribeImportInput, describe_import, Kind.CONTROL),
    "ImportTable": Operation(ImportTableInput, import_table, Kind.CONTROL),
    "ListImports": Operation(ListImportsInput, list_imports, Kind.CONTROL, page_size="PageSize"),
}
