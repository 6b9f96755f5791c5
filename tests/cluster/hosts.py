"""Hosts of a cluster: network namespaces with PostgreSQL, Patroni and etcd, joined by a bridge.

Needs root, and Debian's packages postgresql, patroni, etcd-server and iproute2. Nothing of the
machine's own network is touched: the bridge, too, is in a namespace.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import yaml

from tests.postgresql import binaries

NETWORK: Final = "10.77.0"
SWITCH: Final = "ddbmock-switch"
CLIENT: Final = "ddbmock-client"
DATABASE_HOSTS: Final = (1, 2, 3)
TTL: Final = 20
"""Seconds after which Patroni takes a silent primary for lost; the least that it allows."""
COMMANDS: Final = ("ip", "patroni", "etcd", "runuser")


def missing() -> str | None:
    """Return what a cluster lacks on this machine; None if it can be started."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    lacking = [command for command in COMMANDS if shutil.which(command) is None]
    if binaries() is None:
        lacking.append("postgresql")
    return f"not installed: {', '.join(lacking)}" if lacking else None


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def namespace(number: int) -> str:
    return f"ddbmock-db{number}"


def address(number: int) -> str:
    return f"{NETWORK}.{number}"


@contextlib.contextmanager
def network() -> Iterator[None]:
    """The namespaces of the hosts and of their client, while the block lasts."""
    names = {CLIENT: 10, **{namespace(number): number for number in DATABASE_HOSTS}}
    try:
        ip("netns", "add", SWITCH)
        ip("-n", SWITCH, "link", "add", "bridge", "type", "bridge")
        ip("-n", SWITCH, "link", "set", "bridge", "up")
        for name, number in names.items():
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
            plug = f"plug{number}"
            ip("-n", name, "link", "add", "eth0", "type", "veth", "peer", "name", plug,
               "netns", SWITCH)  # fmt: skip
            ip("-n", SWITCH, "link", "set", plug, "master", "bridge", "up")
            ip("-n", name, "addr", "add", f"{NETWORK}.{number}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
        yield
    finally:
        for name in (*names, SWITCH):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


class Host:
    """One host: etcd, Patroni, and the PostgreSQL that Patroni looks after."""

    def __init__(self, number: int, folder: Path) -> None:
        self.number = number
        self.folder = folder / f"db{number}"
        self.folder.mkdir()
        shutil.chown(self.folder, "postgres", "postgres")

    def start(self) -> None:
        """Start what does not run."""
        self.start_etcd()
        configuration = self.folder / "patroni.yaml"
        configuration.write_text(yaml.safe_dump(self._patroni()))
        self._run("patroni", str(configuration))

    def start_etcd(self) -> None:
        own = f"http://{address(self.number)}"
        members = ",".join(
            f"{namespace(number)}=http://{address(number)}:2380" for number in DATABASE_HOSTS
        )
        self._run(
            "etcd", "--name", namespace(self.number), "--data-dir", str(self.folder / "etcd"),
            "--listen-peer-urls", f"{own}:2380", "--initial-advertise-peer-urls", f"{own}:2380",
            "--listen-client-urls", f"{own}:2379", "--advertise-client-urls", f"{own}:2379",
            "--initial-cluster", members, "--enable-v2", "--unsafe-no-fsync", "--logger", "zap",
        )  # fmt: skip

    def _run(self, command: str, *arguments: str) -> None:
        with (self.folder / f"{command}.log").open("ab") as log:
            subprocess.Popen(
                ["ip", "netns", "exec", namespace(self.number), "runuser", "-u", "postgres", "--",
                 command, *arguments],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def _patroni(self) -> dict[str, object]:
        found = binaries()
        assert found is not None
        own = address(self.number)
        return {
            "scope": "ddbmock",
            "name": namespace(self.number),
            "restapi": {"listen": f"{own}:8008", "connect_address": f"{own}:8008"},
            "etcd": {"hosts": ",".join(f"{address(one)}:2379" for one in DATABASE_HOSTS)},
            "bootstrap": {
                "dcs": {
                    "ttl": TTL,
                    "loop_wait": 2,
                    "retry_timeout": 5,
                    "maximum_lag_on_failover": 0,
                    "primary_start_timeout": 0,
                    # A commit is acknowledged when a standby has it, which alone is promoted.
                    "synchronous_mode": True,
                    "synchronous_mode_strict": True,
                    "postgresql": {"use_pg_rewind": True},
                },
                "initdb": [{"encoding": "UTF8"}, "data-checksums"],
                "pg_hba": [
                    f"host replication all {NETWORK}.0/24 trust",
                    f"host all all {NETWORK}.0/24 trust",
                    "local all all trust",
                ],
            },
            "postgresql": {
                "listen": f"{own}:5432",
                "connect_address": f"{own}:5432",
                "data_dir": str(self.folder / "data"),
                "bin_dir": str(found),
                "authentication": {
                    "superuser": {"username": "postgres"},
                    "replication": {"username": "replicator"},
                    "rewind": {"username": "postgres"},
                },
                "parameters": {
                    "unix_socket_directories": str(self.folder),
                    "max_connections": 100,
                    "fsync": "off",
                },
            },
        }

    # What may happen to a host

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to all of its processes."""
        listed = subprocess.run(
            ["ip", "netns", "pids", namespace(self.number)],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        for process in listed.stdout.split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(process), number)

    def cut_off(self) -> None:
        """Unplug it."""
        ip("-n", SWITCH, "link", "set", f"plug{self.number}", "down")

    def plug_in(self) -> None:
        ip("-n", SWITCH, "link", "set", f"plug{self.number}", "up")

    def role(self) -> str:
        """``primary``, ``sync_standby``, ``replica`` or, while it does not answer, ``unknown``."""
        for role in ("primary", "synchronous", "replica"):
            with contextlib.suppress(OSError):
                url = f"http://{address(self.number)}:8008/{role}"
                with urllib.request.urlopen(url, timeout=1) as response:
                    if response.status == 200:
                        return role
        return "unknown"

    def reinitialize(self) -> None:
        """Have Patroni copy the primary again, as an operator does with a standby that is stuck."""
        request = urllib.request.Request(
            f"http://{address(self.number)}:8008/reinitialize",
            json.dumps({"force": True}).encode(), {"Content-Type": "application/json"},
        )  # fmt: skip
        with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=10):
            """What it answers is in its log."""


class Cluster:
    """The database hosts. Its methods are called in the client's namespace."""

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o755)
        self.hosts: Final = [Host(number, folder) for number in DATABASE_HOSTS]

    @property
    def url(self) -> str:
        """The URL of the storage: every host, of which the one that takes writes is used."""
        names = ",".join(address(host.number) for host in self.hosts)
        return f"postgresql://postgres@{names}/postgres?target_session_attrs=read-write"

    def start(self) -> None:
        for host in self.hosts:
            host.start()
        self.wait_until_complete()

    def stop(self) -> None:
        for host in self.hosts:
            host.signal(signal.SIGCONT)
            host.signal(signal.SIGKILL)

    def primary(self) -> Host | None:
        return next((host for host in self.hosts if host.role() == "primary"), None)

    def wait_until_complete(self, seconds: float = 240) -> bool:
        """Wait until there are a primary, a synchronous standby and another one.

        Returns whether a host that PostgreSQL could not start again was reinitialized.
        """
        expected: Sequence[str] = ("primary", "replica", "synchronous")
        begun = time.monotonic()
        stuck = False
        while sorted(roles := [host.role() for host in self.hosts]) != list(expected):
            waited = time.monotonic() - begun
            if waited > seconds:
                raise TimeoutError(f"the cluster is not complete: {roles}")
            if waited > seconds / 3 and not stuck and "primary" in roles:
                stuck = True
                for host, role in zip(self.hosts, roles, strict=True):
                    if role == "unknown":
                        host.reinitialize()
            time.sleep(0.5)
        return stuck
