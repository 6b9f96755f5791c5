"""The option ``--ddbmock-verify``: tests that an endpoint answers differently fail."""

from __future__ import annotations

from collections.abc import Callable

from _pytest.pytester import RunResult

from ddbmock.clock import SystemClock
from ddbmock.database import DynamoDB
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from ddbmock.storage.memory import MemoryStorage
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
