"""When nothing can be written: a clear error, nothing is lost, and reads go on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ddbmock.clock import ManualClock
from ddbmock.database import DynamoDB
from ddbmock.settings import Settings
from ddbmock.storage.sqlite import SQLiteStorage
from tests.durability.clients import Client, Refused
from tests.servers import ddbmock_serve, serving

NOW = 1_790_000_000
KEY = {"id": {"S": "a"}}
STAYING: dict[str, Any] = {**KEY, "n": {"N": "1"}}
ITEM: dict[str, Any] = {**STAYING, "until": {"N": str(NOW + 60)}}


def fill(client: Client, item: dict[str, Any]) -> None:
    client(
        "CreateTable",
        TableName="things",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client(
        "UpdateTimeToLive",
        TableName="things",
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"},
    )
    client("PutItem", TableName="things", Item=item)


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[SQLiteStorage]:
    storage = SQLiteStorage(tmp_path / "content.db", durability="normal")
    yield storage
    storage.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def client(storage: SQLiteStorage, clock: ManualClock) -> Iterator[Client]:
    with serving(DynamoDB(storage, Settings(ttl="prompt"), clock), threads=1) as port:
        client = Client(port)
        fill(client, ITEM)
        yield client
        client.close()


STOPS = {
    "full": ("max_page_count = 1", "max_page_count = 1000000", "there is no room left on the disk"),
    "read-only": ("query_only = 1", "query_only = 0", "{} is read-only"),
}
"""What stops writes, what lets them go on, and what is said of it."""

LARGE = {"S": "x" * 300_000}
WRITES: dict[str, dict[str, Any]] = {
    "PutItem": {"TableName": "things", "Item": {**KEY, "padding": LARGE}},
    "UpdateItem": {
        "TableName": "things",
        "Key": KEY,
        "UpdateExpression": "SET padding = :t",
        "ExpressionAttributeValues": {":t": LARGE},
    },
    "BatchWriteItem": {
        "RequestItems": {"things": [{"PutRequest": {"Item": {**KEY, "padding": LARGE}}}]}
    },
    "TransactWriteItems": {
        "TransactItems": [
            {"Delete": {"TableName": "things", "Key": KEY}},
            {"Put": {"TableName": "things", "Item": {"id": {"S": "b"}, "padding": LARGE}}},
        ]
    },
}
READS: dict[str, dict[str, Any]] = {
    "GetItem": {"TableName": "things", "Key": KEY},
    "BatchGetItem": {"RequestItems": {"things": {"Keys": [KEY]}}},
    "TransactGetItems": {"TransactItems": [{"Get": {"TableName": "things", "Key": KEY}}]},
    "Scan": {"TableName": "things"},
    "Query": {
        "TableName": "things",
        "KeyConditionExpression": "id = :id",
        "ExpressionAttributeValues": {":id": {"S": "a"}},
    },
    "DescribeTable": {"TableName": "things"},
    "ListTables": {},
}


@pytest.mark.parametrize("name", STOPS)
def test_writes_are_refused_with_the_reason_and_reads_go_on(
    client: Client, storage: SQLiteStorage, clock: ManualClock, tmp_path: Path, name: str
) -> None:
    stop, let_go, reason = STOPS[name]
    before = {operation: client(operation, **body) for operation, body in READS.items()}
    storage._writer.execute(f"PRAGMA {stop}").fetchall()
    for operation, body in WRITES.items():
        with pytest.raises(Refused) as caught:
            client(operation, **body)
        assert caught.value.status == 500
        assert caught.value.body == {
            "__type": "com.amazonaws.dynamodb.v20120810#InternalServerError",
            "message": "Internal server error",
        }
        assert reason.format(tmp_path / "content.db") in str(caught.value.hint)
    assert {operation: client(operation, **body) for operation, body in READS.items()} == before
    storage._writer.execute(f"PRAGMA {let_go}").fetchall()
    for operation, body in WRITES.items():
        client(operation, **body)


def test_what_has_expired_hinders_no_reader(
    client: Client, storage: SQLiteStorage, clock: ManualClock
) -> None:
    storage._writer.execute("PRAGMA query_only = 1")
    clock.advance(60)
    assert client("GetItem", TableName="things", Key=KEY) == {"Item": ITEM}
    storage._writer.execute("PRAGMA query_only = 0")
    assert client("GetItem", TableName="things", Key=KEY) == {}


def put_until_refused(client: Client) -> tuple[int, Refused]:
    """How many items could be put, and why one more could not."""
    for number in range(1000):
        item = {"id": {"S": f"n{number}"}, "t": LARGE}
        try:
            client("PutItem", TableName="things", Item=item)
        except Refused as refused:
            return number, refused
    raise AssertionError("there is room without end")


def test_a_file_that_cannot_grow(tmp_path: Path) -> None:
    """A real server that the system lets write no further: what it answered is there."""
    resource = pytest.importorskip("resource")
    most = 2 * 1024 * 1024
    arguments = ("--storage", "sqlite:///content.db?durability=normal", "--authentication", "none")
    with ddbmock_serve(
        tmp_path,
        *arguments,
        before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
    ) as server:
        client = Client(server.port)
        fill(client, STAYING)
        answered, refused = put_until_refused(client)
        assert (refused.status, refused.type) == (500, "InternalServerError")
        assert "content.db" in str(refused.hint)
        assert client("GetItem", TableName="things", Key=KEY) == {"Item": STAYING}
        assert client("Scan", TableName="things", Select="COUNT")["Count"] > 0
    with ddbmock_serve(tmp_path, *arguments) as server:
        client = Client(server.port)
        for number in range(answered):
            item = client("GetItem", TableName="things", Key={"id": {"S": f"n{number}"}})["Item"]
            assert item["t"] == LARGE
        client("PutItem", TableName="things", Item={"id": {"S": "after"}, "t": LARGE})
