"""Auto scaling: throughput follows consumption by the clock, while throughput is enforced."""

from __future__ import annotations

from typing import Any

import pytest

import ddbmock
from tests.fault_injection.requests import THROTTLED, Perform

START = 1_790_000_040.0
"""The beginning of a minute."""
WRITE = "ProvisionedWriteCapacityAutoScalingUpdate"
POLICY: dict[str, Any] = {"TargetValue": 50.0}


@pytest.fixture(autouse=True)
def enforced(db: ddbmock.Database) -> None:
    db.clock.freeze(START)
    db.trouble.throughput = True


def scale(perform: Perform, **policy: Any) -> None:
    """Scale the writes of the table and of its index, and the table's reads."""
    tracking = {"TargetTrackingScalingPolicyConfiguration": POLICY | policy}
    settings = {"MinimumUnits": 1, "MaximumUnits": 20, "ScalingPolicyUpdate": tracking}
    perform(
        "UpdateTableReplicaAutoScaling",
        TableName="events",
        **{WRITE: settings},
        GlobalSecondaryIndexUpdates=[{"IndexName": "by_kind", WRITE: settings}],
        ReplicaUpdates=[
            {
                "RegionName": "us-east-1",
                "ReplicaProvisionedReadCapacityAutoScalingUpdate": settings,
            }
        ],
    )


def write(perform: Perform, units: int) -> None:
    """Write an item of a size that costs as many units."""
    item = {"user": {"S": str(units)}, "text": {"S": "x" * (1024 * units - 100)}}
    assert perform("PutItem", TableName="events", Item=item) == {}


def described(perform: Perform) -> dict[str, Any]:
    table: dict[str, Any] = perform("DescribeTable", TableName="events")["Table"]
    return table


def units(perform: Perform) -> tuple[int, int]:
    throughput = described(perform)["ProvisionedThroughput"]
    return throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]


def minutes(db: ddbmock.Database, perform: Perform, count: int, written: int) -> None:
    """Let minutes pass with as many writes in each."""
    for _ in range(count):
        write(perform, written)
        db.clock.advance(minutes=1)


def test_two_minutes_above_the_target_scale_out(db: ddbmock.Database, perform: Perform) -> None:
    scale(perform)
    minutes(db, perform, 1, 120)
    assert units(perform) == (2, 2)
    write(perform, 240)
    db.clock.advance(59.9)
    assert units(perform) == (2, 2)
    db.clock.advance(30)
    assert units(perform) == (2, 8)
    throughput = described(perform)["ProvisionedThroughput"]
    assert throughput["LastIncreaseDateTime"].seconds == START + 120
    assert [(one.index_name, one.kind, one.before, one.after) for one in db.trouble.scaled] == [
        ("", "Write", 2, 8)
    ]


def test_a_peak_of_one_minute_changes_nothing(db: ddbmock.Database, perform: Perform) -> None:
    scale(perform)
    minutes(db, perform, 1, 120)
    minutes(db, perform, 1, 30)
    minutes(db, perform, 1, 120)
    db.clock.advance(minutes=60)
    assert units(perform) == (2, 2)


def test_fifteen_minutes_below_the_target_scale_in(db: ddbmock.Database, perform: Perform) -> None:
    perform(
        "UpdateTable",
        TableName="events",
        ProvisionedThroughput={"ReadCapacityUnits": 2, "WriteCapacityUnits": 10},
    )
    scale(perform)
    minutes(db, perform, 14, 61)
    assert units(perform) == (2, 10)
    minutes(db, perform, 1, 61)
    assert units(perform) == (2, 3)
    assert described(perform)["ProvisionedThroughput"]["NumberOfDecreasesToday"] == 1


def test_an_idle_table_keeps_its_throughput(db: ddbmock.Database, perform: Perform) -> None:
    """Without consumption there is nothing that an alarm could compare."""
    scale(perform)
    minutes(db, perform, 2, 120)
    assert units(perform) == (2, 4)
    db.clock.advance(hours=5)
    assert units(perform) == (2, 4)


def test_bounds_hold_at_once(db: ddbmock.Database, perform: Perform) -> None:
    tracking = {"TargetTrackingScalingPolicyConfiguration": POLICY}
    settings = {"MinimumUnits": 7, "MaximumUnits": 8, "ScalingPolicyUpdate": tracking}
    perform("UpdateTableReplicaAutoScaling", TableName="events", **{WRITE: settings})
    db.clock.advance(minutes=1)
    assert units(perform) == (2, 7)
    minutes(db, perform, 2, 390)
    assert units(perform) == (2, 8)


def test_settings_without_a_policy_change_nothing(db: ddbmock.Database, perform: Perform) -> None:
    bounds = {WRITE: {"MinimumUnits": 7}}
    perform("UpdateTableReplicaAutoScaling", TableName="events", **bounds)
    minutes(db, perform, 3, 120)
    assert units(perform) == (2, 2)


def test_reads_scale_by_themselves(db: ddbmock.Database, perform: Perform) -> None:
    scale(perform)
    for _ in range(2):
        write(perform, 40)
        for _ in range(8):
            key = {"user": {"S": "40"}}
            perform("GetItem", TableName="events", Key=key, ConsistentRead=True)
        db.clock.advance(minutes=1)
    assert units(perform) == (3, 2)
    assert [one.kind for one in db.trouble.scaled] == ["Read"]


def test_an_index_is_scaled_out(db: ddbmock.Database, perform: Perform) -> None:
    scale(perform)
    for minute in range(2):
        for number in range(50):
            item = {"user": {"S": f"{minute} {number}"}, "kind": {"S": "a"}}
            perform("PutItem", TableName="events", Item=item)
        db.clock.advance(minutes=1)
    [index] = described(perform)["GlobalSecondaryIndexes"]
    assert index["ProvisionedThroughput"]["WriteCapacityUnits"] == 2
    assert units(perform) == (2, 2)


def test_a_cooldown_delays_the_next_scaling(db: ddbmock.Database, perform: Perform) -> None:
    scale(perform, ScaleOutCooldown=180)
    minutes(db, perform, 2, 120)
    assert units(perform) == (2, 4)
    minutes(db, perform, 2, 240)
    assert units(perform) == (2, 4)
    minutes(db, perform, 1, 240)
    assert units(perform) == (2, 8)


def test_scale_in_can_be_disabled(db: ddbmock.Database, perform: Perform) -> None:
    scale(perform, DisableScaleIn=True)
    minutes(db, perform, 2, 240)
    minutes(db, perform, 16, 10)
    assert units(perform) == (2, 8)


def test_decreases_have_their_daily_limit(db: ddbmock.Database, perform: Perform) -> None:
    scale(perform)
    db.clock.freeze(1_790_035_200.0)  # midnight
    for capacity in (9, 8, 7, 6, 5):
        throughput = {"ReadCapacityUnits": 2, "WriteCapacityUnits": capacity}
        perform("UpdateTable", TableName="events", ProvisionedThroughput=throughput)
    minutes(db, perform, 15, 60)
    assert units(perform) == (2, 5)
    minutes(db, perform, 46, 60)
    assert units(perform) == (2, 2)


def test_throttling_ends_with_the_higher_throughput(db: ddbmock.Database, perform: Perform) -> None:
    scale(perform)
    for _ in range(2):
        item = {"user": {"S": "a"}}
        answers = [perform("PutItem", TableName="events", Item=item) for _ in range(700)]
        assert (answers[0], answers[-1]) == ({}, THROTTLED)
        db.clock.advance(minutes=1)
    assert units(perform)[1] > 2


def test_nothing_scales_without_enforced_throughput(db: ddbmock.Database, perform: Perform) -> None:
    db.trouble.throughput = False
    scale(perform)
    minutes(db, perform, 3, 120)
    assert units(perform) == (2, 2)
    assert db.trouble.scaled == []


def test_a_table_that_is_gone_is_forgotten(db: ddbmock.Database, perform: Perform) -> None:
    scale(perform)
    write(perform, 5)
    perform("DeleteTable", TableName="events")
    db.clock.advance(minutes=3)
    assert db.trouble.scaled == []
