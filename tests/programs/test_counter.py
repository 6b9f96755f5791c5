"""Eight threads that add one a thousand times each add eight thousand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ddbmock
from tests.servers import pserve

THREADS = 8
ADDITIONS = 1000


def count_together(connect: Callable[[], Any]) -> int:
    """What a counter shows after all threads have added to it, each by its own connection."""
    connection = connect()
    schema = connection.create_schema("id", str)
    connection.create_table("counters", schema, read_units=5, write_units=5)
    failures: list[BaseException] = []

    def add() -> None:
        try:
            layer1 = connect().layer1
            for _ in range(ADDITIONS):
                layer1.update_item(
                    "counters",
                    {"HashKeyElement": {"S": "visits"}},
                    {"count": {"Value": {"N": "1"}, "Action": "ADD"}},
                )
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=add) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    key = {"HashKeyElement": {"S": "visits"}}
    item = connection.layer1.get_item("counters", key, consistent_read=True)["Item"]
    return int(item["count"]["N"])


def test_no_addition_is_lost_in_process() -> None:
    with ddbmock.boto_patch():
        assert count_together(ddbmock.connect_boto) == THREADS * ADDITIONS


@pytest.mark.parametrize("threads", [0, 4])
def test_no_addition_is_lost_over_the_network(tmp_path: Path, threads: int) -> None:
    with pserve(tmp_path, threads, delay_creating=0) as server:
        connected = count_together(lambda: ddbmock.connect_ddbmock("127.0.0.1", server.port))
    assert connected == THREADS * ADDITIONS
