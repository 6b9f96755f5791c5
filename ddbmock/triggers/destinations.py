"""Destinations of messages about records that were given up."""

from __future__ import annotations

from typing import Any

import orjson

from ddbmock.triggers.errors import TriggerError
from ddbmock.triggers.options import Destination


def send(destination: Destination, message: dict[str, Any]) -> None:
    """Send a message to a function, an SQS queue or an SNS topic.

    boto3 sends to queues and topics, with its own configuration: to AWS, or to moto's in tests.

    :raises TriggerError: the ARN is not that of a queue or topic.
    """
    if callable(destination):
        destination(message)
        return
    parts = destination.split(":", 5)
    if len(parts) != 6 or parts[2] not in ("sqs", "sns"):
        raise TriggerError(
            f"on_failure must be a function or the ARN of a queue or topic, not {destination!r}."
        )
    import boto3

    service, region, account, name = parts[2:6]
    client = boto3.client(service, region_name=region)
    text = orjson.dumps(message).decode()
    if service == "sns":
        client.publish(TopicArn=destination, Message=text)
        return
    url = client.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]
    client.send_message(QueueUrl=url, MessageBody=text)
