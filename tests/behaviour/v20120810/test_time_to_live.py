"""UpdateTimeToLive, DescribeTimeToLive, and the end of items."""

from __future__ import annotations

from typing import Any

import pytest

from ddbmock.database import DynamoDB
from ddbmock.settings import Settings
from tests.behaviour.calling import START, Caller
from tests.behaviour.v20120810.requests import definitions, index, keys, table

NOW = int(START)
DAY = 86400


def set_ttl(call: Caller, *, enabled: bool = True, name: str = "ends") -> dict[str, Any]:
    specification = {"AttributeName": name, "Enabled": enabled}
    return call(
        "UpdateTimeToLive", {"TableName": "Music", "TimeToLiveSpecification": specification}
    )


def status(call: Caller) -> dict[str, Any]:
    answer = call("DescribeTimeToLive", {"TableName": "Music"})
    assert list(answer) == ["TimeToLiveDescription"]
    description: dict[str, Any] = answer["TimeToLiveDescription"]
    return description


def put(call: Caller, artist: str, ends: Any = None) -> None:
    """Put an item; `ends` is seconds, or an attribute value of any kind."""
    item = {"artist": {"S": artist}}
    if ends is not None:
        item["ends"] = ends if isinstance(ends, dict) else {"N": str(ends)}
    call("PutItem", {"TableName": "Music", "Item": item})


def artists(call: Caller, **members: Any) -> set[str]:
    """Who is in the table."""
    items = call("Scan", {"TableName": "Music", **members})["Items"]
    return {item["artist"]["S"] for item in items}


class TestStatus:
    """What DescribeTimeToLive says, by the clock."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(delay_creating=10, delay_updating=20, delay_deleting=30)

    def test_it_is_enabled_and_disabled_by_the_clock(self, call: Caller) -> None:
        call("CreateTable", table())
        call.clock.advance(10)
        assert status(call) == {"TimeToLiveStatus": "DISABLED"}
        specification = {"AttributeName": "ends", "Enabled": True}
        assert set_ttl(call) == {"TimeToLiveSpecification": specification}
        assert status(call) == {"TimeToLiveStatus": "ENABLING", "AttributeName": "ends"}
        call.clock.advance(20)
        assert status(call) == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ends"}
        call.clock.advance(hours=1)
        specification = {"AttributeName": "ends", "Enabled": False}
        assert set_ttl(call, enabled=False) == {"TimeToLiveSpecification": specification}
        assert status(call) == {"TimeToLiveStatus": "DISABLING", "AttributeName": "ends"}
        call.clock.advance(20)
        assert status(call) == {"TimeToLiveStatus": "DISABLED"}

    def test_a_table_that_is_on_its_way_has_none(self, call: Caller) -> None:
        call("CreateTable", table())
        assert call.refused("DescribeTimeToLive", {"TableName": "Music"}) == (
            400,
            "ValidationException",
            "Cannot describe time to live while table is in CREATING state: "
            "Current table state is CREATING",
        )
        request = {
            "TableName": "Music",
            "TimeToLiveSpecification": {"AttributeName": "ends", "Enabled": True},
        }
        assert call.refused("UpdateTimeToLive", request) == (
            400,
            "ResourceInUseException",
            "Attempt to change a resource which is still in use: Table Music is being created",
        )

    def test_it_is_not_changed_twice_within_half_an_hour(self, call: Caller) -> None:
        call("CreateTable", table())
        call.clock.advance(10)
        set_ttl(call)
        request = {
            "TableName": "Music",
            "TimeToLiveSpecification": {"AttributeName": "ends", "Enabled": False},
        }
        call.clock.advance(minutes=29)
        assert call.refused("UpdateTimeToLive", request) == (
            400,
            "ValidationException",
            "Time to live has been modified multiple times within a fixed interval",
        )
        call.clock.advance(minutes=1)
        set_ttl(call, enabled=False)
        call.clock.advance(minutes=30)
        set_ttl(call, name="other")
        assert status(call) == {"TimeToLiveStatus": "ENABLING", "AttributeName": "other"}

    def test_a_table_that_is_deleted_does_not_change(self, call: Caller) -> None:
        call("CreateTable", table())
        call.clock.advance(10)
        call("DeleteTable", {"TableName": "Music"})
        request = {
            "TableName": "Music",
            "TimeToLiveSpecification": {"AttributeName": "ends", "Enabled": True},
        }
        assert call.refused("UpdateTimeToLive", request) == (
            400,
            "ResourceInUseException",
            "Attempt to change a resource which is still in use: Table is being deleted: Music",
        )


class TestAsOnAws:
    """An expired item stays readable for a while, then goes."""

    def test_an_expired_item_is_readable_for_two_days(self, call: Caller) -> None:
        call("CreateTable", table())
        set_ttl(call)
        put(call, "Can", NOW + 60)
        put(call, "Faust", NOW + 61)
        put(call, "Neu!")
        call.clock.advance(60 + 2 * DAY - 1)
        assert artists(call) == {"Can", "Faust", "Neu!"}
        call.clock.advance(1)
        assert artists(call) == {"Faust", "Neu!"}
        call.clock.advance(1)
        assert artists(call) == {"Neu!"}

    def test_an_expired_item_can_be_saved(self, call: Caller) -> None:
        call("CreateTable", table())
        set_ttl(call)
        put(call, "Can", NOW + 60)
        call.clock.advance(DAY)
        put(call, "Can", NOW + 9 * DAY)
        call.clock.advance(8 * DAY)
        assert artists(call) == {"Can"}
        call.clock.advance(3 * DAY)
        assert artists(call) == set()


class TestPrompt:
    """An item goes at the very second."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(ttl="prompt")

    def test_an_item_goes_when_its_time_has_come(self, call: Caller) -> None:
        call("CreateTable", table())
        set_ttl(call)
        put(call, "Can", NOW + 60)
        call.clock.advance(59.5)
        assert artists(call) == {"Can"}
        call.clock.advance(0.5)
        assert artists(call) == set()

    def test_an_item_whose_time_is_over_goes_though_the_clock_stands(self, call: Caller) -> None:
        call("CreateTable", table())
        set_ttl(call)
        put(call, "Can", NOW - 5)
        assert artists(call) == set()
        put(call, "Faust", NOW)
        assert artists(call) == set()

    def test_items_that_were_there_before_expire_too(self, call: Caller) -> None:
        call("CreateTable", table())
        put(call, "Can", NOW + 60)
        put(call, "Faust", NOW - 60)
        set_ttl(call)
        assert artists(call) == {"Can"}
        call.clock.advance(60)
        assert artists(call) == set()

    def test_nothing_expires_once_it_is_disabled(self, call: Caller) -> None:
        call("CreateTable", table())
        set_ttl(call)
        put(call, "Can", NOW + DAY)
        call.clock.advance(hours=1)
        set_ttl(call, enabled=False)
        put(call, "Faust", NOW + 60)
        call.clock.advance(days=2)
        assert artists(call) == {"Can", "Faust"}

    @pytest.mark.parametrize("ends", [NOW + 30.9, "1.79000003E9", "00001790000030"])
    def test_any_number_tells_the_time(self, call: Caller, ends: Any) -> None:
        call("CreateTable", table())
        set_ttl(call)
        put(call, "Can", ends)
        call.clock.advance(29)
        assert artists(call) == {"Can"}
        call.clock.advance(1)
        assert artists(call) == set()

    @pytest.mark.parametrize(
        "ends",
        [{"S": str(NOW)}, {"L": [{"N": "1"}]}, {"NULL": True}, 0, -5, NOW - 5 * 366 * DAY, "1e99"],
    )
    def test_what_is_no_time_of_the_last_five_years_is_ignored(
        self, call: Caller, ends: Any
    ) -> None:
        call("CreateTable", table())
        set_ttl(call)
        put(call, "Can", ends)
        call.clock.advance(days=1)
        assert artists(call) == {"Can"}

    def test_a_clock_that_leaps_ten_years_ends_items_all_the_same(self, call: Caller) -> None:
        call("CreateTable", table())
        set_ttl(call)
        put(call, "Can", NOW + 60)
        call.clock.advance(days=3650)
        assert artists(call) == set()

    def test_an_update_changes_when_an_item_ends(self, call: Caller) -> None:
        call("CreateTable", table())
        set_ttl(call)
        put(call, "Can", NOW + 60)
        put(call, "Faust", NOW + 60)
        for artist, expression in (("Can", "SET ends = :t"), ("Faust", "REMOVE ends")):
            request = {
                "TableName": "Music",
                "Key": {"artist": {"S": artist}},
                "UpdateExpression": expression,
            }
            if ":t" in expression:
                request["ExpressionAttributeValues"] = {":t": {"N": str(NOW + 90)}}
            call("UpdateItem", request)
        call.clock.advance(60)
        assert artists(call) == {"Can", "Faust"}
        call.clock.advance(30)
        assert artists(call) == {"Faust"}

    def test_an_expired_item_leaves_its_indexes_and_counts(self, call: Caller) -> None:
        call(
            "CreateTable",
            table(
                AttributeDefinitions=definitions("artist:S", "ends:N"),
                KeySchema=keys("artist", "ends"),
                GlobalSecondaryIndexes=[index("by_end", "ends")],
                LocalSecondaryIndexes=[index("local", "artist", "ends")],
            ),
        )
        set_ttl(call)
        put(call, "Can", NOW + 60)
        put(call, "Faust", NOW + 90)
        call.clock.advance(60)
        assert artists(call, IndexName="by_end") == {"Faust"}
        assert artists(call, IndexName="local") == {"Faust"}
        described = call("DescribeTable", {"TableName": "Music"})["Table"]
        (by_end,) = described["GlobalSecondaryIndexes"]
        assert (described["ItemCount"], by_end["ItemCount"]) == (1, 1)

    def test_more_items_than_one_transaction_takes_go_at_once(
        self, call: Caller, dynamodb: DynamoDB, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ddbmock.database.data_plane.expiry.BATCH", 3)
        call("CreateTable", table())
        set_ttl(call)
        for number in range(10):
            put(call, f"artist {number}", NOW + 60)
        call.clock.advance(60)
        assert artists(call) == set()

    def test_an_entry_of_a_table_that_is_gone_is_harmless(
        self, call: Caller, dynamodb: DynamoDB
    ) -> None:
        call("CreateTable", table())
        put(call, "Can", NOW + 60)
        with dynamodb.storage.write() as writer:
            for name in (b"\0Music", b"\0Nowhere"):
                key = (NOW + 5).to_bytes(8, "big") + b"another id\0" + name
                writer.put("time_to_live", key, name)
        call.clock.advance(10)
        assert artists(call) == {"Can"}
        with dynamodb.storage.read() as reader:
            assert list(reader.range("time_to_live")) == []


class TestEachItsOwn:
    """Callers with databases of their own."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(databases="each", ttl="prompt")

    def test_items_end_in_a_callers_own_database(self, call: Caller) -> None:
        call("CreateTable", table())
        set_ttl(call)
        put(call, "Can", NOW + 60)
        call.clock.advance(60)
        assert artists(call) == set()
