"""Changes of a stream's shards on demand, for tests; otherwise the clock or load causes them."""

from __future__ import annotations

from ddbmock.database.catalogue import Tables
from ddbmock.database.data_plane import shards
from ddbmock.database.schema import StreamDescription, TableDescription, stream_id
from ddbmock.database.stored_key import DIGEST_SIZE
from ddbmock.frozen import replace
from ddbmock.named_tuple import NamedTuple


class Succession(NamedTuple):
    """A shard that was closed, and the shards that follow it."""

    parent: str
    children: tuple[str, ...]


def roll(tables: Tables, name: str) -> list[Succession]:
    """Close all open shards of a table's stream; each gets one child.

    :raises ValueError: the table does not exist, or has no enabled stream.
    """
    table, specification = _enabled(tables, name)
    return [
        _succeed(tables, table, specification, boundary, boundary)
        for boundary in specification.boundaries
    ]


def split(tables: Tables, name: str, shard_id: str | None = None) -> Succession:
    """Close an open shard, and open two children that share its hash keys.

    :param shard_id: by default the shard with the most hash keys, the first of several.
    :raises ValueError: the table has no enabled stream, or no such open shard.
    """
    table, specification = _enabled(tables, name)
    ends = [*specification.boundaries[1:], 256**DIGEST_SIZE]
    sizes = dict(zip(specification.boundaries, ends, strict=True))
    boundary = max(sizes, key=lambda one: sizes[one] - one)
    if shard_id is not None:
        boundary = _boundary_of(tables, table, specification, shard_id)
    middle = (boundary + sizes[boundary]) // 2
    if middle == boundary:
        raise ValueError(f"The shard of table {name!r} has one hash key and cannot be split.")
    succession = _succeed(tables, table, specification, boundary, boundary, middle)
    boundaries = tuple(sorted({*specification.boundaries, middle}))

    def change(state: TableDescription) -> TableDescription:
        if state.stream is None or state.stream.label != specification.label:
            return state  # a later one, with another stream
        stream = replace(state.stream, boundaries=boundaries)
        return replace(state, stream=stream)

    tables.change(name, (tables.now, change))
    return succession


def _enabled(tables: Tables, name: str) -> tuple[TableDescription, StreamDescription]:
    table = tables.describe(name)
    if table is None or table.stream is None or not table.stream.enabled:
        raise ValueError(f"Table {name!r} does not exist, or has no enabled stream.")
    return table, table.stream


def _boundary_of(
    tables: Tables, table: TableDescription, specification: StreamDescription, shard_id: str
) -> int:
    stream = stream_id(table.table_id, specification.label)
    for boundary in specification.boundaries:
        head = shards.head(tables.reader, stream, boundary)
        if head is not None and head.shard_id == shard_id:
            return boundary
    raise ValueError(f"The stream of table {table.name!r} has no open shard {shard_id!r}.")


def _succeed(
    tables: Tables,
    table: TableDescription,
    specification: StreamDescription,
    boundary: int,
    *children: int,
) -> Succession:
    stream = stream_id(table.table_id, specification.label)
    head = shards.head(tables.reader, stream, boundary)
    assert head is not None, "an enabled stream has a shard at each boundary"
    shards.succeed(
        tables.writer, stream, boundary, head, shards.milliseconds(tables.now), *children
    )
    heads = [shards.head(tables.reader, stream, child) for child in children]
    return Succession(head.shard_id, tuple(one.shard_id for one in heads if one is not None))
