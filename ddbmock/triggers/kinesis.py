"""Delivery to Kinesis, from the outboxes of tables to functions or a Kinesis endpoint."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, TypeAlias

from ddbmock.database import DynamoDB
from ddbmock.database.data_plane import kinesis_outbox
from ddbmock.database.data_plane.kinesis_outbox import KinesisRecord
from ddbmock.storage.attempts import committed

Sink: TypeAlias = Callable[[Sequence[KinesisRecord]], object]
"""A function that takes records in order. If it raises an exception, they stay in the outbox."""

log: Final = logging.getLogger("ddbmock.triggers")

BATCH: Final = 100
"""The number of records in one call of a sink. If one of them fails, all are delivered again."""
CONNECT: Final = 3
READ: Final = 10
"""The time-out of an endpoint in seconds, for connecting and for answering."""


class Kinesis:
    """The sinks of one database's Kinesis streams."""

    def __init__(self, dynamodb: DynamoDB, endpoint: str = "") -> None:
        self._dynamodb: Final = dynamodb
        self._endpoint: Final = endpoint
        self._sinks: Final[dict[str, Sink]] = {}
        if endpoint:
            dynamodb.kinesis = self

    def attach(self, stream_arn: str, sink: Sink) -> None:
        """Pass the records of a Kinesis stream to a function, at each :meth:`deliver`."""
        self._sinks[stream_arn] = sink

    def records(self, stream_arn: str) -> list[KinesisRecord]:
        """Return the records of a stream that are not delivered yet, of the last 24 hours."""
        with self._dynamodb.storage.read() as reader:
            return [
                record
                for outbox, arn in kinesis_outbox.outboxes(reader)
                if arn == stream_arn
                for record in kinesis_outbox.waiting(reader, outbox, 2**31, self._now)
            ]

    def usable(self, stream_arn: str) -> bool:
        """Return whether the records of a stream have a sink; log the reason if they have none."""
        if stream_arn in self._sinks:
            return True
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            client, name = _client(stream_arn, self._endpoint)
            client.describe_stream_summary(StreamName=name)
        except (BotoCoreError, ClientError, IndexError, ValueError) as error:
            # The last two mean that this is not an ARN.
            log.warning("Kinesis stream %s cannot be used: %s", stream_arn, error)
            return False
        return True

    def deliver(self) -> int:
        """Deliver all records that have a sink; return their number.

        Each record is delivered at least once, and in order: it leaves the outbox after its
        delivery. Records that are older than 24 hours are dropped.
        """
        count = 0
        with self._dynamodb.storage.read() as reader:
            outboxes = list(kinesis_outbox.outboxes(reader))
        for outbox, arn in outboxes:
            sink = self._sinks.get(arn)
            if sink is None and self._endpoint:
                sink = self._sinks[arn] = _sink(arn, self._endpoint)
            if sink is not None:
                self._trim(outbox)
            while sink is not None:
                with self._dynamodb.storage.read() as reader:
                    records = kinesis_outbox.waiting(reader, outbox, BATCH, self._now)
                if not records:
                    break
                sink(records)
                last = records[-1].number
                committed(
                    self._dynamodb.storage.write,
                    partial(kinesis_outbox.remove, outbox=outbox, last=last),
                )
                count += len(records)
        return count

    def _trim(self, outbox: bytes) -> None:
        """Remove the records that are too old to be delivered, in transactions of bounded size."""
        trim = partial(kinesis_outbox.trim, outbox=outbox, now=self._now, limit=BATCH)
        while committed(self._dynamodb.storage.write, trim) == BATCH:
            pass

    @property
    def _now(self) -> float:
        return self._dynamodb.clock.now()


def _client(stream_arn: str, endpoint: str) -> tuple[Any, str]:
    """Return a client of an endpoint, and the name of a stream."""
    import boto3
    from botocore.config import Config

    region, name = stream_arn.split(":")[3], stream_arn.rpartition("/")[2]
    client: Any = boto3.client(
        "kinesis",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id="ddbmock",
        aws_secret_access_key="ddbmock",
        config=Config(
            connect_timeout=CONNECT, read_timeout=READ, retries={"total_max_attempts": 2}
        ),
    )
    return client, name


def _sink(stream_arn: str, endpoint: str) -> Sink:
    """Return a sink that puts records into a stream of a Kinesis endpoint, one after the other.

    Kinesis preserves the order only of single puts.
    """
    client, name = _client(stream_arn, endpoint)

    def put(records: Sequence[KinesisRecord]) -> None:
        for record in records:
            client.put_record(StreamName=name, Data=record.data, PartitionKey=record.partition_key)

    return put
