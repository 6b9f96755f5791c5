"""A child process works with the database of its parent, and the parent never notices."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import ddbmock

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork"),
    # Python 3.12 on: what it warns of is what these tests are about.
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning"),
]

FORKS = 25
"""`make torture` takes more."""


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        new: str = request.getfixturevalue("postgresql").create_database()
        return new
    return {"memory": "memory://", "sqlite": f"sqlite:///{tmp_path}/content.db?durability=normal"}[
        request.param
    ]


def created(database: ddbmock.Database) -> Any:
    client = database.client()
    client.create_table(
        TableName="forks",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


@contextmanager
def writing(client: Any, threads: int = 3) -> Iterator[list[BaseException]]:
    """Threads that write and read while the block lasts, and what they complain of."""
    stop = threading.Event()
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            while not stop.is_set():
                write_and_read(client, f"thread {number}")
        except BaseException as failure:
            failures.append(failure)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    try:
        yield failures
    finally:
        stop.set()
        for worker in workers:
            worker.join(60)


def write_and_read(client: Any, key: str) -> None:
    number = str(random.randrange(10**9))
    client.put_item(TableName="forks", Item={"id": {"S": key}, "number": {"N": number}})
    read = client.get_item(TableName="forks", Key={"id": {"S": key}}, ConsistentRead=True)
    assert read["Item"]["number"]["N"] == number


def in_child(work: Callable[[], object]) -> int:
    """The wait status of a child that did `work`: 0 if it went well."""
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        try:
            work()
            os._exit(0)
        except BaseException:
            os._exit(1)
    return os.waitpid(child, 0)[1]


def check_forks(url: str, forks: int) -> None:
    with ddbmock.Database(storage=url) as database:
        client = created(database)
        with writing(client) as failures:
            for number in range(forks):
                status = in_child(lambda n=number: write_and_read(client, f"child {n}"))  # type: ignore[misc]
                assert status == 0, number
        assert failures == []
        write_and_read(client, "parent")
        items = client.scan(TableName="forks", ConsistentRead=True)["Items"]
        children = sum(item["id"]["S"].startswith("child") for item in items)
        # A memory engine's child has a copy of its own.
        assert children == (0 if url.startswith("memory") else forks)


def test_children_of_a_busy_parent_do_not_hang(url: str) -> None:
    check_forks(url, FORKS)


def test_a_child_forked_in_a_write_block_does_not_commit_it(url: str) -> None:
    with ddbmock.Database(storage=url) as database:
        client = created(database)
        storage = database.dynamodb.storage

        def leave_the_block() -> None:
            with pytest.raises(RuntimeError):
                block.__exit__(None, None, None)

        block = storage.write()
        writer = block.__enter__()
        writer.put("mine", b"key", b"parent")
        if not url.startswith("memory"):
            assert in_child(leave_the_block) == 0
        assert in_child(lambda: write_and_read(client, "child")) == (
            # A fork inside a block of the memory engine is still inside it.
            256 if url.startswith("memory") else 0 if url.startswith("postgresql") else 256
        )
        block.__exit__(None, None, None)
        with storage.read() as reader:
            assert reader.get("mine", b"key") == b"parent"
        write_and_read(client, "parent")


def test_grandchildren_work_too(url: str) -> None:
    with ddbmock.Database(storage=url) as database:
        client = created(database)

        def work() -> None:
            write_and_read(client, "child")
            assert in_child(lambda: write_and_read(client, "grandchild")) == 0
            write_and_read(client, "child")

        assert in_child(work) == 0
        write_and_read(client, "parent")
