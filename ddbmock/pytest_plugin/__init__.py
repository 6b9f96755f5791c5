"""The pytest plugin: a fresh database for each test, and a report of the test's requests.

pytest imports this package at each start if ddbmock is installed, so the engine and the clients are
imported only when a fixture is used.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from ddbmock.pytest_plugin.databases import TEST, database_of, let_go
from ddbmock.pytest_plugin.fixtures import _ddbmock_reused as _ddbmock_reused
from ddbmock.pytest_plugin.fixtures import ddb as ddb
from ddbmock.pytest_plugin.fixtures import ddb_class as ddb_class
from ddbmock.pytest_plugin.fixtures import ddb_module as ddb_module
from ddbmock.pytest_plugin.fixtures import ddbmock_async_client as ddbmock_async_client
from ddbmock.pytest_plugin.fixtures import ddbmock_async_resource as ddbmock_async_resource
from ddbmock.pytest_plugin.fixtures import ddbmock_client as ddbmock_client
from ddbmock.pytest_plugin.fixtures import ddbmock_database as ddbmock_database
from ddbmock.pytest_plugin.fixtures import ddbmock_options as ddbmock_options
from ddbmock.pytest_plugin.fixtures import ddbmock_resource as ddbmock_resource
from ddbmock.pytest_plugin.fixtures import ddbmock_server as ddbmock_server
from ddbmock.pytest_plugin.fixtures import ddbmock_session as ddbmock_session
from ddbmock.pytest_plugin.fixtures import ddbmock_settings as ddbmock_settings
from ddbmock.pytest_plugin.fixtures import ddbmock_tables as ddbmock_tables
from ddbmock.pytest_plugin.limits import failing_over_limit
from ddbmock.pytest_plugin.report import Summary, attach
from ddbmock.pytest_plugin.verify import NAME, Verification, verifying

SETTINGS_MARKER = (
    "ddbmock(**settings): settings of the test's ddbmock database, such as ttl='prompt', and path, "
    "allow and waits of ddbmock.mock(); verify=False: not with --ddbmock-verify"
)
LIMIT_MARKER = (
    "ddbmock_limit(max_rcu=None, max_wcu=None, max_requests=None, no_scan=False): fail the test if "
    "it asks more than this of its ddbmock database"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options ``--ddbmock-report`` and ``--ddbmock-verify``."""
    group = parser.getgroup("ddbmock")
    group.addoption(
        "--ddbmock-report",
        action="store_true",
        help="at the end, list tests by consumed DynamoDB units, scans, and the slowest calls",
    )
    group.addoption(
        "--ddbmock-verify",
        metavar="aws|URL",
        help="run each test twice, in-process and with the answers of DynamoDB or another server, "
        "and fail at the first answer that differs",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers, and collect the report if an option asks for it."""
    config.addinivalue_line("markers", SETTINGS_MARKER)
    config.addinivalue_line("markers", LIMIT_MARKER)
    if config.getoption("ddbmock_report"):
        config.pluginmanager.register(Summary(), "ddbmock-summary")
    target = config.getoption("ddbmock_verify")
    if target:
        config.pluginmanager.register(Verification(target), NAME)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note the test, for the fixtures."""
    item.config.stash[TEST] = item


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Check the limits of a test, and compare its answers with those of an endpoint."""
    with failing_over_limit(item), verifying(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, Any, Any]:
    """Add the last requests to the report of a failure."""
    report = yield
    database = database_of(item)
    if database is not None:
        attach(report, database, with_usage=item.config.getoption("ddbmock_report"))
        if report.when == "teardown":
            let_go(item)
    return report
