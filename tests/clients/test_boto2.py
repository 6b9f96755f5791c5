"""boto is wired in and out again, and raises in-process what it raises over the network."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import boto.dynamodb.layer1
import boto.dynamodb2.layer1
import boto.exception
import boto.regioninfo
import pytest

import ddbmock
from ddbmock.clients import boto2 as door
from ddbmock.database import DynamoDB
from ddbmock.errors import InternalServerError, ProvisionedThroughputExceededException
from ddbmock.extras import install_command
from ddbmock.settings import Settings, SettingsError
from ddbmock.storage.memory import MemoryStorage
from tests.servers import serving

CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE")
HASH_TABLE: Any = (
    [{"AttributeName": "pk", "AttributeType": "S"}],
    "music",
    [{"AttributeName": "pk", "KeyType": "HASH"}],
    {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
)
NETWORK = {
    owner: (vars(owner)["make_request"], vars(owner)["__init__"])
    for owner in (boto.dynamodb.layer1.Layer1, boto.dynamodb2.layer1.DynamoDBConnection)
}


def is_as_it_came() -> bool:
    """Whether boto's four methods are those it came with."""
    return all(
        (vars(owner)["make_request"], vars(owner)["__init__"]) == methods
        for owner, methods in NETWORK.items()
    )


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[None]:
    for variable in CREDENTIALS:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    yield
    ddbmock.clean_boto_patch()
    assert is_as_it_came()


def dynamodb2() -> Any:
    return boto.dynamodb2.layer1.DynamoDBConnection()


def tables_of(connection: Any) -> bool:
    """Whether the table of these tests is there."""
    try:
        connection.describe_table("music")
    except boto.exception.JSONResponseError:
        return False
    return True


def test_without_credentials_boto_itself_refuses() -> None:
    with pytest.raises(boto.exception.NoAuthHandlerFound):
        boto.dynamodb.layer1.Layer1(region=boto.regioninfo.RegionInfo(name="x", endpoint="x"))


def test_connections_that_a_program_makes_itself_are_answered_in_process() -> None:
    ddbmock.connect_boto()
    dynamodb2().create_table(*HASH_TABLE)
    assert tables_of(dynamodb2())


def test_a_second_connect_boto_sees_the_same_data() -> None:
    ddbmock.connect_boto()
    dynamodb2().create_table(*HASH_TABLE)
    ddbmock.connect_boto()
    assert tables_of(dynamodb2())


def test_after_clean_boto_patch_the_data_are_gone() -> None:
    ddbmock.connect_boto()
    dynamodb2().create_table(*HASH_TABLE)
    ddbmock.clean_boto_patch()
    assert is_as_it_came()
    ddbmock.connect_boto()
    assert not tables_of(dynamodb2())


def test_cleaning_what_is_clean_is_allowed() -> None:
    ddbmock.clean_boto_patch()
    assert is_as_it_came()


def test_a_block_has_data_of_its_own_and_restores_boto() -> None:
    with ddbmock.boto_patch():
        dynamodb2().create_table(*HASH_TABLE)
    assert is_as_it_came()
    with ddbmock.boto_patch():
        assert not tables_of(dynamodb2())


def test_an_inner_block_hides_the_outer_one_and_gives_way_to_it() -> None:
    with ddbmock.boto_patch():
        dynamodb2().create_table(*HASH_TABLE)
        with ddbmock.boto_patch():
            assert not tables_of(dynamodb2())
        assert tables_of(dynamodb2())


def test_a_block_restores_boto_after_an_exception() -> None:
    with pytest.raises(ZeroDivisionError), ddbmock.boto_patch():
        raise ZeroDivisionError
    assert is_as_it_came()


def test_a_block_for_a_database_that_is_there_already() -> None:
    with ddbmock.Database() as db, ddbmock.boto_patch(db):
        fault = db.trouble.on("CreateTable", times=2).fail()
        dynamodb2().create_table(*HASH_TABLE)
        assert db.client().list_tables()["TableNames"] == ["music"]
        operations = [request.operation for request in db.requests]
        assert operations == ["CreateTable", "CreateTable", "CreateTable", "ListTables"]
        assert fault.hits == 2


def test_cleaning_inside_a_block_is_allowed() -> None:
    with ddbmock.boto_patch(), ddbmock.boto_patch():
        ddbmock.clean_boto_patch()
        assert is_as_it_came()
    assert is_as_it_came()


def test_connecting_inside_a_block_and_not_cleaning_ends_with_the_block() -> None:
    with ddbmock.boto_patch():
        ddbmock.connect_boto()
    assert is_as_it_came()


def test_a_block_around_a_database_leaves_it_open() -> None:
    dynamodb = DynamoDB(MemoryStorage())
    for _ in range(2):
        with ddbmock.boto_patch(dynamodb):
            if not tables_of(dynamodb2()):
                dynamodb2().create_table(*HASH_TABLE)
            dynamodb2().put_item("music", {"pk": {"S": "x"}})
    assert {one.operation for one in dynamodb.statistics.overall()} == {"PutItem"}


def test_the_old_names_are_the_new_functions() -> None:
    assert ddbmock.connect_boto_patch is ddbmock.connect_boto
    assert ddbmock.connect_boto_network is ddbmock.connect_ddbmock


def test_settings_are_arguments() -> None:
    with pytest.raises(SettingsError) as caught:
        ddbmock.connect_boto(limits="some")
    assert str(caught.value) == "Setting ddbmock.limits must be one of aws, none, not 'some'."
    assert is_as_it_came()


def test_other_settings_for_the_same_data_are_refused() -> None:
    ddbmock.connect_boto(limits="none")
    ddbmock.connect_boto(limits="none")
    with pytest.raises(SettingsError) as caught:
        ddbmock.connect_boto(limits="aws")
    assert str(caught.value) == (
        "boto is connected already, with other settings; call clean_boto_patch() first."
    )


def test_settings_for_a_database_that_exists_are_refused() -> None:
    with (
        pytest.raises(SettingsError) as caught,
        ddbmock.boto_patch(DynamoDB(MemoryStorage()), limits="none"),
    ):
        pass
    assert str(caught.value) == (
        "A database that exists already has its settings; it cannot be given limits."
    )


@pytest.mark.parametrize(
    ("arguments", "keywords", "key"),
    [
        ((), {}, "ddbmock"),
        ((None, None), {}, "ddbmock"),
        (("mine", "secret"), {}, "mine"),
        ((), {"aws_access_key_id": "mine", "aws_secret_access_key": "secret"}, "mine"),
    ],
)
def test_dummy_credentials_are_given_to_those_alone_who_have_none(
    arguments: Any, keywords: Any, key: str
) -> None:
    with ddbmock.boto_patch():
        connection = boto.dynamodb.layer1.Layer1(*arguments, **keywords)
    assert connection.aws_access_key_id == key


def test_nobody_asks_the_network_for_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    def request_metadata(*_: Any, **__: Any) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr("boto.utils.get_instance_metadata", request_metadata)
    with ddbmock.boto_patch() as connection:
        assert connection.layer1.aws_access_key_id == "ddbmock"
    assert ddbmock.connect_ddbmock().layer1.aws_access_key_id == "ddbmock"


def test_a_profile_that_boto_does_not_know_is_no_obstacle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "work")
    with ddbmock.boto_patch() as connection:
        assert connection.layer1.aws_access_key_id == "ddbmock"


def test_credentials_of_the_environment_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with ddbmock.boto_patch() as connection:
        assert connection.layer1.aws_access_key_id == "mine"
    assert ddbmock.connect_ddbmock().layer1.aws_secret_access_key == "secret"


def test_each_access_key_and_region_can_have_its_own_tables() -> None:
    region = boto.regioninfo.RegionInfo(name="eu-west-1", endpoint="nowhere")
    with ddbmock.boto_patch(databases="each"):
        dynamodb2().create_table(*HASH_TABLE)
        assert tables_of(dynamodb2())
        other = boto.dynamodb2.layer1.DynamoDBConnection
        assert not tables_of(other(aws_access_key_id="a", aws_secret_access_key="b"))
        assert not tables_of(other(region=region))


def raised_by(connection: Any, action: str, body: str) -> Any:
    """What boto raises for a request."""
    with pytest.raises(boto.exception.BotoServerError) as caught:
        connection.make_request(action, body)
    return caught.value


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("GetItem", '{"TableName": "nowhere", "Key": {"pk": {"S": "x"}}}'),
        ("GetItem", '{"TableName": "nowhere"}'),
        ("GetItem", "{"),
        ("GetItem", "[]"),
        ("GetItem", ""),
        ("GetItem", '{"TableName": 7}'),
        ("Nothing", "{}"),
    ],
)
def test_exceptions_are_those_of_the_network(action: str, body: str) -> None:
    dynamodb = DynamoDB(MemoryStorage())
    with serving(dynamodb, threads=1) as port, ddbmock.boto_patch(dynamodb):
        embedded = raised_by(dynamodb2(), action, body)
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    with serving(dynamodb, threads=1) as port:
        network = boto.dynamodb2.layer1.DynamoDBConnection(
            host="127.0.0.1", port=port, is_secure=False, **keys
        )
        remote = raised_by(network, action, body)
    assert type(embedded) is type(remote)
    assert vars(remote) == {
        name: value for name, value in vars(embedded).items() if name != "__notes__"
    }


def test_the_hint_is_a_note() -> None:
    with ddbmock.boto_patch():
        error = raised_by(dynamodb2(), "GetItem", '{"TableName": "it", "Key": {"pk": {"S": "x"}}}')
        assert getattr(error, "__notes__", None) is not None
        note = raised_by(
            dynamodb2(), "GetItem", '{"TableName": "nowhere", "Key": {"pk": {"S": "x"}}}'
        ).__notes__
    assert note == ["ddbmock: There is no table 'nowhere'; there are: none."]


class Broken:
    """A router that fails as it is told."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self, *_: Any, **__: Any) -> dict[str, Any]:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return {"TableNames": []}


def test_a_throttled_request_is_tried_again_without_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = Broken(*(ProvisionedThroughputExceededException("Slower") for _ in range(3)))
    with ddbmock.boto_patch():
        monkeypatch.setattr("ddbmock.service.router.Router.perform", broken)
        connection = dynamodb2()
        assert connection.make_request("GetItem", "{}") == {"TableNames": []}
    assert (broken.calls, connection.throughput_exceeded_events) == (4, 3)


def test_a_request_that_stays_throttled_ends_in_botos_own_exception(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = Broken(*(ProvisionedThroughputExceededException("Slower") for _ in range(99)))
    with ddbmock.boto_patch():
        monkeypatch.setattr("ddbmock.service.router.Router.perform", broken)
        error = raised_by(dynamodb2(), "GetItem", "{}")
    assert type(error).__name__ == "ProvisionedThroughputExceededException"
    assert broken.calls == 10


def test_a_fault_of_the_service_is_tried_again_and_then_raised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = Broken(*(InternalServerError("Our fault", hint="Not yours.") for _ in range(99)))
    with ddbmock.boto_patch():
        monkeypatch.setattr("ddbmock.service.router.Router.perform", broken)
        error = raised_by(dynamodb2(), "GetItem", "{}")
    assert type(error) is boto.exception.BotoServerError
    assert str(error) == (
        "BotoServerError: 500 Internal Server Error\n"
        '{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"Our fault"}'
    )
    assert error.__notes__ == ["ddbmock: Not yours."]
    assert broken.calls == 11


LONG_BATCH = {"RequestItems": {"music": [{"DeleteRequest": {"Key": "x" * 2**20}}]}}


@pytest.mark.parametrize(
    ("connection", "operation", "body", "limit"),
    [
        (lambda: boto.dynamodb.layer1.Layer1(), "BatchWriteItem", json.dumps(LONG_BATCH), 2**20),
        (lambda: dynamodb2(), "ListTables", "{}" + " " * 2**21, 2**21),
    ],
)
def test_a_body_over_the_limit_is_refused_as_over_the_network(
    connection: Callable[[], Any], operation: str, body: str, limit: int
) -> None:
    with ddbmock.boto_patch(max_body=2**21), pytest.raises(json.JSONDecodeError) as caught:
        connection().make_request(operation, body)
    remote = DynamoDB(MemoryStorage(), Settings(max_body=2**21))
    with serving(remote, threads=1) as port:
        first = ddbmock.connect_ddbmock("127.0.0.1", port).layer1
        with pytest.raises(json.JSONDecodeError) as over_the_network:
            first.make_request(operation, body)
    assert str(caught.value) == str(over_the_network.value)
    hint = f"ddbmock: The body of the request is longer than {limit} bytes."
    assert getattr(caught.value, "__notes__", None) == [hint]


def test_without_limits_a_body_may_be_long() -> None:
    with ddbmock.boto_patch(limits="none", max_body=10):
        assert dynamodb2().make_request("ListTables", "{}" + " " * 100) == {"TableNames": []}


def test_our_own_fault_is_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    with ddbmock.boto_patch():
        monkeypatch.setattr(
            "ddbmock.service.router.Router.perform", Broken(ZeroDivisionError("ours"))
        )
        with pytest.raises(ZeroDivisionError):
            dynamodb2().make_request("GetItem", "{}")


def test_connect_ddbmock_goes_to_the_network_even_while_boto_is_patched() -> None:
    remote = DynamoDB(MemoryStorage(), Settings(authentication="none"))
    with serving(remote, threads=1) as port, ddbmock.boto_patch(), ddbmock.boto_patch():
        connection = ddbmock.connect_ddbmock("127.0.0.1", port)
        assert connection.layer1.make_request.__func__ is NETWORK[type(connection.layer1)][0]
    connection = ddbmock.connect_ddbmock(port=port)
    assert connection.layer1.make_request.__func__ is NETWORK[type(connection.layer1)][0]


@pytest.mark.parametrize(
    ("host", "used"),
    [("localhost", False), ("127.0.0.1", False), ("10.1.2.3", True), ("dynamodb.test", True)],
)
def test_a_proxy_is_not_asked_for_this_machine(
    monkeypatch: pytest.MonkeyPatch, host: str, used: bool
) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.test:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    assert ddbmock.connect_ddbmock(host).layer1.use_proxy is used


@pytest.mark.parametrize(
    ("function", "purpose"),
    [
        ("connect_boto", "connect_boto()"),
        ("connect_ddbmock", "connect_ddbmock()"),
        ("clean_boto_patch", "clean_boto_patch()"),
    ],
)
def test_without_boto_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, function: str, purpose: str
) -> None:
    class NoBoto:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "boto":
                raise ModuleNotFoundError("No module named 'boto'", name="boto")

    monkeypatch.setattr(sys, "meta_path", [NoBoto(), *sys.meta_path])
    with monkeypatch.context() as patch:
        for module in [name for name in sys.modules if name.partition(".")[0] == "boto"]:
            patch.delitem(sys.modules, module)
        with pytest.raises(ImportError) as caught:
            getattr(door, function)()
    assert str(caught.value) == f"{purpose} needs boto: {install_command('boto')}"


def test_each_answer_is_decoded_by_the_hook_of_its_own_request() -> None:
    layer1 = ddbmock.connect_boto().layer1
    body = json.dumps({"Limit": 1})
    hooks: list[Callable[[dict[str, Any]], Any] | None] = [sorted, len, None, len, sorted]
    answers = [layer1.make_request("ListTables", body, object_hook=hook) for hook in hooks]
    assert answers == [["TableNames"], 1, {"TableNames": []}, 1, ["TableNames"]]
