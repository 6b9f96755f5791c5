"""``python -m bench``: run the groups, print their tables, leave text, JSON and a picture.

``--record 2.0.0`` is for releases: it needs a quiet machine and all groups.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from bench import (
    boto2,
    console,
    fork,
    inprocess,
    jobs,
    network,
    postgresql,
    report,
    scale,
    start,
    storage,
    streams,
    tables,
    tests,
    vectors,
    workers,
)
from bench.measure import Row
from docs import pictures

GROUPS: Final[dict[str, Callable[..., Iterator[Row]]]] = {
    "inprocess": inprocess.run,
    "tests": tests.run,
    "boto2": boto2.run,
    "network": network.run,
    "scale": scale.run,
    "tables": tables.run,
    "start": start.run,
    "fork": fork.run,
    "storage": storage.run,
    "postgresql": postgresql.run,
    "workers": workers.run,
    "streams": streams.run,
    "vectors": vectors.run,
    "jobs": jobs.run,
    "console": console.run,
}


HISTORY: Final = pictures.HISTORY
PICTURES: Final = pictures.HERE / "_static"


def peer(text: str) -> tuple[str, int]:
    """``name=http://127.0.0.1:8000`` as a name and a port on this machine."""
    name, _, url = text.partition("=")
    parts = urlsplit(url)
    if not name or parts.hostname not in ("127.0.0.1", "localhost") or not parts.port:
        raise argparse.ArgumentTypeError(f"{text!r} is not like name=http://127.0.0.1:8000")
    return name, parts.port


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--group", action="append", choices=GROUPS, help="only these; repeatable")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of each measurement")
    parser.add_argument("--smoke", action="store_true", help="see that it runs; times mean nothing")
    parser.add_argument("--peer", action="append", type=peer, default=[], metavar="NAME=URL")
    parser.add_argument("--out", type=Path, default=Path("bench/out"), help="folder of the reports")
    parser.add_argument(
        "--record",
        metavar="VERSION",
        help="add a line to bench/history.jsonl; write README's lines and draw the docs' picture",
    )
    options = parser.parse_args(arguments)
    rows: list[Row] = []
    for name in options.group or GROUPS:
        extra: dict[str, Any] = {"peers": dict(options.peer)} if name == "network" else {}
        rounds = 1 if options.smoke else options.rounds
        begun = time.monotonic()
        found = list(GROUPS[name](rounds, smoke=options.smoke, **extra))
        rows += found
        print(report.text(found), flush=True)
        print(f"{name}: {time.monotonic() - begun:.0f} s\n", flush=True)
    report.write(rows, options.out)
    if options.record:
        report.record(rows, options.record, HISTORY)
        report.put_summary(rows, pictures.HERE.parent / "README.rst")
        for name, picture in pictures.PICTURES.items():
            (PICTURES / name).write_text(picture(), encoding="utf-8")
    print(report.text(rows).splitlines()[-1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
