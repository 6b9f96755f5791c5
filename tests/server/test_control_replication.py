"""The replication of global tables and the check of policies, steered over the control path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from webtest import TestApp

import ddbmock
from tests.server.test_application import SIGNED

EAST, IRELAND = "us-east-1", "eu-west-1"
AT = 1_790_000_000.0
Steer = Callable[..., Any]


@pytest.fixture
def app() -> TestApp:
    return TestApp(ddbmock.main({}, control="on", databases="region"))


@pytest.fixture
def steer(app: TestApp) -> Steer:
    """Sends a request to the control path; an error is answered as ``(status, message)``."""

    def steer(method: str, path: str, body: Any = None) -> Any:
        content = b"" if body is None else orjson.dumps(body)
        headers = {"Content-Type": "application/json"}
        response = app.request(
            f"/_ddbmock{path}", method=method, body=content, headers=headers, status="*"
        )
        answer = orjson.loads(response.body)
        if response.status_int == 200:
            return answer
        return response.status_int, answer["message"]

    steer("POST", "/clock", {"freeze": AT})
    return steer


def call(app: TestApp, region: str, operation: str, **request: Any) -> Any:
    authorization = SIGNED["Authorization"].replace(IRELAND, region)
    assert region in authorization
    headers = SIGNED | {
        "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        "Authorization": authorization,
    }
    return orjson.loads(app.post("/", orjson.dumps(request), headers=headers, status="*").body)


def make_table(app: TestApp, *replicas: str) -> None:
    call(
        app,
        EAST,
        "CreateTable",
        TableName="people",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for region in replicas:
        update = {"Create": {"RegionName": region}}
        call(app, EAST, "UpdateTable", TableName="people", ReplicaUpdates=[update])


def put(app: TestApp, region: str, key: str) -> None:
    assert call(app, region, "PutItem", TableName="people", Item={"pk": {"S": key}}) == {}


def count(app: TestApp, region: str) -> Any:
    return call(app, region, "Scan", TableName="people")["Count"]


def replica(region: str, **members: Any) -> dict[str, Any]:
    return {
        "region": region,
        "table": "people",
        "lagSeconds": 0.0,
        "delaySeconds": 0.0,
        "held": False,
        "pending": 0,
        "cutOff": False,
        "failing": False,
    } | members


def test_a_database_without_global_tables_has_no_replicas(app: TestApp, steer: Steer) -> None:
    make_table(app)
    assert steer("GET", "/replication") == {"replicas": [], "changes": []}


def test_a_held_link_is_seen_and_released(app: TestApp, steer: Steer) -> None:
    make_table(app, IRELAND)
    still = [replica(IRELAND), replica(EAST)]
    assert steer("GET", "/replication")["replicas"] == still
    steer("POST", "/replication", {"hold": IRELAND})
    put(app, EAST, "a")
    steer("POST", "/clock", {"advance": 12})
    put(app, EAST, "b")
    change = {"table": "people", "source": EAST, "region": IRELAND, "removed": False, "due": None}
    assert steer("GET", "/replication") == {
        "replicas": [replica(IRELAND, lagSeconds=12.0, held=True, pending=2), replica(EAST)],
        "changes": [{**change, "key": {"pk": {"S": key}}} for key in "ab"],
    }
    assert steer("POST", "/replication", {"step": 1})["replicas"][0]["pending"] == 1
    assert count(app, IRELAND) == 1
    released = steer("POST", "/replication", {"release": IRELAND, "source": EAST})
    assert released["replicas"][0]["held"] is True  # the other hold is of all sources
    assert steer("POST", "/replication", {"release": "*"})["replicas"] == still
    assert count(app, IRELAND) == 2


def test_a_delayed_change_arrives_by_the_clock(app: TestApp, steer: Steer) -> None:
    make_table(app, IRELAND)
    steer("POST", "/replication", {"delay": 0.5})
    delayed = steer("POST", "/replication", {"delay": 5, "region": IRELAND, "source": EAST})
    assert [one["delaySeconds"] for one in delayed["replicas"]] == [5.0, 0.5]
    put(app, EAST, "a")
    [change] = steer("GET", "/replication")["changes"]
    assert change["due"] == AT + 5
    steer("POST", "/clock", {"advance": 5})
    assert count(app, IRELAND) == 1
    assert steer("DELETE", "/replication") == {}
    assert steer("GET", "/replication")["replicas"] == [replica(IRELAND), replica(EAST)]


def test_a_region_is_cut_off_and_healed(app: TestApp, steer: Steer) -> None:
    make_table(app, IRELAND)
    cut = steer("POST", "/replication", {"cut": IRELAND})
    assert cut["replicas"][0] == replica(IRELAND, cutOff=True)
    put(app, IRELAND, "a")
    failing = steer("POST", "/replication", {"cut": EAST, "requests": "fail"})["replicas"][1]
    assert failing == replica(EAST, cutOff=True, failing=True, pending=1)
    refused = call(app, EAST, "Scan", TableName="people")
    assert refused["__type"].endswith("#InternalServerError")
    steer("POST", "/replication", {"heal": EAST})
    steer("POST", "/replication", {"heal": "*"})
    assert count(app, EAST) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"hold": 1},
        {"hold": "mars-1"},
        {"hold": IRELAND, "release": IRELAND},
        {"hold": IRELAND, "requests": "fail"},
        {"cut": "*"},
        {"cut": IRELAND, "requests": "drop"},
        {"heal": "mars-1"},
        {"delay": -1},
        {"delay": True},
        {"delay": 1, "source": EAST},
        {"step": 0},
        {"step": True},
        {"other": 1},
    ],
)
def test_a_wrong_change_of_links_is_refused(app: TestApp, steer: Steer, body: Any) -> None:
    make_table(app, IRELAND)
    assert steer("POST", "/replication", body)[0] == 400
    assert steer("GET", "/replication")["replicas"] == [replica(IRELAND), replica(EAST)]


def test_each_callers_replicas_are_listed_apart() -> None:
    app = TestApp(ddbmock.main({}, control="on", databases="each"))
    key = SIGNED["Authorization"].partition("Credential=")[2].partition("/")[0]
    make_table(app, IRELAND)
    path = "/_ddbmock/replication"
    assert orjson.loads(app.get(path).body)["replicas"] == []
    assert len(orjson.loads(app.get(f"{path}?access_key={key}").body)["replicas"]) == 2


POLICY = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "dynamodb:Scan", "Resource": "*"},
}


def test_callers_are_checked_against_their_policies(app: TestApp, steer: Steer) -> None:
    make_table(app)
    assert steer("GET", "/access") == {"enforced": False, "identities": []}
    key = SIGNED["Authorization"].partition("Credential=")[2].partition("/")[0]
    arn = "arn:aws:iam::123456789012:user/ada"
    ada = {"access_key": key, "policies": [POLICY], "arn": arn, "user_id": "A", "tags": {"a": "b"}}
    assert steer("POST", "/access", ada) == {"enforced": True, "identities": [ada]}
    assert count(app, EAST) == 0
    denied = call(app, EAST, "PutItem", TableName="people", Item={"pk": {"S": "a"}})
    assert denied["__type"].endswith("#AccessDeniedException")
    assert steer("POST", "/access", {"enforced": False})["identities"] == [ada]
    put(app, EAST, "a")
    others = steer("POST", "/access", {"access_key": None, "policies": []})
    assert [one["access_key"] for one in others["identities"]] == [key, None]
    assert steer("DELETE", "/access") == {}
    assert steer("GET", "/access") == {"enforced": False, "identities": []}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"enforced": 1},
        {"enforced": True, "access_key": None, "policies": []},
        {"access_key": "A"},
        {"access_key": 1, "policies": []},
        {"access_key": "A", "policies": [1]},
        {"access_key": "A", "policies": ["{}"]},
        {"access_key": "A", "policies": [], "arn": 1},
        {"access_key": "A", "policies": [], "user_id": None},
        {"access_key": "A", "policies": [], "tags": {"a": 1}},
        {"access_key": "A", "policies": [], "other": 1},
    ],
)
def test_a_wrong_identity_is_refused(steer: Steer, body: Any) -> None:
    assert steer("POST", "/access", body)[0] == 400
    assert steer("GET", "/access") == {"enforced": False, "identities": []}
