"""Bulk operations: their records, what is checked before one starts, and lists of them.

The only source is the service's model of November 2026. What the model does not define (ARNs, lines,
reports) is decided in this module and in :mod:`.bulk_jobs`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import jobs, tokens
from ddbmock.database.schema import ACTIVE, DAY, UPDATING, TableDescription
from ddbmock.errors import (
    IdempotentParameterMismatchException,
    ResourceInUseException,
    ResourceNotFoundException,
    ValidationException,
)
from ddbmock.frozen import dataclass, replace

KIND: Final = "bulk"
IN_PROGRESS: Final = "IN_PROGRESS"
CANCELLING: Final = "CANCELLING"
CANCELLED: Final = "CANCELLED"
COMPLETED: Final = "COMPLETED"
WITH_ERRORS: Final = "COMPLETED_WITH_ERRORS"
FAILED: Final = "FAILED"
RUNNING: Final = (IN_PROGRESS, CANCELLING)
ARN_KIND: Final = "bulk-operation"
KEPT_DAYS: Final = 90
_OPERATIONS: Final = jobs.RECORDS[KIND]


@dataclass(frozen=True)
class BulkOperation:
    """A bulk operation: its request and its progress."""

    operation_id: str
    table_name: str
    table_id: str
    table_arn: str
    token: str | None
    start_time: float
    input: Mapping[str, Any]
    """InputS3Configuration as it was sent."""
    output: Mapping[str, Any]
    """OutputS3Configuration as it was sent."""
    tier: str
    max_write_units: int | None = None
    status: str = IN_PROGRESS
    end_time: float | None = None
    written: int = 0
    failed: int = 0
    refused: int = 0
    """Number of items whose condition was false."""
    size: int = 0
    """Bytes of the objects that were read, decompressed."""
    total_size: int | None = None
    units: float = 0.0
    """Write units that were consumed."""
    usage: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """Bytes that were put, by index, as in ``GlobalSecondaryIndexes/name``; the table's are under ""."""
    failure_code: str | None = None
    failure_message: str | None = None
    after: str = ""
    """The key of the last object that was read to its end."""
    lines: int = 0
    """Lines of the next object that have been read already."""
    position: int = 0
    """Bytes of them."""

    @property
    def key(self) -> str:
        return self.operation_id

    @property
    def arn(self) -> str:
        return f"{self.table_arn}/{ARN_KIND}/{self.operation_id}"

    def report_space(self, kind: str) -> str:
        """Return the storage space of the lines of a report until it is written."""
        return f"{self.operation_id}//{kind}"


def table_for(tables: Tables, name: str) -> TableDescription:
    """Return the table of a bulk operation if items can be put into it.

    :raises ResourceNotFoundException: there is none.
    :raises ResourceInUseException: it is being changed, or another bulk operation is running.
    """
    table = tables.existing(name)
    statuses = {index.status for index in table.global_indexes}
    statuses |= {index.status for index in table.vector_indexes}
    if table.status not in (ACTIVE, UPDATING) or statuses - {ACTIVE}:
        raise ResourceInUseException(
            f"Attempt to change a resource which is still in use: Table: {name}",
            hint=f"Table {name!r} is {table.status}; it and all its indexes must be {ACTIVE}.",
        )
    if any(one.table_id == table.table_id and one.status in RUNNING for one in listed(tables)):
        raise ResourceInUseException(
            f"Attempt to change a resource which is still in use: Table: {name}",
            hint="Another bulk operation is running on the table; wait for it, or cancel it.",
        )
    return table


def replayed(tables: Tables, token: str, parameters: Any) -> BulkOperation | None:
    """Return the operation that an earlier request with this token started.

    :raises IdempotentParameterMismatchException: the earlier request had other parameters.
    """
    started = tokens.find(tables, KIND, token)
    if started is None:
        return None
    if started.parameters != parameters:
        raise IdempotentParameterMismatchException(
            "Bulk operation conflict: Duplicate request detected with conflicting parameters",
            hint=f"ClientToken {token!r} belongs to another bulk operation; use a new one.",
        )
    return read(tables, started.key)


def start(tables: Tables, started: BulkOperation, parameters: Any) -> None:
    """Store a new operation and list it as unfinished."""
    save(tables, started)
    if started.token is not None:
        tokens.save(tables, KIND, started.token, started.key, parameters)
    jobs.enqueue(tables, KIND, started.key)


def cancel(tables: Tables, found: BulkOperation) -> BulkOperation:
    """Mark an operation as cancelled; the items that it has put stay.

    :raises ValidationException: it has ended.
    """
    if found.status not in RUNNING:
        raise ValidationException(
            f"Invalid Request: Bulk operation is {found.status} and cannot be cancelled",
            hint="Only a running operation can be cancelled; DescribeBulkOperation shows its result.",
        )
    cancelling = replace(found, status=CANCELLING)
    save(tables, cancelling)
    return cancelling


def save(tables: Tables, changed: BulkOperation) -> None:
    """Store an operation."""
    space = tables.call.prefix + _OPERATIONS
    tables.writer.put(space, changed.key.encode(), orjson.dumps(changed))


def read(tables: Tables, key: str) -> BulkOperation | None:
    """Return the operation of an id, or None."""
    stored = tables.reader.get(tables.call.prefix + _OPERATIONS, key.encode())
    return None if stored is None else BulkOperation(**orjson.loads(stored))


def find(tables: Tables, table_name: str, operation_id: str, arn: str) -> BulkOperation:
    """Return an operation.

    :raises ResourceNotFoundException: there is none.
    """
    found = read(tables, operation_id)
    if found is None or found.table_name != table_name:
        raise ResourceNotFoundException(
            f"Requested resource not found: Bulk operation: {arn} not found",
            hint="ListBulkOperations returns the ARNs of the existing operations.",
        )
    jobs.check_sound(tables, KIND, operation_id, finished=found.status not in RUNNING)
    return found


def listed(tables: Tables) -> Iterator[BulkOperation]:
    """Yield all operations, the newest first."""
    oldest = tables.now - KEPT_DAYS * DAY
    for _, stored in tables.reader.range(tables.call.prefix + _OPERATIONS, reverse=True):
        found = BulkOperation(**orjson.loads(stored))
        if found.start_time >= oldest:
            yield found
