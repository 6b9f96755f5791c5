"""Hooks that change the shards of a stream at once: ``db.roll_shards()``, ``db.split_shard()``."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable
from typing import TypeVar

from ddbmock.database import Call
from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import stream_shards
from ddbmock.database.control_plane.stream_shards import Succession
from ddbmock.service.router import ATTEMPTS, LONGEST_PAUSE, PAUSE
from ddbmock.storage import ConflictError

T = TypeVar("T")


def roll(call: Call, table: str) -> list[Succession]:
    """Close all open shards of a table's stream, each with one child.

    :raises ValueError: the table does not exist, or has no enabled stream.
    """
    return _committed(call, lambda tables: stream_shards.roll(tables, table))


def split(call: Call, table: str, shard_id: str | None = None) -> Succession:
    """Close an open shard, by default the one with the most hash keys, with two children.

    :raises ValueError: the table has no enabled stream, or no such open shard.
    """
    return _committed(call, lambda tables: stream_shards.split(tables, table, shard_id))


def _committed(call: Call, change: Callable[[Tables], T]) -> T:
    for attempt in itertools.count(1):
        try:
            with call.write() as tables:
                return change(tables)
        except ConflictError:
            # Another transaction has written to the stream.
            if attempt == ATTEMPTS:
                raise
            time.sleep(random.uniform(0, min(PAUSE * 2**attempt, LONGEST_PAUSE)))
    raise AssertionError("the loop ends by itself")
