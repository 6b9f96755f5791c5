"""UpdateItem of the first API: PUT, ADD and DELETE, and every ReturnValues."""

from __future__ import annotations

from typing import Any

import pytest

from tests.behaviour.calling import Caller
from tests.behaviour.v20111205.requests import Json, b, get, key, n, put, s

KEY = key(s("a"))


def update(call: Caller, returned: str | None = None, **updates: Json) -> Json:
    """Update the item ``a`` of the table ``simple``; the answer without its units, which are 1."""
    request: Json = {"TableName": "simple", "Key": KEY, "AttributeUpdates": updates}
    if returned is not None:
        request["ReturnValues"] = returned
    answer = call("UpdateItem", request)
    assert answer.pop("ConsumedCapacityUnits") == 1.0
    return answer


def refused(call: Caller, **updates: Json) -> tuple[int, str, str | None]:
    request = {"TableName": "simple", "Key": KEY, "AttributeUpdates": updates}
    return call.refused("UpdateItem", request)


def add(value: Json) -> Json:
    return {"Action": "ADD", "Value": value}


def delete(value: Json | None = None) -> Json:
    return {"Action": "DELETE"} if value is None else {"Action": "DELETE", "Value": value}


@pytest.fixture(autouse=True)
def table(simple: str) -> None:
    """Each test has the table ``simple``."""


ABSENT: Any = None
SETS: list[tuple[Json, Json, Json, Json | None]] = [
    # set, other set, their union, what of the first is not in the second
    (
        {"SS": ["a", "b"]},
        {"SS": ["b", "c"]},
        {"SS": ["a", "b", "c"]},
        {"SS": ["a"]},
    ),
    (
        {"NS": ["1", "2"]},
        {"NS": ["2.0", "3"]},
        {"NS": ["1", "2", "3"]},
        {"NS": ["1"]},
    ),
    (
        {"BS": ["AA==", "AQ=="]},
        {"BS": ["AQ==", "Ag=="]},
        {"BS": ["AA==", "AQ==", "Ag=="]},
        {"BS": ["AA=="]},
    ),
    ({"SS": ["a"]}, {"SS": ["b"]}, {"SS": ["a", "b"]}, {"SS": ["a"]}),
    ({"SS": ["a"]}, {"SS": ["a", "b"]}, {"SS": ["a", "b"]}, None),
]
VALUES: list[Json] = [s("x"), n(1), b("AA=="), {"SS": ["a"]}, {"NS": ["1"]}, {"BS": ["AA=="]}]


class TestPut:
    @pytest.mark.parametrize("value", VALUES)
    @pytest.mark.parametrize("action", [{}, {"Action": "PUT"}])
    def test_an_attribute_is_added(self, call: Caller, value: Json, action: Json) -> None:
        put(call, "simple", id=s("a"), y=n(1))
        assert update(call, x={"Value": value, **action}) == {}
        assert get(call, "simple", KEY) == {"id": s("a"), "y": n(1), "x": value}

    @pytest.mark.parametrize("old", VALUES)
    @pytest.mark.parametrize("new", [s("y"), {"NS": ["7"]}])
    def test_an_attribute_is_replaced_by_any_type(self, call: Caller, old: Json, new: Json) -> None:
        put(call, "simple", id=s("a"), x=old)
        update(call, x={"Value": new})
        assert get(call, "simple", KEY) == {"id": s("a"), "x": new}

    def test_an_item_comes_to_be(self, call: Caller) -> None:
        update(call, x={"Value": n(1)})
        assert get(call, "simple", KEY) == {"id": s("a"), "x": n(1)}


class TestAdd:
    @pytest.mark.parametrize(
        ("old", "added", "new"),
        [
            ("1", "2", "3"),
            ("1", "-3", "-2"),
            ("1", "-1", "0"),
            ("0.1", "0.2", "0.3"),
            ("99999999999999999999999999999999999999", "-1", "9" * 37 + "8"),
            ("1e10", "1e-10", "10000000000.0000000001"),
        ],
    )
    def test_numbers_are_added_exactly(self, call: Caller, old: str, added: str, new: str) -> None:
        put(call, "simple", id=s("a"), x=n(old))
        assert update(call, "UPDATED_NEW", x=add(n(added))) == {"Attributes": {"x": n(new)}}
        assert get(call, "simple", KEY) == {"id": s("a"), "x": n(new)}

    def test_a_missing_number_counts_as_zero(self, call: Caller) -> None:
        put(call, "simple", id=s("a"))
        update(call, x=add(n("-2.5")))
        assert get(call, "simple", KEY) == {"id": s("a"), "x": n("-2.5")}

    @pytest.mark.parametrize(("old", "added", "union", "_"), SETS)
    def test_sets_are_united(
        self, call: Caller, old: Json, added: Json, union: Json, _: object
    ) -> None:
        put(call, "simple", id=s("a"), x=old)
        update(call, x=add(added))
        assert get(call, "simple", KEY) == {"id": s("a"), "x": union}

    @pytest.mark.parametrize("value", [{"SS": ["a"]}, {"NS": ["1"]}, {"BS": ["AA=="]}])
    def test_a_missing_set_counts_as_empty(self, call: Caller, value: Json) -> None:
        put(call, "simple", id=s("a"))
        update(call, x=add(value))
        assert get(call, "simple", KEY) == {"id": s("a"), "x": value}

    @pytest.mark.parametrize("value", [n(7), {"SS": ["a"]}, {"NS": ["1"]}, {"BS": ["AA=="]}])
    def test_an_item_comes_to_be(self, call: Caller, value: Json) -> None:
        update(call, x=add(value))
        assert get(call, "simple", KEY) == {"id": s("a"), "x": value}

    @pytest.mark.parametrize("value", [s("x"), b("AA==")])
    @pytest.mark.parametrize("there", [True, False])
    def test_only_numbers_and_sets_can_be_added(
        self, call: Caller, value: Json, there: bool
    ) -> None:
        if there:
            put(call, "simple", id=s("a"), x=value)
        assert refused(call, x=add(value)) == (
            400,
            "ValidationException",
            "One or more parameter values were invalid: "
            f"ADD action is not supported for the type {next(iter(value))}",
        )

    @pytest.mark.parametrize(
        ("old", "added"),
        [
            (s("x"), n(1)),
            (n(1), {"NS": ["1"]}),
            ({"NS": ["1"]}, n(1)),
            ({"NS": ["1"]}, {"SS": ["1"]}),
            ({"BS": ["AA=="]}, {"SS": ["AA=="]}),
            (b("AA=="), {"BS": ["AA=="]}),
        ],
    )
    def test_types_have_to_match(self, call: Caller, old: Json, added: Json) -> None:
        put(call, "simple", id=s("a"), x=old)
        assert refused(call, x=add(added)) == (
            400,
            "ValidationException",
            "Type mismatch for attribute to update",
        )
        assert get(call, "simple", KEY) == {"id": s("a"), "x": old}

    @pytest.mark.parametrize(
        ("old", "added"),
        [("9e125", "9e125"), ("1e38", "1"), ("1", "1e-38")],
    )
    def test_a_sum_has_to_be_a_number_that_can_be_stored(
        self, call: Caller, old: str, added: str
    ) -> None:
        put(call, "simple", id=s("a"), x=n(old))
        assert refused(call, x=add(n(added))) == (
            400,
            "ValidationException",
            "Number overflow. Attempting to store a number with magnitude larger than supported "
            "range",
        )


class TestDelete:
    def test_an_attribute_is_removed(self, call: Caller) -> None:
        put(call, "simple", id=s("a"), x=n(1), y=n(2))
        update(call, x=delete())
        assert get(call, "simple", KEY) == {"id": s("a"), "y": n(2)}

    def test_a_missing_attribute_stays_missing(self, call: Caller) -> None:
        put(call, "simple", id=s("a"))
        update(call, x=delete(), y=delete({"SS": ["a"]}))
        assert get(call, "simple", KEY) == {"id": s("a")}

    @pytest.mark.parametrize("deleted", [delete(), delete({"SS": ["a"]})])
    def test_no_item_comes_to_be(self, call: Caller, deleted: Json) -> None:
        assert update(call, "ALL_NEW", x=deleted) == {}
        assert get(call, "simple", KEY) is None
        assert call("DescribeTable", {"TableName": "simple"})["Table"]["ItemCount"] == 0

    @pytest.mark.parametrize(("old", "deleted", "_", "rest"), SETS)
    def test_members_are_taken_out_of_a_set(
        self, call: Caller, old: Json, deleted: Json, _: object, rest: Json | None
    ) -> None:
        put(call, "simple", id=s("a"), x=old)
        update(call, x=delete(deleted))
        left = {} if rest is None else {"x": rest}
        assert get(call, "simple", KEY) == {"id": s("a"), **left}

    @pytest.mark.parametrize("value", [s("x"), n(1), b("AA==")])
    def test_only_sets_have_members(self, call: Caller, value: Json) -> None:
        put(call, "simple", id=s("a"), x=value)
        assert refused(call, x=delete(value)) == (
            400,
            "ValidationException",
            "One or more parameter values were invalid: "
            f"DELETE action with value is not supported for the type {next(iter(value))}",
        )
        assert get(call, "simple", KEY) == {"id": s("a"), "x": value}

    @pytest.mark.parametrize("old", [s("x"), n(1), {"NS": ["1"]}])
    def test_types_have_to_match(self, call: Caller, old: Json) -> None:
        put(call, "simple", id=s("a"), x=old)
        assert refused(call, x=delete({"SS": ["x"]})) == (
            400,
            "ValidationException",
            "Type mismatch for attribute to update",
        )


class TestUpdate:
    def test_without_any_update_the_bare_item_comes_to_be(self, call: Caller) -> None:
        assert update(call, "ALL_NEW") == {"Attributes": {"id": s("a")}}
        assert get(call, "simple", KEY) == {"id": s("a")}

    def test_without_any_update_an_item_stays_as_it_is(self, call: Caller) -> None:
        put(call, "simple", id=s("a"), x=n(1))
        assert update(call, "ALL_NEW") == {"Attributes": {"id": s("a"), "x": n(1)}}

    def test_all_updates_apply_or_none(self, call: Caller) -> None:
        put(call, "simple", id=s("a"), x=s("x"))
        assert refused(call, w={"Value": n(1)}, x=add(n(1)), y=delete())[2] == (
            "Type mismatch for attribute to update"
        )
        assert get(call, "simple", KEY) == {"id": s("a"), "x": s("x")}

    def test_actions_mix(self, call: Caller) -> None:
        put(call, "simple", id=s("a"), x=n(1), y=n(2), z={"SS": ["a", "b"]})
        update(
            call,
            w={"Value": s("w")},
            x=add(n(1)),
            y=delete(),
            z=delete({"SS": ["a"]}),
        )
        assert get(call, "simple", KEY) == {
            "id": s("a"),
            "w": s("w"),
            "x": n(2),
            "z": {"SS": ["b"]},
        }

    @pytest.mark.parametrize("action", [{}, {"Action": "PUT"}, {"Action": "ADD"}])
    def test_only_delete_goes_without_a_value(self, call: Caller, action: Json) -> None:
        assert refused(call, x=action) == (
            400,
            "ValidationException",
            "One or more parameter values were invalid: "
            "Only DELETE action is allowed when no attribute value is specified",
        )

    @pytest.mark.parametrize("change", [{"Value": s("a")}, {"Value": n(1)}, {"Action": "DELETE"}])
    def test_keys_cannot_be_updated_even_to_what_they_are(self, call: Caller, change: Json) -> None:
        put(call, "simple", id=s("a"), x=n(1))
        assert refused(call, x={"Value": n(2)}, id=change) == (
            400,
            "ValidationException",
            "One or more parameter values were invalid: "
            "Cannot update attribute id. This attribute is part of the key",
        )
        assert get(call, "simple", KEY) == {"id": s("a"), "x": n(1)}

    def test_range_keys_cannot_be_updated_either(self, call: Caller, ranged: str) -> None:
        request = {
            "TableName": ranged,
            "Key": key(s("a"), n(1)),
            "AttributeUpdates": {"at": add(n(1))},
        }
        assert call.refused("UpdateItem", request) == (
            400,
            "ValidationException",
            "One or more parameter values were invalid: "
            "Cannot update attribute at. This attribute is part of the key",
        )

    @pytest.mark.parametrize("old", [30000, 65536])
    def test_an_item_cannot_grow_over_64_kb(self, call: Caller, old: int) -> None:
        put(call, "simple", id=s("a"), x=s("x" * (old - 4)))
        request: Json = {
            "TableName": "simple",
            "Key": KEY,
            "AttributeUpdates": {"y": {"Value": s("y" * (65536 - old))}},
        }
        if old == 65536:
            request["AttributeUpdates"]["y"] = {"Value": s("y")}
        assert call.refused("UpdateItem", request) == (
            400,
            "ValidationException",
            "Item size to update has exceeded the maximum allowed size",
        )
        fitting = {**request, "AttributeUpdates": {"y": {"Value": s("y" * (65535 - old))}}}
        if old < 65536:
            assert call("UpdateItem", fitting) == {"ConsumedCapacityUnits": 64.0}

    @pytest.mark.parametrize(
        ("old", "new", "units"), [(1025, 5, 2.0), (5, 1025, 2.0), (4000, 5000, 5.0)]
    )
    def test_units_are_of_the_larger_of_old_and_new_item(
        self, call: Caller, old: int, new: int, units: float
    ) -> None:
        put(call, "simple", id=s("a"), x=s("x" * (old - 4)))
        request = {
            "TableName": "simple",
            "Key": KEY,
            "AttributeUpdates": {"x": {"Value": s("x" * (new - 4))}},
        }
        assert call("UpdateItem", request) == {"ConsumedCapacityUnits": units}


CHANGES: Json = {
    "put": {"Value": n(2)},
    "same": {"Value": n(1)},
    "new": {"Value": n(3)},
    "gone": {"Action": "DELETE"},
    "never": {"Action": "DELETE"},
}
OLD: Json = {"id": s("a"), "put": n(1), "same": n(1), "gone": n(1), "other": n(1)}
NEW: Json = {"id": s("a"), "put": n(2), "same": n(1), "new": n(3), "other": n(1)}


class TestReturnValues:
    @pytest.mark.parametrize(
        ("returned", "answer"),
        [
            (None, {}),
            ("NONE", {}),
            ("ALL_OLD", {"Attributes": OLD}),
            ("ALL_NEW", {"Attributes": NEW}),
            ("UPDATED_OLD", {"Attributes": {"put": n(1), "same": n(1), "gone": n(1)}}),
            ("UPDATED_NEW", {"Attributes": {"put": n(2), "same": n(1), "new": n(3)}}),
        ],
    )
    def test_of_an_item(self, call: Caller, returned: str | None, answer: Json) -> None:
        put(call, "simple", **OLD)
        assert update(call, returned, **CHANGES) == answer
        assert get(call, "simple", KEY) == NEW

    @pytest.mark.parametrize(
        ("returned", "answer"),
        [
            ("NONE", {}),
            ("ALL_OLD", {}),
            ("ALL_NEW", {"Attributes": {"id": s("a"), "b": n(4)}}),
            ("UPDATED_OLD", {}),
            ("UPDATED_NEW", {"Attributes": {"b": n(4)}}),
        ],
    )
    def test_of_a_new_item(self, call: Caller, returned: str, answer: Json) -> None:
        assert update(call, returned, b={"Value": n(4)}) == answer

    @pytest.mark.parametrize("returned", ["UPDATED_NEW", "UPDATED_OLD"])
    def test_no_member_attributes_when_it_would_be_empty(self, call: Caller, returned: str) -> None:
        put(call, "simple", id=s("a"))
        assert update(call, returned, x=delete()) == {}
