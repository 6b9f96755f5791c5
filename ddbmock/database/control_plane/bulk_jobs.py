"""Jobs of bulk operations: items put slice by slice, and reports of those that were not.

A line is ``{"Item": …}``, with ``ConditionExpression``, ``ExpressionAttributeNames`` and
``ExpressionAttributeValues`` beside it if the item has a condition. The lines of reports are stored
with each slice, and written into the bucket at the end.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any, Final

import orjson

from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import bulk, jobs
from ddbmock.database.control_plane.bulk import BulkOperation
from ddbmock.database.control_plane.item_objects import Line, Place, Source, item_of
from ddbmock.database.control_plane.jobs import Progress, Slice
from ddbmock.database.control_plane.s3_failures import failure_of
from ddbmock.database.data_plane import index_entries
from ddbmock.database.data_plane.table import Table
from ddbmock.database.db import Call
from ddbmock.errors import ConditionalCheckFailedException, ValidationException
from ddbmock.export_format import manifest
from ddbmock.export_format.compression import NONE
from ddbmock.export_format.data_file import DataFile
from ddbmock.export_format.manifest import FileEntry
from ddbmock.expressions.condition import Condition, condition
from ddbmock.expressions.names import Names
from ddbmock.object_store import Bucket, ObjectStoreError
from ddbmock.values.item import Item

ERRORS: Final = "errors"
REFUSED: Final = "condition-check-failures"
REPORTS: Final = {"ERROR": ERRORS, "CONDITION_CHECK_FAILURE": REFUSED}
"""The folder of each OutputType."""
TABLE_GONE: Final = "TableNotFound"


def step(call: Call, key: str, progress: Progress, part: Slice) -> bool:
    """Put some lines of an unfinished bulk operation, or finish it."""
    with call.read() as tables:
        job = bulk.read(tables, key)
    if job is None or job.status not in bulk.RUNNING:
        with call.write() as tables:
            jobs.dequeue(tables, bulk.KIND, key)
        return False
    try:
        if job.status == bulk.CANCELLING:
            progress.pop(key, None)
            _finish(call, job, bulk.CANCELLED)
            return False
        source = _source(call, job, progress)
        if job.total_size is None:
            _begin(call, job, source.bucket)
            return True
        units = _units_left(call, job)
        if units is not None and units <= 0:
            return False
        lines = source.ahead(part)
        if lines:
            _put(call, job, lines, part, units)
            return True
        if not source.ended:
            return True
        if jobs.is_due(call, job.start_time):
            progress.pop(key, None)
            _finish(call, job, bulk.WITH_ERRORS if job.failed else bulk.COMPLETED)
    except ObjectStoreError as error:
        progress.pop(key, None)
        if jobs.is_due(call, job.start_time):
            code, message = failure_of(f"bulk operation {key}", error)
            _end(call, job, bulk.FAILED, failure_code=code, failure_message=message)
    except BaseException:
        # an interrupted reader has no further lines, although the objects have
        progress.pop(key, None)
        raise
    return False


def _source(call: Call, job: BulkOperation, progress: Progress) -> Source:
    """Return the objects of an operation, at the first line that was not put yet."""
    place = Place(job.after, job.lines, job.position)
    source = progress.get(job.key)
    if isinstance(source, Source) and source.go_to(place):
        return source
    given = job.input
    source = progress[job.key] = Source(
        call.dynamodb.object_store.bucket(given["S3Bucket"], given.get("S3BucketOwner")),
        given.get("S3KeyPrefix", ""),
        given["InputFormat"],
        given.get("InputCompressionType", NONE),
        {},
        {},
        place,
    )
    return source


def _begin(call: Call, job: BulkOperation, bucket: Bucket) -> None:
    """Add up the sizes of the objects, and leave a sign where the reports will be."""
    total = sum(size for _, size in bucket.objects(job.input.get("S3KeyPrefix", "")))
    manifest.start(_output(call, job), _place(job))
    with call.write() as tables:
        if bulk.read(tables, job.key) == job:
            bulk.save(tables, dataclasses.replace(job, total_size=total))


def _output(call: Call, job: BulkOperation) -> Bucket:
    name, owner = job.output["S3Bucket"], job.output.get("S3BucketOwner")
    return call.dynamodb.object_store.bucket(name, owner)


def _place(job: BulkOperation) -> str:
    return manifest.place(job.output.get("S3KeyPrefix"), job.operation_id)


def _units_left(call: Call, job: BulkOperation) -> float | None:
    """Return what the operation may consume of its units of all seconds so far; None: any number."""
    if job.max_write_units is None:
        return None
    seconds = int(call.clock.now() - job.start_time) + 1
    return job.max_write_units * seconds - job.units


def _put(
    call: Call, job: BulkOperation, lines: Iterable[Line], part: Slice, units: float | None
) -> None:
    """Put the first of some lines, as many as there are time and units for."""
    size = 0
    with call.write() as tables:
        if bulk.read(tables, job.key) != job:
            return  # another server has put them, or the operation is cancelled
        description = tables.describe(job.table_name)
        if description is None or description.table_id != job.table_id:
            failed = dataclasses.replace(
                job,
                status=bulk.FAILED,
                end_time=tables.now,
                failure_code=TABLE_GONE,
                failure_message=f"Table not found: {job.table_name}",
            )
            bulk.save(tables, failed)
            jobs.dequeue(tables, bulk.KIND, job.key)
            return
        batch = _Batch(tables, job, tables.table(description))
        for line in lines:
            size += line.size
            if line.is_line:
                batch.put(line)
            if part.used() or (units is not None and batch.job.units - job.units >= units):
                break
        bulk.save(
            tables,
            dataclasses.replace(
                batch.job,
                size=job.size + size,
                after=line.place.after,
                lines=line.place.lines,
                position=line.place.position,
            ),
        )


class _Batch:
    """Lines that are put in one transaction."""

    def __init__(self, tables: Tables, job: BulkOperation, table: Table) -> None:
        self.job = job
        self._tables = tables
        self._table = table

    def put(self, line: Line) -> None:
        """Put the item of a line, or note why it is not put."""
        job = self.job
        try:
            item = item_of(line)
            written = self._table.write(self._table.plan_put(item), _condition_of(line))
        except ConditionalCheckFailedException as error:
            existing: Item | None = error.item
            report: dict[str, Any] = {"Item": line.content["Item"]}
            if existing is not None:
                report["ExistingItem"] = orjson.loads(existing.json)
            self._report(REFUSED, job.refused, report)
            self.job = dataclasses.replace(job, refused=job.refused + 1)
        except ValidationException as error:
            bucket = job.input["S3Bucket"]
            report = {
                "itemS3Pointer": {"bucket": bucket, "key": line.key, "itemIndex": line.number},
                "errorMessages": [error.message],
            }
            if "Item" in line.content:
                report["Item"] = line.content["Item"]
            self._report(ERRORS, job.failed, report)
            self.job = dataclasses.replace(job, failed=job.failed + 1)
        else:
            self.job = dataclasses.replace(
                job,
                written=job.written + 1,
                units=job.units + written.total,
                usage=self._usage(item),
            )

    def _report(self, kind: str, number: int, content: dict[str, Any]) -> None:
        space = self.job.report_space(kind)
        self._tables.writer.put(space, number.to_bytes(8, "big"), orjson.dumps(content) + b"\n")

    def _usage(self, item: Item) -> dict[str, int]:
        """Return the bytes that were put so far, those of an item and its entries included."""
        table = self._table.description
        usage = dict(self.job.usage)
        usage[""] = usage.get("", 0) + item.size
        for index in table.kept_indexes:
            if index.key_schema.fits(item):
                size = index_entries.projected(item, index, table).size
                key = f"{'Local' if index.local else 'Global'}SecondaryIndexes/{index.name}"
                usage[key] = usage.get(key, 0) + size
        return usage


def _condition_of(line: Line) -> Condition | None:
    """Return the condition of a line.

    :raises ValidationException: it is none.
    """
    text = line.content.get("ConditionExpression")
    if text is None:
        return None
    names, values = (line.content.get(f"ExpressionAttribute{kind}") for kind in ("Names", "Values"))
    if (
        not isinstance(text, str)
        or not isinstance(names, dict | None)
        or not isinstance(values, dict | None)
        or not all(isinstance(name, str) for name in (names or {}).values())
    ):
        raise ValidationException("The condition is not that of a PutItem request.")
    bound = Names.of_json(names, values)
    found = condition(text, "ConditionExpression", bound)
    bound.check_all_used()
    return found


def _finish(call: Call, job: BulkOperation, status: str) -> None:
    """Write the reports that the request wants, and end the operation."""
    if job.total_size is not None:
        bucket, where = _output(call, job), _place(job)
        entries = [
            _write_report(call, job, bucket, where, REPORTS[kind])
            for kind in job.output["OutputType"]
        ]
        summary = {
            "bulkOperationArn": job.arn,
            "bulkOperationStatus": status,
            "tableArn": job.table_arn,
            "tableId": job.table_id,
            "startTime": manifest.iso(job.start_time),
            "endTime": manifest.iso(call.clock.now()),
            "processedItemCount": job.written + job.failed + job.refused,
            "failedItemCount": job.failed,
            "manifestFilesS3Key": where + manifest.FILES,
        }
        manifest.write_objects(bucket, where, orjson.dumps(summary), entries)
    _end(call, job, status)


def _write_report(
    call: Call, job: BulkOperation, bucket: Bucket, where: str, kind: str
) -> FileEntry:
    with DataFile() as file:
        for line in _report_lines(call, job, kind):
            file.add(line)
        return file.store(bucket, f"{where}{kind}/{manifest.file_name(manifest.DYNAMODB_JSON)}")


def _report_lines(call: Call, job: BulkOperation, kind: str) -> Iterator[bytes]:
    with call.read() as tables:
        for _, line in tables.reader.range(job.report_space(kind)):
            yield line


def _end(call: Call, job: BulkOperation, status: str, **members: Any) -> None:
    with call.write() as tables:
        if bulk.read(tables, job.key) != job:
            return
        ended = dataclasses.replace(job, status=status, end_time=tables.now, **members)
        bulk.save(tables, ended)
        jobs.dequeue(tables, bulk.KIND, job.key)
        for kind in REPORTS.values():
            tables.writer.clear(job.report_space(kind))
