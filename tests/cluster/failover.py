"""Failovers under load: ``make failover``, or ``python -m tests.cluster.failover``.

``--help`` lists the options: how many failovers, of which ways, with which servers. Three servers of ddbmock write
into a cluster whose primary is killed, cut off and frozen in turn. The writers add to counters of
their own, so that each answer shows whether a request was lost or applied twice. The table holds what
``docs/storage.rst`` promises: seconds until Patroni had promoted another host, the longest time that
a writer was without an answer of success, and how much of it came after the promotion.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.cluster.ddbmock_servers import MIXES, started
from tests.cluster.hosts import CLIENT, Cluster, Host, missing, network
from tests.durability.clients import Client, Lost, Refused
from tests.servers import DdbmockServe

SERVERS: Final = 3
WRITERS: Final = 12
WAYS: Final = ("killed", "cut-off", "frozen")
INSIDE: Final = "DDBMOCK_CLUSTER_FOLDER"


class Writer(threading.Thread):
    """Adds one to a counter again and again, and knows what it must be."""

    def __init__(self, number: int, port: int, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.key = {"id": {"S": f"counter {number}"}}
        self.port = port
        self.stopping = stop
        self.acknowledged = self.lost = self.doubled = 0
        self.value = 0
        self.errors: Counter[str] = Counter()
        self.last = time.monotonic()
        self.longest = 0.0
        self.refused_for = 0.0

    def run(self) -> None:
        client = Client(self.port, timeout=120)
        while not self.stopping.is_set():
            start = time.monotonic()
            try:
                answer = client(
                    "UpdateItem",
                    TableName="counters",
                    Key=self.key,
                    UpdateExpression="ADD amount :one",
                    ExpressionAttributeValues={":one": {"N": "1"}},
                    ReturnValues="UPDATED_NEW",
                )
            except (Refused, Lost) as error:
                self.refused_for = max(self.refused_for, time.monotonic() - start)
                self._note(error)
                self._resolve(client)
                continue
            self._check(int(answer["Attributes"]["amount"]["N"]), self.value + 1, self.value + 1)
            self.acknowledged += 1
            now = time.monotonic()
            self.longest, self.last = max(self.longest, now - self.last), now
        client.close()

    def _resolve(self, client: Client) -> None:
        """Find out whether the request without a certain answer was applied: once at most."""
        while not self.stopping.is_set():
            try:
                item = client(
                    "GetItem", TableName="counters", Key=self.key, ConsistentRead=True
                ).get("Item", {"amount": {"N": "0"}})
            except (Refused, Lost) as error:
                self._note(error)
                time.sleep(0.05)
                continue
            self._check(int(item["amount"]["N"]), self.value, self.value + 1)
            return

    def _check(self, found: int, least: int, most: int) -> None:
        self.lost += found < least
        self.doubled += found > most
        self.value = found

    def _note(self, error: Exception) -> None:
        kind = (
            f"{error.status} {error.type}" if isinstance(error, Refused) else type(error).__name__
        )
        self.errors[kind] += 1


def fail_over(cluster: Cluster, way: str) -> tuple[float, float]:
    """Take the primary away, wait for another one, and bring the first one back as a standby.

    Returns the monotonic times of the failure and of the promotion.
    """
    old = cluster.primary()
    assert old is not None
    failed = time.monotonic()
    match way:
        case "killed":
            old.signal(signal.SIGKILL)
        case "cut-off":
            old.cut_off()
        case _:
            old.signal(signal.SIGSTOP)
    _wait_for_another(cluster, old)
    promoted = time.monotonic()
    time.sleep(2)
    match way:
        case "killed":
            old.start()
        case "cut-off":
            old.plug_in()
        case _:
            old.signal(signal.SIGCONT)
    if cluster.wait_until_complete():
        print("          (a standby was reinitialized)", flush=True)
    return failed, promoted


def _wait_for_answers(writers: Sequence[Writer], after: float) -> None:
    """Wait until each writer has had an answer of success after a time."""
    deadline = time.monotonic() + 120
    while any(writer.last <= after for writer in writers):
        if time.monotonic() > deadline:
            raise TimeoutError("a writer has had no answer since the promotion")
        time.sleep(0.1)


def _wait_for_another(cluster: Cluster, old: Host) -> None:
    deadline = time.monotonic() + 120
    while not any(host.role() == "primary" for host in cluster.hosts if host is not old):
        if time.monotonic() > deadline:
            raise TimeoutError("no other host became primary")
        time.sleep(0.2)


def run(folder: Path, count: int, ways: Sequence[str], mix: str) -> int:
    """Do it, within the client's namespace; returns how many promises were broken."""
    cluster = Cluster(folder)
    servers: Sequence[DdbmockServe] = ()
    try:
        cluster.start()
        servers = started(folder, mix, SERVERS, "--storage", cluster.url, "--log", "info")
        Client(servers[0].port)(
            "CreateTable",
            TableName="counters",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        stop = threading.Event()
        writers = [Writer(n, servers[n % SERVERS].port, stop) for n in range(WRITERS)]
        for writer in writers:
            writer.start()
        print(f"{'failover':>8}  {'primary was':12}{'acknowledged':>13}{'lost':>6}{'doubled':>9}"
              f"{'promoted, s':>13}{'outage, s':>11}{'after it, s':>13}", flush=True)  # fmt: skip
        for number in range(count):
            before = sum(writer.acknowledged for writer in writers)
            way = ways[number % len(ways)]
            for writer in writers:
                writer.longest = 0.0
            time.sleep(1)
            failed, promoted = fail_over(cluster, way)
            _wait_for_answers(writers, promoted)
            time.sleep(1)
            done = sum(writer.acknowledged for writer in writers) - before
            lost, doubled = sum(w.lost for w in writers), sum(w.doubled for w in writers)
            outage = max(writer.longest for writer in writers)
            took = promoted - failed
            print(f"{number + 1:>8}  {way:12}{done:>13,}{lost:>6}{doubled:>9}{took:>13.1f}"
                  f"{outage:>11.1f}{outage - took:>13.1f}", flush=True)  # fmt: skip
        stop.set()
        for writer in writers:
            writer.join(60)
        errors = sum((writer.errors for writer in writers), Counter[str]())
        total = sum(writer.acknowledged for writer in writers)
        slowest = max(writer.refused_for for writer in writers)
        print(f"acknowledged in all: {total:,}; errors answered: {dict(errors)}, "
              f"the slowest after {slowest:.1f} s")  # fmt: skip
        return lost + doubled + sum(errors[kind] for kind in errors if kind != EXPECTED)
    finally:
        for server in servers:
            server.kill()
        cluster.stop()


EXPECTED: Final = "500 InternalServerError"
"""The one error that a failing storage causes; SDKs try again after it."""


def main() -> int:
    parser = argparse.ArgumentParser("python -m tests.cluster.failover", description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=20, help="the number of failovers")
    parser.add_argument("ways", nargs="*", metavar="way", help=f"{', '.join(WAYS)}; all in turn")
    parser.add_argument("--servers", choices=MIXES, default="waitress")
    options = parser.parse_args()
    if not set(options.ways) <= set(WAYS):
        parser.error(f"the ways are {', '.join(WAYS)}")
    lacking = missing()
    if lacking is not None:
        print(f"No cluster can be started: {lacking}.")
        return 2
    if INSIDE in os.environ:
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
        return run(Path(os.environ[INSIDE]), options.count, options.ways or WAYS, options.servers)
    folder = tempfile.mkdtemp(prefix="ddbmock-cluster-")
    try:
        with network():
            return os.spawnvpe(
                os.P_WAIT,
                "ip",
                ["ip", "netns", "exec", CLIENT, sys.executable, "-m", "tests.cluster.failover",
                 *sys.argv[1:]],
                {**os.environ, INSIDE: folder},
            )  # fmt: skip
    finally:
        if os.environ.get("KEEP") is None:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(folder)


if __name__ == "__main__":
    sys.exit(main())
