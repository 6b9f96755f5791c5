"""Integration suites of other libraries on ddbmock and on other tools.

``python -m bench.libraries pynamodb=FOLDER bloop=FOLDER dynamo3=FOLDER``, where each folder is a
checkout of the library: source distributions lack the suites. Nothing of it is changed. Every suite
runs against each contender in turn, inside the process (ddbmock, moto) or over HTTP on servers that
are started for it. Seconds are those of the processor, the start of Python and the server's own
included.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from bench.servers import commands, running

ROOT: Final = Path(__file__).parent.parent
AWS: Final = "https://dynamodb.us-east-1.amazonaws.com"
INSIDE: Final = {"ddbmock": "ddbmock, in-process", "moto": "moto, in-process"}
SERVERS: Final = {
    "waitress": "ddbmock serve, waitress",
    "fast": "ddbmock serve, asyncio",
    "moto": "moto_server",
    "dynalite": "dynalite",
    "dynoxide": "Dynoxide",
}
PATIENCE: Final = 300
"""Seconds by the clock after which a run is given up: some suites wait for what a server never does."""


class Suite(NamedTuple):
    """A library's integration suite."""

    arguments: Sequence[str]
    """For pytest, with ``{url}`` where a server is."""
    environment: Mapping[str, str] = {}
    packages: Sequence[str] = ()
    """Packages that it needs beside botocore, boto3 and pytest."""


SUITES: Final = {
    "pynamodb": Suite(["tests/integration"], {"PYNAMODB_INTEGRATION_TEST_DDB_URL": "{url}"}),
    "bloop": Suite(
        ["tests/integ", "--dynamodblocal-endpoint", "{url}"],
        {"MOTO_ALLOW_NONEXISTENT_REGION": "true"},
        ["blinker"],
    ),
    "dynamo3": Suite(["-o", "python_files=*.py", "tests"], packages=["mock"]),
}


class Outcome(NamedTuple):
    """The end of a run; one that was given up has no tests that passed."""

    seconds: float
    passed: int
    failed: Sequence[str]
    """Lines about the tests that failed."""


def checkout(text: str) -> tuple[str, Path]:
    """``name=folder`` as the name of a suite and the checkout that has it."""
    name, _, folder = text.partition("=")
    if name not in SUITES or not Path(folder, "tests").is_dir():
        raise argparse.ArgumentTypeError(
            f"{text!r} is not like pynamodb=FOLDER, with a library of {', '.join(SUITES)}"
        )
    return name, Path(folder).resolve()


@contextlib.contextmanager
def served(contender: str, folder: Path) -> Iterator[str]:
    """Provide the URL that a contender is asked at."""
    names = [name for name, shown in SERVERS.items() if shown == contender]
    if not names:
        yield AWS
        return
    with running(names[0], folder) as port:
        yield f"http://127.0.0.1:{port}"


def run(suite: Suite, folder: Path, contender: str, packages: Path) -> Outcome:
    """Run a suite against a contender."""
    inside = [name for name, shown in INSIDE.items() if shown == contender]
    before = os.times()
    with (
        tempfile.TemporaryDirectory(prefix="ddbmock-bench-") as scratch,
        served(contender, Path(scratch)) as url,
    ):
        environment = {name: value.format(url=url) for name, value in suite.environment.items()}
        done = _completed(
            [
                sys.executable, "-m", "pytest", "-q", "-rfE", "-p", "no:cacheprovider",
                "-p", "bench.library_doors", "-W", "ignore", "-c", os.devnull,
                "--rootdir", str(folder), *(one.format(url=url) for one in suite.arguments),
            ],
            folder,
            {
                **os.environ,
                "AWS_ACCESS_KEY_ID": "bench",
                "AWS_SECRET_ACCESS_KEY": "bench",
                "AWS_DEFAULT_REGION": "us-east-1",
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
                "PYTHONPATH": os.pathsep.join(map(str, [folder, packages, ROOT])),
                "BENCH_DOOR": inside[0] if inside else "",
                "BENCH_URL": url,
                **environment,
            },
        )  # fmt: skip
    after = os.times()
    if done is None:
        return Outcome(sum(after[2:4]) - sum(before[2:4]), 0, [f"no end after {PATIENCE} seconds"])
    passed = re.search(r"(\d+) passed", done.stdout)
    failed = re.findall(r"^(?:FAILED|ERROR) .*$", done.stdout, re.MULTILINE)
    if passed is None and not failed:
        raise RuntimeError(done.stdout + done.stderr)
    return Outcome(sum(after[2:4]) - sum(before[2:4]), int(passed[1]) if passed else 0, failed)


def _completed(
    command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str] | None:
    """Run a command to its end; return None if it does not come to one."""
    try:
        return subprocess.run(
            command,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None


def contenders(chosen: Sequence[str]) -> list[str]:
    """Return the contenders that there are here, or those that are asked for."""
    there = commands(0, Path(tempfile.gettempdir()))
    found = [*INSIDE.values(), *(shown for name, shown in SERVERS.items() if name in there)]
    return [name for name in found if not chosen or name in chosen]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.libraries", description=__doc__)
    parser.add_argument("checkout", nargs="+", type=checkout, metavar="LIBRARY=FOLDER")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", action="append", default=[], help="a contender; repeatable")
    parser.add_argument("--failures", action="store_true", help="show the tests that failed")
    options = parser.parse_args(arguments)
    os.environ.setdefault("DDBMOCK_DATABASES", "region")  # as those of most servers are
    for name, folder in options.checkout:
        suite = SUITES[name]
        with tempfile.TemporaryDirectory(prefix="ddbmock-bench-") as packages:
            if suite.packages:
                install = [sys.executable, "-m", "pip", "install", "--quiet", "--target", packages]
                subprocess.run([*install, *suite.packages], check=True)
            found: dict[str, list[Outcome]] = {}
            for _ in range(options.rounds):
                for contender in contenders(options.only):
                    outcome = run(suite, folder, contender, Path(packages))
                    found.setdefault(contender, []).append(outcome)
        print(f"{name}\n{'=' * len(name)}")
        for contender, outcomes in found.items():
            seconds = statistics.median([outcome.seconds for outcome in outcomes])
            last = outcomes[-1]
            print(
                f"{contender:26} {seconds:6.1f} s {last.passed:5} passed {len(last.failed):4} failed"
            )
            if options.failures:
                print(*[f"    {line}" for line in last.failed], sep="\n")
        print(flush=True)


if __name__ == "__main__":
    main()
