"""Limits on what a test may ask: the marker, the context manager, the decorator."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import ddbmock
from ddbmock.testing.limits import Limit, LimitExceededError
from ddbmock.unittest import ddbmock_limit
from tests.clients.tables import KEY, MUSIC
from tests.plugin.project import Run


@pytest.fixture
def client() -> Any:
    return ddbmock.connect_boto3()


def asking(marker: str) -> str:
    return f"""
import pytest

@pytest.mark.ddbmock_limit({marker})
def test_asks(ddbmock_client):
    for _ in range(3):
        ddbmock_client.get_item(TableName="music", Key={{"pk": {{"S": "a"}}}}, ConsistentRead=True)
    ddbmock_client.put_item(TableName="music", Item={{"pk": {{"S": "a"}}}})
    ddbmock_client.scan(TableName="music", Limit=1)
"""


def test_a_test_within_its_limits_passes(run: Run) -> None:
    run(asking("max_rcu=5, max_wcu=1, max_requests=5")).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("marker", "lines"),
    [
        (
            "max_rcu=4",
            [
                "ddbmock_limit: 4.5 read units were consumed, max_rcu=4. Most of them by:",
                "  Scan  music  1.5 read units  1 of 1 items  * ms",
                "  GetItem  music  1 read units *",
            ],
        ),
        (
            "max_wcu=0.5",
            [
                "ddbmock_limit: 1 write units were consumed, max_wcu=0.5. Most of them by:",
                "  PutItem  music  1 write units  * ms",
            ],
        ),
        (
            "max_requests=4",
            [
                "ddbmock_limit: 5 requests were made, max_requests=4. They are:",
                "  3 x GetItem  music",
                "  1 x PutItem  music",
                "  1 x Scan  music",
            ],
        ),
        (
            "no_scan=True",
            [
                "ddbmock_limit: 1 Scan was made, no_scan=True:",
                "  Scan  music  1.5 read units  1 of 1 items  * ms",
            ],
        ),
    ],
)
def test_a_wasteful_test_fails_and_names_the_calls(run: Run, marker: str, lines: list[str]) -> None:
    ran = run(asking(marker))
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines(lines, consecutive=True)


def test_what_fixtures_ask_is_not_counted(run: Run) -> None:
    program = """
import pytest

@pytest.fixture
def filled(ddbmock_client):
    ddbmock_client.put_item(TableName="music", Item={"pk": {"S": "a"}})
    return ddbmock_client

@pytest.mark.ddbmock_limit(max_requests=0)
def test_asks_nothing(filled): pass
"""
    run(program).assert_outcomes(passed=1)


def test_a_test_that_fails_itself_fails_for_its_own_reason(run: Run) -> None:
    ran = run(asking("max_requests=1") + '    assert not "its own"\n')
    ran.stdout.fnmatch_lines(["*assert not 'its own'"])
    assert "max_requests" not in ran.stdout.str().partition("short test summary")[2]


def test_a_marker_without_the_fixture_is_told(run: Run) -> None:
    program = """
import pytest

@pytest.mark.ddbmock_limit(no_scan=True)
def test_asks_nobody(): pass
"""
    ran = run(program)
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines(["ddbmock_limit counts requests to the database of the fixture *"])


def test_a_module_with_a_limit_may_have_tests_without_a_database(run: Run) -> None:
    program = """
import pytest

pytestmark = pytest.mark.ddbmock_limit(max_requests=0)

def test_asks_nobody(): pass

def test_asks_too_much(ddbmock_client):
    ddbmock_client.list_tables()
"""
    run(program).assert_outcomes(passed=1, failed=1)


def test_a_marker_with_an_unknown_limit_is_told(run: Run) -> None:
    ran = run(asking("max_reads=1"))
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines(
        ["ddbmock_limit: A limit has max_rcu, max_wcu, max_requests, no_scan, not max_reads."]
    )


@pytest.mark.parametrize("arguments", ["", "1"])
def test_a_marker_that_names_no_limit_is_told(run: Run, arguments: str) -> None:
    ran = run(asking(arguments))
    ran.assert_outcomes(failed=1)
    message = "max_rcu, max_wcu, max_requests, no_scan, and gives at least one by its name."
    ran.stdout.fnmatch_lines([f"ddbmock_limit: A limit has {message}"])


def test_a_limit_of_nothing_is_refused() -> None:
    with pytest.raises(TypeError):
        Limit.of()
    with ddbmock.Database() as db, pytest.raises(TypeError):
        db.limit()
    with pytest.raises(TypeError):
        ddbmock_limit()


def test_a_block_has_limits_too() -> None:
    with ddbmock.Database() as db:
        client = db.client()
        client.create_table(**MUSIC)
        with db.limit(max_requests=1, max_rcu=0.5):
            client.get_item(**KEY)
        with pytest.raises(LimitExceededError) as caught, db.limit(no_scan=True, max_requests=0):
            client.scan(TableName="music")
        lines = str(caught.value).splitlines()
        assert lines[:3] == [
            "1 requests were made, max_requests=0. They are:",
            "  1 x Scan  music",
            "1 Scan was made, no_scan=True:",
        ]


def test_a_function_has_limits_too() -> None:
    with ddbmock.Database() as db:
        client = db.client()
        client.create_table(**MUSIC)

        @db.limit(max_rcu=1)
        def read(times: int) -> None:
            for _ in range(times):
                client.get_item(**KEY)

        read(2)
        read(2)
        with pytest.raises(LimitExceededError) as caught:
            read(8)
        lines = str(caught.value).splitlines()
        assert lines[0] == "4 read units were consumed, max_rcu=1. Most of them by:"
        assert lines[-1] == "  and 3 further calls"


def test_a_coroutine_function_has_limits_too() -> None:
    pytest.importorskip("aiobotocore")
    with ddbmock.Database() as db:
        db.create_tables(MUSIC)

        @db.limit(max_requests=0)
        async def read() -> None:
            async with db.async_client() as client:
                await client.get_item(**KEY)

        with pytest.raises(LimitExceededError):
            asyncio.run(read())
