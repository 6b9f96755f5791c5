"""Group 4: start — importing, the first answer in a fresh process, the first answer over HTTP."""

from __future__ import annotations

import importlib.util
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from bench.load import drive, encoded
from bench.measure import Row, Series, interleaved, ratio
from bench.servers import await_port, commands, free_port
from bench.workloads import PK, SINGLE, item, table

GROUP: Final = "start"
IMPORT: Final = 30.0
"""Milliseconds that ``import ddbmock`` may take over Python's own start."""
FIRST_ANSWER: Final = 1.15
SPAWN: Final = 1.3

_CLIENT: Final = """
import boto3
client = boto3.client("dynamodb", region_name="us-east-1")
client.create_table(**{table!r})
client.put_item(TableName={name!r}, Item={item!r})
client.get_item(TableName={name!r}, Key={{"pk": {{"S": "x"}}}})
"""
_CANNED: Final = """
import json
import boto3
from botocore.awsrequest import AWSResponse
class Raw:
    def __init__(self, body): self.body = body
    def stream(self, **_): yield self.body
def answer(request, **_):
    body = b'{"TableDescription": {}}' if b"CreateTable" in request.headers["X-Amz-Target"] else b"{}"
    return AWSResponse(request.url, 200, {}, Raw(body))
import botocore.handlers
botocore.handlers.BUILTIN_HANDLERS.append(("before-send.dynamodb.*", answer))
"""
_DDBMOCK: Final = """
import ddbmock
ddbmock.mock().__enter__()
"""
_MOTO: Final = """
import moto
moto.mock_aws().start()
"""


def run(rounds: int, *, smoke: bool) -> Iterator[Row]:
    rounds = min(rounds, 1) if smoke else max(rounds, 7)
    yield from _imports(rounds)
    yield from _first_answers(rounds)
    yield from _spawns(rounds)


def _python(code: str) -> Callable[[], float]:
    """Return what measures a program's seconds of the processor, with the start of Python."""
    environment = {
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": "us-east-1",
        "PYTHONPATH": str(Path.cwd()),
        "PATH": str(Path(sys.executable).parent),
    }

    def timed() -> float:
        start = _seconds_of_children()
        subprocess.run([sys.executable, "-c", code], check=True, env=environment)
        return _seconds_of_children() - start

    return timed


def _seconds_of_children() -> float:
    """Return the processor time of the processes that have ended, to the microsecond."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _imports(rounds: int) -> Iterator[Row]:
    series = interleaved({"python": _python("pass"), "ddbmock": _python("import ddbmock")}, rounds)
    over = Series(
        [a - b for a, b in zip(series["ddbmock"].rounds, series["python"].rounds, strict=True)]
    )
    yield Row(
        GROUP, "import ddbmock, over Python's start", "ddbmock", over.median * 1e3, "ms",
        series["ddbmock"].spread, target=IMPORT,
    )  # fmt: skip


def _first_answers(rounds: int) -> Iterator[Row]:
    program = _CLIENT.format(table=table(SINGLE, PK)[1], name=SINGLE, item=item("x"))
    contenders = {"floor": _python(_CANNED + program), "direct": _python(_DDBMOCK + program)}
    if importlib.util.find_spec("moto"):
        contenders["moto"] = _python(_MOTO + program)
    series = interleaved(contenders, rounds)
    for name in series:
        yield Row(
            GROUP, "fresh process to create, put, get", name, series[name].median * 1e3, "ms",
            series[name].spread, "floor", ratio(series[name], series["floor"]),
            FIRST_ANSWER if name == "direct" else None,
        )  # fmt: skip


def _spawns(rounds: int) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        names = [n for n in commands(0, Path(folder)) if n in ("floor", "waitress", "dynalite")]
        series = interleaved({name: _spawn(name, Path(folder)) for name in names}, rounds)
    for name in names:
        yield Row(
            GROUP, "spawn to first answer over HTTP", name, series[name].median * 1e3, "ms",
            series[name].spread, "floor", ratio(series[name], series["floor"]),
            SPAWN if name == "waitress" else None,
        )  # fmt: skip


def _spawn(name: str, folder: Path) -> Callable[[], float]:
    def timed() -> float:
        port = free_port()
        start = time.perf_counter()
        process = subprocess.Popen(
            commands(port, folder)[name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            await_port(port, process)
            drive(port, iter([encoded(port, ("ListTables", {}))]), 1)
            return time.perf_counter() - start
        finally:
            process.kill()
            process.wait()

    return timed
