"""A child process works with the database of its parent, and the parent never notices."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import ddbmock
from ddbmock.operations.families import Families
from ddbmock.triggers.configured import Configured
from ddbmock.triggers.worker import Worker
from tests.servers import ROOT

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork"),
    # Python 3.12 on: what it warns of is what these tests are about.
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning"),
]

FORKS = 25
TASKS = 40
"""`make torture` takes more."""


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        new: str = request.getfixturevalue("postgresql").create_database()
        return new
    return {"memory": "memory://", "sqlite": f"sqlite:///{tmp_path}/content.db?durability=normal"}[
        request.param
    ]


def created(database: ddbmock.Database, **more: Any) -> Any:
    client = database.client()
    client.create_table(
        TableName="forks",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        **more,
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


received: list[str] = []
"""The sequence numbers of the records that the function of a trigger was called with."""


def receive(event: dict[str, Any], context: object) -> None:
    received.extend(record["dynamodb"]["SequenceNumber"] for record in event["Records"])


def check_worker_forks(url: str, forks: int) -> int:
    """Fork beside the thread that calls the functions of triggers; return the records that it had."""
    stream = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    received.clear()
    with ddbmock.Database(storage=url) as database:
        client = created(database, StreamSpecification=stream)
        configured = [Configured("forks", f"{__name__}:receive", {})]
        worker = Worker(database.dynamodb, database.clock, configured, database.region)
        with writing(client, threads=1) as failures:
            for number in range(forks):
                status = in_child(lambda n=number: write_and_read(client, f"child {n}"))  # type: ignore[misc]
                assert status == 0, number
        assert failures == []
        expected = [one.sequence_number for one in database.streams("forks")]
        deadline = time.monotonic() + 60
        while len(received) < len(expected) and time.monotonic() < deadline:
            time.sleep(0.05)
        worker.stop()
        assert received == expected
    return len(expected)


@pytest.mark.parametrize("storage", ["memory://", "sqlite:///{}/content.db?durability=normal"])
def test_children_leave_the_worker_of_triggers_alone(storage: str, tmp_path: Path) -> None:
    assert check_worker_forks(storage.format(tmp_path), FORKS // 5) > 0


def test_a_child_does_not_wait_for_an_import_of_its_parent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first request for an operation imports its module, in whatever thread it is answered."""
    package = tmp_path / "lazy"
    package.mkdir()
    (package / "__init__.py").write_text(
        "import threading\nstarted, go = threading.Event(), threading.Event()\n"
    )
    (package / "family.py").write_text(
        "from lazy import go, started\nstarted.set()\ngo.wait(10)\nOPERATIONS = {'Operate': 1}\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    lazy = importlib.import_module("lazy")
    families = Families(lazy, {"family": ["Operate"]})
    importing = threading.Thread(target=lambda: families["Operate"])
    importing.start()
    assert lazy.started.wait(10)
    released = threading.Timer(0.05, lazy.go.set)
    released.start()
    assert in_child(lambda: families["Operate"]) == 0
    importing.join(10)
    released.join(10)


_inherited: list[Any] = []


def inherit(client: Any) -> None:
    _inherited.append(client)


def task(number: int) -> int:
    write_and_read(_inherited[-1], f"child {number}")
    return number


def check_pools(url: str, tasks: int) -> None:
    """Do work in pools of multiprocessing, each process of which does ten tasks."""
    context = multiprocessing.get_context("fork")
    with ddbmock.Database(storage=url) as database:
        client = created(database)
        with (
            writing(client) as failures,
            context.Pool(3, inherit, (client,), maxtasksperchild=10) as pool,
        ):
            assert pool.map_async(task, range(tasks), 1).get(300) == list(range(tasks))
        assert failures == []
        write_and_read(client, "parent")


def test_pools_of_multiprocessing_work(url: str) -> None:
    check_pools(url, TASKS)


def test_servers_that_fork_their_workers_work(url: str) -> None:
    """As ``gunicorn --preload`` and others do: the application is there before the workers are."""
    waitress = pytest.importorskip("waitress")
    from ddbmock.server import application
    from tests.durability.clients import Client

    if url.startswith("memory"):
        pytest.skip("each worker would have tables of its own")
    with ddbmock.Database(storage=url) as database:
        client = created(database)
        app = application(database.router)
        listening = socket.create_server(("127.0.0.1", 0))
        workers = []
        with writing(client) as failures:
            for _ in range(3):
                worker = os.fork()
                if worker == 0:
                    try:
                        waitress.create_server(app, sockets=[listening], threads=2).run()
                    finally:
                        os._exit(1)
                workers.append(worker)
            try:
                for number in range(20):
                    item = {"id": {"S": f"child {number}"}}
                    sender = Client(listening.getsockname()[1])
                    sender("PutItem", TableName="forks", Item=item)
                    sender.close()
            finally:
                for worker in workers:
                    os.kill(worker, signal.SIGKILL)
                    os.waitpid(worker, 0)
                listening.close()
        assert failures == []
        items = client.scan(TableName="forks", ConsistentRead=True)["Items"]
        assert sum(item["id"]["S"].startswith("child") for item in items) == 20


FORKING = """
import os

import pytest
from _pytest.runner import runtestprotocol


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item):
    child = os.fork()
    if child == 0:
        os._exit(any(report.failed for report in runtestprotocol(item, log=False)))
    outcome = "failed" if os.waitpid(child, 0)[1] else "passed"
    report = pytest.TestReport(item.nodeid, item.location, {}, outcome, "", "call")
    item.ihook.pytest_runtest_logreport(report=report)
    return True
"""
"""What pytest-forked does: each test runs in a child."""

FORKED = """
import ddbmock
import pytest

from tests.robustness.test_forks import created, write_and_read

client = created(ddbmock.Database(storage=%r))


@pytest.mark.parametrize("number", range(8))
def test_write_and_read(number):
    write_and_read(client, f"child {number}")
"""


@pytest.mark.slow
def test_tests_that_run_in_children_work(url: str, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(FORKING)
    (tmp_path / "test_forked.py").write_text(FORKED % url)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_forked.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "8 passed" in done.stdout, done.stdout
