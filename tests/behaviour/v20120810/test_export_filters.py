"""FilterSpecification: exports of some items, and of some attributes.

Source: Developer Guide, "Filtering a table export".
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from ddbmock.object_store.memory import MemoryBucket
from tests.behaviour.calling import START, Caller
from tests.behaviour.v20120810.requests import definitions, table
from tests.behaviour.v20120810.test_exports_and_imports import (
    bucket,
    exported,
    lines_of,
    settings,
    started,
)

__all__ = ["bucket", "settings"]


@pytest.fixture(autouse=True)
def only_the_router(way: Any) -> None:
    if way.door != "router":
        pytest.skip("botocore of two years ago does not know FilterSpecification")


def put(call: Caller, artist: str, year: int, **more: Any) -> None:
    item = {"artist": {"S": artist}, "year": {"N": str(year)}, **more}
    call("PutItem", {"TableName": "Music", "Item": item})


@pytest.fixture
def music(call: Caller) -> None:
    call(
        "CreateTable",
        table(
            AttributeDefinitions=definitions("artist:S", "year:N"),
            KeySchema=[
                {"AttributeName": "artist", "KeyType": "HASH"},
                {"AttributeName": "year", "KeyType": "RANGE"},
            ],
        ),
    )
    call(
        "UpdateContinuousBackups",
        {
            "TableName": "Music",
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        },
    )
    for artist in ("Can", "Faust", "Neu!"):
        for year in range(1970, 1975):
            put(call, artist, year, live={"BOOL": year == 1971}, b={"B": "AAE="})


def items(lines: list[bytes]) -> list[Any]:
    found = [json.loads(line)["Item"] for line in lines]
    return sorted(found, key=lambda item: (item["artist"]["S"], item["year"]["N"]))


def keys(lines: list[bytes]) -> list[tuple[str, int]]:
    return [(item["artist"]["S"], int(item["year"]["N"])) for item in items(lines)]


@pytest.mark.parametrize(
    ("specification", "expected"),
    [
        (
            {
                "KeyConditionExpression": "artist = :a AND #y BETWEEN :one AND :two",
                "ExpressionAttributeNames": {"#y": "year"},
                "ExpressionAttributeValues": {
                    ":a": {"S": "Can"}, ":one": {"N": "1971"}, ":two": {"N": "1973"},
                },
            },
            [("Can", 1971), ("Can", 1972), ("Can", 1973)],
        ),
        (
            {
                "KeyConditionExpression": "artist = :a",
                "FilterExpression": "live = :t",
                "ExpressionAttributeValues": {":a": {"S": "Faust"}, ":t": {"BOOL": True}},
            },
            [("Faust", 1971)],
        ),
        (
            {
                "FilterExpression": "begins_with(artist, :n) AND #y > :y",
                "ExpressionAttributeNames": {"#y": "year"},
                "ExpressionAttributeValues": {":n": {"S": "N"}, ":y": {"N": "1972"}},
            },
            [("Neu!", 1973), ("Neu!", 1974)],
        ),
        (
            {
                "KeyConditionExpression": "artist = :a",
                "ExpressionAttributeValues": {":a": {"S": "Kraftwerk"}},
            },
            [],
        ),
    ],
    ids=["keys", "key and filter", "filter on keys", "nothing"],
)  # fmt: skip
@pytest.mark.usefixtures("music")
def test_items_are_chosen(
    call: Caller, bucket: MemoryBucket, specification: Any, expected: Any
) -> None:
    description = exported(call, FilterSpecification=specification)
    assert description["FilterSpecification"] == specification
    assert keys(lines_of(bucket, description)) == expected
    assert description["ItemCount"] == len(expected)


@pytest.mark.usefixtures("music")
def test_attributes_are_chosen(call: Caller, bucket: MemoryBucket) -> None:
    specification = {
        "KeyConditionExpression": "artist = :a AND #y = :y",
        "ProjectionExpression": "#y, artist, b",
        "ExpressionAttributeNames": {"#y": "year"},
        "ExpressionAttributeValues": {":a": {"S": "Can"}, ":y": {"N": "1970"}},
    }
    lines = lines_of(bucket, exported(call, FilterSpecification=specification))
    assert items(lines) == [{"artist": {"S": "Can"}, "year": {"N": "1970"}, "b": {"B": "AAE="}}]


@pytest.mark.usefixtures("music")
def test_of_changes_the_newest_image_counts_and_of_deletions_the_old_one(
    call: Caller, bucket: MemoryBucket
) -> None:
    put(call, "La Düsseldorf", 1976, live={"BOOL": True})
    put(call, "Harmonia", 1974, live={"BOOL": True})
    call.clock.advance(minutes=20)
    put(call, "Can", 1970, live={"BOOL": True})
    put(call, "Can", 1971, live={"BOOL": False})
    put(call, "Cluster", 1971, live={"BOOL": True})
    put(call, "Cluster", 1972, live={"BOOL": False})
    for artist, year in (("Harmonia", "1974"), ("Faust", "1970")):
        key = {"artist": {"S": artist}, "year": {"N": year}}
        call("DeleteItem", {"TableName": "Music", "Key": key})
    call.clock.advance(minutes=20)
    description = exported(
        call,
        ExportType="INCREMENTAL_EXPORT",
        IncrementalExportSpecification={"ExportFromTime": START + 1200},
        FilterSpecification={
            "FilterExpression": "live = :t",
            "ProjectionExpression": "live",
            "ExpressionAttributeValues": {":t": {"BOOL": True}},
        },
    )
    found = {}
    for line in map(json.loads, lines_of(bucket, description)):
        assert set(line["Keys"]) == {"artist", "year"}
        changed = line["Keys"]["artist"]["S"], line["Keys"]["year"]["N"]
        found[changed] = line.get("OldImage"), line.get("NewImage")
    yes, no = {"live": {"BOOL": True}}, {"live": {"BOOL": False}}
    assert found == {
        ("Can", "1970"): (no, yes),
        ("Cluster", "1971"): (None, yes),
        ("Harmonia", "1974"): (yes, None),
    }


@pytest.mark.parametrize(
    ("specification", "message"),
    [
        (
            {
                "KeyConditionExpression": "artist = :a",
                "FilterExpression": "#y > :y",
                "ExpressionAttributeNames": {"#y": "year"},
                "ExpressionAttributeValues": {":a": {"S": "Can"}, ":y": {"N": "1970"}},
            },
            "Filter Expression can only contain non-primary key attributes: "
            "Primary key attribute: year",
        ),
        (
            {
                "KeyConditionExpression": "live = :t",
                "ExpressionAttributeValues": {":t": {"BOOL": True}},
            },
            "Query condition missed key schema element: artist",
        ),
        (
            {"FilterExpression": "live = :t"},
            "Invalid FilterExpression: An expression attribute value used in expression is not "
            "defined; attribute value: :t",
        ),
        (
            {"ExpressionAttributeNames": {"#y": "year"}},
            "ExpressionAttributeNames can only be specified when using expressions",
        ),
    ],
)
@pytest.mark.usefixtures("music")
def test_what_does_not_fit_is_refused(call: Caller, specification: Any, message: str) -> None:
    body = {
        "TableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/Music",
        "S3Bucket": "exports",
        "FilterSpecification": specification,
    }
    assert call.refused("ExportTableToPointInTime", body) == (
        400,
        "ValidationException",
        f"Invalid Request: Invalid FilterSpecification: {message}",
    )


@pytest.mark.usefixtures("music")
def test_a_token_stands_for_its_filter_too(call: Caller) -> None:
    one = {"ProjectionExpression": "artist"}
    description = started(call, ClientToken="t", FilterSpecification=one)
    again = started(call, ClientToken="t", FilterSpecification=one)
    assert again["ExportArn"] == description["ExportArn"]
    body = {"TableArn": description["TableArn"], "S3Bucket": "exports", "ClientToken": "t"}
    assert call.refused("ExportTableToPointInTime", body)[1] == "ExportConflictException"
