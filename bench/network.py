"""Group 2: servers over loopback, at 1 and 16 connections, against a bare Pyramid view and peers."""

from __future__ import annotations

import contextlib
import math
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from bench.load import LoadError, drive, encoded
from bench.measure import Row, Series, interleaved, ratio
from bench.servers import commands, running
from bench.workloads import WORKLOADS, setup

GROUP: Final = "network"
CONNECTIONS: Final = (1, 16)
SINGLE: Final = ("get", "put", "update", "delete")
READS: Final = ("query of 25", "query with filter", "scan of 1,000")
NAMES: Final = (*SINGLE, *READS, "batch write of 25", "transaction of 4")
OURS: Final = ("floor", "waitress", "fast")
TO_FLOOR: Final[Mapping[str, Mapping[str, float]]] = {
    "waitress": {
        **dict.fromkeys(SINGLE, 0.85), "query of 25": 0.7, "scan of 1,000": 0.7,
        "query with filter": 0.5, "batch write of 25": 0.5,
    },
    "fast": {"query with filter": 0.5, "batch write of 25": 0.6},
}  # fmt: skip
"""The least share of the floor's throughput."""
BASE: Final = 350
"""Gets in one round; other workloads by their weight."""
ROUNDS: Final = 3
"""Rounds at most, so that the group takes about two minutes with all peers."""
ATTEMPTS: Final = 20
"""Attempts at most for each request of the set-up, a tenth of a second apart."""


def run(rounds: int, *, smoke: bool, peers: Mapping[str, int] | None = None) -> Iterator[Row]:
    """A row for each workload, number of connections and server."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ports = dict(peers or {})
        for name in commands(0, folder):
            if smoke and name not in OURS:
                continue
            try:
                ports[name] = stack.enter_context(running(name, folder))
            except RuntimeError as error:
                if name in OURS:
                    raise
                print(f"without {name}: {error}", file=sys.stderr)
        for port in ports.values():
            _set_up(port)
        for connections in CONNECTIONS:
            for name in NAMES:
                yield from _rows(ports, name, connections, min(rounds, ROUNDS), smoke)


def _set_up(port: int) -> None:
    """Create the tables and items. A peer's table may take a moment, even if its option says none."""
    for request in setup(large=False):
        for attempt in range(1, ATTEMPTS + 1):
            try:
                drive(port, iter([encoded(port, request)]), 1)
                break
            except LoadError:
                if attempt == ATTEMPTS:
                    raise
                time.sleep(0.1)


def _rows(
    ports: Mapping[str, int], name: str, connections: int, rounds: int, smoke: bool
) -> Iterator[Row]:
    workload = WORKLOADS[name]
    count = max(connections, int((20 if smoke else BASE) * workload.weight))
    begun = [connections * 1_000_000]

    def timed(server: str) -> float:
        # moto takes up to 300 times as long: fewer repetitions give as steady a median.
        repeat = max(connections, count // 20) if server == "moto" else count
        port, first = ports[server], begun[0]
        begun[0] += repeat
        requests = [
            encoded(port, request)
            for n in range(first, first + repeat)
            for request in workload.requests(n)
        ]
        try:
            return drive(port, iter(requests), connections) / repeat
        except LoadError:
            return float("nan")

    series = interleaved({server: partial(timed, server) for server in ports}, rounds)
    # dynalite knows no transactions: who does not answer is not there
    series = {server: found for server, found in series.items() if not math.isnan(found.median)}
    what = f"{name}, {connections} connection{'s' * (connections > 1)}"
    for server, figures in series.items():
        yield _row(what, name, server, figures, series)
        if server in ("dynalite", "dynoxide"):
            yield _against_peer(what, name, "waitress", server, connections, series)
            if "fast" in series:
                yield _against_peer(what, name, "fast", server, connections, series)


def _row(what: str, name: str, server: str, figures: Series, series: Mapping[str, Series]) -> Row:
    """Throughput of a server; of waitress also as a part of the floor's."""
    target = TO_FLOOR.get(server, {}).get(name)
    if server == "waitress" and name in SINGLE and what.endswith("1 connection"):
        target = 0.9
    floor = series["floor"]
    return Row(
        GROUP,
        what,
        server,
        1 / figures.median,
        "requests/s",
        figures.spread,
        "floor",
        ratio(floor, figures),
        target,
        at_most=False,
    )


def _against_peer(
    what: str, name: str, ours: str, peer: str, connections: int, series: Mapping[str, Series]
) -> Row:
    """How many times as many requests ours answers as a peer."""
    target: float | None = 1.0
    if ours == "waitress":
        if name.startswith("query") or name == "batch write of 25":
            target = 2.5
        elif name.startswith("scan"):
            target = 15.0
        elif connections > 1 and name in ("get", "put", "delete"):
            target = None
    return Row(
        GROUP,
        what,
        ours,
        1 / series[ours].median,
        "requests/s",
        series[ours].spread,
        peer,
        ratio(series[peer], series[ours]),
        target,
        at_most=False,
    )
