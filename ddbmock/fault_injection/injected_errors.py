"""The errors that faults inject, in the form of each operation."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from ddbmock.errors import (
    DynamoDBError,
    InternalServerError,
    ProvisionedThroughputExceededException,
    ThrottlingException,
    TransactionCanceledException,
    TransactionConflictException,
)
from ddbmock.fault_injection.request_view import RequestView
from ddbmock.named_tuple import NamedTuple


class Reason(NamedTuple):
    """A cancellation reason of a transaction's entry."""

    code: str
    message: str


EXCEEDED: Final = Reason(
    "ProvisionedThroughputExceeded",
    "The level of configured provisioned throughput for the table was exceeded. Consider "
    "increasing your provisioning level with the UpdateTable API.",
)
EXCEEDED_OF_INDEX: Final = Reason(
    EXCEEDED.code,
    "The level of configured provisioned throughput for one or more global secondary indexes of "
    "the table was exceeded. Consider increasing your provisioning level for the under-provisioned "
    "global secondary indexes with the UpdateTable API.",
)
CONFLICT: Final = Reason("TransactionConflict", "Transaction is ongoing for the item")

RATE_EXCEEDED: Final = frozenset(
    {
        "CancelBulkOperation", "CreateBackup", "DeleteBackup", "DescribeBackup",
        "DescribeBulkOperation", "DescribeContinuousBackups", "DescribeExport", "DescribeImport",
        "ExportTableToPointInTime", "ImportTable", "ListBackups", "ListBulkOperations",
        "ListExports", "ListImports", "RestoreTableFromBackup", "RestoreTableToPointInTime",
        "StartBulkPutItems", "UpdateContinuousBackups",
    }
)  # fmt: skip
"""Operations with a message of their own about throttling. Source: a published control-plane lab of
October 2026."""


def throttled(
    request: RequestView, entries: Collection[int], hint: str, reason: Reason = EXCEEDED
) -> DynamoDBError:
    """Create the error of a request throttled because of some entries, given by their numbers."""
    if request.transaction:
        return cancelled(request, entries, reason, hint)
    if request.uses_throughput:
        return ProvisionedThroughputExceededException(reason.message, hint=hint)
    if request.operation in RATE_EXCEEDED:
        return ThrottlingException("Rate exceeded", hint=hint)
    return ThrottlingException("Rate of requests exceeds the allowed throughput.", hint=hint)


def failed(request: RequestView, entries: Collection[int], hint: str) -> DynamoDBError:
    """Create the error of a request that fails on the service's side."""
    del request, entries
    return InternalServerError("Internal server error", hint=hint)


def conflicting(request: RequestView, entries: Collection[int], hint: str) -> DynamoDBError:
    """Create the error of a request whose entries another transaction is writing."""
    if request.transaction:
        return cancelled(request, entries, CONFLICT, hint)
    return TransactionConflictException(CONFLICT.message, hint=hint)


def cancelled(
    request: RequestView, entries: Collection[int], reason: Reason, hint: str
) -> TransactionCanceledException:
    """Create the error of a transaction that some of its entries cancel."""
    reasons: list[dict[str, Any]] = [
        {"Code": reason.code, "Message": reason.message} if number in entries else {"Code": "None"}
        for number in range(len(request.entries))
    ]
    codes = ", ".join(one["Code"] for one in reasons)
    return TransactionCanceledException(
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        hint=hint,
        members={"CancellationReasons": reasons},
    )
