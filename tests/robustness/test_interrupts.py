"""An interrupt at any instruction leaves nothing locked and nothing half changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import orjson
import pytest

import ddbmock
from ddbmock.service.json import encode
from ddbmock.service.router import Router
from ddbmock.storage import Storage
from ddbmock.storage.memory import MemoryStorage
from ddbmock.storage.sqlite import SQLiteStorage
from ddbmock.storage.testing.steps import content, fill
from tests.robustness.interrupts import Interrupter, Signals

URLS = ("memory://", "sqlite:///{}/content.db?durability=normal")
EACH = 11
"""Of a request's instructions every so many are interrupted here; `make torture` takes more."""
SIGNALS = 60
DOORS = ("boto3", "in-process")


@pytest.fixture(params=["memory", "sqlite"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    engine: Storage
    engine = (
        MemoryStorage() if request.param == "memory" else SQLiteStorage(tmp_path / "content.db")
    )
    yield engine
    engine.close()


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


class Pairs:
    """A table with a pair of items that transactions change together."""

    def __init__(self, client: Any, *, followed: bool = False) -> None:
        """Create the table, if `followed` with a stream and a journal of its changes."""
        self._client = client
        stream = {"StreamEnabled": followed}
        client.create_table(
            TableName="pairs",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification=stream | ({"StreamViewType": "NEW_IMAGE"} if followed else {}),
        )
        if followed:
            client.update_continuous_backups(
                TableName="pairs",
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
            )

    def transact(self) -> None:
        update = {
            "TableName": "pairs",
            "UpdateExpression": "ADD amount :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
        self._client.transact_write_items(
            TransactItems=[{"Update": {**update, "Key": {"id": {"S": key}}}} for key in "ab"]
        )

    def put(self) -> None:
        self._client.put_item(TableName="pairs", Item={"id": {"S": "other"}})

    def check(self) -> None:
        """That nothing is locked, in this thread and in others, and nothing half changed."""
        assert in_another_thread(self.put)
        self.put()
        items = self._client.scan(TableName="pairs")["Items"]
        amounts = {item["id"]["S"]: item["amount"] for item in items if "amount" in item}
        assert amounts["a"] == amounts["b"]


def check_followers(database: ddbmock.Database) -> None:
    """That the stream and the journal have each change once, all in order."""
    client = database.client()
    items = client.scan(TableName="pairs", ConsistentRead=True)["Items"]
    amounts = {item["id"]["S"]: int(item["amount"]["N"]) for item in items if "amount" in item}
    streamed = [(one.keys["id"], one.new_image or {}) for one in database.streams("pairs")]
    recorded = [(one.key["id"]["S"], one.after or {}) for one in database.history("pairs")]
    for key, amount in amounts.items():
        expected = list(range(1, amount + 1))
        assert [int(new["amount"]) for name, new in streamed if name == key] == expected
        assert [int(new["amount"]["N"]) for name, new in recorded if name == key] == expected


@pytest.mark.parametrize("url", URLS)
def test_a_transaction_can_be_interrupted_anywhere(url: str, tmp_path: Path) -> None:
    with ddbmock.mock(storage=url.format(tmp_path)):
        pairs = Pairs(boto3.client("dynamodb", region_name="us-east-1"))
        pairs.transact()
        interrupter = Interrupter("/storage/", "/database/db.py", "/service/router.py")
        for at in range(1, 1_000_000, EACH):
            if not interrupter.run(pairs.transact, at):
                break
            pairs.check()
        assert at > 500


class Plain:
    """A client that calls the router, with a client's names."""

    def __init__(self, router: Router) -> None:
        self._router = router

    def __getattr__(self, name: str) -> Callable[..., Any]:
        target = self._router.target(f"DynamoDB_20120810.{name.title().replace('_', '')}")
        return lambda **body: orjson.loads(encode(self._router.perform(target, body)))


@pytest.mark.timeout(120, method="thread")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("url", URLS)
def test_a_transaction_can_be_interrupted_by_signals(url: str, door: str, tmp_path: Path) -> None:
    check_signals(url.format(tmp_path), door, SIGNALS, seed=1)


@pytest.mark.timeout(120, method="thread")
@pytest.mark.parametrize("url", URLS)
def test_writes_to_streams_and_journals_can_be_interrupted(url: str, tmp_path: Path) -> None:
    check_signals(url.format(tmp_path), "in-process", SIGNALS // 2, seed=2, followed=True)


def check_signals(
    url: str, door: str, interrupts: int, seed: int, *, followed: bool = False
) -> int:
    """Interrupt requests by signals, so many times; return how many requests that took."""
    with ddbmock.mock(storage=url) as database:
        client = boto3.client("dynamodb", region_name="us-east-1")
        pairs = Pairs(client if door == "boto3" else Plain(database.router), followed=followed)
        pairs.transact()
        begun = time.perf_counter()
        for _ in range(20):
            pairs.transact()
        requests = interrupted = 0
        with Signals(seed, (time.perf_counter() - begun) / 20) as signals:
            while interrupted < interrupts:
                requests += 1
                if signals.interrupt(pairs.transact):
                    interrupted += 1
                    pairs.check()
        if followed:
            check_followers(database)
        return requests


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
