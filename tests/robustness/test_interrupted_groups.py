"""Interrupts of the main thread, while other threads write in groups on PostgreSQL."""

from __future__ import annotations

import threading
import time

import pytest

import ddbmock
from ddbmock.storage.postgresql_connections import Connections
from ddbmock.storage.write_lock import WritePermits
from tests.postgresql import Cluster
from tests.robustness.interrupts import Interrupt, Signals

INTERRUPTS = 6
"""`make torture` takes more."""
WRITERS = 2


class Counter:
    """An item to which one thread adds, and what has become of it."""

    def __init__(self, database: ddbmock.Database, name: str) -> None:
        self._client = database.client()
        self._key = {"id": {"S": name}}
        self.value = self.wrong = 0
        self.errors: list[BaseException] = []

    def add(self) -> None:
        answer = self._client.update_item(
            TableName="counters",
            Key=self._key,
            UpdateExpression="ADD amount :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
            ReturnValues="UPDATED_NEW",
        )
        found = int(answer["Attributes"]["amount"]["N"])
        self.wrong += found != self.value + 1
        self.value = found

    def add_until(self, stop: threading.Event) -> None:
        try:
            while not stop.is_set():
                self.add()
        except BaseException as error:
            self.errors.append(error)


def check_interrupted_groups(url: str, interrupts: int, seed: int) -> int:
    """Interrupt writes of the main thread, and return how many writes others have made meanwhile."""
    with ddbmock.Database(storage=url) as database:
        database.client().create_table(
            TableName="counters",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        others = [Counter(database, f"counter {number}") for number in range(WRITERS)]
        stop = threading.Event()
        threads = [threading.Thread(target=other.add_until, args=(stop,)) for other in others]
        for thread in threads:
            thread.start()
        own, interrupted = Counter(database, "own"), 0
        try:
            begun = time.perf_counter()
            for _ in range(5):
                own.add()
            with Signals(seed, (time.perf_counter() - begun) / 5) as signals:
                while interrupted < interrupts:
                    # the database may still carry out the commit of an interrupted addition
                    own = Counter(database, f"own {interrupted}")
                    interrupted += signals.interrupt(own.add)
        finally:
            stop.set()
            for thread in threads:
                thread.join(30)
        assert [other.errors for other in others] == [[]] * WRITERS
        assert [other.wrong for other in others] == [0] * WRITERS
        Counter(database, "after").add()
        return sum(other.value for other in others)


@pytest.mark.timeout(120, method="thread")
# an interrupt may arrive in a callback of the garbage collector, which cannot raise it
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_interrupts_lose_and_double_no_write_of_other_threads(postgresql: Cluster) -> None:
    assert check_interrupted_groups(postgresql.create_database(), INTERRUPTS, seed=1) > 0


def test_the_connection_of_a_block_that_was_interrupted_at_its_end_is_used_again(
    postgresql: Cluster,
) -> None:
    connections = Connections(postgresql.url, 1)
    connections.take(lambda: None)  # a block that is garbage at once
    block = lambda: None  # noqa: E731
    connection = connections.take(block)
    assert not connection.closed
    connections.give_back(connection, block)
    assert connections._taken == {}
    connections.close()


@pytest.mark.parametrize("method", ["getconn", "putconn"])
def test_after_an_interrupt_within_the_pool_there_is_a_new_one(
    postgresql: Cluster, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections = Connections(postgresql.url, 1)
    pool, block = connections.pool, (lambda: None)
    original = getattr(pool, method)

    def interrupted(*arguments: object) -> None:
        original(*arguments)
        raise Interrupt

    def use() -> None:
        connections.give_back(connections.take(block), block)

    monkeypatch.setattr(pool, method, interrupted)
    with pytest.raises(Interrupt):
        use()
    assert pool.closed
    use()
    connections.close()


def test_a_thread_that_waits_for_a_connection_uses_the_new_pool(postgresql: Cluster) -> None:
    connections = Connections(postgresql.url, 1)
    first, second = (lambda: None), (lambda: None)
    taken = connections.take(first)
    found = []
    thread = threading.Thread(target=lambda: found.append(connections.take(second)))
    thread.start()
    while not connections.pool._waiting:
        pass
    connections._renew()
    thread.join(30)
    assert len(found) == 1
    connections.give_back(found[0], second)
    connections.give_back(taken, first)
    assert taken.closed
    connections.close()


def test_a_permit_whose_holder_is_garbage_is_free() -> None:
    permits = WritePermits(1)
    assert permits.acquire(lambda: None, 0)
    holder, other = (lambda: None), (lambda: None)
    assert permits.acquire(holder, 0)
    assert not permits.acquire(other, 0)
    permits.release(other)
    assert not permits.acquire(other, 0)
    permits.release(holder)
    permits.release(holder)
    assert permits.acquire(other, 0)
