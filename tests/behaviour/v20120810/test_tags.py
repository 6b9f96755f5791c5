"""TagResource, UntagResource and ListTagsOfResource."""

from __future__ import annotations

import pytest

from ddbmock.database import DynamoDB
from ddbmock.service.http import WireRequest, handle
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from tests.behaviour.calling import Caller
from tests.behaviour.doors import SIGNED
from tests.behaviour.v20120810.requests import ARN, table

NOT_FOUND = (
    400,
    "ResourceNotFoundException",
    f"Requested resource not found: ResourceArn: {ARN} not found",
)


@pytest.fixture
def settings() -> Settings:
    return Settings(delay_creating=10, delay_updating=20)


def tags(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in pairs]


def listed(call: Caller) -> list[dict[str, str]]:
    answer = call("ListTagsOfResource", {"ResourceArn": ARN})
    assert list(answer) == ["Tags"]
    found: list[dict[str, str]] = answer["Tags"]
    return found


def test_tags_are_given_at_creation_changed_and_taken_away(call: Caller) -> None:
    call("CreateTable", table(Tags=tags(("team", "a"), ("cost", " "))))
    call.clock.advance(10)
    assert listed(call) == tags(("team", "a"), ("cost", " "))
    added = tags(("team", "b"), ("законные буквы", ""))
    assert call("TagResource", {"ResourceArn": ARN, "Tags": added}) == {}
    assert listed(call) == tags(("team", "b"), ("cost", " "), ("законные буквы", ""))
    call.clock.advance(20)
    gone = ["cost", "never there"]
    assert call("UntagResource", {"ResourceArn": ARN, "TagKeys": gone}) == {}
    assert listed(call) == tags(("team", "b"), ("законные буквы", ""))


def test_a_table_that_is_created_has_no_tags_yet(call: Caller) -> None:
    call("CreateTable", table(Tags=tags(("team", "a"))))
    assert call.refused("ListTagsOfResource", {"ResourceArn": ARN}) == NOT_FOUND
    request = {"ResourceArn": ARN, "Tags": tags(("team", "b"))}
    assert call.refused("TagResource", request) == NOT_FOUND


def test_changing_tags_keeps_a_table_busy(call: Caller) -> None:
    """Source: aws-controllers-k8s/dynamodb-controller, docs/api-quirks (observed in October 2026)."""
    call("CreateTable", table())
    call.clock.advance(10)
    request = {"ResourceArn": ARN, "Tags": tags(("team", "b"))}
    call("TagResource", request)
    changing = "Table tags are being updated: Music"
    busy = (400, "LimitExceededException", f"Subscriber limit exceeded: {changing}")
    assert call("TagResource", request) == {}
    assert call("UntagResource", {"ResourceArn": ARN, "TagKeys": ["never there"]}) == {}
    assert call.refused("TagResource", {**request, "Tags": tags(("team", "c"))}) == busy
    assert call.refused("UntagResource", {"ResourceArn": ARN, "TagKeys": ["team"]}) == busy
    assert call.refused("DeleteTable", {"TableName": "Music"}) == (
        400,
        "ResourceInUseException",
        f"Attempt to change a resource which is still in use: {changing}",
    )
    call.clock.advance(20)
    assert call("DeleteTable", {"TableName": "Music"})["TableDescription"]["ItemCount"] == 0


def test_tags_survive_a_change_that_was_under_way(call: Caller) -> None:
    call("CreateTable", table())
    call.clock.advance(10)
    call("UpdateTable", {"TableName": "Music", "DeletionProtectionEnabled": True})
    call("TagResource", {"ResourceArn": ARN, "Tags": tags(("team", "b"))})
    call.clock.advance(20)
    assert listed(call) == tags(("team", "b"))


def test_a_table_with_too_many_tags_is_not_created(call: Caller) -> None:
    many = tags(*((str(number), "v") for number in range(51)))
    assert call.refused("CreateTable", table(Tags=many)) == (
        400,
        "ValidationException",
        "Number of Tags exceed the current limit for the provided ResourceArn",
    )
    assert call("ListTables") == {"TableNames": []}


def test_an_answer_without_members_has_no_body(call: Caller, dynamodb: DynamoDB) -> None:
    call("CreateTable", table())
    call.clock.advance(10)
    target = {"x-amz-target": "DynamoDB_20120810.UntagResource"}
    body = f'{{"ResourceArn": "{ARN}", "TagKeys": ["team"]}}'.encode()
    response = handle(Router(dynamodb), WireRequest("POST", "/", "", SIGNED | target, body))
    assert (response.status, response.body) == (200, b"")
    assert dict(response.headers)["x-amz-crc32"] == "0"
