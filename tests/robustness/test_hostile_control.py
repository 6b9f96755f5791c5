"""The control path and the console answer whatever is asked of them, and DynamoDB's requests go on."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from ddbmock.server.control import Control
from ddbmock.service import http
from ddbmock.service.http import WireRequest
from ddbmock.service.instance import Instance
from ddbmock.settings import Settings
from ddbmock.storage import open as open_storage
from tests.behaviour.doors import SIGNED
from tests.behaviour.test_fuzz import Maker
from tests.robustness.laden import Laden

REQUESTS = 200
"""`make torture` takes more."""
ONE_LIFE: Final = 50
"""Requests after which everything begins again, as a clock may have leapt to the end of time."""
TEMPLATE: Final = "Resources: {T: {Type: AWS::DynamoDB::Table, Properties: {TableName: tab}}}"
POLICY: Final = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*"}]}

TEMPLATES: Final[tuple[tuple[str, str, Any], ...]] = (
    ("GET", "", None), ("GET", "/", None), ("GET", "clock", None), ("GET", "requests", None),
    ("GET", "requests/events?after=3", None), ("GET", "requests/events?after=-5", None),
    ("GET", "settings", None), ("GET", "trouble", None), ("GET", "regions", None),
    ("GET", "tables?region=us-east-1&access_key=a", None), ("GET", "expiring", None),
    ("GET", "throttling", None), ("GET", "replication", None), ("GET", "access", None),
    ("GET", "snapshots", None), ("GET", "snapshots/s/difference", None),
    ("GET", "assets/index.html", None), ("GET", "assets/..%2f..%2fetc%2fpasswd", None),
    ("DELETE", "requests", None), ("DELETE", "trouble", None), ("DELETE", "trouble/1", None),
    ("DELETE", "replication", None), ("DELETE", "access", None), ("DELETE", "snapshots/s", None),
    ("DELETE", "forks/1", None), ("POST", "snapshots/s/restore", {}), ("POST", "forks", {}),
    ("GET", "forks/1/_ddbmock/clock", None), ("POST", "forks/1/_ddbmock/forks", {}),
    ("POST", "clock", {"advance": 3600}), ("POST", "clock", {"freeze": True}),
    ("POST", "clock", {"freeze": 1_800_000_000}), ("POST", "clock", {"resume": True}),
    ("POST", "snapshots", {"name": "s"}), ("POST", "settle", {}),
    ("POST", "trouble", {"fault": "throttle", "on": {"table": "one", "times": 2, "chance": 0.5}}),
    ("POST", "trouble", {"fault": "delay", "seconds": 0.001, "on": {"operation": "GetItem"}}),
    ("POST", "trouble", {"fault": "unprocessed", "count": 1, "on": {"key": {"p": "a"}}}),
    ("POST", "trouble", {"throughput": True, "stale": False, "small_pages": True}),
    ("POST", "streams", {"roll": "one"}), ("POST", "streams", {"split": "two", "shard": "x"}),
    ("POST", "definitions", {"text": TEMPLATE}),
    ("POST", "rehearse", {"operation": "Scan", "request": {"TableName": "one"}}),
    ("POST", "rehearse", {"operation": "ExecuteStatement", "request": {"Statement": "SELECT"}}),
    ("POST", "replication", {"hold": "eu-west-1", "source": "*"}),
    ("POST", "replication", {"cut": "eu-west-1", "requests": "fail"}),
    ("POST", "replication", {"delay": 0.5, "region": "eu-west-1"}),
    ("POST", "replication", {"step": 1}), ("POST", "replication", {"heal": None}),
    ("POST", "access", {"enforced": True}),
    ("POST", "access", {"access_key": "a", "policies": [POLICY], "tags": {"a": "b"}}),
)  # fmt: skip
WORDS: Final = (
    "", "/", "..", "%00", "\0", "forks", "1", "-1", "9" * 40, "a" * 5000, "?x=%ff", "é", "null",
    "clock", "snapshots", "?after=1e9", "?region=" + "r" * 3000, "&access_key=%2e%2e%2f",
)  # fmt: skip
HEADERS: Final = (
    {"origin": "https://evil.example"}, {"host": "evil.example"}, {"sec-fetch-site": "cross-site"},
    {"content-type": "text/plain"}, {"x-ddbmock-token": "\xe9"}, {"last-event-id": "x"},
    {"accept-encoding": "gzip;q=x, zstd"}, {"if-none-match": '"x"'}, {"content-type": ""},
)  # fmt: skip


def random_request(chance: Random, maker: Maker) -> WireRequest:
    """A request to the control path, half of them spoilt somewhere."""
    method, path, body = chance.choice(TEMPLATES)
    content = b"" if body is None else json.dumps(body).encode()
    headers = {"host": "127.0.0.1", "content-type": "application/json"}
    if chance.random() < 0.5:
        match chance.randrange(5):
            case 0:
                method = chance.choice(("GET", "POST", "DELETE", "PUT", "HEAD", "OPTIONS", "X"))
            case 1:
                at = chance.randrange(len(path) + 1)
                path = path[:at] + chance.choice(WORDS) + path[at:]
            case 2:
                headers |= chance.choice(HEADERS)
            case 3:
                content = chance.choice(
                    (b"", b"{", b"[]", b"null", b"\xff", b"[" * 5000, b'{"a":1')
                )
            case _:
                content = json.dumps(maker.spoilt(body or {"advance": 1})).encode()
    path, _, query = path.partition("?")
    return WireRequest(method, f"/_ddbmock/{path}", query, headers, content)


def check_control(url: str, count: int, seed: int) -> dict[int, int]:
    """Send so many requests to the control path; return how many had each status."""
    chance = Random(seed)
    statuses: dict[int, int] = {}
    instance = control = None
    for number in range(count):
        if instance is None or control is None or number % ONE_LIFE == 0:
            if instance is not None and control is not None:
                control.close()
                instance.close()
            storage = open_storage(url.format(number))
            Laden(storage).fill()
            instance = Instance.of(storage, Settings(control="on", databases="region"))
            control = Control(instance)
        request = random_request(chance, Maker(chance.randrange(2**40)))
        # it comes here before any other handling: nothing may be raised
        status, headers, content = http.handle(instance.router, request)
        statuses[status] = statuses.get(status, 0) + 1
        assert status < 500, (request, content)
        if ("Content-Type", "application/json") in headers and content:
            json.loads(content)
        for path in ("trouble", "replication", "access"):
            clear = WireRequest("DELETE", f"/_ddbmock/{path}", "", {"host": "127.0.0.1"}, b"")
            assert http.handle(instance.router, clear).status == 200
        headers_of_list = {**SIGNED, "x-amz-target": "DynamoDB_20120810.ListTables"}
        listed = http.handle(instance.router, WireRequest("POST", "/", "", headers_of_list, b"{}"))
        assert listed.status == 200, (request, listed)
    return statuses


@pytest.mark.parametrize("url", ["memory://", "sqlite:///{}/{{}}.db?durability=normal"])
def test_the_control_path_answers_anything(url: str, tmp_path: Path) -> None:
    statuses = check_control(
        url.format(tmp_path), REQUESTS // 4 if "sqlite" in url else REQUESTS, 1
    )
    assert statuses[200] > statuses[400] > 0
