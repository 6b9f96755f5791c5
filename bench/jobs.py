"""Group 9: export, import and restore of a large table, on servers in processes of their own.

``python -m bench.jobs ITEMS`` prints the tables of all servers; ``--server`` names one of them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from bench import report
from bench.load import Connection, encoded
from bench.measure import Row
from bench.servers import await_port, free_port

GROUP: Final = "jobs"
ITEMS: Final = 100_000
"""Items of the group; a million take minutes."""
MEMORY: Final = 200.0
"""Megabytes at most: of a server with a file in all, else beyond what is in its tables."""
LATENCY: Final = 5.0
"""The 99th percentile of other requests while a job runs, to that without one, at most."""
IDLE: Final = 2000
"""Requests without a job."""
BATCH: Final = 2000
SERVERS: Final = {
    "sqlite": ["--storage", "sqlite:///{folder}/content.db?durability=normal"],
    "memory": [],
    "memory, fast": ["--server", "fast"],
}
LARGE: Final = "arn:aws:dynamodb:us-east-1:123456789012:table/large"
KEYS: Final[dict[str, Any]] = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def run(rounds: int, *, smoke: bool) -> Iterator[Row]:
    """Measure once: so many items are rounds enough."""
    yield from measured(2000, ["memory"]) if smoke else measured(ITEMS, list(SERVERS))


def measured(items: int, servers: list[str]) -> Iterator[Row]:
    """Yield the rows of some servers."""
    for name in servers:
        with tempfile.TemporaryDirectory() as folder, _serving(name, Path(folder)) as served:
            server = Server(*served)
            server.fill(items)
            idle = server.latencies(lambda: True, IDLE)
            for kind, figures in _jobs(server, Path(folder), items):
                yield from _rows(f"{name}: {kind}, {items:,} items", figures, idle, name)


class Figures(NamedTuple):
    """The time and memory that one job took."""

    rate: float
    """Items a second."""
    work: float
    """Items a second of the server's CPU time, that for other requests included."""
    memory: float
    """The most megabytes that the server needed meanwhile."""
    more: float
    """The part of them that it did not need before or afterwards."""
    latencies: list[float]


def _rows(what: str, figures: Figures, idle: list[float], name: str) -> Iterator[Row]:
    yield Row(GROUP, what, "rate", figures.rate, "items/s")
    yield Row(GROUP, what, "rate by CPU time", figures.work, "items/s")
    memory = figures.memory if name == "sqlite" else figures.more
    yield Row(GROUP, what, "memory", memory, "MB", target=MEMORY)
    yield Row(GROUP, what, "median of other requests", _part(figures.latencies, 0.5) * 1e3, "ms")
    yield Row(
        GROUP, what, "99th percentile of other requests", _part(figures.latencies, 0.99) * 1e3, "ms",
        against="no job", ratio=_part(figures.latencies, 0.99) / _part(idle, 0.99), target=LATENCY,
    )  # fmt: skip
    yield Row(GROUP, what, "longest of other requests", max(figures.latencies) * 1e3, "ms")


def _part(figures: list[float], part: float) -> float:
    return sorted(figures)[int(len(figures) * part)]


@contextmanager
def _serving(name: str, folder: Path) -> Iterator[tuple[int, int]]:
    """Provide the port and the process id of a server."""
    (folder / "buckets" / "jobs").mkdir(parents=True)
    port = free_port()
    arguments = [one.format(folder=folder) for one in SERVERS[name]]
    process = subprocess.Popen(
        [
            sys.executable, "-m", "ddbmock.cli", "serve", "--port", str(port), "--limits", "none",
            "--log", "warning", "--s3", f"file://{folder}/buckets", *arguments,
        ],
        cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    try:
        await_port(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


class Server:
    """A server with one large table, and one that other requests are about."""

    def __init__(self, port: int, process: int) -> None:
        self._port = port
        self._process = Path(f"/proc/{process}")
        self._connection = Connection(port)

    def call(self, operation: str, **body: Any) -> Any:
        return json.loads(_answer(self._connection, encoded(self._port, (operation, body))))

    def fill(self, items: int) -> None:
        for name in ("large", "other"):
            self.call("CreateTable", TableName=name, **KEYS)
        for start in range(0, items, BATCH):
            numbers = range(start, min(start + BATCH, items))
            self.call("BatchWriteItem", RequestItems={"large": [_put(n) for n in numbers]})
        self.call(
            "UpdateContinuousBackups",
            TableName="large",
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )

    def latencies(self, done: Any, least: int) -> list[float]:
        """Return the seconds of requests about the other table, in turn until a job is done."""
        connection, times = Connection(self._port), list[float]()
        while len(times) < least or not done():
            item = {"id": {"S": str(len(times) % 1000)}, "text": {"S": "x" * 100}}
            for request in (
                ("PutItem", {"TableName": "other", "Item": item}),
                ("GetItem", {"TableName": "other", "Key": {"id": item["id"]}}),
            ):
                content = encoded(self._port, request)
                start = time.perf_counter()
                _answer(connection, content)
                times.append(time.perf_counter() - start)
            # somebody else's application, not a contest with the job for the processor
            time.sleep(0.002)
        return times

    def job(self, items: int, operation: str, arn: str, **body: Any) -> Figures:
        """Run a job to its end, with one client that polls all the time and one that does not."""
        with (self._process / "clear_refs").open("w") as peak:
            peak.write("5")
        before, worked = self._megabytes("VmRSS"), self._seconds()
        start = time.perf_counter()
        (started,) = self.call(operation, **body).values()
        poller = threading.Thread(target=self._poll, args=(started, arn))
        poller.start()
        times = self.latencies(lambda: not poller.is_alive(), 0)
        poller.join()
        seconds, worked = time.perf_counter() - start, self._seconds() - worked
        most, after = self._megabytes("VmHWM"), self._megabytes("VmRSS")
        return Figures(items / seconds, items / worked, most, most - max(before, after), times)

    def _poll(self, started: Any, arn: str) -> None:
        if arn:
            operation, member = f"Describe{arn.removesuffix('Arn')}", arn.replace("Arn", "Status")
            while True:
                (description,) = self.call(operation, **{arn: started[arn]}).values()
                if description[member] != "IN_PROGRESS":
                    assert description[member] == "COMPLETED", description
                    return
        name = started["TableName"]
        while self.call("DescribeTable", TableName=name)["Table"]["TableStatus"] != "ACTIVE":
            pass

    def _megabytes(self, member: str) -> float:
        lines = (self._process / "status").read_text().splitlines()
        (line,) = (line for line in lines if line.startswith(f"{member}:"))
        return int(line.split()[1]) / 1024

    def _seconds(self) -> float:
        """The CPU time of the server."""
        fields = (self._process / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _jobs(server: Server, folder: Path, items: int) -> Iterator[tuple[str, Figures]]:
    yield (
        "export",
        server.job(items, "ExportTableToPointInTime", "ExportArn", TableArn=LARGE, S3Bucket="jobs"),
    )
    export = next((folder / "buckets" / "jobs" / "AWSDynamoDB").iterdir()).name
    yield (
        "import",
        server.job(
            items,
            "ImportTable",
            "ImportArn",
            ClientToken="bench",
            S3BucketSource={"S3Bucket": "jobs", "S3KeyPrefix": f"AWSDynamoDB/{export}/data/"},
            InputFormat="DYNAMODB_JSON",
            InputCompressionType="GZIP",
            TableCreationParameters={"TableName": "imported", **KEYS},
        ),
    )
    yield (
        "restore",
        server.job(
            items,
            "RestoreTableToPointInTime",
            "",
            SourceTableName="large",
            TargetTableName="restored",
            UseLatestRestorableTime=True,
        ),
    )


def _answer(connection: Connection, request: bytes) -> bytes:
    connection.send(request)
    while not connection.receive():
        pass
    return connection.received.partition(b"\r\n\r\n")[2]


def _put(number: int) -> dict[str, Any]:
    item = {"id": {"S": f"{number:09}"}, "text": {"S": "x" * 100}, "n": {"N": str(number)}}
    return {"PutRequest": {"Item": item}}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.jobs", description=__doc__)
    parser.add_argument("items", type=int)
    parser.add_argument("--server", action="append", choices=SERVERS, help="only these; repeatable")
    options = parser.parse_args()
    print(report.text(list(measured(options.items, options.server or list(SERVERS)))))
