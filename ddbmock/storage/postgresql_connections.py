"""The PostgreSQL engine's connections: the pool, the session's time-outs, lost and frozen peers."""

from __future__ import annotations

import time
import weakref
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final, TypeAlias, TypeVar, cast, final

from ddbmock import forking
from ddbmock.named_tuple import NamedTuple
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
"""PostgreSQL reads a small table as a whole instead of by its index, and then treats each write to
the table as a conflict. Databases that do not know the setting are used without it."""
LOCK_TIMEOUT: Final = "SET lock_timeout = '2s'"
"""The limit for waiting for a row that another transaction has locked: that process may be frozen.
Afterwards the write is tried again like any conflict, for ten seconds altogether."""
IDLE_TIMEOUT: Final = "SET idle_in_transaction_session_timeout = '5s'"
"""The limit for idle transactions, so that the database frees the rows of a process that is
frozen."""
SESSION: Final = (PREFER_INDEXES, LOCK_TIMEOUT, IDLE_TIMEOUT)

SILENCE_SECONDS: Final = 10.0
"""Seconds after which a connection without an answer counts as lost."""
CONNECT_SECONDS: Final = 10
CONNECT_SECONDS_OF_SEVERAL: Final = 3
"""The limit for each of several hosts, since one of them may be down."""
WAIT_SECONDS: Final = 10.0
"""Seconds that a block waits for a connection. Afterwards the database counts as unavailable."""
STANDBY_SECONDS: Final = 3.0
"""Seconds that a read waits for a standby. Afterwards it uses the primary."""
STANDBY_LIFETIME: Final = 60.0
"""Seconds after which a connection is replaced, so that standbys are used again when they are
back."""
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
    """A connection that is closed if the database does not answer in time, since it may be
    frozen."""

    patience: float | None = SILENCE_SECONDS
    since = 0.0
    """The monotonic time at which the connection was opened."""

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
    """A connection to a standby. Its time-out is shorter, since the primary can answer instead."""

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
    """Lift the time limit of statements for a block: clearing a large space takes long."""
    connection.patience = None
    try:
        yield
    finally:
        connection.patience = SILENCE_SECONDS


class Role(NamedTuple):
    """The servers to which connections are made, primary or standbys, with their time-outs."""

    connection: type[BoundedConnection]
    wait: float
    """Seconds to wait for a connection."""
    lifetime: float
    """Seconds for which a connection is used."""
    parameters: dict[str, Any]
    """Parameters of libpq that override those of the URL."""


PRIMARY: Final = Role(BoundedConnection, WAIT_SECONDS, 3600.0, {})
STANDBY: Final = Role(
    StandbyConnection,
    STANDBY_SECONDS,
    STANDBY_LIFETIME,
    {
        "target_session_attrs": "prefer-standby",
        # Older versions of libpq than 16 lack this parameter; they use the standby that is named
        # first.
        **({"load_balance_hosts": "random"} if psycopg.pq.version() >= 160000 else {}),
    },
)


@final
class Connections:
    """The pool of connections from one process to one database. After a fork, the child has its
    own."""

    def __init__(self, url: str, pool_size: int, role: Role = PRIMARY) -> None:
        try:
            parameters = conninfo_to_dict(url)
        except psycopg.Error:
            # libpq's text quotes the URL, which may contain a password.
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
        """The monotonic time at which a connection was last lost. Connections that are older are
        not used again."""
        self._inherited: Final[list[Pool]] = []
        self._taken: Final[dict[int, tuple[weakref.ref[Any], Connection]]] = {}
        """The connections outside of the pool, by the block that uses them."""
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
            # Connecting is given up soon; the next block tries again.
            reconnect_timeout=CONNECT_SECONDS / 2,
            open=not self._closed,
        )
        if self._closed:
            pool.close()
        return pool

    def take(self, block: object) -> Connection:
        """Return a connection that was opened after the last loss of one.

        Checking the older ones would take ten seconds each if their host is cut off.

        :param block: the block that will use the connection, and return it.
        """
        if len(self._taken) >= self._pool_size:
            self._recover()
        try:
            while True:
                pool = self.pool
                try:
                    connection = pool.getconn()
                except PoolClosed:
                    if pool is self._pool:
                        raise
                    continue  # an interrupt of another thread has replaced it
                if connection.since >= self._trusted_since:
                    self._taken[id(block)] = weakref.ref(block), connection
                    return connection
                connection.close()
                pool.putconn(connection)
        except psycopg.Error:
            raise
        except BaseException:
            self._renew()
            raise

    def replaced(self, lost: Connection, block: object) -> Connection:
        """Return a new connection in place of one that was lost while it was idle.

        After a restart of the database, or if its host is cut off, all connections of the pool are
        dead. The first block that notices this drops them all.
        """
        self._trusted_since = time.monotonic()
        self.give_back(lost, block)
        return self.take(block)

    def give_back(self, connection: Connection, block: object) -> None:
        """Return a block's connection to its pool, unless it belongs to the parent process."""
        self._taken.pop(id(block), None)
        if self.owns(connection):
            try:
                cast("Pool", connection._pool).putconn(connection)
            except BaseException:
                self._renew()
                raise

    def owns(self, connection: Connection) -> bool:
        """Return whether the connection belongs to this process, and is not in its pool."""
        return connection._pool is not None and connection._pool not in self._inherited

    def _recover(self) -> None:
        """Return the connections of blocks that are garbage: an interrupt has prevented their end."""
        for number, (block, connection) in list(self._taken.items()):
            if block() is None and self.owns(connection):
                self._taken.pop(number, None)
                connection.close()
                cast("Pool", connection._pool).putconn(connection)

    def _renew(self) -> None:
        """Use a new pool: an interrupt may have left a connection that the old one does not count."""
        old, self._pool = self._pool, None
        if old is not None:
            old.close()

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
        """Keep a reference to the parent's pool, since its finalizer would close it, and do not use
        it."""
        if self._pool is not None:
            self._inherited.append(self._pool)
            # Its threads exist in the parent only, so nothing may wait for them.
            self._pool._closed = True
            self._pool = None

    def translated(self, error: psycopg.Error, *, applied: bool | None = False) -> StorageError:
        """Return the port's error for an error of the driver; it gets `applied` if the connection
        is lost."""
        if isinstance(error, PoolClosed):
            return UnavailableError(f"the storage in {self.name} is closed")
        if isinstance(error, PoolTimeout):
            return UnavailableError(f"no connection to {self.name} could be had in time")
        state = error.sqlstate or ""
        # Only the first line is used: the details may contain keys and values.
        text = next(iter(str(error).splitlines()), "no reason given")
        if self._password:
            text = text.replace(self._password, "…")
        if state == "40003":
            return UnavailableError(f"{self.name} does not know a commit's outcome", applied=None)
        # A serialization failure can appear as a duplicate key.
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
    """Note the time, and apply the session's settings that the database knows."""
    connection.since = time.monotonic()
    for statement in SESSION:
        with suppress(psycopg.errors.Error):
            connection.execute(statement)


def place_name(parameters: Mapping[str, Any]) -> str:
    """Return the name of the database for messages, without anything secret."""
    name = parameters.get("dbname") or parameters.get("service")
    database = f"the PostgreSQL database “{name}”" if name else "the PostgreSQL database"
    host = parameters.get("host")
    port = parameters.get("port")
    return database + (f" at {host}" if host else "") + (f":{port}" if host and port else "")
