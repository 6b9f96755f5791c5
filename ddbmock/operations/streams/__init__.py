"""The API of DynamoDB Streams, version 2012-08-10."""

from collections.abc import Mapping
from typing import Final

from ddbmock.operations.operation import Kind, Operation
from ddbmock.operations.request_entries import single_entry, stream_entries
from ddbmock.operations.streams import records, streams

OPERATIONS: Final[Mapping[str, Operation]] = {
    "DescribeStream": Operation(
        streams.DescribeStreamInput,
        streams.describe_stream,
        Kind.STREAM,
        stream_entries,
        page_size="Limit",
    ),
    "GetRecords": Operation(
        records.GetRecordsInput,
        records.get_records,
        Kind.STREAM,
        stream_entries,
        page_size="Limit",
        plain_output=True,
    ),
    "GetShardIterator": Operation(
        records.GetShardIteratorInput,
        records.get_shard_iterator,
        Kind.STREAM,
        stream_entries,
    ),
    "ListStreams": Operation(
        streams.ListStreamsInput,
        streams.list_streams,
        Kind.STREAM,
        single_entry,
        page_size="Limit",
    ),
}

NOT_SERVED: Final[tuple[str, ...]] = ()
