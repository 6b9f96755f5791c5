"""Two regions behind one address: boto3's clients of each, through both servers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.config import Config

import ddbmock
from ddbmock.service.instance import Instance
from tests.servers import serving

EAST, IRELAND = "us-east-1", "eu-west-1"


@contextmanager
def waitress(instance: Instance) -> Iterator[int]:
    with serving(instance.dynamodb) as port:
        yield port


@contextmanager
def asyncio_server(instance: Instance) -> Iterator[int]:
    fast = pytest.importorskip("ddbmock.server.asyncio_server")
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(fast.serve(instance.router, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.mark.slow
@pytest.mark.parametrize("server", [waitress, asyncio_server])
def test_regions_replicate_over_http(server: Any) -> None:
    with ddbmock.Database(databases="region") as db, server(db) as port:

        def client(region: str) -> Any:
            return boto3.client(
                "dynamodb",
                region_name=region,
                endpoint_url=f"http://127.0.0.1:{port}",
                aws_access_key_id="AKID",
                aws_secret_access_key="secret",
                config=Config(retries={"max_attempts": 0}),
            )

        us, eu = client(EAST), client(IRELAND)
        us.create_table(
            TableName="people",
            AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        us.update_table(TableName="people", ReplicaUpdates=[{"Create": {"RegionName": IRELAND}}])

        def put(region: Any, name: str) -> None:
            region.put_item(TableName="people", Item={"name": {"S": name}})

        def names(region: Any) -> set[str]:
            return {one["name"]["S"] for one in region.scan(TableName="people")["Items"]}

        put(us, "Ada")
        put(eu, "Eve")
        assert names(us) == names(eu) == {"Ada", "Eve"}
        db.replication.hold(IRELAND)
        put(us, "Bob")
        assert names(eu) == {"Ada", "Eve"}
        db.replication.cut(EAST, requests="fail")
        with pytest.raises(us.exceptions.InternalServerError):
            names(us)
        db.replication.clear()
        assert names(eu) == names(us) == {"Ada", "Bob", "Eve"}
