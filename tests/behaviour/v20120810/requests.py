"""Requests that several tests begin with."""

from __future__ import annotations

from typing import Any

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/Music"


def definitions(*attributes: str) -> list[dict[str, str]]:
    """``AttributeDefinitions`` of attributes such as ``artist:S``."""
    pairs = (attribute.split(":") for attribute in attributes)
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in pairs]


def keys(hash_key: str, *range_key: str) -> list[dict[str, str]]:
    """A ``KeySchema``."""
    return [
        {"AttributeName": hash_key, "KeyType": "HASH"},
        *({"AttributeName": name, "KeyType": "RANGE"} for name in range_key),
    ]


def index(name: str, hash_key: str, *range_key: str, **members: Any) -> dict[str, Any]:
    """A secondary index that holds everything, unless `members` say otherwise."""
    return {
        "IndexName": name,
        "KeySchema": keys(hash_key, *range_key),
        "Projection": {"ProjectionType": "ALL"},
    } | members


def table(**members: Any) -> dict[str, Any]:
    """A CreateTable request: an on-demand table of a hash key, unless `members` say otherwise."""
    request = {
        "TableName": "Music",
        "AttributeDefinitions": definitions("artist:S"),
        "KeySchema": keys("artist"),
        "BillingMode": "PAY_PER_REQUEST",
    } | members
    return {name: value for name, value in request.items() if value is not None}


def units(read: int, write: int) -> dict[str, int]:
    """A ``ProvisionedThroughput``."""
    return {"ReadCapacityUnits": read, "WriteCapacityUnits": write}


def provisioned(read: int, write: int, **members: Any) -> dict[str, Any]:
    """A CreateTable request for a table with throughput."""
    return table(BillingMode=None, ProvisionedThroughput=units(read, write), **members)
