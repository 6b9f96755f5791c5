"""TransactGetItems and TransactWriteItems: reasons, tokens, and that it is all or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from ddbmock.settings import Settings
from tests.behaviour.calling import Caller
from tests.behaviour.doors import Refused
from tests.behaviour.v20120810.requests import table

Json = dict[str, Any]
CANCELLED = "Transaction cancelled, please refer cancellation reasons for specific reasons "
FAILED = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}


def key(name: str) -> Json:
    return {"artist": {"S": name}}


def put(name: str, **members: Any) -> Json:
    return {"Put": {"TableName": "Music", "Item": key(name), **members}}


def update(name: str, expression: str, **members: Any) -> Json:
    action = {"TableName": "Music", "Key": key(name), "UpdateExpression": expression}
    return {"Update": {**action, **members}}


def add(name: str) -> Json:
    return update(name, "ADD n :n", ExpressionAttributeValues={":n": {"N": "1"}})


def check(name: str, condition: str, **members: Any) -> Json:
    action = {"TableName": "Music", "Key": key(name), "ConditionExpression": condition}
    return {"ConditionCheck": {**action, **members}}


def write(call: Caller, *entries: Json, **members: Any) -> Json:
    return call("TransactWriteItems", {"TransactItems": list(entries), **members})


def cancelled(call: Caller, *entries: Json) -> tuple[str | None, list[Json]]:
    """Message and reasons; and nothing has changed."""
    before = call("Scan", {"TableName": "Music"})
    with pytest.raises(Refused) as caught:
        write(call, *entries)
    assert caught.value.type == "TransactionCanceledException"
    assert call("Scan", {"TableName": "Music"}) == before
    return caught.value.message, caught.value.body["CancellationReasons"]


def number(call: Caller, name: str) -> object:
    return call("GetItem", {"TableName": "Music", "Key": key(name)}).get("Item", {}).get("n")


def test_all_entries_are_done_together(call: Caller) -> None:
    call("CreateTable", table())
    call("PutItem", {"TableName": "Music", "Item": key("old")})
    assert (
        write(
            call,
            put("new"),
            add("counter"),
            {"Delete": {"TableName": "Music", "Key": key("old")}},
            check("nobody", "attribute_not_exists(artist)"),
        )
        == {}
    )
    read = call(
        "TransactGetItems",
        {
            "TransactItems": [
                {"Get": {"TableName": "Music", "Key": key(name)}}
                for name in ("old", "counter", "new", "nobody")
            ]
        },
    )
    assert read == {
        "Responses": [
            {},
            {"Item": key("counter") | {"n": {"N": "1"}}},
            {"Item": key("new")},
            {},
        ]
    }


def test_every_condition_that_fails_has_its_reason(call: Caller) -> None:
    call("CreateTable", table())
    there = key("there") | {"b": {"B": "AA=="}}
    call("PutItem", {"TableName": "Music", "Item": there})
    not_there = "attribute_not_exists(artist)"
    assert cancelled(
        call,
        put("other", ConditionExpression=not_there),
        put("there", ConditionExpression=not_there, ReturnValuesOnConditionCheckFailure="ALL_OLD"),
        check("nobody", "artist = artist2"),
    ) == (
        CANCELLED + "[None, ConditionalCheckFailed, ConditionalCheckFailed]",
        [{"Code": "None"}, {**FAILED, "Item": there}, FAILED],
    )


def test_only_the_first_entry_that_does_not_fit_has_a_reason(call: Caller) -> None:
    call("CreateTable", table())
    wrong = {"Put": {"TableName": "Music", "Item": {"artist": {"N": "1"}}}}
    assert cancelled(
        call, put("new", ConditionExpression="attribute_exists(artist)"), wrong, wrong
    ) == (
        CANCELLED + "[None, ValidationError, None]",
        [
            {"Code": "None"},
            {
                "Code": "ValidationError",
                "Message": "One or more parameter values were invalid: "
                "Type mismatch for key artist expected: S actual: N",
            },
            {"Code": "None"},
        ],
    )


def test_an_update_that_cannot_be_done_undoes_what_came_before(call: Caller) -> None:
    call("CreateTable", table())
    assert cancelled(call, put("new"), update("nobody", "SET a = b")) == (
        CANCELLED + "[None, ValidationError]",
        [
            {"Code": "None"},
            {
                "Code": "ValidationError",
                "Message": "The provided expression refers to an attribute that does not exist "
                "in the item",
            },
        ],
    )


class TestTokens:
    def test_a_request_is_done_once_under_its_token(self, call: Caller) -> None:
        call("CreateTable", table())
        first = write(call, add("a"), ClientRequestToken="t", ReturnConsumedCapacity="TOTAL")
        again = write(call, add("a"), ClientRequestToken="t", ReturnConsumedCapacity="TOTAL")
        assert number(call, "a") == {"N": "1"}
        assert first == {
            "ConsumedCapacity": [
                {"TableName": "Music", "CapacityUnits": 2.0, "WriteCapacityUnits": 2.0}
            ]
        }
        assert again == {
            "ConsumedCapacity": [
                {"TableName": "Music", "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0}
            ]
        }

    def test_doing_it_again_costs_reading_what_was_written(self, call: Caller) -> None:
        call("CreateTable", table())
        large = key("large") | {"a": {"S": "x" * 9000}}
        call("PutItem", {"TableName": "Music", "Item": large})
        delete = {"Delete": {"TableName": "Music", "Key": key("large")}}
        consumed = [
            write(call, delete, ClientRequestToken="t", ReturnConsumedCapacity=level)
            for level in ("TOTAL", "INDEXES", "NONE")
        ]
        assert consumed == [
            {
                "ConsumedCapacity": [
                    {"TableName": "Music", "CapacityUnits": 18.0, "WriteCapacityUnits": 18.0}
                ]
            },
            {
                "ConsumedCapacity": [
                    {
                        "TableName": "Music",
                        "CapacityUnits": 6.0,
                        "ReadCapacityUnits": 6.0,
                        "Table": {"CapacityUnits": 6.0, "ReadCapacityUnits": 6.0},
                    }
                ]
            },
            {},
        ]

    def test_without_a_token_it_is_done_each_time(self, call: Caller) -> None:
        call("CreateTable", table())
        write(call, add("a"))
        write(call, add("a"))
        assert number(call, "a") == {"N": "2"}

    def test_another_request_under_the_same_token_is_refused(self, call: Caller) -> None:
        call("CreateTable", table())
        write(call, add("a"), ClientRequestToken="t")
        status, kind, _ = call.refused(
            "TransactWriteItems", {"TransactItems": [add("b")], "ClientRequestToken": "t"}
        )
        assert (status, kind) == (400, "IdempotentParameterMismatchException")
        assert number(call, "b") is None

    def test_a_token_is_forgotten_after_ten_minutes(self, call: Caller) -> None:
        call("CreateTable", table())
        write(call, add("a"), ClientRequestToken="t")
        call.clock.advance(minutes=10, seconds=-1)
        write(call, add("a"), ClientRequestToken="t")
        assert number(call, "a") == {"N": "1"}
        call.clock.advance(seconds=1)
        write(call, add("b"), ClientRequestToken="t")
        assert number(call, "b") == {"N": "1"}
        call.clock.advance(hours=1)
        write(call, add("c"), ClientRequestToken="another")
        write(call, add("b"), ClientRequestToken="t")
        assert number(call, "b") == {"N": "2"}

    def test_a_refused_request_leaves_its_token_free(self, call: Caller) -> None:
        call("CreateTable", table())
        request = {
            "TransactItems": [check("a", "attribute_exists(artist)")],
            "ClientRequestToken": "t",
        }
        assert call.refused("TransactWriteItems", request)[1] == "TransactionCanceledException"
        write(call, add("a"), ClientRequestToken="t")
        assert number(call, "a") == {"N": "1"}


class TestSizes:
    def test_a_transaction_carries_up_to_four_mebibytes(self, call: Caller) -> None:
        call("CreateTable", table())
        large = [put(f"{name:02}") for name in range(11)]
        for entry in large:
            entry["Put"]["Item"]["a"] = {"S": "x" * 390_000}
        assert call.refused("TransactWriteItems", {"TransactItems": large}) == (
            400,
            "ValidationException",
            "Transaction payload size cannot exceed 4 MB",
        )
        assert write(call, *large[:10]) == {}

    def test_what_is_deleted_does_not_count(self, call: Caller) -> None:
        call("CreateTable", table())
        for name in range(11):
            item = key(str(name)) | {"a": {"S": "x" * 390_000}}
            call("PutItem", {"TableName": "Music", "Item": item})
        entries = [{"Delete": {"TableName": "Music", "Key": key(str(name))}} for name in range(11)]
        assert write(call, *entries) == {}
        assert call("Scan", {"TableName": "Music"})["Count"] == 0

    def test_what_is_read_counts(self, call: Caller) -> None:
        call("CreateTable", table())
        for name in range(11):
            item = key(str(name)) | {"a": {"S": "x" * 390_000}}
            call("PutItem", {"TableName": "Music", "Item": item})
        entries = [{"Get": {"TableName": "Music", "Key": key(str(name))}} for name in range(11)]
        assert call.refused("TransactGetItems", {"TransactItems": entries})[2] == (
            "Transaction payload size cannot exceed 4 MB"
        )


class TestWithoutLimits:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(limits="none")

    def test_a_transaction_may_have_any_number_of_entries(self, call: Caller) -> None:
        call("CreateTable", table())
        assert write(call, *[add(str(name)) for name in range(150)]) == {}
        assert call("Scan", {"TableName": "Music"})["Count"] == 150
