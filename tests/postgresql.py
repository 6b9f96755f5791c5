"""A private PostgreSQL for the tests: a cluster of its own in a temporary directory."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    from ddbmock.storage.postgresql import PostgreSQLStorage


class Cluster:
    """A PostgreSQL server that listens on a socket in its directory, and nowhere else."""

    def __init__(self, binaries: Path, directory: Path, *, fsync: bool = False) -> None:
        self._fsync = "on" if fsync else "off"
        self._binaries = binaries
        self.directory = directory
        self._numbers = itertools.count(1)
        self._owner: dict[str, Any] = {}
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root. Debian's package brings a user for it.
            user = next(
                entry for entry in pwd.getpwall() if entry.pw_name in ("postgres", "nobody")
            )
            self._owner = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(directory, user.pw_uid, user.pw_gid)

    @property
    def url(self) -> str:
        """The database that every cluster has."""
        return self._url("postgres")

    def beside(self, other: Cluster, database: str) -> str:
        """The URL of a database on this server or on another one, whichever takes writes."""
        hosts = ",".join(quote(str(one.directory), safe="") for one in (self, other))
        return f"postgresql://ddbmock@/{database}?host={hosts}&target_session_attrs=read-write"

    def create_database(self) -> str:
        """The URL of a new, empty database."""
        name = f"database_{next(self._numbers)}"
        self.psql(f"CREATE DATABASE {name}")
        return self._url(name)

    def psql(self, statement: str, database: str = "postgres") -> str:
        """What psql prints, unaligned and without headings."""
        arguments = ["-h", str(self.directory), "-U", "ddbmock", "-d", database]
        return self.run("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", *arguments, "-c", statement)

    def create(self) -> None:
        self.run("initdb", "-D", "data", "-U", "ddbmock", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()

    def create_standby_of(self, primary: Cluster) -> None:
        """Copy a running server, and follow it by streaming replication."""
        arguments = ["-h", str(primary.directory), "-U", "ddbmock", "-c", "fast", "--no-sync"]
        self.run("pg_basebackup", "-D", "data", "-R", *arguments)
        self.start()

    def start(self) -> None:
        settings = [
            "listen_addresses=",
            f"unix_socket_directories={self.directory}",
            f"fsync={self._fsync}",
            "max_connections=200",
        ]
        options = " ".join(f"-c {setting}" for setting in settings)
        self.run("pg_ctl", "start", "-D", "data", "-w", "-l", "log", "-o", options)

    def stop(self, mode: str = "immediate") -> None:
        """Stop the server; ``"immediate"`` is what a crash does to it."""
        self.run("pg_ctl", "stop", "-D", "data", "-w", "-m", mode)

    def _url(self, database: str) -> str:
        return f"postgresql://ddbmock@/{database}?host={quote(str(self.directory), safe='')}"

    def run(self, command: str, *arguments: str) -> str:
        """Run one of PostgreSQL's commands in the directory, and return what it prints."""
        # The server goes on after pg_ctl: with a pipe for its output, nobody would see the end of it.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [str(self._binaries / command), *arguments],
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=120,
                check=False,
                **self._owner,
            )
            output.seek(0)
            text = output.read()
        if done.returncode:
            raise RuntimeError(f"{command} failed: {text}")
        return text


def binaries() -> Path | None:
    """Where PostgreSQL's commands are; None if it is not installed."""
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4])
    )
    return installed[-1].parent if installed else None


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """A server of the session's own. Without PostgreSQL its tests skip; on CI they fail."""
    try:
        import psycopg  # noqa: F401
        import psycopg_pool  # noqa: F401
    except ModuleNotFoundError as missing:
        _miss(f"{missing.name} is not installed")
    found = binaries()
    if found is None:
        _miss("PostgreSQL is not installed: neither initdb nor /usr/lib/postgresql was found")
    directory = Path(tempfile.mkdtemp(prefix="ddbmock-postgresql-"))
    cluster = Cluster(found, directory)
    try:
        cluster.create()
        yield cluster
    finally:
        try:
            cluster.stop()
        finally:
            shutil.rmtree(directory)


@pytest.fixture(scope="session")
def shared_postgresql(postgresql: Cluster) -> Iterator[PostgreSQLStorage]:
    """A storage for tests that empty it before they begin: quicker than a database each."""
    from ddbmock.storage.postgresql import open_url

    storage = open_url(postgresql.create_database())
    yield storage
    storage.close()


def empty(storage: PostgreSQLStorage) -> None:
    """Remove all that a storage holds."""
    with storage._pool.connection() as connection:
        connection.execute("TRUNCATE ddbmock_entries, ddbmock_counters")


def _miss(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"{reason}, and CI must run these tests")
    pytest.skip(reason)
