"""Export jobs: they write the data files and manifests of an export step by step.

A file is complete when it is in the bucket and in the export's record. After a crash, the job writes
the incomplete file again; the manifest lists complete files only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import orjson

from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import export_filter, exports, jobs
from ddbmock.database.control_plane.exports import Export
from ddbmock.database.control_plane.jobs import Progress, Slice
from ddbmock.database.control_plane.s3_failures import failure_of
from ddbmock.database.data_plane import journal
from ddbmock.database.data_plane.journal import Moment, NetChange
from ddbmock.database.db import Call
from ddbmock.database.stored_key import KeyRange, segment_range
from ddbmock.export_format import data_file, manifest
from ddbmock.export_format.data_file import DataFile
from ddbmock.export_format.manifest import FileEntry, Summary
from ddbmock.frozen import replace
from ddbmock.object_store import Bucket, ObjectStoreError
from ddbmock.values.item import Item

SEGMENTS: Final = 4
"""Least number of data files: one for each partition of a new on-demand table."""
FILE_SIZE: Final = 4 * 1024 * 1024
"""Compressed size of a data file in bytes at which the next file begins. A slice stores a whole file."""


class _Open:
    """A data file that is being written, and the position in the table."""

    def __init__(self, export: Export, bucket: Bucket) -> None:
        self.bucket: Final = bucket
        self.begun_at: Final = (export.segment, export.cursor)
        self.file: Final = DataFile()
        low, self.high = _bounds(export)
        self.cursor = bytes.fromhex(export.cursor) or low
        self.filter: Final = (
            export_filter.EVERYTHING
            if export.filter is None
            else export_filter.compiled(export.filter)
        )
        self.size = 0
        self.ended = False
        """Whether the segment has no further items."""


def step(call: Call, key: str, progress: Progress, part: Slice) -> bool:
    """Write some lines of an unfinished export, or finish a file or all of it."""
    with call.read() as tables:
        export = exports.read(tables, key)
    if export is None or export.status != exports.IN_PROGRESS:
        with call.write() as tables:
            jobs.dequeue(tables, exports.KIND, key)
        return False
    try:
        if export.segment == SEGMENTS:
            _finish(call, export)
            return False
        if not export.started:
            _start(call, export)
            return True
        opened = _opened(call, export, progress)
        _write_lines(call, export, opened, part)
        if opened.ended or opened.file.size >= FILE_SIZE:
            del progress[key]
            _complete_file(call, export, opened)
    except ObjectStoreError as error:
        _close(progress, key)
        _fail(call, export, error)
        return False
    except BaseException:
        # An interrupt, or a damaged record: what is in the file may be more than the cursor says.
        _close(progress, key)
        raise
    return True


def _start(call: Call, export: Export) -> None:
    """Check that the bucket exists, and write the object that marks the start of an export."""
    bucket = call.dynamodb.object_store.bucket(export.bucket, export.owner)
    manifest.start(bucket, export.place)
    _save(call, export, started=True)


def _opened(call: Call, export: Export, progress: Progress) -> _Open:
    opened = progress.get(export.key)
    if isinstance(opened, _Open) and opened.begun_at == (export.segment, export.cursor):
        return opened
    _close(progress, export.key)
    bucket = call.dynamodb.object_store.bucket(export.bucket, export.owner)
    opened = progress[export.key] = _Open(export, bucket)
    return opened


def _close(progress: Progress, key: str) -> None:
    opened = progress.pop(key, None)
    if isinstance(opened, _Open):
        opened.file.close()


def _write_lines(call: Call, export: Export, opened: _Open, part: Slice) -> None:
    """Write the next lines of the segment."""
    if opened.high is not None and opened.cursor >= opened.high:
        opened.ended = True
        return
    with call.read() as tables:
        lines = (_changes if export.incremental else _items)(tables, export, opened)
        for stored_key, line, size in lines:
            if line is not None:
                opened.file.add(line)
            opened.size += size
            opened.cursor = journal.after(stored_key)
            if part.used() or opened.file.size >= FILE_SIZE:
                break
        else:
            opened.ended = True


def _bounds(export: Export) -> KeyRange:
    """Return the range of the segment's keys that the filter lets through."""
    low, high = segment_range(export.segment, SEGMENTS)
    least, most = bytes.fromhex(export.low), export.high
    if most is not None:
        end = bytes.fromhex(most)
        high = end if high is None else min(high, end)
    return max(low, least), high


def _items(
    tables: Tables, export: Export, opened: _Open
) -> Iterator[tuple[bytes, bytes | None, int]]:
    """Yield stored key, line and size of each item; no line if it is filtered out."""
    pairs = journal.items_at(
        tables.reader, export.table_id, export.moment, opened.cursor, opened.high
    )
    for stored_key, image in pairs:
        item, line = Item.of_record(image), None
        if opened.filter.holds(item):
            line = data_file.full_line(export.format, opened.filter.shown(item).json)
        yield stored_key, line, item.size


def _changes(
    tables: Tables, export: Export, opened: _Open
) -> Iterator[tuple[bytes, bytes | None, int]]:
    """Yield stored key, line and size of each change; no line if it is filtered out."""
    with_old = export.view == "NEW_AND_OLD_IMAGES"
    # the period includes its start; a full export at that time may include it as well
    start = journal.micros(export.from_time)
    changes = journal.changes_between(
        tables.reader,
        export.table_id,
        Moment(None, start - 1),
        export.moment,
        opened.cursor,
        opened.high,
        known=start,
    )
    for change in changes:
        newest, line = Item.of_record(change.new or change.old), None
        if opened.filter.holds(newest):
            old, new = _image(opened, change.old), _image(opened, change.new)
            key = orjson.loads(newest.only(export.key_names).json)
            line = data_file.change_line(
                export.format, change.micros, key, old if with_old else None, new
            )
        yield change.stored_key, line, _size(change)


def _image(opened: _Open, record: bytes) -> dict[str, Any] | None:
    if not record:
        return None
    raw: dict[str, Any] = orjson.loads(opened.filter.shown(Item.of_record(record)).json)
    return raw


def _size(change: NetChange) -> int:
    return sum(Item.of_record(image).size for image in (change.old, change.new) if image)


def _complete_file(call: Call, export: Export, opened: _Open) -> None:
    """Put a file into the bucket, and record the position after it."""
    with opened.file as file:
        folder = manifest.data_folder(
            export.prefix, export.export_id, incremental=export.incremental
        )
        entry = file.store(opened.bucket, folder + manifest.file_name(export.format))
    segment = export.segment + 1 if opened.ended else export.segment
    _save(
        call,
        export,
        segment=segment,
        cursor="" if opened.ended else opened.cursor.hex(),
        files=(*export.files, tuple(entry)),
        size=export.size + opened.size,
    )


def _finish(call: Call, export: Export) -> None:
    """Write the manifests when the clock has reached the end of the export."""
    now = call.clock.now()
    if not jobs.is_due(call, export.start_time):
        return
    bucket = call.dynamodb.object_store.bucket(export.bucket, export.owner)
    count = sum(entry[0] for entry in export.files)
    manifest.write(
        bucket,
        export.place,
        Summary(
            export_arn=export.arn,
            start_time=export.start_time,
            end_time=now,
            table_arn=export.table_arn,
            table_id=export.table_id,
            bucket=export.bucket,
            prefix=export.prefix,
            sse_algorithm=export.sse_algorithm,
            sse_kms_key_id=export.sse_kms_key_id,
            manifest_files_key=export.place + manifest.FILES,
            billed_size=export.billed_size,
            item_count=count,
            output_format=export.format,
            export_time=None if export.incremental else export.export_time,
            from_time=export.from_time,
            to_time=export.to_time,
            output_view=export.view,
        ),
        [FileEntry(*entry) for entry in export.files],
    )
    _end(call, export, status=exports.COMPLETED, end_time=now, item_count=count)


def _fail(call: Call, export: Export, error: ObjectStoreError) -> None:
    if not jobs.is_due(call, export.start_time):
        return
    code, message = failure_of(f"export {export.export_id}", error)
    _end(
        call,
        export,
        status=exports.FAILED,
        end_time=call.clock.now(),
        failure_code=code,
        failure_message=message,
    )


def _end(call: Call, export: Export, **members: Any) -> None:
    with call.write() as tables:
        if exports.read(tables, export.key) == export:
            exports.save(tables, replace(export, **members))
            exports.release(tables, export)


def _save(call: Call, export: Export, **members: Any) -> None:
    """Store the progress of an export, unless another server has stored further progress."""
    with call.write() as tables:
        if exports.read(tables, export.key) == export:
            exports.save(tables, replace(export, **members))
