"""Delivery to Kinesis by a server while it runs, to moto's server over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.servers import DdbmockServe
from tests.triggers.orders import definition
from tests.triggers.test_kinesis import ARN
from tests.triggers.test_worker import client_of, eventually


@pytest.fixture
def endpoint() -> Iterator[str]:
    pytest.importorskip("flask")
    pytest.importorskip("flask_cors")
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def delivered(kinesis: Any) -> list[str]:
    """Return the ids of the records of a Kinesis stream."""
    [shard] = kinesis.list_shards(StreamName="changes")["Shards"]
    iterator = kinesis.get_shard_iterator(
        StreamName="changes", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    records = kinesis.get_records(ShardIterator=iterator)["Records"]
    return [json.loads(one["Data"])["dynamodb"]["Keys"]["id"]["S"] for one in records]


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_server_delivers_and_goes_on_after_it_was_killed(tmp_path: Path, endpoint: str) -> None:
    kinesis = boto3.client(
        "kinesis",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )
    arguments = ("--storage", "sqlite:///c.db", "--kinesis-endpoint", endpoint)
    server = DdbmockServe(tmp_path, *arguments)
    client = client_of(server.port)
    client.create_table(**definition("orders"))
    request = {"TableName": "orders", "StreamArn": ARN}

    def status() -> str:
        answer = client.describe_kinesis_streaming_destination(TableName="orders")
        found: str = answer["KinesisDataStreamDestinations"][0]["DestinationStatus"]
        return found

    client.enable_kinesis_streaming_destination(**request)
    assert status() == "ENABLE_FAILED"
    kinesis.create_stream(StreamName="changes", ShardCount=1)
    client.enable_kinesis_streaming_destination(**request)
    assert status() == "ACTIVE"
    names = [f"{number:02}" for number in range(40)]
    for name in names[:20]:
        client.put_item(TableName="orders", Item={"id": {"S": name}})
    eventually(lambda: len(delivered(kinesis)) >= 20)
    for name in names[20:]:
        client.put_item(TableName="orders", Item={"id": {"S": name}})
    server.kill()
    server = DdbmockServe(tmp_path, *arguments)
    eventually(lambda: names[-1] in delivered(kinesis))
    server.stop()
    # at least once, and in order: what was under way may be repeated
    assert list(dict.fromkeys(delivered(kinesis))) == names
