"""Both servers over an engine that gains from groups: threads carry out the writes of single items."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final

import pytest

from ddbmock.database import DynamoDB
from ddbmock.server import write_threads
from ddbmock.service import grouped_writes
from ddbmock.service.router import Router
from tests.grouping import Grouping, fail
from tests.server.test_both_servers import serving_fast
from tests.server.test_bounds import connected, request_of
from tests.servers import serving

Serve = Callable[[DynamoDB], AbstractContextManager[int]]
TABLE: Final = {
    "TableName": "counts",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
PATIENCE: Final = 30.0


@pytest.fixture(params=["waitress", "fast"])
def serve(request: pytest.FixtureRequest) -> Serve:
    return serving_fast if request.param == "fast" else serving


@pytest.fixture
def engine() -> Grouping:
    return Grouping()


@pytest.fixture
def dynamodb(engine: Grouping) -> DynamoDB:
    dynamodb = DynamoDB(engine)  # type: ignore[arg-type]  # Grouping cannot fork
    router = Router(dynamodb)
    router.perform(router.target("DynamoDB_20120810.CreateTable"), TABLE)
    return dynamodb


@pytest.fixture
def port(serve: Serve, dynamodb: DynamoDB) -> Iterator[int]:
    with serve(dynamodb) as port:
        yield port


def put(number: int, **more: Any) -> bytes:
    return request_of(
        "PutItem", {"TableName": "counts", "Item": {"id": {"S": f"{number}"}}, **more}
    )


def add(number: int) -> bytes:
    return request_of(
        "UpdateItem",
        {
            "TableName": "counts",
            "Key": {"id": {"S": f"{number}"}},
            "UpdateExpression": "ADD amount :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
            "ReturnValues": "UPDATED_NEW",
        },
    )


def get(number: int) -> bytes:
    return request_of("GetItem", {"TableName": "counts", "Key": {"id": {"S": f"{number}"}}})


class Answers:
    """The answers that come over a connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._received = b""

    def next(self) -> tuple[int, Any]:
        """Return the status and the body of the next answer."""
        while b"\r\n\r\n" not in self._received:
            self._receive()
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        assert length is not None
        while len(self._received) < int(length[1]):
            self._receive()
        body = self._received[: int(length[1])]
        self._received = self._received[int(length[1]) :]
        return int(head.split()[1]), json.loads(body or b"null")

    def _receive(self) -> None:
        received = self._connection.recv(65_536)
        assert received, "the server has closed the connection"
        self._received += received


@contextmanager
def asking(port: int, *requests: bytes) -> Iterator[Answers]:
    with connected(port) as connection:
        connection.sendall(b"".join(requests))
        yield Answers(connection)


def answer(port: int, request: bytes) -> tuple[int, Any]:
    with asking(port, request) as answers:
        return answers.next()


class Pause:
    """The next write block of an engine, which waits before it begins."""

    def __init__(self, engine: Grouping) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        engine.before_block = [self._wait]

    def _wait(self) -> None:
        self.begun.set()
        assert self.go_on.wait(PATIENCE)


@contextmanager
def paused_group(engine: Grouping, port: int) -> Iterator[Pause]:
    """A group of one write, of item 0, that is held up until the block ends or lets it go on."""
    pause = Pause(engine)
    with asking(port, add(0)) as answers:
        assert pause.begun.wait(PATIENCE)
        try:
            yield pause
        finally:
            pause.go_on.set()
        assert answers.next() == (200, {"Attributes": {"amount": {"N": "1"}}})


def test_writes_that_arrive_during_a_group_are_carried_out_together(
    engine: Grouping, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_threads, "LONGEST_WAIT", PATIENCE)
    engine.begun = 0
    clients = [connected(port) for _ in range(5)]
    with paused_group(engine, port) as pause:
        for client in clients:
            client.sendall(add(1))
        # reads are answered meanwhile; by then the server has read the writes, which came first
        for _ in range(10):
            assert answer(port, get(1)) == (200, {})
        pause.go_on.set()
        answers = [Answers(client).next() for client in clients]
    for client in clients:
        client.close()
    amounts = sorted(body["Attributes"]["amount"]["N"] for _, body in answers)
    assert amounts == ["1", "2", "3", "4", "5"]
    assert engine.begun == 2


def test_pipelined_requests_are_answered_in_order(port: int) -> None:
    condition = {"ConditionExpression": "attribute_not_exists(id)"}
    requests = [
        put(1),
        get(1),
        put(1, **condition),
        add(1),
        request_of("PutItem", {"TableName": "missing", "Item": {"id": {"S": "1"}}}),
        request_of("PutItem", [])[:-2] + b"{]",
        put(2, **condition),
        get(1),
    ]
    with asking(port, *requests) as answers:
        found = [answers.next() for _ in requests]
    assert [status for status, _ in found] == [200, 200, 400, 200, 400, 400, 200, 200]
    assert found[1][1] == {"Item": {"id": {"S": "1"}}}
    assert found[2][1]["message"] == "The conditional request failed"
    assert found[5][1]["__type"].endswith("SerializationException")
    assert found[7][1] == {"Item": {"id": {"S": "1"}, "amount": {"N": "1"}}}


def test_a_client_that_goes_away_does_not_affect_the_others(
    engine: Grouping, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_threads, "LONGEST_WAIT", PATIENCE)
    gone, other = connected(port), connected(port)
    with paused_group(engine, port):
        gone.sendall(add(1))
        assert answer(port, get(1)) == (200, {})
        gone.close()
        other.sendall(add(2))
        assert answer(port, get(1)) == (200, {})
    assert Answers(other).next() == (200, {"Attributes": {"amount": {"N": "1"}}})
    other.close()
    assert answer(port, put(3)) == (200, {})


def test_a_group_that_is_held_up_does_not_hold_up_writes_for_long(
    engine: Grouping, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_threads, "LONGEST_WAIT", 0.001)
    monkeypatch.setattr(grouped_writes, "LONGEST_WAIT", 0.001)
    with paused_group(engine, port):
        for number in (1, 2, 1):
            assert answer(port, add(number))[0] == 200
    assert answer(port, get(1)) == (200, {"Item": {"id": {"S": "1"}, "amount": {"N": "2"}}})


def test_writes_of_a_group_that_has_failed_are_answered(
    engine: Grouping, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    engine.before_commit = [fail(ZeroDivisionError())]
    assert answer(port, add(1))[0] == 500
    assert "A group of 1 writes failed" in caplog.text
    assert answer(port, add(1)) == (200, {"Attributes": {"amount": {"N": "1"}}})


def test_other_operations_go_their_own_way(port: int) -> None:
    items = [{"PutRequest": {"Item": {"id": {"S": f"{number}"}}}} for number in range(3)]
    batch = request_of("BatchWriteItem", {"RequestItems": {"counts": items}})
    with asking(port, batch, put(3), get(3), request_of("Nonsense", {})) as answers:
        assert answers.next() == (200, {"UnprocessedItems": {}})
        assert answers.next() == (200, {})
        assert answers.next() == (200, {"Item": {"id": {"S": "3"}}})
        assert answers.next()[0] == 400


def test_a_client_of_http_1_0_is_answered(port: int) -> None:
    old = put(1).replace(b" HTTP/1.1", b" HTTP/1.0", 1)
    assert answer(port, old) == (200, {})
    assert answer(port, get(1)) == (200, {"Item": {"id": {"S": "1"}}})


def test_waitress_ends_when_the_writes_under_way_are_answered(
    engine: Grouping, dynamodb: DynamoDB
) -> None:
    pause = Pause(engine)
    answers: list[tuple[int, Any]] = []

    def ask(port: int) -> None:
        answers.append(answer(port, add(0)))

    with serving(dynamodb) as port:
        client = threading.Thread(target=ask, args=[port])
        client.start()
        assert pause.begun.wait(PATIENCE)
        threading.Timer(0.05, pause.go_on.set).start()
    client.join(PATIENCE)
    assert answers == [(200, {"Attributes": {"amount": {"N": "1"}}})]
