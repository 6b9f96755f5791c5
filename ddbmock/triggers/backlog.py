"""A backlog: the records of a table's streams that a trigger has not yet passed to its function.

Storage has the position in each shard, the numbers of the waiting records, and the failed batches
with their attempts. It does not have the records themselves, which are read again when a server
starts.
"""

from __future__ import annotations

import contextlib
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from ddbmock.triggers.errors import TriggerError
from ddbmock.triggers.events import Record
from ddbmock.triggers.filter_patterns import FilterPattern
from ddbmock.triggers.lanes import Lane
from ddbmock.triggers.options import LATEST, Options
from ddbmock.triggers.positions import Positions, ShardKey, Stored, SupersededError
from ddbmock.triggers.status import Tally
from ddbmock.triggers.stream_cursor import Perform, StreamCursor, stream_arn


@dataclass
class ShardBacklog:
    """The position in one shard, and its waiting records."""

    arn: str
    shard_id: str
    read: int = 0
    """The sequence number up to which the shard was read."""
    finished: bool = False
    lanes: dict[int, Lane] = field(default_factory=dict)
    loaded: int = 0
    """The stored value of `read`."""
    dirty: bool = True

    @property
    def pending(self) -> bool:
        """Return whether there are records that are not done."""
        return any(lane.pending for lane in self.lanes.values())

    def add(self, record: Record, number: int, *, matches: bool) -> bool:
        """Add a record to its lane; return whether the function will get it."""
        if record.number > self.read:
            self.read = record.number
            self.dirty = True
        return matches and self.lanes.setdefault(number, Lane(self.loaded)).add(record)

    def encode(self, factor: int) -> dict[str, Any]:
        """Return the stored form."""
        lanes = {str(number): lane.encode() for number, lane in self.lanes.items()}
        return {
            "read": str(self.read),
            "finished": self.finished,
            "factor": factor,
            "lanes": {number: lane for number, lane in lanes.items() if lane is not None},
        }

    @classmethod
    def decode(cls, key: ShardKey, stored: dict[str, Any], factor: int) -> ShardBacklog:
        """Return the backlog of a stored form. The caller reads its records again.

        If the parallelisation factor has changed, the lanes differ. Reading then begins at the
        first record that is not done.
        """
        read = int(stored["read"])
        lanes = {int(one): Lane.decode(lane, read) for one, lane in stored["lanes"].items()}
        if stored["factor"] != factor:
            read = min([read, *(lane.seen for lane in lanes.values())])
            lanes = {}
        return cls(*key, read, stored["finished"], lanes, read, dirty=False)


class Backlog:
    """The streams of a trigger's table, and the waiting records of their shards."""

    def __init__(
        self, perform: Perform, table: str, options: Options, positions: Positions
    ) -> None:
        self.tally = Tally()
        self._perform: Final = perform
        self._table: Final = table
        self._options: Final = options
        self._patterns: Final[list[FilterPattern]] = options.patterns()
        self._positions: Final = positions
        self._streams: list[StreamCursor] = []
        self._shards: dict[ShardKey, ShardBacklog] = {}
        self.load()

    def load(self) -> None:
        """Continue at the stored positions, or begin if there are none."""
        stored = self._positions.load()
        if stored is None:
            stored = self._begin()
        self.tally = Tally(**stored.tally)
        factor = self._options.parallelization_factor
        self._shards = {
            key: ShardBacklog.decode(key, shard, factor) for key, shard in stored.shards.items()
        }
        self._streams = [self._cursor(arn) for arn in stored.streams]

    def refresh(self) -> None:
        """Load the positions again if another server or a restored snapshot has changed them."""
        if self._positions.superseded():
            self.load()

    def _begin(self) -> Stored:
        """Store the position at which the trigger begins. If the table does not exist yet, all
        records count."""
        shards: dict[ShardKey, dict[str, Any]] = {}
        arns = []
        with contextlib.suppress(TriggerError):
            arns.append(stream_arn(self._perform, self._table))
        if arns and self._options.starting_position == LATEST:
            cursor = StreamCursor(self._perform, arns[0])
            cursor.skip()
            for shard_id in {*cursor.positions, *cursor.finished}:
                finished = shard_id in cursor.finished
                read = cursor.positions.get(shard_id, 0)
                shard = ShardBacklog(arns[0], shard_id, read, finished)
                shards[arns[0], shard_id] = shard.encode(self._options.parallelization_factor)
        try:
            self._positions.save(arns, vars(Tally()), shards)
        except SupersededError:  # Another server has stored it first.
            found = self._positions.load()
            if found is not None:
                return found
        return Stored(arns, vars(Tally()), shards)

    def _cursor(self, arn: str) -> StreamCursor:
        shards = [shard for shard in self._shards.values() if shard.arn == arn]
        positions = {}
        for shard in shards:
            first = min([shard.read, *(lane.seen for lane in shard.lanes.values())])
            if first:
                positions[shard.shard_id] = first
        finished = {one.shard_id for one in shards if one.finished and not one.pending}
        return StreamCursor(self._perform, arn, positions, finished)

    @property
    def found(self) -> bool:
        """Return whether the table exists and has a stream."""
        return bool(self._streams)

    @property
    def shards(self) -> list[ShardBacklog]:
        """Return the shards that were read, in the order of reading."""
        return list(self._shards.values())

    @property
    def position(self) -> dict[str, str]:
        """Return the sequence number of the last record that was read, for each shard."""
        return {shard.shard_id: str(shard.read) for shard in self.shards if shard.read}

    def lanes(self) -> Iterator[Lane]:
        """Yield the lanes of all shards."""
        for shard in self.shards:
            yield from list(shard.lanes.values())

    def fetch(self) -> int:
        """Read all available records; return the number of those that the function will get.

        :raises TriggerError: the table does not exist, or has no stream.
        """
        self.refresh()
        known = [cursor.arn for cursor in self._streams]
        try:
            arn = stream_arn(self._perform, self._table)
        except TriggerError:
            if not known:
                raise
        else:
            if arn not in known:
                self._streams.append(self._cursor(arn))
        count = 0
        while True:
            cursor = self._streams[0]
            count += self._read(cursor)
            if self._drop_trimmed():
                continue  # A child shard need not wait any more.
            if len(self._streams) == 1 or not cursor.drained or self._pending(cursor.arn):
                return count
            # The table's next stream is read when this one is done.
            self._streams.pop(0)
            self._forget(cursor.arn, set())

    def _read(self, cursor: StreamCursor) -> int:
        def pending(shard_id: str) -> bool:
            shard = self._shards.get((cursor.arn, shard_id))
            return shard is not None and shard.pending

        def full(shard_id: str) -> bool:
            shard = self._shards.get((cursor.arn, shard_id))
            if shard is None or cursor.positions.get(shard_id, 0) < shard.read:
                return False  # After a restart, records are read again.
            return any(lane.full for lane in shard.lanes.values())

        count = 0
        for shard_id, output in cursor.read(pending, full):
            record = Record.of(output, cursor.arn)
            matches = not self._patterns or any(
                one.matches(record.content) for one in self._patterns
            )
            number = zlib.crc32(record.key) % self._options.parallelization_factor
            count += self._shard(cursor.arn, shard_id).add(record, number, matches=matches)
        for shard_id in cursor.finished & cursor.shards:
            shard = self._shard(cursor.arn, shard_id)
            shard.dirty |= not shard.finished
            shard.finished = True
        self._forget(cursor.arn, cursor.shards)
        return count

    def _drop_trimmed(self) -> bool:
        """Remove the batches whose records no longer exist; return whether there were any."""
        dropped = False
        for shard in self.shards:
            for lane in shard.lanes.values():
                left = [batch for batch in lane.failed if batch.records]
                if len(left) < len(lane.failed):
                    lane.failed = deque(left)
                    dropped = shard.dirty = True
        return dropped

    def _shard(self, arn: str, shard_id: str) -> ShardBacklog:
        return self._shards.setdefault((arn, shard_id), ShardBacklog(arn, shard_id))

    def _pending(self, arn: str) -> bool:
        return any(shard.pending for shard in self.shards if shard.arn == arn)

    def _forget(self, arn: str, existing: set[str]) -> None:
        """Remove the state of shards that no longer exist."""
        gone = {
            shard.shard_id: None
            for shard in self.shards
            if shard.arn == arn and shard.shard_id not in existing and not shard.pending
        }
        if gone:
            self._store({(arn, shard_id): None for shard_id in gone})
            for shard_id in gone:
                del self._shards[arn, shard_id]

    def save(self, *shards: ShardBacklog) -> None:
        """Store the positions of some shards, by default of all that have changed.

        :raises SupersededError: another server or a restored snapshot has changed them.
        """
        factor = self._options.parallelization_factor
        changed = shards or [shard for shard in self.shards if shard.dirty]
        if changed:
            self._store({(one.arn, one.shard_id): one.encode(factor) for one in changed})
            for shard in changed:
                shard.dirty = False

    def _store(self, shards: dict[ShardKey, dict[str, Any] | None]) -> None:
        self._positions.save([one.arn for one in self._streams], vars(self.tally), shards)

    def remove(self) -> None:
        """Forget the stored positions."""
        self._positions.remove()
