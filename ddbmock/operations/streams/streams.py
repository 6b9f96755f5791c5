"""Streams and their shards: ListStreams and DescribeStream."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Final

from ddbmock.database import Call
from ddbmock.database.catalogue import Tables
from ddbmock.database.data_plane import shards, streams
from ddbmock.database.data_plane.shards import Shard
from ddbmock.database.data_plane.streams import Stream
from ddbmock.errors import ResourceNotFoundException
from ddbmock.operations.operation import Output, Timestamp
from ddbmock.operations.streams.stream_arns import (
    ShardId,
    StreamArn,
    StreamName,
    find_stream,
    read_stream_arn,
    stream_arn,
)
from ddbmock.shapes import Enum, Input, Integer, Length, Pattern, Range, Structure
from ddbmock.shapes.constraints import NAME

MAX_STREAMS: Final = 100
MAX_SHARDS: Final = 100


class ListStreamsInput(Input):
    table_name: Annotated[str, Pattern(NAME), Length(3, 255)] | None = None
    limit: Annotated[Integer, Range(1, MAX_STREAMS)] | None = None
    exclusive_start_stream_arn: StreamArn | None = None


def list_streams(call: Call, request: ListStreamsInput) -> Output:
    """Return a page of the streams of the last 24 hours, by table name and label."""
    after = None
    if request.exclusive_start_stream_arn is not None:
        start = read_stream_arn(call, request.exclusive_start_stream_arn)
        after = streams.key_of(start.table_name, start.label)
    limit = request.limit or MAX_STREAMS
    with call.read() as tables:
        if request.table_name is not None:
            _check_known(tables, request.table_name)
        found = streams.listed(tables.reader, call.prefix, tables.now, request.table_name, after)
        page = list(islice(found, limit))
    output: Output = {
        "Streams": [
            {
                "StreamArn": stream_arn(call, stream),
                "TableName": stream.table_name,
                "StreamLabel": stream.label,
            }
            for stream in page
        ]
    }
    if len(page) == limit:
        output["LastEvaluatedStreamArn"] = stream_arn(call, page[-1])
    return output


def _check_known(tables: Tables, name: str) -> None:
    """Check that a table exists, or has had a stream in the last 24 hours."""
    now, prefix = tables.now, tables.call.prefix
    if next(streams.listed(tables.reader, prefix, now, name, None), None) is not None:
        return
    if tables.describe(name) is None:
        raise ResourceNotFoundException(
            f"Requested resource not found: Table: {name} not found",
            hint=tables.why_not(name, None),
        )


class ShardFilter(Structure):
    type: Annotated[str, Enum("CHILD_SHARDS")]
    shard_id: ShardId


class DescribeStreamInput(Input):
    stream_arn: StreamArn
    limit: Annotated[Integer, Range(1, MAX_SHARDS)] | None = None
    exclusive_start_shard_id: ShardId | None = None
    shard_filter: ShardFilter | None = None


def describe_stream(call: Call, request: DescribeStreamInput) -> Output:
    """Return a stream and a page of its shards, in the order of their ids."""
    name = read_stream_arn(call, request.stream_arn)
    succeed_due(call, name)
    limit = request.limit or MAX_SHARDS
    with call.read() as tables:
        stream = find_stream(tables, name)
        found = shards.listed(
            tables.reader, stream.id, tables.now, request.exclusive_start_shard_id or ""
        )
        if request.shard_filter is not None:
            parent = request.shard_filter.shard_id
            found = (shard for shard in found if shard.parent == parent)
        page = list(islice(found, limit + 1))
        status = stream.status(tables.now)
    description: Output = {
        "StreamArn": request.stream_arn,
        "StreamLabel": stream.label,
        "StreamStatus": status,
        "StreamViewType": stream.view_type,
        "CreationRequestDateTime": Timestamp(stream.created_at),
        "TableName": stream.table_name,
        "KeySchema": _key_schema(stream),
        "Shards": list(map(_shard, page[:limit])),
    }
    if len(page) > limit:
        description["LastEvaluatedShardId"] = page[limit - 1].shard_id
    return {"StreamDescription": description}


def succeed_due(call: Call, name: StreamName) -> None:
    """Replace the open shards of an enabled stream that are old enough by their children.

    Writes do so as well; this is for streams without writes. It checks in a read transaction first, so that
    reading a stream writes only once in four hours.
    """
    with call.read() as tables:
        stream = find_stream(tables, name)
        table = tables.describe(stream.table_name)
        if table is None or table.stream is None or not table.stream.enabled:
            return
        if table.table_id != stream.table_id or table.stream.label != stream.label:
            return
        time = shards.milliseconds(tables.now)
        boundaries = table.stream.boundaries
        heads = [shards.head(tables.reader, stream.id, boundary) for boundary in boundaries]
        if not any(head is not None and shards.due(head, time) for head in heads):
            return
    with call.write() as tables:
        shards.succeed_due(tables.writer, stream.id, boundaries, tables.now)


def _shard(shard: Shard) -> Output:
    numbers = {"StartingSequenceNumber": str(shard.starting_sequence_number)}
    if shard.ending_sequence_number is not None:
        numbers["EndingSequenceNumber"] = str(shard.ending_sequence_number)
    output: Output = {"ShardId": shard.shard_id, "SequenceNumberRange": numbers}
    if shard.parent is not None:
        output["ParentShardId"] = shard.parent
    return output


def _key_schema(stream: Stream) -> list[Output]:
    roles = (("HASH", stream.key_schema.hash_key), ("RANGE", stream.key_schema.range_key))
    return [
        {"AttributeName": name, "KeyType": role}
        for role, attributes in roles
        for name, _ in attributes
    ]
