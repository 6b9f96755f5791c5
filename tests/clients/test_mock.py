"""Inside ``mock()`` every botocore client reaches the database; outside none does."""

from __future__ import annotations

import http.client
import os
import threading
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError, NoRegionError

import ddbmock
from ddbmock.settings import SettingsError
from tests.clients.tables import KEY, PATCHED, create, table_names


def changeable(client: Any) -> Any:
    """What ``mock()`` may change of a client."""
    trie = client.meta.events._emitter._handlers

    def handlers(name: str) -> list[Any]:
        return list(trie.prefix_search(name))

    return (
        dict(vars(client)),
        handlers("before-call.dynamodb.GetItem"),
        handlers("before-send.dynamodb.GetItem"),
        client._endpoint._event_emitter,
    )


def test_a_client_made_inside_reaches_the_database() -> None:
    with ddbmock.mock() as db:
        client = boto3.client("dynamodb")
        create(client)
        client.put_item(TableName="music", Item={"pk": {"S": "a"}})
        assert client.get_item(**KEY)["Item"] == {"pk": {"S": "a"}}
        assert [request.operation for request in db.requests] == [
            "CreateTable",
            "PutItem",
            "GetItem",
        ]


def test_a_client_made_before_reaches_the_database_too() -> None:
    client = boto3.client("dynamodb", region_name="us-east-1")
    with ddbmock.mock():
        create(client)
        assert table_names(boto3.client("dynamodb")) == ["music"]


def test_a_client_used_before_reaches_the_next_database() -> None:
    client = boto3.client("dynamodb", region_name="us-east-1")
    for _ in range(3):
        with ddbmock.mock():
            assert table_names(client) == []
            create(client)


def test_clients_of_every_kind_of_session_reach_the_database() -> None:
    with ddbmock.mock():
        create(botocore.session.Session().create_client("dynamodb"))
        assert [table.name for table in boto3.resource("dynamodb").tables.all()] == ["music"]
        assert table_names(boto3.session.Session(region_name="us-east-1").client("dynamodb")) == [
            "music"
        ]


def test_a_client_with_an_endpoint_of_its_own_reaches_the_database() -> None:
    with ddbmock.mock():
        assert table_names(boto3.client("dynamodb", endpoint_url="http://localhost:1")) == []


def test_other_threads_reach_the_database() -> None:
    with ddbmock.mock():
        create(boto3.client("dynamodb"))
        seen: list[list[str]] = []
        thread = threading.Thread(target=lambda: seen.append(table_names(boto3.client("dynamodb"))))
        thread.start()
        thread.join()
        assert seen == [["music"]]


def test_leaving_restores_everything() -> None:
    client = boto3.client("dynamodb", region_name="us-east-1")
    before = [vars(owner)[name] for owner, name in PATCHED], changeable(client), dict(os.environ)
    with ddbmock.mock(), ddbmock.mock(path="wire"):
        table_names(client)
        assert changeable(client) != before[1]
    after = [vars(owner)[name] for owner, name in PATCHED], changeable(client), dict(os.environ)
    assert after == before
    assert "_ddbmock_patch" not in vars(BaseClient)
    with pytest.raises(NoRegionError):
        boto3.client("dynamodb")


def test_a_profile_that_is_not_there_is_left_out_meanwhile(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text("[profile there]\nregion = eu-west-3\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    for profile, region in (("there", "eu-west-3"), ("elsewhere", "us-east-1")):
        monkeypatch.setenv("AWS_PROFILE", profile)
        with ddbmock.mock():
            client = boto3.session.Session().client("dynamodb")
            assert (table_names(client), client.meta.region_name) == ([], region)
        assert os.environ["AWS_PROFILE"] == profile


def test_leaving_by_an_exception_restores_everything() -> None:
    before = [vars(owner)[name] for owner, name in PATCHED]
    with pytest.raises(ZeroDivisionError), ddbmock.mock():
        _ = 1 / 0
    assert [vars(owner)[name] for owner, name in PATCHED] == before


def test_what_others_wrap_meanwhile_stays_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    client = boto3.client("dynamodb", region_name="us-east-1")
    calls = []
    original = BaseClient._make_api_call
    with ddbmock.mock():
        inner = BaseClient._make_api_call

        def counting(*arguments: Any) -> Any:
            calls.append(arguments[1])
            return inner(*arguments)

        BaseClient._make_api_call = counting
        table_names(client)
    assert BaseClient._make_api_call is counting
    with ddbmock.mock():
        table_names(client)
    assert calls == ["ListTables", "ListTables"]
    BaseClient._make_api_call = inner
    with ddbmock.mock():
        table_names(client)
    assert BaseClient._make_api_call is original


def test_what_others_have_wrapped_before_is_called_as_a_method() -> None:
    """As tracers wrap it: with wrapt, which tells the instance from the arguments."""
    wrapt = pytest.importorskip("wrapt")
    traced = []

    def tracing(call: Any, client: Any, arguments: Any, keywords: Any) -> Any:
        traced.append((client.meta.service_model.service_name, arguments[0]))
        return call(*arguments, **keywords)

    original = BaseClient._make_api_call
    wrapt.wrap_function_wrapper(BaseClient, "_make_api_call", tracing)
    wrapper = vars(BaseClient)["_make_api_call"]
    try:
        with ddbmock.mock():
            assert table_names(boto3.client("dynamodb")) == []
        assert vars(BaseClient)["_make_api_call"] is wrapper
        assert table_names(ddbmock.connect_boto3()) == []
    finally:
        BaseClient._make_api_call = original
    assert traced == [("dynamodb", "ListTables")] * 2


def test_the_innermost_mock_answers() -> None:
    client = boto3.client("dynamodb", region_name="us-east-1")
    with ddbmock.mock():
        create(client)
        with ddbmock.mock():
            assert table_names(client) == []
        assert table_names(client) == ["music"]


def test_a_mock_may_be_started_and_stopped() -> None:
    client = boto3.client("dynamodb", region_name="us-east-1")
    mock = ddbmock.mock()
    db = mock.start()
    create(client)
    assert table_names(client) == db.client().list_tables()["TableNames"] == ["music"]
    mock.stop()
    assert "_ddbmock_patch" not in vars(BaseClient)
    with pytest.raises(RuntimeError) as caught:
        mock.stop()
    assert str(caught.value) == "This mock was not started, or is stopped already."


def test_mocks_may_be_left_in_any_order() -> None:
    client = boto3.client("dynamodb", region_name="us-east-1")
    outer, inner = ddbmock.mock(), ddbmock.mock()
    outer.__enter__()
    create(client)
    inner.__enter__()
    outer.__exit__(None, None, None)
    assert table_names(client) == []
    inner.__exit__(None, None, None)
    assert "_ddbmock_binding" not in vars(client)


def test_settings_are_those_of_the_database() -> None:
    with ddbmock.mock(delay_creating=60) as db:
        client = boto3.client("dynamodb")
        create(client)
        assert client.describe_table(TableName="music")["Table"]["TableStatus"] == "CREATING"
        db.clock.advance(61)
        assert client.describe_table(TableName="music")["Table"]["TableStatus"] == "ACTIVE"


def test_a_given_database_is_used_and_stays_open() -> None:
    with ddbmock.Database() as db:
        with ddbmock.mock(db) as entered:
            assert entered is db
            create(boto3.client("dynamodb"))
        assert table_names(db.client()) == ["music"]


def test_a_given_database_has_its_settings() -> None:
    with ddbmock.Database() as db, pytest.raises(SettingsError):
        ddbmock.mock(db, limits="none")


def test_the_same_database_is_served_over_http() -> None:
    with ddbmock.mock(serve=True) as db:
        create(boto3.client("dynamodb"))
        assert db.server is not None
        url = db.server.url
        client = boto3.client("dynamodb", endpoint_url=url)
    client.meta.events.register("before-send", lambda request, **_: None)
    with pytest.raises(EndpointConnectionError):
        boto3.client(
            "dynamodb",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=Config(retries={"max_attempts": 0}),
        ).list_tables()


@pytest.mark.parametrize(("settings", "status"), [({}, 200), ({"console": "off"}, 404)])
def test_a_served_mock_has_the_console_unless_it_is_off(
    settings: dict[str, Any], status: int
) -> None:
    with ddbmock.mock(serve=True, **settings) as db:
        assert db.server is not None
        address = db.server.url.removeprefix("http://")
        connection = http.client.HTTPConnection(address)
        connection.request("GET", "/_ddbmock/")
        assert connection.getresponse().status == status
        connection.close()


def test_a_client_over_http_sees_what_a_client_inside_wrote() -> None:
    with ddbmock.Database() as db, db.serve() as server:
        assert repr(server) == f"<Server http://127.0.0.1:{server.port}>"
        create(db.client())
        client = boto3.client(
            "dynamodb",
            endpoint_url=server.url,
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
        )
        assert table_names(client) == ["music"]
        assert [request.operation for request in db.requests] == ["CreateTable", "ListTables"]
