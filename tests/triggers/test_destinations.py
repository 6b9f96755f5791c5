"""On-failure destinations in SQS and SNS, with moto's in the same process."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.triggers.orders import Orders

REGION = {"region_name": "us-east-1"}


def give_up(orders: Orders, destination: str) -> list[Any]:
    """Put an item whose function fails until its record is given up."""
    orders.db.trigger(
        orders.failing("bad"),
        "orders",
        maximum_retry_attempts=0,
        on_failure=destination,
    )
    orders.put("bad")
    return list(orders.db.run_triggers())


@pytest.fixture
def queue() -> Any:
    with mock_aws():
        yield boto3.resource("sqs", **REGION).create_queue(QueueName="failures")


def test_a_queue_gets_the_message_about_records_that_are_given_up(
    orders: Orders, queue: Any
) -> None:
    give_up(orders, queue.attributes["QueueArn"])
    [message] = queue.receive_messages(MaxNumberOfMessages=10)
    body = json.loads(message.body)
    assert body["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert body["DDBStreamBatchInfo"]["batchSize"] == 1


def test_a_topic_gets_the_message_too(orders: Orders, queue: Any) -> None:
    topic = boto3.resource("sns", **REGION).create_topic(Name="failures")
    topic.subscribe(Protocol="sqs", Endpoint=queue.attributes["QueueArn"])
    give_up(orders, topic.arn)
    [message] = queue.receive_messages(MaxNumberOfMessages=10)
    body = json.loads(json.loads(message.body)["Message"])
    assert body["requestContext"]["condition"] == "RetryAttemptsExhausted"
