"""The state of triggers on the control path."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import urlopen

import pytest

from ddbmock.triggers import HandlerError
from tests.triggers.orders import Orders


def triggers(orders: Orders) -> Any:
    """Return the triggers that the control path lists."""
    server = orders.db.server or orders.db.serve(console=True)
    with urlopen(f"{server.url}/_ddbmock") as answer:
        return json.load(answer)["triggers"]


def test_the_control_path_lists_triggers(orders: Orders) -> None:
    assert triggers(orders) == []
    orders.db.trigger(orders.failing("b"), "orders", batch_size=2, starting_position="TRIM_HORIZON")
    orders.put("a")
    orders.db.run_triggers()
    [one] = triggers(orders)
    [(shard, number)] = one.pop("position").items()
    assert shard.startswith("shardId-")
    assert number.isdigit()
    idle = {
        "name": "Orders.failing.<locals>.handler",
        "table": "orders",
        "state": "ENABLED",
        "batchSize": 2,
        "startingPosition": "TRIM_HORIZON",
        "waiting": 0,
        "iteratorAge": 0.0,
        "nextAttempt": None,
        "calls": 1,
        "failures": 0,
        "lastResult": "OK",
        "lastError": None,
    }
    assert one == idle
    orders.put("b", "c", "d")
    with pytest.raises(HandlerError):
        orders.db.run_triggers()
    orders.db.clock.advance(seconds=7)
    [one] = triggers(orders)
    assert isinstance(one.pop("nextAttempt"), float)
    assert one.pop("position")[shard] > number
    changed = {
        "state": "RETRYING",
        "waiting": 3,
        "iteratorAge": 7.0,
        "calls": 2,
        "failures": 1,
        "lastResult": "PROBLEM: Function call failed",
        "lastError": "ValueError: b",
    }
    expected = idle | changed
    del expected["nextAttempt"]
    assert one == expected


def test_a_trigger_waits_for_its_table(orders: Orders) -> None:
    orders.db.trigger(orders.handler, "later")
    [one] = triggers(orders)
    assert (one["state"], one["position"], one["lastResult"]) == (
        "WAITING",
        {},
        "No records processed",
    )
