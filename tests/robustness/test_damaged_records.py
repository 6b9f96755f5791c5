"""A damaged record fails only requests about it, also one of the expiry queue or of a job."""

from __future__ import annotations

import random
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

import ddbmock
from ddbmock import storage as storages
from ddbmock.service.expiring import next_to_expire
from tests.robustness.laden import Laden
from tests.robustness.test_damage import check, send

ITEMS = "________-____-____-____-____________"
"""Spaces of tables, which are named by the tables' ids."""
RECORDS = 6
"""`make torture` takes more."""
BEGIN = 1_790_000_000.0
TABLE: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def opened(path: Path, at: float = 0.0, **settings: Any) -> ddbmock.Database:
    database = ddbmock.Database(storage=f"sqlite:///{path}?durability=normal", **settings)
    database.clock.freeze(BEGIN + at)
    return database


def break_record(path: Path, space: str, *, key: bytes | None = None, change: str = "value") -> int:
    """Damage the first record of a space whose key contains `key`; return how many it has."""
    connection = sqlite3.connect(path)
    rows = connection.execute(
        "SELECT space, key FROM entries WHERE space IN (SELECT number FROM spaces WHERE name LIKE ?)"
        " ORDER BY key",
        (space,),
    ).fetchall()
    number, found = next(row for row in rows if key is None or key in row[1])
    new = {
        "value": found,
        "key": found[:8] + b"\xff\0",
        "table": found[:8] + b"other\0" + found[9:],
    }
    connection.execute(
        "UPDATE entries SET checksum = 7, key = ? WHERE space = ? AND key = ?",
        (new[change], number, found),
    )
    connection.commit()
    connection.close()
    return len(rows)


def ids(database: ddbmock.Database, table: str) -> list[str]:
    status, answer, hint = send(database, "Scan", TableName=table)
    assert status == 200, hint
    return sorted(item["id"]["S"] for item in answer["Items"])


def put(database: ddbmock.Database, table: str, key: str, expires: float | None = None) -> None:
    item = {"id": {"S": key}, "text": {"S": "MARK " * 10}}
    if expires is not None:
        item["expires"] = {"N": str(round(BEGIN + expires))}
    assert send(database, "PutItem", TableName=table, Item=item)[0] == 200


@pytest.fixture
def expiring(tmp_path: Path) -> Path:
    """A file with items that expire after 10, 20 and 30 seconds, and one that does not."""
    path = tmp_path / "content.db"
    with opened(path, ttl="prompt") as database:
        for table in ("songs", "books"):
            send(database, "CreateTable", TableName=table, **TABLE)
        ttl = {"AttributeName": "expires", "Enabled": True}
        send(database, "UpdateTimeToLive", TableName="songs", TimeToLiveSpecification=ttl)
        for number in (1, 2, 3):
            put(database, "songs", f"song {number}", number * 10)
        put(database, "songs", "song 4")
        put(database, "books", "book")
    return path


@pytest.mark.parametrize("ttl", ["prompt", "aws"])
def test_an_item_expires_although_its_entry_in_the_queue_is_damaged(
    expiring: Path, ttl: str
) -> None:
    break_record(expiring, "time_to_live")
    status, lines = check(expiring)
    assert (status, lines) == (
        1,
        [
            "The entry of the expiry queue for the item of table 'songs' with the key id 'song 1' is "
            "damaged."
        ],
    )
    with opened(expiring, 25.0 + 48 * 3600 * (ttl != "prompt"), ttl=ttl) as database:
        assert ids(database, "books") == ["book"]
        assert ids(database, "songs") == ["song 3", "song 4"]
        put(database, "songs", "song 1")
        assert ids(database, "songs") == ["song 1", "song 3", "song 4"]
    assert check(expiring)[0] == 0


@pytest.mark.parametrize("change", ["key", "table"])
def test_an_entry_of_the_expiry_queue_that_names_no_item_hurts_no_other(
    expiring: Path, change: str
) -> None:
    """The item that it was for cannot be known: it does not expire, and check says why."""
    break_record(expiring, "time_to_live", change=change)
    with opened(expiring, 25.0, ttl="prompt") as database:
        for _ in range(2):
            assert ids(database, "books") == ["book"]
            assert ids(database, "songs") == ["song 1", "song 3", "song 4"]
            put(database, "songs", "song 5")
            send(database, "DeleteItem", TableName="songs", Key={"id": {"S": "song 5"}})
        assert [one.expires - BEGIN for one in next_to_expire(database.dynamodb)] == [30]
    status, lines = check(expiring)
    assert status == 1
    assert lines[0].startswith("An entry of the expiry queue with the key ")


def test_a_damaged_item_that_has_expired_hurts_no_other(expiring: Path) -> None:
    break_record(expiring, ITEMS, key=b"song 2")
    with opened(expiring, 35.0, ttl="prompt") as database:
        for _ in range(2):
            assert ids(database, "books") == ["book"]
            for key, expected in (("song 1", 200), ("song 3", 200), ("song 4", 200)):
                status, answer, _ = send(
                    database, "GetItem", TableName="songs", Key={"id": {"S": key}}
                )
                assert (status, "Item" in answer) == (expected, key == "song 4")
            status, _, hint = send(
                database, "GetItem", TableName="songs", Key={"id": {"S": "song 2"}}
            )
            assert (status, hint) == (
                500,
                "The item of table 'songs' with the key id 'song 2' is damaged: it is not what was "
                "written.",
            )
        assert next_to_expire(database.dynamodb) == []


def test_each_caller_finds_its_own_expired_items(tmp_path: Path) -> None:
    """A damaged entry does not name the region of its table: the caller does."""
    path = tmp_path / "content.db"
    perform: Any = None
    with opened(path, ttl="prompt", databases="region") as database:
        for region in ("us-east-1", "eu-west-1"):
            perform = performer(database, region)
            perform("CreateTable", TableName="songs", **TABLE)
            ttl = {"AttributeName": "expires", "Enabled": True}
            perform("UpdateTimeToLive", TableName="songs", TimeToLiveSpecification=ttl)
            item = {"id": {"S": region}, "expires": {"N": str(round(BEGIN + 10))}}
            perform("PutItem", TableName="songs", Item=item)
    for _ in range(2):
        connection = sqlite3.connect(path)
        connection.execute(
            "UPDATE entries SET checksum = 7 WHERE space ="
            " (SELECT number FROM spaces WHERE name = 'time_to_live')"
        )
        connection.commit()
        connection.close()
    with opened(path, 20.0, ttl="prompt", databases="region") as database:
        for region in ("ap-south-1", "us-east-1", "eu-west-1", "us-east-1"):
            if region != "ap-south-1":
                assert performer(database, region)("Scan", TableName="songs")["Count"] == 0
            performer(database, region)("ListTables")
    assert check(path)[0] == 0


def performer(database: ddbmock.Database, region: str) -> Any:
    def perform(operation: str, **body: Any) -> Any:
        target = database.router.target(f"DynamoDB_20120810.{operation}")
        return database.router.perform(target, body, region=region)

    return perform


@pytest.fixture
def exporting(tmp_path: Path) -> tuple[Path, list[str]]:
    """A file with two exports that have begun, and their ARNs."""
    path = tmp_path / "content.db"
    (tmp_path / "s3" / "bucket").mkdir(parents=True)
    arns = []
    with opened(path, **jobs_of(path)) as database:
        for table in ("songs", "books"):
            send(database, "CreateTable", TableName=table, **TABLE)
            pitr = {"PointInTimeRecoveryEnabled": True}
            settings = {"PointInTimeRecoverySpecification": pitr}
            send(database, "UpdateContinuousBackups", TableName=table, **settings)
            for number in range(3):
                put(database, table, f"{table} {number}")
        database.clock.advance(1)
        for table in ("songs", "books"):
            arn = send(database, "DescribeTable", TableName=table)[1]["Table"]["TableArn"]
            answer = send(database, "ExportTableToPointInTime", TableArn=arn, S3Bucket="bucket")[1]
            arns.append(answer["ExportDescription"]["ExportArn"])
    return path, arns


def jobs_of(path: Path) -> dict[str, Any]:
    return {"s3": f"file://{path.parent}/s3", "delay_jobs": 10.0}


def described(database: ddbmock.Database, arn: str) -> tuple[int, str]:
    """The status of an answer, and the export's status or the hint of the error."""
    status, answer, hint = send(database, "DescribeExport", ExportArn=arn)
    return status, answer["ExportDescription"]["ExportStatus"] if status == 200 else hint


@pytest.mark.parametrize("change", ["value", "key"])
def test_a_damaged_entry_of_the_list_of_jobs_fails_no_request(
    exporting: tuple[Path, list[str]], change: str
) -> None:
    path, arns = exporting
    assert break_record(path, "unfinished-jobs", change=change) == 2
    status, lines = check(path)
    assert status == 1
    assert lines[0].startswith("The entry of the export ")
    with opened(path, 60.0, **jobs_of(path)) as database:
        assert ids(database, "songs") == ["songs 0", "songs 1", "songs 2"]
        put(database, "books", "book")
        answers = [described(database, arn) for arn in arns]
        assert answers[0] == (200, "COMPLETED")
        if change == "value":
            assert answers[1] == (200, "COMPLETED")
        else:
            assert answers[1][0] == 500
            assert answers[1][1].startswith("The entry of the export ")


def test_a_damaged_record_of_a_job_fails_requests_about_it_alone(
    exporting: tuple[Path, list[str]],
) -> None:
    path, arns = exporting
    break_record(path, "exports", key=b"songs")
    number = arns[0].rpartition("/")[2]
    assert check(path)[1] == [f"The record of the export {number!r} of table 'songs' is damaged."]
    with opened(path, 60.0, **jobs_of(path)) as database:
        for _ in range(2):
            assert ids(database, "songs") == ["songs 0", "songs 1", "songs 2"]
            assert described(database, arns[1]) == (200, "COMPLETED")
            assert described(database, arns[0]) == (
                500,
                f"The record of the export {number!r} of table 'songs' is damaged: it is not what "
                "was written.",
            )


def test_a_job_that_meets_a_damaged_item_fails_requests_about_it_alone(
    exporting: tuple[Path, list[str]],
) -> None:
    path, arns = exporting
    break_record(path, ITEMS, key=b"books 1")
    hint = "The item of table 'books' with the key id 'books 1' is damaged: it is not what was written."
    with opened(path, 60.0, **jobs_of(path)) as database:
        for _ in range(2):
            assert ids(database, "songs") == ["songs 0", "songs 1", "songs 2"]
            assert described(database, arns[0]) == (200, "COMPLETED")
            assert described(database, arns[1]) == (500, hint)
        send(database, "CreateTable", TableName="others", **TABLE)
        put(database, "others", "other")


def test_a_restore_of_a_damaged_change_fails_requests_about_its_table_alone(
    exporting: tuple[Path, list[str]],
) -> None:
    path, _ = exporting
    with opened(path, 2.0, **jobs_of(path)) as database:
        names = {"SourceTableName": "songs", "TargetTableName": "restored"}
        latest = {"UseLatestRestorableTime": True}
        status, _, hint = send(database, "RestoreTableToPointInTime", **names, **latest)
        assert status == 200, hint
    break_record(path, ITEMS, key=b"songs 1")
    with opened(path, 60.0, **jobs_of(path)) as database:
        for _ in range(2):
            assert ids(database, "books") == ["books 0", "books 1", "books 2"]
            status, _, hint = send(database, "DescribeTable", TableName="restored")
            assert (status, "is damaged" in hint) == (500, True)
            assert send(database, "DescribeTable", TableName="songs")[0] == 200


@pytest.mark.parametrize("space", ["recovering", "backups"])
def test_a_damaged_list_of_backups_fails_no_request_about_items(
    exporting: tuple[Path, list[str]], space: str
) -> None:
    path, _ = exporting
    with opened(path, 2.0, **jobs_of(path)) as database:
        assert send(database, "CreateBackup", TableName="songs", BackupName="one")[0] == 200
    break_record(path, space)
    with opened(path, 60.0, **jobs_of(path)) as database:
        for seconds in (0, 60, 60):
            database.clock.advance(seconds)
            assert ids(database, "books") == ["books 0", "books 1", "books 2"]


def check_records(folder: Path, count: int, seed: int) -> int:
    """Damage one record after the other of a table with everything; use another table.

    Returns how many requests were answered.
    """
    sound, path = folder / "sound.db", folder / "damaged.db"
    url = "sqlite:///{}?durability=normal"
    storage = storages.open(url.format(sound))
    laden = Laden(storage)
    laden.fill()
    laden("CreateTable", TableName="alone", **TABLE)
    own = laden("DescribeTable", TableName="alone")["Table"]["TableId"]
    now = laden.clock.now()
    storage.close()
    connection = sqlite3.connect(sound)
    records = connection.execute(
        "SELECT spaces.name, space, key FROM entries JOIN spaces ON number = space"
    ).fetchall()
    connection.close()
    records = [row for row in records if not row[0].startswith(own) and row[2] != b"alone"]
    chance, answered = random.Random(seed), 0
    for number in range(count):
        if number % len(records) == 0:
            chance.shuffle(records)
        shutil.copy(sound, path)
        connection = sqlite3.connect(path)
        connection.execute(
            "UPDATE entries SET checksum = 7 WHERE space = ? AND key = ?",
            records[number % len(records)][1:],
        )
        connection.commit()
        connection.close()
        storage = storages.open(url.format(path))
        laden = Laden(storage)
        laden.clock.advance(now - laden.clock.now())
        for seconds in (0, 400, 2 * 86400):
            laden.clock.advance(seconds)
            for operation, body in others(f"new-{seconds}"):
                laden(operation, **body)
                answered += 1
        storage.close()
    return answered


def others(name: str) -> list[tuple[str, dict[str, Any]]]:
    """Requests about a table, and about a new one."""
    alone, item = {"TableName": "alone"}, {"id": {"S": name}}
    recovery = {"PointInTimeRecoveryEnabled": True}
    put = {"Put": {**alone, "Item": item}}
    return [
        ("PutItem", {**alone, "Item": item}),
        ("GetItem", {**alone, "Key": item}),
        ("Scan", alone),
        ("UpdateItem", {**alone, "Key": item}),
        ("TransactWriteItems", {"TransactItems": [put], "ClientRequestToken": name}),
        ("DescribeTable", alone),
        ("CreateTable", {"TableName": name, **TABLE}),
        (
            "UpdateContinuousBackups",
            {"TableName": name, "PointInTimeRecoverySpecification": recovery},
        ),
        ("CreateBackup", {"TableName": name, "BackupName": name}),
        ("DeleteTable", {"TableName": name}),
    ]


def test_no_damaged_record_fails_a_request_about_another_table(tmp_path: Path) -> None:
    assert check_records(tmp_path, RECORDS, seed=1) == RECORDS * 30


@pytest.fixture
def shelves(tmp_path: Path) -> Path:
    """A file with three tables, of which one is being deleted."""
    path = tmp_path / "content.db"
    with opened(path, delay_deleting=60.0) as database:
        for table in ("books", "songs", "texts"):
            send(database, "CreateTable", TableName=table, **TABLE)
            put(database, table, table)
        send(database, "DeleteTable", TableName="texts")
    return path


def test_a_damaged_description_fails_requests_about_its_table_alone(shelves: Path) -> None:
    break_record(shelves, "catalogue", key=b"books")
    hint = "The description of table 'books' is damaged: it is not what was written."
    assert check(shelves)[1][0] == "The description of table 'books' is damaged."
    with opened(shelves, 1.0, delay_deleting=60.0) as database:
        assert send(database, "ListTables")[1] == {"TableNames": ["songs", "texts"]}
        page = send(database, "ListTables", Limit=1)[1]
        assert page == {"TableNames": ["songs"], "LastEvaluatedTableName": "songs"}
        for operation, body in (
            ("DescribeTable", {}),
            ("CreateTable", TABLE),
            ("Scan", {}),
            ("DeleteTable", {}),
        ):
            status, _, answer = send(database, operation, TableName="books", **body)
            assert (status, answer) == (500, hint), operation
        assert ids(database, "songs") == ["songs"]
        status, _, answer = send(database, "Scan", TableName="song")
        assert (status, answer) == (400, "There is no table 'song'; did you mean 'songs'?")
        for operation, name in (
            ("ListContributorInsights", "ContributorInsightsSummaries"),
            ("ListGlobalTables", "GlobalTables"),
        ):
            assert send(database, operation)[1] == {name: []}
        send(database, "CreateTable", TableName="verses", **TABLE)
        assert send(database, "ListTables")[1] == {"TableNames": ["songs", "texts", "verses"]}
        send(database, "DeleteTable", TableName="verses")


def test_a_table_that_is_being_deleted_may_have_a_damaged_description(shelves: Path) -> None:
    break_record(shelves, "catalogue", key=b"texts")
    with opened(shelves, 61.0) as database:
        assert send(database, "ListTables")[1] == {"TableNames": ["books", "songs"]}
        send(database, "CreateTable", TableName="verses", **TABLE)
        assert send(database, "ListTables")[1] == {"TableNames": ["books", "songs", "verses"]}
        assert send(database, "CreateTable", TableName="texts", **TABLE)[0] == 500
