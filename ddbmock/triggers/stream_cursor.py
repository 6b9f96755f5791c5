"""Stream cursors: a reader of all shards of a table's stream, each parent before its children."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from ddbmock.database.data_plane.shard_iterators import ShardIterator
from ddbmock.database.data_plane.shards import STEP
from ddbmock.errors import (
    ExpiredIteratorException,
    ResourceNotFoundException,
    TrimmedDataAccessException,
)
from ddbmock.operations.operation import Output
from ddbmock.triggers.errors import TriggerError

Perform: TypeAlias = Callable[[str, dict[str, Any]], Output]
"""A function that performs the operation of a target such as
``DynamoDBStreams_20120810.GetRecords``."""

STREAMS: Final = "DynamoDBStreams_20120810"


class StreamCursor:
    """A position in each shard of a stream, which :meth:`read` advances."""

    def __init__(
        self,
        perform: Perform,
        arn: str,
        positions: Mapping[str, int] | None = None,
        finished: set[str] | None = None,
    ) -> None:
        self.arn: Final = arn
        self.positions: Final = dict(positions or {})
        """The sequence number of the last record that was read, for each shard."""
        self.finished: Final = finished or set()
        """The shards that were read to their ends."""
        self.shards: Final[set[str]] = set()
        """The shards that existed when the stream was last read."""
        self._perform: Final = perform
        self._iterators: Final[dict[str, str]] = {}

    def skip(self) -> None:
        """Move behind all existing records."""
        for shard in self._shards():
            shard_id = shard["ShardId"]
            if "EndingSequenceNumber" in shard["SequenceNumberRange"]:
                self.finished.add(shard_id)
                continue
            iterator = self._iterator(shard_id, {"ShardIteratorType": "LATEST"})
            # This number is below the next one, and above all others.
            self.positions[shard_id] = ShardIterator.decode(iterator).number * STEP - 1
            self._iterators[shard_id] = iterator

    @property
    def drained(self) -> bool:
        """Return whether all shards were read to their ends."""
        return self.shards <= self.finished

    def read(
        self, pending: Callable[[str], bool], full: Callable[[str], bool]
    ) -> Iterator[tuple[str, Output]]:
        """Yield the next records, with the ids of their shards.

        A shard waits while records of its parent are `pending`, and is not read while it is `full`.
        """
        shards = self._shards()
        self.shards.clear()
        self.shards.update(shard["ShardId"] for shard in shards)
        for shard in shards:
            shard_id, parent = shard["ShardId"], shard.get("ParentShardId")
            waits = parent in self.shards and (parent not in self.finished or pending(str(parent)))
            if shard_id not in self.finished and not waits:
                yield from self._read_shard(shard_id, full)

    def _read_shard(
        self, shard_id: str, full: Callable[[str], bool]
    ) -> Iterator[tuple[str, Output]]:
        while not full(shard_id):
            try:
                if shard_id not in self._iterators:
                    self._iterators[shard_id] = self._iterator(shard_id, self._position(shard_id))
                page = self._call("GetRecords", ShardIterator=self._iterators[shard_id])
            except ExpiredIteratorException:
                del self._iterators[shard_id]
                continue
            except TrimmedDataAccessException:
                self._iterators.pop(shard_id, None)
                self.positions.pop(shard_id, None)
                continue
            except ResourceNotFoundException:
                self.finished.add(shard_id)
                return
            for record in page["Records"]:
                self.positions[shard_id] = int(record["dynamodb"]["SequenceNumber"])
                yield shard_id, record
            following = page.get("NextShardIterator")
            if following is None:
                self.finished.add(shard_id)
                return
            self._iterators[shard_id] = following
            if not page["Records"]:
                return

    def _position(self, shard_id: str) -> dict[str, str]:
        number = self.positions.get(shard_id)
        if number is None:
            return {"ShardIteratorType": "TRIM_HORIZON"}
        return {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": str(number)}

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
                return []  # The stream was disabled a day ago.
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
