"""Stream ARNs: how requests name streams, and the errors for unknown streams.

Source of the texts: recorded answers of the service.
"""

from __future__ import annotations

import re
from typing import Annotated, Final, TypeAlias

from ddbmock.database import Call
from ddbmock.database.catalogue import Tables
from ddbmock.database.data_plane import streams
from ddbmock.database.data_plane.streams import Stream
from ddbmock.errors import ResourceNotFoundException, ValidationException
from ddbmock.named_tuple import NamedTuple
from ddbmock.shapes import Length
from ddbmock.shapes.constraints import NAME

StreamArn: TypeAlias = Annotated[str, Length(37, 1024)]
ShardId: TypeAlias = Annotated[str, Length(28, 65)]

_STREAM_ARN: Final = re.compile(
    rf"arn:aws[a-z-]*:dynamodb:(?P<region>[a-z0-9-]+):(?P<account>\d{{12}})"
    rf":table/(?P<table>{NAME})/stream/(?P<label>[^/|]+)",
    re.ASCII,
)


class StreamName(NamedTuple):
    """The parts of a stream's ARN."""

    arn: str
    region: str
    account: str
    table_name: str
    label: str


def read_stream_arn(call: Call, arn: str) -> StreamName:
    """Return the parts of an ARN.

    :raises ValidationException: it is not the ARN of a stream.
    """
    match = _STREAM_ARN.fullmatch(arn)
    if match is None:
        raise ValidationException(
            f"Invalid StreamArn: Invalid ResourceArn provided as input {arn}",
            hint=f"A stream's ARN is like {call.table_arn('Music')}/stream/2026-09-21T14:13:20.250.",
        )
    return StreamName(arn, match["region"], match["account"], match["table"], match["label"])


def stream_arn(call: Call, stream: Stream) -> str:
    """Return the ARN of a stream."""
    return f"{call.table_arn(stream.table_name)}/stream/{stream.label}"


def find_stream(tables: Tables, name: StreamName) -> Stream:
    """Return the stream of an ARN.

    :raises ResourceNotFoundException: it does not exist, or has been disabled for 24 hours.
    """
    call = tables.call
    if (name.region, name.account) == (call.region, call.account_id):
        stream = streams.find(tables.reader, call.prefix, name.table_name, name.label, tables.now)
        if stream is not None:
            return stream
        hint = _why_not(tables, name)
    else:
        hint = f"The ARN is of another account or region: this request is for account {call.account_id} in region {call.region}."
    raise ResourceNotFoundException(
        f"Requested resource not found: Stream: {name.arn} not found", hint=hint
    )


def _why_not(tables: Tables, name: StreamName) -> str:
    found = streams.listed(tables.reader, tables.call.prefix, tables.now, name.table_name, None)
    labels = [stream.label for stream in found]
    if not labels:
        return (
            f"Table {name.table_name!r} has had no stream in the last 24 hours; CreateTable and "
            "UpdateTable enable one with StreamSpecification."
        )
    return f"Streams of {name.table_name!r}: {', '.join(labels)}."
