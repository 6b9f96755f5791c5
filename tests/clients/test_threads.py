"""Eight threads, or tasks, each add 1 a thousand times: on every path not one is lost."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import ddbmock
from tests.clients.tables import KEY, create

TIMES = 1000
ADD_ONE: dict[str, Any] = {
    **KEY,
    "UpdateExpression": "ADD n :one",
    "ExpressionAttributeValues": {":one": {"N": "1"}},
}


@pytest.mark.parametrize("path", ["direct", "wire"])
def test_threads_lose_no_update(path: Any) -> None:
    with ddbmock.Database() as db:
        client = db.client(path=path)
        create(client)

        def add(_: int) -> None:
            for _ in range(TIMES):
                client.update_item(**ADD_ONE)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(add, range(8)))
        assert client.get_item(**KEY)["Item"]["n"] == {"N": "8000"}


def test_threads_with_boto_lose_no_update() -> None:
    layer1 = pytest.importorskip("boto.dynamodb2.layer1")
    with ddbmock.Database() as db, ddbmock.boto_patch(db):
        create(db.client())

        def add(_: int) -> None:
            connection = layer1.DynamoDBConnection()
            for _ in range(TIMES):
                connection.update_item(
                    "music", KEY["Key"], {"n": {"Action": "ADD", "Value": {"N": "1"}}}
                )

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(add, range(8)))
        assert db.client().get_item(**KEY)["Item"]["n"] == {"N": "8000"}


@pytest.mark.parametrize("path", ["direct", "wire"])
def test_tasks_lose_no_update(path: Any) -> None:
    session = pytest.importorskip("aiobotocore.session")

    async def run() -> None:
        async with (
            ddbmock.mock(path=path) as db,
            session.get_session().create_client("dynamodb") as client,
        ):
            create(db.client())

            async def add() -> None:
                for _ in range(TIMES):
                    await client.update_item(**ADD_ONE)

            await asyncio.gather(*(add() for _ in range(8)))
            assert (await client.get_item(**KEY))["Item"]["n"] == {"N": "8000"}

    asyncio.run(run())
