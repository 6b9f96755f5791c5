"""Hints for mistakes that Python's SDKs do not find first: raw HTTP, other languages, the first API."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest

from ddbmock.clock import ManualClock
from ddbmock.database import DynamoDB
from ddbmock.errors import DynamoDBError
from ddbmock.service import http
from ddbmock.service.json import encode
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from ddbmock.storage.memory import MemoryStorage
from tests.behaviour.doors import SIGNED

UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
TABLES: dict[str, Any] = {
    "20111205": {
        "TableName": "music",
        "KeySchema": {"HashKeyElement": {"AttributeName": "pk", "AttributeType": "S"}},
        "ProvisionedThroughput": UNITS,
    },
    "20120810": {
        "TableName": "music",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "ProvisionedThroughput": UNITS,
    },
}


class Service:
    def __init__(self, hints: Literal["header", "message"] = "header") -> None:
        self.clock = ManualClock(1_790_000_000.0)
        settings = Settings(delay_deleting=60, hints=hints)
        self.router = Router(DynamoDB(MemoryStorage(), settings, self.clock))

    def perform(self, api: str, operation: str, request: dict[str, Any]) -> None:
        target = self.router.target(f"DynamoDB_{api}.{operation}")
        self.router.perform(target, json.loads(json.dumps(request)))

    def hint(self, api: str, operation: str, request: dict[str, Any]) -> str:
        """The hint of the error that a request gets."""
        with pytest.raises(DynamoDBError) as caught:
            self.perform(api, operation, request)
        return caught.value.hint or ""


def with_table(api: str) -> Service:
    service = Service()
    service.perform(api, "CreateTable", TABLES[api])
    return service


@pytest.mark.parametrize(
    ("value", "named"), [({"s": "a"}, "'s'"), ({"String": "a", "X": {}}, "'String' and 'X'")]
)
def test_an_unknown_type_is_named(value: dict[str, Any], named: str) -> None:
    item = {"pk": {"S": "a"}, "title": value}
    hint = with_table("20120810").hint("20120810", "PutItem", {"TableName": "music", "Item": item})
    assert hint == (
        f"In attribute 'title': {named} is no type; write one of S, N, B, BOOL, NULL, SS, NS, BS, L, M."
    )


@pytest.mark.parametrize("tag", ["BOOL", "NULL", "L", "M", "X"])
def test_a_type_that_the_first_api_lacks_is_named(tag: str) -> None:
    item = {"pk": {"S": "a"}, "title": {tag: True}}
    hint = with_table("20111205").hint("20111205", "PutItem", {"TableName": "music", "Item": item})
    assert hint == (
        f"In attribute 'title': {tag!r} is no type of API version 2011-12-05; write one of S, N, B, "
        "SS, NS, BS."
    )


def test_add_is_explained_by_types_that_both_apis_have() -> None:
    update = {
        "TableName": "music",
        "Key": {"HashKeyElement": {"S": "a"}},
        "AttributeUpdates": {"x": {"Action": "ADD", "Value": {"S": "a"}}},
    }
    hint = with_table("20111205").hint("20111205", "UpdateItem", update)
    assert hint == "ADD adds to numbers and sets; use PUT to give x a value of type S."


@pytest.mark.parametrize("api", ["20111205", "20120810"])
def test_a_table_in_deletion_is_not_said_to_become_usable(api: str) -> None:
    service = with_table(api)
    service.perform(api, "DeleteTable", {"TableName": "music"})
    gone = "Table 'music' is DELETING; it is gone when DescribeTable answers ResourceNotFoundException."
    assert service.hint(api, "CreateTable", TABLES[api]) == gone
    update = {"TableName": "music", "ProvisionedThroughput": {**UNITS, "ReadCapacityUnits": 6}}
    assert service.hint(api, "UpdateTable", update) == gone


@pytest.mark.parametrize(
    ("target", "advice"),
    [
        ("DynamoDB_20120810.GetItm", "; did you mean DynamoDB_20120810.GetItem?"),
        ("DynamoDB_20120810.getItem", "; did you mean DynamoDB_20120810.GetItem?"),
        (
            "DynamoDB_20111205.ExecuteStatement",
            "; did you mean DynamoDB_20120810.ExecuteStatement?",
        ),
        ("DynamoDB_20120810.ListStreams", "; did you mean DynamoDBStreams_20120810.ListStreams?"),
        ("dynamodb.GetItem", "; did you mean DynamoDB_20120810.GetItem?"),
        ("GetItem", "; did you mean DynamoDB_20120810.GetItem?"),
        (
            "DynamoDB_20120810.Nope",
            "; X-Amz-Target is a version and an operation, DynamoDB_20120810.GetItem.",
        ),
        (
            "DynamoDB_20120810",
            "; X-Amz-Target is a version and an operation, DynamoDB_20120810.GetItem.",
        ),
    ],
)
def test_an_unknown_target_gets_a_similar_operation_if_there_is_one(
    target: str, advice: str
) -> None:
    with pytest.raises(DynamoDBError) as caught:
        Service().router.target(target)
    assert caught.value.hint == f"There is no operation {target!r}{advice}"


def test_a_type_of_json_is_named_with_its_article() -> None:
    hint = Service().hint("20120810", "ListTables", {"Limit": "x"})
    assert hint == "Limit: Expected an Integer; got 'x'."


def test_failed_statements_of_a_batch_have_hints_in_the_header_and_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    service = with_table("20120810")
    statements = [
        "SELECT * FROM music WHERE pk = 'a'",
        "SLECT 1",
        "SELECT * FROM music WHERE pk = 1",
    ]
    body = json.dumps({"Statements": [{"Statement": text} for text in statements]}).encode()
    headers = {**SIGNED, "x-amz-target": "DynamoDB_20120810.BatchExecuteStatement"}
    with caplog.at_level("INFO", "ddbmock.requests"):
        answer = http.handle(service.router, http.WireRequest("POST", "/", "", headers, body))
    hint = dict(answer.headers)["x-ddbmock-hint"]
    assert answer.status == 200
    assert hint == (
        "Statement 2, ValidationError:\\nSLECT 1\\n      ^ A statement begins with SELECT, INSERT, "
        "UPDATE or DELETE. Did you mean SELECT?\\nStatement 3, ValidationError: pk is of type S; it is compared with a "
        "value of type N."
    )
    (line,) = caplog.messages
    assert "BatchExecuteStatement" in line
    assert "pk is of type S" in line


def test_advice_on_a_full_scan_is_neither_in_the_header_nor_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    service = with_table("20120810")
    headers = {**SIGNED, "x-amz-target": "DynamoDB_20120810.ExecuteStatement"}
    body = b'{"Statement": "SELECT * FROM music"}'
    with caplog.at_level("INFO", "ddbmock.requests"):
        answer = http.handle(service.router, http.WireRequest("POST", "/", "", headers, body))
    assert (answer.status, dict(answer.headers).get("x-ddbmock-hint"), caplog.messages) == (
        200,
        None,
        [],
    )


def test_messages_of_a_batch_have_the_hints_where_all_messages_have() -> None:
    service = Service("message")
    target = service.router.target("DynamoDB_20120810.BatchExecuteStatement")
    body = {"Statements": [{"Statement": "SELECT * FROM music WHERE pk = 1"}]}
    (response,) = json.loads(encode(service.router.perform(target, body)))["Responses"]
    assert response["Error"]["Message"] == (
        "Requested resource not found\nddbmock: There is no table 'music'; there are: none."
    )


def test_an_insert_in_a_transaction_is_not_said_to_have_a_false_condition() -> None:
    service = with_table("20120810")
    service.perform("20120810", "PutItem", {"TableName": "music", "Item": {"pk": {"S": "a"}}})
    texts = ["INSERT INTO music VALUE {'pk': 'a'}", "UPDATE music SET n = 1 WHERE pk = 'b'"]
    request = {"TransactStatements": [{"Statement": text} for text in texts]}
    assert service.hint("20120810", "ExecuteTransaction", request) == (
        "The condition is false in entry 2 of 2. The item exists already in entry 1.\n"
        'Entry 1, table music: the item is {"pk":{"S":"a"}}.\n'
        "Entry 2, table music: there is no item under this key."
    )


def test_a_key_compared_with_a_name_has_a_hint_if_nothing_is_found(
    caplog: pytest.LogCaptureFixture,
) -> None:
    service = with_table("20120810")
    headers = {**SIGNED, "x-amz-target": "DynamoDB_20120810.ExecuteStatement"}
    body = json.dumps({"Statement": 'SELECT * FROM music WHERE pk = "a"'}).encode()
    with caplog.at_level("INFO", "ddbmock.requests"):
        answer = http.handle(service.router, http.WireRequest("POST", "/", "", headers, body))
    assert answer.body == b'{"Items":[]}'
    hint = dict(answer.headers)["x-ddbmock-hint"]
    assert hint.endswith("^ This is an attribute; a string is written 'a'.")
    assert "a string is written 'a'" in caplog.text
