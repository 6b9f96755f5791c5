"""Several processes on one port: ``ddbmock serve --workers 2``, and the same in an ``.ini`` file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from http import client as http_client
from pathlib import Path
from typing import Any

import pytest

from ddbmock.errors import DynamoDBError
from ddbmock.server.workers import check
from ddbmock.server.workers.connections import Counts
from ddbmock.service.instance import Instance
from ddbmock.service.request_log import Requests, Totals
from ddbmock.settings import Settings, SettingsError
from tests.behaviour.doors import SIGNED
from tests.servers import DdbmockServe, Pserve, ServerProcess, ddbmock_serve

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")

SQLITE = ("--storage", "sqlite:///content.db?durability=normal", "--workers", "2")
TABLE: Any = {
    "TableName": "songs",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "N"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


class Client:
    """A client with one connection, which it keeps, and opens again when the server closes it."""

    def __init__(self, port: int) -> None:
        self._connection = http_client.HTTPConnection("127.0.0.1", port, timeout=30)

    def close(self) -> None:
        self._connection.close()

    def call(self, operation: str, **body: object) -> dict[str, Any]:
        headers = {**SIGNED, "x-amz-target": f"DynamoDB_20120810.{operation}"}
        status, answer = self._request("POST", "/", body, headers)
        assert status == 200, answer
        return answer

    def control(self, method: str, path: str, **body: object) -> tuple[int, dict[str, Any]]:
        headers = {"content-type": "application/json"}
        return self._request(method, f"/_ddbmock/{path}", body, headers)

    def events(self, after: int) -> list[dict[str, Any]]:
        """The requests after a number, as the console asks for them."""
        self._connection.request("GET", f"/_ddbmock/requests/events?after={after}")
        lines = self._connection.getresponse().read().splitlines()
        data = [line.removeprefix(b"data: ") for line in lines if line.startswith(b"data: ")]
        found: list[dict[str, Any]] = json.loads(data[0]) if data else []
        return found

    def _request(
        self, method: str, path: str, body: object, headers: dict[str, str]
    ) -> tuple[int, dict[str, Any]]:
        content = json.dumps(body) if method == "POST" else None
        try:
            self._connection.request(method, path, content, headers)
            answer = self._connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http_client.HTTPException):
            self._connection.close()
            raise


def workers(server: ServerProcess) -> list[int]:
    """The processes of a server's workers."""
    listed = subprocess.run(["ps", "-A", "-o", "ppid=,pid="], capture_output=True, check=True)
    pairs = [line.split() for line in listed.stdout.splitlines()]
    return [int(process) for parent, process in pairs if int(parent) == server.pid]


PATIENCE = 30
"""Seconds that killed processes may take to end."""


def is_alive(process: int) -> bool:
    """Whether a process runs; an ended one may wait for its parent to ask for its status."""
    shown = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True
    )
    return shown.stdout.strip()[:1] not in ("", "Z")


def await_end(processes: list[int]) -> None:
    """Wait until processes have ended: one that has closed its files still frees its memory."""
    deadline = time.monotonic() + PATIENCE
    while alive := [process for process in processes if is_alive(process)]:
        assert time.monotonic() < deadline, alive
        time.sleep(0.02)


def await_replacements(server: ServerProcess, number: int) -> None:
    """Wait until the supervisor has replaced workers: other workers answer requests meanwhile."""
    deadline = time.monotonic() + PATIENCE
    while (found := len([line for line in server.log if "takes its place" in line])) < number:
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    assert found == number


def clients(server: ServerProcess, stack: ExitStack, number: int = 2) -> list[Client]:
    """Clients whose connections are given to the workers in turn."""
    clients = [stack.enter_context(closing(Client(server.port))) for _ in range(number)]
    for client in clients:
        client.call("ListTables")
    return clients


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DdbmockServe]:
    with ddbmock_serve(tmp_path_factory.mktemp("workers"), *SQLITE) as server:
        with closing(Client(server.port)) as client:
            client.call("CreateTable", **TABLE)
        yield server


def test_the_log_has_one_line_about_the_port(served: DdbmockServe) -> None:
    ready = [line for line in served.log if "Serving DynamoDB on" in line]
    assert [line.partition("ddbmock.server  ")[2] for line in ready] == [
        f"Serving DynamoDB on http://127.0.0.1:{served.port}, 2 workers\n"
    ]
    assert len(workers(served)) == 2


def test_what_one_worker_writes_the_other_reads(served: DdbmockServe) -> None:
    with ExitStack() as stack:
        first, second = clients(served, stack)
        for number, (writer, reader) in enumerate([(first, second), (second, first)]):
            item = {"id": {"N": str(-number)}, "title": {"S": "Halleluhwah"}}
            writer.call("PutItem", TableName="songs", Item=item)
            key = {"id": item["id"]}
            got = reader.call("GetItem", TableName="songs", Key=key, ConsistentRead=True)
            assert got["Item"] == item


def test_the_clock_moves_for_all_workers(served: DdbmockServe) -> None:
    with ExitStack() as stack:
        first, second = clients(served, stack)
        frozen = first.control("POST", "clock", freeze=True)[1]["now"]
        assert second.control("POST", "clock", advance=60)[0] == 200
        shown = [client.control("GET", "clock") for client in (first, second)]
        assert shown == [(200, {"now": frozen + 60, "frozen": True})] * 2
        assert second.control("POST", "clock", resume=True)[0] == 200
        assert first.control("GET", "clock")[1]["frozen"] is False


def test_the_log_of_requests_has_those_of_all_workers(served: DdbmockServe) -> None:
    with ExitStack() as stack:
        first, second = clients(served, stack)
        assert first.control("DELETE", "requests")[0] == 200
        assert first.events(-1) == []  # from now on with bodies
        for number, client in enumerate((first, second, first)):
            key = {"id": {"N": str(number)}}
            client.call("GetItem", TableName="songs", Key=key)
        log = second.control("GET", "requests")[1]
        assert [request["operation"] for request in log["requests"]] == ["GetItem"] * 3
        assert log["totals"]["requests"] == 3
        assert log["totals"]["read_units"] == 1.5
        numbers = [one["number"] for one in first.events(-1)]
        assert numbers == list(range(numbers[0], numbers[0] + 3))
        [last] = second.events(numbers[1])
        assert last["body"] == {"TableName": "songs", "Key": {"id": {"N": "2"}}}
        assert second.control("DELETE", "requests")[0] == 200
        assert first.control("GET", "requests")[1]["requests"] == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "trouble", {"fault": "throttle"}),
        ("POST", "replication", {"hold": "eu-west-1"}),
        ("POST", "access", {"access_key": "AKID", "policies": []}),
    ],
)
def test_what_belongs_to_one_process_is_refused(
    served: DdbmockServe, method: str, path: str, body: dict[str, object]
) -> None:
    with closing(Client(served.port)) as client:
        status, answer = client.control(method, path, **body)
    assert status == 409
    assert "belongs to one process, and this server has 2" in answer["message"]


def scanned(server: ServerProcess) -> list[dict[str, Any]]:
    """All items, read again if the supervisor has passed the connection to a worker that was killed."""
    for _ in range(10):
        with closing(Client(server.port)) as client, suppress(OSError, http_client.HTTPException):
            items: list[dict[str, Any]]
            items = client.call("Scan", TableName="songs", ConsistentRead=True)["Items"]
            return items
    raise AssertionError("no worker answers")


def test_nothing_acknowledged_is_lost_when_workers_are_killed(served: DdbmockServe) -> None:
    acknowledged: list[int] = []
    enough = threading.Semaphore(0)
    stopping = threading.Event()

    def put(begin: int) -> None:
        number = begin
        with closing(Client(served.port)) as client:
            while not stopping.is_set():
                number += 4
                item = {"id": {"N": str(number)}}
                try:
                    client.call("PutItem", TableName="songs", Item=item)
                except (OSError, http_client.HTTPException):
                    continue  # the connection's worker was killed
                acknowledged.append(number)
                enough.release()

    def await_writes() -> None:
        for _ in range(30):
            assert enough.acquire(timeout=30)

    threads = [threading.Thread(target=put, args=(begin,)) for begin in (1, 2, 3, 4)]
    for thread in threads:
        thread.start()
    try:
        for killed in workers(served):
            await_writes()
            os.kill(killed, signal.SIGKILL)
        await_writes()
    finally:
        stopping.set()
        for thread in threads:
            thread.join()
    stored = {int(item["id"]["N"]) for item in scanned(served)}
    assert not set(acknowledged) - stored
    await_replacements(served, 2)
    assert len(workers(served)) == 2


@pytest.mark.slow
def test_ctrl_c_ends_the_asyncio_server_with_all_its_workers(tmp_path: Path) -> None:
    pytest.importorskip("httptools", reason="needs ddbmock[fast]")
    with ddbmock_serve(tmp_path, *SQLITE, "--server", "fast") as server, ExitStack() as stack:
        for client in clients(server, stack, 4):
            assert client.call("ListTables") == {"TableNames": []}
        processes = workers(server)
        assert len(processes) == 2
        for process in (*processes, server.pid):
            os.kill(process, signal.SIGINT)  # as the terminal does it
        assert server.wait() == 0
        assert not any("ended by itself" in line for line in server.log)
        await_end(processes)


@pytest.mark.slow
def test_workers_of_an_ini_file_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    storage = "sqlite:///content.db?durability=normal"
    server = Pserve(tmp_path, 4, storage=storage, workers=2)
    with closing(Client(server.port)) as client:
        assert client.call("ListTables") == {"TableNames": []}
    processes = workers(server)
    assert len(processes) == 2
    server.kill()  # returns when no process has the log open any more
    await_end(processes)


@pytest.mark.parametrize(
    ("settings", "advice"),
    [
        ({}, "set ddbmock.storage to sqlite:///content.db or a postgresql:// URL"),
        ({"storage": "sqlite:///content.db", "s3": "memory:one"}, "set ddbmock.s3 to file:///path"),
    ],
)
def test_what_workers_cannot_share_is_refused(settings: dict[str, Any], advice: str) -> None:
    with pytest.raises(SettingsError) as refused:
        check(Settings(workers=2, **settings))
    assert advice in str(refused.value)
    check(Settings(**settings))


def test_a_system_that_cannot_fork_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork")
    with pytest.raises(SettingsError, match="Windows cannot fork processes: set it to 1"):
        check(Settings(workers=2, storage="sqlite:///content.db"))


def test_the_load_of_a_worker_counts_connections_on_their_way() -> None:
    counts = Counts(2)
    assert counts.load(1, sent=2) == 2
    counts.received(1)
    counts.received(1)
    counts.set_open(1, 1)
    assert (counts.load(0, sent=0), counts.load(1, sent=2)) == (0, 1)
    counts.reset(1)
    assert counts.load(1, sent=0) == 0


def test_a_shared_log_is_what_the_log_of_one_process_is() -> None:
    shared_log = pytest.importorskip("ddbmock.server.workers.shared_log", reason="needs fcntl")
    plain, shared = Requests(), shared_log.SharedRequests()
    instance = Instance(limits="none")
    instance.clock.freeze()
    router = instance.router

    def observe(*call: Any) -> None:
        plain.observe(*call)
        shared.observe(*call)

    router.observer = observe
    names = [letter * 250 for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJ"]
    entries: Any = {name: {"Keys": [{"id": {"N": "1"}}]} for name in names}
    bodies: list[tuple[str, Any]] = [
        ("CreateTable", TABLE),
        *[("PutItem", {"TableName": "songs", "Item": {"id": {"N": str(n)}}}) for n in range(1100)],
        ("Scan", {"TableName": "songs"}),
        ("GetItem", {"TableName": "song", "Key": {}}),
    ]
    plain.since(-1)
    shared.since(-1)
    for operation, body in [*bodies, ("BatchGetItem", {"RequestItems": entries})]:
        with suppress(DynamoDBError):
            router.perform(router.target(f"DynamoDB_20120810.{operation}"), body)
    assert shared.totals == pytest.approx(plain.totals)
    assert len(shared) == len(plain) == 1000
    assert shared[:-1] == plain[:-1]
    assert shared.since(1090)[:-1] == plain.since(1090)[:-1]
    # names of tables that fill a slot are cut off
    assert (plain[-1].tables, shared[-1].tables) == (tuple(names), tuple(names[:10]))
    shared.clear()
    assert (len(shared), shared.totals) == (0, Totals())
