"""Faults affect the selected requests, as often as requested."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

import ddbmock
from ddbmock.fault_injection import Trouble
from ddbmock.fault_injection.request_view import RequestView
from tests.fault_injection.requests import EXCEEDED, THROTTLED, Perform

ITEM = {"TableName": "music", "Item": {"pk": {"S": "a"}}}
KEY = {"TableName": "music", "Key": {"pk": {"S": "a"}}}
FAILED = ("InternalServerError", "Internal server error")


def puts(*keys: str) -> list[dict[str, Any]]:
    return [{"PutRequest": {"Item": {"pk": {"S": key}}}} for key in keys]


def keys(*names: str) -> dict[str, Any]:
    return {"Keys": [{"pk": {"S": name}} for name in names]}


def test_a_fault_affects_its_operation_and_no_other(db: ddbmock.Database, perform: Perform) -> None:
    fault = db.trouble.on("PutItem").throttle()
    assert perform("PutItem", **ITEM) == THROTTLED
    assert perform("GetItem", **KEY) == {}
    assert (fault.hits, repr(fault)) == (1, "<fault throttle, 1 hits>")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"operation": "Putitem"}, "There is no operation 'Putitem'; did you mean PutItem?"),
        (
            {"operation": ["GetItem", "X"]},
            "There is no operation 'X' (there are: BatchExecuteStatement, ",
        ),
        ({"times": -1}, "times must be a whole number, 0 or more, not -1."),
        ({"times": 1.5}, "times must be a whole number, 0 or more, not 1.5."),
        ({"after": True}, "after must be a whole number, 0 or more, not True."),
        ({"chance": 2}, "chance must be between 0 and 1, not 2."),
        ({"key": "a"}, "A key must be a mapping of attributes, like {'pk': 'a'}, not 'a'."),
    ],
)
def test_a_fault_that_could_affect_nothing_is_rejected(
    db: ddbmock.Database, wrong: dict[str, Any], message: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(message)}"):
        db.trouble.on(**wrong)


@pytest.mark.parametrize(
    ("add", "message"),
    [
        (lambda on: on("PutItem").unprocessed(), "unprocessed() affects only BatchGetItem, Batch"),
        (lambda on: on("GetItem").conflict(), "conflict() affects only DeleteItem, "),
        (lambda on: on().unprocessed(0), "count must be a whole number, 1 or more, not 0."),
        (lambda on: on().delay(-1), "A delay must be a number of seconds, 0 or more, not -1."),
        (lambda on: on().delay("1"), "A delay must be a number of seconds, 0 or more, not '1'."),
    ],
)
def test_a_fault_that_the_selection_rules_out_is_rejected(
    db: ddbmock.Database, add: Callable[[Any], object], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        add(db.trouble.on)
    assert db.trouble.faults == []


def test_a_misspelt_trouble_is_refused(db: ddbmock.Database) -> None:
    with pytest.raises(AttributeError):
        db.trouble.smallpages = True  # type: ignore[attr-defined]  # that is the point


def test_a_fault_of_several_operations(db: ddbmock.Database, perform: Perform) -> None:
    db.trouble.on(["PutItem", "GetItem"]).fail()
    assert perform("PutItem", **ITEM) == FAILED
    assert perform("GetItem", **KEY) == FAILED
    assert perform("Scan", TableName="music")["Count"] == 0


def test_a_fault_of_all_operations_affects_operations_on_tables(
    db: ddbmock.Database, perform: Perform
) -> None:
    db.trouble.on().throttle()
    throttled = ("ThrottlingException", "Rate of requests exceeds the allowed throughput.")
    assert perform("ListTables") == throttled
    assert perform("DescribeTable", TableName="music") == throttled
    assert perform("ListBackups") == ("ThrottlingException", "Rate exceeded")


def test_a_fault_affects_as_many_requests_as_requested(
    db: ddbmock.Database, perform: Perform
) -> None:
    fault = db.trouble.on("GetItem", after=1, times=2).fail()
    answers = [perform("GetItem", **KEY) for _ in range(4)]
    assert answers == [{}, FAILED, FAILED, {}]
    assert (db.trouble.faults, fault.over, repr(fault)) == ([], True, "<fault fail, 2 hits, over>")


def test_a_fault_ends_with_its_block(db: ddbmock.Database, perform: Perform) -> None:
    with db.trouble.on().fail():
        assert perform("GetItem", **KEY) == FAILED
    assert perform("GetItem", **KEY) == {}


def test_a_fault_of_a_table_or_a_key(db: ddbmock.Database, perform: Perform) -> None:
    db.trouble.on(table="events").fail()
    db.trouble.on(key={"pk": "a"}).throttle()
    assert perform("Scan", TableName="events") == FAILED
    arn = "arn:aws:dynamodb:us-east-1:123456789012:table/events"
    assert perform("Scan", TableName=arn) == FAILED
    assert perform("PutItem", **ITEM) == THROTTLED
    assert perform("DeleteItem", **KEY) == THROTTLED
    assert perform("PutItem", TableName="music", Item={"pk": {"S": "b"}}) == {}
    assert perform("ListTables") == {"TableNames": ["events", "music"]}


@pytest.mark.parametrize("key", [True, None, ["a"]])
def test_what_cannot_be_a_key_is_refused(db: ddbmock.Database, key: Any) -> None:
    with pytest.raises(TypeError):
        db.trouble.on(key={"pk": key})


def test_keys_may_be_bytes_numbers_and_typed(db: ddbmock.Database) -> None:
    occasion = db.trouble.on(key={"a": b"x", "b": {"B": b"x"}, "c": 1.5, "d": {"S": "x"}})
    assert occasion.throttle().matcher.key == {
        "a": {"B": "eA=="},
        "b": {"B": "eA=="},
        "c": {"N": "1.5"},
        "d": {"S": "x"},
    }


def test_a_fault_with_a_predicate(db: ddbmock.Database, perform: Perform) -> None:
    def consistent(request: RequestView) -> bool:
        return request.body.get("ConsistentRead") is True

    db.trouble.on("GetItem", when=consistent).fail()
    assert perform("GetItem", **KEY) == {}
    assert perform("GetItem", **KEY, ConsistentRead=True) == FAILED


def test_chance_is_the_same_for_the_same_seed(db: ddbmock.Database, perform: Perform) -> None:
    db.trouble.on("GetItem", chance=0.5).fail()

    def outcomes() -> list[bool]:
        db.trouble.seed(7)
        return [perform("GetItem", **KEY) == FAILED for _ in range(50)]

    first = outcomes()
    assert outcomes() == first
    assert 10 < sum(first) < 40


def test_what_failed_has_changed_nothing(db: ddbmock.Database, perform: Perform) -> None:
    db.trouble.on("PutItem", times=1).fail()
    assert perform("PutItem", **ITEM) == FAILED
    assert perform("GetItem", **KEY) == {}


def test_a_delay_waits_and_then_answers(db: ddbmock.Database, perform: Perform) -> None:
    waited: list[float] = []
    db.trouble.sleep = waited.append
    db.trouble.on("GetItem").delay(1.5)
    assert (perform("GetItem", **KEY), waited) == ({}, [1.5])


def test_trouble_ends_when_it_is_cleared(db: ddbmock.Database, perform: Perform) -> None:
    db.trouble.on().fail()
    db.trouble.throughput = db.trouble.stale = db.trouble.small_pages = True
    assert db.router.trouble is db.trouble
    db.trouble.clear()
    assert db.router.trouble is None
    assert perform("GetItem", **KEY) == {}


def test_a_fork_has_no_trouble(db: ddbmock.Database) -> None:
    db.trouble.on().fail()
    with db.fork() as fork:
        assert fork.router.trouble is None


class TestBatches:
    """Entries of batches stay unprocessed."""

    def test_the_last_entries_stay_unprocessed(
        self, db: ddbmock.Database, perform: Perform
    ) -> None:
        db.trouble.on(times=1).unprocessed(2)
        request = {"RequestItems": {"music": puts("a", "b", "c")}}
        output = perform("BatchWriteItem", **request)
        assert output == {"UnprocessedItems": {"music": puts("b", "c")}}
        assert perform("BatchWriteItem", **request) == {"UnprocessedItems": {}}

    def test_unprocessed_keys_keep_the_options_of_their_request(
        self, db: ddbmock.Database, perform: Perform
    ) -> None:
        perform("BatchWriteItem", RequestItems={"music": puts("a", "b")})
        db.trouble.on("BatchGetItem").unprocessed()
        request = keys("a", "b") | {"ConsistentRead": True, "ProjectionExpression": "pk"}
        output = perform("BatchGetItem", RequestItems={"music": request})
        assert [item.get("pk").value for item in output["Responses"]["music"]] == ["a"]
        left = keys("b") | {"ConsistentRead": True, "ProjectionExpression": "pk"}
        assert output["UnprocessedKeys"] == {"music": left}

    def test_one_entry_at_least_is_processed(self, db: ddbmock.Database, perform: Perform) -> None:
        db.trouble.on().unprocessed(99)
        request = {"RequestItems": {"music": puts("a", "b"), "events": []}}
        request["RequestItems"].pop("events")
        output = perform("BatchWriteItem", **request)
        assert output == {"UnprocessedItems": {"music": puts("b")}}

    def test_throttled_entries_stay_unprocessed_unless_all_are(
        self, db: ddbmock.Database, perform: Perform
    ) -> None:
        db.trouble.on("BatchWriteItem", key={"pk": "b"}).throttle()
        output = perform("BatchWriteItem", RequestItems={"music": puts("a", "b", "c")})
        assert output == {"UnprocessedItems": {"music": puts("b")}}
        assert perform("BatchWriteItem", RequestItems={"music": puts("b")}) == THROTTLED

    def test_entries_of_one_table_stay_unprocessed(
        self, db: ddbmock.Database, perform: Perform
    ) -> None:
        db.trouble.on(table="events").throttle()
        items = [{"PutRequest": {"Item": {"user": {"S": "a"}}}}]
        output = perform("BatchWriteItem", RequestItems={"events": items, "music": puts("a")})
        assert output == {"UnprocessedItems": {"events": items}}

    @pytest.mark.parametrize(
        "request_items",
        [{}, {"music": {}}, {"music": "x"}, {"music": [1, {}]}, {"music": {"Keys": [1]}}, 1],
    )
    @pytest.mark.parametrize("operation", ["BatchWriteItem", "BatchGetItem"])
    def test_a_malformed_batch_is_refused_as_without_trouble(
        self, db: ddbmock.Database, perform: Perform, operation: str, request_items: Any
    ) -> None:
        without = perform(operation, RequestItems=request_items)
        db.trouble.on(key={"pk": "z"}).throttle()
        db.trouble.small_pages = True
        assert perform(operation, RequestItems=request_items) == without
        assert isinstance(without, tuple)


class TestTransactions:
    """Transactions are cancelled, with a reason for each affected entry."""

    ACTIONS: ClassVar[Any] = [
        {"Put": ITEM},
        {"Delete": {"TableName": "music", "Key": {"pk": {"S": "b"}}}},
        {"ConditionCheck": {"TableName": "events", "Key": {"user": {"S": "c"}}}},
    ]

    def reasons(self, client: Any) -> Any:
        with pytest.raises(client.exceptions.TransactionCanceledException) as caught:
            client.transact_write_items(
                TransactItems=[
                    *self.ACTIONS[:2],
                    {
                        "ConditionCheck": {
                            **self.ACTIONS[2]["ConditionCheck"],
                            "ConditionExpression": "attribute_not_exists(kind)",
                        }
                    },
                ]
            )
        return caught.value.response["CancellationReasons"]

    def test_a_conflict_of_one_item(self, db: ddbmock.Database, client: Any) -> None:
        db.trouble.on(key={"pk": "b"}).conflict()
        assert self.reasons(client) == [
            {"Code": "None"},
            {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"},
            {"Code": "None"},
        ]

    def test_throughput_of_one_table(self, db: ddbmock.Database, client: Any) -> None:
        db.trouble.on(table="music").throttle()
        exceeded = {"Code": "ProvisionedThroughputExceeded", "Message": EXCEEDED}
        assert self.reasons(client) == [exceeded, exceeded, {"Code": "None"}]

    def test_single_writes_are_in_conflict_and_reads_are_not(
        self, db: ddbmock.Database, perform: Perform
    ) -> None:
        db.trouble.on().conflict()
        assert perform("PutItem", **ITEM) == (
            "TransactionConflictException",
            "Transaction is ongoing for the item",
        )
        assert perform("GetItem", **KEY) == {}
        assert perform("BatchWriteItem", RequestItems={"music": puts("a")}) == {
            "UnprocessedItems": {}
        }
        got = perform("TransactGetItems", TransactItems=[{"Get": KEY}])
        assert got[0] == "TransactionCanceledException"

    def test_malformed_transactions_are_refused_as_without_trouble(
        self, db: ddbmock.Database, perform: Perform
    ) -> None:
        malformed: Any = (1, [1], [{"Put": 1}], [{"Put": {"TableName": 1}}], [{}])
        for actions in malformed:
            without = perform("TransactWriteItems", TransactItems=actions)
            with db.trouble.on(table="music").fail():
                assert perform("TransactWriteItems", TransactItems=actions) == without


class TestClients:
    """Clients meet faults on the wire path, and try again."""

    @pytest.mark.parametrize("mode", ["legacy", "standard"])
    @pytest.mark.parametrize("fault", ["throttle", "fail"])
    def test_a_client_tries_again_without_waiting(
        self, db: ddbmock.Database, perform: Perform, mode: Any, fault: str
    ) -> None:
        client = db.client(config=Config(retries={"mode": mode, "max_attempts": 5}))
        getattr(db.trouble.on("PutItem", times=3), fault)()
        began = time.monotonic()
        answer = client.put_item(**ITEM)
        assert answer["ResponseMetadata"]["RetryAttempts"] == 3
        assert time.monotonic() - began < 20  # it would be minutes, were the waits not cut

    def test_a_client_gives_up(self, db: ddbmock.Database, perform: Perform) -> None:
        client = db.client(config=Config(retries={"max_attempts": 2}))
        fault = db.trouble.on("PutItem").throttle()
        with pytest.raises(client.exceptions.ProvisionedThroughputExceededException) as caught:
            client.put_item(**ITEM)
        assert fault.hits == 3
        assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 2
        assert caught.value.__notes__ == ["ddbmock: Injected by the fault throttle(), hit 3."]

    def test_unaffected_requests_take_the_direct_path(
        self, db: ddbmock.Database, client: Any
    ) -> None:
        sent = []
        client.meta.events.register("request-created", lambda request, **_: sent.append(request))
        db.trouble.on("PutItem", times=1).throttle()
        client.get_item(**KEY)
        assert len(sent) == 0
        client.put_item(**ITEM)
        assert len(sent) == 2
        client.put_item(**ITEM)
        assert len(sent) == 2

    def test_an_error_after_which_clients_try_again_is_met_by_wire(
        self, db: ddbmock.Database, client: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        db.trouble.on("GetItem", times=1).fail()
        monkeypatch.setattr(Trouble, "may_refuse", lambda *_: False)  # nobody foresaw it
        assert client.get_item(**KEY)["ResponseMetadata"]["HTTPStatusCode"] == 200

    def test_waits_are_real_when_they_are_to_be(self, monkeypatch: pytest.MonkeyPatch) -> None:
        waits: list[float] = []
        monkeypatch.setattr("botocore.endpoint.time.sleep", waits.append)
        for waiting in (False, True):
            with ddbmock.mock(waits=waiting) as db:
                db.trouble.on("ListTables", times=2).fail()
                import boto3

                boto3.client("dynamodb", region_name="us-east-1").list_tables()
        assert waits[:2] == [0, 0]
        assert len(waits) == 4
        assert all(wait > 0 for wait in waits[2:])

    def test_asynchronous_clients_try_again_too(
        self, db: ddbmock.Database, perform: Perform
    ) -> None:
        async def run() -> Any:
            async with db.async_client() as client:
                return await client.put_item(**ITEM)

        db.trouble.on("PutItem", times=3).throttle()
        assert asyncio.run(run())["ResponseMetadata"]["RetryAttempts"] == 3

    def test_a_delay_lets_other_tasks_go_on(self, db: ddbmock.Database, perform: Perform) -> None:
        async def run() -> None:
            went_on = asyncio.Event()
            loop = asyncio.get_running_loop()

            def sleep(seconds: float) -> None:
                asyncio.run_coroutine_threadsafe(went_on.wait(), loop).result(timeout=60)

            db.trouble.sleep = sleep
            db.trouble.on("PutItem").delay(1)
            async with db.async_client() as client:
                waiting = asyncio.create_task(client.put_item(**ITEM))
                await client.get_item(**KEY)
                went_on.set()
                await waiting

        asyncio.run(run())

    def test_a_batch_writer_writes_all_in_the_end(self, db: ddbmock.Database, client: Any) -> None:
        fault = db.trouble.on("BatchWriteItem", times=3).unprocessed(20)
        with db.resource().Table("music").batch_writer() as batch:
            for number in range(60):
                batch.put_item(Item={"pk": str(number)})
        assert client.scan(TableName="music")["Count"] == 60
        assert fault.hits == 3

    def test_an_exception_is_the_same_on_both_paths(
        self, db: ddbmock.Database, client: Any
    ) -> None:
        db.trouble.on(key={"pk": "a"}).conflict()
        responses = []
        for one in (client, db.client(path="wire")):
            with pytest.raises(ClientError) as caught:
                one.put_item(**ITEM)
            responses.append(caught.value.response["Error"])
        assert responses[0] == responses[1]
