"""Calls to AWS are stopped inside ``mock()``, and other services' mocks go on beside it."""

from __future__ import annotations

import os
from typing import Any

import boto3
import moto
import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
from botocore.httpsession import URLLib3Session
from botocore.stub import Stubber

import ddbmock
from tests.clients.tables import KEY, create, table_names


class TestRealHosts:
    """Nothing leaves the process for AWS by accident."""

    def test_a_call_to_aws_is_refused(self) -> None:
        with ddbmock.mock(), pytest.raises(ddbmock.RealAWSCallError) as caught:
            boto3.client("s3").list_buckets()
        assert str(caught.value) == (
            "A call of s3 would have reached AWS at s3.amazonaws.com. Inside ddbmock.mock() "
            "nothing does, unless it is allowed: ddbmock.mock(allow=['s3'])."
        )

    def test_a_client_made_before_is_refused_too(self) -> None:
        client = boto3.client(
            "sqs", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
        )
        with ddbmock.mock(), pytest.raises(ddbmock.RealAWSCallError):
            client.list_queues()

    @pytest.mark.parametrize("allowed", [["s3"], "s3", ["s3.amazonaws.com"], ["amazonaws.com"]])
    def test_what_is_allowed_is_let_go(self, allowed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        class SentError(Exception):
            pass

        def send(self: Any, request: Any) -> None:
            raise SentError(request.url)

        monkeypatch.setattr(URLLib3Session, "send", send)
        client = boto3.client(
            "s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
        )
        with ddbmock.mock(allow=allowed), pytest.raises(SentError):
            client.list_buckets()

    def test_hosts_that_are_not_of_aws_may_be_reached(self) -> None:
        config = Config(retries={"max_attempts": 0})
        with ddbmock.mock(), pytest.raises(EndpointConnectionError):
            boto3.client("s3", endpoint_url="http://127.0.0.1:1", config=config).list_buckets()

    def test_with_an_allowance_credentials_are_the_users_affair(self) -> None:
        with ddbmock.mock(allow=["s3"]):
            assert "AWS_ACCESS_KEY_ID" not in os.environ
            assert table_names(boto3.client("dynamodb")) == []
            assert (
                table_names(boto3.client("dynamodb", config=Config(retries={"mode": "standard"})))
                == []
            )
        with ddbmock.mock(allow=["s3"], path="wire"):
            assert table_names(boto3.client("dynamodb")) == []


class TestOthers:
    """Other mocks, stubs and handlers have their say."""

    def test_moto_answers_for_other_services(self) -> None:
        with moto.mock_aws(), ddbmock.mock():
            create(boto3.client("dynamodb"))
            boto3.client("s3").create_bucket(Bucket="bucket")
            assert [b["Name"] for b in boto3.client("s3").list_buckets()["Buckets"]] == ["bucket"]

    def test_moto_may_be_the_inner_one(self) -> None:
        with ddbmock.mock(path="wire") as db, moto.mock_aws():
            client = boto3.client("dynamodb", region_name="us-east-1")
            create(client)
            client.put_item(TableName="music", Item={"pk": {"S": "a"}})
            assert client.get_item(**KEY)["Item"] == {"pk": {"S": "a"}}
            boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="bucket")
            assert [request.operation for request in db.requests] == [
                "CreateTable",
                "PutItem",
                "GetItem",
            ]

    def test_a_stubber_comes_first(self) -> None:
        with ddbmock.mock():
            client = boto3.client("dynamodb")
            with Stubber(client) as stubber:
                stubber.add_response("list_tables", {"TableNames": ["stubbed"]}, {})
                assert table_names(client) == ["stubbed"]
            assert table_names(client) == []

    def test_handlers_before_and_after_a_call_are_called(self) -> None:
        heard: list[Any] = []
        with ddbmock.mock():
            client = boto3.client("dynamodb")
            events = client.meta.events
            events.register("before-call.dynamodb", lambda **event: heard.append(event["params"]))
            events.register(
                "after-call.dynamodb",
                lambda **event: heard.append(
                    (event["http_response"].status_code, event["http_response"].text)
                ),
            )
            client.list_tables()
        assert heard[0]["body"] == b"{}"
        assert heard[1] == (200, '{"TableNames":[]}')
