"""Databases for tests of archives: filled ones, and what they hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
from click.testing import CliRunner, Result

from ddbmock import storage
from ddbmock.cli import main
from ddbmock.database import DynamoDB
from ddbmock.service.json import encode
from ddbmock.service.router import Router
from ddbmock.settings import Settings

MUSIC: dict[str, Any] = {
    "TableName": "Music",
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": kind}
        for name, kind in (("artist", "S"), ("genre", "S"), ("year", "N"))
    ],
    "KeySchema": [
        {"AttributeName": "artist", "KeyType": "HASH"},
        {"AttributeName": "year", "KeyType": "RANGE"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-genre",
            "KeySchema": [{"AttributeName": "genre", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["title"]},
            "ProvisionedThroughput": {"ReadCapacityUnits": 3, "WriteCapacityUnits": 4},
        }
    ],
    "LocalSecondaryIndexes": [
        {
            "IndexName": "local",
            "KeySchema": [
                {"AttributeName": "artist", "KeyType": "HASH"},
                {"AttributeName": "genre", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    "SSESpecification": {"Enabled": True},
    "TableClass": "STANDARD_INFREQUENT_ACCESS",
    "DeletionProtectionEnabled": True,
    "Tags": [{"Key": "team", "Value": "sound"}],
}
PLAIN: dict[str, Any] = {
    "TableName": "plain",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "B"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
    "OnDemandThroughput": {"MaxReadRequestUnits": 7},
    "VectorIndexes": [
        {
            "IndexName": "near",
            "VectorAttribute": {"AttributeName": "v"},
            "Projection": {"ProjectionType": "ALL"},
            "Dimensions": 2,
            "DistanceFunction": "COSINE",
        }
    ],
}
OF_THIS_DATABASE = {
    "CreationDateTime",
    "TableId",
    "LatestStreamLabel",
    "LatestStreamArn",
}
"""What is a database's own, and not carried to another."""


class Database:
    """A database that is opened anew for each call, as the command does."""

    def __init__(self, url: str, **settings: Any) -> None:
        self.url = url
        self.settings = settings

    @property
    def file(self) -> Path:
        """The file of a database in SQLite."""
        return Path(self.url.removeprefix("sqlite:///").partition("?")[0])

    def __call__(self, operation: str, **body: Any) -> Any:
        dynamodb = DynamoDB(storage.open(self.url), Settings(**self.settings))
        try:
            router = Router(dynamodb)
            target = router.target(f"DynamoDB_20120810.{operation}")
            output = router.perform(target, body, access_key="AKID", region="eu-west-1")
            return orjson.loads(encode(output))
        finally:
            dynamodb.close()

    def fill(self, table: str, *items: dict[str, Any]) -> None:
        for start in range(0, len(items), 25):
            puts = [{"PutRequest": {"Item": item}} for item in items[start : start + 25]]
            self("BatchWriteItem", RequestItems={table: puts})

    def described(self, table: str) -> Any:
        """All that is told of a table, but for what is the database's own."""
        described = self("DescribeTable", TableName=table)["Table"]
        described.get("BillingModeSummary", {}).pop("LastUpdateToPayPerRequestDateTime", None)
        return (
            {name: value for name, value in described.items() if name not in OF_THIS_DATABASE},
            self("DescribeTimeToLive", TableName=table),
            self("ListTagsOfResource", ResourceArn=described["TableArn"]),
        )

    def scanned(self, table: str, **members: Any) -> list[Any]:
        items: list[Any] = self("Scan", TableName=table, **members)["Items"]
        return items


def song(artist: str, year: int, **attributes: Any) -> dict[str, Any]:
    return {"artist": {"S": artist}, "year": {"N": str(year)}, **attributes}


SONGS = [
    song(
        f"artist {number % 7}",
        number,
        genre={"S": f"genre {number % 3}"},
        title={"S": "“Ländler” \n 🎵"},
        cover={"B": "AAEC/w=="},
        parts={"M": {"a": {"L": [{"N": "1.50"}, {"NULL": True}, {"BS": ["AA==", "AQ=="]}]}}},
    )
    for number in range(60)
]


def music(url: str) -> Database:
    """A database with two tables that have a bit of everything."""
    database = Database(url)
    database("CreateTable", **MUSIC)
    database(
        "UpdateTimeToLive",
        TableName="Music",
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"},
    )
    database.fill("Music", *SONGS)
    database("CreateTable", **PLAIN)
    database.fill("plain", {"id": {"B": "AA=="}, "Item": {"S": "a name that lines have, too"}})
    return database


def run(*arguments: object, **options: Any) -> Result:
    """What the command does with arguments, and without anything of the test's environment."""
    return CliRunner(env={"DDBMOCK_STORAGE": None}).invoke(
        main, list(map(str, arguments)), **options
    )


def complaint(result: Result) -> str:
    """The one sentence of a failure."""
    assert result.exit_code == 1, result.output
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("Error: ").rstrip()


def json_of(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
