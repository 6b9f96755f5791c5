"""Inside ``mock()`` every botocore client reaches the database; outside none does."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import unittest
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import moto
import pytest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError, NoRegionError
from botocore.httpsession import URLLib3Session
from botocore.stub import Stubber

import ddbmock
from ddbmock.extras import install_command
from ddbmock.settings import SettingsError
from tests.clients.pins import aioboto3
from tests.clients.tables import KEY, MUSIC, create


def tables(client: Any) -> list[str]:
    names = client.list_tables()["TableNames"]
    assert isinstance(names, list)
    return names


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


PATCHED = [(BaseClient, "_make_api_call"), (BaseClient, "__init__"), (URLLib3Session, "send")]


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
        assert tables(boto3.client("dynamodb")) == ["music"]


def test_a_client_used_before_reaches_the_next_database() -> None:
    client = boto3.client("dynamodb", region_name="us-east-1")
    for _ in range(3):
        with ddbmock.mock():
            assert tables(client) == []
            create(client)


def test_clients_of_every_kind_of_session_reach_the_database() -> None:
    with ddbmock.mock():
        create(botocore.session.Session().create_client("dynamodb"))
        assert [table.name for table in boto3.resource("dynamodb").tables.all()] == ["music"]
        assert tables(boto3.session.Session(region_name="us-east-1").client("dynamodb")) == [
            "music"
        ]


def test_a_client_with_an_endpoint_of_its_own_reaches_the_database() -> None:
    with ddbmock.mock():
        assert tables(boto3.client("dynamodb", endpoint_url="http://localhost:1")) == []


def test_other_threads_reach_the_database() -> None:
    with ddbmock.mock():
        create(boto3.client("dynamodb"))
        seen: list[list[str]] = []
        thread = threading.Thread(target=lambda: seen.append(tables(boto3.client("dynamodb"))))
        thread.start()
        thread.join()
        assert seen == [["music"]]


def test_leaving_restores_everything() -> None:
    client = boto3.client("dynamodb", region_name="us-east-1")
    before = [vars(owner)[name] for owner, name in PATCHED], changeable(client), dict(os.environ)
    with ddbmock.mock(), ddbmock.mock(path="wire"):
        tables(client)
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
            assert (tables(client), client.meta.region_name) == ([], region)
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
        tables(client)
    assert BaseClient._make_api_call is counting
    with ddbmock.mock():
        tables(client)
    assert calls == ["ListTables", "ListTables"]
    BaseClient._make_api_call = inner
    with ddbmock.mock():
        tables(client)
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
            assert tables(boto3.client("dynamodb")) == []
        assert vars(BaseClient)["_make_api_call"] is wrapper
        assert tables(ddbmock.connect_boto3()) == []
    finally:
        BaseClient._make_api_call = original
    assert traced == [("dynamodb", "ListTables")] * 2


def test_the_innermost_mock_answers() -> None:
    client = boto3.client("dynamodb", region_name="us-east-1")
    with ddbmock.mock():
        create(client)
        with ddbmock.mock():
            assert tables(client) == []
        assert tables(client) == ["music"]


def test_a_mock_may_be_started_and_stopped() -> None:
    client = boto3.client("dynamodb", region_name="us-east-1")
    mock = ddbmock.mock()
    db = mock.start()
    create(client)
    assert tables(client) == db.client().list_tables()["TableNames"] == ["music"]
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
    assert tables(client) == []
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
        assert tables(db.client()) == ["music"]


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
        assert tables(client) == ["music"]
        assert [request.operation for request in db.requests] == ["CreateTable", "ListTables"]


class TestRealHosts:
    """Nothing leaves the process for AWS by accident."""

    def test_a_call_to_aws_is_refused(self) -> None:
        with ddbmock.mock(), pytest.raises(ddbmock.RealAWSCallError) as caught:
            boto3.client("s3").list_buckets()
        assert str(caught.value) == (
            "A call of s3 would have reached AWS at s3.amazonaws.com. Inside ddbmock.mock() "
            "nothing does, unless it is allowed: ddbmock.mock(allow=['s3'])."
        )

    def test_a_client_made_before_is_refused_too(self) -> None:
        client = boto3.client(
            "sqs", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
        )
        with ddbmock.mock(), pytest.raises(ddbmock.RealAWSCallError):
            client.list_queues()

    @pytest.mark.parametrize("allowed", [["s3"], "s3", ["s3.amazonaws.com"], ["amazonaws.com"]])
    def test_what_is_allowed_is_let_go(self, allowed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        class SentError(Exception):
            pass

        def send(self: Any, request: Any) -> None:
            raise SentError(request.url)

        monkeypatch.setattr(URLLib3Session, "send", send)
        client = boto3.client(
            "s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
        )
        with ddbmock.mock(allow=allowed), pytest.raises(SentError):
            client.list_buckets()

    def test_hosts_that_are_not_of_aws_may_be_reached(self) -> None:
        config = Config(retries={"max_attempts": 0})
        with ddbmock.mock(), pytest.raises(EndpointConnectionError):
            boto3.client("s3", endpoint_url="http://127.0.0.1:1", config=config).list_buckets()

    def test_with_an_allowance_credentials_are_the_users_affair(self) -> None:
        with ddbmock.mock(allow=["s3"]):
            assert "AWS_ACCESS_KEY_ID" not in os.environ
            assert tables(boto3.client("dynamodb")) == []
            assert (
                tables(boto3.client("dynamodb", config=Config(retries={"mode": "standard"}))) == []
            )
        with ddbmock.mock(allow=["s3"], path="wire"):
            assert tables(boto3.client("dynamodb")) == []


class TestOthers:
    """Other mocks, stubs and handlers have their say."""

    def test_moto_answers_for_other_services(self) -> None:
        with moto.mock_aws(), ddbmock.mock():
            create(boto3.client("dynamodb"))
            boto3.client("s3").create_bucket(Bucket="bucket")
            assert [b["Name"] for b in boto3.client("s3").list_buckets()["Buckets"]] == ["bucket"]

    def test_moto_may_be_the_inner_one(self) -> None:
        with ddbmock.mock(path="wire") as db, moto.mock_aws():
            client = boto3.client("dynamodb", region_name="us-east-1")
            create(client)
            client.put_item(TableName="music", Item={"pk": {"S": "a"}})
            assert client.get_item(**KEY)["Item"] == {"pk": {"S": "a"}}
            boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="bucket")
            assert [request.operation for request in db.requests] == [
                "CreateTable",
                "PutItem",
                "GetItem",
            ]

    def test_a_stubber_comes_first(self) -> None:
        with ddbmock.mock():
            client = boto3.client("dynamodb")
            with Stubber(client) as stubber:
                stubber.add_response("list_tables", {"TableNames": ["stubbed"]}, {})
                assert tables(client) == ["stubbed"]
            assert tables(client) == []

    def test_handlers_before_and_after_a_call_are_called(self) -> None:
        heard: list[Any] = []
        with ddbmock.mock():
            client = boto3.client("dynamodb")
            events = client.meta.events
            events.register("before-call.dynamodb", lambda **event: heard.append(event["params"]))
            events.register(
                "after-call.dynamodb",
                lambda **event: heard.append(
                    (event["http_response"].status_code, event["http_response"].text)
                ),
            )
            client.list_tables()
        assert heard[0]["body"] == b"{}"
        assert heard[1] == (200, '{"TableNames":[]}')


class TestAnswers:
    """What a call gives is the same on both paths."""

    def on_both_paths(self, ask: Any) -> list[Any]:
        answers = []
        for path in ("direct", "wire"):
            with ddbmock.mock(path=path) as db:
                db.clock.freeze(1_790_000_000)
                client = boto3.client("dynamodb")
                answer = ask(client)
                metadata = answer["ResponseMetadata"]
                assert metadata["HTTPHeaders"].pop("x-amzn-requestid") == metadata["RequestId"]
                assert len(metadata.pop("RequestId")) == 52
                answers.append(answer)
        return answers

    def test_answers_have_their_metadata(self) -> None:
        direct, wire = self.on_both_paths(lambda client: client.list_tables())
        assert (
            direct
            == wire
            == {
                "TableNames": [],
                "ResponseMetadata": {
                    "HTTPStatusCode": 200,
                    "HTTPHeaders": {
                        "content-type": "application/x-amz-json-1.0",
                        "x-amz-crc32": "1315925753",
                        "content-length": "17",
                    },
                    "RetryAttempts": 0,
                },
            }
        )

    def test_items_and_times_are_python_values(self) -> None:
        item = {
            "pk": {"S": "a"},
            "b": {"B": b"\0\xff"},
            "m": {"M": {"l": {"L": [{"BS": [b"1", b"2"]}, {"N": "1.5"}, {"NULL": True}]}}},
        }

        def ask(client: Any) -> Any:
            described = client.create_table(**MUSIC)["TableDescription"]
            assert described.pop("TableId")
            client.put_item(TableName="music", Item=item)
            client.put_item(TableName="music", Item={"pk": {"S": "c"}})
            scanned = client.scan(TableName="music", ReturnConsumedCapacity="TOTAL")
            return scanned | {"described": described}

        direct, wire = self.on_both_paths(ask)
        assert direct == wire
        assert direct["described"]["CreationDateTime"].timestamp() == 1_790_000_000
        assert direct["described"]["CreationDateTime"].tzinfo is not None
        assert direct["ConsumedCapacity"] == {"TableName": "music", "CapacityUnits": 2.0}
        assert sorted(direct["Items"], key=str) == sorted([item, {"pk": {"S": "c"}}], key=str)

    def test_an_answer_is_the_callers_own(self) -> None:
        with ddbmock.mock():
            client = boto3.client("dynamodb")
            create(client)
            client.put_item(TableName="music", Item={"pk": {"S": "a"}, "l": {"L": []}})
            client.get_item(**KEY)["Item"]["l"]["L"].append({"S": "mine"})
            assert client.get_item(**KEY)["Item"]["l"] == {"L": []}

    def test_errors_are_the_modelled_exceptions_with_their_members(self) -> None:
        def ask(client: Any) -> Any:
            create(client)
            client.put_item(TableName="music", Item={"pk": {"S": "a"}, "b": {"B": b"x"}})
            with pytest.raises(client.exceptions.ConditionalCheckFailedException) as caught:
                client.put_item(
                    TableName="music",
                    Item={"pk": {"S": "a"}},
                    ConditionExpression="attribute_not_exists(pk)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            return caught.value.response

        direct, wire = self.on_both_paths(ask)
        assert direct == wire
        assert direct["Item"] == {"pk": {"S": "a"}, "b": {"B": b"x"}}
        assert direct["Error"] == {
            "Code": "ConditionalCheckFailedException",
            "Message": "The conditional request failed",
        }

    def test_a_cancelled_transaction_tells_its_reasons(self) -> None:
        def ask(client: Any) -> Any:
            create(client)
            check = {
                "TableName": "music",
                "Key": {"pk": {"S": "a"}},
                "ConditionExpression": "attribute_exists(pk)",
            }
            with pytest.raises(client.exceptions.TransactionCanceledException) as caught:
                client.transact_write_items(TransactItems=[{"ConditionCheck": check}])
            return caught.value.response

        direct, wire = self.on_both_paths(ask)
        assert direct == wire
        assert direct["CancellationReasons"] == [
            {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
        ]

    def test_an_answer_without_a_body_has_none(self) -> None:
        def ask(client: Any) -> Any:
            arn = client.create_table(**MUSIC)["TableDescription"]["TableArn"]
            return client.tag_resource(ResourceArn=arn, Tags=[{"Key": "k", "Value": "v"}])

        direct, wire = self.on_both_paths(ask)
        assert direct == wire
        assert direct["ResponseMetadata"]["HTTPHeaders"]["content-length"] == "0"

    def test_endpoints_are_told_by_the_host_that_was_asked(self) -> None:
        direct, wire = self.on_both_paths(lambda client: client.describe_endpoints())
        assert direct == wire
        assert direct["Endpoints"][0]["Address"] == "dynamodb.us-east-1.amazonaws.com"

    @pytest.mark.parametrize("path", ["direct", "wire"])
    def test_an_exception_has_the_hint_as_a_note(self, path: Any) -> None:
        with ddbmock.mock(path=path), pytest.raises(ClientError) as caught:
            boto3.client("dynamodb").get_item(TableName="musik", Key={"pk": {"S": "ä"}})
        assert caught.value.__notes__ == ["ddbmock: There is no table 'musik'; there are: none."]

    @pytest.mark.parametrize("path", ["direct", "wire"])
    def test_a_body_over_the_limit_is_refused_as_over_the_network(self, path: Any) -> None:
        with ddbmock.mock(path=path, max_body=100), pytest.raises(ClientError) as caught:
            boto3.client("dynamodb").get_item(TableName="musik", Key={"pk": {"S": "x" * 100}})
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
        assert caught.value.__notes__ == [
            "ddbmock: The body of the request is longer than 100 bytes."
        ]

    @pytest.mark.parametrize(
        ("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
    )
    def test_arns_are_of_the_regions_partition(self, region: str, partition: str) -> None:
        with ddbmock.mock():
            client = boto3.client("dynamodb", region_name=region)
            created = client.create_table(**MUSIC, SSESpecification={"Enabled": True})
            described = created["TableDescription"]
            arn = f"arn:{partition}:dynamodb:{region}:123456789012:table/music"
            assert described["TableArn"] == arn
            key = described["SSEDescription"]["KMSMasterKeyArn"]
            assert key.startswith(f"arn:{partition}:kms:{region}:123456789012:key/")
            assert client.describe_table(TableName=arn)["Table"]["TableName"] == "music"

    def test_those_without_credentials_have_the_same_tables_on_both_paths(self) -> None:
        with ddbmock.Database(databases="each") as db:
            for path in ("direct", "wire"):
                with ddbmock.mock(db, path=path, allow=["s3"]):
                    assert tables(boto3.client("dynamodb")) == (["music"] if path == "wire" else [])
                    if path == "direct":
                        create(boto3.client("dynamodb"))

    def test_each_access_key_has_its_tables_when_it_is_to(self) -> None:
        with ddbmock.mock(databases="each"):
            one = boto3.client("dynamodb", aws_access_key_id="one", aws_secret_access_key="x")
            other = boto3.client("dynamodb", aws_access_key_id="other", aws_secret_access_key="x")
            create(one)
            assert (tables(one), tables(other)) == (["music"], [])


class TestOwnClients:
    """Clients of a database of one's own, with nothing patched."""

    def test_connect_boto3_patches_nothing(self) -> None:
        before = [vars(owner)[name] for owner, name in PATCHED]
        client = ddbmock.connect_boto3(delay_creating=60)
        create(client)
        assert client.describe_table(TableName="music")["Table"]["TableStatus"] == "CREATING"
        assert [vars(owner)[name] for owner, name in PATCHED] == before

    def test_the_client_keeps_to_its_database_inside_a_mock(self) -> None:
        client = ddbmock.connect_boto3()
        with ddbmock.mock():
            create(client)
            assert tables(boto3.client("dynamodb")) == []
        assert tables(client) == ["music"]

    def test_a_client_made_inside_a_mock_keeps_to_its_database_afterwards(self) -> None:
        with ddbmock.Database() as db:
            with ddbmock.mock():
                client = db.client()
                create(client)
            with ddbmock.mock():
                assert tables(client) == ["music"]
            assert tables(client) == ["music"]

    def test_a_hint_is_told_once_inside_a_mock_too(self) -> None:
        with ddbmock.mock() as db, pytest.raises(ClientError) as caught:
            db.client().describe_table(TableName="musik")
        assert len(caught.value.__notes__) == 1

    def test_its_exceptions_have_hints(self) -> None:
        with pytest.raises(ClientError) as caught:
            ddbmock.connect_boto3().describe_table(TableName="musik")
        assert len(caught.value.__notes__) == 1

    def test_a_database_has_clients_and_resources(self) -> None:
        with ddbmock.Database() as db:
            create(db.client())
            assert [table.name for table in db.resource().tables.all()] == ["music"]
            assert tables(db.client(path="wire", region_name="us-east-1")) == ["music"]
            assert tables(ddbmock.connect_boto3(db)) == ["music"]
            resource = ddbmock.connect_boto3(db, kind="resource")
            assert [table.name for table in resource.tables.all()] == ["music"]
            with pytest.raises(ValueError, match="not 'table'"):
                ddbmock.connect_boto3(db, kind="table")  # type: ignore[call-overload]  # that is the test

    def test_other_services_are_refused(self) -> None:
        with ddbmock.Database() as db, pytest.raises(ValueError, match="not 's3'"):
            db.client("s3")  # type: ignore[call-overload]  # that is the test

    def test_a_database_that_exists_has_its_settings(self) -> None:
        with ddbmock.Database() as db, pytest.raises(SettingsError):
            ddbmock.connect_boto3(db, limits="none")

    def test_an_async_resource_of_a_database(self) -> None:
        aioboto3()

        async def run() -> Any:
            async with db.async_resource() as resource:
                table = await resource.Table("music")
                await table.put_item(Item={"pk": "a"})
                return await table.scan()

        with ddbmock.Database() as db:
            db.create_tables(MUSIC)
            assert asyncio.run(run())["Items"] == [{"pk": "a"}]

    def test_without_aioboto3_it_is_told_what_to_install(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def run() -> None:
            async with db.async_resource():
                raise AssertionError

        monkeypatch.setitem(sys.modules, "aioboto3", None)
        with ddbmock.Database() as db, pytest.raises(ImportError) as caught:
            asyncio.run(run())
        assert str(caught.value) == f"This needs aioboto3: {install_command('aioboto3')}"

    def test_an_async_client_of_a_database(self) -> None:
        pytest.importorskip("aiobotocore")

        async def run() -> Any:
            async with db.async_client() as client:
                await client.create_table(**MUSIC)
                with pytest.raises(ClientError) as caught:
                    await client.describe_table(TableName="musik")
                assert len(caught.value.__notes__) == 1
                return await client.list_tables()

        with ddbmock.Database() as db:
            assert asyncio.run(run())["TableNames"] == ["music"]


class TestDecorators:
    """``mock()`` decorates whatever holds a test."""

    def test_a_function(self) -> None:
        @ddbmock.mock()
        def decorated(value: int) -> int:
            """Its docstring."""
            create(boto3.client("dynamodb"))
            return value

        assert (decorated(1), decorated(2), decorated.__doc__) == (1, 2, "Its docstring.")

    def test_a_coroutine_function(self) -> None:
        @ddbmock.mock()
        async def decorated(value: int) -> int:
            create(boto3.client("dynamodb"))
            await asyncio.sleep(0)
            assert tables(boto3.client("dynamodb")) == ["music"]
            return value

        assert asyncio.run(decorated(1)) == 1
        assert asyncio.iscoroutinefunction(decorated)

    def test_a_generator_function(self) -> None:
        @ddbmock.mock()
        def fixture() -> Iterator[Any]:
            client = boto3.client("dynamodb")
            create(client)
            yield client
            assert tables(client) == ["music"]

        generator = fixture()
        assert tables(next(generator)) == ["music"]
        assert list(generator) == []

    def test_an_asynchronous_generator_function(self) -> None:
        seen: list[Any] = []

        @ddbmock.mock()
        async def fixture() -> AsyncIterator[int]:
            create(boto3.client("dynamodb"))
            try:
                yield 1
            except ZeroDivisionError as error:
                seen.append(error)
            seen.append((yield 2))
            seen.append(tables(boto3.client("dynamodb")))

        async def run() -> None:
            generator: Any = fixture()
            assert await generator.__anext__() == 1
            assert await generator.athrow(ZeroDivisionError()) == 2
            with pytest.raises(StopAsyncIteration):
                await generator.asend("sent")

        asyncio.run(run())
        assert [str(one) for one in seen] == ["", "sent", "['music']"]

    def test_an_asynchronous_generator_that_is_closed(self) -> None:
        closed = []

        @ddbmock.mock()
        async def fixture() -> AsyncIterator[int]:
            try:
                yield 1
            finally:
                closed.append(tables(boto3.client("dynamodb")))

        async def run() -> None:
            generator: Any = fixture()
            await generator.__anext__()
            await generator.aclose()

        asyncio.run(run())
        assert closed == [[]]

    def test_a_class_of_unittest(self) -> None:
        @ddbmock.mock()
        class Tests(unittest.TestCase):
            def setUp(self) -> None:
                create(boto3.client("dynamodb"))

            def test_one(self) -> None:
                assert tables(boto3.client("dynamodb")) == ["music"]

            test_two = test_one

            def tearDown(self) -> None:
                assert tables(boto3.client("dynamodb")) == ["music"]

        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(Tests).run(result)
        assert (result.testsRun, result.errors, result.failures) == (2, [], [])

    def test_without_parentheses(self) -> None:
        @ddbmock.mock
        def decorated(value: int) -> int:
            create(boto3.client("dynamodb"))
            return value

        assert decorated(1) == decorated(1) == 1

        @ddbmock.mock
        class Tests:
            def test_one(self) -> list[str]:
                return tables(boto3.client("dynamodb"))

        assert Tests().test_one() == []

    def test_what_is_neither_database_nor_decorated_is_refused(self) -> None:
        not_a_database: Any = "wire"
        with pytest.raises(TypeError) as caught:
            ddbmock.mock(not_a_database)
        assert str(caught.value) == (
            "mock() takes a ddbmock.Database or what it is to decorate, not 'wire'."
        )

    def test_there_are_two_paths(self) -> None:
        no_path: Any = "http"
        with pytest.raises(ValueError, match=r"^A path is 'direct' or 'wire', not 'http'\.$"):
            ddbmock.mock(path=no_path).__enter__()
        assert "_ddbmock_patch" not in vars(BaseClient)

    def test_a_class_of_pytest_with_tests_of_every_kind(self) -> None:
        class Base:
            def test_inherited(self) -> None:
                tables(boto3.client("dynamodb"))

        @ddbmock.mock()
        class Tests(Base):
            @staticmethod
            def test_static() -> None:
                create(boto3.client("dynamodb"))

            def test_own(self) -> None:
                assert tables(boto3.client("dynamodb")) == ["of-a-fixture"]

            class TestInner:
                def test_inner(self) -> None:
                    create(boto3.client("dynamodb"))

        instance: Any = Tests()
        instance.setup_method()
        boto3.client("dynamodb").create_table(**{**MUSIC, "TableName": "of-a-fixture"})
        instance.test_own()
        instance.test_inherited()
        instance.test_static()
        instance.teardown_method()
        inner: Any = Tests.TestInner()
        for _ in ("as pytest does", "for both classes"):
            inner.setup_method()
        inner.test_inner()
        for _ in ("as pytest does", "for both classes"):
            inner.teardown_method()
        assert "_ddbmock_patch" not in vars(BaseClient)

    def test_a_class_whose_subclass_is_set_up_otherwise(self) -> None:
        @ddbmock.mock()
        class Tests:
            def test_one(self) -> None:
                create(boto3.client("dynamodb"))

        class Otherwise(Tests):
            def setup_method(self) -> None:
                """Not that of the class above."""

        instance: Any = Otherwise()
        instance.setup_method()
        instance.test_one()
        instance.teardown_method()

    def test_a_class_of_pytest(self) -> None:
        @ddbmock.mock()
        class Tests:
            test_data = 1

            def test_one(self) -> list[str]:
                create(boto3.client("dynamodb"))
                return self.helper()

            def helper(self) -> list[str]:
                return tables(boto3.client("dynamodb"))

        assert Tests().test_one() == Tests().test_one() == ["music"]

    @pytest.mark.parametrize("with_method", [False, True])
    def test_a_class_of_pytest_that_is_set_up(self, with_method: bool) -> None:
        left = []

        class Base:
            def teardown_method(self) -> None:
                left.append(tables(boto3.client("dynamodb")))

        class Plain(Base):
            def setup_method(self) -> None:
                create(boto3.client("dynamodb"))

        class WithMethod(Base):
            def setup_method(self, method: Any) -> None:
                assert method == "the test"
                create(boto3.client("dynamodb"))

        tests: Any = ddbmock.mock()(WithMethod if with_method else Plain)()
        tests.setup_method("the test")
        tests.teardown_method()
        assert left == [["music"]]
        assert "AWS_ACCESS_KEY_ID" not in os.environ
