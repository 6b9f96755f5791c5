"""BatchGetItem and BatchWriteItem: sizes, and what a refused batch leaves behind."""

from __future__ import annotations

from typing import Any

import pytest

from ddbmock.settings import Settings
from tests.behaviour.calling import Caller
from tests.behaviour.v20120810.requests import table


def key(number: int) -> dict[str, Any]:
    return {"artist": {"S": f"{number:03}"}}


def put(item: dict[str, Any]) -> dict[str, Any]:
    return {"PutRequest": {"Item": item}}


def delete(number: int) -> dict[str, Any]:
    return {"DeleteRequest": {"Key": key(number)}}


def fill(call: Caller, count: int, size: int) -> None:
    """Put items of exactly so many bytes."""
    text = {"S": "x" * (size - len("artist000a"))}
    for number in range(count):
        call("PutItem", {"TableName": "Music", "Item": key(number) | {"a": text}})


def get(numbers: range, **members: Any) -> dict[str, Any]:
    keys = [key(number) for number in numbers]
    return {"RequestItems": {"Music": {"Keys": keys, **members}}}


def test_a_batch_puts_and_deletes(call: Caller) -> None:
    call("CreateTable", table())
    call("CreateTable", table(TableName="Books"))
    fill(call, 2, 100)
    assert call(
        "BatchWriteItem",
        {
            "RequestItems": {
                "Music": [put(key(0) | {"b": {"B": "AA=="}}), delete(1), delete(2)],
                "Books": [put(key(7))],
            }
        },
    ) == {"UnprocessedItems": {}}
    assert call("Scan", {"TableName": "Music"})["Items"] == [key(0) | {"b": {"B": "AA=="}}]
    assert call("Scan", {"TableName": "Books"})["Items"] == [key(7)]


def test_a_batch_of_which_one_request_is_wrong_does_nothing(call: Caller) -> None:
    call("CreateTable", table())
    fill(call, 1, 100)
    wrong = {"artist": {"N": "1"}}
    assert call.refused(
        "BatchWriteItem", {"RequestItems": {"Music": [delete(0), put(key(1)), put(wrong)]}}
    ) == (400, "ValidationException", "The provided key element does not match the schema")
    assert call("Scan", {"TableName": "Music"})["Count"] == 1


def test_what_16_megabytes_cannot_hold_stays_unprocessed(call: Caller) -> None:
    """The example of the API reference: of more items of 300 KB than fit, 52 are returned."""
    call("CreateTable", table())
    fill(call, 53, 300 * 1024)
    members = {"ConsistentRead": True, "ProjectionExpression": "#a"}
    request = get(range(53), **members, ExpressionAttributeNames={"#a": "artist"})
    answer = call("BatchGetItem", request | {"ReturnConsumedCapacity": "TOTAL"})
    assert len(answer["Responses"]["Music"]) == 52
    assert answer["ConsumedCapacity"] == [{"TableName": "Music", "CapacityUnits": 52 * 75.0}]
    rest = get(range(52, 53), **members, ExpressionAttributeNames={"#a": "artist"})
    assert answer["UnprocessedKeys"] == rest["RequestItems"]
    assert call("BatchGetItem", {"RequestItems": answer["UnprocessedKeys"]}) == {
        "Responses": {"Music": [key(52)]},
        "UnprocessedKeys": {},
    }


class TestWithoutLimits:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(limits="none")

    def test_a_batch_may_be_of_any_size(self, call: Caller) -> None:
        call("CreateTable", table())
        requests = [put(key(number)) for number in range(150)]
        assert call("BatchWriteItem", {"RequestItems": {"Music": requests}}) == {
            "UnprocessedItems": {}
        }
        assert call("BatchGetItem", get(range(150))) == {
            "Responses": {"Music": [key(number) for number in range(150)]},
            "UnprocessedKeys": {},
        }

    def test_an_answer_may_be_of_any_size(self, call: Caller) -> None:
        call("CreateTable", table())
        fill(call, 18, 1_000_000)
        answer = call("BatchGetItem", get(range(18)))
        assert len(answer["Responses"]["Music"]) == 18
        assert answer["UnprocessedKeys"] == {}
