"""``pserve development.ini`` as a user starts it: a process of its own, with its log."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any

import pytest

import ddbmock
from tests.servers import pserve

USERS: Any = {"HashKeyElement": {"AttributeName": "id", "AttributeType": "S"}}
UNITS: Any = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
COUNTER: Any = {"HashKeyElement": {"S": "counter"}}
ADD_ONE: Any = {"count": {"Value": {"N": "1"}, "Action": "ADD"}}


def test_the_log_tells_errors_with_their_hints_and_at_the_end_what_was_consumed(
    tmp_path: Path,
) -> None:
    with pserve(tmp_path, delay_creating=0) as server:
        layer1 = ddbmock.connect_ddbmock("127.0.0.1", server.port).layer1
        layer1.create_table("users", USERS, UNITS)
        layer1.put_item("users", {"id": {"S": "ada"}})
        with pytest.raises(layer1.ResponseError):
            layer1.describe_table("user")
    variable = r"^[-0-9]+ [0-9:,]+ |[0-9A-Z]{52} | over [0-9]+ s: .*"
    logged = [re.sub(variable, "", line) for line in server.log]
    assert [line for line in logged if "ddbmock" in line] == [
        f"INFO    ddbmock.server  Serving DynamoDB on http://127.0.0.1:{server.port}\n",
        f"INFO    ddbmock.server  Console: http://127.0.0.1:{server.port}/_ddbmock/\n",
        "INFO    ddbmock.requests  DescribeTable ResourceNotFoundException: Requested resource "
        "not found: Table: user not found (There is no table 'user'; did you mean 'users'?)\n",
        "INFO    ddbmock.throughput  users PutItem\n",
    ]


@pytest.mark.parametrize("threads", [0, 4])
def test_no_addition_of_eight_clients_is_lost(tmp_path: Path, threads: int) -> None:
    with pserve(tmp_path, threads, delay_creating=0) as server:
        clients = [ddbmock.connect_ddbmock("127.0.0.1", server.port).layer1 for _ in range(8)]
        clients[0].create_table("users", USERS, UNITS)

        def add(layer1: Any) -> None:
            for _ in range(100):
                layer1.update_item("users", COUNTER, ADD_ONE)

        running = [threading.Thread(target=add, args=(layer1,)) for layer1 in clients]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
        item = clients[0].get_item("users", COUNTER, consistent_read=True)["Item"]
    assert item == {"id": {"S": "counter"}, "count": {"N": "800"}}
