"""Events, with which functions are called, and messages about records that were given up."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Final

import orjson

from ddbmock.named_tuple import NamedTuple
from ddbmock.operations.operation import Output
from ddbmock.service import json

TIMEOUT: Final = 900.0
"""The seconds that a function has according to its context. ddbmock does not end it."""


class Record(NamedTuple):
    """A record of a stream, in the form that functions get."""

    content: dict[str, Any]
    sequence_number: str
    created: float
    """Epoch seconds."""
    size: int
    """The size of its JSON in bytes."""

    @classmethod
    def of(cls, output: Output, stream_arn: str) -> Record:
        """Return the record that GetRecords returns, in the form of Lambda's events."""
        text = json.encode(output)
        content: dict[str, Any] = orjson.loads(text)
        identity = content.get("userIdentity")
        if identity is not None:
            # Only this member has another name in events.
            content["userIdentity"] = {
                "type": identity["Type"],
                "principalId": identity["PrincipalId"],
            }
        content["eventSourceARN"] = stream_arn
        inner = content["dynamodb"]
        return cls(
            content, inner["SequenceNumber"], inner["ApproximateCreationDateTime"], len(text)
        )

    @property
    def number(self) -> int:
        """Return the sequence number, for comparisons."""
        return int(self.sequence_number)

    @property
    def key(self) -> bytes:
        """Return bytes that are equal for equal primary keys."""
        return orjson.dumps(self.content["dynamodb"]["Keys"], option=orjson.OPT_SORT_KEYS)


@dataclass
class Context:
    """The context of an invocation, as Python functions get it from Lambda."""

    function_name: str
    invoked_function_arn: str
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    function_version: str = "$LATEST"
    memory_limit_in_mb: str = "128"
    log_group_name: str = ""
    log_stream_name: str = ""
    identity: Any = None
    client_context: Any = None
    started: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.log_group_name = f"/aws/lambda/{self.function_name}"
        self.log_stream_name = f"[$LATEST]{self.aws_request_id}"

    def get_remaining_time_in_millis(self) -> int:
        """Return the rest of the 15 minutes."""
        return max(int((self.started + TIMEOUT - time.monotonic()) * 1000), 0)


class Window(NamedTuple):
    """A tumbling window."""

    start: int
    end: int
    """Epoch seconds."""

    @classmethod
    def at(cls, seconds: float, length: int) -> Window:
        """Return the window of the given length that contains a time."""
        start = int(seconds) // length * length
        return cls(start, start + length)

    @property
    def members(self) -> dict[str, str]:
        """Return the window in the form of events."""
        return {"start": _timestamp(self.start), "end": _timestamp(self.end)}


def failure_message(
    records: Sequence[Record],
    *,
    condition: str,
    invocations: int,
    failed: bool,
    shard_id: str,
    context: Context,
    now: float,
) -> dict[str, Any]:
    """Return the message to the destination of failures, which does not contain the records."""
    first, last = records[0], records[-1]
    return {
        "requestContext": {
            "requestId": context.aws_request_id,
            "functionArn": context.invoked_function_arn,
            "condition": condition,
            "approximateInvokeCount": invocations,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled" if failed else None,
        },
        "version": "1.0",
        "timestamp": _timestamp(now, milliseconds=True),
        "DDBStreamBatchInfo": {
            "shardId": shard_id,
            "startSequenceNumber": first.sequence_number,
            "endSequenceNumber": last.sequence_number,
            "approximateArrivalOfFirstRecord": _timestamp(first.created),
            "approximateArrivalOfLastRecord": _timestamp(last.created),
            "batchSize": len(records),
            "streamArn": first.content["eventSourceARN"],
        },
    }


def failed_number(answer: Any, records: Sequence[Record]) -> int | None:
    """Return the position of the first record that an answer reports as failed; None if it reports
    none.

    An answer that cannot be understood fails the whole batch. Source: recorded invocations.
    """
    if not answer:
        return None
    failures = answer.get("batchItemFailures", 0) if isinstance(answer, Mapping) else 0
    if failures is None or failures == []:
        return None
    numbers = {record.sequence_number: place for place, record in enumerate(records)}
    places = []
    for failure in failures if isinstance(failures, Sequence) else [None]:
        identifier = failure.get("itemIdentifier") if isinstance(failure, Mapping) else None
        places.append(numbers.get(identifier, 0) if isinstance(identifier, str) else 0)
    return min(places)


def _timestamp(seconds: float, *, milliseconds: bool = False) -> str:
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    text = moment.isoformat(timespec="milliseconds" if milliseconds else "seconds")
    return text.replace("+00:00", "Z")
