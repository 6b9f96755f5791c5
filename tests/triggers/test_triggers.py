"""Triggers on demand: which records a function is called with, when, and how often."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

import ddbmock
from ddbmock.triggers import EndlessTriggersError, HandlerError, TriggerError
from tests.triggers.orders import START, Orders, definition, ids

REPORTS = {"function_response_types": ["ReportBatchItemFailures"]}


def test_a_function_gets_the_event_that_lambda_sends(orders: Orders) -> None:
    events = []

    def handler(event: Any, context: Any) -> None:
        events.append((event, context))

    orders.db.trigger(handler, "orders")
    orders.put("a", total={"N": "5"}, photo={"B": b"xyz"})
    [invocation] = orders.db.run_triggers()
    [(event, context)] = events
    assert invocation.event == event
    arn = orders.client.describe_table(TableName="orders")["Table"]["LatestStreamArn"]
    [record] = event["Records"]
    assert list(record)[-1] == "eventSourceARN"
    number = record["dynamodb"].pop("SequenceNumber")
    assert number.isdigit()
    assert len(record.pop("eventID")) == 32
    assert record == {
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": START,
            "Keys": {"id": {"S": "a"}},
            "NewImage": {"id": {"S": "a"}, "total": {"N": "5"}, "photo": {"B": "eHl6"}},
            "SizeBytes": 21,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": arn,
    }
    assert context.function_name == "handler"
    assert context.invoked_function_arn == (
        "arn:aws:lambda:us-east-1:123456789012:function:handler"
    )
    assert 0 < context.get_remaining_time_in_millis() <= 900_000


def test_nothing_is_called_twice(orders: Orders) -> None:
    orders.db.trigger(orders.handler, "orders")
    orders.put("a", "b")
    orders.db.run_triggers()
    assert orders.db.run_triggers() == []
    orders.put("c")
    orders.db.run_triggers()
    assert orders.calls == [["a", "b"], ["c"]]


def test_batches_have_a_size(orders: Orders) -> None:
    orders.db.trigger(orders.handler, "orders", batch_size=2)
    orders.put(*"abcde")
    orders.db.run_triggers()
    assert orders.calls == [["a", "b"], ["c", "d"], ["e"]]


@pytest.mark.parametrize(("position", "seen"), [("LATEST", ["b"]), ("TRIM_HORIZON", ["a", "b"])])
def test_a_trigger_has_a_starting_position(orders: Orders, position: str, seen: list[str]) -> None:
    orders.put("a")
    orders.db.trigger(orders.handler, "orders", starting_position=position)
    orders.put("b")
    orders.db.run_triggers()
    assert orders.calls == [seen]


def test_a_trigger_may_be_older_than_its_table(orders: Orders) -> None:
    orders.db.trigger(orders.handler, "later")
    with pytest.raises(TriggerError, match="table 'later', which does not exist"):
        orders.db.run_triggers()
    orders.client.create_table(**definition("later"))
    orders.put("a", table="later")
    orders.db.run_triggers()
    assert orders.calls == [["a"]]


def test_a_table_without_a_stream_is_named(orders: Orders) -> None:
    without = definition("silent")
    del without["StreamSpecification"]
    orders.client.create_table(**without)
    orders.db.trigger(orders.handler, "silent")
    with pytest.raises(TriggerError, match="table 'silent', which has none"):
        orders.db.run_triggers()


def test_a_stream_that_is_enabled_again_is_followed(orders: Orders) -> None:
    orders.db.trigger(orders.handler, "orders")
    orders.put("a")
    orders.client.update_table(TableName="orders", StreamSpecification={"StreamEnabled": False})
    orders.put("unseen")
    orders.client.update_table(
        TableName="orders", StreamSpecification=definition("orders")["StreamSpecification"]
    )
    orders.put("b")
    orders.db.run_triggers()
    assert [one for call in orders.calls for one in call] == ["a", "b"]


def test_shards_that_are_succeeded_are_read_in_order(orders: Orders) -> None:
    orders.db.trigger(orders.handler, "orders")
    for one in "abc":
        orders.put(one)
        orders.db.clock.advance(hours=4)
    orders.db.run_triggers()
    assert [one for call in orders.calls for one in call] == ["a", "b", "c"]


def test_what_a_function_writes_triggers_again(orders: Orders) -> None:
    orders.client.create_table(**definition("copies"))

    def copy(event: Any, context: Any) -> None:
        orders.put(*ids(event), table="copies")

    orders.db.trigger(copy, "orders")
    orders.db.trigger(orders.handler, "copies")
    orders.put("a", "b")
    invocations = orders.db.run_triggers()
    assert [one.table for one in invocations] == ["orders", "copies"]
    assert orders.calls == [["a", "b"]]


def test_endless_loops_are_reported(orders: Orders) -> None:
    counts = []

    def again(event: Any, context: Any) -> None:
        counts.append(1)
        orders.put("a", n={"N": str(len(counts))})

    orders.db.trigger(again, "orders")
    orders.put("a")
    with pytest.raises(EndlessTriggersError, match=r"16 times in a row.*again"):
        orders.db.run_triggers()
    assert len(counts) == 17


def test_a_trigger_can_be_marked(db: ddbmock.Database) -> None:
    orders = Orders(db)

    @ddbmock.on_stream("orders", batch_size=1)
    def handler(event: Any, context: Any) -> None:
        orders.handler(event, context)

    db.trigger(handler)
    orders.put("a", "b")
    db.run_triggers()
    assert orders.calls == [["a"], ["b"]]
    with pytest.raises(TriggerError, match="needs a table"):
        db.trigger(orders.handler)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, "batch_size must be from 1 to 10000, not 0"),
        ({"starting_position": "AT_TIMESTAMP"}, "must be LATEST or TRIM_HORIZON"),
        ({"function_response_types": ["Report"]}, "not 'Report'"),
        ({"filters": ["x"]}, "Invalid filter pattern definition"),
        (
            {"filters": [{"dynamodb": {"NewImage": {"n": {"N": 5}}}}]},
            r"dynamodb\.NewImage\.n\.N must be a list of values: \[5\]\.",
        ),
        ({"batchsize": 1}, r"no option batchsize; did you mean batch_size\?"),
        ({"retries": 1}, "no option retries; its options are batch_size, maximum_b"),
    ],
)
def test_wrong_options_are_refused(
    db: ddbmock.Database, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(TriggerError, match=message):
        db.trigger(print, "orders", **options)


def test_a_name_in_place_of_a_function_is_refused(db: ddbmock.Database) -> None:
    with pytest.raises(TriggerError) as caught:
        db.trigger("shop.project", "orders")  # type: ignore[arg-type]  # the mistake
    assert str(caught.value) == "A trigger calls a function; 'shop.project' cannot be called."


class TestFailures:
    def test_the_functions_exception_reaches_the_test(self, orders: Orders) -> None:
        orders.db.trigger(orders.failing("a"), "orders")
        orders.put("a")
        with pytest.raises(HandlerError, match="raised ValueError: a with 1 record") as caught:
            orders.db.run_triggers()
        assert isinstance(caught.value.__cause__, ValueError)
        assert caught.value.__cause__.__traceback__ is not None

    def test_sys_exit_is_the_functions_failure(self, orders: Orders) -> None:
        def leave(event: Any, context: Any) -> None:
            raise SystemExit(1)

        orders.db.trigger(leave, "orders")
        orders.put("a")
        with pytest.raises(HandlerError, match="raised SystemExit: 1 with 1 record"):
            orders.db.run_triggers()

    def test_a_batch_that_fails_is_tried_again_by_the_clock(self, orders: Orders) -> None:
        orders.db.trigger(orders.failing("a"), "orders", batch_size=1)
        orders.put("a", "b")
        for number, pause in enumerate([1, 2, 4, 8, 16, 32, 60, 60]):
            with pytest.raises(HandlerError, match=f"is tried again in {pause} s.*Move the clock"):
                orders.db.run_triggers()
            orders.db.clock.advance(seconds=pause - 0.5)
            run = orders.db.run_triggers()
            [waiting] = run.waiting
            assert (run, waiting.records, waiting.reason) == ([], 1, "retry")
            assert (waiting.function, waiting.table) == (
                "Orders.failing.<locals>.handler",
                "orders",
            )
            assert waiting.due == orders.db.clock.now() + 0.5
            assert orders.calls == [["a"]] * (number + 1)
            orders.db.clock.advance(seconds=0.5)

    def test_an_error_has_the_calls_of_the_run(self, orders: Orders) -> None:
        orders.db.trigger(orders.failing("b"), "orders", batch_size=1)
        orders.put("a", "b", "c")
        with pytest.raises(HandlerError) as caught:
            orders.db.run_triggers()
        run = caught.value.run
        assert [ids(one.event) for one in run] == [["a"], ["b"]]
        assert [one.error is None for one in run] == [True, False]
        assert [one.records for one in run.waiting] == [1]

    def test_a_retry_that_succeeds_ends_the_waiting(self, orders: Orders) -> None:
        bad = {"a"}

        def handler(event: Any, context: Any) -> None:
            orders.calls.append(ids(event))
            if bad & set(ids(event)):
                bad.clear()
                raise ValueError("not yet")

        orders.db.trigger(handler, "orders", batch_size=1, maximum_retry_attempts=5)
        orders.put("a", "b")
        started = orders.db.clock.now()
        run = orders.db.run_triggers(advance=True)
        assert orders.calls == [["a"], ["a"], ["b"]]
        assert (len(run), run.waiting) == (3, [])
        assert orders.db.clock.now() == started + 1

    def test_moving_the_clock_ends_with_endless_retries(self, orders: Orders) -> None:
        orders.db.trigger(orders.failing("a"), "orders", batch_size=1)
        orders.put("a", "b")
        with pytest.raises(HandlerError, match="tried again in 1 s"):
            orders.db.run_triggers(advance=True)
        assert orders.calls == [["a"]]

    def test_an_interrupt_loses_no_records(self, orders: Orders) -> None:
        def handler(event: Any, context: Any) -> None:
            orders.calls.append(ids(event))
            if len(orders.calls) == 1:
                raise KeyboardInterrupt

        orders.db.trigger(handler, "orders")
        orders.put("a", "b")
        with pytest.raises(KeyboardInterrupt):
            orders.db.run_triggers()
        orders.db.run_triggers()
        assert orders.calls == [["a", "b"], ["a", "b"]]

    def test_a_destination_that_cannot_be_told_is_reported(self, orders: Orders) -> None:
        def destination(message: Any) -> None:
            raise ConnectionError("no queue")

        orders.db.trigger(
            orders.failing("a"),
            "orders",
            batch_size=1,
            maximum_retry_attempts=0,
            on_failure=destination,
        )
        orders.put("a", "b")
        message = "its destination cannot be told: ConnectionError: no queue"
        with pytest.raises(HandlerError, match=message) as caught:
            orders.db.run_triggers()
        assert isinstance(caught.value.__cause__, ConnectionError)
        assert orders.calls == [["a"], ["b"]]

    def test_a_batch_is_given_up_after_its_last_attempt(self, orders: Orders) -> None:
        messages: list[dict[str, Any]] = []
        orders.db.trigger(
            orders.failing("a"),
            "orders",
            batch_size=2,
            maximum_retry_attempts=2,
            on_failure=messages.append,
        )
        orders.put("a", "b", "c")
        orders.db.run_triggers(advance=True)
        assert orders.db.clock.now() == START + 3
        assert orders.calls == [["a", "b"]] * 3 + [["c"]]
        [message] = messages
        batch = message.pop("DDBStreamBatchInfo")
        request = message.pop("requestContext")
        assert (request["condition"], request["approximateInvokeCount"]) == (
            "RetryAttemptsExhausted",
            3,
        )
        assert message == {
            "responseContext": {
                "statusCode": 200,
                "executedVersion": "$LATEST",
                "functionError": "Unhandled",
            },
            "version": "1.0",
            "timestamp": "2026-09-21T14:13:23.000Z",
        }
        assert batch["batchSize"] == 2
        assert batch["approximateArrivalOfFirstRecord"] == "2026-09-21T14:13:20Z"
        assert batch["startSequenceNumber"] < batch["endSequenceNumber"]

    def test_a_batch_that_is_given_up_without_a_destination_is_reported(
        self, orders: Orders
    ) -> None:
        orders.db.trigger(orders.failing("a"), "orders", batch_size=1, maximum_retry_attempts=0)
        orders.put("a", "b")
        with pytest.raises(HandlerError, match="given up"):
            orders.db.run_triggers()
        assert orders.calls == [["a"], ["b"]]

    def test_a_batch_is_bisected(self, orders: Orders) -> None:
        messages: list[dict[str, Any]] = []
        orders.db.trigger(
            orders.failing("c"),
            "orders",
            bisect_batch_on_function_error=True,
            maximum_retry_attempts=1,
            on_failure=messages.append,
        )
        orders.put(*"abcd")
        orders.db.run_triggers(advance=True)
        assert orders.calls == [
            ["a", "b", "c", "d"],
            ["a", "b"],
            ["c", "d"],
            ["c"],
            ["c"],
            ["d"],
        ]
        assert [message["DDBStreamBatchInfo"]["batchSize"] for message in messages] == [1]

    def test_reported_records_are_tried_again_with_all_that_follow(self, orders: Orders) -> None:
        """Source: a recorded mapping; the sixth of six records is always reported."""
        messages: list[dict[str, Any]] = []

        def handler(event: Any, context: Any) -> Any:
            orders.calls.append(ids(event))
            return {
                "batchItemFailures": [
                    {"itemIdentifier": record["dynamodb"]["SequenceNumber"]}
                    for record in event["Records"]
                    if record["dynamodb"]["Keys"]["id"]["S"] == "f"
                ]
            }

        orders.db.trigger(
            handler,
            "orders",
            batch_size=3,
            maximum_retry_attempts=3,
            on_failure=messages.append,
            **REPORTS,
        )
        orders.put(*"abcdef")
        orders.db.run_triggers(advance=True)
        assert orders.calls == [["a", "b", "c"], ["d", "e", "f"], *[["f"]] * 4]
        [message] = messages
        assert message["DDBStreamBatchInfo"]["batchSize"] == 1
        assert message["requestContext"]["approximateInvokeCount"] == 4
        assert message["responseContext"]["functionError"] is None

    @pytest.mark.parametrize(
        "answer", [None, [], {}, {"batchItemFailures": []}, {"batchItemFailures": None}]
    )
    def test_answers_that_mean_success(self, orders: Orders, answer: Any) -> None:
        orders.db.trigger(lambda event, context: answer, "orders", **REPORTS)
        orders.put("a")
        assert len(orders.db.run_triggers()) == 1

    @pytest.mark.parametrize(
        "answer",
        [
            {"batchItemFailures": [{"itemIdentifier": ""}]},
            {"batchItemFailures": [{"itemIdentifier": None}]},
            {"batchItemFailures": [{"itemIdentifier": "7"}]},
            {"batchItemFailures": [{"foo": "7"}]},
            {"foo": []},
        ],
    )
    def test_answers_that_fail_the_whole_batch(self, orders: Orders, answer: Any) -> None:
        orders.db.trigger(lambda event, context: answer, "orders", **REPORTS)
        orders.put("a")
        with pytest.raises(HandlerError, match="reported records as failed"):
            orders.db.run_triggers()

    def test_an_answer_is_ignored_if_nothing_is_to_be_reported(self, orders: Orders) -> None:
        answer = {"batchItemFailures": [{"itemIdentifier": ""}]}
        orders.db.trigger(lambda event, context: answer, "orders")
        orders.put("a")
        assert len(orders.db.run_triggers()) == 1

    def test_records_become_too_old(self, orders: Orders) -> None:
        messages: list[dict[str, Any]] = []
        orders.db.trigger(
            orders.failing("a"),
            "orders",
            batch_size=10,
            maximum_record_age_in_seconds=60,
            on_failure=messages.append,
        )
        orders.put("a")
        with pytest.raises(HandlerError):
            orders.db.run_triggers()
        orders.db.clock.advance(seconds=61)
        orders.put("b")
        orders.db.run_triggers()
        assert orders.calls == [["a"], ["b"]]
        [message] = messages
        assert message["requestContext"]["condition"] == "RecordAgeExceeded"
        assert message["requestContext"]["approximateInvokeCount"] == 1

    def test_the_clock_is_moved_until_records_are_too_old(self, orders: Orders) -> None:
        messages: list[dict[str, Any]] = []
        orders.db.trigger(
            orders.failing("a"),
            "orders",
            maximum_record_age_in_seconds=60,
            on_failure=messages.append,
        )
        orders.put("a")
        orders.db.run_triggers(advance=True)
        # after 1, 3, 7, 15 and 31 seconds, and not after 63
        assert orders.calls == [["a"]] * 6
        [message] = messages
        assert message["requestContext"]["condition"] == "RecordAgeExceeded"
        assert message["responseContext"]["functionError"] == "Unhandled"

    def test_old_records_of_a_batch_do_not_wait_for_its_next_attempt(self, orders: Orders) -> None:
        messages: list[dict[str, Any]] = []
        orders.db.trigger(
            orders.failing("b"),
            "orders",
            maximum_record_age_in_seconds=60,
            on_failure=messages.append,
        )
        orders.put("a")
        orders.db.clock.advance(seconds=59)
        orders.put("b")
        for _ in range(2):
            with pytest.raises(HandlerError):
                orders.db.run_triggers()
            orders.db.clock.advance(seconds=1)
        assert orders.calls == [["a", "b"], ["a", "b"]]
        orders.db.run_triggers()
        [message] = messages
        assert message["DDBStreamBatchInfo"]["batchSize"] == 1
        orders.db.clock.advance(seconds=1)
        with pytest.raises(HandlerError):
            orders.db.run_triggers()
        assert orders.calls[2:] == [["b"]]


class TestTime:
    def test_a_batching_window_waits_by_the_clock(self, orders: Orders) -> None:
        orders.db.trigger(
            orders.handler, "orders", batch_size=3, maximum_batching_window_in_seconds=30
        )
        orders.put("a", "b")
        run = orders.db.run_triggers()
        assert run == []
        [waiting] = run.waiting
        assert (waiting.records, waiting.due, waiting.reason) == (2, START + 30, "batching window")
        orders.put("c", "d")
        orders.db.run_triggers()
        assert orders.calls == [["a", "b", "c"]]
        orders.db.clock.advance(seconds=30)
        orders.db.run_triggers()
        assert orders.calls == [["a", "b", "c"], ["d"]]

    def test_the_clock_is_moved_to_the_ends_of_windows(self, orders: Orders) -> None:
        finals: list[bool] = []

        def handler(event: Any, context: Any) -> None:
            orders.calls.append(ids(event))
            finals.append(event["isFinalInvokeForWindow"])

        orders.db.trigger(
            handler, "orders", tumbling_window_in_seconds=60, maximum_batching_window_in_seconds=10
        )
        orders.put("a")
        [waiting] = orders.db.run_triggers().waiting
        assert (waiting.reason, waiting.due) == ("batching window", START + 10)
        assert orders.db.run_triggers(advance=True).waiting == []
        assert orders.calls == [["a"], []]
        assert finals == [False, True]
        assert orders.db.clock.now() == START // 60 * 60 + 60

    def test_the_error_of_the_end_of_a_window_is_reported(self, orders: Orders) -> None:
        def handler(event: Any, context: Any) -> None:
            assert event["Records"], "no records"

        orders.db.trigger(handler, "orders", tumbling_window_in_seconds=60)
        orders.put("a")
        with pytest.raises(HandlerError, match="at the end of a tumbling window of table 'orders'"):
            orders.db.run_triggers(advance=True)

    def test_tumbling_windows_have_a_state_and_an_end(self, orders: Orders) -> None:
        seen: list[Any] = []

        def count(event: Any, context: Any) -> Any:
            total = event["state"].get("total", 0) + len(event["Records"])
            window = event["window"]
            seen.append(
                (window["start"][14:19], ids(event), total, event["isFinalInvokeForWindow"])
            )
            assert event["isWindowTerminatedEarly"] is False
            assert event["shardId"].startswith("shardId-")
            return {"state": {"total": total}}

        orders.db.trigger(count, "orders", tumbling_window_in_seconds=60, batch_size=2)
        orders.put("a", "b", "c")
        orders.db.clock.advance(seconds=60)
        orders.put("d")
        orders.db.run_triggers()
        orders.db.clock.advance(seconds=60)
        orders.db.run_triggers()
        assert seen == [
            ("13:00", ["a", "b"], 2, False),
            ("13:00", ["c"], 3, False),
            ("13:00", [], 3, True),
            ("14:00", ["d"], 1, False),
            ("14:00", [], 1, True),
        ]


def test_parallel_batches_keep_the_order_of_each_item(orders: Orders) -> None:
    orders.db.trigger(orders.failing("a"), "orders", batch_size=1, parallelization_factor=10)
    for number in range(3):
        orders.put(*"abcdef", n={"N": str(number)})
    with pytest.raises(HandlerError):
        orders.db.run_triggers()
    calls = [call[0] for call in orders.calls]
    assert calls.count("a") == 1
    # what shares a lane with the failing item waits, all others are done
    assert {calls.count(one) for one in "bcdef"} <= {0, 3}
    assert max(calls.count(one) for one in "bcdef") == 3


class TestAsynchronousFunctions:
    def test_run_outside_of_a_loop(self, orders: Orders) -> None:
        async def handler(event: Any, context: Any) -> None:
            await asyncio.sleep(0)
            orders.calls.append(ids(event))

        orders.db.trigger(handler, "orders")
        orders.put("a")
        orders.db.run_triggers()
        assert orders.calls == [["a"]]

    def test_run_within_a_loop(self, orders: Orders) -> None:
        async def handler(event: Any, context: Any) -> None:
            await asyncio.sleep(0)
            orders.calls.append(ids(event))

        async def program() -> None:
            orders.db.trigger(handler, "orders")
            orders.put("a")
            with pytest.raises(TriggerError, match="run_triggers_async"):
                orders.db.run_triggers()
            await orders.db.run_triggers_async()

        asyncio.run(program())
        assert orders.calls == [["a"]]


class TestRecords:
    def test_they_are_python_values(self, orders: Orders) -> None:
        values: dict[str, Any] = {"n": {"N": "1.5"}, "l": {"L": [{"BOOL": True}, {"NULL": True}]}}
        orders.put("a", **values, s={"NS": ["1", "2"]}, b={"B": b"x"}, m={"M": {"k": {"S": "v"}}})
        orders.client.delete_item(TableName="orders", Key={"id": {"S": "a"}})
        inserted, removed = orders.db.streams("orders")
        image = {
            "id": "a",
            "n": Decimal("1.5"),
            "l": [True, None],
            "s": {Decimal(1), Decimal(2)},
            "b": b"x",
            "m": {"k": "v"},
        }
        assert (inserted.event_name, inserted.keys) == ("INSERT", {"id": "a"})
        assert (inserted.new_image, inserted.old_image) == (image, None)
        assert (removed.event_name, removed.new_image, removed.old_image) == (
            "REMOVE",
            None,
            image,
        )
        assert (inserted.created, inserted.by_service) == (START, False)

    def test_a_fork_takes_them_along(self, orders: Orders) -> None:
        orders.put("a")
        with orders.db.fork() as fork:
            orders.put("b")
            fork.client().put_item(TableName="orders", Item={"id": {"S": "c"}})
            assert [change.keys["id"] for change in fork.streams("orders")] == ["a", "c"]
        assert [change.keys["id"] for change in orders.db.streams("orders")] == ["a", "b"]

    def test_a_table_must_have_a_stream(self, db: ddbmock.Database) -> None:
        with pytest.raises(TriggerError, match="does not exist"):
            next(db.streams("orders"))


def test_a_removed_trigger_is_not_called_again(orders: Orders) -> None:
    trigger = orders.db.trigger(orders.handler, "orders", maximum_batching_window_in_seconds=60)
    orders.put("a")
    assert orders.db.run_triggers().waiting
    orders.db.remove_trigger(trigger)
    assert orders.db.run_triggers(advance=True).waiting == []
    assert orders.calls == []
    orders.db.trigger(orders.handler, "orders")
    orders.put("b")
    orders.db.run_triggers()
    assert orders.calls == [["b"]]


def test_a_function_can_remove_its_own_trigger(orders: Orders) -> None:
    def once(event: Any, context: Any) -> None:
        orders.handler(event, context)
        orders.db.remove_trigger(first)

    first = orders.db.trigger(once, "orders")
    orders.db.trigger(orders.handler, "orders")
    for one in ("a", "b"):
        orders.put(one)
        orders.db.run_triggers()
    assert orders.calls == [["a"], ["a"], ["b"]]


def test_a_trigger_of_another_database_cannot_be_removed(orders: Orders) -> None:
    trigger = orders.db.trigger(orders.handler, "orders")
    with (
        ddbmock.Database() as other,
        pytest.raises(TriggerError, match="'orders'> is not a trigger"),
    ):
        other.remove_trigger(trigger)


def test_triggers_make_no_requests_of_the_user(
    orders: Orders, caplog: pytest.LogCaptureFixture
) -> None:
    orders.db.trigger(orders.handler, "orders")
    orders.put("a")
    before = len(orders.db.requests)
    with caplog.at_level("DEBUG", "ddbmock"):
        orders.db.run_triggers()
        orders.db.trigger(orders.handler, "later")
    assert len(orders.db.requests) == before
    assert caplog.records == []


def test_the_events_of_time_to_live_spell_the_identity_as_lambda_does(orders: Orders) -> None:
    orders.client.update_time_to_live(
        TableName="orders", TimeToLiveSpecification={"Enabled": True, "AttributeName": "ends"}
    )
    identities: list[Any] = []
    orders.db.trigger(
        lambda event, context: identities.extend(r.get("userIdentity") for r in event["Records"]),
        "orders",
    )
    orders.put("a", ends={"N": str(START + 5)})
    orders.db.clock.advance(seconds=6)
    orders.db.run_triggers()
    assert identities == [None, {"type": "Service", "principalId": "dynamodb.amazonaws.com"}]
