"""The mixin for unittest: each test has a database of its own, begun as its class'."""

from __future__ import annotations

import io
import sys
import unittest
from collections.abc import Mapping
from typing import Any, ClassVar

import boto3
import pytest

from ddbmock.table_sources import TableSource
from ddbmock.unittest import DDBMockMixin, DDBMockTestCase, ddbmock_limit
from tests.clients.pins import aioboto3
from tests.clients.tables import KEY, MUSIC
from tests.plugin.project import Run


def ran(tests: type[unittest.TestCase]) -> tuple[unittest.TestResult, str]:
    """The result of a class' tests, and what is printed of it."""
    stream = io.StringIO()
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(tests)
    return unittest.TextTestRunner(stream).run(suite), stream.getvalue()


class Seeded(DDBMockTestCase):
    """Has a table with an item."""

    __test__ = False
    ddbmock_tables: ClassVar[TableSource] = MUSIC

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.ddbmock_session.client().put_item(TableName="music", Item={"pk": {"S": "seeded"}})

    def setUp(self) -> None:
        self.ddbmock_resource.Table("music").put_item(Item={"pk": "set up"})

    def keys(self) -> set[str]:
        items = boto3.client("dynamodb").scan(TableName="music")["Items"]
        return {item["pk"]["S"] for item in items}


def test_each_test_begins_as_its_class_was_set_up() -> None:
    class Tests(Seeded):
        def test_one(self) -> None:
            self.ddbmock_client.put_item(TableName="music", Item={"pk": {"S": "one"}})
            assert self.keys() == {"seeded", "set up", "one"}

        def test_two(self) -> None:
            assert self.keys() == {"seeded", "set up"}
            assert self.ddbmock.requests.totals.requests == 2

    result, text = ran(Tests)
    assert (result.testsRun, result.wasSuccessful()) == (2, True), text


def test_async_tests_have_an_async_resource() -> None:
    aioboto3()

    class Tests(DDBMockMixin, unittest.IsolatedAsyncioTestCase):
        ddbmock_tables: ClassVar[TableSource] = MUSIC

        async def test_reads(self) -> None:
            table = await self.ddbmock_async_resource.Table("music")
            assert (await table.scan())["Count"] == 0

    result, text = ran(Tests)
    assert (result.testsRun, result.wasSuccessful()) == (1, True), text


def test_async_tests_have_an_async_client() -> None:
    class Tests(DDBMockMixin, unittest.IsolatedAsyncioTestCase):
        ddbmock_tables: ClassVar[TableSource] = MUSIC

        async def test_reads(self) -> None:
            answer = await self.ddbmock_async_client.get_item(**KEY)
            assert "Item" not in answer

        @ddbmock_limit(max_requests=1)
        async def test_asks_too_much(self) -> None:
            for _ in range(2):
                await self.ddbmock_async_client.get_item(**KEY)

    result, text = ran(Tests)
    assert (result.testsRun, len(result.failures), result.errors) == (2, 1, []), text
    assert "2 requests were made, max_requests=1. They are:\n  2 x GetItem  music" in text


def test_a_failure_tells_the_last_requests() -> None:
    class Tests(Seeded):
        def test_fails(self) -> None:
            self.ddbmock_client.describe_table(TableName="musik")

        def test_skips(self) -> None:
            self.skipTest("not today")

        @unittest.expectedFailure
        def test_is_expected_to_fail(self) -> None:
            self.fail()

    result, _ = ran(Tests)
    assert (len(result.errors), len(result.skipped), len(result.expectedFailures)) == (1, 1, 1)
    if sys.version_info >= (3, 11):  # before, tracebacks have no notes
        [(_, traceback)] = result.errors
        assert (
            "\nddbmock: the last requests:\n         PutItem  music  1 write units  " in traceback
        )
        assert "\n             There is no table 'musik'; did you mean 'music'?\n" in traceback


def test_limits_hold_for_a_test_or_a_class() -> None:
    @ddbmock_limit(max_requests=0)
    class Tests(Seeded):
        def test_asks_too_much(self) -> None:
            self.ddbmock_client.get_item(**KEY)

        @ddbmock_limit(no_scan=True)
        def test_may_ask(self) -> None:
            self.ddbmock_client.get_item(**KEY)

    result, text = ran(Tests)
    assert (len(result.failures), result.testsRun) == (1, 2), text
    assert "1 requests were made, max_requests=0. They are:\n  1 x GetItem  music" in text


def test_the_server_serves_the_tests_database() -> None:
    class Tests(Seeded):
        def test_over_http(self) -> None:
            client: Any = boto3.client("dynamodb", endpoint_url=self.ddbmock_server)
            assert self.ddbmock_server == client.meta.endpoint_url  # one server
            assert client.list_tables()["TableNames"] == ["music"]

    result, text = ran(Tests)
    assert result.wasSuccessful(), text


def test_a_class_that_was_not_set_up_says_so() -> None:
    class Tests(DDBMockTestCase):
        @classmethod
        def setUpClass(cls) -> None:
            pass

        def test_nothing(self) -> None: ...

    result, text = ran(Tests)
    assert (result.testsRun, len(result.errors)) == (1, 1)
    assert "Tests.setUpClass() has to call super().setUpClass() first" in text


def test_a_mixin_behind_other_bases_says_so() -> None:
    with pytest.raises(TypeError) as caught:
        type("Tests", (unittest.TestCase, DDBMockMixin), {})
    assert str(caught.value) == "DDBMockMixin must stand before the other bases of Tests."


def test_a_wrong_option_is_an_error_of_each_test_and_not_of_the_run() -> None:
    class Tests(DDBMockTestCase):
        ddbmock_options: ClassVar[Mapping[str, Any]] = {"wait": True}

        def test_one(self) -> None: ...
        def test_two(self) -> None: ...

    result, text = ran(Tests)
    assert (result.testsRun, len(result.errors)) == (2, 2)
    assert text.count("already has its settings; it cannot be given wait.") == 2


def test_pytest_runs_them_with_its_marker_and_its_report(run: Run) -> None:
    tests = """
import pytest
from conftest import MUSIC
from ddbmock.unittest import DDBMockTestCase

class TestMusic(DDBMockTestCase):
    ddbmock_tables = MUSIC

    def test_writes(self):
        self.ddbmock_client.put_item(TableName="music", Item={"pk": {"S": "a"}})

    @pytest.mark.ddbmock_limit(no_scan=True)
    def test_scans(self):
        self.ddbmock_client.scan(TableName="music")
"""
    ran = run(tests, "--ddbmock-report")
    ran.assert_outcomes(passed=1, failed=1)
    ran.stdout.fnmatch_lines(["ddbmock_limit: 1 Scan was made, no_scan=True:"])
    ran.stdout.fnmatch_lines(["         0          1         1       0  *::test_writes"])
