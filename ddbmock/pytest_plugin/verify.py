"""The option ``--ddbmock-verify``: each test runs twice, in-process and with an endpoint's answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest
from _pytest.runner import runtestprotocol

from ddbmock.pytest_plugin.databases import chosen, database_of

THERE: Final = pytest.StashKey[bool]()
"""True while a test runs for the second time, with the endpoint's answers."""
USED: Final = pytest.StashKey[bool]()
"""True of a test with a database."""
ONLY_HERE: Final = pytest.StashKey[str]()
"""The reason why a test with a database does not run for the second time."""
NAME: Final = "ddbmock-verification"
"""The name under which :class:`Verification` is registered."""
PROPERTY: Final = "ddbmock_verify"
"""The property of a test's report with the reason; it is empty if the test has run twice."""


class Verification:
    """A plugin that runs each test twice, and counts them at the end."""

    def __init__(self, target: str) -> None:
        """Prepare the endpoint, outside of ``mock()``, where the user's credentials are found.

        :raises pytest.UsageError: the target is neither ``aws`` nor a URL, or AWS needs credentials.
        """
        from ddbmock.verify.endpoint import Endpoint, VerifyError

        self._target = target
        try:
            self.endpoint: Final = Endpoint(target)
        except VerifyError as error:
            raise pytest.UsageError(f"--ddbmock-verify={target}: {error}") from None
        self._twice = 0
        self._only_here: dict[str, int] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        """Run a test in-process and, if it passes, again with the endpoint's answers.

        Fixtures are set up for each run. The reports are those of the last one.
        """
        hook = item.ihook
        hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        item.stash[THERE] = False
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        why = item.stash.get(ONLY_HERE, None)
        if why is None and USED in item.stash and all(report.passed for report in reports):
            self.endpoint.renew_credentials()
            item.stash[THERE] = True
            reports = runtestprotocol(item, log=False, nextitem=nextitem)
            reports[-1].user_properties.append((PROPERTY, ""))
        elif why is not None:
            reports[-1].user_properties.append((PROPERTY, why))
        for report in reports:
            hook.pytest_runtest_logreport(report=report)
        hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test."""
        for name, why in report.user_properties if report.when == "teardown" else ():
            if name == PROPERTY and why:
                self._only_here[str(why)] = self._only_here.get(str(why), 0) + 1
            elif name == PROPERTY:
                self._twice += 1

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Report how many tests ran twice."""
        write = terminalreporter.write_line
        terminalreporter.write_sep("=", "ddbmock verify")
        write(f"{self._twice} tests ran twice: in-process, and with the answers of {self._target}")
        for why, count in sorted(self._only_here.items()):
            write(f"{count} ran in-process only: {why}")


@contextmanager
def verifying(item: pytest.Item) -> Iterator[None]:
    """Answer the requests of a test's second run by the endpoint, and fail the test at the first
    answer that differs from the database's.

    The items that fixtures have stored are copied to the endpoint first.
    """
    target = item.config.getoption("ddbmock_verify")
    plugin = item.config.pluginmanager.get_plugin(NAME)
    database = database_of(item)
    if plugin is None or database is None:
        yield
        return
    if not item.stash[THERE]:
        item.stash[USED] = True
        yield
        if not chosen(item)[1].get("verify", True):
            item.stash[ONLY_HERE] = "marked with verify=False"
        elif database.clock.moved:
            item.stash[ONLY_HERE] = "the test moves the clock"
        elif database.router.trouble is not None:
            item.stash[ONLY_HERE] = "the test injects faults"
        return
    from ddbmock.verify.endpoint import VerifyError
    from ddbmock.verify.mirror import Mirror

    try:
        mirror = Mirror(database.router, plugin.endpoint.in_region(database.region))
        with mirror.answering(database.region):
            try:
                yield
            finally:
                if mirror.difference is not None:
                    raise pytest.fail.Exception(
                        f"{target} answers differently:\n{mirror.difference}", pytrace=False
                    )
    except VerifyError as error:
        raise pytest.fail.Exception(f"--ddbmock-verify={target}: {error}", pytrace=False) from None
    except Exception:
        note = f"It passed in-process; these are the answers of {target}, which are the same."
        item.add_report_section("call", "ddbmock verify", note)
        raise
