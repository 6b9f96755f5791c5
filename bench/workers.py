"""Two workers of a server beside one, on SQLite and PostgreSQL, at 16 connections.

A client and two workers need more cores than many machines have. So the rate is counted in processor time: the
requests in each second of the process that is busiest, which is the one that bounds the rate where there are
cores enough.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench.load import drive, encoded
from bench.measure import Row, interleaved, ratio
from bench.workloads import WORKLOADS, setup
from tests.postgresql import Cluster, binaries
from tests.servers import ServerProcess, ddbmock_serve

GROUP: Final = "workers"
CONNECTIONS: Final = 16
WORKERS: Final = {"1 worker": 1, "2 workers": 2}
TARGETS: Final = {"get": 1.8, "query of 25": 1.8, "put": 1.0}
BASE: Final = 800
"""Gets in one round; other workloads by their weight."""


def run(rounds: int, *, smoke: bool) -> Iterator[Row]:
    """Requests per second of processor time; no rows where the system does not show it."""
    if not Path("/proc/self/schedstat").exists():
        return
    with tempfile.TemporaryDirectory(prefix="ddbmock-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        for storage, url in _storages(folder, stack):
            servers = {
                contender: stack.enter_context(
                    ddbmock_serve(folder, "--storage", url(contender), "--workers", str(workers))
                )
                for contender, workers in WORKERS.items()
            }
            for server in servers.values():
                for request in setup(large=False):
                    drive(server.port, iter([encoded(server.port, request)]), 1)
            for what in TARGETS:
                yield from _rows(storage, what, servers, rounds, smoke)


def _storages(folder: Path, stack: ExitStack) -> Iterator[tuple[str, Callable[[str], str]]]:
    """Yield names of engines, and a function that returns the URL of a contender's database."""
    yield (
        "SQLite",
        lambda contender: f"sqlite:///{contender.replace(' ', '-')}.db?durability=normal",
    )
    found = binaries()
    if found is not None:
        (folder / "database").mkdir()
        cluster = Cluster(found, folder / "database", fsync=True)
        cluster.create()
        stack.callback(cluster.stop)
        yield "PostgreSQL", lambda _: cluster.create_database()


def _rows(
    storage: str, what: str, servers: Mapping[str, ServerProcess], rounds: int, smoke: bool
) -> Iterator[Row]:
    workload = WORKLOADS[what]
    count = max(CONNECTIONS, int((50 if smoke else BASE) * workload.weight))
    begun = [1_000_000]

    def seconds(server: ServerProcess) -> float:
        first = begun[0]
        begun[0] += count
        requests = [
            encoded(server.port, request)
            for n in range(first, first + count)
            for request in workload.requests(n)
        ]
        before = _processor_seconds(server.pid)
        drive(server.port, iter(requests), CONNECTIONS)
        after = _processor_seconds(server.pid)
        return max(after[process] - before[process] for process in before) / count

    found = interleaved(
        {name: (lambda server=server: seconds(server)) for name, server in servers.items()},  # type: ignore[misc]
        rounds,
    )
    for name, figures in found.items():
        against = "1 worker" if name != "1 worker" else None
        yield Row(
            GROUP, f"{what}, {storage}", name, 1 / figures.median, "requests/CPU s", figures.spread,
            against, None if against is None else ratio(found[against], figures),
            None if against is None else TARGETS[what], at_most=False,
        )  # fmt: skip


def _processor_seconds(server: int) -> dict[int, float]:
    """Seconds of processor time of each process of a server, those of all its threads."""
    children = Path(f"/proc/{server}/task/{server}/children").read_text(encoding="ascii").split()
    return {process: _of_process(process) for process in (server, *map(int, children))}


def _of_process(process: int) -> float:
    threads = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(one.read_text(encoding="ascii").split()[0]) for one in threads) / 1e9
