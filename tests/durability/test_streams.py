"""Readers of a stream miss nothing and read nothing twice, while writers write and servers die."""

from __future__ import annotations

import http.client
import itertools
import random
import threading
import time
from pathlib import Path
from typing import Final

import orjson
import pytest

from tests.durability.clients import Client, Lost, Refused, all_of
from tests.durability.stream_reader import STREAMS, Following, StreamReader, check
from tests.postgresql import Cluster
from tests.servers import DdbmockServe

WRITERS: Final = 4
ITEMS: Final = 12
HOURS: Final = 4 * 3600


class Writers:
    """Threads that put, update and delete the same few items on all servers."""

    def __init__(self, ports: list[int], seed: int) -> None:
        self._ports = ports
        self._stopping = threading.Event()
        self.answered = 0
        self.failures: list[Exception] = []
        self._threads = [
            threading.Thread(target=self._run, args=(random.Random(seed + number),))
            for number in range(WRITERS)
        ]
        for thread in self._threads:
            thread.start()

    def _run(self, chance: random.Random) -> None:
        while not self._stopping.is_set():
            client = Client(chance.choice(self._ports))
            try:
                for _ in range(20):
                    self._write(client, chance)
                    self.answered += 1
            except Lost:
                self._stopping.wait(0.02)
            except Refused as refused:
                if refused.type != "InternalServerError":
                    self.failures.append(refused)
                    return
            finally:
                client.close()

    @staticmethod
    def _write(client: Client, chance: random.Random) -> None:
        key = {"id": {"S": f"item {chance.randrange(ITEMS)}"}}
        kind = chance.randrange(5)
        if kind == 0:
            client("DeleteItem", TableName="orders", Key=key)
        elif kind == 1:
            other = {"id": {"S": f"item {ITEMS + chance.randrange(3)}"}}
            value = {"v": {"N": str(chance.random())}}
            client(
                "TransactWriteItems",
                TransactItems=[
                    {"Put": {"TableName": "orders", "Item": key | value}},
                    {"Put": {"TableName": "orders", "Item": other | value}},
                ],
            )
        else:
            client(
                "UpdateItem",
                TableName="orders",
                Key=key,
                UpdateExpression="ADD n :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )

    def wait(self, writes: int) -> None:
        """Wait until some more writes were answered."""
        until, end = self.answered + writes, time.monotonic() + 120
        while self.answered < until and not self.failures:
            assert time.monotonic() < end, "the writers have come to a standstill"
            time.sleep(0.005)

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(60)
        assert self.failures == []


def create(port: int) -> str:
    created = Client(port)(
        "CreateTable",
        TableName="orders",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    arn: str = created["TableDescription"]["LatestStreamArn"]
    return arn


def advance(port: int, seconds: float) -> None:
    """Move the clock of a server: shards are succeeded, and iterators expire."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/json"}
    connection.request("POST", "/_ddbmock/clock", orjson.dumps({"advance": seconds}), headers)
    response = connection.getresponse()
    assert response.status == 200, response.read()
    connection.close()


def finish(reader: StreamReader, port: int) -> None:
    """Read what is left, and check all."""
    client = Client(port, api=STREAMS)
    while reader.read(client):
        pass
    check(reader.records, all_of(Client(port), "Scan", TableName="orders", ConsistentRead=True))


def serve(directory: Path, url: str, shards: int = 1) -> DdbmockServe:
    arguments = ("--threads", "4", "--storage", url, "--stream-shards", str(shards))
    return DdbmockServe(directory, *arguments)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("shards", [1, 3])
def test_a_reader_of_a_server_that_is_killed(tmp_path: Path, shards: int) -> None:
    chance = random.Random(7)
    server = serve(tmp_path, "sqlite:///c.db?durability=normal", shards)
    ports = [server.port]
    reader = StreamReader(create(server.port))
    for number in range(1, 11):
        writers = Writers(ports, chance.randrange(1000))
        following = Following(reader, lambda: ports[0])
        writers.wait(chance.randrange(5, 60))
        advance(server.port, number * HOURS)  # a new server begins with the time of day
        writers.wait(chance.randrange(5, 60))
        server.kill()
        writers.stop()
        following.stop()
        server = serve(tmp_path, "sqlite:///c.db?durability=normal", shards)
        ports[0] = server.port
    finish(reader, server.port)
    server.kill()
    # A shard that gets no write between an advance and the kill has its children later.
    assert len(reader.finished) >= 8 * shards
    assert len(reader.records) > 200


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_reader_of_three_servers_that_are_killed(postgresql: Cluster, tmp_path: Path) -> None:
    chance = random.Random(8)
    url = postgresql.create_database()
    servers = [serve(tmp_path, url, 2) for _ in range(3)]
    ports = [server.port for server in servers]
    reader = StreamReader(create(ports[0]))
    ahead = [0, 0, 0]
    turns = itertools.count()
    try:
        for number in range(6):
            writers = Writers(ports, number * 10)
            following = Following(reader, lambda: ports[next(turns) % 3])
            writers.wait(chance.randrange(10, 40))
            for place, port in enumerate(ports):
                advance(port, (number + 1) * HOURS - ahead[place])
                ahead[place] = (number + 1) * HOURS
            writers.wait(chance.randrange(10, 40))
            servers[number % 3].kill()
            writers.wait(10)
            writers.stop()
            following.stop()
            servers[number % 3] = serve(tmp_path, url, 2)
            ports[number % 3], ahead[number % 3] = servers[number % 3].port, 0
        finish(reader, ports[chance.randrange(3)])
    finally:
        for server in servers:
            server.kill()
    assert len(reader.finished) >= 6
    assert len(reader.records) > 100
