"""The requests of tests: a section in the report of a failure, and a table at the end.

Reports travel from the workers of pytest-xdist as JSON, with all of their attributes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from ddbmock.testing.database import Database

SHOWN: Final = 20
"""The number of tests in the summary at most."""
SLOWEST: Final = 5
"""The number of calls in the summary, and in each test's report."""
SECTION: Final = "ddbmock requests"
ASKED: Final = "ddbmock_asked"
"""The attribute of a report with the totals of the test's database, and its slowest calls."""


def attach(report: pytest.TestReport, database: Database, *, wanted: bool) -> None:
    """Add the last requests to the report of a failure, and the totals to any report if the summary
    is on."""
    if report.failed:
        from ddbmock.testing.last_requests import told

        text = told(database.requests)
        if text:
            report.sections.append((SECTION, text))
    if wanted and report.when == "call":
        slowest = sorted(database.requests, key=lambda one: one.duration, reverse=True)[:SLOWEST]
        asked: dict[str, Any] = {
            **database.requests.totals._asdict(),
            "slowest": [(one.duration, str(one)) for one in slowest],
        }
        setattr(report, ASKED, asked)


class Summary:
    """A plugin that collects the requests of tests and reports them at the end."""

    def __init__(self) -> None:
        self._asked: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the totals of a test."""
        asked = getattr(report, ASKED, None)
        if asked is not None:
            self._asked[report.nodeid] = asked

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Report the tests that have consumed most, the tests that scan, and the longest calls."""
        write = terminalreporter.write_line
        terminalreporter.write_sep("=", "ddbmock: tests by consumed units")
        self._write_units(write)
        if any(asked["scans"] for asked in self._asked.values()):
            terminalreporter.write_sep("-", "scans")
            self._write_scans(write)
        if self._asked:
            terminalreporter.write_sep("-", "slowest calls")
            self._write_slowest(write)

    def _write_units(self, write: Callable[[str], None]) -> None:
        if not self._asked:
            write("No test used ddbmock.")
            return
        write(f"{'read':>10} {'write':>10} {'requests':>9} {'errors':>7} {'time':>9}  test")
        for nodeid, asked in self._ordered(lambda one: one["read_units"] + one["write_units"]):
            write(_row(asked, nodeid))
        if len(self._asked) > SHOWN:
            write(f"... and {len(self._asked) - SHOWN} further tests")
        members = ("read_units", "write_units", "requests", "errors", "duration")
        total = {name: sum(one[name] for one in self._asked.values()) for name in members}
        write(_row(total, f"{len(self._asked)} tests"))

    def _write_scans(self, write: Callable[[str], None]) -> None:
        write(f"{'scans':>10} {'items read':>10} {'returned':>9}  test")
        for nodeid, asked in self._ordered(lambda one: one["scans"]):
            if asked["scans"]:
                write(
                    f"{asked['scans']:>10} {asked['scanned']:>10} {asked['returned']:>9}  {nodeid}"
                )

    def _write_slowest(self, write: Callable[[str], None]) -> None:
        calls = [
            (duration, text, nodeid)
            for nodeid, asked in self._asked.items()
            for duration, text in asked["slowest"]
        ]
        for _, text, nodeid in sorted(calls, reverse=True)[:SLOWEST]:
            write(f"{text}  {nodeid}")

    def _ordered(self, key: Callable[[dict[str, Any]], float]) -> list[tuple[str, dict[str, Any]]]:
        return sorted(self._asked.items(), key=lambda one: key(one[1]), reverse=True)[:SHOWN]


def _row(asked: dict[str, Any], name: str) -> str:
    return (
        f"{asked['read_units']:>10g} {asked['write_units']:>10g} {asked['requests']:>9} "
        f"{asked['errors']:>7} {asked['duration'] * 1000:>6.1f} ms  {name}"
    )
