"""Changes of a table that overlap in time: those that are admitted, and what each answer shows.

Source: answers recorded in October 2026 by the control-plane lab of AWS Controllers for Kubernetes;
the rejections are in tests/golden/control_plane.json.
"""

from __future__ import annotations

from typing import Any

import pytest

from ddbmock.settings import Settings
from tests.behaviour.calling import Caller
from tests.behaviour.v20120810.requests import definitions, index, provisioned, table, units
from tests.behaviour.v20120810.table_updates import described, in_use, refused, update
from tests.behaviour.ways import Way

STREAM = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}}
CLASS = {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
TO_PROVISIONED = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": units(1, 1)}
WARM = {"WarmThroughput": {"ReadUnitsPerSecond": 13000, "WriteUnitsPerSecond": 5000}}
ENCRYPTED = {"SSESpecification": {"Enabled": True, "SSEType": "KMS"}}


@pytest.fixture(params=[Way("memory", "router"), Way("sqlite", "router")], ids="-".join)
def way(request: pytest.FixtureRequest) -> Way:
    way: Way = request.param
    return way


@pytest.fixture
def settings() -> Settings:
    return Settings(delay_updating=20, delay_index=40)


@pytest.mark.parametrize("job", [STREAM, CLASS, TO_PROVISIONED], ids=["stream", "class", "billing"])
def test_a_busy_table_admits_protection_encryption_and_warm_throughput(
    call: Caller, job: dict[str, Any]
) -> None:
    call("CreateTable", table())
    assert update(call, **job)["TableStatus"] == "UPDATING"
    assert update(call, DeletionProtectionEnabled=True)["TableStatus"] == "UPDATING"
    assert update(call, **WARM)["TableStatus"] == "UPDATING"
    assert update(call, **ENCRYPTED)["TableStatus"] == "ACTIVE"  # the answer alone says so
    assert described(call)["TableStatus"] == "UPDATING"
    call.clock.advance(20)
    done = described(call)
    assert (done["TableStatus"], done["DeletionProtectionEnabled"]) == ("ACTIVE", True)
    assert done["WarmThroughput"] == WARM["WarmThroughput"] | {"Status": "ACTIVE"}
    assert done["SSEDescription"]["Status"] == "ENABLED"
    assert (
        "StreamSpecification" in done
        or "TableClassSummary" in done
        or (done["ProvisionedThroughput"]["ReadCapacityUnits"] == 1)
    )


def test_encryption_is_in_the_way_of_a_deletion_alone(call: Caller) -> None:
    call("CreateTable", table())
    update(call, **ENCRYPTED)
    shown = described(call)
    assert (shown["TableStatus"], shown["SSEDescription"]) == ("ACTIVE", {"Status": "UPDATING"})
    busy = in_use("Table: Music is in the process of being updated.")
    assert call.refused("DeleteTable", {"TableName": "Music"}) == busy
    assert update(call, **STREAM)["TableStatus"] == "UPDATING"
    call.clock.advance(20)
    assert call("DeleteTable", {"TableName": "Music"})["TableDescription"]["TableStatus"] == (
        "DELETING"
    )


def test_encryption_changes_four_times_a_day_and_then_every_six_hours(call: Caller) -> None:
    call("CreateTable", table())
    for _ in range(2):
        for enabled in (True, False):
            update(call, SSESpecification={"Enabled": enabled})
            call.clock.advance(20)
    message = (
        "Subscriber limit exceeded: Encryption mode changes are limited in the 24h window ending at "
        "2026-09-22T14:13:20.000Z. After the first 4 change, each subsequent change in the same "
        "window can be performed at most once every 21600 seconds. Number of updates today: 4. "
        "Last change at 2026-09-21T14:14:20.000Z. "
        "Next changes can be made at 2026-09-21T20:14:20.000Z."
    )
    assert refused(call, **ENCRYPTED) == (400, "LimitExceededException", message)
    call.clock.advance(hours=6)
    update(call, **ENCRYPTED)


def test_the_last_of_two_warm_throughputs_wins(call: Caller) -> None:
    call("CreateTable", table())
    update(call, **WARM)
    call.clock.advance(1)
    more = {"ReadUnitsPerSecond": 14000, "WriteUnitsPerSecond": 6000}
    assert update(call, WarmThroughput=more)["WarmThroughput"]["Status"] == "UPDATING"
    call.clock.advance(20)
    assert described(call)["WarmThroughput"] == more | {"Status": "ACTIVE"}


@pytest.mark.parametrize("again", [{"BillingMode": "PAY_PER_REQUEST"}, {"TableClass": "STANDARD"}])
def test_a_repeated_setting_is_answered_as_updating_but_changes_nothing(
    call: Caller, again: dict[str, Any]
) -> None:
    call("CreateTable", table())
    before = described(call)
    assert update(call, **again)["TableStatus"] == "UPDATING"
    assert described(call) == before


def test_a_change_back_to_on_demand_is_lost_while_a_table_becomes_provisioned(
    call: Caller,
) -> None:
    call("CreateTable", table())
    update(call, **TO_PROVISIONED)
    assert update(call, BillingMode="PAY_PER_REQUEST")["TableStatus"] == "UPDATING"
    call.clock.advance(20)
    assert described(call)["BillingModeSummary"]["BillingMode"] == "PROVISIONED"


def test_an_index_that_is_being_deleted_keeps_the_throughput_of_its_table(call: Caller) -> None:
    by_genre = index("by_genre", "genre", ProvisionedThroughput=units(1, 1))
    request = provisioned(
        1,
        1,
        AttributeDefinitions=definitions("artist:S", "genre:S"),
        GlobalSecondaryIndexes=[by_genre],
    )
    call("CreateTable", request)
    update(call, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by_genre"}}])
    busy = in_use(
        "Can't change table IOPS when an index is being deleted. Table: Music Indexes: [by_genre]"
    )
    assert refused(call, BillingMode="PAY_PER_REQUEST") == busy
    assert refused(call, ProvisionedThroughput=units(2, 2)) == busy
    change = {"IndexName": "by_genre", "ProvisionedThroughput": units(2, 2)}
    assert refused(
        call, ProvisionedThroughput=units(2, 2), GlobalSecondaryIndexUpdates=[{"Update": change}]
    ) == in_use("Index is being deleted. Table: Music Index: by_genre")
    create = {
        "AttributeDefinitions": definitions("genre:S"),
        "GlobalSecondaryIndexUpdates": [{"Create": by_genre}],
    }
    assert refused(call, **create) == in_use("Index is being deleted. Table: Music Index: by_genre")
    assert update(call, DeletionProtectionEnabled=True)["TableStatus"] == "UPDATING"
