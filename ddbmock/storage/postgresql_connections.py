"""The PostgreSQL engine's connections: the pool, the session's time-outs, lost and frozen peers."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar, final

from ddbmock import forking
from ddbmock.storage import ConflictError, StorageError, UnavailableError

try:
    import psycopg as psycopg  # other modules of the engine import it from here
    from psycopg.conninfo import conninfo_to_dict
    from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout
except ModuleNotFoundError as missing:
    from ddbmock.extras import install_command

    raise StorageError(
        f"postgresql:// needs {missing.name}, which is not installed: "
        f"{install_command('postgresql')}"
    ) from missing

Connection: TypeAlias = "BoundedConnection"
Pool: TypeAlias = "ConnectionPool[Connection]"
T = TypeVar("T")

PREFER_INDEXES: Final = "SET enable_seqscan = off"
"""PostgreSQL reads a small table whole rather than by its index, and then takes each write to the
table for a conflict. Databases that do not know the setting are left to their own ways."""
LOCK_TIMEOUT: Final = "SET lock_timeout = '2s'"
"""A write waits no longer for another one's row: its owner may be frozen. It is then tried again
like every other conflict, for ten seconds in all."""
IDLE_TIMEOUT: Final = "SET idle_in_transaction_session_timeout = '5s'"
"""The database ends a transaction of ours, and frees its rows, when this process is frozen."""
SESSION: Final = (PREFER_INDEXES, LOCK_TIMEOUT, IDLE_TIMEOUT)

SILENCE_SECONDS: Final = 10.0
"""Seconds after which a connection without an answer counts as lost."""
CONNECT_SECONDS: Final = 10
CONNECT_SECONDS_OF_SEVERAL: Final = 3
"""For each of several hosts, of which one may be down."""
WAIT_SECONDS: Final = 10.0
"""Seconds that a block waits for a connection; then the database counts as unavailable."""
STANDBY_SECONDS: Final = 3.0
"""Seconds for which a read waits for a standby before the primary is asked."""
STANDBY_LIFETIME: Final = 60.0
"""Seconds after which a connection is replaced, so that standbys that come back are used again."""
TCP: Final = {
    "tcp_user_timeout": int(SILENCE_SECONDS * 1000),
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
"""Settings by which the operating system notices a peer that has been cut off."""

READ_ONLY: Final = ("25006", "0A000")
"""States of a standby's errors: for a write, and for SERIALIZABLE before anything is written."""


class BoundedConnection(psycopg.Connection[tuple[Any, ...]]):
    """A connection that is closed when the database is silent for too long: it may be frozen."""

    patience: float | None = SILENCE_SECONDS
    since = 0.0
    """The monotonic time at which it was opened."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.prepared: Final[set[bytes]] = set()
        """The names of the statements that the session knows."""

    def wait(self, gen: Any, *arguments: Any, **options: Any) -> Any:
        if self.patience is None:
            return super().wait(gen, *arguments, **options)
        try:
            return super().wait(_bounded(gen, self.patience), *arguments, **options)
        except _SilentError:
            self.close()
            raise


@final
class StandbyConnection(BoundedConnection):
    """A connection that is given up sooner: the primary answers in place of a standby."""

    patience = STANDBY_SECONDS


class _SilentError(psycopg.OperationalError):
    """The database has not answered in time."""


def _bounded(gen: Generator[Any, Any, T], seconds: float) -> Generator[Any, Any, T]:
    """Run psycopg's generator, which is resumed several times a second, until a deadline."""
    deadline = time.monotonic() + seconds
    try:
        state = next(gen)
        while True:
            ready = yield state
            if not ready and time.monotonic() > deadline:
                raise _SilentError(f"no answer within {seconds:g} seconds")
            state = gen.send(ready)
    except StopIteration as stop:
        result: T = stop.value
        return result


@contextmanager
def unbounded(connection: Connection) -> Iterator[None]:
    """Let statements of the block take as long as they need, which depends on what there is."""
    connection.patience = None
    try:
        yield
    finally:
        connection.patience = SILENCE_SECONDS


class Role(NamedTuple):
    """The servers of a database that connections are made to, and how long they may take."""

    connection: type[BoundedConnection]
    wait: float
    """Seconds to wait for a connection."""
    lifetime: float
    """Seconds for which a connection is used."""
    parameters: dict[str, Any]
    """Parameters of libpq that take the place of the URL's."""


PRIMARY: Final = Role(BoundedConnection, WAIT_SECONDS, 3600.0, {})
STANDBY: Final = Role(
    StandbyConnection,
    STANDBY_SECONDS,
    STANDBY_LIFETIME,
    {
        "target_session_attrs": "prefer-standby",
        # known to libpq from version 16 on; older ones use the standby that is named first
        **({"load_balance_hosts": "random"} if psycopg.pq.version() >= 160000 else {}),
    },
)


@final
class Connections:
    """The pool of connections to one database, of one process: a child after a fork has its own."""

    def __init__(self, url: str, pool_size: int, role: Role = PRIMARY) -> None:
        try:
            parameters = conninfo_to_dict(url)
        except psycopg.Error:
            # libpq's text quotes the URL, and there may be a password in it.
            raise StorageError(
                "the PostgreSQL URL cannot be read; it should look like "
                "postgresql://user@host:5432/database"
            ) from None
        self.name: Final = place_name(parameters)
        self._password: Final = str(parameters.get("password") or "")
        several = "," in str(parameters.get("host") or "")
        defaults = {
            **TCP,
            "connect_timeout": CONNECT_SECONDS_OF_SEVERAL if several else CONNECT_SECONDS,
            "fallback_application_name": "ddbmock",
        }
        self._role: Final = role
        self.parameters: Final[dict[str, Any]] = {**defaults, **parameters, **role.parameters}
        self._pool_size: Final = pool_size
        self._opening = forking.lock()
        self._pool: Pool | None = None
        self._trusted_since = 0.0
        """When a connection was last lost: older ones are not used again."""
        self._inherited: Final[list[Pool]] = []
        self._closed = False
        forking.register(self)

    @property
    def pool(self) -> Pool:
        """The open pool of this process."""
        pool = self._pool
        if pool is None:
            with self._opening:
                pool = self._pool = self._pool or self._opened()
        return pool

    def _opened(self) -> Pool:
        pool = ConnectionPool(
            kwargs={**self.parameters, "autocommit": True},
            connection_class=self._role.connection,
            configure=configure,
            min_size=1,
            max_size=self._pool_size,
            timeout=self._role.wait,
            max_lifetime=self._role.lifetime,
            # A connection that cannot be had is not tried for long: the next block tries again.
            reconnect_timeout=CONNECT_SECONDS / 2,
            open=not self._closed,
        )
        if self._closed:
            pool.close()
        return pool

    def take(self, statement: str) -> Connection:
        """Return a connection in a new transaction.

        When the database was restarted, or its host was cut off, all the pool's connections are dead.
        The first block to find out drops them all, and gets a new one.
        """
        pool = self.pool
        try:
            for again in (True, False):
                connection = self._trusted(pool)
                try:
                    connection.execute(statement)
                except psycopg.Error:
                    lost = connection.broken or connection.closed
                    pool.putconn(connection)
                    if not (lost and again):
                        raise
                    self._trusted_since = time.monotonic()
                except BaseException:
                    connection.close()
                    pool.putconn(connection)
                    raise
                else:
                    return connection
        except psycopg.Error as error:
            raise self.translated(error) from error
        raise AssertionError("the second turn of the loop ends it")

    def _trusted(self, pool: Pool) -> Connection:
        """Return a connection that was opened after the last loss of one.

        To ask the older ones would cost ten seconds each, if their host was cut off.
        """
        while True:
            connection = pool.getconn()
            if connection.since >= self._trusted_since:
                return connection
            connection.close()
            pool.putconn(connection)

    def give_back(self, connection: Connection) -> None:
        """Return a connection to its pool, unless it is the parent process' after a fork."""
        if self.owns(connection):
            self.pool.putconn(connection)

    def owns(self, connection: Connection) -> bool:
        """Return whether the connection is this process' own, and out of the pool."""
        return self._pool is not None and connection._pool is self._pool

    def close(self) -> None:
        """Close the connections, those in use when they are given back."""
        self._closed = True
        if self._pool is not None:
            self._pool.close()

    def before_fork(self) -> None:
        """Do nothing: the child leaves the connections alone."""

    def after_fork_in_parent(self) -> None:
        """Do nothing."""

    def after_fork_in_child(self) -> None:
        """Leave the parent's pool alone; keep it, as its end would close it."""
        if self._pool is not None:
            self._inherited.append(self._pool)
            # Its threads are the parent's, and nothing is to wait for them.
            self._pool._closed = True
            self._pool = None

    def translated(self, error: psycopg.Error, *, applied: bool | None = False) -> StorageError:
        """Return the port's error for a driver's; `applied` holds if the connection is lost."""
        if isinstance(error, PoolClosed):
            return UnavailableError(f"the storage in {self.name} is closed")
        if isinstance(error, PoolTimeout):
            return UnavailableError(f"no connection to {self.name} could be had in time")
        state = error.sqlstate or ""
        # The first line has no keys and values in it, as the details may have.
        text = next(iter(str(error).splitlines()), "no reason given")
        if self._password:
            text = text.replace(self._password, "…")
        if state == "40003":
            return UnavailableError(f"{self.name} does not know a commit's outcome", applied=None)
        # A serialization failure may show itself as a key that is there unexpectedly.
        if state.startswith("40") or state in ("23505", "55P03"):
            return ConflictError(f"another transaction came between in {self.name} ({text})")
        lost = not state and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
        if lost or state.startswith(("08", "57P")):
            self._trusted_since = time.monotonic()
        if lost or state.startswith(("08", "57P")) or state == "25P03":
            return UnavailableError(f"{self.name} cannot be reached ({text})", applied=applied)
        if state in READ_ONLY or state.startswith(("28", "3D", "53", "57", "58")):
            return UnavailableError(f"{self.name} refuses ({text})")
        return StorageError(f"{self.name} cannot do this ({text})")


def configure(connection: Connection) -> None:
    """Note the time, and set the session's settings, each if the database knows it."""
    connection.since = time.monotonic()
    for statement in SESSION:
        with suppress(psycopg.errors.Error):
            connection.execute(statement)


def place_name(parameters: Mapping[str, Any]) -> str:
    """Return what texts call the database: nothing of it is secret."""
    name = parameters.get("dbname") or parameters.get("service")
    database = f"the PostgreSQL database “{name}”" if name else "the PostgreSQL database"
    host = parameters.get("host")
    port = parameters.get("port")
    return database + (f" at {host}" if host else "") + (f":{port}" if host and port else "")
