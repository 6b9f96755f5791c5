"""Changes that UpdateTable admits while another change of the table is in progress.

Source of rules and texts: answers recorded in October 2026 (the control-plane lab of AWS Controllers
for Kubernetes). What was not recorded follows the nearest recorded text.
"""

from __future__ import annotations

from ddbmock.database.control_plane.resource_in_use import (
    INDEXES,
    REPLICAS,
    STREAM,
    TABLE_CLASS,
    THROUGHPUT,
    check_settled,
    reject_busy,
)
from ddbmock.database.control_plane.table_update import TableUpdate
from ddbmock.database.control_plane.throughput import BILLING
from ddbmock.database.control_plane.update_index import IndexUpdate, check_indexes
from ddbmock.database.schema import CREATING, DELETING, UPDATING, TableDescription


def subject(table: TableDescription, request: TableUpdate) -> str:
    """Return the change that makes the table UPDATING, as in :attr:`.TableDescription.updating`.

    It is empty for changes that take effect at once, and for those whose progress has a status of
    its own: encryption, warm throughput, and the throughput of indexes.
    """
    if request.billing_mode is not None and request.billing_mode != mode_of(table):
        return BILLING
    if request.throughput is not None:
        return THROUGHPUT
    if request.vector_indexes or any(
        not isinstance(action, IndexUpdate) for action in request.indexes
    ):
        return INDEXES
    if request.stream is not None:
        return STREAM
    if request.table_class is not None:
        return TABLE_CLASS + request.table_class
    return ""


def mode_of(table: TableDescription) -> str:
    """Return the billing mode of a table."""
    return table.billing_mode or "PROVISIONED"


def check(table: TableDescription, request: TableUpdate) -> None:
    """Check that the table can be changed now.

    :raises ResourceInUseException: another change is in progress that excludes this one.
    """
    if table.status in (CREATING, DELETING):
        check_settled(table)
    if request.encryption is not None and table.sse.get("Status") == UPDATING:
        reject_busy("Server-Side Encryption is still being updated", table)
    if table.status != UPDATING:
        return
    job = table.updating
    if job in ("", REPLICAS):
        check_settled(table)
    if job in (BILLING, THROUGHPUT) and request.billing_mode is not None:
        _check_pair(table, job, BILLING)  # also if the request repeats the present mode
    if job == INDEXES:  # the state of an index that the request names comes first
        check_indexes(table, request.indexes)
    change = subject(table, request)
    if (
        not change
        and job != INDEXES
        and any(isinstance(action, IndexUpdate) and action.throughput for action in request.indexes)
    ):
        change = THROUGHPUT
    if change:
        _check_pair(table, job, change)
    if request.on_demand is not None:
        _check_on_demand(table, job)


def is_lost(table: TableDescription, request: TableUpdate) -> bool:
    """Return whether the service accepts a request and forgets it.

    A change back to PAY_PER_REQUEST has no effect while a table becomes PROVISIONED.
    """
    return (
        table.status == UPDATING
        and table.updating == BILLING
        and mode_of(table) == "PROVISIONED"
        and request.billing_mode == "PAY_PER_REQUEST"
    )


def _check_pair(table: TableDescription, job: str, change: str) -> None:
    """Reject a change that needs the table while a job has it.

    :raises ResourceInUseException: always, except if both change indexes, which have states of their own.
    """
    place = f"Table: {table.name}"
    if job == change == INDEXES:
        return
    if job == change == STREAM:
        reject_busy(f"A stream status change is currently in progress. {_stream(table)}", table)
    if job in (BILLING, THROUGHPUT):
        if change in (BILLING, THROUGHPUT):
            reject_busy(f"Table IOPS are currently being updated. {place}", table)
        start = {
            STREAM: "Can't enable or disable stream",
            INDEXES: "Can't create or delete indexes",
        }.get(change, "Can't update table class")
        reject_busy(f"{start} while table IOPS are being updated. {place}", table)
    start = {
        BILLING: "Can't change table IOPS",
        THROUGHPUT: "Can't change table IOPS",
        STREAM: "Can't change stream status",
        INDEXES: "Can't create or delete an index",
    }.get(change, "Can't update table class")
    if job == STREAM:
        reject_busy(f"{start} when stream status is being updated. {_stream(table)}", table)
    if job == INDEXES:
        state, names = _indexes(table)
        reject_busy(f"{start} when an index is being {state}. {place} Indexes: [{names}]", table)
    reject_busy(f"{start} when a table class update is in progress. {place} {_class(job)}", table)


def _check_on_demand(table: TableDescription, job: str) -> None:
    start = "OnDemandThroughput cannot be updated while"
    if job == INDEXES:
        state, names = _indexes(table)
        kind = {"created": "creation", "deleted": "deletion"}[state]
        reject_busy(f"{start} index {kind} is in progress for indexes: [{names}]", table)
    if job in (BILLING, THROUGHPUT):
        reject_busy(f"{start} BillingMode update is in progress", table)
    if job == STREAM:
        reject_busy(f"{start} stream status update is in progress", table)
    reject_busy(f"{start} TableClass update is in progress. {_class(job)}", table)


def _stream(table: TableDescription) -> str:
    assert table.stream is not None
    operation = "ENABLE" if table.stream.enabled else "DISABLE"
    return f"Table: {table.name} Stream: {table.stream.label} Operation: {operation}"


def _class(job: str) -> str:
    return f"TableClassUpdateInProgress: {job.removeprefix(TABLE_CLASS)}"


def _indexes(table: TableDescription) -> tuple[str, str]:
    """Return what happens to indexes, and the names of these indexes."""
    states = [(index.name, index.status) for index in table.global_indexes]
    states += [(index.name, index.status) for index in table.vector_indexes]
    created = [name for name, status in states if status == CREATING]
    deleted = [name for name, status in states if status == DELETING]
    return ("created", ", ".join(created)) if created else ("deleted", ", ".join(deleted))
