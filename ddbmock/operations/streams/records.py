"""Records of streams: GetShardIterator and GetRecords."""

from __future__ import annotations

from typing import Annotated, Final

from ddbmock.database import Call
from ddbmock.database.catalogue import Tables
from ddbmock.database.data_plane import shards, stream_records
from ddbmock.database.data_plane.shard_iterators import OLDEST, ShardIterator
from ddbmock.database.data_plane.shards import Shard
from ddbmock.database.data_plane.stream_records import MAX_PAGE, StreamRecord
from ddbmock.database.data_plane.streams import Stream
from ddbmock.errors import (
    ResourceNotFoundException,
    TrimmedDataAccessException,
    ValidationException,
)
from ddbmock.operations.operation import Output, Timestamp
from ddbmock.operations.streams.stream_arns import (
    ShardId,
    StreamArn,
    find_stream,
    read_stream_arn,
)
from ddbmock.operations.streams.streams import succeed_due
from ddbmock.shapes import Enum, Input, Integer, Length, Pattern, Range, Seconds

AT: Final = "AT_SEQUENCE_NUMBER"
AFTER: Final = "AFTER_SEQUENCE_NUMBER"
AT_TIMESTAMP: Final = "AT_TIMESTAMP"
LATEST: Final = "LATEST"
TRIM_HORIZON: Final = "TRIM_HORIZON"


class GetShardIteratorInput(Input):
    stream_arn: StreamArn
    shard_id: ShardId
    shard_iterator_type: Annotated[str, Enum(TRIM_HORIZON, LATEST, AT, AFTER, AT_TIMESTAMP)]
    sequence_number: Annotated[str, Length(21, 40), Pattern("[0-9]+")] | None = None
    timestamp: Seconds | None = None


def get_shard_iterator(call: Call, request: GetShardIteratorInput) -> Output:
    """Return an iterator for a position in a shard."""
    name = read_stream_arn(call, request.stream_arn)
    _check_position(call, request)
    succeed_due(call, name)
    with call.read() as tables:
        stream = find_stream(tables, name)
        shard = _find_shard(tables, stream, request.shard_id, "Shard does not exist")
        number = _number(tables, stream, shard, request)
    issued = shards.milliseconds(tables.now)
    iterator = ShardIterator(request.stream_arn, shard.shard_id, number, issued)
    return {"ShardIterator": iterator.encode(stream.secret)}


def _check_position(call: Call, request: GetShardIteratorInput) -> None:
    """Check the members against the iterator's type. The texts are assumed: the service's are not known."""
    kind = request.shard_iterator_type
    if (request.sequence_number is None) == (kind in (AT, AFTER)):
        needed = "is required" if request.sequence_number is None else "must not be specified"
        raise ValidationException(
            f"One or more parameter values were invalid: SequenceNumber {needed} for "
            f"ShardIteratorType {kind}",
            hint=f"Give a SequenceNumber for the types {AT} and {AFTER}, and for no other type.",
        )
    if (request.timestamp is None) == (kind == AT_TIMESTAMP):
        needed = "is required" if request.timestamp is None else "must not be specified"
        raise ValidationException(
            f"One or more parameter values were invalid: Timestamp {needed} for ShardIteratorType "
            f"{kind}",
            hint=f"Give a Timestamp for the type {AT_TIMESTAMP}, and for no other type.",
        )
    if request.timestamp is not None and request.timestamp > call.clock.now():
        raise ValidationException(
            "One or more parameter values were invalid: Timestamp must not be in the future",
            hint=f"The time of the database is {call.clock.now():.3f}.",
        )


def _number(tables: Tables, stream: Stream, shard: Shard, request: GetShardIteratorInput) -> int:
    """Return the number of the first record after a new iterator's position."""
    kind, reader = request.shard_iterator_type, tables.reader
    if kind == TRIM_HORIZON:
        return OLDEST
    last = stream_records.last_number(reader, stream.id, shard)
    if kind == LATEST:
        return last + 1
    oldest = stream_records.first_number(reader, stream.id, shard, last, tables.now)
    if request.timestamp is not None:
        before = shards.milliseconds(request.timestamp) - 1
        found = stream_records.first_after(reader, stream.id, shard, last, before)
        return max(found, oldest)
    assert request.sequence_number is not None, "it was checked"
    number = stream_records.at_sequence_number(
        reader, stream.id, shard, last, int(request.sequence_number), after=kind == AFTER
    )
    _check_not_trimmed(number, oldest)
    return number


class GetRecordsInput(Input):
    shard_iterator: Annotated[str, Length(1, 2048)]
    limit: Annotated[Integer, Range(1, MAX_PAGE)] | None = None


def get_records(call: Call, request: GetRecordsInput) -> Output:
    """Return the records after an iterator, and the iterator after these records."""
    iterator = ShardIterator.decode(request.shard_iterator)
    name = read_stream_arn(call, iterator.stream_arn)
    succeed_due(call, name)
    with call.read() as tables:
        reader, now = tables.reader, tables.now
        stream = find_stream(tables, name)
        iterator.check_signature(stream.secret)
        shard = _find_shard(tables, stream, iterator.shard_id, "Invalid ShardId in ShardIterator")
        iterator.check_valid(now)
        last = stream_records.last_number(reader, stream.id, shard)
        oldest = stream_records.first_number(reader, stream.id, shard, last, now)
        if iterator.number != OLDEST:
            _check_not_trimmed(iterator.number, oldest)
        first = iterator.number or oldest
        limit = request.limit or MAX_PAGE
        records = stream_records.read(reader, stream, shard, first, limit)
    call.scanned = call.returned = len(records)
    output: Output = {"Records": [_record(call, stream, shard, record) for record in records]}
    following = records[-1].number + 1 if records else iterator.number
    if shard.end is None or (following or oldest) <= last:
        next_ = ShardIterator(
            iterator.stream_arn, shard.shard_id, following, shards.milliseconds(now)
        )
        output["NextShardIterator"] = next_.encode(stream.secret)
    return output


def _find_shard(tables: Tables, stream: Stream, shard_id: str, otherwise: str) -> Shard:
    shard = shards.find(tables.reader, stream.id, shard_id, tables.now)
    if shard is None:
        raise ResourceNotFoundException(
            f"Requested resource not found: {otherwise}",
            hint="DescribeStream lists the shards of a stream. A closed shard is removed after 24 hours.",
        )
    return shard


def _check_not_trimmed(number: int, oldest: int) -> None:
    if number < oldest:
        raise TrimmedDataAccessException(
            "The data you are trying to access has been trimmed",
            hint="Records are kept for 24 hours. Use an iterator of type TRIM_HORIZON, which starts with the "
            "oldest record.",
        )


_SERVICE: Final = {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}


def _record(call: Call, stream: Stream, shard: Shard, record: StreamRecord) -> Output:
    content: Output = {
        "ApproximateCreationDateTime": Timestamp(record.time // 1000),
        "Keys": record.keys,
    }
    if record.new_image is not None:
        content["NewImage"] = record.new_image
    if record.old_image is not None:
        content["OldImage"] = record.old_image
    content["SequenceNumber"] = str(record.sequence_number)
    content["SizeBytes"] = record.size
    content["StreamViewType"] = stream.view_type
    output: Output = {
        "eventID": stream_records.event_id(stream.id, shard.shard_id, record.number),
        "eventName": record.event_name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": call.region,
        "dynamodb": content,
    }
    if record.by_service:
        output["userIdentity"] = _SERVICE
    return output
