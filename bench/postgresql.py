"""PutItem through 1, 2 and 4 servers on one PostgreSQL, beside pgbench with the same statements.

The servers are asyncio servers, and in the last row waitress with its threads. Both carry out writes that
arrive together in one transaction; pgbench commits each by itself, with the statements and in the round
trips of a write that arrives alone.
"""

from __future__ import annotations

import random
import re
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench.load import drive, encoded
from bench.measure import Row
from tests.postgresql import Cluster, binaries
from tests.servers import ddbmock_serve

GROUP: Final = "postgresql"
SERVERS: Final = (1, 2, 4)
FAST: Final = ("--server", "fast")
THREADS: Final = ("--threads", "8")
CONNECTIONS: Final = (8, 32)
"""Connections of all clients together, and pgbench's clients."""
ITEMS: Final = 1000
TABLES: Final = {"one table": 1, "20 tables": 20}
LEAST: Final = 0.5
TEXT: Final = "x" * 200

SAME: Final = """
\\set table random(0, {tables} - 1)
\\set item random(1, {items})
\\startpipeline
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT value FROM ddbmock_entries
 WHERE space = 'catalogue' AND key = ('{prefix}' || :table)::bytea;
SELECT value FROM ddbmock_entries WHERE space = {space} AND key = {key};
\\endpipeline
\\startpipeline
INSERT INTO ddbmock_entries (space, key, value) VALUES ({space}, {key}, '{value}')
 ON CONFLICT (space, key) DO UPDATE SET value = excluded.value;
COMMIT;
\\endpipeline
"""
"""The statements of a PutItem that replaces an item by one of the same size, in the same round trips.

The description of the table is the server's own. The items are others, with keys and values as long as
the server's."""
FILL: Final = """
INSERT INTO ddbmock_entries (space, key, value)
 SELECT {space}, {key}, '{value}' FROM generate_series(0, {tables} - 1) AS t, generate_series(1, {items}) AS i
"""
SPACE: Final = "substr('pgbench' || md5('{prefix}' || ({table})::text), 1, {length})::bytea"
KEY: Final = "substr(md5(({item})::text) || repeat('x', {length}), 1, {length})::bytea"
LENGTHS: Final = """
SELECT max(length(space)), round(avg(length(key))), round(avg(length(value))) FROM ddbmock_entries
 WHERE length(value) > {text} AND space <> 'catalogue' AND position('pgbench'::bytea in space) = 0
"""


def run(rounds: int, *, smoke: bool) -> Iterator[Row]:
    """Writes per second of pgbench and of servers, in turns; no rows without PostgreSQL."""
    found = binaries()
    if found is None or not (found / "pgbench").exists():
        return
    writes = 80 if smoke else 4000
    with tempfile.TemporaryDirectory(prefix="ddbmock-bench-") as folder, ExitStack() as stack:
        directory = Path(folder)
        directory.chmod(0o755)
        (directory / "database").mkdir()
        cluster = Cluster(found, directory / "database", fsync=True)
        cluster.create()
        stack.callback(cluster.stop)
        url = cluster.create_database()
        ports = {
            kind: [
                stack.enter_context(ddbmock_serve(directory, *kind, "--storage", url)).port
                for _ in range(max(SERVERS))
            ]
            for kind in (FAST, THREADS)
        }
        contenders = {
            **{_named(count): ports[FAST][:count] for count in SERVERS},
            f"{max(SERVERS)} waitress": ports[THREADS],
        }
        for what, tables in TABLES.items():
            requests = _prepared([*ports[FAST], *ports[THREADS]], tables)
            script = _same(cluster, url, tables)
            for connections in CONNECTIONS:
                rates: dict[str, list[float]] = {}
                for _ in range(1 if smoke else max(3, rounds // 3)):
                    rate = _bare(cluster, url, script, connections, writes)
                    rates.setdefault("pgbench", []).append(rate)
                    for name, chosen in contenders.items():
                        rate = _served(chosen, requests, connections, writes)
                        rates.setdefault(name, []).append(rate)
                yield from _rows(f"put, {what}, {connections} connections", rates)


def _rows(what: str, rates: dict[str, list[float]]) -> Iterator[Row]:
    medians = {name: sorted(figures)[len(figures) // 2] for name, figures in rates.items()}
    for name, value in medians.items():
        against = None if name == "pgbench" else "pgbench"
        yield Row(
            GROUP, what, name, value, "writes/s",
            against=against, ratio=None if against is None else value / medians[against],
            target=LEAST if "server" in name else None, at_most=False,
        )  # fmt: skip


def _named(servers: int) -> str:
    return f"{servers} server{'s' if servers > 1 else ''}"


def _prepared(ports: list[int], tables: int) -> dict[int, list[bytes]]:
    """Create the tables and their items; return the requests of each server."""
    names = [f"{_prefix(tables)}{number}" for number in range(tables)]
    create = [
        encoded(ports[0], ("CreateTable", {
            "TableName": name, "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        }))
        for name in names
    ]  # fmt: skip
    drive(ports[0], iter(create), 1)
    puts = {
        port: [
            encoded(port, ("PutItem", {
                "TableName": name, "Item": {"id": {"S": f"{number:08}"}, "text": {"S": TEXT}},
            }))
            for name in names
            for number in range(ITEMS // tables)
        ]
        for port in ports
    }  # fmt: skip
    drive(ports[0], iter(puts[ports[0]]), 4)
    return puts


def _served(
    ports: list[int], requests: dict[int, list[bytes]], connections: int, writes: int
) -> float:
    """Return the writes per second of servers, each with its part of the connections."""
    share = writes // len(ports)
    chosen = {port: random.choices(requests[port], k=share) for port in ports}
    with ThreadPoolExecutor(len(ports)) as clients:
        seconds = clients.map(
            lambda port: drive(port, iter(chosen[port]), connections // len(ports)), ports
        )
        return writes / max(seconds)


def _prefix(tables: int) -> str:
    """Return what the names of so many tables begin with."""
    return f"of_{tables}."


def _same(cluster: Cluster, url: str, tables: int) -> str:
    """Make the items of pgbench, like those of the servers, and return its script."""
    found = cluster.psql(LENGTHS.format(text=len(TEXT)), _database(url))
    of_space, of_key, of_value = (int(length) for length in found.strip().split("|"))
    options = {"tables": tables, "items": ITEMS // tables, "prefix": _prefix(tables)}

    def filled(template: str, table: str, item: str) -> str:
        return template.format(
            space=SPACE.format(table=table, length=of_space, prefix=_prefix(tables)),
            key=KEY.format(item=item, length=of_key),
            value="x" * of_value,
            **options,
        )

    cluster.psql(filled(FILL, "t", "i"), _database(url))
    return filled(SAME, ":table", ":item")


def _database(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


def _bare(cluster: Cluster, url: str, content: str, connections: int, writes: int) -> float:
    """Return the transactions per second of pgbench."""
    script = cluster.directory / "same.sql"
    script.write_text(content)
    script.chmod(0o644)
    output = cluster.run(
        "pgbench", "-h", str(cluster.directory), "-U", "ddbmock", "-n", "-M", "prepared",
        "-f", str(script), "-c", str(connections), "-j", "2", "-t", str(writes // connections),
        "--max-tries", "20", f"dbname={_database(url)} options='-c enable_seqscan=off'",
    )  # fmt: skip
    rate = re.search(r"^tps = ([\d.]+)", output, re.MULTILINE)
    if rate is None:
        raise RuntimeError(output)
    return float(rate[1])
