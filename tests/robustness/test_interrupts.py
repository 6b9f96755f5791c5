"""An interrupt at any instruction leaves nothing locked and nothing half changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

import ddbmock
from ddbmock.storage import Storage
from ddbmock.storage.memory import MemoryStorage
from ddbmock.storage.sqlite import SQLiteStorage
from ddbmock.storage.testing.steps import content, fill
from tests.robustness.interrupts import Interrupter

URLS = ("memory://", "sqlite:///{}/content.db?durability=normal")
EACH = 23
"""Of a request's instructions every so many are interrupted here; `make torture` takes more."""


@pytest.fixture(params=["memory", "sqlite"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    made: Storage
    made = MemoryStorage() if request.param == "memory" else SQLiteStorage(tmp_path / "content.db")
    yield made
    made.close()


def in_another_thread(call: Callable[[], object]) -> bool:
    """Return whether a call in another thread comes to its end."""
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(10)
    return not thread.is_alive()


def test_a_write_block_can_be_interrupted_anywhere(storage: Storage) -> None:
    fill(storage, "orders", [(b"a", b"0"), (b"b", b"0")])
    interrupter = Interrupter("/storage/")

    def change(number: int) -> None:
        # As the router does: what is further out catches what comes too early for the block.
        try:
            with storage.write() as writer:
                writer.put("orders", b"a", b"%d" % number)
                writer.put("orders", b"b", b"%d" % number)
        except BaseException:
            storage.abandon()
            raise

    interrupter.run(lambda: change(0), None)
    for at in range(1, interrupter.count + 1):
        interrupter.run(lambda at=at: change(at), at)  # type: ignore[misc]
        # The first is read without interrupts, from another thread, as the second is written.
        values = [value for _, value in content(storage, "orders")]
        assert values[0] == values[1], at
        assert in_another_thread(lambda: fill(storage, "other", [(b"x", b"")])), at
    assert interrupter.count > 50


@pytest.mark.parametrize("url", URLS)
def test_a_transaction_can_be_interrupted_anywhere(url: str, tmp_path: Path) -> None:
    with ddbmock.mock(storage=url.format(tmp_path)):
        client = boto3.client("dynamodb", region_name="us-east-1")
        check_interrupts(client, range(1, 1_000_000, EACH))


def check_interrupts(client: Any, instructions: range) -> int:
    """Interrupt a transaction at some of its instructions; returns how many were interrupted."""
    client.create_table(
        TableName="pairs",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    update = {
        "TableName": "pairs",
        "UpdateExpression": "ADD amount :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }

    def transact() -> None:
        client.transact_write_items(
            TransactItems=[{"Update": {**update, "Key": {"id": {"S": key}}}} for key in "ab"]
        )

    def put() -> None:
        client.put_item(TableName="pairs", Item={"id": {"S": "other"}})

    transact()
    interrupter = Interrupter()
    interrupted = 0
    for at in instructions:
        if not interrupter.run(transact, at):
            break
        interrupted += 1
        assert in_another_thread(put), at
        put()
        items = client.scan(TableName="pairs")["Items"]
        amounts = {item["id"]["S"]: item["amount"] for item in items if "amount" in item}
        assert amounts["a"] == amounts["b"], at
    return interrupted


class RaisingClock:
    """A clock that raises once."""

    def __init__(self) -> None:
        self.left = 0

    def now(self) -> float:
        self.left -= 1
        if self.left == 0:
            raise ValueError("the clock is out of order")
        return 1_790_000_000.0


@pytest.mark.parametrize("url", URLS)
def test_a_clock_that_raises_leaves_nothing_locked(url: str, tmp_path: Path) -> None:
    clock = RaisingClock()
    with ddbmock.Database(clock=clock, storage=url.format(tmp_path)) as database:
        client = database.client()
        client.create_table(
            TableName="pairs",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

        def put() -> None:
            client.put_item(TableName="pairs", Item={"id": {"S": "a"}})

        for left in range(1, 5):
            clock.left = left
            with pytest.raises(ValueError, match="out of order"):
                put()
            assert in_another_thread(put)
            put()
