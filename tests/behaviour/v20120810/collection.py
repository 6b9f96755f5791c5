"""A table with indexes of every projection, and items for it: what the tests of reads work on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.behaviour.calling import Caller

Json = dict[str, Any]


def keys(hash_key: str, range_key: str | None = None) -> list[Json]:
    """A KeySchema."""
    schema = [{"AttributeName": hash_key, "KeyType": "HASH"}]
    if range_key is not None:
        schema.append({"AttributeName": range_key, "KeyType": "RANGE"})
    return schema


def index(name: str, schema: list[Json], projection: str, *included: str) -> Json:
    """A secondary index."""
    more = {"NonKeyAttributes": list(included)} if included else {}
    return {
        "IndexName": name,
        "KeySchema": schema,
        "Projection": {"ProjectionType": projection, **more},
    }


TABLE: Json = {
    "TableName": "music",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": keys("artist", "song"),
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": kind}
        for name, kind in {
            "artist": "S",
            "song": "N",
            "year": "N",
            "label": "S",
            "genre": "S",
        }.items()
    ],
    "LocalSecondaryIndexes": [
        index("by-year", keys("artist", "year"), "KEYS_ONLY"),
        index("by-label", keys("artist", "label"), "ALL"),
    ],
    "GlobalSecondaryIndexes": [
        index("genres", keys("genre", "year"), "INCLUDE", "title"),
        index("labels", keys("label"), "KEYS_ONLY"),
    ],
}
"""Local indexes by-year (keys only) and by-label (all); global ones genres (with title), labels."""


def create(call: Caller, **members: Any) -> None:
    """Create the table, with other members than :data:`TABLE`'s if there are any."""
    call("CreateTable", {**TABLE, **members})


def put(call: Caller, *items: Mapping[str, Any]) -> None:
    """Put items, written as Python: text, numbers as they are, anything else as JSON."""
    for item in items:
        call("PutItem", {"TableName": "music", "Item": attributes(item)})


def attributes(item: Mapping[str, Any]) -> Json:
    """An item's JSON."""
    return {name: value(content) for name, content in item.items()}


def value(content: Any) -> Json:
    if isinstance(content, str):
        return {"S": content}
    if isinstance(content, int | float):
        return {"N": str(content)}
    assert isinstance(content, dict)
    return content


def of_artist(artist: str, **members: Any) -> Json:
    """A query for all songs of one artist."""
    return {
        "TableName": "music",
        "KeyConditionExpression": "artist = :artist",
        "ExpressionAttributeValues": {":artist": {"S": artist}},
        **members,
    }


def songs(answer: Mapping[str, Any]) -> list[int]:
    """The range keys of an answer's items."""
    return [int(item["song"]["N"]) for item in answer["Items"]]


def sized(artist: str, song: int, size: int, **more: Any) -> Json:
    """An item of exactly so many bytes; `song` has one digit or two."""
    item = {"artist": artist, "song": song, **more}
    used = sum(len(name) + (2 if isinstance(v, int) else len(v)) for name, v in item.items())
    return {**item, "pad": "x" * (size - used - len("pad"))}
