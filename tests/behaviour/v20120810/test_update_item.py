"""UpdateItem: what it leaves behind, which a single answer cannot show."""

from __future__ import annotations

from typing import Any

import pytest

from tests.behaviour.calling import Caller
from tests.behaviour.v20120810.requests import definitions, index, table

KEY = {"artist": {"S": "Can"}}


def update(call: Caller, expression: str, **values: Any) -> dict[str, Any]:
    references = {f":{name}": value for name, value in values.items()}
    members = {"ExpressionAttributeValues": references} if references else {}
    request = {"TableName": "Music", "Key": KEY, "UpdateExpression": expression}
    return call("UpdateItem", {**request, **members, "ReturnValues": "ALL_NEW"})


def item(call: Caller) -> object:
    return call("GetItem", {"TableName": "Music", "Key": KEY}).get("Item")


def test_the_answer_is_what_is_kept(call: Caller) -> None:
    call("CreateTable", table())
    answer = update(call, "SET a = :a, m = :m", a={"N": "1"}, m={"M": {"k": {"B": "AA=="}}})
    assert answer == {"Attributes": KEY | {"a": {"N": "1"}, "m": {"M": {"k": {"B": "AA=="}}}}}
    assert item(call) == answer["Attributes"]
    answer = update(call, "SET m.l = :l REMOVE m.k ADD a :a", l={"L": []}, a={"N": "0.5"})
    assert answer == {"Attributes": KEY | {"a": {"N": "1.5"}, "m": {"M": {"l": {"L": []}}}}}
    assert item(call) == answer["Attributes"]


def test_all_right_hand_sides_see_the_item_as_it_was(call: Caller) -> None:
    call("CreateTable", table())
    update(call, "SET a = :a, b = :b", a={"S": "a"}, b={"S": "b"})
    assert update(call, "SET a = b, b = a REMOVE c") == {
        "Attributes": KEY | {"a": {"S": "b"}, "b": {"S": "a"}}
    }


def test_an_update_that_cannot_be_done_changes_nothing(call: Caller) -> None:
    call("CreateTable", table())
    there = update(call, "SET a = :a, t = :t", a={"N": "1"}, t={"S": "t"})["Attributes"]
    assert call.refused(
        "UpdateItem",
        {
            "TableName": "Music",
            "Key": KEY,
            "UpdateExpression": "SET a = :a, b = t + :a",
            "ExpressionAttributeValues": {":a": {"N": "2"}},
        },
    ) == (
        400,
        "ValidationException",
        "An operand in the update expression has an incorrect data type",
    )
    assert item(call) == there


def test_what_only_removes_brings_nothing_to_be(call: Caller) -> None:
    call("CreateTable", table())
    assert update(call, "REMOVE a DELETE s :s", s={"SS": ["x"]}) == {}
    assert item(call) is None


def test_an_update_that_says_nothing_brings_the_bare_key_to_be(call: Caller) -> None:
    call("CreateTable", table())
    assert call("UpdateItem", {"TableName": "Music", "Key": KEY}) == {}
    assert item(call) == KEY


def test_the_older_parameters_do_the_same(call: Caller) -> None:
    call("CreateTable", table())
    update(call, "SET n = :n, s = :s, l = :l", n={"N": "1"}, s={"SS": ["a", "b"]}, l={"L": []})
    answer = call(
        "UpdateItem",
        {
            "TableName": "Music",
            "Key": KEY,
            "AttributeUpdates": {
                "n": {"Action": "ADD", "Value": {"N": "-2"}},
                "s": {"Action": "DELETE", "Value": {"SS": ["a", "c"]}},
                "l": {"Action": "ADD", "Value": {"L": [{"NULL": True}]}},
                "a.b": {"Value": {"S": "a name with a point"}},
                "gone": {"Action": "DELETE"},
            },
            "Expected": {"n": {"Value": {"N": "1.0"}}, "x": {"Exists": False}},
            "ReturnValues": "UPDATED_NEW",
        },
    )
    assert answer == {
        "Attributes": {
            "n": {"N": "-1"},
            "s": {"SS": ["b"]},
            "l": {"L": [{"NULL": True}]},
            "a.b": {"S": "a name with a point"},
        }
    }


def test_an_item_cannot_grow_over_409600_bytes(call: Caller) -> None:
    call("CreateTable", table())
    text = {"S": "x" * 200_000}
    there = update(call, "SET a = :a, b = :a", a=text)["Attributes"]
    assert call.refused(
        "UpdateItem", {"TableName": "Music", "Key": KEY, "UpdateExpression": "SET c = a"}
    ) == (400, "ValidationException", "Item size to update has exceeded the maximum allowed size")
    assert item(call) == there


@pytest.mark.parametrize("name", ["label", "more"])
def test_entries_come_and_go_with_their_keys(call: Caller, name: str) -> None:
    call(
        "CreateTable",
        table(
            AttributeDefinitions=definitions("artist:S", "label:S", "more:S"),
            GlobalSecondaryIndexes=[index("label", "label"), index("more", "more", "label")],
        ),
    )

    def entries() -> list[Any]:
        found: list[Any] = call("Scan", {"TableName": "Music", "IndexName": name})["Items"]
        return found

    update(call, "SET label = :l, more = :l", l={"S": "Spoon"})
    assert entries() == [KEY | {"label": {"S": "Spoon"}, "more": {"S": "Spoon"}}]
    update(call, "SET a = :a", a={"N": "1"})
    assert entries() == [KEY | {"label": {"S": "Spoon"}, "more": {"S": "Spoon"}, "a": {"N": "1"}}]
    update(call, f"REMOVE {name}")
    assert entries() == []


@pytest.mark.parametrize(
    ("label", "message"),
    [
        (
            {"N": "1"},
            "The update expression attempted to update the secondary index key to unsupported type",
        ),
        (
            {"S": ""},
            "One or more parameter values are not valid. The update expression attempted to update "
            "a secondary index key to a value that is not supported. The AttributeValue for a key "
            "attribute cannot contain an empty string value.",
        ),
        (
            {"S": "x" * 2049},
            "The update expression attempted to update the secondary index key "
            "beyond allowed size limits",
        ),
    ],
    ids=["type", "empty", "size"],
)
def test_an_item_that_a_younger_index_cannot_hold_is_read_only_until_mended(
    call: Caller, label: dict[str, str], message: str
) -> None:
    call("CreateTable", table())
    there = update(call, "SET label = :l", l=label)["Attributes"]
    call(
        "UpdateTable",
        {
            "TableName": "Music",
            "AttributeDefinitions": definitions("artist:S", "label:S"),
            "GlobalSecondaryIndexUpdates": [{"Create": index("labels", "label")}],
        },
    )
    assert call("Scan", {"TableName": "Music", "IndexName": "labels"})["Items"] == []
    assert call.refused(
        "UpdateItem", {"TableName": "Music", "Key": KEY, "UpdateExpression": "REMOVE a"}
    ) == (400, "ValidationException", message)
    assert item(call) == there
    update(call, "REMOVE label")
    update(call, "SET label = :l", l={"S": "Spoon"})
    assert call("Scan", {"TableName": "Music", "IndexName": "labels"})["Count"] == 1
