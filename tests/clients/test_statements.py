"""PartiQL from Python: the request log and limits know that a statement became a scan."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from ddbmock import Database
from ddbmock.operations.statement_entries import MOST_STATEMENTS
from ddbmock.partiql import clauses
from ddbmock.partiql import statements as compiled
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
    assert "  by a scan  " in lines[1]
    assert lines[2:] == [f"    {line}" for line in hint.split("\n")]


def test_other_statements_are_no_scans(db: Database) -> None:
    with db.limit(no_scan=True):
        execute(db, "INSERT INTO Music VALUE {'Artist': 'a', 'SongTitle': 'b', 'Genre': 'x'}")
        execute(db, "SELECT * FROM Music WHERE Artist = 'a'")
        execute(db, "SELECT * FROM Music.ByGenre WHERE Genre IN ['x', 'y']")
        execute(db, "SELECT * FROM Music WHERE Artist = 'a' AND SongTitle = 'b'")
    assert [request.plan for request in db.requests][-4:] == [
        None,
        "query",
        "union of 2 reads",
        "get",
    ]
    assert [(one.scan, one.hint, one.scanned) for one in db.requests][-2:] == [
        (False, None, 1),
        (False, None, 1),
    ]
    assert db.requests.totals.write_units == 2


def test_the_log_has_the_hints_of_statements_that_failed_in_a_batch(db: Database) -> None:
    db.client().batch_execute_statement(
        Statements=[
            {"Statement": "SELECT * FROM Music WHERE Artist = 'a' AND SongTitle = 'b'"},
            {"Statement": "SELECT * FROM Music WHERE Artist = 'a'"},
            {"Statement": "SELECT key FROM Music"},
        ]
    )
    hints = str(db.requests[-1].hint).split("\n")
    assert hints == [
        "Statement 2, ValidationError: WHERE must be Artist = ... AND SongTitle = ... without "
        "other conditions, and FROM must name the table itself.",
        "Statement 3, ValidationError:",
        "SELECT key FROM Music",
        '       ^ key is a keyword: write the name as "key".',
    ]


@pytest.mark.parametrize(
    ("statement", "place", "advice"),
    [
        (
            "DELETE FROM Music WHERE Artist = \"it's\" AND SongTitle = 'b'",
            '"it',
            "This is an attribute; a string is written 'it''s'.",
        ),
        (
            "UPDATE Music SET Genre = \"y\" WHERE Artist = 'a' AND SongTitle = 'b'",
            '"y"',
            "The item has no y; a string is written 'y'.",
        ),
        (
            "UPDATE Music SET n = n + 1 WHERE Artist = 'a' AND SongTitle = 'b'",
            "n +",
            "The item has no n; PartiQL has no if_not_exists: SET it to a number before.",
        ),
        (
            "UPDATE Music SET n = 1 WHERE Artist = 'a' AND SongTitle = 'b' AND Genre = \"x\"",
            '"x"',
            "The item has no x; a string is written 'x'.",
        ),
        (
            "INSERT INTO Music VALUE {'Artist': '?', 'SongTitle': 'b'}",
            "'?'",
            "In quotes it is a string: write a parameter as ? without quotes.",
        ),
        (
            "SELECT * FROM Music WHERE Artist = 'a' AND SongTitle = \"c\" AND n > ?",
            '"c"',
            "This is an attribute; a string is written 'c'.",
        ),
    ],
)
def test_the_log_points_at_names_that_should_be_values(
    db: Database, statement: str, place: str, advice: str
) -> None:
    execute(db, "INSERT INTO Music VALUE {'Artist': 'a', 'SongTitle': 'b', 'Genre': 'x'}")
    parameters = {"Parameters": [{"N": "1"}]} if "?" in statement else {}
    with contextlib.suppress(ClientError):
        execute(db, statement, **parameters)
    shown, caret = str(db.requests[-1].hint).split("\n")
    assert (shown[caret.index("^") :].startswith(place), caret.strip()) == (True, f"^ {advice}")


def test_a_batch_of_too_many_statements_is_refused_before_work(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed = []

    def parse(text: str) -> Any:
        parsed.append(text)
        return clauses.parse(text)

    monkeypatch.setattr(compiled, "parse", parse)
    texts = [f"SELECT * FROM Music WHERE n = {number}" for number in range(5000)]
    statements = [{"Statement": text} for text in texts]
    with pytest.raises(ClientError, match="less than or equal to 25"):
        db.client().batch_execute_statement(Statements=statements)
    with pytest.raises(ClientError, match="less than or equal to 100"):
        db.client().execute_transaction(TransactStatements=statements)
    assert len(parsed) <= MOST_STATEMENTS


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


def test_throughput_is_enforced_on_the_index_that_a_statement_reads() -> None:
    with Database() as db:
        client = db.client(config=Config(retries={"max_attempts": 0}))
        small = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
        client.create_table(
            TableName="Music",
            KeySchema=[{"AttributeName": "Artist", "KeyType": "HASH"}],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("Artist", "Genre")
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "ByGenre",
                    "KeySchema": [{"AttributeName": "Genre", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                    "ProvisionedThroughput": small,
                }
            ],
            ProvisionedThroughput={"ReadCapacityUnits": 1000, "WriteCapacityUnits": 1000},
        )
        text = "x" * 40_000
        for number in range(30):
            client.execute_statement(
                Statement="INSERT INTO Music VALUE {'Artist': ?, 'Genre': 'x', 't': ?}",
                Parameters=[{"S": str(number)}, {"S": text}],
            )
        db.clock.freeze()
        db.trouble.throughput = True
        read = "SELECT * FROM Music.ByGenre WHERE Genre = 'x'"
        for _ in range(3):
            client.execute_statement(Statement=read)
        with pytest.raises(client.exceptions.ProvisionedThroughputExceededException):
            client.execute_statement(Statement=read)
        client.execute_statement(Statement="SELECT * FROM Music WHERE Artist = '1'")


def test_streams_have_what_statements_change(db: Database) -> None:
    client, streams = db.client(), db.client("dynamodbstreams")
    described = client.update_table(
        TableName="Music",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]
    key = "Artist = 'a' AND SongTitle = 'b'"
    execute(db, "INSERT INTO Music VALUE {'Artist': 'a', 'SongTitle': 'b'}")
    client.batch_execute_statement(
        Statements=[{"Statement": f"UPDATE Music SET n = 1 WHERE {key}"}]
    )
    client.execute_transaction(TransactStatements=[{"Statement": f"DELETE FROM Music WHERE {key}"}])
    arn = described["LatestStreamArn"]
    [shard] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    records = streams.get_records(ShardIterator=iterator)["Records"]
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    assert records[1]["dynamodb"]["NewImage"]["n"] == {"N": "1"}


def test_an_index_with_several_hash_keys_is_refused(db: Database) -> None:
    client = db.client()
    client.create_table(
        TableName="Several",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "x", "y")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "two",
                "KeySchema": [{"AttributeName": name, "KeyType": "HASH"} for name in "xy"],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    with pytest.raises(client.exceptions.ClientError) as caught:
        execute(db, "SELECT * FROM Several.two WHERE x = 'a'")
    assert caught.value.response["Error"]["Message"] == (
        "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or "
        "multi-attribute RANGE keys."
    )


def test_a_compiled_statement_is_never_stale(db: Database) -> None:
    client = db.client()
    text = "SELECT * FROM Changing WHERE a = 'x' AND b = 'y'"
    for hash_key, range_key in (("a", "b"), ("b", "a"), ("c", "a")):
        client.create_table(
            TableName="Changing",
            KeySchema=[
                {"AttributeName": hash_key, "KeyType": "HASH"},
                {"AttributeName": range_key, "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in (hash_key, range_key)
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        item = {name: {"S": value} for name, value in zip("abc", "xyz", strict=True)}
        client.put_item(TableName="Changing", Item=item)
        assert execute(db, text)["Items"] == [item]
        assert db.requests[-1].scan == (hash_key == "c")
        client.delete_table(TableName="Changing")


def test_a_compiled_statement_knows_the_indexes_of_today(db: Database) -> None:
    """The same text, while its index comes, changes its key and its projection, and goes."""
    client = db.client()
    execute(
        db, "INSERT INTO Music VALUE {'Artist': 'a', 'SongTitle': 'b', 'x': 'k', 'y': 'k', 'n': 1}"
    )
    text = "SELECT n FROM Music.later WHERE x = 'k'"

    def answer() -> tuple[Any, str | None]:
        try:
            items = execute(db, text)["Items"]
        except ClientError as error:
            return error.response["Error"]["Message"], None
        return items, db.requests[-1].plan

    def update(change: str, **index: Any) -> None:
        client.update_table(
            TableName="Music",
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"}
                for name in ("Artist", "SongTitle", "Genre", "x", "y")
            ],
            GlobalSecondaryIndexUpdates=[{change: {"IndexName": "later", **index}}],
        )

    def create(key: str, projection: str) -> None:
        update(
            "Create",
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            Projection={"ProjectionType": projection},
        )

    row = {"n": {"N": "1"}}
    none = ("The table does not have the specified index", None)
    assert answer() == none
    create("x", "ALL")
    assert answer() == ([row], "query")
    update("Delete")
    assert answer() == none
    create("y", "ALL")
    assert answer() == ([row], "scan")
    update("Delete")
    create("x", "KEYS_ONLY")
    assert answer() == (
        "One or more parameter values were invalid: Global secondary index later does not project [n]",
        None,
    )
