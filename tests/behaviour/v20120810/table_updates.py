"""Requests that update the table of :func:`.requests.table`, and what its description shows."""

from __future__ import annotations

from typing import Any

from tests.behaviour.calling import Caller
from tests.behaviour.v20120810.requests import (
    definitions,
    index,
)

IN_USE = "Attempt to change a resource which is still in use: "
NO_UNITS = {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0}


def update(call: Caller, **members: Any) -> dict[str, Any]:
    result: dict[str, Any] = call("UpdateTable", {"TableName": "Music", **members})
    assert list(result) == ["TableDescription"]
    description: dict[str, Any] = result["TableDescription"]
    return description


def refused(call: Caller, **members: Any) -> tuple[int, str, str | None]:
    return call.refused("UpdateTable", {"TableName": "Music", **members})


def described(call: Caller) -> dict[str, Any]:
    result: dict[str, Any] = call("DescribeTable", {"TableName": "Music"})["Table"]
    return result


def add_index(name: str = "by_genre", hash_key: str = "genre", **members: Any) -> dict[str, Any]:
    """The members of an UpdateTable request that create an index on strings."""
    return {
        "AttributeDefinitions": definitions(f"{hash_key}:S"),
        "GlobalSecondaryIndexUpdates": [{"Create": index(name, hash_key, **members)}],
    }


def drop_index(name: str = "by_genre") -> dict[str, Any]:
    return {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": name}}]}


def item(artist: str, **attributes: Any) -> dict[str, Any]:
    return {"artist": {"S": artist}, **attributes}


def in_use(text: str) -> tuple[int, str, str]:
    return 400, "ResourceInUseException", IN_USE + text


def phase(description: dict[str, Any]) -> tuple[str, bool | None]:
    """``(status, backfilling)`` of the only global index."""
    (shown,) = description["GlobalSecondaryIndexes"]
    return shown["IndexStatus"], shown.get("Backfilling")


def counted(call: Caller) -> tuple[int, int]:
    """``ItemCount`` of the table and its only global index."""
    description = described(call)
    (shown,) = description["GlobalSecondaryIndexes"]
    return description["ItemCount"], shown["ItemCount"]


def stream(description: dict[str, Any]) -> tuple[Any, str, str]:
    return (
        description.get("StreamSpecification"),
        description["LatestStreamLabel"],
        description["LatestStreamArn"],
    )
