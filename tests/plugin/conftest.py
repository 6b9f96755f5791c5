"""Runs of pytest within the test, in a directory of their own, with the plugin."""

from __future__ import annotations

from typing import Any

import aiobotocore.session as aiobotocore_session
import boto3 as boto3
import pytest
from _pytest.pytester import Pytester, RunResult

import ddbmock.server.waitress_server as server
import ddbmock.testing.clients as clients
import ddbmock.testing.last_requests as last_requests
import ddbmock.unittest as mixin
from tests.pages import ROOT
from tests.plugin.loaded import PLUGIN
from tests.plugin.project import CONFTEST, Run

# A run in this process forgets at its end what it was the first to import; these stay, for to be
# imported twice does them no good.
STAYING = (aiobotocore_session, boto3, clients, last_requests, mixin, server)


@pytest.fixture
def run(pytester: Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs tests, given as text, beside the table ``music``; arguments are pytest's."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    # others' plugins cost more than the tests
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def ran(tests: str, *arguments: str, conftest: str = CONFTEST) -> RunResult:
        pytester.makeconftest(conftest)
        pytester.makepyfile(test_it=tests)
        plugins = (*PLUGIN, "-p", "asyncio", "-p", "xdist")
        options: tuple[Any, ...] = (*plugins, "-o", "asyncio_default_fixture_loop_scope=function")
        return pytester.runpytest_inprocess(*options, "-p", "no:cacheprovider", *arguments)

    return ran
