"""Requests that ask for jobs work on them, and other requests are answered meanwhile."""

from __future__ import annotations

import http.client
import io
import json
import select
import socket
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ddbmock.database import Call, DynamoDB
from ddbmock.database.control_plane import jobs
from ddbmock.object_store.memory import MemoryStore
from ddbmock.server import application
from ddbmock.server.waitress_server import running
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from ddbmock.storage.memory import MemoryStorage
from tests.behaviour.doors import SIGNED
from tests.behaviour.v20120810.requests import table
from tests.server.test_both_servers import serving_fast
from tests.servers import serving

ITEMS = 1500


@pytest.fixture
def dynamodb() -> DynamoDB:
    return DynamoDB(MemoryStorage(), Settings(s3="memory:items"))


@pytest.fixture(params=["waitress", "fast"])
def port(request: pytest.FixtureRequest, dynamodb: DynamoDB) -> Iterator[int]:
    one = request.param == "waitress"
    with serving(dynamodb, threads=0) if one else serving_fast(dynamodb) as port:
        yield port


def requested(operation: str, **body: Any) -> bytes:
    content = json.dumps(body).encode()
    headers = {**SIGNED, "x-amz-target": f"DynamoDB_20120810.{operation}"}
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = ["POST / HTTP/1.1", "host: here", *lines, f"content-length: {len(content)}", "", ""]
    return "\r\n".join(head).encode() + content


def sent(port: int, request: bytes) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), timeout=20)
    client.sendall(request)
    return client


def answered(client: socket.socket) -> Any:
    """Return the status and the content of the next answer, and read nothing of the one behind it."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += received(client, 1)
    lines = io.BytesIO(head)
    status = lines.readline().split()[1]
    length = http.client.parse_headers(lines)["content-length"]
    return int(status), json.loads(received(client, int(length)))


def received(client: socket.socket, size: int) -> bytes:
    content = client.recv(size, socket.MSG_WAITALL)
    assert len(content) == size
    return content


def call(port: int, operation: str, **body: Any) -> Any:
    with sent(port, requested(operation, **body)) as client:
        status, answer = answered(client)
    assert status == 200, answer
    return answer


def started(dynamodb: DynamoDB, port: int) -> str:
    """Start an import of many items and return its ARN."""
    store = dynamodb.object_store
    assert isinstance(store, MemoryStore)
    lines = [json.dumps({"Item": {"artist": {"S": f"artist {n}"}}}) for n in range(ITEMS)]
    store.bucket("items").put("a", io.BytesIO("\n".join(lines).encode()))
    arn: str = call(
        port,
        "ImportTable",
        ClientToken="t",
        S3BucketSource={"S3Bucket": "items"},
        InputFormat="DYNAMODB_JSON",
        TableCreationParameters=table(),
    )["ImportTableDescription"]["ImportArn"]
    return arn


class Work:
    """Work without an end on jobs, until it is released."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.begun = threading.Event()
        self.left = threading.Event()

    def slices(self, jobs: jobs.Jobs, call: Call) -> Generator[None, None, None]:
        try:
            while not self.released.is_set():
                self.begun.set()
                yield
        finally:
            self.left.set()


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    work = Work()
    monkeypatch.setattr(jobs.Jobs, "slices", lambda *one: work.slices(*one))
    yield work
    work.released.set()


def test_others_are_answered_while_a_poll_works(port: int, work: Work) -> None:
    call(port, "CreateTable", **table())
    poll = requested("DescribeTable", TableName="Music")
    # and what was sent behind it on the same connection is answered behind it
    with sent(port, poll + requested("ListTables")) as poller:
        assert work.begun.wait(20)
        for _ in range(3):
            assert call(port, "ListTables") == {"TableNames": ["Music"]}
        assert select.select([poller], [], [], 0)[0] == []
        work.released.set()
        status, answer = answered(poller)
        assert (status, answer["Table"]["TableName"]) == (200, "Music")
        assert answered(poller) == (200, {"TableNames": ["Music"]})


def test_others_are_answered_before_the_next_slice(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that comes in during a slice waits for the end of this one alone."""
    begun, sent_meanwhile = threading.Event(), threading.Event()
    performed: list[str] = []
    performed_before: list[str] = []

    def slices(jobs: jobs.Jobs, call: Call) -> Generator[None, None, None]:
        begun.set()
        assert sent_meanwhile.wait(20)
        yield
        performed_before.extend(performed)

    monkeypatch.setattr(jobs.Jobs, "slices", slices)
    monkeypatch.setattr(jobs.Jobs, "advance", lambda _, call, now: performed.append(call.operation))
    # the poller is the older connection, and the server knows both
    with sent(port, requested("DescribeLimits")) as poller:
        answered(poller)
        with sent(port, requested("DescribeLimits")) as other:
            answered(other)
            poller.sendall(requested("DescribeTable", TableName="Music"))
            assert begun.wait(20)
            other.sendall(requested("ListTables"))
            sent_meanwhile.set()
            assert answered(other) == (200, {"TableNames": []})
        answered(poller)
    assert performed_before == ["DescribeLimits", "DescribeLimits", "ListTables"]


def test_requests_about_something_else_leave_the_work_to_a_poll(
    dynamodb: DynamoDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    router, done = Router(dynamodb), list[str]()
    do_slice = jobs.Jobs._do_slice

    def doing(self: jobs.Jobs, call: Call, items: int, *, waits: bool) -> Any:
        done.append(call.operation)
        return do_slice(self, call, items, waits=waits)

    with running(application(router), threads=0) as port:
        started(dynamodb, port)
        monkeypatch.setattr(jobs.Jobs, "_do_slice", doing)
        poll = router.jobs.slices(dynamodb.call("DescribeImport", "us-east-1", "any"))
        next(poll)
        call(port, "ListTables")
        assert done == ["DescribeImport"]
        poll.close()
        call(port, "ListTables")
        assert done == ["DescribeImport", "ListTables"]


def test_a_client_may_go_before_its_poll_is_answered(port: int, work: Work) -> None:
    with sent(port, requested("DescribeTable", TableName="Music")):
        assert work.begun.wait(20)
    assert call(port, "ListTables") == {"TableNames": []}
    work.released.set()
    assert work.left.wait(20)
    assert call(port, "ListTables") == {"TableNames": []}


def test_errors_of_jobs_are_answers(
    port: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> Any:
        raise OSError("there is no such thing")

    monkeypatch.setattr(jobs.Jobs, "_do_slice", fail)
    with sent(port, requested("DescribeTable", TableName="Music")) as poller:
        status, answer = answered(poller)
    assert (status, answer["__type"].rpartition("#")[2]) == (500, "InternalFailure")
    assert "there is no such thing" in caplog.text


def test_a_client_in_the_servers_process_finds_a_job_finished(dynamodb: DynamoDB) -> None:
    router = Router(dynamodb)
    with running(application(router), threads=0) as port:
        assert call(port, "ListImports") == {"ImportSummaryList": []}
        arn = started(dynamodb, port)
        target = router.target("DynamoDB_20120810.DescribeImport")
        description = router.perform(target, {"ImportArn": arn})["ImportTableDescription"]
    assert (description["ImportStatus"], description["ImportedItemCount"]) == ("COMPLETED", ITEMS)


@pytest.mark.parametrize("threads", [0, 4])
def test_many_polls_at_once_finish_a_job_without_errors(dynamodb: DynamoDB, threads: int) -> None:
    with serving(dynamodb, threads=threads) as port:
        arn = started(dynamodb, port)

        def poll(_: int) -> Any:
            while True:
                answer = call(port, "DescribeImport", ImportArn=arn)
                description = answer["ImportTableDescription"]
                if description["ImportStatus"] != "IN_PROGRESS":
                    return description["ImportStatus"], description["ImportedItemCount"]

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(poll, range(8))) == [("COMPLETED", ITEMS)] * 8
        assert call(port, "Scan", TableName="Music", Select="COUNT")["Count"] == ITEMS
