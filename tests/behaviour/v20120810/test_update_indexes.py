"""UpdateTable: global indexes that are created, filled and deleted by the clock."""

from __future__ import annotations

from typing import Any

import pytest

from ddbmock.settings import Settings
from tests.behaviour.calling import Caller
from tests.behaviour.v20120810.requests import (
    definitions,
    index,
    provisioned,
    table,
    units,
)
from tests.behaviour.v20120810.table_updates import (
    add_index,
    counted,
    described,
    drop_index,
    in_use,
    item,
    phase,
    refused,
    update,
)


@pytest.fixture
def settings() -> Settings:
    return Settings(delay_updating=20, delay_index=40)


class TestIndexes:
    """Global indexes that come and go."""

    def test_a_new_index_is_created_then_filled_then_active(self, call: Caller) -> None:
        call("CreateTable", table())
        call("PutItem", {"TableName": "Music", "Item": item("Can", genre={"S": "kraut"})})
        updating = update(call, **add_index())
        assert updating["TableStatus"] == "UPDATING"
        assert updating["AttributeDefinitions"] == definitions("artist:S", "genre:S")
        assert phase(updating) == ("CREATING", False)
        call.clock.advance(20)
        filling = described(call)
        assert filling["TableStatus"] == "ACTIVE"
        assert phase(filling) == ("CREATING", True)
        assert call.refused("Scan", {"TableName": "Music", "IndexName": "by_genre"}) == (
            400,
            "ValidationException",
            "Cannot read from backfilling global secondary index: by_genre",
        )
        call.clock.advance(40)
        assert phase(described(call)) == ("ACTIVE", None)
        assert call("Scan", {"TableName": "Music", "IndexName": "by_genre"})["Items"] == [
            item("Can", genre={"S": "kraut"})
        ]

    def test_what_is_written_while_an_index_is_filled_is_in_it(self, call: Caller) -> None:
        call("CreateTable", table())
        update(call, **add_index())
        call("PutItem", {"TableName": "Music", "Item": item("Can", genre={"S": "kraut"})})
        call.clock.advance(20)
        call("PutItem", {"TableName": "Music", "Item": item("Faust", genre={"S": "kraut"})})
        call("DeleteItem", {"TableName": "Music", "Key": item("Can")})
        call.clock.advance(40)
        assert call("Scan", {"TableName": "Music", "IndexName": "by_genre"})["Items"] == [
            item("Faust", genre={"S": "kraut"})
        ]

    @pytest.mark.parametrize(
        "genre", [{"N": "1"}, {"S": ""}, {"S": "x" * 2049}, {"L": []}, {"NULL": True}]
    )
    def test_items_that_do_not_fit_a_new_index_stay_outside(self, call: Caller, genre: Any) -> None:
        call("CreateTable", table())
        call("PutItem", {"TableName": "Music", "Item": item("Can", genre=genre)})
        update(call, **add_index())
        call.clock.advance(60)
        assert counted(call) == (1, 0)
        update_item = {
            "TableName": "Music",
            "Key": item("Can"),
            "UpdateExpression": "SET born = :b",
            "ExpressionAttributeValues": {":b": {"N": "1968"}},
        }
        assert call.refused("UpdateItem", update_item)[1] == "ValidationException"
        assert counted(call) == (1, 0)
        call("DeleteItem", {"TableName": "Music", "Key": item("Can")})
        assert counted(call) == (0, 0)

    def test_an_index_is_deleted_with_the_definitions_it_needed(self, call: Caller) -> None:
        request = table(
            AttributeDefinitions=definitions("artist:S", "genre:S", "born:N"),
            GlobalSecondaryIndexes=[
                index("by_genre", "genre", "born"),
                index("by_born", "born"),
            ],
        )
        call("CreateTable", request)
        call(
            "PutItem",
            {"TableName": "Music", "Item": item("Can", genre={"S": "k"}, born={"N": "1"})},
        )
        updating = update(call, **drop_index())
        assert [shown["IndexStatus"] for shown in updating["GlobalSecondaryIndexes"]] == [
            "DELETING",
            "ACTIVE",
        ]
        assert updating["AttributeDefinitions"] == definitions("artist:S", "born:N", "genre:S")
        assert call.refused("Scan", {"TableName": "Music", "IndexName": "by_genre"}) == (
            400,
            "ValidationException",
            "The table does not have the specified index: by_genre",
        )
        # its type no longer binds
        call("PutItem", {"TableName": "Music", "Item": item("Can", genre={"N": "1"})})
        call.clock.advance(20)
        active = described(call)
        assert [shown["IndexName"] for shown in active["GlobalSecondaryIndexes"]] == ["by_born"]
        assert active["AttributeDefinitions"] == definitions("artist:S", "born:N")

    def test_an_index_of_a_deleted_ones_name_begins_anew(self, call: Caller) -> None:
        call("CreateTable", table())
        call("PutItem", {"TableName": "Music", "Item": item("Can", genre={"S": "k"})})
        update(call, **add_index())
        call.clock.advance(60)
        update(call, **drop_index())
        call("DeleteItem", {"TableName": "Music", "Key": item("Can")})
        call("PutItem", {"TableName": "Music", "Item": item("Faust", genre={"S": "k"})})
        call.clock.advance(20)
        assert "GlobalSecondaryIndexes" not in described(call)
        update(call, **add_index())
        call.clock.advance(60)
        assert call("Scan", {"TableName": "Music", "IndexName": "by_genre"})["Items"] == [
            item("Faust", genre={"S": "k"})
        ]
        assert counted(call) == (1, 1)

    def test_one_index_is_created_at_a_time(self, call: Caller) -> None:
        call("CreateTable", table())
        update(call, **add_index())
        one_at_a_time = (
            400,
            "LimitExceededException",
            "Subscriber limit exceeded: Only 1 online index can be created or deleted "
            "simultaneously per table",
        )
        for seconds in (20, 40):
            assert refused(call, **add_index("by_label", "label")) == one_at_a_time
            call.clock.advance(seconds)
        assert update(call, **add_index("by_label", "label"))["TableStatus"] == "UPDATING"

    def test_an_index_can_be_deleted_when_it_is_filled_not_before(self, call: Caller) -> None:
        call("CreateTable", table())
        update(call, **add_index())
        assert refused(call, **drop_index()) == in_use(
            "Index creation is in resource allocation phase. Retry deletion during backfilling "
            "phase or when the index is active. Table: Music Index: by_genre"
        )
        assert call.refused("DeleteTable", {"TableName": "Music"}) == in_use(
            "Cannot delete table while indexes are being created, updated, or deleted."
        )
        call.clock.advance(20)
        assert phase(update(call, **drop_index())) == ("DELETING", None)
        assert refused(call, **drop_index()) == in_use(
            "Index is being deleted. Table: Music Index: by_genre"
        )
        call.clock.advance(20)
        assert "GlobalSecondaryIndexes" not in described(call)
        call.clock.advance(40)
        assert "GlobalSecondaryIndexes" not in described(call)

    def test_an_index_that_is_filled_cannot_be_updated(self, call: Caller) -> None:
        call("CreateTable", table())
        update(call, **add_index())
        call.clock.advance(20)
        change = {"IndexName": "by_genre", "OnDemandThroughput": {"MaxReadRequestUnits": 5}}
        assert refused(call, GlobalSecondaryIndexUpdates=[{"Update": change}]) == in_use(
            "Index is being created. Table: Music Index: by_genre"
        )

    def test_another_change_does_not_disturb_the_filling(self, call: Caller) -> None:
        call("CreateTable", table())
        update(call, **add_index())
        call.clock.advance(20)
        updating = update(call, DeletionProtectionEnabled=True)
        assert (updating["TableStatus"], phase(updating)) == ("ACTIVE", ("CREATING", True))
        call.clock.advance(20)
        shown = described(call)
        assert (shown["TableStatus"], phase(shown)) == ("ACTIVE", ("CREATING", True))
        call.clock.advance(20)
        shown = described(call)
        assert (shown["TableStatus"], phase(shown)) == ("ACTIVE", ("ACTIVE", None))
        assert shown["DeletionProtectionEnabled"] is True

    def test_an_index_cannot_be_changed_twice_at_once(self, call: Caller) -> None:
        request = provisioned(
            5,
            5,
            AttributeDefinitions=definitions("artist:S", "genre:S"),
            GlobalSecondaryIndexes=[index("by_genre", "genre", ProvisionedThroughput=units(3, 3))],
        )
        call("CreateTable", request)
        change = {"IndexName": "by_genre", "ProvisionedThroughput": units(4, 4)}
        update(call, GlobalSecondaryIndexUpdates=[{"Update": change}])
        assert refused(call, **drop_index()) == in_use(
            "Index is being updated. Table: Music Index: by_genre"
        )
        assert refused(call, GlobalSecondaryIndexUpdates=[{"Update": change}]) == in_use(
            "Index is being updated. Table: Music Index: by_genre"
        )

    def test_definitions_that_nobody_needs_are_ignored(self, call: Caller) -> None:
        call("CreateTable", table())
        request = add_index()
        request["AttributeDefinitions"] += definitions("never:B")
        assert update(call, **request)["AttributeDefinitions"] == definitions("artist:S", "genre:S")
