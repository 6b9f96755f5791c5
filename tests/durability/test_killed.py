"""Servers that are killed under load: what they had answered is there, and nothing by halves."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Final

import pytest

from tests.durability.clients import Client
from tests.durability.writers import Load, Writer, check, create_tables
from tests.postgresql import Cluster
from tests.servers import DdbmockServe, ddbmock_serve

KILLS: Final = 12
SERVERS: Final = 3
ROUNDS: Final = 12


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_server_on_sqlite_is_killed_again_and_again(tmp_path: Path) -> None:
    chance = random.Random(5)
    writers = [Writer(f"writer {number}", random.Random(number)) for number in range(4)]
    for kill in range(KILLS):
        durability = ("full", "normal")[kill % 2]
        server = DdbmockServe(
            tmp_path, "--threads", "4", "--storage", f"sqlite:///c.db?durability={durability}"
        )
        try:
            client = Client(server.port)
            if kill == 0:
                create_tables(client)
            check(client, writers)
            client.close()
            load = Load(writers, [server.port])
            load.wait(chance.randrange(1, 30))
            # somewhere within the requests that are under way
            time.sleep(chance.uniform(0, 0.005))
        finally:
            server.kill()
        load.stop()
    with ddbmock_serve(tmp_path, "--storage", "sqlite:///c.db") as server:
        check(Client(server.port), writers)
    assert sum(writer.added for writer in writers) > 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_servers_on_postgresql_and_the_database_are_killed(
    postgresql: Cluster, tmp_path: Path
) -> None:
    chance = random.Random(6)
    url = postgresql.create_database()
    writers = [Writer(f"writer {number}", random.Random(number)) for number in range(6)]
    servers = [serve(tmp_path, url, number) for number in range(SERVERS)]
    try:
        create_tables(Client(servers[0].port))
        for number in range(ROUNDS):
            load = Load(writers, [server.port for server in servers])
            load.wait(chance.randrange(1, 60))
            time.sleep(chance.uniform(0, 0.005))
            if number % 3 == 2:
                postgresql.stop("immediate")
                postgresql.start()
            else:
                servers[number % SERVERS].kill()
            load.wait(20)
            load.stop()
            if number % 3 == 2:
                assert not any(writer.lost for writer in writers), "no server died"
            else:
                servers[number % SERVERS] = serve(tmp_path, url, number)
            client = Client(servers[chance.randrange(SERVERS)].port)
            check(client, writers)
            client.close()
    finally:
        for server in servers:
            server.kill()


def serve(directory: Path, url: str, number: int) -> DdbmockServe:
    """A server; every other one is the asyncio server."""
    kind = ("--server", "fast") if number % 2 else ("--threads", "4")
    return DdbmockServe(directory, *kind, "--storage", url)
