"""Shards of streams on the control path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ddbmock.server.control.refused import RefusedError
from ddbmock.service import stream_shards
from ddbmock.service.instance import Instance

_HOW: Final = (
    'Say {"roll": "orders"}, or {"split": "orders"} with {"shard": "shardId-..."} if you like; '
    "region and access_key select the tables of others."
)


def change(instance: Instance, body: Mapping[str, Any]) -> dict[str, Any]:
    """Roll or split shards of a table's stream, and return each shard with its children.

    :raises RefusedError: the body requests neither.
    :raises ValueError: the table has no enabled stream, or no such shard.
    """
    if body.keys() - {"roll", "split", "shard", "region", "access_key"} or not all(
        isinstance(value, str) for value in body.values()
    ):
        raise RefusedError(400, _HOW)
    region = body.get("region", getattr(instance, "region", "us-east-1"))
    call = instance.dynamodb.call("", region, body.get("access_key", ""))
    match body:
        case {"roll": table} if not body.keys() & {"split", "shard"}:
            found = stream_shards.roll(call, table)
        case {"split": table} if "roll" not in body:
            found = [stream_shards.split(call, table, body.get("shard"))]
        case _:
            raise RefusedError(400, _HOW)
    return {"shards": [{"parent": one.parent, "children": one.children} for one in found]}
