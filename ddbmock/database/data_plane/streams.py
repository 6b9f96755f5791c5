"""Streams: the catalogue of all streams, of deleted tables and disabled ones too, for 24 hours.

A stream outlives its specification and its table: it stays readable for a day. So it has an entry
of its own, by table name and label, and its shards and records are kept in spaces that are named
after the stream's id. See :mod:`.shards` and :mod:`.stream_records`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Final

import orjson

from ddbmock.database.data_plane import shards
from ddbmock.database.key import KeyAttribute, KeySchema
from ddbmock.database.schema import TableDescription, stream_id
from ddbmock.frozen import dataclass, members, replace
from ddbmock.storage import Reader, Writer

RETENTION: Final = 86_400.0
"""Seconds that records are kept, and ended streams. Source: Developer Guide."""
CATALOGUE: Final = "streams"
"""The space of all streams; before it comes the prefix of callers that have tables of their own."""
ENDED: Final = "streams/ended"
"""The space of the streams that have ended, in the order of their ends; the prefix precedes it."""
SWEPT: Final = 10
"""Ended streams that one call of :func:`sweep` looks at."""


@dataclass(frozen=True)
class Stream:
    """A stream of a table that exists or existed."""

    table_name: str
    label: str
    table_id: str
    view_type: str
    key_schema: KeySchema
    secret: str
    """The key by which the stream's iterators are signed."""
    created_at: float
    enabled_at: float
    """When its status becomes ENABLED."""
    ended_at: float | None = None
    """When it was disabled: no records are written from then on."""
    disabled_at: float | None = None
    """When its status becomes DISABLED."""

    @property
    def id(self) -> str:
        """Return the identity that precedes the names of its storage spaces."""
        return stream_id(self.table_id, self.label)

    def status(self, now: float) -> str:
        """Return ``ENABLING``, ``ENABLED``, ``DISABLING`` or ``DISABLED``."""
        if self.disabled_at is not None:
            return "DISABLING" if now < self.disabled_at else "DISABLED"
        return "ENABLING" if now < self.enabled_at else "ENABLED"

    def expired(self, now: float) -> bool:
        """Return whether it has been disabled for 24 hours: it does not exist any more then."""
        return self.ended_at is not None and self.ended_at + RETENTION <= now

    def encode(self) -> bytes:
        """Return the stored form."""
        keys = {"hash_key": self.key_schema.hash_key, "range_key": self.key_schema.range_key}
        return orjson.dumps(members(self) | {"key_schema": keys}, list)


@lru_cache(maxsize=1024)
def _decode(stored: bytes) -> Stream:
    """Return the stream of a stored form. Pure: the cache cannot go stale."""
    raw = orjson.loads(stored)
    keys = {
        role: tuple(KeyAttribute(name, kind) for name, kind in attributes)
        for role, attributes in raw["key_schema"].items()
    }
    return Stream(**raw | {"key_schema": KeySchema(**keys)})


def _time_of(label: str) -> float:
    """Return the time that a label tells."""
    return datetime.fromisoformat(f"{label}+00:00").timestamp()


def key_of(table_name: str, label: str) -> bytes:
    """Return the key of a stream in the catalogue, which orders by table name, then label."""
    return f"{table_name}\0{label}".encode()


def find(reader: Reader, prefix: str, table_name: str, label: str, now: float) -> Stream | None:
    """Return a stream, or None if it never existed or ended more than 24 hours ago."""
    stored = reader.get(prefix + CATALOGUE, key_of(table_name, label))
    stream = None if stored is None else _decode(stored)
    return None if stream is None or stream.expired(now) else stream


def listed(
    reader: Reader, prefix: str, now: float, table_name: str | None, after: bytes | None
) -> Iterator[Stream]:
    """Yield the streams, of one table name or of all, that follow a key of :func:`key_of`."""
    low, high = b"", None
    if table_name is not None:
        low, high = f"{table_name}\0".encode(), f"{table_name}\1".encode()
    if after is not None:
        low = max(low, after + b"\0")
    for _, stored in reader.range(prefix + CATALOGUE, low, high):
        stream = _decode(stored)
        if not stream.expired(now):
            yield stream


def exists(reader: Reader, prefix: str, table_name: str, label: str) -> bool:
    """Return whether a label is taken, be it by a stream of a former table of this name."""
    return reader.get(prefix + CATALOGUE, key_of(table_name, label)) is not None


def begin(writer: Writer, table: TableDescription, now: float, enabled_at: float) -> None:
    """Create the stream that a table's description has, with its first shards."""
    specification = table.stream
    assert specification is not None, "there is no stream to begin"
    sweep(writer, table.prefix, now)
    stream = Stream(
        table_name=table.name,
        label=specification.label,
        table_id=table.table_id,
        view_type=specification.view_type,
        key_schema=table.key_schema,
        secret=secrets.token_hex(16),
        created_at=_time_of(specification.label),
        enabled_at=enabled_at,
    )
    _put(writer, table.prefix, stream)
    shards.open_first(writer, stream.id, specification.boundaries, now)


def end(writer: Writer, table: TableDescription, now: float, disabled_at: float) -> None:
    """End the stream of a table, if it has one: its shards are closed and stay readable."""
    specification = table.stream
    if specification is None or not specification.enabled:
        return
    stored = writer.get(table.prefix + CATALOGUE, key_of(table.name, specification.label))
    if stored is None:
        return  # a version of ddbmock without streams enabled it, and it has no record yet
    stream = replace(_decode(stored), ended_at=now, disabled_at=disabled_at)
    shards.close_all(writer, stream.id, specification.boundaries, now)
    _put(writer, table.prefix, stream)
    writer.put(table.prefix + ENDED, _ended_key(stream), b"")
    sweep(writer, table.prefix, now)


def sweep(writer: Writer, prefix: str, now: float) -> None:
    """Remove streams that ended more than 24 hours ago, in bounded work: some, and some records."""
    by = shards.milliseconds(max(now - RETENTION, 0)).to_bytes(8, "big")
    due = list(islice(writer.range(prefix + ENDED, b"", by + b"\xff"), SWEPT))
    for key, _ in due:
        stored = writer.get(prefix + CATALOGUE, key[8:])
        if stored is not None:
            if not shards.remove_all(writer, _decode(stored).id):
                break  # there is more than one transaction should remove
            writer.delete(prefix + CATALOGUE, key[8:])
        writer.delete(prefix + ENDED, key)


def _put(writer: Writer, prefix: str, stream: Stream) -> None:
    writer.put(prefix + CATALOGUE, key_of(stream.table_name, stream.label), stream.encode())


def _ended_key(stream: Stream) -> bytes:
    assert stream.ended_at is not None
    time = shards.milliseconds(stream.ended_at).to_bytes(8, "big")
    return time + key_of(stream.table_name, stream.label)
