"""Jobs of bulk operations: they put items slice by slice and report the items that cannot be put.

A line is ``{"Item": …}``, with ``ConditionExpression``, ``ExpressionAttributeNames`` and
``ExpressionAttributeValues`` beside it if the item has a condition. The lines of reports are stored
with each slice, written into the bucket at the end, and removed afterwards.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
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
from ddbmock.frozen import replace
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
        return _clean_up(call, key, job, part)
    try:
        if job.status == bulk.CANCELLING or _reports_of(key) in progress:
            return _finish(call, job, progress, part)
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
            return _finish(call, job, progress, part)
    except ObjectStoreError as error:
        _close(progress, key)
        if jobs.is_due(call, job.start_time):
            code, message = failure_of(f"bulk operation {key}", error)
            _end(call, job, bulk.FAILED, failure_code=code, failure_message=message)
    except BaseException:
        # After an interrupt the reader yields no more lines, although the objects have more.
        _close(progress, key)
        raise
    return False


def _source(call: Call, job: BulkOperation, progress: Progress) -> Source:
    """Return the objects of an operation, at the first line that was not put yet."""
    place = Place(job.after, job.lines, job.position)
    source = progress.get(job.key)
    if isinstance(source, Source) and source.go_to(place):
        return source
    configuration = job.input
    source = progress[job.key] = Source(
        call.dynamodb.object_store.bucket(
            configuration["S3Bucket"], configuration.get("S3BucketOwner")
        ),
        configuration.get("S3KeyPrefix", ""),
        configuration["InputFormat"],
        configuration.get("InputCompressionType", NONE),
        {},
        {},
        place,
    )
    return source


def _begin(call: Call, job: BulkOperation, bucket: Bucket) -> None:
    """Add up the sizes of the objects, and check that reports can be written by writing a first object."""
    total = sum(size for _, size in bucket.objects(job.input.get("S3KeyPrefix", "")))
    manifest.start(_output(call, job), _place(job))
    with call.write() as tables:
        if bulk.read(tables, job.key) == job:
            bulk.save(tables, replace(job, total_size=total))


def _output(call: Call, job: BulkOperation) -> Bucket:
    name, owner = job.output["S3Bucket"], job.output.get("S3BucketOwner")
    return call.dynamodb.object_store.bucket(name, owner)


def _place(job: BulkOperation) -> str:
    return manifest.place(job.output.get("S3KeyPrefix"), job.operation_id)


def _units_left(call: Call, job: BulkOperation) -> float | None:
    """Return how many units the operation may consume now; None if they are not limited."""
    if job.max_write_units is None:
        return None
    seconds = int(call.clock.now() - job.start_time) + 1
    return job.max_write_units * seconds - job.units


def _put(
    call: Call, job: BulkOperation, lines: Iterable[Line], part: Slice, units: float | None
) -> None:
    """Put as many of the lines as time and units allow."""
    size = 0
    with call.write() as tables:
        if bulk.read(tables, job.key) != job:
            return  # another server has put them, or the operation is cancelled
        description = tables.describe(job.table_name)
        if description is None or description.table_id != job.table_id:
            failed = replace(
                job,
                status=bulk.FAILED,
                end_time=tables.now,
                failure_code=TABLE_GONE,
                failure_message=f"Table not found: {job.table_name}",
            )
            bulk.save(tables, failed)
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
            replace(
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
        """Put the item of a line, or report why it cannot be put."""
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
            self.job = replace(job, refused=job.refused + 1)
        except ValidationException as error:
            bucket = job.input["S3Bucket"]
            report = {
                "itemS3Pointer": {"bucket": bucket, "key": line.key, "itemIndex": line.number},
                "errorMessages": [error.message],
            }
            if "Item" in line.content:
                report["Item"] = line.content["Item"]
            self._report(ERRORS, job.failed, report)
            self.job = replace(job, failed=job.failed + 1)
        else:
            self.job = replace(
                job,
                written=job.written + 1,
                units=job.units + written.total,
                usage=self._usage(item),
            )

    def _report(self, kind: str, number: int, content: dict[str, Any]) -> None:
        space = self.job.report_space(kind)
        self._tables.writer.put(space, number.to_bytes(8, "big"), orjson.dumps(content) + b"\n")

    def _usage(self, item: Item) -> dict[str, int]:
        """Return the bytes put so far by index, including those of an item."""
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

    :raises ValidationException: it is not a valid condition.
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


class _Reports:
    """The reports of an operation while they are written, one after the other."""

    def __init__(self, bucket: Bucket, where: str, kinds: Iterable[str]) -> None:
        self.entries: Final[list[FileEntry]] = []
        self._bucket = bucket
        self._where = where
        self._kinds: Final = deque(kinds)
        """The kinds of reports that are not complete."""
        self._file = DataFile()
        self._low = b""

    def write(self, call: Call, job: BulkOperation, part: Slice) -> bool:
        """Write some lines; return whether all reports are in the bucket."""
        while self._kinds:
            with call.read() as tables:
                lines = tables.reader.range(job.report_space(self._kinds[0]), self._low)
                for number, line in lines:
                    self._file.add(line)
                    self._low = number + b"\0"
                    if part.used():
                        return False
            name = manifest.file_name(manifest.DYNAMODB_JSON)
            key = f"{self._where}{self._kinds.popleft()}/{name}"
            self.entries.append(self._file.store(self._bucket, key))
            self.close()
            self._file, self._low = DataFile(), b""
        return True

    def close(self) -> None:
        """Forget the report that is being written."""
        self._file.close()


def _finish(call: Call, job: BulkOperation, progress: Progress, part: Slice) -> bool:
    """Write some lines of the reports. When all are written, end the operation."""
    if job.status == bulk.CANCELLING:
        status = bulk.CANCELLED
    else:
        status = bulk.WITH_ERRORS if job.failed else bulk.COMPLETED
    if job.total_size is not None:
        reports = progress.get(_reports_of(job.key))
        if reports is None:
            kinds = [REPORTS[kind] for kind in job.output["OutputType"]]
            reports = progress[_reports_of(job.key)] = _Reports(
                _output(call, job), _place(job), kinds
            )
        if not reports.write(call, job, part):
            return True
        _write_manifest(call, job, status, reports.entries)
    _close(progress, job.key)
    _end(call, job, status)
    return True


def _write_manifest(
    call: Call, job: BulkOperation, status: str, entries: Sequence[FileEntry]
) -> None:
    bucket, where = _output(call, job), _place(job)
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


def _reports_of(key: str) -> str:
    """Return the key of an operation's reports in :class:`.jobs.Progress`."""
    return f"{key}/reports"


def _close(progress: Progress, key: str) -> None:
    """Remove an operation from :class:`.jobs.Progress`."""
    progress.pop(key, None)
    reports = progress.pop(_reports_of(key), None)
    if reports is not None:
        reports.close()


def _end(call: Call, job: BulkOperation, status: str, **members: Any) -> None:
    with call.write() as tables:
        if bulk.read(tables, job.key) != job:
            return
        ended = replace(job, status=status, end_time=tables.now, **members)
        bulk.save(tables, ended)


def _clean_up(call: Call, key: str, job: BulkOperation | None, part: Slice) -> bool:
    """Remove some lines of the reports of an operation that has ended; return whether more follow."""
    spaces = [] if job is None else [job.report_space(kind) for kind in REPORTS.values()]
    with call.write() as tables:
        for space in spaces:
            for number, _ in tables.writer.range(space):
                tables.writer.delete(space, number)
                if part.used():
                    return True
        jobs.dequeue(tables, bulk.KIND, key)
    return False
