"""Writes in groups: the answers of single writes, whatever happens to the group."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddbmock.clock import ManualClock
from ddbmock.database import DynamoDB
from ddbmock.errors import DynamoDBError, InternalServerError
from ddbmock.operations.operation import Output
from ddbmock.service import grouped_writes, router
from ddbmock.service.grouped_writes import GroupedWrite, GroupedWrites
from ddbmock.service.json import encode
from ddbmock.service.router import Router
from ddbmock.storage import ConflictError, StorageError, UnavailableError
from ddbmock.storage.memory import MemoryStorage
from tests.grouping import Grouping, fail

Request: TypeAlias = tuple[str, dict[str, Any]]

ATTRIBUTES: Final = [
    {"AttributeName": name, "AttributeType": "S"} for name in ("id", "sort", "other")
]
KEYS: Final = [
    {"AttributeName": "id", "KeyType": "HASH"},
    {"AttributeName": "sort", "KeyType": "RANGE"},
]
INDEX_KEYS: Final = [
    {"AttributeName": "id", "KeyType": "HASH"},
    {"AttributeName": "other", "KeyType": "RANGE"},
]
INDEX: Final = {
    "IndexName": "by-other",
    "KeySchema": INDEX_KEYS,
    "Projection": {"ProjectionType": "ALL"},
}
CREATE: Final[Request] = (
    "CreateTable",
    {
        "TableName": "music",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": KEYS,
        "AttributeDefinitions": ATTRIBUTES,
        "LocalSecondaryIndexes": [INDEX],
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    },
)


class Server:
    """A database with one table, over an engine that gains from groups."""

    def __init__(self, storage: Grouping | MemoryStorage | None = None) -> None:
        self.storage = storage or Grouping()
        self.dynamodb = DynamoDB(self.storage, clock=ManualClock(1_700_000_000))  # type: ignore[arg-type]  # Grouping cannot fork
        self.router = Router(self.dynamodb, log=router.SILENT)
        self(*CREATE)

    @property
    def groups(self) -> GroupedWrites:
        assert self.router.groups is not None
        return self.router.groups

    @property
    def engine(self) -> Grouping:
        assert isinstance(self.storage, Grouping)
        return self.storage

    def __call__(self, operation: str, request: dict[str, Any]) -> Output:
        return self.router.perform(self.router.target(f"DynamoDB_20120810.{operation}"), request)

    def answer(self, request: Request) -> object:
        return answer(lambda: self(*request))

    def in_one_group(self, requests: list[Request]) -> list[object]:
        """Answer requests that have arrived together."""
        writes = [
            GroupedWrite(
                self.router.target(f"DynamoDB_20120810.{operation}"),
                request,
                self.dynamodb.call(operation),
            )
            for operation, request in requests
        ]
        self.groups.carry_out(writes)
        return [
            answer(lambda write=write: self.router.finish(*identity(write), write=write))  # type: ignore[misc]
            for write in writes
        ]

    def items(self) -> list[Any]:
        return [
            encode(self("Scan", {"TableName": "music", **where}))
            for where in ({}, {"IndexName": "by-other"})
        ]


def identity(write: GroupedWrite) -> tuple[Any, Any, Any]:
    return write.target, write.body, write.call


def answer(perform: Callable[[], Output]) -> object:
    try:
        return encode(perform())
    except DynamoDBError as error:
        return type(error), error.message, encode(getattr(error, "members", None) or {})


def key(number: int) -> dict[str, Any]:
    return {"id": {"S": f"{number}"}, "sort": {"S": "x"}}


def put(number: int, **more: Any) -> Request:
    item = {**key(number), "amount": {"N": "1"}}
    return "PutItem", {"TableName": "music", "Item": item, **more}


def add(number: int, **more: Any) -> Request:
    return "UpdateItem", {
        "TableName": "music",
        "Key": key(number),
        "UpdateExpression": "ADD amount :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
        "ReturnValues": "UPDATED_NEW",
        **more,
    }


def delete(number: int, **more: Any) -> Request:
    return "DeleteItem", {"TableName": "music", "Key": key(number), **more}


CONDITIONS: Final[list[dict[str, Any]]] = [
    {},
    {"ConditionExpression": "attribute_exists(id)"},
    {
        "ConditionExpression": "attribute_not_exists(id)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    },
    {"ReturnConsumedCapacity": "INDEXES"},
    {"ReturnItemCollectionMetrics": "SIZE"},
]
numbers = st.integers(0, 2)
requests = st.one_of(
    st.builds(
        lambda make, number, more: make(number, **more),
        st.sampled_from([put, add, delete]),
        numbers,
        st.sampled_from(CONDITIONS),
    ),
    st.builds(lambda number: put(number, Item={**key(number), "other": {"S": "indexed"}}), numbers),
    st.sampled_from(
        [
            put(1, TableName="missing"),
            put(1, Item={"id": {"S": "1"}}),
            put(1, Item={"id": {"S": 1}, "sort": {}}),
            put(1, Item=1),
            add(1, UpdateExpression="nonsense"),
            delete(1, Key={"id": {"N": "1"}, "sort": {"S": "x"}}),
        ]
    ),
)


CONFLICT: Final = ConflictError("another transaction came between")


conflicts = st.integers(0, grouped_writes.ATTEMPTS - 1)


@given(groups=st.lists(st.tuples(conflicts, st.lists(requests, max_size=8)), max_size=3))
def test_groups_answer_as_single_writes_do(groups: list[tuple[int, list[Request]]]) -> None:
    one, other = Server(MemoryStorage()), Server()
    for failures, group in groups:
        other.engine.before_commit = [fail(CONFLICT)] * failures
        # a request that cannot be grouped comes after those that can, which are concurrent with it
        late = [request for request in group if "ReturnItemCollectionMetrics" in request[1]]
        rest = [request for request in group if request not in late]
        answers = other.in_one_group(rest + late)
        assert answers == [one.answer(request) for request in rest + late]
    assert other.items() == one.items()


@pytest.mark.parametrize(
    ("failures", "blocks"),
    [
        ([CONFLICT] * grouped_writes.ATTEMPTS, grouped_writes.ATTEMPTS + 4),
        ([UnavailableError("the connection was lost")], 5),
        ([StorageError("the value of one is too large")], 5),
    ],
)
def test_after_a_group_that_failed_each_write_is_carried_out_by_itself(
    failures: list[StorageError], blocks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(router, "pause", lambda attempt: None)
    monkeypatch.setattr(grouped_writes, "LONGEST_WAIT", 30)
    server = Server()
    assert blocks == begun_after(server, failures)


def begun_after(server: Server, failures: list[StorageError]) -> int:
    """Return the number of write blocks for a group of four whose first commits fail."""
    server(*put(3))
    server.engine.before_commit = [fail(error) for error in failures]
    server.engine.begun = 0
    answers = server.in_one_group(
        [
            add(1, ReturnConsumedCapacity="TOTAL"),
            add(1),
            put(3, ConditionExpression="attribute_not_exists(id)"),
            delete(3),
        ]
    )
    consumed = b'{"ConsumedCapacity":{"TableName":"music","CapacityUnits":1.0},'
    assert answers[0] == consumed + b'"Attributes":{"amount":{"N":"1"}}}'
    assert answers[1] == b'{"Attributes":{"amount":{"N":"2"}}}'
    assert answers[2] == (
        type_of("ConditionalCheckFailedException"),
        "The conditional request failed",
        b"{}",
    )
    assert answers[3] == b"{}"
    return server.engine.begun


def test_a_group_that_conflicts_is_carried_out_again_as_a_group(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grouped_writes, "LONGEST_WAIT", 30)
    assert begun_after(Server(), [CONFLICT] * (grouped_writes.ATTEMPTS - 1)) == 3


def test_after_a_conflict_that_took_long_each_write_is_carried_out_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(router, "pause", lambda attempt: None)
    monkeypatch.setattr(grouped_writes, "LONGEST_WAIT", 0.0)
    assert begun_after(Server(), [CONFLICT]) == 5


def type_of(name: str) -> type[DynamoDBError]:
    from ddbmock import errors

    found: type[DynamoDBError] = getattr(errors, name)
    return found


def test_if_the_outcome_of_a_group_is_unknown_only_what_changed_nothing_is_carried_out_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(router, "pause", lambda attempt: None)
    server = Server()
    server.engine.before_commit = [fail(UnavailableError("lost at the commit", applied=None))]
    condition = {"ConditionExpression": "attribute_exists(id)"}
    answers = server.in_one_group([add(1), delete(2, **condition), add(1, **condition)])
    internal = (InternalServerError, "Internal server error", b"{}")
    # the third one's condition held only because of the first one
    failed = (
        type_of("ConditionalCheckFailedException"),
        "The conditional request failed",
        b"{}",
    )
    assert answers == [internal, failed, internal]


def test_an_unexpected_error_of_one_write_leaves_the_others_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = Server()
    broken = server.router.target("DynamoDB_20120810.DeleteItem")

    def perform(call: Any, request: Any) -> Output:
        with call.write():
            raise ZeroDivisionError

    operation = broken.operation._replace(perform=perform)
    monkeypatch.setitem(
        server.router._targets, "DynamoDB_20120810.DeleteItem", broken._replace(operation=operation)
    )
    target = server.router.target("DynamoDB_20120810.DeleteItem")
    writes = [
        GroupedWrite(target, delete(1)[1], server.dynamodb.call("DeleteItem")),
        GroupedWrite(
            server.router.target("DynamoDB_20120810.UpdateItem"),
            add(1)[1],
            server.dynamodb.call("UpdateItem"),
        ),
    ]
    server.groups.carry_out(writes)
    with pytest.raises(ZeroDivisionError):
        server.router.finish(*identity(writes[0]), write=writes[0])
    assert server.router.finish(*identity(writes[1]), write=writes[1])


class Threads:
    """Requests in threads, and their answers by number."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._threads: list[threading.Thread] = []
        self.answers: dict[int, object] = {}

    def begin(self, number: int, request: Request) -> None:
        def perform() -> None:
            try:
                self.answers[number] = self._server.answer(request)
            except KeyboardInterrupt:
                self.answers[number] = "interrupted"

        self._threads.append(threading.Thread(target=perform))
        self._threads[-1].start()

    def end(self) -> None:
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()


@contextmanager
def group_on_hold(server: Server, then: Callable[[], None] = lambda: None) -> Iterator[Threads]:
    """A group of one write that is held up before its commit until the block ends."""
    committing, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        committing.set()
        assert go_on.wait(30)
        then()

    server.engine.before_block = [hold]
    threads = Threads(server)
    threads.begin(0, add(1))
    assert committing.wait(30)
    try:
        yield threads
    finally:
        go_on.set()
        threads.end()


def await_waiting(server: Server, count: int) -> None:
    while len(server.groups._waiting) < count:
        pass


def test_writes_that_arrive_during_a_group_form_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grouped_writes, "LONGEST_WAIT", 30)
    server = Server()
    server.engine.begun = 0
    with group_on_hold(server) as threads:
        for number in range(1, 6):
            threads.begin(number, add(1))
        await_waiting(server, 5)
        assert threads.answers == {}
    assert server.engine.begun == 2
    amounts = {b'{"Attributes":{"amount":{"N":"%d"}}}' % number for number in range(1, 7)}
    assert set(threads.answers.values()) == amounts
    assert server.groups.gathering.expected == 5
    assert server.groups._leader is None


def test_a_write_does_not_wait_for_long_for_a_group_that_is_held_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grouped_writes, "LONGEST_WAIT", 0.001)
    server = Server()
    other: dict[str, object] = {}
    with group_on_hold(server) as threads:
        thread = threading.Thread(target=lambda: other.update(answer=server.answer(add(2))))
        thread.start()
        thread.join(30)
        assert other == {"answer": b'{"Attributes":{"amount":{"N":"1"}}}'}
        assert threads.answers == {}


def test_the_main_thread_which_signals_interrupt_leads_no_group_and_waits_for_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(GroupedWrites, "_waits", lambda *_: pytest.fail("it waits"))
    server = Server()
    assert server.groups._leads_or_queues(
        GroupedWrite(
            server.router.target("DynamoDB_20120810.UpdateItem"),
            add(1)[1],
            server.dynamodb.call("UpdateItem"),
        )
    )
    server.engine.before_block = [lambda: other.append(len(server.groups._waiting))]
    other: list[int] = []
    assert server.answer(add(2)) == b'{"Attributes":{"amount":{"N":"1"}}}'
    assert other == [0]


def test_if_a_commit_is_interrupted_no_write_of_the_group_is_applied_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grouped_writes, "LONGEST_WAIT", 30)
    server = Server()
    with group_on_hold(server) as threads:
        for number in range(1, 4):
            threads.begin(number, add(1))
        await_waiting(server, 3)
        threads.begin(4, delete(2, ConditionExpression="attribute_exists(id)"))
        await_waiting(server, 4)
        server.engine.after_commit = [lambda: None, fail(KeyboardInterrupt())]
    answers = sorted(str(threads.answers[number]) for number in range(1, 4))
    assert answers[2] == "interrupted"
    assert answers[0] == answers[1]
    assert "InternalServerError" in answers[0]
    assert threads.answers[4] == (
        type_of("ConditionalCheckFailedException"),
        "The conditional request failed",
        b"{}",
    )
    assert server.answer(add(1)) == b'{"Attributes":{"amount":{"N":"5"}}}'


def test_an_interrupt_of_the_leading_request_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grouped_writes, "LONGEST_WAIT", 30)
    server = Server()
    with group_on_hold(server, fail(KeyboardInterrupt())) as threads:
        server.engine.before_block = [fail(KeyboardInterrupt())]
        for number in range(1, 4):
            threads.begin(number, add(1))
        await_waiting(server, 3)
    answers = sorted(map(str, threads.answers.values()))
    assert answers.count("interrupted") == 2
    assert answers[:2] == [
        str(b'{"Attributes":{"amount":{"N":"%d"}}}' % number) for number in (1, 2)
    ]
    assert server.groups._leader is None
    assert server.answer(add(1)) == b'{"Attributes":{"amount":{"N":"3"}}}'


def test_an_abandoned_lead_goes_to_the_next_request() -> None:
    server = Server()
    write = GroupedWrite(
        server.router.target("DynamoDB_20120810.DeleteItem"),
        delete(1)[1],
        server.dynamodb.call("DeleteItem"),
    )
    assert server.groups._leads_or_queues(write)
    other = GroupedWrite(*identity(write))
    assert not server.groups._leads_or_queues(other)
    server.groups.abandon()
    assert server.groups._leader is other
    assert other.turn.acquire(blocking=False)
    server.groups.after_fork_in_child()
    assert server.groups._leader is None


def test_many_threads_lose_no_update() -> None:
    server = Server()
    threads = Threads(server)
    for number in range(40):
        threads.begin(number, add(1))
    threads.end()
    assert len(set(threads.answers.values())) == 40
    assert server.answer(add(1)) == b'{"Attributes":{"amount":{"N":"41"}}}'
