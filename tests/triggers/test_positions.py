"""Positions of triggers: what is given to a function after a restart, a restoration or a take-over."""

from __future__ import annotations

import random
from typing import Any

import pytest

import ddbmock
from ddbmock.storage import open as open_storage
from ddbmock.triggers import HandlerError, Triggers
from ddbmock.triggers.leases import PATIENCE, Leases
from ddbmock.triggers.positions import Positions, SupersededError
from tests.triggers.orders import Orders, definition


def restarted(orders: Orders, handler: Any, table: str = "orders", **options: Any) -> Triggers:
    """Return what a server does that starts on the same database."""
    triggers = Triggers(orders.db.dynamodb, orders.db.clock)
    positions = Positions(orders.db.dynamodb.storage, "one")
    triggers.add(handler, table, positions=positions, **options)
    return triggers


def test_a_server_goes_on_where_the_last_one_was(orders: Orders) -> None:
    orders.put("old")
    restarted(orders, orders.handler)
    orders.put("a", "b")
    restarted(orders, orders.handler).run()
    orders.put("c")
    restarted(orders, orders.handler).run()
    assert restarted(orders, orders.handler).run() == []
    assert orders.calls == [["a", "b"], ["c"]]


def test_a_table_is_read_from_its_beginning_if_it_is_younger_than_the_trigger(
    orders: Orders,
) -> None:
    restarted(orders, orders.handler, "later")
    orders.client.create_table(**definition("later"))
    orders.put("a", table="later")
    restarted(orders, orders.handler, "later").run()
    assert orders.calls == [["a"]]


def test_failed_batches_are_kept(orders: Orders) -> None:
    options: dict[str, Any] = {
        "batch_size": 4,
        "maximum_retry_attempts": 1,
        "bisect_batch_on_function_error": True,
    }
    messages: list[Any] = []
    handler = orders.failing("c")
    orders.put("unseen")
    restarted(orders, handler, **options, on_failure=messages.append)
    orders.put(*"abcde")
    with pytest.raises(HandlerError):
        restarted(orders, handler, **options, on_failure=messages.append).run()
    assert orders.calls == [list("abcd"), ["a", "b"], ["c", "d"], ["c"]]
    orders.put("f")
    triggers = restarted(orders, handler, **options, on_failure=messages.append)
    [waiting] = triggers.run().waiting
    assert (waiting.records, waiting.due) == (1, orders.db.clock.now() + 1)
    assert triggers.state()[0]["failures"] == 3
    triggers = restarted(orders, handler, **options, on_failure=messages.append)
    triggers.run(advance=True)
    assert orders.calls[4:] == [["c"], ["d"], ["e", "f"]]
    [message] = messages
    assert message["requestContext"]["approximateInvokeCount"] == 2


def test_tumbling_windows_go_on(orders: Orders) -> None:
    totals: list[Any] = []

    def count(event: Any, context: Any) -> Any:
        total = event["state"].get("total", 0) + len(event["Records"])
        totals.append(total)
        return {"state": {"total": total}}

    restarted(orders, count, tumbling_window_in_seconds=60)
    for one in "ab":
        orders.put(one)
        restarted(orders, count, tumbling_window_in_seconds=60).run()
    orders.db.clock.advance(seconds=60)
    restarted(orders, count, tumbling_window_in_seconds=60).run()
    assert totals == [1, 2, 2]


def test_records_that_are_trimmed_meanwhile_are_left(orders: Orders) -> None:
    restarted(orders, orders.failing("a"))
    orders.put("a")
    with pytest.raises(HandlerError):
        restarted(orders, orders.failing("a")).run()
    orders.db.clock.advance(hours=25)
    orders.put("b")
    restarted(orders, orders.handler).run()
    assert orders.calls == [["a"], ["b"]]


def test_another_parallelisation_factor_skips_nothing(orders: Orders) -> None:
    restarted(orders, orders.failing("c"), parallelization_factor=1)
    orders.put(*"abcdef")
    with pytest.raises(HandlerError):
        restarted(orders, orders.failing("c"), batch_size=1, parallelization_factor=10).run()
    orders.calls.clear()
    orders.db.clock.advance(seconds=1)
    restarted(orders, orders.handler, parallelization_factor=2).run()
    assert set("c") <= {one for call in orders.calls for one in call} <= set("cdef")


def test_a_restored_snapshot_sets_triggers_back(orders: Orders) -> None:
    orders.db.trigger(orders.handler, "orders")
    orders.put("a")
    orders.db.run_triggers()
    snapshot = orders.db.snapshot()
    for _ in range(2):
        orders.put("b", "c")
        orders.db.run_triggers()
        orders.db.restore(snapshot)
    assert orders.db.run_triggers() == []
    assert orders.calls == [["a"], ["b", "c"], ["b", "c"]]


def test_a_function_may_restore_a_snapshot(orders: Orders) -> None:
    snapshot = orders.db.snapshot()

    def handler(event: Any, context: Any) -> None:
        orders.handler(event, context)
        orders.db.restore(snapshot)

    orders.db.trigger(handler, "orders", batch_size=1)
    orders.put("a", "b")
    orders.db.run_triggers()
    assert orders.calls == [["a"]]


def test_who_was_superseded_stores_nothing(orders: Orders) -> None:
    storage = orders.db.dynamodb.storage
    first, second = Positions(storage, "x"), Positions(storage, "x")
    first.save(["arn"], {}, {})
    assert second.superseded()
    with pytest.raises(SupersededError):
        second.save(["other"], {}, {})
    stored = second.load()
    assert stored is not None
    assert stored.streams == ["arn"]
    second.remove()
    assert first.load() is None


@pytest.mark.parametrize(
    "seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(4, 12))]
)
def test_no_record_is_skipped_and_items_keep_their_order(seed: int) -> None:
    """A function fails and its server ends, at random; the next server goes on."""
    chance = random.Random(seed)
    factor = chance.choice([1, 1, 3])
    options: dict[str, Any] = {
        "batch_size": chance.choice([1, 3, 100]),
        "parallelization_factor": factor,
        "bisect_batch_on_function_error": chance.random() < 0.5,
        "starting_position": "TRIM_HORIZON",
        "function_response_types": chance.choice([[], ["ReportBatchItemFailures"]]),
    }
    seen: dict[str, list[int]] = {}

    def handler(event: Any, context: Any) -> Any:
        if chance.random() < 0.1:
            raise KeyboardInterrupt
        failing = chance.random()
        if failing < 0.2:
            raise ValueError
        for record in event["Records"]:
            new = record["dynamodb"]["NewImage"]
            seen.setdefault(new["id"]["S"], []).append(int(new["n"]["N"]))
            if failing < 0.3 and options["function_response_types"]:
                number = record["dynamodb"]["SequenceNumber"]
                return {"batchItemFailures": [{"itemIdentifier": number}]}
        return None

    with ddbmock.Database(stream_shards=chance.choice([1, 2])) as db:
        db.clock.freeze(1_790_000_000)
        orders = Orders(db)
        triggers = restarted(orders, handler, **options)
        written = 0
        for _ in range(60):
            for _ in range(chance.randrange(4)):
                written += 1
                orders.put(f"item {chance.randrange(5)}", n={"N": str(written)})
            db.clock.advance(seconds=chance.choice([1, 5, 70, 3000]))
            try:
                triggers.run()
            except HandlerError:
                pass
            except KeyboardInterrupt:
                triggers = restarted(orders, handler, **options)
        for _ in range(200):
            db.clock.advance(seconds=61)
            try:
                if not triggers.run().waiting:
                    break
            except HandlerError:
                pass
            except KeyboardInterrupt:
                triggers = restarted(orders, handler, **options)
        else:
            raise AssertionError("something waits for good")
        check(db, seen)


def check(db: ddbmock.Database, seen: dict[str, list[int]]) -> None:
    """Check that each item's changes were seen in order, some of them again."""
    changes: dict[str, list[int]] = {}
    for change in db.streams("orders"):
        assert change.new_image is not None
        changes.setdefault(change.keys["id"], []).append(int(change.new_image["n"]))
    for item, expected in changes.items():
        reached = -1
        for number in seen.get(item, []):
            if number in expected:
                place = expected.index(number)
                assert place <= reached + 1, f"{item} skips a change before {number}"
                reached = max(reached, place)
        assert reached == len(expected) - 1, f"{item} was not seen to its end"


class TestLeases:
    def test_one_server_alone_holds_a_lease(self) -> None:
        now = [0.0]
        storage = open_storage("memory://")
        first, second = (Leases(storage, ["a", "b"], lambda: now[0]) for _ in range(2))
        for _ in range(20):
            first.beat()
            second.beat()
            now[0] += 1
            assert first.own == {"a", "b"}
            assert not second.own

    def test_a_lease_is_taken_over_when_its_holder_has_ended(self) -> None:
        now = [0.0]
        storage = open_storage("memory://")
        first, second = (Leases(storage, ["a"], lambda: now[0]) for _ in range(2))
        first.beat()
        second.beat()
        now[0] += PATIENCE - 1
        second.beat()
        assert not second.own
        now[0] += 1
        second.beat()
        assert second.own == {"a"}
        first.beat()
        assert not first.own

    def test_a_server_that_stops_releases_its_leases(self) -> None:
        storage = open_storage("memory://")
        first, second = (Leases(storage, ["a"]) for _ in range(2))
        first.beat()
        first.release()
        second.beat()
        first.release()
        second.beat()
        assert second.own == {"a"}


def test_streams_are_followed_past_a_batch_that_fails(orders: Orders) -> None:
    """What is left of a stream that was disabled is handed on before the next one's records."""
    orders.db.trigger(orders.failing("a"), "orders", batch_size=1)
    orders.put("a", "b")
    with pytest.raises(HandlerError):
        orders.db.run_triggers()
    orders.put("c")
    orders.client.delete_table(TableName="orders")
    orders.client.create_table(**definition("orders"))
    orders.put("d")
    orders.db.clock.advance(seconds=1)
    with pytest.raises(HandlerError):
        orders.db.run_triggers()
    assert orders.calls == [["a"], ["a"]]
    orders.calls.clear()
    [trigger] = orders.db._triggers._triggers
    trigger.handler = orders.handler  # type: ignore[misc]
    orders.db.run_triggers(advance=True)
    assert orders.calls == [["a"], ["b"], ["c"], ["d"]]
