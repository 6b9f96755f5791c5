"""What becomes of a request when the storage fails: done once, or not at all, and never twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ddbmock.clock import ManualClock
from ddbmock.database import DynamoDB
from ddbmock.database.db import Consumption
from ddbmock.errors import InternalServerError
from ddbmock.service import router as routers
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from ddbmock.storage import (
    ConflictError,
    Reader,
    Storage,
    StorageError,
    UnavailableError,
    Writer,
    attempts,
)
from ddbmock.storage.memory import MemoryStorage


class Unsteady:
    """A storage whose next commits fail: before anything was applied, or after all was."""

    def __init__(self) -> None:
        self._memory = MemoryStorage()
        self.failures: list[StorageError] = []
        self.commits = 0

    @contextmanager
    def read(self) -> Iterator[Reader]:
        with self._memory.read() as reader:
            yield reader

    @contextmanager
    def write(self) -> Iterator[Writer]:
        lost = None
        with self._memory.write() as writer:
            yield writer
            self.commits += 1
            failure = self.failures.pop(0) if self.failures else None
            if isinstance(failure, UnavailableError) and failure.applied is None:
                lost = failure
            elif failure is not None:
                raise failure
        if lost is not None:
            raise lost

    def abandon(self) -> None:
        self._memory.abandon()

    def fork(self) -> Storage:
        raise NotImplementedError

    def close(self) -> None:
        self._memory.close()


@pytest.fixture
def storage() -> Unsteady:
    return Unsteady()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_790_000_000)


@pytest.fixture
def router(storage: Unsteady, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Router:
    monkeypatch.setattr(attempts, "PAUSE", 0)
    router = Router(DynamoDB(storage, Settings(ttl="prompt"), clock))
    call(
        router,
        "CreateTable",
        TableName="counters",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    storage.commits = 0
    return router


def call(router: Router, operation: str, **body: Any) -> Any:
    return router.perform(router.target(f"DynamoDB_20120810.{operation}"), body)


def add_one(router: Router) -> Any:
    return call(
        router,
        "UpdateItem",
        TableName="counters",
        Key={"id": {"S": "visits"}},
        UpdateExpression="ADD amount :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
        ReturnConsumedCapacity="TOTAL",
    )


def amount(router: Router) -> str:
    item = call(router, "GetItem", TableName="counters", Key={"id": {"S": "visits"}})["Item"]
    return str(item.get("amount").value)


@pytest.mark.parametrize(
    "failures",
    [
        [ConflictError("met another")],
        [ConflictError("met another")] * (attempts.ATTEMPTS - 1),
        [UnavailableError("gone for a moment")],
        [ConflictError("met another"), UnavailableError("gone"), ConflictError("met another")],
    ],
)
def test_what_was_certainly_not_applied_is_done_again(
    router: Router, storage: Unsteady, failures: list[StorageError]
) -> None:
    storage.failures = list(failures)
    consumed: list[Consumption] = []
    router.observer = lambda target, call, *_: consumed.extend(call.consumed)
    assert add_one(router)["ConsumedCapacity"]["CapacityUnits"] == 1
    assert consumed == [Consumption("counters", 0.0, 1.0, ())]
    assert storage.commits == len(failures) + 1
    assert amount(router) == "1"


@pytest.mark.parametrize(
    ("failure", "attempts"),
    [
        (ConflictError("met another"), attempts.ATTEMPTS),
        (UnavailableError("the disk is full"), routers.REACHES),
        (StorageError("the file is damaged"), 1),
    ],
)
def test_attempts_are_bounded_and_nothing_is_applied(
    router: Router, storage: Unsteady, failure: StorageError, attempts: int
) -> None:
    storage.failures = [failure] * 1000
    with pytest.raises(InternalServerError) as caught:
        add_one(router)
    assert (caught.value.message, caught.value.hint) == ("Internal server error", str(failure))
    assert storage.commits == attempts
    storage.failures = []
    add_one(router)
    assert amount(router) == "1"


def test_attempts_end_when_patience_does(
    router: Router, storage: Unsteady, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routers, "PATIENCE", -1)
    storage.failures = [ConflictError("met another")] * 1000
    with pytest.raises(InternalServerError):
        add_one(router)
    assert storage.commits == 1


def test_what_may_have_been_applied_is_not_done_again(router: Router, storage: Unsteady) -> None:
    storage.failures = [UnavailableError("lost during the commit", applied=None)]
    with pytest.raises(InternalServerError) as caught:
        add_one(router)
    assert caught.value.hint == "lost during the commit"
    assert storage.commits == 1
    assert amount(router) == "1"


class TestExpiredItems:
    """That they cannot be removed is nobody's failure."""

    @pytest.fixture(autouse=True)
    def expired(self, router: Router, clock: ManualClock, storage: Unsteady) -> None:
        call(
            router,
            "UpdateTimeToLive",
            TableName="counters",
            TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"},
        )
        until = {"N": str(int(clock.now()) + 60)}
        call(router, "PutItem", TableName="counters", Item={"id": {"S": "a"}, "until": until})
        clock.advance(60)

    @pytest.mark.parametrize(
        "failure", [ConflictError("met another"), UnavailableError("the disk is full")]
    )
    def test_reads_go_on(self, router: Router, storage: Unsteady, failure: StorageError) -> None:
        storage.failures = [failure] * 2
        for _ in range(2):
            (item,) = call(router, "Scan", TableName="counters")["Items"]
            assert item.get("id").value == "a"
        # the clock has not moved, and they are looked for again nevertheless
        assert call(router, "Scan", TableName="counters")["Items"] == []

    def test_content_that_is_put_back_is_looked_through_anew(
        self, router: Router, storage: Unsteady
    ) -> None:
        before = storage._memory.snapshot()
        assert call(router, "Scan", TableName="counters")["Items"] == []
        storage._memory.restore(before)
        router.dynamodb.restored()
        assert call(router, "Scan", TableName="counters")["Items"] == []
