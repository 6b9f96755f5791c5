"""Hooks that change the shards of a stream at once: ``db.roll_shards()``, ``db.split_shard()``."""

from __future__ import annotations

from ddbmock.database import Call
from ddbmock.database.control_plane import stream_shards
from ddbmock.database.control_plane.stream_shards import Succession
from ddbmock.storage.attempts import committed


def roll(call: Call, table: str) -> list[Succession]:
    """Close all open shards of a table's stream, each with one child.

    :raises ValueError: the table does not exist, or has no enabled stream.
    """
    return committed(call.write, lambda tables: stream_shards.roll(tables, table))


def split(call: Call, table: str, shard_id: str | None = None) -> Succession:
    """Close an open shard, by default the one with the most hash keys, with two children.

    :raises ValueError: the table has no enabled stream, or no such open shard.
    """
    return committed(call.write, lambda tables: stream_shards.split(tables, table, shard_id))
