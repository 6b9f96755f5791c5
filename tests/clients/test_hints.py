"""Hints in messages, for clients that show nothing else."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import ddbmock
from ddbmock.service.http import WireRequest, handle
from tests.clients.tables import MUSIC

CARET = (
    "Invalid FilterExpression: Attribute name is a reserved keyword; reserved keyword: name\n"
    "ddbmock: name = :n\n"
    "         ^ Write #name and define it in ExpressionAttributeNames as 'name'."
)


@pytest.mark.parametrize("path", ["direct", "wire"])
def test_a_message_ends_with_the_hint(path: Any) -> None:
    with ddbmock.mock(hints="message", path=path) as db:
        db.create_tables(MUSIC)
        with pytest.raises(ClientError) as caught:
            boto3.client("dynamodb").scan(
                TableName="music",
                FilterExpression="name = :n",
                ExpressionAttributeValues={":n": {"S": "a"}},
            )
    assert caught.value.response["Error"]["Message"] == CARET
    assert str(caught.value).endswith(CARET)


def test_boto_2_has_it_too() -> None:
    with (
        ddbmock.boto_patch(hints="message") as connection,
        pytest.raises(Exception, match="musik") as caught,
    ):
        connection.get_table("musik")
    assert caught.value.body["message"].endswith(  # type: ignore[attr-defined]  # boto's
        "\nddbmock: There is no table 'musik'; there are: none."
    )


def test_an_error_without_a_message_has_the_hint_as_its_message() -> None:
    with ddbmock.Database(hints="message") as db:
        headers = {
            "x-amz-target": "DynamoDB_20120810.GetItm",
            "content-type": "application/x-amz-json-1.0",
        }
        answer = handle(db.router, WireRequest("POST", "/", "", headers, b"{}"))
    assert b'"message":"ddbmock: There is no operation' in answer.body


def test_by_default_the_message_is_dynamodbs() -> None:
    with ddbmock.mock(), pytest.raises(ClientError) as caught:
        boto3.client("dynamodb").scan(TableName="musik")
    assert "ddbmock" not in caught.value.response["Error"]["Message"]
