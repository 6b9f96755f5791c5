"""Group 1: boto3 inside the process, against botocore's own floor and against moto."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Iterator
from typing import Final

from bench.measure import Row, interleaved, ratio
from bench.worker import Worker, WorkerError
from bench.workloads import SAME_BY_ITEM, WORKLOADS

GROUP: Final = "in-process boto3"

DIRECT_TO_FLOOR: Final = {
    "create table": 0.40, "get": 0.35, "put": 0.55, "update": 0.36, "delete": 0.45,
    "query of 25": 0.15, "query with filter": 0.25, "scan of 1,000": 0.12,
    "query of 25 with binaries": 0.12, "scan of 1,000 with binaries": 0.06,
    "transaction of 4": 0.75, "batch write of 25": 1.0,
}  # fmt: skip
WIRE_TO_FLOOR: Final = 1.25
WIRE_TO_FLOOR_QUERY: Final = 1.1
FASTER_THAN_MOTO: Final = {
    "get": 18, "put": 5, "update": 20, "query of 25": 150, "scan of 1,000": 100,
    "transaction of 4": 300, "batch write of 25": 3.5, "query at 20,000": 500,
}  # fmt: skip
PARTIQL_TO_ITEM: Final = 1.5
"""The most that a statement may cost beside the operation that does the same."""
BASE: Final = 170
"""Repetitions of a get in one round."""
ROUNDS: Final = 4
"""Rounds at most, so that the group takes less than two minutes."""


def run(rounds: int, *, smoke: bool) -> Iterator[Row]:
    """A row for each workload and comparison."""
    names = ["floor", "floor before-call", "direct", "wire"]
    if importlib.util.find_spec("moto"):
        names.append("moto")
    workers = {name: Worker("bench.clients", name) for name in names}
    try:
        for name in names[2:]:
            workers[name].ask(do="prepare", large=not smoke)
        for workload in WORKLOADS.values():
            if workload.large and smoke:
                continue
            yield from _rows(workers, workload.name, workload.weight, min(rounds, ROUNDS), smoke)
    finally:
        for worker in workers.values():
            worker.close()


def _rows(
    workers: dict[str, Worker], workload: str, weight: float, rounds: int, smoke: bool
) -> Iterator[Row]:
    count = max(1, int((5 if smoke else BASE) * weight))
    same = SAME_BY_ITEM.get(workload)
    # moto takes up to 300 times as long, and two seconds for a statement: fewer repetitions give as
    # steady a median.
    slow = 1 if same else max(1, count // 20)

    def timed(name: str) -> float:
        repeat = slow if name == "moto" else count
        if name == same:
            return float(workers["direct"].ask(do="run", workload=same, count=repeat))
        try:
            return float(workers[name].ask(do="run", workload=workload, count=repeat))
        except WorkerError:
            if name == "moto":
                return float("nan")
            raise

    names = [*workers] if same is None else [*workers, same]
    series = interleaved({name: lambda name=name: timed(name) for name in names}, rounds)  # type: ignore[misc]
    micro = {name: figures.median * 1e6 for name, figures in series.items()}
    for name, against, target, at_most in (
        ("floor", None, None, True),
        ("floor before-call", "floor", None, True),
        *([] if same is None else [(same, None, None, True)]),
        (
            "direct",
            same or "floor",
            PARTIQL_TO_ITEM if same else DIRECT_TO_FLOOR.get(workload),
            True,
        ),
        ("wire", "floor", WIRE_TO_FLOOR_QUERY if "query" in workload else WIRE_TO_FLOOR, True),
        ("moto", "direct", FASTER_THAN_MOTO.get(workload), False),
    ):
        if name not in series or math.isnan(micro[name]):
            continue  # moto cannot do everything
        yield Row(
            GROUP,
            workload,
            name,
            micro[name],
            "µs",
            series[name].spread,
            against,
            ratio(series[name], series[against]) if against else None,
            target,
            at_most,
        )
