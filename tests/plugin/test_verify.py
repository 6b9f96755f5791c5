"""The option ``--ddbmock-verify``: each test runs twice, and fails if an answer differs."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from _pytest.pytester import Pytester, RunResult
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

import ddbmock
from ddbmock.clock import SystemClock
from ddbmock.database import DynamoDB
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from ddbmock.storage.memory import MemoryStorage
from ddbmock.verify.endpoint import Answer, Endpoint
from tests.plugin.loaded import PLUGIN
from tests.servers import serving

TESTS = """
import pytest

@pytest.fixture
def filled(ddbmock_client):
    ddbmock_client.put_item(TableName="music", Item={"pk": {"S": "x"}, "n": {"N": "1"}})

def test_that_passes(ddbmock_client, filled):
    found = ddbmock_client.get_item(TableName="music", Key={"pk": {"S": "x"}})
    assert found["Item"]["n"] == {"N": "1"}
    ddbmock_client.update_item(
        TableName="music",
        Key={"pk": {"S": "x"}},
        UpdateExpression="ADD n :n",
        ExpressionAttributeValues={":n": {"N": "2"}},
    )
    assert ddbmock_client.scan(TableName="music")["Count"] == 2  # one is the session's

def test_of_an_error(ddbmock_client):
    with pytest.raises(ddbmock_client.exceptions.ClientError):
        ddbmock_client.put_item(
            TableName="music", Item={"pk": {"S": "x"}}, ConditionExpression=""
        )

def test_without_database():
    pass
"""


def database(wording: str) -> DynamoDB:
    return DynamoDB(MemoryStorage(), Settings(wording=wording), SystemClock())


def tables_of(dynamodb: DynamoDB) -> object:
    router = Router(dynamodb)
    return router.perform(router.target("DynamoDB_20120810.ListTables"), {})["TableNames"]


def test_the_same_service_passes(run: Callable[..., RunResult]) -> None:
    dynamodb = database("2026-us-east-1")
    with serving(dynamodb) as port:
        ran = run(TESTS, f"--ddbmock-verify=http://127.0.0.1:{port}")
    ran.assert_outcomes(passed=3)
    ran.stdout.fnmatch_lines(["2 tests ran twice: in-process, and with the answers of http:*"])
    assert tables_of(dynamodb) == []


def test_the_first_different_answer_fails_the_test(run: Callable[..., RunResult]) -> None:
    dynamodb = database("2025")
    with serving(dynamodb) as port:
        ran = run(TESTS, f"--ddbmock-verify=http://127.0.0.1:{port}")
    ran.assert_outcomes(passed=2, failed=1)
    ran.stdout.fnmatch_lines(
        [
            "*answers differently:",
            'PutItem {"TableName": "music"*"ConditionExpression": ""}',
            "  ddbmock: 400 *1 validation error detected: Invalid ConditionExpression*",
            '  there:   400 *"message": "Invalid ConditionExpression*',
        ]
    )
    assert tables_of(dynamodb) == []


def test_an_endpoint_that_does_not_answer_fails_the_tests(run: Callable[..., RunResult]) -> None:
    ran = run(TESTS, "--ddbmock-verify=http://127.0.0.1:9")
    ran.assert_outcomes(passed=1, failed=2)
    ran.stdout.fnmatch_lines(["*http://127.0.0.1:9 does not answer*"])
    assert "During handling" not in ran.stdout.str()


def test_a_wrong_target_ends_the_run(run: Callable[..., RunResult]) -> None:
    ran = run(TESTS, "--ddbmock-verify=foo")
    assert ran.ret == pytest.ExitCode.USAGE_ERROR
    assert ran.errlines == [
        "ERROR: --ddbmock-verify=foo: 'foo' is neither aws nor a URL such as http://localhost:8000.",
        "",
    ]


def test_aws_is_reached_from_within_a_mock_with_the_credentials_of_its_user(
    run: Callable[..., RunResult], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """AWS's name leads to a server of this process, and its credentials are in a file."""
    keys = tmp_path / "credentials"
    keys.write_text("[default]\naws_access_key_id = AKID\naws_secret_access_key = secret\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(keys))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    resolve = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest: resolve("127.0.0.1", *rest))
    callers = set()
    add_auth = SigV4Auth.add_auth

    def noting(auth: SigV4Auth, request: AWSRequest) -> None:
        if request.url.startswith("http://"):  # not in-process, by boto3
            callers.add(auth.credentials.access_key)
        add_auth(auth, request)

    monkeypatch.setattr(SigV4Auth, "add_auth", noting)
    with serving(database("2026-us-east-1")) as port:
        host = "dynamodb.us-east-1.amazonaws.com"
        ran = run(TESTS, f"--ddbmock-verify=http://{host}:{port}")
    ran.assert_outcomes(passed=3)
    assert callers == {"AKID"}


RUNS = """
import boto3
import pytest

runs = []

@pytest.fixture
def noted(ddbmock_client):
    runs.append([])

def test_twice(ddbmock_client, ddbmock_resource, noted):
    written = {"pk": "x", "data": b"bytes", "n": 2}
    table = ddbmock_resource.Table("music")
    table.put_item(Item=written)
    item = table.get_item(Key={"pk": "x"})["Item"]
    assert item["data"].value == b"bytes"
    described = ddbmock_client.describe_table(TableName="music")["Table"]
    runs[-1] += [described["TableArn"], described["CreationDateTime"].tzinfo is not None]
    assert ddbmock_client.list_tables()["TableNames"] == ["music"]
    pages = [
        ddbmock_client.execute_statement(Statement="SELECT pk FROM music", Limit=1)
    ]
    while "NextToken" in pages[-1]:
        pages.append(
            ddbmock_client.execute_statement(
                Statement="SELECT pk FROM music", Limit=1, NextToken=pages[-1]["NextToken"]
            )
        )
    assert sum(len(page["Items"]) for page in pages) == 2
    with pytest.raises(ddbmock_client.exceptions.TransactionCanceledException) as caught:
        ddbmock_client.transact_write_items(
            TransactItems=[
                {"ConditionCheck": {"TableName": "music", "Key": {"pk": {"S": "no"}},
                 "ConditionExpression": "attribute_exists(pk)"}},
            ]
        )
    reasons = caught.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["ConditionalCheckFailed"]

def test_runs():
    assert len(runs) == 2
    assert runs[0] == runs[1]

@pytest.mark.ddbmock(ttl="prompt")
def test_of_time(ddbmock):
    ddbmock.clock.advance(1)

def test_of_faults(ddbmock, ddbmock_client):
    ddbmock.trouble.on("GetItem", times=1).throttle()
    ddbmock_client.get_item(TableName="music", Key={"pk": {"S": "x"}})

@pytest.mark.ddbmock(verify=False)
def test_only_here(ddbmock_client):
    assert ddbmock_client.list_tables()["TableNames"] == ["music"]
"""


def test_each_test_runs_twice(run: Callable[..., RunResult]) -> None:
    dynamodb = database("2026-us-east-1")
    with serving(dynamodb) as port:
        ran = run(RUNS, f"--ddbmock-verify=http://127.0.0.1:{port}")
    ran.assert_outcomes(passed=5)
    ran.stdout.fnmatch_lines(
        [
            "1 tests ran twice: in-process, and with the answers of http:*",
            "1 ran in-process only: marked with verify=False",
            "1 ran in-process only: the test injects faults",
            "1 ran in-process only: the test moves the clock",
        ]
    )
    assert tables_of(dynamodb) == []


def test_the_second_run_has_the_answers_of_the_endpoint(run: Callable[..., RunResult]) -> None:
    tests = """
        def test_of_an_error(ddbmock_client):
            try:
                ddbmock_client.put_item(TableName="music", Item={}, ConditionExpression="")
            except ddbmock_client.exceptions.ClientError as error:
                print(error.response["Error"]["Message"])
    """
    with serving(database("2025")) as port:
        ran = run(tests, f"--ddbmock-verify=http://127.0.0.1:{port}")
    ran.assert_outcomes(failed=1)
    assert "\nInvalid ConditionExpression: The expression can not be empty;" in ran.stdout.str()


MANY = """
import pytest

@pytest.fixture
def filled(ddbmock_resource):
    with ddbmock_resource.Table("music").batch_writer() as batch:
        for number in range(30):
            batch.put_item(Item={"pk": str(number)})

@pytest.mark.ddbmock_limit(max_requests=1, no_scan=True)
def test_of_many(ddbmock_client, filled):
    key = {"pk": {"S": "29"}}
    assert "Item" in ddbmock_client.get_item(TableName="music", Key=key)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("small_pages", "requests"), [(False, 2), (True, 31)])
def test_items_of_fixtures_are_copied_in_batches(
    run: Callable[..., RunResult],
    monkeypatch: pytest.MonkeyPatch,
    small_pages: bool,
    requests: int,
) -> None:
    """With small pages, the endpoint processes one write of a batch, and returns the others."""
    sent = []
    send = Endpoint.send

    def noting(endpoint: Endpoint, operation: str, body: object) -> Answer:
        sent.append(operation)
        return send(endpoint, operation, body)

    monkeypatch.setattr(Endpoint, "send", noting)
    with ddbmock.Database() as there, there.serve() as server:
        there.trouble.small_pages = small_pages
        ran = run(MANY, f"--ddbmock-verify={server.url}")
    ran.assert_outcomes(passed=1)
    assert (sent.count("PutItem"), sent.count("BatchWriteItem")) == (0, requests)


def test_a_test_that_fails_with_the_same_answers_says_so(run: Callable[..., RunResult]) -> None:
    tests = """
        runs = []

        def test_once(ddbmock_client):
            ddbmock_client.list_tables()
            runs.append(1)
            assert len(runs) == 1
    """
    dynamodb = database("2026-us-east-1")
    with serving(dynamodb) as port:
        ran = run(tests, f"--ddbmock-verify=http://127.0.0.1:{port}")
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines(
        ["It passed in-process; these are the answers of http:*, which are the same."]
    )
    assert tables_of(dynamodb) == []


def test_a_test_that_fails_in_process_is_not_run_there(run: Callable[..., RunResult]) -> None:
    tests = """
        def test_wrong(ddbmock_client):
            assert ddbmock_client.list_tables()["TableNames"] == []
    """
    ran = run(tests, "--ddbmock-verify=http://127.0.0.1:9")
    ran.assert_outcomes(failed=1)
    assert "does not answer" not in ran.stdout.str()


@pytest.mark.slow
def test_tables_are_deleted_after_an_interrupt(pytester: Pytester) -> None:
    """In a process of its own, which the interrupt ends."""
    pytester.makepyfile("""
        import pytest

        runs = []

        @pytest.fixture(scope="session")
        def ddbmock_tables():
            return {
                "TableName": "music",
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "BillingMode": "PAY_PER_REQUEST",
            }

        def test_interrupted(ddbmock_client):
            assert ddbmock_client.scan(TableName="music")["Count"] == 0
            runs.append(1)
            if len(runs) == 2:
                raise KeyboardInterrupt
    """)
    dynamodb = database("2026-us-east-1")
    with serving(dynamodb) as port:
        url = f"http://127.0.0.1:{port}"
        ran = pytester.runpytest_subprocess(*PLUGIN, f"--ddbmock-verify={url}")
    assert ran.ret == 2
    assert tables_of(dynamodb) == []
