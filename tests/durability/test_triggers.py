"""Functions of triggers get every record, in order per item, while the servers that call them die."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Final

import pytest

from tests.durability.clients import Client, Lost, Refused
from tests.durability.test_streams import create
from tests.postgresql import Cluster
from tests.servers import DdbmockServe

HANDLERS: Final = """
import os


def note(event, context):
    lines = []
    for record in event["Records"]:
        image = record["dynamodb"]["NewImage"]
        lines.append(f"{os.getpid()} {image['id']['S']} {image['n']['N']}\\n")
    with open("seen", "a") as file:
        file.write("".join(lines))
"""


class Writes:
    """Items whose attribute n counts their changes."""

    def __init__(self, seed: int) -> None:
        self.counts: dict[str, int] = {}
        self._chance = random.Random(seed)

    def write(self, port: int, count: int) -> None:
        """Write some changes; what is not answered is written again, and no change if it was done."""
        client = Client(port)
        for _ in range(count):
            name = f"item{self._chance.randrange(6)}"
            self.counts[name] = self.counts.get(name, 0) + 1
            item = {"id": {"S": name}, "n": {"N": str(self.counts[name])}}
            while True:
                try:
                    client("PutItem", TableName="orders", Item=item)
                    break
                except (Lost, Refused):
                    client.close()
                    client = Client(port)
        client.close()

    def missing(self, seen: list[list[str]]) -> str | None:
        """Return a sentence about the first change that was skipped, or is not there yet."""
        reached: dict[str, int] = {}
        for _, name, text in seen:
            number = int(text)
            if number > reached.get(name, 0) + 1:
                return f"{name} skips a change before {number}"
            reached[name] = max(reached.get(name, 0), number)
        left = {name: count for name, count in self.counts.items() if reached.get(name) != count}
        return f"not seen: {left}" if left else None


def seen(directory: Path) -> list[list[str]]:
    """Return process, item and number of each record that a function got."""
    path = directory / "seen"
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


def wait_for(directory: Path, writes: Writes) -> None:
    """Wait until all changes were seen."""
    end = time.monotonic() + 60
    while (missing := writes.missing(seen(directory))) is not None:
        assert "skips" not in missing, missing
        assert time.monotonic() < end, missing
        time.sleep(0.05)


def serve(directory: Path, url: str) -> DdbmockServe:
    (directory / "handlers.py").write_text(HANDLERS)
    triggers = "orders=handlers:note?batch_size=3"
    return DdbmockServe(directory, "--threads", "2", "--storage", url, "--triggers", triggers)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_server_that_is_killed_goes_on_with_its_triggers(tmp_path: Path) -> None:
    url = "sqlite:///c.db?durability=normal"
    writes = Writes(1)
    server = serve(tmp_path, url)
    create(server.port)
    writes.write(server.port, 30)
    server.kill()
    server = serve(tmp_path, url)
    writes.write(server.port, 10)
    wait_for(tmp_path, writes)
    count = len(seen(tmp_path))
    server.stop()
    # a server that was stopped has let its lease go, and nothing is seen twice
    server = serve(tmp_path, url)
    writes.write(server.port, 5)
    wait_for(tmp_path, writes)
    server.stop()
    assert len(seen(tmp_path)) == count + 5


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_one_of_several_servers_calls_a_function(postgresql: Cluster, tmp_path: Path) -> None:
    url = postgresql.create_database()
    writes = Writes(2)
    servers = [serve(tmp_path, url) for _ in range(3)]
    try:
        create(servers[0].port)
        callers: list[str] = []
        while servers:
            for server in servers:
                writes.write(server.port, 10)
            wait_for(tmp_path, writes)
            # the others have taken no turn
            callers = list(dict.fromkeys(line[0] for line in seen(tmp_path)))
            calling = next(one for one in servers if str(one.pid) == callers[-1])
            calling.kill()
            servers.remove(calling)
        assert len(callers) == 3
        processes = [line[0] for line in seen(tmp_path)]
        turns = [
            one for one, before in zip(processes, ["", *processes], strict=False) if one != before
        ]
        assert turns == callers
    finally:
        for server in servers:
            server.kill()
