"""A server that is frozen inside its transaction holds up others for some seconds, and reads not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from tests.durability.clients import Client, Refused
from tests.postgresql import Cluster
from tests.servers import ROOT, ddbmock_serve

HOT = {"TableName": "songs", "Item": {"id": {"S": "hot"}}}
WRITES: Final[dict[str, dict[str, Any]]] = {
    "PutItem": HOT,
    "BatchWriteItem": {"RequestItems": {"songs": [{"PutRequest": {"Item": HOT["Item"]}}]}},
    "TransactWriteItems": {"TransactItems": [{"Put": HOT}]},
    "ExecuteStatement": {"Statement": "DELETE FROM songs WHERE id = 'hot'"},
}
"""The requests of the writers of each server, by operation."""
READS = 20

FREEZES = """
import os, signal, sys
import ddbmock
from ddbmock.storage import postgresql

send = postgresql.run_together

def freeze(connection, statements):
    send(connection, statements[:-1])
    print("frozen", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
    send(connection, statements[-1:])

database = ddbmock.Database(storage=sys.argv[1])
postgresql.run_together = freeze
database.client().put_item(TableName="songs", Item={"id": {"S": "hot"}})
"""


@contextmanager
def frozen_peer(url: str) -> Iterator[None]:
    """A process that has written the hot item, and neither commits nor goes away."""
    process = subprocess.Popen(
        [sys.executable, "-c", FREEZES, url],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "frozen\n"
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.slow
def test_a_frozen_peer_holds_up_no_read_and_writes_for_seconds_only(
    postgresql: Cluster, tmp_path: Path
) -> None:
    url = postgresql.create_database()
    answers: list[tuple[int, str | None]] = []

    def write(port: int, operation: str) -> None:
        client = Client(port)
        try:
            client(operation, **WRITES[operation])
            answers.append((200, None))
        except Refused as refused:
            answers.append((refused.status, refused.hint))
        client.close()

    with (
        ddbmock_serve(tmp_path, "--storage", url, "--threads", "8") as waitress,
        ddbmock_serve(tmp_path, "--storage", url, "--server", "fast") as fast,
    ):
        clients = [Client(server.port) for server in (waitress, fast)]
        clients[0](
            "CreateTable",
            TableName="songs",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        clients[0]("PutItem", TableName="songs", Item={"id": {"S": "other"}})
        clients[0]("PutItem", **HOT)
        with frozen_peer(url):
            writers = [
                threading.Thread(target=write, args=(server.port, operation))
                for server in (waitress, fast)
                for operation in WRITES
            ]
            for writer in writers:
                writer.start()
            waiting = "SELECT count(*) > 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            while postgresql.psql(waiting) != "t\n":
                assert not answers
            for client in clients:
                for key in ("other", "hot"):
                    for consistent in (True, False):
                        for _ in range(READS):
                            client(
                                "GetItem",
                                TableName="songs",
                                Key={"id": {"S": key}},
                                ConsistentRead=consistent,
                            )
                # nor do writes of other items wait until the hot one is free
                client("PutItem", TableName="songs", Item={"id": {"S": "other"}})
            assert answers == []
            for writer in writers:
                writer.join(60)
            assert answers == [(200, None)] * len(writers)
        for client in clients:
            client.close()
