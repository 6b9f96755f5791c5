"""What tests asked of their databases: with a failure, and in the table at the end."""

from __future__ import annotations

import pytest

from tests.plugin.project import Run

FAILING = """
import pytest

def test_fails(ddbmock_client):
    for _ in range(12):
        ddbmock_client.put_item(TableName="music", Item={"pk": {"S": "a"}})
    ddbmock_client.get_item(TableName="musik", Key={"pk": {"S": "a"}})
"""


def test_a_failure_shows_the_last_requests_with_their_hints(run: Run) -> None:
    ran = run(FAILING)
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines(
        [
            "*- ddbmock requests -*",
            "The last 10 of 13 requests:",
            *["PutItem  music  1 write units  * ms"] * 9,
            "GetItem  musik  ResourceNotFoundException  * ms",
            "    There is no table 'musik'; did you mean 'music'?",
        ],
        consecutive=True,
    )


def test_a_failure_in_a_fixture_shows_them_too(run: Run) -> None:
    tests = """
import pytest

@pytest.fixture
def broken(ddbmock_client):
    ddbmock_client.list_tables()
    raise ValueError

def test_errs(broken): pass
"""
    ran = run(tests)
    ran.assert_outcomes(errors=1)
    ran.stdout.fnmatch_lines(["*- ddbmock requests -*", "ListTables  * ms"], consecutive=True)


IDLE = """
import pytest

@pytest.mark.parametrize("run", [False, True])
def test_fails(ddb, run):
    ddb.client().update_table(
        TableName="music",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    ddb.trigger(print, "music")
    if run:
        ddb.run_triggers()
    assert False
"""


def test_a_failure_names_triggers_that_have_not_run(run: Run) -> None:
    ran = run(IDLE)
    ran.assert_outcomes(failed=2)
    assert ran.stdout.str().count("No trigger has run: db.run_triggers() calls print.") == 1


def test_a_failure_without_requests_shows_no_section(run: Run) -> None:
    ran = run("def test_fails(ddbmock): assert False")
    ran.assert_outcomes(failed=1)
    ran.stdout.no_fnmatch_line("*ddbmock requests*")


ASKING = """
import pytest

def test_writes(ddbmock_client):
    for _ in range(3):
        ddbmock_client.put_item(TableName="music", Item={"pk": {"S": "a"}})

def test_scans(ddbmock_client):
    ddbmock_client.scan(TableName="music")

def test_errs(ddbmock_client):
    ddbmock_client.describe_table(TableName="musik")

def test_asks_nobody(): pass
"""


@pytest.mark.parametrize("workers", ["0", "1"])
def test_the_report_lists_tests_scans_and_slow_calls(run: Run, workers: str) -> None:
    ran = run(ASKING, "--ddbmock-report", "-n", workers)
    ran.assert_outcomes(passed=3, failed=1)
    ran.stdout.fnmatch_lines(["*- ddbmock requests -*", "DescribeTable  musik  Res*"])
    ran.stdout.fnmatch_lines(
        [
            "*= ddbmock: tests by consumed units =*",
            "      read      write  requests  errors      time  test",
            "         0          3         3       0  * ms  test_it.py::test_writes",
            "         2          0         1       0  * ms  test_it.py::test_scans",
            "         0          0         1       1  * ms  test_it.py::test_errs",
            "         2          3         5       1  * ms  3 tests",
            "*- scans -*",
            "     scans items read  returned  test",
            "         1          1         1  test_it.py::test_scans",
            "*- slowest calls -*",
        ],
        consecutive=True,
    )
    ran.stdout.fnmatch_lines(["DescribeTable  musik * ms  test_it.py::test_errs"])


def test_a_long_report_ends_with_the_sum(run: Run) -> None:
    tests = """
import pytest

@pytest.mark.parametrize("number", range(23))
def test_lists(ddbmock_client, number):
    ddbmock_client.list_tables()
"""
    ran = run(tests, "--ddbmock-report")
    ran.stdout.fnmatch_lines(
        ["... and 3 further tests", "         0          0        23       0  * ms  23 tests"],
        consecutive=True,
    )
    ran.stdout.no_fnmatch_line("*- scans -*")


def test_the_report_says_that_nothing_was_asked(run: Run) -> None:
    ran = run("def test_asks_nobody(): pass", "--ddbmock-report")
    ran.stdout.fnmatch_lines(["No test used ddbmock."])


def test_without_the_option_there_is_no_report(run: Run) -> None:
    run(ASKING).stdout.no_fnmatch_line("*tests by consumed units*")
