"""UpdateTable: throughput, billing, streams and the rest, by the clock."""

from __future__ import annotations

from typing import Any

import pytest

from ddbmock.settings import Settings
from tests.behaviour.calling import START, Caller
from tests.behaviour.v20120810.requests import (
    ARN,
    definitions,
    index,
    provisioned,
    table,
    units,
)
from tests.behaviour.v20120810.table_updates import (
    NO_UNITS,
    add_index,
    described,
    in_use,
    refused,
    stream,
    update,
)

KMS = {"SSEType": "KMS"}
MANAGED_KEY = "key/d8b918d0-972b-5517-b24e-1146162aa5a8"


@pytest.fixture
def settings() -> Settings:
    return Settings(delay_updating=20, delay_index=40)


class TestThroughput:
    """Provisioned units, and what they leave behind."""

    def test_new_units_hold_when_the_table_is_active_again(self, call: Caller) -> None:
        call("CreateTable", provisioned(5, 5))
        updating = update(call, ProvisionedThroughput=units(9, 2))
        assert updating["TableStatus"] == "UPDATING"
        assert updating["ProvisionedThroughput"] == units(5, 5) | {
            "NumberOfDecreasesToday": 0,
            "LastIncreaseDateTime": START,
            "LastDecreaseDateTime": START,
        }
        call.clock.advance(20)
        active = described(call)
        assert active["TableStatus"] == "ACTIVE"
        assert active["ProvisionedThroughput"] == units(9, 2) | {
            "NumberOfDecreasesToday": 1,
            "LastIncreaseDateTime": START,
            "LastDecreaseDateTime": START,
        }
        assert active["WarmThroughput"] == {
            "ReadUnitsPerSecond": 9,
            "WriteUnitsPerSecond": 5,
            "Status": "ACTIVE",
        }

    def test_items_are_served_while_the_table_is_updating(self, call: Caller) -> None:
        call("CreateTable", provisioned(5, 5))
        update(call, ProvisionedThroughput=units(9, 9))
        request = {"TableName": "Music", "Item": {"artist": {"S": "Can"}}}
        assert call("PutItem", request) == {}

    def test_a_fifth_decrease_of_a_day_waits_for_an_hour(self, call: Caller) -> None:
        call("CreateTable", provisioned(9, 9))
        for number in range(4):
            update(call, ProvisionedThroughput=units(8 - number, 9))
            call.clock.advance(20)
        limit = (
            "Subscriber limit exceeded: Provisioned throughput decreases are limited within a "
            "given UTC day. After the first 4 decreases, each subsequent decrease in the same UTC "
            "day can be performed at most once every 3600 seconds. Number of decreases today: 4. "
            "Last decrease at Monday, September 21, 2026 2:14:20 PM UTC. "
            "Next decrease can be made at Monday, September 21, 2026 3:14:20 PM UTC"
        )
        assert refused(call, ProvisionedThroughput=units(1, 9)) == (
            400,
            "LimitExceededException",
            limit,
        )
        update(call, ProvisionedThroughput=units(5, 99))
        call.clock.advance(hours=1)
        update(call, ProvisionedThroughput=units(4, 99))
        call.clock.advance(20)
        assert described(call)["ProvisionedThroughput"]["NumberOfDecreasesToday"] == 5

    def test_decreases_are_counted_anew_each_utc_day(self, call: Caller) -> None:
        call("CreateTable", provisioned(9, 9))
        update(call, ProvisionedThroughput=units(8, 8))
        call.clock.advance(hours=9, minutes=46)
        assert described(call)["ProvisionedThroughput"]["NumberOfDecreasesToday"] == 1
        call.clock.advance(minutes=1)
        assert described(call)["ProvisionedThroughput"]["NumberOfDecreasesToday"] == 0
        update(call, ProvisionedThroughput=units(7, 7))
        call.clock.advance(20)
        assert described(call)["ProvisionedThroughput"]["NumberOfDecreasesToday"] == 1

    def test_an_index_has_throughput_of_its_own(self, call: Caller) -> None:
        call(
            "CreateTable",
            provisioned(
                5,
                5,
                AttributeDefinitions=definitions("artist:S", "genre:S"),
                GlobalSecondaryIndexes=[
                    index("by_genre", "genre", ProvisionedThroughput=units(3, 3))
                ],
            ),
        )
        change = {"IndexName": "by_genre", "ProvisionedThroughput": units(1, 4)}
        updating = update(call, GlobalSecondaryIndexUpdates=[{"Update": change}])
        (shown,) = updating["GlobalSecondaryIndexes"]
        assert (updating["TableStatus"], shown["IndexStatus"]) == ("ACTIVE", "UPDATING")
        assert shown["ProvisionedThroughput"] == NO_UNITS | units(3, 3)
        call.clock.advance(20)
        active = described(call)
        (shown,) = active["GlobalSecondaryIndexes"]
        assert active["TableStatus"] == shown["IndexStatus"] == "ACTIVE"
        assert active["ProvisionedThroughput"] == NO_UNITS | units(5, 5)
        assert shown["ProvisionedThroughput"] == units(1, 4) | {
            "NumberOfDecreasesToday": 1,
            "LastIncreaseDateTime": START,
            "LastDecreaseDateTime": START,
        }
        assert shown["WarmThroughput"] == {
            "ReadUnitsPerSecond": 3,
            "WriteUnitsPerSecond": 4,
            "Status": "ACTIVE",
        }


class TestBilling:
    """From one billing mode to the other."""

    def test_a_table_becomes_on_demand_with_its_indexes(self, call: Caller) -> None:
        call(
            "CreateTable",
            provisioned(
                20000,
                5,
                AttributeDefinitions=definitions("artist:S", "genre:S"),
                GlobalSecondaryIndexes=[
                    index("by_genre", "genre", ProvisionedThroughput=units(3, 3))
                ],
            ),
        )
        assert "BillingModeSummary" not in described(call)
        call.clock.advance(5)
        updating = update(call, BillingMode="PAY_PER_REQUEST")
        assert updating["BillingModeSummary"] == {"BillingMode": "PAY_PER_REQUEST"}
        assert updating["ProvisionedThroughput"] == NO_UNITS
        assert updating["WarmThroughput"]["ReadUnitsPerSecond"] == 20000
        assert updating["WarmThroughput"]["WriteUnitsPerSecond"] == 5
        call.clock.advance(20)
        active = described(call)
        assert active["BillingModeSummary"] == {
            "BillingMode": "PAY_PER_REQUEST",
            "LastUpdateToPayPerRequestDateTime": START + 5,
        }
        assert active["ProvisionedThroughput"] == NO_UNITS
        assert active["WarmThroughput"] == {
            "ReadUnitsPerSecond": 20000,
            "WriteUnitsPerSecond": 4000,
            "Status": "ACTIVE",
        }
        assert active["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"] == NO_UNITS

    def test_the_summary_stays_when_a_table_becomes_provisioned(self, call: Caller) -> None:
        call("CreateTable", table())
        updating = update(call, BillingMode="PROVISIONED", ProvisionedThroughput=units(5, 6))
        warm = {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"}
        assert updating["WarmThroughput"] == warm
        assert updating["ProvisionedThroughput"] == NO_UNITS | units(5, 6)
        call.clock.advance(20)
        active = described(call)
        assert active["BillingModeSummary"] == {
            "BillingMode": "PROVISIONED",
            "LastUpdateToPayPerRequestDateTime": START,
        }
        assert active["ProvisionedThroughput"] == NO_UNITS | units(5, 6)
        assert active["WarmThroughput"] == warm

    def test_a_provisioned_table_needs_units_for_its_indexes(self, call: Caller) -> None:
        call(
            "CreateTable",
            table(
                AttributeDefinitions=definitions("artist:S", "genre:S"),
                GlobalSecondaryIndexes=[index("by_genre", "genre")],
            ),
        )
        change = {"IndexName": "by_genre", "ProvisionedThroughput": units(1, 4)}
        update(
            call,
            BillingMode="PROVISIONED",
            ProvisionedThroughput=units(5, 6),
            GlobalSecondaryIndexUpdates=[{"Update": change}],
        )
        call.clock.advance(20)
        (shown,) = described(call)["GlobalSecondaryIndexes"]
        assert shown["ProvisionedThroughput"] == NO_UNITS | units(1, 4)

    def test_a_table_becomes_on_demand_four_times_a_day_at_most(self, call: Caller) -> None:
        call("CreateTable", provisioned(5, 5))
        for _ in range(4):
            update(call, BillingMode="PAY_PER_REQUEST")
            call.clock.advance(20)
            update(call, BillingMode="PROVISIONED", ProvisionedThroughput=units(5, 5))
            call.clock.advance(20)
        status, kind, message = refused(call, BillingMode="PAY_PER_REQUEST")
        assert (status, kind) == (400, "LimitExceededException")
        assert message is not None
        assert message.startswith("Subscriber limit exceeded: Update to PayPerRequest mode ")
        call.clock.advance(days=1)
        assert update(call, BillingMode="PAY_PER_REQUEST")["TableStatus"] == "UPDATING"

    def test_maximum_on_demand_throughput_is_set_and_taken_away(self, call: Caller) -> None:
        call("CreateTable", table())
        read, write = {"MaxReadRequestUnits": 10}, {"MaxWriteRequestUnits": 20}
        no_read, no_write = {"MaxReadRequestUnits": -1}, {"MaxWriteRequestUnits": -1}
        for request, answered, stays in (
            (read | write, read | write, read | write),
            ({"MaxReadRequestUnits": 11}, {"MaxReadRequestUnits": 11} | write, None),
            (no_read, no_read | write, write),
            (no_write, no_write, None),
            (no_read | no_write, no_read | no_write, None),
            (read, read, read),
        ):
            updated = update(call, OnDemandThroughput=request)
            assert (updated["TableStatus"], updated["OnDemandThroughput"]) == ("ACTIVE", answered)
            if request != {"MaxReadRequestUnits": 11}:
                assert described(call).get("OnDemandThroughput") == stays

    def test_an_index_has_a_maximum_of_its_own(self, call: Caller) -> None:
        call("CreateTable", table())
        update(call, **add_index(OnDemandThroughput={"MaxReadRequestUnits": 5}))
        call.clock.advance(60)
        (shown,) = described(call)["GlobalSecondaryIndexes"]
        assert shown["OnDemandThroughput"] == {"MaxReadRequestUnits": 5}
        change = {"IndexName": "by_genre", "OnDemandThroughput": {"MaxWriteRequestUnits": 7}}
        updating = update(call, GlobalSecondaryIndexUpdates=[{"Update": change}])
        (shown,) = updating["GlobalSecondaryIndexes"]
        assert (updating["TableStatus"], shown["IndexStatus"]) == ("ACTIVE", "UPDATING")
        assert shown["OnDemandThroughput"] == {
            "MaxReadRequestUnits": 5,
            "MaxWriteRequestUnits": 7,
        }

    def test_warm_throughput_rises_for_an_index_alone(self, call: Caller) -> None:
        call(
            "CreateTable",
            table(
                AttributeDefinitions=definitions("artist:S", "genre:S"),
                GlobalSecondaryIndexes=[index("by_genre", "genre")],
            ),
        )
        change = {"IndexName": "by_genre", "WarmThroughput": {"ReadUnitsPerSecond": 12001}}
        updating = update(call, GlobalSecondaryIndexUpdates=[{"Update": change}])
        (shown,) = updating["GlobalSecondaryIndexes"]
        assert updating["TableStatus"] == shown["IndexStatus"] == "ACTIVE"
        assert updating["WarmThroughput"]["Status"] == "ACTIVE"
        assert shown["WarmThroughput"]["Status"] == "UPDATING"
        call.clock.advance(20)
        (shown,) = described(call)["GlobalSecondaryIndexes"]
        assert shown["WarmThroughput"] == {
            "ReadUnitsPerSecond": 12001,
            "WriteUnitsPerSecond": 4000,
            "Status": "ACTIVE",
        }

    def test_warm_throughput_rises_for_table_and_index(self, call: Caller) -> None:
        call(
            "CreateTable",
            table(
                AttributeDefinitions=definitions("artist:S", "genre:S"),
                GlobalSecondaryIndexes=[index("by_genre", "genre")],
            ),
        )
        warm = {"ReadUnitsPerSecond": 13000, "WriteUnitsPerSecond": 5000}
        change = {"IndexName": "by_genre", "WarmThroughput": {"WriteUnitsPerSecond": 4001}}
        updating = update(
            call, WarmThroughput=warm, GlobalSecondaryIndexUpdates=[{"Update": change}]
        )
        # the guide's example: in no other change's way, and the old values stay for a while
        (shown,) = updating["GlobalSecondaryIndexes"]
        assert updating["TableStatus"] == shown["IndexStatus"] == "ACTIVE"
        old = {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000, "Status": "UPDATING"}
        assert updating["WarmThroughput"] == shown["WarmThroughput"] == old
        call.clock.advance(5)
        update(call, DeletionProtectionEnabled=False)
        call.clock.advance(15)
        active = described(call)
        assert active["WarmThroughput"] == warm | {"Status": "ACTIVE"}
        assert active["GlobalSecondaryIndexes"][0]["WarmThroughput"] == {
            "ReadUnitsPerSecond": 12000,
            "WriteUnitsPerSecond": 4001,
            "Status": "ACTIVE",
        }


class TestTheRest:
    """Streams, encryption, table class and protection."""

    def test_a_stream_is_enabled_disabled_and_enabled_anew(self, call: Caller) -> None:
        call("CreateTable", table())
        enabled = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
        updating = update(call, StreamSpecification=enabled)
        first = "2026-09-21T14:13:20.000"
        assert stream(updating) == (enabled, first, f"{ARN}/stream/{first}")
        call.clock.advance(20)
        assert stream(described(call)) == (enabled, first, f"{ARN}/stream/{first}")
        update(call, StreamSpecification={"StreamEnabled": False})
        call.clock.advance(20)
        assert stream(described(call)) == (None, first, f"{ARN}/stream/{first}")
        update(call, StreamSpecification=enabled)
        second = "2026-09-21T14:14:00.000"
        assert stream(described(call)) == (enabled, second, f"{ARN}/stream/{second}")

    def test_a_stream_is_not_changed_while_it_is_changing(self, call: Caller) -> None:
        call("CreateTable", table())
        enabled = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
        update(call, StreamSpecification=enabled)
        assert refused(call, StreamSpecification={"StreamEnabled": False}) == in_use(
            "A stream status change is currently in progress. Table: Music "
            "Stream: 2026-09-21T14:13:20.000 Operation: ENABLE"
        )
        assert call.refused("DeleteTable", {"TableName": "Music"}) == in_use(
            "Cannot delete table while stream is being enabled/disabled."
        )
        call.clock.advance(20)
        update(call, StreamSpecification={"StreamEnabled": False})
        assert refused(call, StreamSpecification=enabled) == in_use(
            "A stream status change is currently in progress. Table: Music "
            "Stream: 2026-09-21T14:13:20.000 Operation: DISABLE"
        )

    def test_throughput_is_not_changed_while_it_is_changing(self, call: Caller) -> None:
        call("CreateTable", provisioned(5, 5))
        update(call, ProvisionedThroughput=units(6, 6))
        assert refused(call, ProvisionedThroughput=units(7, 7)) == in_use(
            "Table IOPS are currently being updated. Table: Music"
        )
        assert call.refused("DeleteTable", {"TableName": "Music"}) == in_use(
            "Table: Music is in the process of being updated."
        )

    def test_protection_is_needed_to_be_taken_away(self, call: Caller) -> None:
        call("CreateTable", table())
        updated = update(call, DeletionProtectionEnabled=True)
        assert (updated["TableStatus"], updated["DeletionProtectionEnabled"]) == ("ACTIVE", True)
        assert call.refused("DeleteTable", {"TableName": "Music"}) == (
            400,
            "ValidationException",
            "Resource cannot be deleted as it is currently protected against deletion. "
            "Disable deletion protection first.",
        )
        update(call, DeletionProtectionEnabled=False)
        assert call("DeleteTable", {"TableName": "Music"})["TableDescription"]["TableStatus"] == (
            "DELETING"
        )

    def test_encryption_with_a_key_is_set_and_taken_away(self, call: Caller) -> None:
        call("CreateTable", table())
        key = "arn:aws:kms:us-east-1:123456789012:key/1234"
        kms = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
        shown = {"SSEType": "KMS", "KMSMasterKeyArn": key}
        updating = update(call, SSESpecification=kms)
        assert updating["TableStatus"] == "ACTIVE"
        assert updating["SSEDescription"] == {"Status": "UPDATING"}
        call.clock.advance(20)
        assert described(call)["SSEDescription"] == shown | {"Status": "ENABLED"}
        other = update(call, SSESpecification={"Enabled": True})
        assert other["SSEDescription"] == shown | {"Status": "UPDATING"}
        call.clock.advance(20)
        update(call, SSESpecification=kms)
        call.clock.advance(20)
        updating = update(call, SSESpecification={"Enabled": False})
        assert updating["SSEDescription"] == shown | {"Status": "UPDATING"}
        call.clock.advance(20)
        assert "SSEDescription" not in described(call)

    @pytest.mark.parametrize(
        ("specification", "key"),
        [
            (KMS | {"KMSMasterKeyId": "alias/mine"}, "key/4cdd48ed-4663-5ed1-92f1-0fefdf0d5f39"),
            (KMS | {"KMSMasterKeyId": "1234"}, "key/1234"),
            (KMS | {"KMSMasterKeyId": "alias/aws/dynamodb"}, MANAGED_KEY),
            (KMS, MANAGED_KEY),
            ({"Enabled": True}, MANAGED_KEY),
        ],
    )
    def test_a_key_can_be_named_in_several_ways(
        self, call: Caller, specification: dict[str, Any], key: str
    ) -> None:
        call("CreateTable", table(SSESpecification=specification))
        arn = described(call)["SSEDescription"]["KMSMasterKeyArn"]
        assert arn == f"arn:aws:kms:us-east-1:123456789012:{key}"

    @pytest.mark.parametrize(
        ("specification", "message"),
        [
            (
                {"Enabled": False, "KMSMasterKeyId": "1"},
                "KMSMasterKeyId can not be specified if Enabled is false",
            ),
            ({"Enabled": True, "SSEType": "AES256"}, "SSEType AES256 is not supported"),
        ],
    )
    def test_encryption_that_cannot_be_is_refused(
        self, call: Caller, specification: dict[str, Any], message: str
    ) -> None:
        assert call.refused("CreateTable", table(SSESpecification=specification)) == (
            400,
            "ValidationException",
            f"One or more parameter values were invalid: {message}",
        )

    def test_the_table_class_changes_twice_a_month_at_most(self, call: Caller) -> None:
        call("CreateTable", table())
        update(call, TableClass="STANDARD")
        call.clock.advance(20)
        assert "TableClassSummary" not in described(call)
        for name in ("STANDARD_INFREQUENT_ACCESS", "STANDARD"):
            update(call, TableClass=name)
            call.clock.advance(20)
            assert described(call)["TableClassSummary"]["TableClass"] == name
        assert described(call)["TableClassSummary"]["LastUpdateDateTime"] == START + 40
        assert refused(call, TableClass="STANDARD_INFREQUENT_ACCESS") == (
            400,
            "LimitExceededException",
            "Subscriber limit exceeded: Updates to TableClass are limited to 2 times in 30 day(s).",
        )
        call.clock.advance(days=30)
        update(call, TableClass="STANDARD_INFREQUENT_ACCESS")


class TestWithoutLimits:
    """What the setting lifts."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(limits="none")

    def test_throughput_and_billing_change_as_often_as_wanted(self, call: Caller) -> None:
        call("CreateTable", provisioned(99, 99))
        for number in range(10):
            update(call, ProvisionedThroughput=units(90 - number, 90))
        for _ in range(5):
            update(call, BillingMode="PAY_PER_REQUEST")
            update(call, BillingMode="PROVISIONED", ProvisionedThroughput=units(5, 5))
        for name in ("STANDARD_INFREQUENT_ACCESS", "STANDARD") * 2:
            update(call, TableClass=name)
        assert described(call)["ProvisionedThroughput"]["ReadCapacityUnits"] == 5

    def test_a_stream_that_is_enabled_anew_at_once_has_another_name(self, call: Caller) -> None:
        enabled = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
        call("CreateTable", table(StreamSpecification=enabled))
        update(call, StreamSpecification={"StreamEnabled": False})
        update(call, StreamSpecification=enabled)
        assert described(call)["LatestStreamLabel"] == "2026-09-21T14:13:20.001"

    def test_indexes_can_be_added_without_end(self, call: Caller) -> None:
        call("CreateTable", table())
        for number in range(21):
            update(call, **add_index(f"idx{number}"))
        assert len(described(call)["GlobalSecondaryIndexes"]) == 21
