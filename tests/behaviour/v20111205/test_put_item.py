"""PutItem and DeleteItem of the first API."""

from __future__ import annotations

import pytest

from ddbmock.settings import Settings
from tests.behaviour.calling import Caller
from tests.behaviour.v20111205.requests import Json, b, create, get, key, n, put, s

MAX = 65536


class TestPutItem:
    def test_a_new_item_answers_units_only(self, call: Caller, simple: str) -> None:
        request = {"TableName": simple, "Item": {"id": s("a"), "x": n(1)}}
        assert call("PutItem", request) == {"ConsumedCapacityUnits": 1.0}
        assert get(call, simple, key(s("a"))) == {"id": s("a"), "x": n(1)}

    def test_an_item_is_replaced_whole(self, call: Caller, simple: str) -> None:
        put(call, simple, id=s("a"), x=n(1), y=n(2))
        put(call, simple, id=s("a"), x=n(3))
        assert get(call, simple, key(s("a"))) == {"id": s("a"), "x": n(3)}

    @pytest.mark.parametrize("returned", [{}, {"ReturnValues": "NONE"}])
    def test_the_replaced_item_is_not_returned_unasked(
        self, call: Caller, simple: str, returned: Json
    ) -> None:
        put(call, simple, id=s("a"), x=n(1))
        request = {"TableName": simple, "Item": {"id": s("a")}, **returned}
        assert call("PutItem", request) == {"ConsumedCapacityUnits": 1.0}

    def test_all_old_returns_the_replaced_item(self, call: Caller, simple: str) -> None:
        put(call, simple, id=s("a"), x=n(1))
        request = {"TableName": simple, "Item": {"id": s("a")}, "ReturnValues": "ALL_OLD"}
        assert call("PutItem", request) == {
            "Attributes": {"id": s("a"), "x": n(1)},
            "ConsumedCapacityUnits": 1.0,
        }

    def test_all_old_returns_nothing_of_a_new_item(self, call: Caller, simple: str) -> None:
        request = {"TableName": simple, "Item": {"id": s("a")}, "ReturnValues": "ALL_OLD"}
        assert call("PutItem", request) == {"ConsumedCapacityUnits": 1.0}

    def test_items_with_other_keys_are_others(self, call: Caller, ranged: str) -> None:
        for number in (1, 2):
            put(call, ranged, id=s("a"), at=n(number), x=n(number))
        put(call, ranged, id=s("b"), at=n(1), x=n(3))
        assert get(call, ranged, key(s("a"), n(1))) == {"id": s("a"), "at": n(1), "x": n(1)}
        assert get(call, ranged, key(s("a"), n(2))) == {"id": s("a"), "at": n(2), "x": n(2)}
        assert get(call, ranged, key(s("b"), n(1))) == {"id": s("b"), "at": n(1), "x": n(3)}

    @pytest.mark.parametrize(
        ("old", "new", "units"),
        [
            (0, 5, 1.0),
            (0, 1024, 1.0),
            (0, 1025, 2.0),
            (1025, 5, 2.0),
            (3000, 2000, 3.0),
            (0, MAX, 64.0),
        ],
    )
    def test_units_are_of_the_larger_of_old_and_new_item(
        self, call: Caller, simple: str, old: int, new: int, units: float
    ) -> None:
        if old:
            put(call, simple, id=s("a"), x=s("x" * (old - 4)))
        request = {"TableName": simple, "Item": {"id": s("a"), "x": s("x" * (new - 4))}}
        assert call("PutItem", request) == {"ConsumedCapacityUnits": units}

    def test_an_item_has_at_most_64_kb(self, call: Caller, simple: str) -> None:
        put(call, simple, id=s("a"), x=s("x" * (MAX - 4)))
        request = {"TableName": simple, "Item": {"id": s("a"), "x": s("x" * (MAX - 3))}}
        assert call.refused("PutItem", request) == (
            400,
            "ValidationException",
            "Item size has exceeded the maximum allowed size",
        )
        item = get(call, simple, key(s("a")))
        assert item is not None
        assert len(item["x"]["S"]) == MAX - 4

    def test_a_hash_key_has_at_most_2048_bytes(self, call: Caller, ranged: str) -> None:
        put(call, ranged, id=s("é" * 1024), at=n(1))
        request = {"TableName": ranged, "Item": {"id": s("é" * 1024 + "x"), "at": n(1)}}
        assert call.refused("PutItem", request) == (
            400,
            "ValidationException",
            "One or more parameter values were invalid: "
            "Size of hashkey has exceeded the maximum size limit of2048 bytes",
        )

    def test_a_range_key_has_at_most_1024_bytes(self, call: Caller) -> None:
        table = create(call, "thread", "id:S", "at:B")
        put(call, table, id=s("a"), at=b("QUFB" * 341 + "QQ=="))
        request = {"TableName": table, "Item": {"id": s("a"), "at": b("QUFB" * 341 + "QUE=")}}
        assert call.refused("PutItem", request) == (
            400,
            "ValidationException",
            "One or more parameter values were invalid: "
            "Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
        )

    def test_unknown_members_are_ignored(self, call: Caller, simple: str) -> None:
        request = {
            "TableName": simple,
            "Item": {"id": {**s("a"), "Z": 1}, "x": n(1)},
            "ReturnConsumedCapacity": "NOBODY",
            "ConditionExpression": "attribute_exists(id)",
        }
        assert call("PutItem", request) == {"ConsumedCapacityUnits": 1.0}
        assert get(call, simple, key(s("a"))) == {"id": s("a"), "x": n(1)}

    def test_null_is_as_if_absent(self, call: Caller, simple: str) -> None:
        request = {
            "TableName": simple,
            "Item": {"id": {**s("a"), "N": None}, "x": None},
            "Expected": None,
            "ReturnValues": None,
        }
        assert call("PutItem", request) == {"ConsumedCapacityUnits": 1.0}
        assert get(call, simple, key(s("a"))) == {"id": s("a")}


class TestDeleteItem:
    def test_a_deleted_item_is_gone(self, call: Caller, ranged: str) -> None:
        put(call, ranged, id=s("a"), at=n(1))
        put(call, ranged, id=s("a"), at=n(2))
        request = {"TableName": ranged, "Key": key(s("a"), n(1))}
        assert call("DeleteItem", request) == {"ConsumedCapacityUnits": 1.0}
        assert get(call, ranged, key(s("a"), n(1))) is None
        assert get(call, ranged, key(s("a"), n(2))) == {"id": s("a"), "at": n(2)}

    @pytest.mark.parametrize(
        "returned", [{}, {"ReturnValues": "NONE"}, {"ReturnValues": "ALL_OLD"}]
    )
    def test_deleting_what_is_not_there_changes_nothing(
        self, call: Caller, simple: str, returned: Json
    ) -> None:
        request = {"TableName": simple, "Key": key(s("a")), **returned}
        assert call("DeleteItem", request) == {"ConsumedCapacityUnits": 1.0}
        assert call("DescribeTable", {"TableName": simple})["Table"]["ItemCount"] == 0

    def test_all_old_returns_the_deleted_item(self, call: Caller, simple: str) -> None:
        put(call, simple, id=s("a"), x=n(1))
        request = {"TableName": simple, "Key": key(s("a")), "ReturnValues": "ALL_OLD"}
        assert call("DeleteItem", request) == {
            "Attributes": {"id": s("a"), "x": n(1)},
            "ConsumedCapacityUnits": 1.0,
        }

    @pytest.mark.parametrize(("size", "units"), [(1024, 1.0), (1025, 2.0), (MAX, 64.0)])
    def test_units_are_of_the_deleted_item(
        self, call: Caller, simple: str, size: int, units: float
    ) -> None:
        put(call, simple, id=s("a"), x=s("x" * (size - 4)))
        request = {"TableName": simple, "Key": key(s("a"))}
        assert call("DeleteItem", request) == {"ConsumedCapacityUnits": units}


class TestWithoutLimits:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(limits="none")

    def test_an_item_can_have_any_size(self, call: Caller, simple: str) -> None:
        request = {"TableName": simple, "Item": {"id": s("a"), "x": s("x" * (2**20 - 4))}}
        assert call("PutItem", request) == {"ConsumedCapacityUnits": 1024.0}
        update = {
            "TableName": simple,
            "Key": key(s("a")),
            "AttributeUpdates": {"y": {"Value": s("y" * (2**20 - 1))}},
        }
        assert call("UpdateItem", update) == {"ConsumedCapacityUnits": 2048.0}
        assert call("Scan", {"TableName": simple, "Count": True}) == {
            "Count": 1,
            "ScannedCount": 1,
            "ConsumedCapacityUnits": 1024.0,
        }
