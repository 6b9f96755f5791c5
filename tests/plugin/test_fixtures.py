"""The plugin's fixtures: each test has a database of its own, begun as the session's."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.clients.pins import aioboto3
from tests.pages import ROOT
from tests.plugin.loaded import INSTALLED, PLUGIN
from tests.plugin.project import CONFTEST, Run

WRITING = """
import boto3, pytest

def keys(client):
    return {item["pk"]["S"] for item in client.scan(TableName="music")["Items"]}
"""


def test_each_test_begins_with_the_tables_and_items_of_the_session(run: Run) -> None:
    tests = """
@pytest.mark.parametrize("key", ["a", "b"])
def test_writes(ddbmock_client, key):
    ddbmock_client.put_item(TableName="music", Item={"pk": {"S": key}})
    assert keys(ddbmock_client) == {"seeded", key}
"""
    run(WRITING + tests).assert_outcomes(passed=2)


def test_every_client_of_the_process_reaches_the_tests_database(run: Run) -> None:
    tests = """
made_before = boto3.client("dynamodb", region_name="us-east-1")

def test_writes(ddbmock, ddbmock_client, ddbmock_resource):
    ddbmock_resource.Table("music").put_item(Item={"pk": "a"})
    everywhere = [made_before, boto3.client("dynamodb"), ddbmock.client(), ddbmock_client]
    assert [keys(client) for client in everywhere] == [{"seeded", "a"}] * 4
    assert [request.operation for request in ddbmock.requests] == ["PutItem"] + ["Scan"] * 4
"""
    run(WRITING + tests).assert_outcomes(passed=1)


def test_a_client_and_a_resource_are_made_once_and_serve_all_tests(run: Run) -> None:
    tests = """
seen = []

@pytest.mark.parametrize("number", range(3))
def test_sees(ddbmock_client, ddbmock_resource, number):
    seen.append((ddbmock_client, ddbmock_resource))
    assert all(one is seen[0][0] and other is seen[0][1] for one, other in seen)

def test_a_client_of_no_running_test_says_so():
    with pytest.raises(RuntimeError) as caught:
        seen[0][0].scan(TableName="music")
    assert str(caught.value) == (
        "This client is ddbmock's, for tests; none that uses it is running any more."
    )
"""
    run(WRITING + tests).assert_outcomes(passed=4)


def test_async_tests_have_an_async_client(run: Run) -> None:
    tests = """
pytestmark = pytest.mark.asyncio

@pytest.mark.parametrize("key", ["a", "b"])
async def test_writes(ddbmock_async_client, ddbmock_client, key):
    await ddbmock_async_client.put_item(TableName="music", Item={"pk": {"S": key}})
    assert keys(ddbmock_client) == {"seeded", key}

async def test_a_client_of_ones_own(ddbmock):
    async with ddbmock.async_client() as client:
        assert (await client.scan(TableName="music"))["Count"] == 1
"""
    run(WRITING + tests).assert_outcomes(passed=3)


def test_async_tests_have_an_async_resource(run: Run) -> None:
    aioboto3()
    tests = """
@pytest.mark.asyncio
@pytest.mark.parametrize("key", ["a", "b"])
async def test_writes(ddbmock_async_resource, ddbmock_client, key):
    table = await ddbmock_async_resource.Table("music")
    async with table.batch_writer() as batch:
        await batch.put_item(Item={"pk": key})
    assert keys(ddbmock_client) == {"seeded", key}
"""
    run(WRITING + tests).assert_outcomes(passed=2)


def test_tables_are_there_for_those_without_credentials(run: Run) -> None:
    conftest = f"""{CONFTEST}
@pytest.fixture(scope="session")
def ddbmock_settings():
    return {{"databases": "each"}}
"""
    tests = """
def test_writes(ddbmock_client):
    assert keys(ddbmock_client) == keys(boto3.client("dynamodb")) == {"seeded"}
"""
    run(WRITING + tests, conftest=conftest).assert_outcomes(passed=1)


def test_the_async_client_goes_by_wire_too(run: Run) -> None:
    tests = """
@pytest.fixture(scope="session")
def ddbmock_options():
    return {"path": "wire"}

@pytest.mark.asyncio
async def test_reads(ddbmock_async_client, ddbmock_client):
    for _ in range(2):
        answer = await ddbmock_async_client.scan(TableName="music")
        assert answer["Count"] == ddbmock_client.scan(TableName="music")["Count"] == 1
        assert "x-amz-crc32" in answer["ResponseMetadata"]["HTTPHeaders"]
"""
    run(WRITING + tests).assert_outcomes(passed=1)


def test_the_server_serves_the_tests_database(run: Run) -> None:
    tests = """
import json, urllib.request

def test_over_http(ddbmock_server, ddbmock_client):
    ddbmock_client.put_item(TableName="music", Item={"pk": {"S": "a"}})
    request = urllib.request.Request(
        ddbmock_server,
        json.dumps({"TableName": "music"}).encode(),
        {
            "X-Amz-Target": "DynamoDB_20120810.Scan",
            "Content-Type": "application/x-amz-json-1.0",
            "Authorization": "AWS4-HMAC-SHA256 Credential=ddbmock/19700101/us-east-1/dynamodb/"
            "aws4_request, SignedHeaders=host, Signature=0",
            "X-Amz-Date": "19700101T000000Z",
        },
    )
    with urllib.request.urlopen(request) as answer:
        assert json.load(answer)["Count"] == 2
"""
    run(WRITING + tests, "-W", "ignore::DeprecationWarning").assert_outcomes(passed=1)


def test_settings_and_options_can_be_given(run: Run) -> None:
    conftest = """
import pytest

@pytest.fixture(scope="session")
def ddbmock_settings():
    return {"delay_creating": 7}

@pytest.fixture(scope="session")
def ddbmock_options():
    return {"allow": ["s3"]}
"""
    tests = """
from botocore.client import BaseClient

def test_both(ddbmock):
    assert ddbmock.settings.delay_creating == 7
    [layer] = BaseClient._ddbmock_patch.layers
    assert layer.allow == ("s3",)
"""
    run(tests, conftest=conftest).assert_outcomes(passed=1)


def test_the_session_may_be_extended_for_one_module(run: Run) -> None:
    tests = """
@pytest.fixture(scope="module")
def ddbmock_session(ddbmock_session):
    with ddbmock_session.fork() as database:
        database.client().put_item(TableName="music", Item={"pk": {"S": "of the module"}})
        yield database

def test_reads(ddbmock_client):
    assert keys(ddbmock_client) == {"seeded", "of the module"}
"""
    run(WRITING + tests).assert_outcomes(passed=1)


def test_databases_are_in_memory_whatever_the_environment_says(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DDBMOCK_STORAGE", "sqlite:///content.db")
    run("def test_it(ddbmock): assert ddbmock.settings.storage == 'memory://'").assert_outcomes(
        passed=1
    )


def test_workers_of_xdist_have_databases_of_their_own(run: Run) -> None:
    tests = """
@pytest.mark.parametrize("key", "abcdef")
def test_writes(ddbmock_client, key):
    ddbmock_client.put_item(TableName="music", Item={"pk": {"S": key}})
    assert keys(ddbmock_client) == {"seeded", key}
"""
    run(WRITING + tests, "-n", "2").assert_outcomes(passed=6)


@pytest.mark.skipif(not INSTALLED, reason="ddbmock is not installed here")
def test_pytest_finds_the_plugin_by_itself() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "--markers"],
        cwd=ROOT.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "ddbmock_limit" in ran.stdout


def test_the_plugin_imports_neither_engine_nor_client_until_it_is_used() -> None:
    program = f"""
import sys, pytest
class Last:
    def pytest_unconfigure(self):
        print(*sorted(sys.modules))
pytest.main([*{PLUGIN!r}, "-p", "no:cacheprovider", "--markers"], plugins=[Last()])
"""
    environment = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd="/",
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    imported = set(ran.stdout.split())
    assert "ddbmock.pytest_plugin" in imported
    unwanted = {
        "ddbmock.testing.database",
        "ddbmock.database",
        "pyramid",
        "boto",
        "boto3",
        "botocore",
    }
    assert imported & {*unwanted, "aiobotocore", "orjson", "yaml", "waitress"} == set()


def test_a_name_that_does_not_hide_the_module(run: Run) -> None:
    tests = """
import ddbmock as module

def test_both(ddb, ddbmock):
    assert ddb is ddbmock
    assert isinstance(ddb, module.Database)
"""
    run(WRITING + tests).assert_outcomes(passed=1)


@pytest.mark.parametrize(("fixture", "first"), [("ddb_class", [1, 2]), ("ddb_module", [2, 3])])
def test_tests_of_a_class_or_module_share_a_database(
    run: Run, fixture: str, first: list[int]
) -> None:
    tests = f"""
made_before = boto3.client("dynamodb", region_name="us-east-1")
counts = []

def count_another({fixture}):
    client = boto3.client("dynamodb")
    client.put_item(TableName="music", Item={{"pk": {{"S": str(len(counts))}}}})
    counts.append(len(keys(client)) - 1)

def test_outside({fixture}):
    count_another({fixture})

class TestThese:
    def test_one(self, {fixture}):
        count_another({fixture})
    def test_another(self, {fixture}):
        count_another({fixture})
        assert counts[1:] == {first}
"""
    run(WRITING + tests).assert_outcomes(passed=3)


def test_a_marker_gives_a_test_settings_and_options(run: Run) -> None:
    tests = """
@pytest.mark.ddbmock(ttl="prompt", delay_creating=5)
class TestMarked:
    def test_of_the_class(self, ddb):
        assert (ddb.settings.ttl, ddb.settings.delay_creating) == ("prompt", 5)

    @pytest.mark.ddbmock(delay_creating=7, region="eu-west-1", path="wire")
    def test_of_its_own(self, ddb, ddbmock_client):
        assert (ddb.settings.ttl, ddb.settings.delay_creating) == ("prompt", 7)
        assert ddbmock_client.meta.region_name == "eu-west-1"
        # the tables are this region's; items of the session's are not
        assert keys(ddbmock_client) == keys(boto3.client("dynamodb")) == set()

def test_not_marked(ddb):
    assert (ddb.settings.ttl, ddb.settings.delay_creating) == ("aws", 0)
"""
    run(WRITING + tests).assert_outcomes(passed=3)


def test_a_wrong_setting_of_a_marker_is_one_sentence(run: Run) -> None:
    tests = """
@pytest.mark.ddbmock(limit="none")
def test_marked(ddb):
    pass

@pytest.mark.ddbmock("prompt")
def test_by_position(ddb):
    pass
"""
    result = run(WRITING + tests)
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        [
            "*There is no setting ddbmock.limit; did you mean ddbmock.limits[?]*",
            "*The marker ddbmock takes settings by name: @pytest.mark.ddbmock(ttl='prompt').*",
        ]
    )
