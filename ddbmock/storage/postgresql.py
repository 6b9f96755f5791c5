"""The PostgreSQL engine: any number of servers over one database.

A write block is one SERIALIZABLE transaction: two blocks at the same time have the same effect as
one after the other, or one of them gets ConflictError. The router then runs the block again, a
bounded number of times.

The statements, in postgresql_statements, are few and plain: no advisory locks, no LISTEN, no
extensions, no order except that of ``bytea``. So other databases with PostgreSQL's protocol can be
used as well. Puts and deletes are collected and sent together at the commit, or when a range must
see them. So a block with many of them needs hardly more round trips than a block with one.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, NoReturn, TypeAlias, final

from ddbmock import forking
from ddbmock.storage import StorageError, UnavailableError, UnsupportedError
from ddbmock.storage.first_failure import FirstFailure
from ddbmock.storage.long_keys import (
    CHUNK,
    all_below,
    markers,
    place,
    space_name,
)
from ddbmock.storage.postgresql_batches import Result, Statement, run_together
from ddbmock.storage.postgresql_connections import (
    READ_ONLY,
    WAIT_SECONDS,
    Connection,
    Connections,
    Pool,
    psycopg,
    unbounded,
)
from ddbmock.storage.postgresql_reader import PostgreSQLReader, PostgreSQLStandbys
from ddbmock.storage.postgresql_statements import (
    ADD,
    AT_ONCE,
    BEGIN_WRITE,
    CHANCES,
    CLEAR,
    CLEAR_BELOW,
    COMMIT,
    CREATE,
    DELETE,
    GET,
    MARK,
    PUT,
    RESET,
    ROLLBACK,
    SCHEMA_VERSION,
    VERSION,
)
from ddbmock.storage.write_lock import ABANDONED, NESTED, USED_AFTER, WritePermits

Place: TypeAlias = tuple[bytes, bytes]

SLOTS: Final = 128
"""The number of rows over which a counter's sums are spread, so that two writers seldom change the
same row."""

PENDING_WRITES: Final = 1_000
PENDING_BYTES: Final = 4 * 1024 * 1024
"""The number and bytes of collected writes from which on they are sent before the commit."""

WITH_COMMIT: Final = 8
"""The number of writes that are sent together with the commit. More than these are sent before it;
if the connection is lost meanwhile, it is certain that nothing was applied."""

POOL_SIZE: Final = 16
READ_FROM: Final = ("primary", "standby")
WRITING: Final = 0.75
"""The share of the connections that write blocks can have, so that readers never wait for
writers."""


@final
class PostgreSQLStorage:
    """A storage in a database. See :class:`ddbmock.storage.Storage`.

    `url` is a URL of libpq (``postgresql://user@host/database``). As with psql, everything that it
    omits comes from the environment and the service file. `pool_size` limits the connections, to
    the primary and to standbys each. `read_from` is one of :data:`READ_FROM`.

    :raises StorageError: the URL is wrong, or the schema comes from a newer version.
    :raises UnavailableError: the database cannot be reached.
    """

    groups: Final = True
    """Whether group commit makes writes faster. See :mod:`ddbmock.storage.group`."""

    def __init__(self, url: str, *, pool_size: int = POOL_SIZE, read_from: str = "primary") -> None:
        self._connections: Final = Connections(url, pool_size)
        self._writers: Final = max(1, int(pool_size * WRITING))
        self._reset()
        self._prepare()
        _ = self._connections.pool
        self.replicas: Final = (
            PostgreSQLStandbys(url, pool_size) if read_from == "standby" else None
        )
        """The standbys, if eventually consistent reads can use them."""
        forking.register(self)

    @property
    def _pool(self) -> Pool:
        return self._connections.pool

    def _reset(self) -> None:
        self._local = threading.local()
        self._writing = WritePermits(self._writers)

    def read(self) -> PostgreSQLReader:
        """Return a transaction that sees one moment's state. It does not wait."""
        return PostgreSQLReader(self._connections)

    def write(self) -> PostgreSQLWriter:
        """Return a transaction. Others can run at the same time; it may then fail with
        ConflictError.

        :raises ConflictError: another transaction conflicts.
        :raises UnavailableError: the connection was lost. ``applied`` is None if that happened
            during the commit, whose outcome is then unknown.
        :raises RuntimeError: this thread is already in a write block.
        """
        return PostgreSQLWriter(self)

    def fork(self) -> NoReturn:
        """:raises UnsupportedError: always."""
        raise UnsupportedError("a PostgreSQL database cannot be forked; the memory engine can")

    def abandon(self) -> None:
        """Undo the calling thread's write block, if an interrupt has left one open."""
        writer: PostgreSQLWriter | None = getattr(self._local, "writer", None)
        if writer is not None:
            writer._undo()

    def close(self) -> None:
        """Close the connections, those of open blocks when the blocks end."""
        self._connections.close()
        if self.replicas is not None:
            self.replicas.close()

    def before_fork(self) -> None:
        """Do nothing: the child does not use these connections."""

    def after_fork_in_parent(self) -> None:
        """Do nothing."""

    def after_fork_in_child(self) -> None:
        """Forget the write blocks of the parent's threads."""
        self._reset()

    def _prepare(self) -> None:
        """Create the tables if they do not exist. Several servers can do this at the same time."""
        connections = self._connections
        try:
            with psycopg.connect(**connections.parameters, autocommit=True) as connection:
                version = _schema_version(connection)
                if version == 0:
                    _create_tables(connection)
                    version = _schema_version(connection)
        except psycopg.Error as error:
            raise connections.translated(error) from error
        if version > SCHEMA_VERSION:
            raise StorageError(
                f"the tables in {connections.name} were made by a newer version of ddbmock "
                f"(schema {version}, while this one knows {SCHEMA_VERSION})"
            )


@final
class PostgreSQLWriter(PostgreSQLReader):
    """A write block, which is also its writer."""

    __slots__ = (
        "_added",
        "_changed",
        "_failure",
        "_markers",
        "_pending",
        "_pending_bytes",
        "_storage",
        "_writing",
    )

    def __init__(self, storage: PostgreSQLStorage) -> None:
        super().__init__(storage._connections, BEGIN_WRITE)
        self._storage = storage
        self._pending: dict[Place, bytes | None] = {}
        self._added: dict[str, tuple[int, int]] = {}
        self._markers: dict[Place, None] = {}
        self._pending_bytes = 0
        self._changed = False
        self._failure = FirstFailure()
        self._writing = storage._writing

    def __enter__(self) -> PostgreSQLWriter:
        storage = self._storage
        if getattr(storage._local, "writer", None) is not None:
            raise RuntimeError(NESTED)
        self._writing = storage._writing
        storage._local.writer = self
        try:
            if not self._writing.acquire(self, WAIT_SECONDS):
                raise UnavailableError(f"other writers have {self._connections.name} to themselves")
            self._take_connection()
        except BaseException:
            self._undo()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                if self._storage._local.__dict__.get("writer") is not self:
                    raise RuntimeError(ABANDONED)
                self._send(COMMIT)
        finally:
            self._undo()

    def _undo(self) -> None:
        """Roll back unless the transaction is committed, and return the connection; calling this
        again does nothing."""
        local = self._storage._local
        if getattr(local, "writer", None) is not self:
            return
        connection = self._connection
        try:
            if connection is not None and self._connections.owns(connection):
                self._roll_back(connection)
                self._connections.give_back(connection, self)
        finally:
            self._connection = None
            self._writing.release(self)
            local.writer = None

    def _roll_back(self, connection: Connection) -> None:
        if _is_from_standby(self._failure.error):
            # The database has become a standby. The next connection finds the new primary.
            connection.close()
        elif connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            with suppress(psycopg.Error):
                run_together(connection, [(ROLLBACK, ())])

    def get(self, space: str, key: bytes) -> bytes | None:
        where = place(space_name(space), key)
        if where in self._pending:
            return self._pending[where]
        found = self._ask(GET, *where)
        return found.get_value(0, 0) if found.ntuples else None

    def get_all(self, places: Sequence[tuple[str, bytes]]) -> list[bytes | None]:
        """Return the values at several places, in one round trip."""
        stored = [place(space_name(space), key) for space, key in places]
        missing = [where for where in stored if where not in self._pending]
        found: dict[Place, bytes | None] = {}
        if missing:
            results = self._failure.run(self._ask_all, GET, tuple(missing))
            for where, result in zip(missing, results, strict=True):
                found[where] = result.get_value(0, 0) if result.ntuples else None
        return [
            self._pending[where] if where in self._pending else found[where] for where in stored
        ]

    def _ask_all(self, sql: str, *places: Place) -> list[Result]:
        if self._connection is None:
            raise RuntimeError(USED_AFTER)
        statements = [(sql, where) for where in places]
        try:
            return self._run(*statements)[-len(statements) :]
        except psycopg.Error as error:
            raise self._connections.translated(error) from error

    def range(
        self, space: str, low: bytes = b"", high: bytes | None = None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        self._send()
        return self._pairs(space_name(space), b"", low, high, reverse)

    def total(self, counter: str) -> tuple[int, int]:
        sums, added = super().total(counter), self._added.get(counter, (0, 0))
        return sums[0] + added[0], sums[1] + added[1]

    def put(self, space: str, key: bytes, value: bytes) -> None:
        name = space_name(space)
        if len(key) > CHUNK:
            self._markers.update(dict.fromkeys(markers(name, key)))
        self._pending[place(name, key)] = value
        self._make_room(len(key) + len(value))

    def exchange(self, space: str, items: Mapping[bytes, bytes]) -> list[bytes | None]:
        replaced = self.get_all([(space, key) for key in items])
        for key, value in items.items():
            self.put(space, key, value)
        return replaced

    def delete(self, space: str, key: bytes) -> None:
        self._pending[place(space_name(space), key)] = None
        self._make_room(len(key))

    def clear(self, space: str) -> None:
        self._send()
        name = space_name(space)
        self._changed = True
        assert self._connection is not None
        with unbounded(self._connection):
            self._ask(CLEAR, name)
            self._ask(CLEAR_BELOW, *all_below(name))

    def add(self, counter: str, first: int, second: int) -> None:
        sums = self._added.get(counter, (0, 0))
        self._added[counter] = (sums[0] + first, sums[1] + second)

    def reset(self, counter: str) -> None:
        self._added.pop(counter, None)
        self._changed = True
        self._ask(RESET, counter.encode())

    def _make_room(self, size: int) -> None:
        self._pending_bytes += size
        if len(self._pending) >= PENDING_WRITES or self._pending_bytes >= PENDING_BYTES:
            self._send()

    def _send(self, last: str | None = None) -> None:
        """Send what is pending, then `last`, and wait once for all answers."""
        self._failure.check()
        if self._connection is None:
            raise RuntimeError(USED_AFTER)
        statements = self._take_statements()
        self._changed = self._changed or bool(statements)
        if self._opening is not None and not statements:
            return  # nothing was read or written
        applied: bool | None = False
        try:
            if self._opening is not None:
                self._run()  # by itself: it may be repeated on another connection, and a commit may not
            if len(statements) > WITH_COMMIT:
                run_together(self._connection, statements)
                statements.clear()
            if last is not None:
                statements.append((last, ()))
            if last is not None and self._changed:
                # If the connection is lost from here on, the outcome of the commit is unknown.
                applied = None
            if statements:
                run_together(self._connection, statements)
        except psycopg.Error as error:
            failure = self._connections.translated(error, applied=applied)
            raise self._failure.note(failure) from error

    def _take_statements(self) -> list[Statement]:
        """Return the statements for the pending changes, and forget these."""
        # Statements are in the order of keys, so that two writers of the same keys do not deadlock.
        statements: list[Statement] = [(MARK, marker) for marker in sorted(self._markers)]
        statements += [
            (DELETE, where) if value is None else (PUT, (*where, value))
            for where, value in sorted(self._pending.items())
        ]
        slot = random.randrange(SLOTS)
        statements += [
            (ADD, (name.encode(), slot, *sums)) for name, sums in sorted(self._added.items())
        ]
        self._markers.clear()
        self._pending.clear()
        self._pending_bytes = 0
        self._added.clear()
        return statements

    def _ask(self, sql: str, *values: bytes | int) -> Result:
        return self._failure.run(super()._ask, sql, values)


def _is_from_standby(failure: StorageError | None) -> bool:
    """Return whether a write failed because the database has become a standby."""
    cause = None if failure is None else failure.__cause__
    return isinstance(cause, psycopg.Error) and cause.sqlstate in READ_ONLY


def _schema_version(connection: psycopg.Connection[Any]) -> int:
    """Return the version of the tables; 0 if some are missing."""
    try:
        row = connection.execute(VERSION).fetchone()
    except psycopg.errors.UndefinedTable:
        return 0
    return int(row[0]) if row and row[0] is not None else 0


def _create_tables(connection: psycopg.Connection[Any]) -> None:
    """Create the tables, and try again when two servers do so at the same time: ``IF NOT EXISTS``
    then fails."""
    for statement in CREATE:
        for chance in range(CHANCES, 0, -1):
            try:
                connection.execute(statement)
                break
            except psycopg.Error as error:
                if chance == 1 or error.sqlstate not in AT_ONCE:
                    raise


def open_url(url: str) -> PostgreSQLStorage:
    """Open the storage of ``postgresql://user@host/database?pool_size=8&read_from=standby``.

    :raises StorageError: the URL is wrong, or the database cannot be used.
    """
    location, _, query = url.partition("?")
    own = {"pool_size": str(POOL_SIZE), "read_from": "primary"}
    others = []
    for setting in query.split("&"):
        name, _, value = setting.partition("=")
        if name in own:
            own[name] = value
        elif setting:
            others.append(setting)
    pool_size, read_from = own["pool_size"], own["read_from"]
    if not pool_size.isdecimal() or int(pool_size) == 0:
        raise StorageError("pool_size is the greatest number of connections, 1 or more")
    if read_from not in READ_FROM:
        raise StorageError(f"read_from is one of {' and '.join(READ_FROM)}")
    libpq_url = location + ("?" + "&".join(others) if others else "")
    return PostgreSQLStorage(libpq_url, pool_size=int(pool_size), read_from=read_from)
