"""PartiQL from Python: the request log and limits know that a statement became a scan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.config import Config

from ddbmock import Database
from ddbmock.testing.limits import LimitExceededError


@pytest.fixture
def db() -> Iterator[Database]:
    with Database() as db:
        db.client().create_table(
            TableName="Music",
            KeySchema=[
                {"AttributeName": "Artist", "KeyType": "HASH"},
                {"AttributeName": "SongTitle", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"}
                for name in ("Artist", "SongTitle", "Genre")
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "ByGenre",
                    "KeySchema": [{"AttributeName": "Genre", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield db


def execute(db: Database, statement: str, **members: Any) -> Any:
    return db.client().execute_statement(Statement=statement, **members)


@pytest.mark.parametrize(
    ("statement", "hint"),
    [
        (
            "SELECT * FROM Music",
            "All of Music is read: WHERE does not compare Artist with a value by = or IN.",
        ),
        (
            'SELECT * FROM Music WHERE Artist = "Acme"',
            'SELECT * FROM Music WHERE Artist = "Acme"\n'
            "                                   ^ This is an attribute; a string is written 'Acme'.",
        ),
        (
            "SELECT * FROM Music WHERE Genre = 'x'",
            "SELECT * FROM Music WHERE Genre = 'x'\n"
            '                                ^ Index ByGenre finds it: FROM "Music"."ByGenre".',
        ),
        (
            "SELECT * FROM Music WHERE Artist = 'a' OR n = 1",
            "All of Music is read: each alternative of OR must compare Artist with one value, by = "
            "or IN.",
        ),
    ],
)
def test_the_log_knows_a_statement_that_became_a_scan(
    db: Database, statement: str, hint: str
) -> None:
    execute(db, statement)
    request = db.requests[-1]
    assert request.scan
    assert request.hint == hint
    assert request.tables == ("Music",)
    assert db.requests.totals.scans == 1
    with pytest.raises(LimitExceededError) as caught, db.limit(no_scan=True):
        execute(db, statement)
    lines = str(caught.value).split("\n")
    assert lines[0].endswith("1 Scan was made, no_scan=True:")
    assert "by a scan" in lines[1] or "0 of 0" not in lines[1]
    assert lines[2:] == [f"    {line}" for line in hint.split("\n")]


def test_other_statements_are_no_scans(db: Database) -> None:
    with db.limit(no_scan=True):
        execute(db, "INSERT INTO Music VALUE {'Artist': 'a', 'SongTitle': 'b', 'Genre': 'x'}")
        execute(db, "SELECT * FROM Music WHERE Artist = 'a'")
        execute(db, "SELECT * FROM Music.ByGenre WHERE Genre IN ['x', 'y']")
    assert [(one.scan, one.hint, one.scanned) for one in db.requests][-2:] == [
        (False, None, 1),
        (False, None, 1),
    ]
    assert db.requests.totals.write_units == 2


def test_faults_pages_and_staleness_apply(db: Database) -> None:
    for song in "abc":
        execute(db, f"INSERT INTO Music VALUE {{'Artist': 'a', 'SongTitle': '{song}'}}")
    read = "SELECT * FROM Music WHERE Artist = 'a'"
    db.trouble.small_pages = True
    assert len(execute(db, read)["Items"]) == 1
    db.trouble.small_pages = False
    db.trouble.stale = True
    execute(db, "DELETE FROM Music WHERE Artist = 'a' AND SongTitle = 'a'")
    assert len(execute(db, read)["Items"]) == 3
    assert len(execute(db, read, ConsistentRead=True)["Items"]) == 2
    db.trouble.clear()
    db.trouble.on("ExecuteStatement", table="Music", key={"SongTitle": "b"}, times=1).fail()
    assert len(execute(db, read)["Items"]) == 2
    assert db.trouble.faults[0].hits == 0
    hurried = db.client(config=Config(retries={"max_attempts": 0}))
    update = "UPDATE Music SET n = 1 WHERE Artist = 'a' AND SongTitle = ?"
    with pytest.raises(hurried.exceptions.InternalServerError):
        hurried.execute_statement(Statement=update, Parameters=[{"S": "b"}])
