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
USAGE: Final = "ddbmock_usage"
"""The attribute of a report with the totals of the test's database, and its slowest calls."""


def attach(report: pytest.TestReport, database: Database, *, with_usage: bool) -> None:
    """Add the last requests to the report of a failure, and the totals to any report if the summary
    is on."""
    if report.failed:
        from ddbmock.testing.last_requests import idle_triggers, summary

        lines = [summary(database.requests), idle_triggers(database)]
        text = "\n".join(line for line in lines if line)
        if text:
            report.sections.append((SECTION, text))
    if with_usage and report.when == "call":
        slowest = sorted(database.requests, key=lambda one: one.duration, reverse=True)[:SLOWEST]
        usage: dict[str, Any] = {
            **database.requests.totals._asdict(),
            "slowest": [(one.duration, str(one)) for one in slowest],
        }
        setattr(report, USAGE, usage)


class Summary:
    """A plugin that collects the requests of tests and reports them at the end."""

    def __init__(self) -> None:
        self._usage: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the totals of a test."""
        usage = getattr(report, USAGE, None)
        if usage is not None:
            self._usage[report.nodeid] = usage

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Report the tests that have consumed most, the tests that scan, and the longest calls."""
        write = terminalreporter.write_line
        terminalreporter.write_sep("=", "ddbmock: tests by consumed units")
        self._write_units(write)
        if any(usage["scans"] for usage in self._usage.values()):
            terminalreporter.write_sep("-", "scans")
            self._write_scans(write)
        if self._usage:
            terminalreporter.write_sep("-", "slowest calls")
            self._write_slowest(write)

    def _write_units(self, write: Callable[[str], None]) -> None:
        if not self._usage:
            write("No test used ddbmock.")
            return
        write(f"{'read':>10} {'write':>10} {'requests':>9} {'errors':>7} {'time':>9}  test")
        for nodeid, usage in self._ordered(lambda one: one["read_units"] + one["write_units"]):
            write(_row(usage, nodeid))
        if len(self._usage) > SHOWN:
            write(f"... and {len(self._usage) - SHOWN} further tests")
        members = ("read_units", "write_units", "requests", "errors", "duration")
        total = {name: sum(one[name] for one in self._usage.values()) for name in members}
        write(_row(total, f"{len(self._usage)} tests"))

    def _write_scans(self, write: Callable[[str], None]) -> None:
        write(f"{'scans':>10} {'items read':>10} {'returned':>9}  test")
        for nodeid, usage in self._ordered(lambda one: one["scans"]):
            if usage["scans"]:
                write(
                    f"{usage['scans']:>10} {usage['scanned']:>10} {usage['returned']:>9}  {nodeid}"
                )

    def _write_slowest(self, write: Callable[[str], None]) -> None:
        calls = [
            (duration, text, nodeid)
            for nodeid, usage in self._usage.items()
            for duration, text in usage["slowest"]
        ]
        for _, text, nodeid in sorted(calls, reverse=True)[:SLOWEST]:
            write(f"{text}  {nodeid}")

    def _ordered(self, key: Callable[[dict[str, Any]], float]) -> list[tuple[str, dict[str, Any]]]:
        return sorted(self._usage.items(), key=lambda one: key(one[1]), reverse=True)[:SHOWN]


def _row(usage: dict[str, Any], name: str) -> str:
    return (
        f"{usage['read_units']:>10g} {usage['write_units']:>10g} {usage['requests']:>9} "
        f"{usage['errors']:>7} {usage['duration'] * 1000:>6.1f} ms  {name}"
    )
