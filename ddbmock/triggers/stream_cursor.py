"""Stream cursors: a reader of all shards of a table's stream, each parent before its children."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

from ddbmock.errors import (
    ExpiredIteratorException,
    ResourceNotFoundException,
    TrimmedDataAccessException,
)
from ddbmock.operations.operation import Output
from ddbmock.triggers.errors import TriggerError

Perform: TypeAlias = Callable[[str, dict[str, Any]], Output]
"""Performs the operation of a target such as ``DynamoDBStreams_20120810.GetRecords``."""

STREAMS: Final = "DynamoDBStreams_20120810"


class StreamCursor:
    """A position in each shard of a stream; :meth:`read` moves on."""

    def __init__(self, perform: Perform, arn: str, *, latest: bool) -> None:
        self.arn: Final = arn
        self._perform: Final = perform
        self._iterators: dict[str, str] = {}
        self._checkpoints: dict[str, str] = {}
        self._finished: set[str] = set()
        if latest:
            for shard in self._shards():
                if "EndingSequenceNumber" in shard["SequenceNumberRange"]:
                    self._finished.add(shard["ShardId"])
                else:
                    position = {"ShardIteratorType": "LATEST"}
                    self._iterators[shard["ShardId"]] = self._iterator(shard["ShardId"], position)

    @property
    def position(self) -> dict[str, str]:
        """Return the sequence number of the last record that was read, for each shard."""
        return dict(self._checkpoints)

    def read(
        self, pending: Callable[[str], bool], full: Callable[[str], bool]
    ) -> Iterator[tuple[str, Output]]:
        """Yield the records that follow, with the ids of their shards.

        A shard waits while records of its parent are `pending`, and is not read while it is `full`.
        """
        shards = self._shards()
        known = {shard["ShardId"] for shard in shards}
        for shard in shards:
            shard_id, parent = shard["ShardId"], shard.get("ParentShardId")
            waits = parent in known and (parent not in self._finished or pending(str(parent)))
            if shard_id not in self._finished and not waits and not full(shard_id):
                yield from self._read_shard(shard_id)

    def _read_shard(self, shard_id: str) -> Iterator[tuple[str, Output]]:
        while True:
            try:
                if shard_id not in self._iterators:
                    self._iterators[shard_id] = self._iterator(shard_id, self._position(shard_id))
                page = self._call("GetRecords", ShardIterator=self._iterators[shard_id])
            except ExpiredIteratorException:
                del self._iterators[shard_id]
                continue
            except TrimmedDataAccessException:
                self._iterators.pop(shard_id, None)
                self._checkpoints.pop(shard_id, None)
                continue
            except ResourceNotFoundException:
                self._finished.add(shard_id)
                return
            for record in page["Records"]:
                self._checkpoints[shard_id] = record["dynamodb"]["SequenceNumber"]
                yield shard_id, record
            following = page.get("NextShardIterator")
            if following is None:
                self._finished.add(shard_id)
                return
            self._iterators[shard_id] = following
            if not page["Records"]:
                return

    def _position(self, shard_id: str) -> dict[str, str]:
        number = self._checkpoints.get(shard_id)
        if number is None:
            return {"ShardIteratorType": "TRIM_HORIZON"}
        return {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": number}

    def _iterator(self, shard_id: str, position: dict[str, str]) -> str:
        output = self._call("GetShardIterator", StreamArn=self.arn, ShardId=shard_id, **position)
        iterator: str = output["ShardIterator"]
        return iterator

    def _shards(self) -> list[dict[str, Any]]:
        shards: list[dict[str, Any]] = []
        start: dict[str, str] = {}
        while True:
            try:
                page = self._call("DescribeStream", StreamArn=self.arn, **start)
            except ResourceNotFoundException:
                return []  # it was disabled a day ago
            description = page["StreamDescription"]
            shards += description["Shards"]
            if "LastEvaluatedShardId" not in description:
                return shards
            start = {"ExclusiveStartShardId": description["LastEvaluatedShardId"]}

    def _call(self, operation: str, **members: Any) -> Output:
        return self._perform(f"{STREAMS}.{operation}", members)


def stream_arn(perform: Perform, table: str) -> str:
    """Return the ARN of the stream of a table, which may have been disabled meanwhile.

    :raises TriggerError: the table does not exist, or has never had a stream.
    """
    try:
        description = perform("DynamoDB_20120810.DescribeTable", {"TableName": table})["Table"]
    except ResourceNotFoundException as error:
        raise TriggerError(
            f"A trigger reads the stream of table {table!r}, which does not exist. {error.hint}"
        ) from None
    arn: str | None = description.get("LatestStreamArn")
    if arn is None:
        raise TriggerError(
            f"A trigger reads the stream of table {table!r}, which has none: create the table with "
            "StreamSpecification={'StreamEnabled': True, 'StreamViewType': 'NEW_AND_OLD_IMAGES'}."
        )
    return arn
