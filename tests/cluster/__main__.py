"""A cluster to work with: ``make cluster``, or ``python -m tests.cluster [SERVERS]``, until interrupted.

`SERVERS` is ``waitress`` (the default), ``asyncio`` or ``both``.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.cluster.ddbmock_servers import MIXES, started
from tests.cluster.hosts import CLIENT, Cluster, missing, namespace, network
from tests.servers import DdbmockServe

SERVERS: Final = 3
INSIDE: Final = "DDBMOCK_CLUSTER_FOLDER"


def run(folder: Path, mix: str) -> None:
    """Start hosts and servers within the client's namespace, and say how to reach them."""
    cluster = Cluster(folder)
    servers: Sequence[DdbmockServe] = ()
    try:
        cluster.start()
        servers = started(folder, mix, SERVERS, "--storage", cluster.url)
        primary = cluster.primary()
        print(f"PostgreSQL: {cluster.url}")
        print(f"Primary:    {namespace(primary.number) if primary else 'none'}")
        for server in servers:
            print(f"DynamoDB:   http://127.0.0.1:{server.port}")
        print(f"All of it is seen from within: ip netns exec {CLIENT} bash", flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    finally:
        for server in servers:
            server.kill()
        cluster.stop()


def main(mix: str = "waitress") -> int:
    if mix not in MIXES:
        print(f"The servers are one of {', '.join(MIXES)}, not {mix}.")
        return 2
    lacking = missing()
    if lacking is not None:
        print(f"No cluster can be started: {lacking}.")
        return 2
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    if INSIDE in os.environ:
        run(Path(os.environ[INSIDE]), mix)
        return 0
    folder = tempfile.mkdtemp(prefix="ddbmock-cluster-")
    command = ["ip", "netns", "exec", CLIENT, sys.executable, "-m", "tests.cluster", mix]
    try:
        with network():
            return os.spawnvpe(os.P_WAIT, "ip", command, {**os.environ, INSIDE: folder})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
