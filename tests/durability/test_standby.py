"""Eventually consistent reads go to a standby, and are answered by the primary where it fails."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

import ddbmock
from ddbmock import storage as storages
from ddbmock.service.json import encode
from ddbmock.storage import StorageError
from tests.postgresql import Cluster, binaries

pytestmark = pytest.mark.slow

KEY = {"id": {"S": "a"}}


@pytest.fixture(scope="module")
def standby(postgresql: Cluster) -> Iterator[Cluster]:
    found = binaries()
    assert found is not None
    directory = Path(tempfile.mkdtemp(prefix="ddbmock-standby-"))
    cluster = Cluster(found, directory)
    try:
        cluster.create_standby_of(postgresql)
        yield cluster
    finally:
        try:
            cluster.stop()
        finally:
            shutil.rmtree(directory)


@pytest.fixture
def paused(standby: Cluster) -> Iterator[Cluster]:
    """The standby; its replay is continued after the test."""
    yield standby
    standby.psql("SELECT pg_wal_replay_resume() WHERE pg_is_in_recovery()")


@pytest.fixture
def database(postgresql: Cluster, standby: Cluster) -> Iterator[ddbmock.Database]:
    """A database with a table whose one item both servers have."""
    name = postgresql.create_database().partition("?")[0].rpartition("/")[2]
    url = postgresql.beside(standby, name) + "&read_from=standby"
    with ddbmock.Database(storage=url) as database:
        create(database.client(), "songs")
        write(database, 1)
        catch_up(postgresql, standby)
        yield database


def create(client: Any, name: str) -> None:
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def write(database: ddbmock.Database, number: int) -> None:
    item = {**KEY, "number": {"N": str(number)}}
    database.client().put_item(TableName="songs", Item=item)


def read(database: ddbmock.Database, consistent: bool, operation: str = "get_item") -> int:
    client, members = database.client(), {"TableName": "songs", "ConsistentRead": consistent}
    match operation:
        case "get_item":
            item = client.get_item(**members, Key=KEY)["Item"]
        case "batch_get_item":
            songs = {"Keys": [KEY], "ConsistentRead": consistent}
            (item,) = client.batch_get_item(RequestItems={"songs": songs})["Responses"]["songs"]
        case "query":
            values = {":id": KEY["id"]}
            condition = {"KeyConditionExpression": "id = :id", "ExpressionAttributeValues": values}
            (item,) = client.query(**members, **condition)["Items"]
        case "scan":
            (item,) = client.scan(**members)["Items"]
        case _:
            statement = "SELECT * FROM songs WHERE id = 'a'"
            (item,) = client.execute_statement(Statement=statement, ConsistentRead=consistent)[
                "Items"
            ]
    return int(item["number"]["N"])


def catch_up(primary: Cluster, standby: Cluster) -> None:
    """Wait until the standby has replayed all that the primary has written."""
    written = primary.psql("SELECT pg_current_wal_lsn()").strip()
    waiting = f"SELECT pg_last_wal_replay_lsn() < '{written}'"
    while standby.psql(waiting).strip() == "t":
        standby.psql("SELECT pg_sleep(0.02)")


@pytest.mark.parametrize(
    "operation", ["get_item", "batch_get_item", "query", "scan", "execute_statement"]
)
def test_a_standby_that_lags_is_seen_by_eventually_consistent_reads_alone(
    database: ddbmock.Database, postgresql: Cluster, paused: Cluster, operation: str
) -> None:
    paused.psql("SELECT pg_wal_replay_pause()")
    write(database, 2)
    assert read(database, False, operation) == 1
    assert read(database, True, operation) == 2
    paused.psql("SELECT pg_wal_replay_resume()")
    catch_up(postgresql, paused)
    assert read(database, False, operation) == 2


def test_operations_of_2011_use_the_standby_too(
    database: ddbmock.Database, paused: Cluster
) -> None:
    paused.psql("SELECT pg_wal_replay_pause()")
    write(database, 2)
    key = {"HashKeyElement": KEY["id"]}
    for operation, body in (
        ("GetItem", {"TableName": "songs", "Key": key}),
        ("BatchGetItem", {"RequestItems": {"songs": {"Keys": [key]}}}),
        ("Scan", {"TableName": "songs"}),
    ):
        target = database.router.target(f"DynamoDB_20111205.{operation}")
        output = orjson.loads(encode(database.router.perform(target, body)))
        output = output.get("Responses", {}).get("songs", output)
        (item,) = output["Items"] if "Items" in output else [output["Item"]]
        assert item["number"] == {"N": "1"}, operation


def test_transactions_and_batches_of_statements_read_the_primary(
    database: ddbmock.Database, paused: Cluster
) -> None:
    paused.psql("SELECT pg_wal_replay_pause()")
    write(database, 2)
    client = database.client()
    statement = {"Statement": "SELECT number FROM songs WHERE id = 'a'"}
    got = client.transact_get_items(TransactItems=[{"Get": {"TableName": "songs", "Key": KEY}}])
    assert got["Responses"][0]["Item"]["number"] == {"N": "2"}
    for answer in (
        client.execute_transaction(TransactStatements=[statement]),
        client.batch_execute_statement(Statements=[statement]),
    ):
        assert answer["Responses"][0]["Item"]["number"] == {"N": "2"}


def test_a_table_that_the_standby_lacks_is_found_at_the_primary(
    database: ddbmock.Database, paused: Cluster
) -> None:
    paused.psql("SELECT pg_wal_replay_pause()")
    client = database.client()
    create(client, "albums")
    client.put_item(TableName="albums", Item=KEY)
    assert client.get_item(TableName="albums", Key=KEY)["Item"] == KEY
    got = client.get_item(TableName="albums", Key=KEY, ReturnConsumedCapacity="TOTAL")
    assert got["ConsumedCapacity"] == {"TableName": "albums", "CapacityUnits": 0.5}
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_item(TableName="none", Key=KEY)


def test_the_primary_answers_while_no_standby_runs(
    database: ddbmock.Database, postgresql: Cluster, standby: Cluster
) -> None:
    assert read(database, False) == 1
    standby.stop()
    try:
        for number in (2, 3):
            write(database, number)
            assert read(database, False) == number
    finally:
        standby.start()
    catch_up(postgresql, standby)


def test_the_primary_answers_where_there_is_no_standby(postgresql: Cluster) -> None:
    url = postgresql.create_database()
    with ddbmock.Database(storage=f"{url}&read_from=standby") as database:
        create(database.client(), "songs")
        for number in (1, 2):
            write(database, number)
            assert read(database, False) == number


def test_a_standby_is_left_out_until_it_is_asked_for(
    database: ddbmock.Database, postgresql: Cluster, paused: Cluster
) -> None:
    paused.psql("SELECT pg_wal_replay_pause()")
    write(database, 2)
    storage = database.dynamodb.storage
    name = storage._connections.parameters["dbname"]  # type: ignore[attr-defined]
    for choice in ("", "&read_from=primary"):
        with ddbmock.Database(storage=postgresql.beside(paused, name) + choice) as other:
            assert read(other, False) == 2


def test_another_choice_is_refused(postgresql: Cluster) -> None:
    with pytest.raises(StorageError) as raised:
        storages.open(f"{postgresql.url}&read_from=replica")
    assert str(raised.value) == "read_from is one of primary and standby"
