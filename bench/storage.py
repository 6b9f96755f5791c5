"""A SQLite file of 300,000 items beside one of a thousand: load rate, reads, a server's memory."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from bench.measure import Row, compared, interleaved, median_of
from bench.scale import TABLE, Sized, many, queries
from ddbmock.archive.lines import put
from ddbmock.archive.load import load
from ddbmock.settings import Settings
from ddbmock.storage.sqlite import SQLiteStorage

GROUP: Final = "storage"
MOST_TO_LEAST: Final = 1.5
MEMORY: Final = 150.0
"""MB that a server may need, however large its file is."""
MEASURED: Final = (
    "get",
    "query, table",
    "query backwards, table",
    "query, index",
    "scan page of 100",
    "put",
)
SERVED: Final = 3000
"""Requests to a server before one looks at its memory."""


class OnDisk(Sized):
    """A table in a SQLite file, filled as ``ddbmock load`` fills one."""

    def __init__(self, count: int, path: Path) -> None:
        # what a full durability costs is the disk's business
        self.path = path
        self.rate = 0.0
        super().__init__(
            count,
            partitions=many(count),
            storage=SQLiteStorage(path, durability="normal"),
            settings=Settings(limits="none"),
        )

    def fill(self) -> None:
        # neighbours go to places far apart: keys begin with a digest
        items = (put(self.item(number), 400, "") for number in range(self.count))
        start = time.perf_counter()
        load(self.call, TABLE, None, items, lambda _: None)
        self.rate = self.count / (time.perf_counter() - start)

    def close(self) -> None:
        self.router.dynamodb.close()


def run(rounds: int, *, smoke: bool) -> Iterator[Row]:
    """Load rates, the larger file's reads against the smaller one's, and memory."""
    small, large = (100, 1000) if smoke else (1000, 300_000)
    with tempfile.TemporaryDirectory(prefix="ddbmock-bench-") as folder:
        databases = {
            f"{count:,} items": OnDisk(count, Path(folder) / f"{count}.db")
            for count in (small, large)
        }
        for name, database in databases.items():
            yield Row(GROUP, "load", name, database.rate, "items/s")
        work = {name: queries(database) for name, database in databases.items()}
        for what in MEASURED:
            found = interleaved(
                {name: median_of(work[name][what], 20 if smoke else 300) for name in databases},
                rounds,
            )
            yield from compared(GROUP, what, found, target=None if what == "put" else MOST_TO_LEAST)
        for database in databases.values():
            database.close()
        for name, database in databases.items():
            used = _memory(database, 100 if smoke else SERVED)
            yield Row(GROUP, "most memory of the server", name, used, "MB", target=MEMORY)


def _memory(database: OnDisk, requests: int) -> float:
    """MB that a server of the file has needed at most; 0 where the system does not tell."""
    with _served(database.path) as (process, port):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        start: Any = None
        for number in range(requests):
            item = database.item(number * 7919 % database.count)
            key = {name: item[name] for name in ("pk", "sk")}
            _post(connection, "GetItem", {"TableName": TABLE, "Key": key})
            if number % 3 == 0:
                _post(connection, "PutItem", {"TableName": TABLE, "Item": item})
            if number % 30 == 0:
                # whole pages of 1 MB, one after the other
                at = {"ExclusiveStartKey": start} if start else {}
                start = _post(connection, "Scan", {"TableName": TABLE, **at}).get(
                    "LastEvaluatedKey"
                )
        connection.close()
        status = Path(f"/proc/{process.pid}/status")
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) / 1024 if found else 0.0


@contextmanager
def _served(path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "ddbmock.cli", "serve", "--port", "0"),
            *("--authentication", "none", "--storage", f"sqlite:///{path}"),
        ],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        found = re.search(r"Serving DynamoDB on \S+:(\d+)", process.stderr.readline())
        assert found, "the server did not start"
        yield process, int(found[1])
    finally:
        process.terminate()
        process.communicate()


def _post(connection: http.client.HTTPConnection, operation: str, body: Any) -> Any:
    headers = {
        "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        "Content-Type": "application/x-amz-json-1.0",
    }
    connection.request("POST", "/", json.dumps(body), headers)
    response = connection.getresponse()
    content = response.read()
    assert response.status == 200, content
    return json.loads(content)
