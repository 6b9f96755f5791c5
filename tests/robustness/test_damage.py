"""A damaged SQLite file never answers other content: an error says which item it is."""

from __future__ import annotations

import json
import random
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import ddbmock
from ddbmock import storage as storages
from ddbmock.cli import main
from ddbmock.errors import DynamoDBError, InternalServerError
from ddbmock.service import http
from ddbmock.service.json import encode
from ddbmock.storage import StorageError, sqlite_file
from tests.behaviour.doors import SIGNED
from tests.robustness.laden import Laden

FLIPS = 150
"""`make torture` takes more."""


def send(database: ddbmock.Database, operation: str, **body: Any) -> tuple[int, Any, str]:
    """``(status, answer, hint)``; the answer is JSON in any case."""
    headers = {**SIGNED, "x-amz-target": f"DynamoDB_20120810.{operation}"}
    request = http.WireRequest("POST", "/", "", headers, json.dumps(body).encode())
    status, answered, content = http.handle(database.router, request)
    return status, json.loads(content), dict(answered).get("x-ddbmock-hint", "")


def songs(path: Path, count: int = 3) -> list[Any]:
    """Items in a file, in the order of a Scan."""
    with ddbmock.Database(storage=f"sqlite:///{path}") as database:
        send(
            database,
            "CreateTable",
            TableName="songs",
            KeySchema=[
                {"AttributeName": "artist", "KeyType": "HASH"},
                {"AttributeName": "year", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "artist", "AttributeType": "S"},
                {"AttributeName": "year", "AttributeType": "N"},
                {"AttributeName": "genre", "AttributeType": "S"},
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by-genre",
                    "KeySchema": [{"AttributeName": "genre", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        for number in range(count):
            item = {
                "artist": {"S": f"artist {number}"},
                "year": {"N": str(1970 + number)},
                "genre": {"S": f"genre {number}"},
                "text": {"S": f"MARK {number} " * 20},
            }
            assert send(database, "PutItem", TableName="songs", Item=item)[0] == 200
        items: list[Any] = send(database, "Scan", TableName="songs")[1]["Items"]
        return items


def change(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    position = content.rindex(old)
    path.write_bytes(content[:position] + new + content[position + len(old) :])


def check(path: Path | str) -> tuple[int, list[str]]:
    done = CliRunner().invoke(main, ["check", str(path)])
    return done.exit_code, done.output.splitlines()


@pytest.mark.parametrize("new", [b"MARK\xf1", b"MARK_"])
def test_a_damaged_item_is_an_error_that_names_it(tmp_path: Path, new: bytes) -> None:
    path = tmp_path / "content.db"
    songs(path)
    change(path, b"MARK 1", new + b"1")
    with ddbmock.Database(storage=f"sqlite:///{path}") as database:
        key = {"artist": {"S": "artist 1"}, "year": {"N": "1971"}}
        for operation, body in (
            ("GetItem", {"Key": key}),
            ("Scan", {}),
            ("UpdateItem", {"Key": key}),
            ("DeleteItem", {"Key": key}),
        ):
            status, answer, hint = send(database, operation, TableName="songs", **body)
            assert (status, answer["__type"].partition("#")[2]) == (500, "InternalServerError")
            assert hint == (
                "The item of table 'songs' with the key artist 'artist 1', year 1971 is damaged: "
                "it is not what was written."
            )
        # others are read, and a new item can take the place of what nobody can read
        other = {"artist": {"S": "artist 2"}, "year": {"N": "1972"}}
        assert send(database, "GetItem", TableName="songs", Key=other)[0] == 200
    status, lines = check(path)
    assert status == 1
    assert lines[0] == (
        "The item of table 'songs' with the key artist 'artist 1', year 1971 is damaged."
    )
    assert lines[1].startswith("The table 'songs' has 2 sound items of ")


def test_a_damaged_index_entry_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "content.db"
    songs(path)
    connection = sqlite3.connect(path)
    ((space,),) = connection.execute("SELECT number FROM spaces WHERE name LIKE '%/by-genre'")
    connection.execute("UPDATE entries SET checksum = 7 WHERE space = ?", (space,))
    connection.commit()
    connection.close()
    with ddbmock.Database(storage=f"sqlite:///{path}") as database:
        status, _, hint = send(database, "Scan", TableName="songs", IndexName="by-genre")
        assert status == 500
        assert hint.startswith(
            "The entry of index 'by-genre' of table 'songs' with the key genre '"
        )
        assert send(database, "Scan", TableName="songs")[0] == 200
    status, lines = check(path)
    assert (status, len(lines)) == (1, 4)


def in_region(database: ddbmock.Database, region: str, operation: str, **body: Any) -> Any:
    """The answer in a region, or the hint of an error 500."""
    try:
        target = database.router.target(f"DynamoDB_20120810.{operation}")
        return json.loads(encode(database.router.perform(target, body, region=region)))
    except InternalServerError as error:
        return error.hint


@pytest.mark.parametrize("damage", ["value", "key"])
def test_a_damaged_change_in_transit_hurts_its_replica_alone(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "content.db"
    url = f"sqlite:///{path}?durability=normal"
    here, there = "us-east-1", "eu-west-1"
    create: dict[str, Any] = {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    }
    with ddbmock.Database(storage=url, databases="region") as database:
        database.clock.freeze(1_790_000_000.0)
        for name in ("songs", "books", "alone"):
            in_region(database, here, "CreateTable", TableName=name, **create)
        for name in ("songs", "books"):
            replica = {"Create": {"RegionName": there}}
            in_region(database, here, "UpdateTable", TableName=name, ReplicaUpdates=[replica])
        database.replication.hold()
        for name in ("songs", "books", "songs"):
            database.clock.advance(1)
            item = {"id": {"S": name}, "at": {"N": str(database.clock.now())}}
            in_region(database, here, "PutItem", TableName=name, Item=item)
    connection = sqlite3.connect(path)
    ((space, key),) = connection.execute(
        "SELECT space, key FROM entries WHERE space ="
        " (SELECT number FROM spaces WHERE name = 'replication') ORDER BY key LIMIT 1"
    )
    broken = {"value": (7, key), "key": (7, key[:8])}[damage]
    connection.execute(
        "UPDATE entries SET checksum = ?, key = ? WHERE space = ? AND key = ?",
        (*broken, space, key),
    )
    connection.commit()
    connection.close()
    with ddbmock.Database(storage=url, databases="region") as database:
        database.clock.freeze(1_790_000_010.0)
        for region, name in ((here, "alone"), (here, "songs"), (there, "books")):
            answer = in_region(database, region, "Scan", TableName=name)
            if damage == "value" or name == "alone":
                assert answer["Count"] == (name != "alone"), (region, name)
        for operation in ("Scan", "GetItem", "PutItem"):
            body: dict[str, Any] = {"TableName": "songs"}
            body |= {"Key": {"id": {"S": "x"}}} if operation == "GetItem" else {}
            body |= {"Item": {"id": {"S": "x"}}} if operation == "PutItem" else {}
            assert in_region(database, there, operation, **body) == (
                "A change in transit to the replica of table 'songs' in eu-west-1 is damaged, so the "
                "replica lacks it. Delete the replica and create it again."
            )
        if damage == "key":
            return  # it cannot be known which replica it was for
        for change in ("Delete", "Create"):
            replica = {change: {"RegionName": there}}
            in_region(database, here, "UpdateTable", TableName="songs", ReplicaUpdates=[replica])
            database.clock.advance(60)
        items = in_region(database, there, "Scan", TableName="songs")["Items"]
        assert [item["at"]["N"] for item in items] == ["1790000003"]


def test_a_sound_file_is_said_to_be_sound(tmp_path: Path) -> None:
    path = tmp_path / "content.db"
    songs(path)
    before = path.read_bytes()
    sound = f"No damage in {path}: 1 tables with 3 items."
    assert check(path) == check(f"sqlite:///{path}?durability=full") == (0, [sound])
    assert path.read_bytes() == before


def test_a_counter_that_is_wrong_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "content.db"
    songs(path)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE counters SET first = first + 1 WHERE name LIKE '%/by-genre'")
    connection.commit()
    connection.close()
    status, lines = check(path)
    assert status == 1
    assert lines[0].startswith("The index 'by-genre' of table 'songs' has 3 sound items of ")


@pytest.mark.parametrize("content", [b"", b"text", b"SQLite format 3\0" + bytes(100)])
def test_a_file_of_another_kind_is_told_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "content.db"
    path.write_bytes(content)
    status, lines = check(path)
    assert status == 1
    assert lines[0].startswith("Error: ")
    assert path.read_bytes() == content


def test_no_flipped_bit_is_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "CHECKED_BYTES", 0)
    assert check_flips(tmp_path, FLIPS, seed=1)["other content"] == 0


def check_flips(folder: Path, flips: int, seed: int) -> dict[str, int]:
    """Flip a bit at a time in a file, read everything, and count what comes of it."""
    path = folder / "content.db"
    items = songs(path, 40)
    sound = path.read_bytes()
    chance = random.Random(seed)
    counts = dict.fromkeys(("refused", "error", "unnoticed", "other content"), 0)
    for _ in range(flips):
        damaged = bytearray(sound)
        position = chance.randrange(len(sound))
        damaged[position] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        counts[_outcome(path, items)] += 1
    return counts


def _outcome(path: Path, items: list[Any]) -> str:
    try:
        database = ddbmock.Database(storage=f"sqlite:///{path}")
    except StorageError:
        return "refused"
    with database:
        status, answer, _ = send(database, "Scan", TableName="songs")
        if status != 200:
            return "error"
        # An item that cannot be found is what `ddbmock check` is for; another one is not.
        wrong = [item for item in answer["Items"] if item not in items]
        return "other content" if wrong else "unnoticed"


@pytest.mark.slow
def test_damage_to_streams_and_backups_is_answered_with_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "CHECKED_BYTES", 0)
    counts = check_laden_flips(tmp_path, 60, seed=1)
    assert counts["error"] > 0


def check_laden_flips(folder: Path, flips: int, seed: int) -> dict[str, int]:
    """Flip bits in a file with streams, journals, backups and jobs, and use them all."""
    path = folder / "laden.db"
    url = f"sqlite:///{path}?durability=normal"
    storage = storages.open(url)
    filled = Laden(storage)
    filled.fill()
    words, now = filled.words, filled.clock.now()
    storage.close()
    sound = path.read_bytes()
    chance = random.Random(seed)
    counts = dict.fromkeys(("refused", "error", "answered"), 0)
    for _ in range(flips):
        damaged = bytearray(sound)
        for _ in range(chance.choice((1, 1, 8, 64))):
            damaged[chance.randrange(len(sound))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        try:
            storage = storages.open(url)
        except StorageError:
            counts["refused"] += 1
            continue
        laden = Laden(storage)
        laden.clock.advance(now - laden.clock.now())
        for api, operation, body in uses(words):
            try:
                laden(operation, api, **body)
                counts["answered"] += 1
            except DynamoDBError:
                counts["error"] += 1
            laden.clock.advance(100)
        storage.close()
    return counts


def uses(words: dict[str, list[Any]]) -> list[tuple[str, str, dict[str, Any]]]:
    """Requests that read what streams, journals, backups, jobs and indexes have stored."""
    items, streams = "DynamoDB_20120810", "DynamoDBStreams_20120810"
    backup = words["BackupArn"][0]
    restore = {"SourceTableName": "one", "UseLatestRestorableTime": True}
    return [
        (streams, "GetRecords", {"ShardIterator": words["ShardIterator"][0]}),
        (streams, "DescribeStream", {"StreamArn": words["StreamArn"][0]}),
        (items, "DescribeExport", {"ExportArn": words["ExportArn"][0]}),
        (items, "DescribeBackup", {"BackupArn": backup}),
        (items, "RestoreTableFromBackup", {"BackupArn": backup, "TargetTableName": "restored"}),
        (items, "RestoreTableToPointInTime", {**restore, "TargetTableName": "back"}),
        (items, "DescribeContinuousBackups", {"TableName": "one"}),
        (items, "PutItem", {"TableName": "one", "Item": {"p": {"S": "a"}}}),
        (items, "Scan", {"TableName": "restored"}),
        (items, "ListTables", {}),
        (items, "Scan", {"TableName": "two", "IndexName": "gsi"}),
    ]
