"""Group 5: a fresh database for each test, over 0, 1,000 and 100,000 seeded items."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from bench.measure import Row, interleaved, mean_of, ratio
from bench.scale import Sized, many

GROUP: Final = "fork"
TARGET: Final = 1.0
"""Milliseconds, at the largest size."""


def run(rounds: int, *, smoke: bool) -> Iterator[Row]:
    sizes = (0, 100) if smoke else (0, 1000, 100_000)
    databases = {count: Sized(count, partitions=many(count)) for count in sizes}
    series = interleaved(
        {str(count): mean_of(_forking(database), 20) for count, database in databases.items()},
        rounds,
    )
    for count in sizes:
        found = series[str(count)]
        yield Row(
            GROUP, "fork, write one item, throw away", f"{count:,} items", found.median * 1e3,
            "ms", found.spread, target=TARGET if count == sizes[-1] else None,
        )  # fmt: skip
        yield Row(
            GROUP, "fork, write one item, throw away", f"{count:,} items", found.median * 1e3,
            "ms", found.spread, "0 items", ratio(found, series["0"]),
        )  # fmt: skip


def _forking(seeded: Sized) -> Callable[[int], None]:
    storage = seeded.router.dynamodb.storage

    def fork(number: int) -> None:
        fork = storage.fork()
        with fork.write() as writer:
            writer.put("bench", str(number).encode(), b"x")
        fork.close()

    return fork
