"""Shards: the parts of a stream, by hash key; they are closed and succeeded by the clock.

The digest by which a table orders its hash keys (:mod:`ddbmock.database.stored_key`) also divides them
among the open shards of a stream: each covers the digests from its *boundary* to the next one. An
open shard is found by its boundary in a space of *heads*. A writer reads the head, takes the next
number, and stores record and head in the transaction of the change itself. So numbers are given
in the order of commits: a transaction that takes number n + 1 has seen the commit of n, and of two
transactions that take the same number the storage lets only one commit. A reader that sees n + 1 sees n.

A shard is succeeded by a child after :data:`LIFE`, at the first write or read from then on, and is
removed with its records :data:`RETENTION` later. Nothing else trims records: those which are older
than the retention are hidden by a search for the first younger one.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from hashlib import md5
from itertools import islice
from typing import Final

import orjson

from ddbmock.frozen import dataclass
from ddbmock.named_tuple import NamedTuple
from ddbmock.storage import Reader, Writer

LIFE: Final = 4 * 3600 * 1000
"""Milliseconds after which an open shard is succeeded by a child. Source: AWS's example of a
stream, whose shards follow one another every four hours and some minutes."""
RETENTION: Final = 24 * 3600 * 1000
"""Milliseconds that a record is readable, and a closed shard listed."""
STEP: Final = 10**20
"""Distance of two sequence numbers, as recorded: the number of a record in its lineage is in front
of the last twenty digits, which here are the record's time in milliseconds."""
REMOVED: Final = 1_000
"""Records that one transaction removes at most."""

_HEAD: Final = struct.Struct(">QQQ")


def milliseconds(seconds: float) -> int:
    """Return a time in whole milliseconds."""
    return max(round(seconds * 1000), 0)


class Head(NamedTuple):
    """An open shard, as its writers need it."""

    shard_id: str
    created: int
    """Milliseconds since the epoch."""
    number: int
    """Number of the last record; of an empty shard, the number of its start."""
    time: int
    """Milliseconds since the epoch of the last record; never before the one before."""

    def encode(self) -> bytes:
        """Return the stored form."""
        return _HEAD.pack(self.created, self.number, self.time) + self.shard_id.encode()

    @classmethod
    def decode(cls, stored: bytes) -> Head:
        """Return the head of a stored form."""
        created, number, time = _HEAD.unpack_from(stored)
        return cls(stored[_HEAD.size :].decode(), created, number, time)

    @property
    def sequence_number(self) -> int:
        """Return the sequence number of the last record, or of the start."""
        return self.number * STEP + self.time


@dataclass(frozen=True)
class Shard:
    """A shard as DescribeStream shows it."""

    shard_id: str
    boundary: int
    """The first digest of the hash keys that it covers."""
    parent: str | None
    created: int
    start: tuple[int, int]
    """Number and time of its start, which no record has."""
    end: tuple[int, int] | None = None
    """Number and time of its last record, or of its start if it is empty; None: it is open."""
    closed: int | None = None

    @property
    def starting_sequence_number(self) -> int:
        """Return the sequence number below those of all records."""
        return self.start[0] * STEP + self.start[1]

    @property
    def ending_sequence_number(self) -> int | None:
        """Return the sequence number of the last record of a closed shard."""
        return None if self.end is None else self.end[0] * STEP + self.end[1]

    def listed(self, now: int) -> bool:
        """Return whether it still exists: closed shards do for 24 hours."""
        return self.closed is None or self.closed + RETENTION > now


def heads_space(stream: str) -> str:
    """Return the space of the heads of a stream, by boundary."""
    return f"{stream}/heads"


def records_space(stream: str, shard_id: str) -> str:
    """Return the space of the records of a shard, by their numbers."""
    return f"{stream}/{shard_id}"


def number_key(number: int) -> bytes:
    """Return the key of the record with a number in its shard."""
    return number.to_bytes(8, "big")


def boundary_key(boundary: int) -> bytes:
    """Return the key of the head of the shard that begins with a digest."""
    return boundary.to_bytes(4, "big")


def head(reader: Reader, stream: str, boundary: int) -> Head | None:
    """Return the open shard that begins with a digest; None if the stream has ended."""
    stored = reader.get(heads_space(stream), boundary_key(boundary))
    return None if stored is None else Head.decode(stored)


class Place(NamedTuple):
    """The place of a new record."""

    space: str
    key: bytes
    time: int
    """Milliseconds since the epoch; never before the record before."""


def take(writer: Writer, stream: str, boundary: int, now: int) -> Place | None:
    """Take the next number of an open shard; None if the stream has ended.

    Each write to a table with a stream passes here, so no objects are made that are not needed.
    """
    heads, key = heads_space(stream), boundary_key(boundary)
    stored = writer.get(heads, key)
    if stored is None:
        return None
    created, number, last = _HEAD.unpack_from(stored)
    shard_id = stored[_HEAD.size :]
    time = max(now, last)
    if created + LIFE <= time:
        child = succeed(writer, stream, boundary, Head.decode(stored), time)
        created, number, shard_id = child.created, child.number, child.shard_id.encode()
    number += 1
    writer.put(heads, key, _HEAD.pack(created, number, time) + shard_id)
    return Place(records_space(stream, shard_id.decode()), number_key(number), time)


def open_first(writer: Writer, stream: str, boundaries: Sequence[int], now: float) -> None:
    """Open the shards of a new stream."""
    time = milliseconds(now)
    for boundary in boundaries:
        _open(writer, stream, boundary, None, time, 1, time)


def succeed(
    writer: Writer, stream: str, boundary: int, old: Head, now: int, *children: int
) -> Head:
    """Close an open shard and open its children; return the first child.

    `children` are their boundaries; without any there is one child with the boundary of its parent.
    """
    _close(writer, stream, boundary, old, now)
    created = max(now, old.created + 1)  # children must follow their parent in the order of ids
    heads = [
        _open(writer, stream, child, old.shard_id, created, old.number + 1, old.time)
        for child in children or (boundary,)
    ]
    remove_old(writer, stream, now)
    return heads[0]


def succeed_due(writer: Writer, stream: str, boundaries: Sequence[int], now: float) -> None:
    """Close all shards that are older than :data:`LIFE`, each with a child."""
    time = milliseconds(now)
    for boundary in boundaries:
        old = head(writer, stream, boundary)
        if old is not None and due(old, time):
            succeed(writer, stream, boundary, old, time)


def due(old: Head, now: int) -> bool:
    """Return whether an open shard is to be succeeded."""
    return old.created + LIFE <= now


def close_all(writer: Writer, stream: str, boundaries: Sequence[int], now: float) -> None:
    """Close all open shards, without children."""
    for boundary in boundaries:
        old = head(writer, stream, boundary)
        assert old is not None, "each boundary has a head while the stream is enabled"
        _close(writer, stream, boundary, old, milliseconds(now))


def find(reader: Reader, stream: str, shard_id: str, now: float) -> Shard | None:
    """Return a shard, or None if it does not exist, or not any more."""
    stored = reader.get(_shards_space(stream), shard_id.encode())
    shard = None if stored is None else _decode(stored)
    return shard if shard is not None and shard.listed(milliseconds(now)) else None


def listed(reader: Reader, stream: str, now: float, after: str = "") -> Iterator[Shard]:
    """Yield the shards whose ids follow `after`, in the order of their ids."""
    time = milliseconds(now)
    for _, stored in reader.range(_shards_space(stream), after.encode() + b"\0" if after else b""):
        shard = _decode(stored)
        if shard.listed(time):
            yield shard


def remove_old(writer: Writer, stream: str, now: int) -> None:
    """Remove shards that closed more than 24 hours ago, with at most :data:`REMOVED` records."""
    for _, stored in list(islice(writer.range(_shards_space(stream)), 2)):
        shard = _decode(stored)
        if shard.listed(now) or not _remove(writer, stream, shard.shard_id):
            break


def remove_all(writer: Writer, stream: str) -> bool:
    """Remove shards and records of a stream; False if there are more than one call removes."""
    for key, _ in list(writer.range(_shards_space(stream))):
        if not _remove(writer, stream, key.decode()):
            return False
    return True


def _open(
    writer: Writer,
    stream: str,
    boundary: int,
    parent: str | None,
    created: int,
    number: int,
    time: int,
) -> Head:
    name = f"{stream}/{created}/{boundary}".encode()
    tail = md5(name, usedforsecurity=False).hexdigest()[:8]
    shard_id = f"shardId-{created:020}-{tail}"
    shard = Shard(shard_id, boundary, parent, created, (number, time))
    writer.put(_shards_space(stream), shard_id.encode(), orjson.dumps(asdict(shard)))
    opened = Head(shard_id, created, *shard.start)
    writer.put(heads_space(stream), boundary_key(boundary), opened.encode())
    return opened


def _close(writer: Writer, stream: str, boundary: int, old: Head, now: int) -> None:
    key = old.shard_id.encode()
    stored = writer.get(_shards_space(stream), key)
    assert stored is not None, "an open shard is listed"
    shard = asdict(_decode(stored)) | {"end": (old.number, old.time), "closed": now}
    writer.put(_shards_space(stream), key, orjson.dumps(shard))
    writer.delete(heads_space(stream), boundary_key(boundary))


def _remove(writer: Writer, stream: str, shard_id: str) -> bool:
    space = records_space(stream, shard_id)
    for key in [key for key, _ in islice(writer.range(space), REMOVED)]:
        writer.delete(space, key)
    if next(writer.range(space), None) is not None:
        return False
    writer.delete(_shards_space(stream), shard_id.encode())
    return True


def _shards_space(stream: str) -> str:
    return f"{stream}/shards"


def _decode(stored: bytes) -> Shard:
    raw = orjson.loads(stored)
    end = raw["end"]
    return Shard(**raw | {"start": tuple(raw["start"]), "end": None if end is None else tuple(end)})
