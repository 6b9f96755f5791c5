"""The long run: ``make torture``, or ``python -m tests.robustness.torture [FACTOR [SUBJECT…]]``.

Each row of its table is a test of this folder or of its neighbours with many more trials; the seeds
are printed, so that a failure can be repeated. FACTOR multiplies the trials: 0.01 is a quick look.
Only the rows whose subjects begin with one of SUBJECT are run, if there are any. The status is the
number of rows that failed.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Final

from ddbmock.clock import ManualClock
from ddbmock.database import DynamoDB
from ddbmock.service.router import Router
from ddbmock.storage import open as open_storage
from ddbmock.storage.memory import MemoryStorage
from tests.behaviour.test_fuzz import EVERY, TEMPLATE, Maker, answered, is_the_services_own
from tests.durability import test_killed
from tests.partiql.test_execution import carry_out
from tests.partiql.test_statements import check_random_statements
from tests.postgresql import Cluster, binaries
from tests.robustness.laden import check_laden
from tests.robustness.test_damage import check_flips, check_laden_flips
from tests.robustness.test_damaged_records import check_records
from tests.robustness.test_forks import check_forks, check_pools, check_worker_forks
from tests.robustness.test_hostile_bytes import check_exports, check_sockets, check_templates
from tests.robustness.test_hostile_control import check_control
from tests.robustness.test_hostile_lines import check_lines
from tests.robustness.test_interrupted_groups import check_interrupted_groups
from tests.robustness.test_interrupts import check_signals
from tests.server.test_both_servers import serving_fast
from tests.servers import serving

Row = tuple[str, int, Callable[[Path, int, int], str]]
"""A subject, its trials, and what does them: given a folder, their number and a seed, it returns
what else is worth noting, and raises at the first failure."""


LONGEST: Final = 600.0
"""Seconds after which a row counts as hung."""


def requests(folder: Path, count: int, seed: int) -> str:
    """Requests of every operation of every API, many of them spoilt."""
    chance, names, refused = Random(seed), sorted(EVERY), 0
    for number in range(count):
        target = EVERY[names[number % len(names)]]
        maker = Maker(chance.randrange(2**40))
        storage = TEMPLATE.fork()
        router = Router(DynamoDB(storage, clock=ManualClock(1_790_000_000.0)))
        body = maker.structure(target.operation.input)
        if chance.random() < 0.5:
            body = maker.spoilt(body)
        if not isinstance(body, dict):
            continue
        before = storage.snapshot()
        error = answered(router, target, body)
        if error is not None:
            refused += 1
            assert error.status == 400 or is_the_services_own(error), (target.name, body)
            assert storage.snapshot() is before, (target.name, body)
    return f"{len(names)} operations, {refused} errors answered, unintended 500: 0"


def laden(url: str, kind: str) -> Callable[[Path, int, int], str]:
    def run(folder: Path, count: int, seed: int) -> str:
        storage = open_storage(url.format(folder))
        answered = check_laden(storage, count, seed, forks=kind == "memory")
        storage.close()
        return f"{len(EVERY)} operations, {answered:,} answered, unintended 500: 0"

    return run


def sockets(server: str) -> Callable[[Path, int, int], str]:
    def run(folder: Path, count: int, seed: int) -> str:
        dynamodb = DynamoDB(MemoryStorage())
        with serving_fast(dynamodb) if server == "fast" else serving(dynamodb) as port:
            check_sockets(port, count, seed)
        return "others unanswered: 0"

    return run


def control(url: str) -> Callable[[Path, int, int], str]:
    def run(folder: Path, count: int, seed: int) -> str:
        statuses = check_control(url.format(folder), count, seed)
        return f"{statuses.get(200, 0):,} answered 200, 500: 0, others unanswered: 0"

    return run


def interrupts(url: str, door: str, *, followed: bool = False) -> Callable[[Path, int, int], str]:
    def run(folder: Path, count: int, seed: int) -> str:
        interrupts = check_signals(url.format(folder), door, count, seed, followed=followed)
        more = ", records lost or doubled: 0" if followed else ""
        return f"of {interrupts:,} requests; locked: 0, half changed: 0{more}"

    return run


def interrupted_groups(url: str) -> Callable[[Path, int, int], str]:
    def run(folder: Path, count: int, seed: int) -> str:
        # An interrupt in a finalizer of psycopg's cannot be raised, and would be printed into the table.
        sys.unraisablehook = lambda note: None
        writes = check_interrupted_groups(url, count, seed)
        return f"of {writes:,} writes of other threads lost or doubled: 0"

    return run


def worker_forks(url: str) -> Callable[[Path, int, int], str]:
    def run(folder: Path, count: int, seed: int) -> str:
        records = check_worker_forks(url.format(folder), count)
        return f"hung: 0, of {records:,} records lost or doubled: 0"

    return run


def forks(url: str) -> Callable[[Path, int, int], str]:
    def run(folder: Path, count: int, seed: int) -> str:
        check_forks(url.format(folder), count)
        return "hung: 0, parents disturbed: 0"

    return run


def pools(url: str) -> Callable[[Path, int, int], str]:
    def run(folder: Path, count: int, seed: int) -> str:
        check_pools(url.format(folder), count)
        return "of multiprocessing, in pools; hung: 0"

    return run


def damage(folder: Path, count: int, seed: int) -> str:
    counts = check_flips(folder, count, seed)
    assert counts["other content"] == 0
    return ", ".join(f"{name}: {number}" for name, number in counts.items())


def laden_damage(folder: Path, count: int, seed: int) -> str:
    counts = check_laden_flips(folder, count, seed)
    return ", ".join(f"{name}: {number:,}" for name, number in counts.items())


def damaged_records(folder: Path, count: int, seed: int) -> str:
    return f"{check_records(folder, count, seed):,} requests about other tables, failed: 0"


def templates(folder: Path, count: int, seed: int) -> str:
    return f"{check_templates(folder, count, seed)} refused, other errors: 0"


def exports(folder: Path, count: int, seed: int) -> str:
    return f"{check_exports(folder, count, seed)} refused, other errors: 0"


def hostile_lines(folder: Path, count: int, seed: int) -> str:
    return f"{check_lines(folder, count, seed)} refused, other errors: 0"


def statements(folder: Path, count: int, seed: int) -> str:
    check_random_statements(count, seed)
    return "of PartiQL; unintended 500: 0"


def carried_out(folder: Path, count: int, seed: int) -> str:
    """Mostly valid statements, carried out on a table with indexes."""
    outcomes = carry_out(count, seed)
    done = sum(number for name, number in outcomes.items() if name.endswith(" done"))
    return f"of PartiQL; {done} answers, the others are errors with hints"


def kills(folder: Path, count: int, seed: int) -> str:
    test_killed.KILLS = count  # type: ignore[misc]  # the one number that is another here
    test_killed.test_a_server_on_sqlite_is_killed_again_and_again(folder)
    return "acknowledged writes lost: 0, half transactions: 0"


def rows(databases: Sequence[str]) -> list[Row]:
    """The rows of the table; those of PostgreSQL only with a database."""
    sqlite = "sqlite:///{}/content.db?durability=normal"
    found: list[Row] = [
        ("requests, spoilt", 300_000, requests),
        ("laden tables, memory", 200_000, laden("memory://", "memory")),
        ("laden tables, SQLite", 10_000, laden(sqlite, "SQLite")),
        ("statements, random", 1_000_000, statements),
        ("statements, carried out", 200_000, carried_out),
        ("sockets, waitress", 10_000, sockets("waitress")),
        ("sockets, asyncio", 10_000, sockets("fast")),
        ("control path, memory", 50_000, control("memory://")),
        ("control path, SQLite", 5_000, control("sqlite:///{}/{{}}.db?durability=normal")),
        ("interrupts, memory", 10_000, interrupts("memory://", "in-process")),
        ("interrupts, memory, boto3", 10_000, interrupts("memory://", "boto3")),
        ("interrupts, SQLite", 10_000, interrupts(sqlite, "in-process")),
        ("interrupts, SQLite, boto3", 10_000, interrupts(sqlite, "boto3")),
        ("interrupts, streams", 5_000, interrupts("memory://", "in-process", followed=True)),
        ("interrupts, streams SQLite", 2_000, interrupts(sqlite, "in-process", followed=True)),
        ("forks, memory", 1_000, forks("memory://")),
        ("forks, SQLite", 1_000, forks(sqlite)),
        ("forks, triggers", 300, worker_forks("memory://")),
        ("forks, triggers SQLite", 300, worker_forks("sqlite:///{}/content.db")),
        ("tasks, memory", 1_000, pools("memory://")),
        ("tasks, SQLite", 1_000, pools(sqlite)),
        ("bits flipped, SQLite", 5_000, damage),
        ("bits flipped, laden SQLite", 1_000, laden_damage),
        ("records damaged, SQLite", 400, damaged_records),
        ("templates, spoilt", 20_000, templates),
        ("exports, spoilt", 1_000, exports),
        ("lines, spoilt", 30_000, hostile_lines),
        ("kills, SQLite", 80, kills),
    ]
    if databases:
        found.insert(3, ("laden tables, PostgreSQL", 3_000, laden(databases[0], "PostgreSQL")))
        found.append(("forks, PostgreSQL", 1_000, forks(databases[1])))
        row = interrupted_groups(databases[2])
        found.append(("interrupts, groups", 3_000, row))
    return found


def in_process(run: Callable[[], str]) -> tuple[str, str, float]:
    """Run a row in a process of its own; return its outcome, what failed, and seconds of CPU time.

    So the table comes to its end even if a row hangs or takes its process down.
    """
    with tempfile.TemporaryFile("w+") as result:
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            try:
                result.write("\0" + run())
            except BaseException:
                result.write(traceback.format_exc())
            result.flush()
            os._exit(0)
        deadline = time.monotonic() + LONGEST
        ended, status, used = os.wait4(child, os.WNOHANG)
        try:
            while not ended and time.monotonic() < deadline:
                time.sleep(0.05)
                ended, status, used = os.wait4(child, os.WNOHANG)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)  # and servers that it has left
        if not ended:
            used = os.wait4(child, 0)[2]
        cpu = used.ru_utime + used.ru_stime
        if not ended:
            return "HUNG", f"no end after {LONGEST:.0f} seconds", cpu
        result.seek(0)
        text = result.read()
    if text.startswith("\0"):
        return text[1:], "", cpu
    return "FAILED", text or f"its process ended with status {status}", cpu


def main(factor: float, *subjects: str) -> int:
    """Run everything, print the table, and return how many rows failed."""
    # The cluster ends with it in any case.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    folder = Path(tempfile.mkdtemp(prefix="ddbmock-torture-"))
    used = sum(os.times()[:4])
    cluster = _cluster(folder)
    failures: Final[list[str]] = []
    print(f"{'subject':26}{'trials':>9}{'seconds':>9}{'CPU':>9}  outcome", flush=True)
    try:
        databases = [] if cluster is None else [cluster.create_database() for _ in range(3)]
        for number, (name, trials, run) in enumerate(rows(databases)):
            if subjects and not name.startswith(subjects):
                continue
            count = max(1, round(trials * factor))
            own = folder / str(number)
            own.mkdir()
            begun = time.monotonic()
            outcome, failure, cpu = in_process(lambda: run(own, count, number))  # noqa: B023  # at once
            if failure:
                failures.append(f"{name} (seed {number}):\n{failure}")
            seconds = time.monotonic() - begun
            print(f"{name:26}{count:>9,}{seconds:>9.0f}{cpu:>9.1f}  {outcome}", flush=True)
    finally:
        if cluster is not None:
            cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
    used = sum(os.times()[:4]) - used
    print(f"CPU time, children that have ended among it: {used / 60:.1f} min", *failures, sep="\n")
    return len(failures)


def _cluster(folder: Path) -> Cluster | None:
    found = binaries()
    if found is None:
        return None
    own = folder / "postgresql"
    own.mkdir()
    folder.chmod(0o755)
    cluster = Cluster(found, own)
    cluster.create()
    return cluster


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0, *sys.argv[2:]))
