"""Import jobs: they create a table and put the items of objects into it slice by slice.

A slice puts some lines and stores its position in one transaction, so each line is counted once even
after a crash.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any, Final

import orjson

from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import imports, jobs
from ddbmock.database.control_plane.imports import Import
from ddbmock.database.control_plane.item_objects import Line, Place, Source, item_of
from ddbmock.database.control_plane.jobs import Progress, Slice
from ddbmock.database.control_plane.s3_failures import failure_of
from ddbmock.database.data_plane.item_change import Cause
from ddbmock.database.db import Call
from ddbmock.database.schema import CREATING, TableDescription
from ddbmock.errors import ValidationException
from ddbmock.frozen import replace
from ddbmock.object_store import ObjectStoreError

log: Final = logging.getLogger("ddbmock.imports")

LOGGED: Final = 1000
"""The most errors that are logged for one import."""


def step(call: Call, key: str, progress: Progress, part: Slice) -> bool:
    """Create the table of an unfinished import, put some lines, or finish it."""
    with call.read() as tables:
        job = imports.read(tables, key)
    if job is None or job.status != imports.IN_PROGRESS:
        with call.write() as tables:
            jobs.dequeue(tables, imports.KIND, key)
        return False
    try:
        source = _source(call, job, progress)
        if not job.created:
            _create(call, job)
            return True
        lines = source.ahead(part)
        if lines:
            _put(call, job, lines, part)
            return True
        if not source.ended:
            return True
    except ObjectStoreError as error:
        if jobs.is_due(call, job.start_time):
            code, message = failure_of(f"import {key}", error)
            _end(call, job, imports.FAILED, failure_code=code, failure_message=message)
        progress.pop(key, None)
        return False
    except BaseException:
        # After an interrupt the reader yields no more lines, although the objects have more.
        progress.pop(key, None)
        raise
    if jobs.is_due(call, job.start_time):
        progress.pop(key, None)
        _finish(call, job)
    return False


def _source(call: Call, job: Import, progress: Progress) -> Source:
    """Return the objects of an import, at the first line that was not put yet."""
    place = Place(job.after, job.lines, job.position)
    source = progress.get(job.key)
    if isinstance(source, Source) and source.go_to(place):
        return source
    bucket = call.dynamodb.object_store.bucket(job.bucket, job.owner)
    table = job.table
    keys = {table.key_schema.names, *(index.key_schema.names for index in table.indexes)}
    names = {name for names in keys for name in names}
    source = progress[job.key] = Source(
        bucket,
        job.prefix or "",
        job.format,
        job.compression,
        {name: kind for name, kind in table.attributes if name in names},
        (job.options or {}).get("Csv", {}),
        place,
    )
    return source


def _create(call: Call, job: Import) -> None:
    with call.write() as tables:
        if imports.read(tables, job.key) != job:
            return
        if tables.describe(job.table_name) is not None:
            failed = replace(
                job,
                status=imports.FAILED,
                end_time=tables.now,
                failure_code=imports.TABLE_EXISTS,
                failure_message=f"Table already exists: {job.table_name}",
            )
            imports.save(tables, failed)
            jobs.dequeue(tables, imports.KIND, job.key)
            return
        tables.sweep()
        tables.save(job.table_name, (tables.now, _creating(job.table)))
        imports.save(tables, replace(job, created=True))


def _creating(table: TableDescription) -> TableDescription:
    return replace(
        table,
        status=CREATING,
        indexes=tuple(replace(index, status=CREATING) for index in table.indexes),
        vector_indexes=tuple(replace(index, status=CREATING) for index in table.vector_indexes),
        importing=True,
    )


def _put(call: Call, job: Import, lines: Iterable[Line], part: Slice) -> None:
    """Put as many of the lines as time allows."""
    processed = imported = size = 0
    with call.write() as tables:
        if imports.read(tables, job.key) != job:
            return  # another server has put them
        description = tables.describe(job.table_name)
        assert description is not None, "a table cannot be deleted while it is imported"
        table = tables.table(description, cause=Cause.IMPORT)
        for line in lines:
            size += line.size
            if line.is_line:
                processed += 1
                try:
                    table.write(table.plan_put(item_of(line)))
                except ValidationException as error:
                    if job.errors + processed - imported <= LOGGED:
                        _log(job, line, error)
                else:
                    imported += 1
            if part.used():
                break
        imports.save(
            tables,
            replace(
                job,
                processed=job.processed + processed,
                imported=job.imported + imported,
                errors=job.errors + processed - imported,
                size=job.size + size,
                after=line.place.after,
                lines=line.place.lines,
                position=line.place.position,
            ),
        )


def _log(job: Import, line: Line, error: ValidationException) -> None:
    """Log an error as the service writes it to CloudWatch. Source: Developer Guide."""
    entry = {
        "itemS3Pointer": {"bucket": job.bucket, "key": line.key, "itemIndex": line.number},
        "importArn": job.arn,
        "errorMessages": [error.message],
    }
    log.warning("%s", orjson.dumps(entry).decode())


def _finish(call: Call, job: Import) -> None:
    if job.errors:
        _end(
            call,
            job,
            imports.FAILED,
            failure_code=imports.ITEM_ERRORS,
            failure_message=imports.ITEM_ERRORS_TEXT,
        )
    else:
        _end(call, job, imports.COMPLETED)


def _end(call: Call, job: Import, status: str, **members: Any) -> None:
    with call.write() as tables:
        if imports.read(tables, job.key) != job:
            return
        _activate(tables, job)
        ended = replace(job, status=status, end_time=tables.now, **members)
        imports.save(tables, ended)
        jobs.dequeue(tables, imports.KIND, job.key)


def _activate(tables: Tables, job: Import) -> None:
    if job.created:
        tables.save(job.table_name, (tables.now, job.table))
