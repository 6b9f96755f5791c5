"""The errors of a service in trouble, as each operation answers them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, NamedTuple

from ddbmock.errors import (
    DynamoDBError,
    InternalServerError,
    ProvisionedThroughputExceededException,
    ThrottlingException,
    TransactionCanceledException,
    TransactionConflictException,
)
from ddbmock.fault_injection.request_view import READS, TRANSACTIONS, WRITES, Asked


class Reason(NamedTuple):
    """Why entries of a transaction are refused."""

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


def throttled(
    asked: Asked, entries: Collection[int], hint: str, reason: Reason = EXCEEDED
) -> DynamoDBError:
    """A refusal because of some entries, by their numbers, that too much is asked for."""
    if asked.operation in TRANSACTIONS:
        return cancelled(asked, entries, reason, hint)
    if asked.operation in READS | WRITES:
        return ProvisionedThroughputExceededException(reason.message, hint=hint)
    return ThrottlingException("Rate of requests exceeds the allowed throughput.", hint=hint)


def failed(asked: Asked, entries: Collection[int], hint: str) -> DynamoDBError:
    """A refusal because the service is at fault."""
    del asked, entries
    return InternalServerError("Internal server error", hint=hint)


def conflicting(asked: Asked, entries: Collection[int], hint: str) -> DynamoDBError:
    """A refusal because another transaction is at work on some entries."""
    if asked.operation in TRANSACTIONS:
        return cancelled(asked, entries, CONFLICT, hint)
    return TransactionConflictException(CONFLICT.message, hint=hint)


def cancelled(
    asked: Asked, entries: Collection[int], reason: Reason, hint: str
) -> TransactionCanceledException:
    """A transaction's refusal because of some of its entries."""
    reasons: list[dict[str, Any]] = [
        {"Code": reason.code, "Message": reason.message} if number in entries else {"Code": "None"}
        for number in range(len(asked.entries))
    ]
    codes = ", ".join(one["Code"] for one in reasons)
    return TransactionCanceledException(
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        hint=hint,
        members={"CancellationReasons": reasons},
    )
