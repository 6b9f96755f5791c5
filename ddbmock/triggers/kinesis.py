"""Delivery to Kinesis: empties the outboxes of tables into functions or a Kinesis endpoint."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from ddbmock.database import DynamoDB
from ddbmock.database.data_plane import kinesis_outbox
from ddbmock.database.data_plane.kinesis_outbox import KinesisRecord

Sink: TypeAlias = Callable[[Sequence[KinesisRecord]], object]
"""Takes records in order; an exception leaves them in the outbox."""

BATCH: Final = 500
"""Records of one call of a sink."""


class Kinesis:
    """The Kinesis side of one database: who gets the records of which stream."""

    def __init__(self, dynamodb: DynamoDB, endpoint: str = "") -> None:
        self._dynamodb: Final = dynamodb
        self._endpoint: Final = endpoint
        self._sinks: Final[dict[str, Sink]] = {}

    def attach(self, stream_arn: str, sink: Sink) -> None:
        """Hand the records of a Kinesis stream to a function, at each :meth:`deliver`."""
        self._sinks[stream_arn] = sink

    def records(self, stream_arn: str) -> list[KinesisRecord]:
        """Return the records of a stream that are not delivered yet."""
        with self._dynamodb.storage.read() as reader:
            return [
                record
                for outbox, arn in kinesis_outbox.outboxes(reader)
                if arn == stream_arn
                for record in kinesis_outbox.waiting(reader, outbox, 2**31)
            ]

    def deliver(self) -> int:
        """Deliver all records that have somewhere to go; return how many.

        At least once, and in order: they leave the outbox after they were delivered.
        """
        count = 0
        with self._dynamodb.storage.read() as reader:
            outboxes = list(kinesis_outbox.outboxes(reader))
        for outbox, arn in outboxes:
            sink = self._sinks.get(arn)
            if sink is None and self._endpoint:
                sink = self._sinks[arn] = _sink(arn, self._endpoint)
            while sink is not None:
                with self._dynamodb.storage.read() as reader:
                    records = kinesis_outbox.waiting(reader, outbox, BATCH)
                if not records:
                    break
                sink(records)
                with self._dynamodb.storage.write() as writer:
                    kinesis_outbox.remove(writer, outbox, records[-1].number)
                count += len(records)
        return count


def _sink(stream_arn: str, endpoint: str) -> Sink:
    """Return the sink that puts records to the stream of a Kinesis endpoint, one after the other.

    Kinesis keeps the order of single puts only.
    """
    import boto3

    region, name = stream_arn.split(":")[3], stream_arn.rpartition("/")[2]
    client: Any = boto3.client(
        "kinesis",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id="ddbmock",
        aws_secret_access_key="ddbmock",
    )

    def put(records: Sequence[KinesisRecord]) -> None:
        for record in records:
            client.put_record(StreamName=name, Data=record.data, PartitionKey=record.partition_key)

    return put
