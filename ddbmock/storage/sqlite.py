"""The SQLite engine: one file, one table of entries, any number of readers beside one writer.

The file is in WAL mode. A write block is ``BEGIN IMMEDIATE`` to ``COMMIT`` on the one connection
that writes; each read block has a connection of its own from a small pool. Several processes of one
machine can use a file: their writers take turns. A writer waits for some seconds, and then gets
ConflictError. Processes of several machines cannot, not even on a network file system, because
SQLite's locks and shared memory belong to one machine. Ranges are read in batches.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NoReturn, final
from urllib.parse import parse_qsl, unquote
from zlib import crc32

from ddbmock import forking
from ddbmock.storage import (
    ConflictError,
    DamagedError,
    StorageError,
    UnavailableError,
    UnsupportedError,
    sqlite_file,
)
from ddbmock.storage.first_failure import FirstFailure
from ddbmock.storage.range_batches import Pairs, in_batches
from ddbmock.storage.sqlite_file import checksum, connect, prepare, translated
from ddbmock.storage.turns import Turns
from ddbmock.storage.write_lock import ABANDONED, USED_AFTER, WriteLock

SYNCHRONOUS: Final[dict[str, str]] = {"full": "FULL", "normal": "NORMAL"}
"""SQLite's name for each durability."""

IDLE_READERS: Final = 8
"""The number of idle connections kept for read blocks. Each has up to 2 MB of cache."""

WRITER_CACHE: Final = 48 * 1024 * 1024
"""The size in bytes of the page cache of the writing connection. Keys begin with a digest, so a
load writes to pages all over a large file."""

LOG_PAGES: Final = 4_000
"""The number of pages in the log before they are moved into the file: 32 MB. In a long log, a page
that was written several times is still moved only once."""

GET: Final = "SELECT value, checksum FROM entries WHERE space = ? AND key = ?"
PUT: Final = (
    "INSERT INTO entries (space, key, value, checksum) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (space, key) DO UPDATE SET value = excluded.value, checksum = excluded.checksum"
)
DELETE: Final = "DELETE FROM entries WHERE space = ? AND key = ?"
CLEAR: Final = "DELETE FROM entries WHERE space = ?"
UP: Final = (
    "SELECT key, value, checksum FROM entries WHERE space = ? AND key >= ? AND key < ?"
    " ORDER BY key LIMIT ?"
)
UP_TO_THE_END: Final = (
    "SELECT key, value, checksum FROM entries WHERE space = ? AND key >= ? ORDER BY key LIMIT ?"
)
DOWN: Final = (
    "SELECT key, value, checksum FROM entries WHERE space = ? AND key >= ? AND key < ?"
    " ORDER BY key DESC LIMIT ?"
)
DOWN_FROM_THE_END: Final = "SELECT key, value, checksum FROM entries WHERE space = ? AND key >= ? ORDER BY key DESC LIMIT ?"
TOTAL: Final = "SELECT first, second FROM counters WHERE name = ?"
ADD: Final = (
    "INSERT INTO counters (name, first, second) VALUES (?, ?, ?)"
    " ON CONFLICT (name) DO UPDATE"
    " SET first = first + excluded.first, second = second + excluded.second"
)
RESET: Final = "DELETE FROM counters WHERE name = ?"
SPACE_NUMBER: Final = "SELECT number, checksum FROM spaces WHERE name = ?"
NEW_SPACE: Final = "INSERT INTO spaces (name) VALUES (?)"
SIGN_SPACE: Final = "UPDATE spaces SET checksum = ? WHERE number = ?"


@final
class SQLiteStorage:
    """A storage in a file. See :class:`ddbmock.storage.Storage`.

    With the `durability` ``"full"`` each commit waits until it is on the disk, so committed
    transactions are never lost. With ``"normal"`` the operating system writes later: nothing is
    lost if the process is killed, but after a power failure the last transactions may be missing,
    each as a whole.

    :raises StorageError: the file does not belong to ddbmock, is damaged, or comes from a newer
        version. It is not changed.
    """

    def __init__(self, path: str | Path, *, durability: str = "full") -> None:
        if durability not in SYNCHRONOUS:
            raise StorageError(f"durability is “full” or “normal”, not “{durability}”")
        self._path: Final = Path(path).absolute()
        self._numbers: Final[dict[str, int]] = {}
        self._lock: Final = WriteLock()
        self._gate: Final = forking.Gate()
        self._idle: Final[list[sqlite3.Connection]] = []
        self._quiet = True
        self._inherited = False
        self._durability: Final = SYNCHRONOUS[durability]
        self._closed = False
        try:
            self._parameter: Final = prepare(self._path)
            self._writer = self._connect_writer()
            self._connected = True
        except sqlite3.Error as error:
            raise translated(error, self._path) from error
        self._turns: Final = Turns(self._path)
        forking.register(self)

    def read(self) -> SQLiteReader:
        """Return a transaction that sees one moment's state. It does not wait."""
        return SQLiteReader(self)

    def write(self) -> SQLiteWriter:
        """Return a transaction. It waits for the previous one to end.

        :raises ConflictError: another process has been writing for some seconds.
        :raises UnavailableError: the disk is full, or the file is read-only. Reads are still
            possible.
        :raises RuntimeError: this thread is in a write block already, and would wait for itself.
        """
        return SQLiteWriter(self)

    def fork(self) -> NoReturn:
        """:raises UnsupportedError: always."""
        raise UnsupportedError("a SQLite file cannot be forked; the memory engine can")

    def abandon(self) -> None:
        """Undo the calling thread's write block, if an interrupt has left one open."""
        if self._lock.is_owned():
            try:
                self._undo()
            finally:
                self._lock.release()

    def close(self) -> None:
        """Close the connections, those of open read blocks when the blocks end."""
        self._lock.check_free()
        try:
            self._lock.acquire()
            self._closed = True
            self._close_idle()
            self._turns.close()
        finally:
            self._lock.release()

    def before_fork(self) -> None:
        """Wait until no thread uses the file, and close all connections.

        In each process SQLite keeps a list of its locks on a file. A child would inherit the list
        without the locks. Source: "How To Corrupt An SQLite Database File", section 2.6.
        """
        self._quiet = self._gate.shut()
        if self._quiet:
            self._close_idle()

    def after_fork_in_parent(self) -> None:
        """Let other threads continue. Connections are opened again on demand."""
        self._gate.open()

    def after_fork_in_child(self) -> None:
        """Stop using the file if it was in use during the fork, since SQLite's state about it
        belongs to the parent."""
        self._gate.renew()
        self._inherited = self._inherited or not self._quiet

    def _close_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()
        # Closing the last connection moves the log into the file.
        if self._connected and not self._inherited:
            self._connected = False
            self._writer.close()

    def _connect_writer(self) -> sqlite3.Connection:
        writer = connect(self._path, self._parameter)
        writer.execute(f"PRAGMA synchronous = {self._durability}")
        writer.execute(f"PRAGMA cache_size = -{WRITER_CACHE // 1024}")
        writer.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
        # From here on, it waits for its turn instead.
        writer.execute("PRAGMA busy_timeout = 0")
        return writer

    def _take_writer(self) -> sqlite3.Connection:
        """Return the connection that writes, outside of any transaction. The caller holds the
        lock."""
        self._check_open()
        if not self._connected:
            self._writer = self._connect_writer()
            self._connected = True
        # The previous block may have been interrupted before it undid its transaction.
        self._undo()
        return self._writer

    def _undo(self) -> None:
        """Roll back, unless the transaction is committed or SQLite has already rolled it back."""
        if self._connected and not self._inherited and self._writer.in_transaction:
            with suppress(sqlite3.Error):
                self._writer.execute("ROLLBACK")

    def _take_reader(self) -> sqlite3.Connection:
        self._check_open()
        try:
            return self._idle.pop()
        except IndexError:
            return connect(self._path, self._parameter)

    def _give_back_reader(self, connection: sqlite3.Connection) -> None:
        if self._inherited:
            return
        if self._closed or len(self._idle) >= IDLE_READERS or connection.in_transaction:
            connection.close()
        else:
            self._idle.append(connection)

    def _damaged(self, space: str, key: bytes) -> DamagedError:
        return DamagedError(
            f"{self._path} is damaged: a record of the space “{space}” is not what was written "
            f"(key {key.hex()}); ddbmock check lists all damage",
            space,
            key,
        )

    def _check_open(self) -> None:
        if self._closed:
            raise UnavailableError(f"the storage in {self._path} is closed")
        if self._inherited:
            raise UnavailableError(
                f"{self._path} was in use when this process was forked; it can be used here only "
                "if no transaction was open"
            )


class SQLiteReader:
    """A read block, which is also its reader."""

    __slots__ = ("__weakref__", "_connection", "_storage")

    def __init__(self, storage: SQLiteStorage) -> None:
        self._storage = storage
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> SQLiteReader:
        self._storage._gate.enter(self)
        try:
            self._connection = self._storage._take_reader()
            self._rows("BEGIN")
        except sqlite3.Error as error:
            self._storage._gate.leave(self)
            raise translated(error, self._storage._path) from error
        except BaseException:
            self._storage._gate.leave(self)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        storage = self._storage
        try:
            connection, self._connection = self._connection, None
            assert connection is not None
            # COMMIT only ends the transaction: a connection that is still in one is closed.
            if not storage._inherited:
                with suppress(sqlite3.Error):
                    connection.execute("COMMIT")
            storage._give_back_reader(connection)
        finally:
            storage._gate.leave(self)

    def get(self, space: str, key: bytes) -> bytes | None:
        number = self._number(space)
        if number is None:
            return None
        rows = self._rows(GET, number, key)
        if not rows:
            return None
        value: bytes = rows[0][0]
        if not _is_sound(number, key, value, rows[0][1]):
            raise self._storage._damaged(space, key)
        return value

    def range(
        self, space: str, low: bytes = b"", high: bytes | None = None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        number = self._number(space)
        if number is None:
            return

        def read(low: bytes, high: bytes | None, size: int) -> Pairs:
            if high is None:
                sql = DOWN_FROM_THE_END if reverse else UP_TO_THE_END
                rows = self._rows(sql, number, low, size)
            else:
                rows = self._rows(DOWN if reverse else UP, number, low, high, size)
            try:
                # The same as `checksum`, without a function call for each record.
                pairs = [
                    (key, value)
                    for key, value, stored in rows
                    if crc32(value, crc32(key, number) ^ len(key)) == stored
                ]
            except TypeError:
                pairs = []
            if len(pairs) != len(rows):
                self._raise_damaged(space, number, rows)
            return pairs

        yield from in_batches(read, low, high, reverse=reverse)

    def _raise_damaged(self, space: str, number: int, rows: list[Any]) -> NoReturn:
        key = next(key for key, value, stored in rows if not _is_sound(number, key, value, stored))
        raise self._storage._damaged(space, key if isinstance(key, bytes) else str(key).encode())

    def total(self, counter: str) -> tuple[int, int]:
        rows = self._rows(TOTAL, counter)
        return rows[0] if rows else (0, 0)

    def _number(self, space: str) -> int | None:
        """Return the number of a space in the file; None if it was never written."""
        number = self._storage._numbers.get(space)
        if number is None:
            number = self._found_number(space)
            if number is not None:
                self._storage._numbers[space] = number
        return number

    def _found_number(self, space: str) -> int | None:
        """Return the number of a space from the file, and check that the record is sound."""
        rows = self._rows(SPACE_NUMBER, space)
        if not rows:
            return None
        number: int = rows[0][0]
        if not _is_sound(number, space.encode(), b"", rows[0][1]):
            raise self._storage._damaged(space, b"")
        return number

    def _rows(self, sql: str, *values: Any) -> list[Any]:
        """Return all rows of a statement, so that the statement is finished."""
        if self._connection is None:
            raise RuntimeError(USED_AFTER)
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise translated(error, self._storage._path) from error


@final
class SQLiteWriter(SQLiteReader):
    """A write block, which is also its writer."""

    __slots__ = ("_failure", "_new")

    def __init__(self, storage: SQLiteStorage) -> None:
        super().__init__(storage)
        self._failure = FirstFailure()
        self._new: dict[str, int] = {}

    def __enter__(self) -> SQLiteWriter:
        storage = self._storage
        storage._lock.check_free()
        try:
            storage._lock.acquire()
            storage._gate.enter(self)
            self._connection = storage._take_writer()
            if storage._turns.shared[0] or not self._begins():
                patience = sqlite_file.BUSY_SECONDS
                if not storage._turns.wait(self._begins, patience):
                    raise ConflictError(f"another process is writing to {storage._path}")
        except sqlite3.Error as error:
            self._end()
            raise translated(error, storage._path) from error
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        storage = self._storage
        try:
            connection = self._connection
            if kind is None:
                self._failure.check()
                if connection is None or storage._inherited or not storage._lock.is_owned():
                    raise RuntimeError(ABANDONED)
                connection.execute("COMMIT")
                storage._numbers.update(self._new)
        except sqlite3.Error as failure:
            # If writing to the disk has failed, the commit may still be on it.
            raise translated(failure, storage._path, applied=None) from failure
        finally:
            self._end()

    def _begins(self) -> bool:
        """Begin the transaction, and return whether no other process was writing."""
        assert self._connection is not None
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if isinstance(translated(error, self._storage._path), ConflictError):
                return False
            raise
        return True

    def _end(self) -> None:
        try:
            self._connection = None
            self._storage.abandon()
        finally:
            self._storage._gate.leave(self)

    def put(self, space: str, key: bytes, value: bytes) -> None:
        number = self._number(space)
        if number is None:
            self._rows(NEW_SPACE, space)
            rows = self._rows(SPACE_NUMBER, space)
            if not rows:
                raise self._storage._damaged(space, b"")
            number = int(rows[0][0])
            self._rows(SIGN_SPACE, checksum(number, space.encode(), b""), number)
            self._new[space] = number
        self._rows(PUT, number, key, value, checksum(number, key, value))

    def delete(self, space: str, key: bytes) -> None:
        number = self._number(space)
        if number is not None:
            self._rows(DELETE, number, key)

    def clear(self, space: str) -> None:
        number = self._number(space)
        if number is not None:
            self._rows(CLEAR, number)

    def add(self, counter: str, first: int, second: int) -> None:
        self._rows(ADD, counter, first, second)

    def reset(self, counter: str) -> None:
        self._rows(RESET, counter)

    def _number(self, space: str) -> int | None:
        # Other blocks must not use a number that was assigned in this block before its commit.
        number = self._storage._numbers.get(space) or self._new.get(space)
        if number is None:
            number = self._found_number(space)
            if number is not None:
                self._new[space] = number
        return number

    def _rows(self, sql: str, *values: Any) -> list[Any]:
        return self._failure.run(super()._rows, sql, values)


def _is_sound(number: int, key: Any, value: Any, stored: Any) -> bool:
    """Return whether a record is what was written. Damage can also change the type of a value."""
    try:
        return bool(checksum(number, key, value) == stored)
    except TypeError:
        return False


def open_url(url: str) -> SQLiteStorage:
    """Open the storage of ``sqlite:///relative.db`` or ``sqlite:////absolute.db?durability=normal``.

    :raises StorageError: the URL is wrong, or the file cannot be used.
    """
    location, _, query = url.partition("://")[2].partition("?")
    if not location.startswith("/"):
        raise StorageError("a SQLite URL has three slashes before the path: sqlite:///content.db")
    path = unquote(location[1:])
    if path in ("", ":memory:"):
        raise StorageError("a SQLite URL needs the path of a file; use memory:// to keep no file")
    settings = dict(parse_qsl(query, keep_blank_values=True))
    durability = settings.pop("durability", "full")
    if settings:
        raise StorageError(f"the SQLite engine has no setting “{next(iter(settings))}”")
    return SQLiteStorage(path, durability=durability)
