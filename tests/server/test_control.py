"""A server is steered below /_ddbmock, when it is set so, and by nobody otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import orjson
import pytest
from botocore.exceptions import ClientError
from webtest import TestApp

import ddbmock
from ddbmock.server import application
from ddbmock.server.control import Control, tables
from ddbmock.server.control.content import MAX_DEPTH
from ddbmock.server.waitress_server import running
from ddbmock.service import rehearsal
from tests.server.test_application import SIGNED

MUSIC: dict[str, Any] = {
    "TableName": "music",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
}
Steer = Callable[..., Any]


@pytest.fixture
def app() -> TestApp:
    return TestApp(ddbmock.main({}, control="on"))


@pytest.fixture
def steer(app: TestApp) -> Steer:
    """Sends a request to the control path; an error is answered as ``(status, message)``."""

    def steer(method: str, path: str = "", body: Any = None) -> Any:
        content = b"" if body is None else orjson.dumps(body)
        headers = {"Content-Type": "application/json"}
        response = app.request(
            f"/_ddbmock{path}", method=method, body=content, headers=headers, status="*"
        )
        answer = orjson.loads(response.body)
        if response.status_int == 200:
            return answer
        return response.status_int, answer["message"]

    return steer


def call(app: TestApp, operation: str, path: str = "/", **request: Any) -> Any:
    headers = {**SIGNED, "X-Amz-Target": f"DynamoDB_20120810.{operation}"}
    return orjson.loads(app.post(path, orjson.dumps(request), headers=headers, status="*").body)


def put(app: TestApp, key: str, path: str = "/") -> Any:
    return call(app, "PutItem", path, TableName="music", Item={"pk": {"S": key}})


def count(app: TestApp, path: str = "/") -> Any:
    return call(app, "Scan", path, TableName="music")["Count"]


@pytest.mark.parametrize("control", ["auto", "off"])
def test_only_ddbmocks_own_servers_can_be_steered_by_default(control: str) -> None:
    """Another server does not report where it listens."""
    app = TestApp(ddbmock.main({}, control=control))
    assert app.get("/_ddbmock", status="*").status_int == 404


def test_an_overview(app: TestApp, steer: Steer) -> None:
    steer("POST", "/clock", {"freeze": 1000})
    call(app, "ListTables")
    snapshot, fork = steer("POST", "/snapshots", {})["id"], steer("POST", "/forks", {})["id"]
    assert steer("GET") == {
        "clock": {"now": 1000.0, "frozen": True},
        "snapshots": [{"id": snapshot, "name": "", "at": 1000.0}],
        "forks": [fork],
        "requests": 1,
        "trouble": {"faults": [], "throughput": False, "stale": False, "small_pages": False},
        "triggers": [],
    }


def test_the_clock_is_moved(steer: Steer) -> None:
    assert steer("POST", "/clock", {"freeze": 1000.5}) == {"now": 1000.5, "frozen": True}
    assert steer("POST", "/clock", {"advance": 10})["now"] == 1010.5
    assert steer("POST", "/clock", {"advance": {"hours": 1, "seconds": 1}})["now"] == 4611.5
    assert steer("POST", "/clock", {"freeze": True}) == steer("GET", "/clock")
    assert steer("POST", "/clock", {"resume": True})["frozen"] is False


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"advance": True},
        {"advance": "x"},
        {"advance": {"years": 1}},
        {"freeze": False},
        {"freeze": "now"},
        {"resume": False},
    ],
)
def test_a_wrong_move_is_refused(steer: Steer, body: Any) -> None:
    status, message = steer("POST", "/clock", body)
    assert (status, message[:16]) == (400, 'Say {"advance": ')


def test_a_snapshot_is_restored_as_often_as_wanted(app: TestApp, steer: Steer) -> None:
    call(app, "CreateTable", **MUSIC)
    snapshot = steer("POST", "/snapshots", {})["id"]
    for key in "ab":
        put(app, key)
        assert count(app) == 1
        assert steer("POST", f"/snapshots/{snapshot}/restore", {}) == {}
        assert count(app) == 0
    assert steer("DELETE", f"/snapshots/{snapshot}") == {}
    gone = (404, f"There is none with the id {snapshot}.")
    assert steer("POST", f"/snapshots/{snapshot}/restore", {}) == gone
    assert steer("DELETE", f"/snapshots/{snapshot}") == gone


def test_a_snapshot_is_compared_with_now(app: TestApp, steer: Steer) -> None:
    call(app, "CreateTable", **MUSIC)
    call(app, "CreateTable", **{**MUSIC, "TableName": "gone"})
    call(app, "CreateTable", **{**MUSIC, "TableName": "same"})
    put(app, "a")
    put(app, "b")
    snapshot = steer("POST", "/snapshots", {})["id"]
    assert steer("GET", f"/snapshots/{snapshot}/difference") == {"tables": []}
    call(app, "DeleteTable", TableName="gone")
    call(app, "CreateTable", **{**MUSIC, "TableName": "new"})
    call(app, "DeleteItem", TableName="music", Key={"pk": {"S": "a"}})
    call(app, "PutItem", TableName="music", Item={"pk": {"S": "b"}, "n": {"N": "1"}})
    put(app, "c")
    call(app, "UpdateTable", TableName="same", DeletionProtectionEnabled=True)
    gone, music, new, same = steer("GET", f"/snapshots/{snapshot}/difference")["tables"]
    assert (gone["name"], gone["change"]) == ("gone", "deleted")
    assert (new["name"], new["change"]) == ("new", "created")
    assert (same["name"], same["change"], same["settings"]) == ("same", "changed", True)
    assert music == {
        "region": "",
        "name": "music",
        "change": "changed",
        "settings": False,
        "keys": ["pk"],
        "added": 1,
        "removed": 1,
        "changed": 1,
        "items": [
            {"before": {"pk": {"S": "b"}}, "after": {"pk": {"S": "b"}, "n": {"N": "1"}}},
            {"before": None, "after": {"pk": {"S": "c"}}},
            {"before": {"pk": {"S": "a"}}, "after": None},
        ],
    }


def test_a_fork_is_a_database_at_an_address_of_its_own(app: TestApp, steer: Steer) -> None:
    call(app, "CreateTable", **MUSIC)
    fork = steer("POST", "/forks", {})
    assert fork["path"] == f"/_ddbmock/forks/{fork['id']}"
    assert put(app, "a", fork["path"]) == put(app, "b", fork["path"] + "/") == {}
    assert (count(app), count(app, fork["path"])) == (0, 2)
    below = f"/forks/{fork['id']}/_ddbmock"
    steer("POST", f"{below}/clock", {"freeze": 5})
    assert (steer("GET", f"{below}/clock")["now"], steer("GET", "/clock")["frozen"]) == (5, False)
    steer("POST", f"{below}/forks", {})
    assert steer("DELETE", f"/forks/{fork['id']}") == {}
    gone = (404, f"There is none with the id {fork['id']}.")
    assert steer("POST", f"/forks/{fork['id']}", {}) == gone
    assert steer("DELETE", f"/forks/{fork['id']}") == gone


def test_requests_are_reviewed(app: TestApp, steer: Steer) -> None:
    call(app, "CreateTable", **MUSIC)
    count(app)
    review = steer("GET", "/requests")
    assert review["totals"]["scans"] == 1
    [_, scan] = review["requests"]
    assert (scan["operation"], scan["tables"], scan["read_units"]) == ("Scan", ["music"], 0.5)
    assert steer("DELETE", "/requests") == {}
    assert steer("GET", "/requests")["requests"] == []


def test_the_log_has_the_caller(app: TestApp, steer: Steer) -> None:
    call(app, "ListTables")
    [logged] = steer("GET", "/requests")["requests"]
    assert (logged["region"], logged["access_key"]) == ("eu-west-1", "AKID")


class TestRehearsals:
    def test_a_request_is_priced_and_nothing_remains_of_it(
        self, app: TestApp, steer: Steer
    ) -> None:
        call(app, "CreateTable", **MUSIC)
        put(app, "a")
        before = steer("GET", "/requests")["totals"]["requests"]
        insert = {"Statement": "INSERT INTO music VALUE {'pk': 'b'}"}
        found = steer("POST", "/rehearse", {"operation": "ExecuteStatement", "request": insert})
        assert (found["readUnits"], found["writeUnits"]) == (0, 1.0)
        assert steer("GET", "/requests")["totals"]["requests"] == before
        assert count(app) == 1

    def test_a_select_has_its_plan(self, app: TestApp, steer: Steer) -> None:
        call(app, "CreateTable", **MUSIC)
        put(app, "a")
        plans = {
            "SELECT * FROM music WHERE pk = 'a'": "get",
            "SELECT * FROM music WHERE pk IN ['a', 'b']": "union of 2 reads",
            "SELECT * FROM music": "scan",
        }
        for statement, plan in plans.items():
            body = {"operation": "ExecuteStatement", "request": {"Statement": statement}}
            found = steer("POST", "/rehearse", body)
            assert (found["plan"], found["scanned"]) == (plan, 1)
        assert found == {
            "plan": "scan",
            "scan": True,
            "readUnits": 0.5,
            "writeUnits": 0,
            "scanned": 1,
            "returned": 1,
            "more": False,
            "hint": "All of music is read: WHERE does not compare pk with a value by = or IN.",
        }

    def test_an_error_is_found_before_it_happens(self, steer: Steer) -> None:
        request = {"TableName": "musik", "Key": {"pk": {"S": "a"}}}
        found = steer("POST", "/rehearse", {"operation": "GetItem", "request": request})
        assert found["error"] == "ResourceNotFoundException"
        assert found["message"] == "Requested resource not found"
        assert found["hint"] == "There is no table 'musik'; there are: none."

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"operation": "CreateTable", "request": {}},
            {"operation": "GetItem", "request": []},
            {"operation": "GetItem", "request": {}, "region": 1},
            {"operation": "GetItem", "request": {}, "other": 1},
        ],
    )
    def test_other_requests_are_refused(self, steer: Steer, body: Any) -> None:
        status, message = steer("POST", "/rehearse", body)
        assert (status, message[:18]) == (400, 'Say {"operation": ')

    def test_a_file_is_not_changed(self, tmp_path: Any) -> None:
        with ddbmock.Database(storage=f"sqlite:///{tmp_path}/music.db") as db:
            db.client().create_table(**MUSIC)
            insert = "INSERT INTO music VALUE {'pk': 'b'}"
            target = db.router.target("DynamoDB_20120810.ExecuteStatement")
            effect, _ = rehearsal.perform(db.dynamodb, target, {"Statement": insert})
            assert [one.write_units for one in effect.consumed] == [1.0]
            assert db.client().scan(TableName="music")["Count"] == 0
            db.client().put_item(TableName="music", Item={"pk": {"S": "a"}})  # nothing is locked


def test_tables_are_described_at_once(app: TestApp, steer: Steer) -> None:
    call(app, "CreateTable", **MUSIC)
    before = steer("GET", "/requests")["totals"]["requests"]
    [described] = steer("GET", "/tables?region=eu-west-1")["tables"]
    assert described["Table"] == call(app, "DescribeTable", TableName="music")["Table"]
    assert described["TimeToLiveDescription"] == {"TimeToLiveStatus": "DISABLED"}
    assert steer("GET", "/requests")["totals"]["requests"] == before + 1


def test_regions_have_their_numbers_of_tables() -> None:
    with ddbmock.Database(region="eu-west-1") as db:
        db.client().create_table(**MUSIC)
        places = tables.places(db, {})
        assert (places["databases"], places["region"]) == ("region", "eu-west-1")
        assert places["regions"]["eu-west-1"] == 1
        assert places["regions"]["us-east-1"] == 0
        assert tables.described(db, {})["tables"] == []
        assert len(tables.described(db, {"region": "eu-west-1"})["tables"]) == 1


class TestDefinitions:
    def test_a_template_gives_the_requests_that_make_its_tables(self, steer: Steer) -> None:
        properties = {
            **MUSIC,
            "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "until"},
        }
        resource = {"Type": "AWS::DynamoDB::Table", "Properties": properties}
        text = json.dumps({"Resources": {"Music": resource}})
        [definition] = steer("POST", "/definitions", {"text": text})["tables"]
        assert definition["CreateTable"]["TableName"] == "music"
        assert definition["TimeToLive"] == {"Enabled": True, "AttributeName": "until"}

    @pytest.mark.parametrize("text", ["", "[1]", '"/etc/passwd"', "/etc/passwd", "{", 1])
    def test_other_texts_are_refused(self, steer: Steer, text: object) -> None:
        assert steer("POST", "/definitions", {"text": text})[0] == 400

    def test_variables_of_the_environment_are_not_read(
        self, steer: Steer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SECRET", "hidden")
        text = json.dumps(
            {
                "service": "shop",
                "provider": {"name": "aws"},
                "resources": {
                    "Resources": {
                        "Music": {
                            "Type": "AWS::DynamoDB::Table",
                            "Properties": {**MUSIC, "TableName": "${ env:SECRET}"},
                        }
                    }
                },
            }
        )
        status, message = steer("POST", "/definitions", {"text": text})
        assert (status, "hidden" in message) == (400, False)


def test_items_that_expire_next_are_listed(app: TestApp, steer: Steer) -> None:
    call(app, "CreateTable", **MUSIC)
    ttl = {"Enabled": True, "AttributeName": "until"}
    call(app, "UpdateTimeToLive", TableName="music", TimeToLiveSpecification=ttl)
    now = int(steer("POST", "/clock", {"freeze": True})["now"])
    for key, seconds in (("late", 500), ("soon", 5)):
        item = {"pk": {"S": key}, "until": {"N": str(now + seconds)}}
        call(app, "PutItem", TableName="music", Item=item)
    found = steer("GET", "/expiring")
    assert [one["key"] for one in found["items"]] == [{"pk": {"S": "soon"}}, {"pk": {"S": "late"}}]
    first = found["items"][0]
    assert (first["table"], first["expires"]) == ("music", now + 5)
    assert first["removed"] == now + 5 + 172_800
    assert found["more"] is False


def test_trouble_is_made_and_ended(app: TestApp, steer: Steer) -> None:
    call(app, "CreateTable", **MUSIC)
    on = {"operation": "PutItem", "key": {"pk": "a"}, "times": 1}
    selected = {"operation": ["PutItem"], "key": {"pk": {"S": "a"}}}
    settings = steer("POST", "/trouble", {"fault": "fail", "on": on, "small_pages": True})
    assert settings == {
        "faults": [{"id": 1, "fault": "fail", "hits": 0, "left": 1, "on": selected}],
        "throughput": False,
        "stale": False,
        "small_pages": True,
    }
    assert put(app, "a")["__type"].endswith("#InternalServerError")
    steer("POST", "/trouble", {"fault": "unprocessed", "count": 2})
    steer("POST", "/trouble", {"fault": "delay", "seconds": 0.0, "stale": True})
    put(app, "a")
    assert count(app) == 0
    assert steer("POST", "/settle", {}) == {}
    assert count(app) == 1
    assert steer("DELETE", "/trouble") == {}
    assert steer("GET", "/trouble")["faults"] == []


def test_one_fault_is_ended(steer: Steer) -> None:
    steer("POST", "/trouble", {"fault": "fail"})
    [_, second] = steer("POST", "/trouble", {"fault": "throttle"})["faults"]
    left = steer("DELETE", f"/trouble/{second['id']}")
    assert [fault["fault"] for fault in left["faults"]] == ["fail"]
    gone = (404, f"There is no fault with the id {second['id']}.")
    assert steer("DELETE", f"/trouble/{second['id']}") == gone


def test_gauges_show_the_buckets_that_requests_draw_on(app: TestApp, steer: Steer) -> None:
    call(app, "CreateTable", **MUSIC)
    steer("POST", "/clock", {"freeze": True})
    assert steer("GET", "/throttling") == {"throughput": False, "gauges": []}
    steer("POST", "/trouble", {"throughput": True})
    put(app, "a")
    gauge = {"table": "music", "index_name": None, "kind": "write"}
    assert steer("GET", "/throttling") == {
        "throughput": True,
        "gauges": [
            {**gauge, "hash_key": None, "rate": 5.0, "level": 1499.0, "capacity": 1500.0},
            {**gauge, "hash_key": '[{"S":"a"}]', "rate": 5.0, "level": 1499.0, "capacity": 1500.0},
        ],
    }


@pytest.mark.parametrize(
    "body",
    [
        {"fault": "explode"},
        {"fault": "fail", "on": {"when": "x"}},
        {"fault": "fail", "on": 1},
        {"stale": 1},
        {"other": True},
        {"fault": "fail", "on": {"key": {"pk": True}}},
        {"fault": "delay"},
    ],
)
def test_wrong_trouble_is_refused(steer: Steer, body: Any) -> None:
    assert steer("POST", "/trouble", body)[0] == 400
    assert steer("GET", "/trouble")["faults"] == []


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "/nothing", 404, "There is nothing at /_ddbmock/nothing."),
        ("GET", "/snapshots/x/restore", 404, "There is nothing at /_ddbmock/snapshots/x/restore."),
        ("PUT", "/clock", 405, "PUT is not for /_ddbmock/clock."),
        ("OPTIONS", "/clock", 405, "OPTIONS is not for /_ddbmock/clock."),
    ],
)
def test_what_is_not_there_is_told(
    steer: Steer, method: str, path: str, status: int, message: str
) -> None:
    assert steer(method, path) == (status, message)


@pytest.mark.parametrize(
    ("browser", "status"),
    [
        ({}, 200),
        ({"Host": "ddbmock:6543"}, 200),
        ({"Host": "192.0.2.7:6543"}, 200),
        ({"Host": "localhost:6543", "Origin": "http://localhost:6543"}, 200),
        # a page of another program on this machine may read data, and not steer
        ({"Host": "localhost:6543", "Origin": "http://localhost:3000"}, 403),
        ({"Origin": "http://example.com"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        # a name that an attacker's DNS lets point here; with GET a browser sends no origin then
        ({"Host": "evil.example:6543"}, 403),
        ({"Host": "evil.example:6543", "Origin": "http://evil.example:6543"}, 403),
        ({"Host": ""}, 403),
    ],
)
def test_other_sites_cannot_steer(app: TestApp, browser: dict[str, str], status: int) -> None:
    headers = {**browser, "Content-Type": "application/json"}
    read = app.get("/_ddbmock/requests", headers=headers, status="*")
    moved = app.post("/_ddbmock/clock", '{"freeze": 1}', headers, status="*")
    assert (read.status_int, moved.status_int) == (status, status)
    frozen = orjson.loads(app.get("/_ddbmock/clock").body)["frozen"]
    assert frozen == (status == 200)
    assert not any(name.startswith("Access-Control") for name in moved.headers)


def test_the_setting_names_a_host_that_steers() -> None:
    app = TestApp(ddbmock.main({}, control="on", origins="https://db.example"))
    for origin, status in (("https://db.example", 200), ("https://evil.example", 403)):
        headers = {"Host": "db.example", "Origin": origin}
        assert app.get("/_ddbmock", headers=headers, status="*").status_int == status


@pytest.mark.parametrize(
    "body",
    [
        {"freeze": 1e308},
        {"freeze": 253402300800},
        {"freeze": -62135596801},
        {"freeze": 10**400},
        {"advance": 1e308},
        {"advance": {"days": 10**400}},
        {"advance": -1e15},
    ],
)
def test_a_time_that_is_none_is_refused(app: TestApp, body: Any) -> None:
    before = orjson.loads(app.get("/_ddbmock/clock").body)["frozen"]
    response = app.post(
        "/_ddbmock/clock", json.dumps(body), {"Content-Type": "application/json"}, status="*"
    )
    assert response.status_int == 400
    assert orjson.loads(app.get("/_ddbmock/clock").body)["frozen"] == before
    assert call(app, "CreateTable", **MUSIC)["TableDescription"]["TableName"] == "music"


def test_forks_are_nested_so_deep_and_no_deeper(app: TestApp, steer: Steer) -> None:
    path = ""
    for _ in range(MAX_DEPTH):
        path += steer("POST", f"{path}/_ddbmock/forks".removeprefix("/_ddbmock"), {})["path"]
    assert call(app, "ListTables", path) == {"TableNames": []}
    status, message = steer("POST", f"{path}/_ddbmock/forks".removeprefix("/_ddbmock"), {})
    assert (status, message) == (400, "Forks of forks can be nested 16 deep, not deeper.")


@pytest.mark.parametrize("content", [b"{", b"[]"])
def test_what_is_not_a_json_object_is_refused(app: TestApp, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    response = app.post("/_ddbmock/clock", content, headers, status="*")
    assert response.status_int == 400


def test_a_database_on_disk_is_neither_forked_nor_set_back(tmp_path: Any) -> None:
    app = TestApp(ddbmock.main({}, control="on", storage=f"sqlite:///{tmp_path}/music.db"))
    for path in ("forks", "snapshots"):
        headers = {"Content-Type": "application/json"}
        response = app.post(f"/_ddbmock/{path}", b"", headers, status="*")
        assert response.status_int == 400
        assert "memory" in orjson.loads(response.body)["message"]


@pytest.fixture
def served() -> Iterator[tuple[ddbmock.Database, str]]:
    with ddbmock.Database() as db:
        control = Control(db)
        with running(application(db.router)) as port:
            yield db, f"http://127.0.0.1:{port}"
        control.close()


def test_a_client_works_with_a_fork(served: tuple[ddbmock.Database, str]) -> None:
    db, url = served
    db.client().create_table(**MUSIC)
    control = db.router.control
    assert control is not None
    from ddbmock.service.http import WireRequest

    json = {"content-type": "application/json"}
    fork = orjson.loads(control.handle(WireRequest("POST", "/_ddbmock/forks", "", json, b"")).body)
    client = boto3.client(
        "dynamodb",
        endpoint_url=url + fork["path"],
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    client.put_item(TableName="music", Item={"pk": {"S": "a"}})
    assert client.scan(TableName="music")["Count"] == 1
    assert db.client().scan(TableName="music")["Count"] == 0
    with pytest.raises(ClientError):
        client.describe_table(TableName="musik")
