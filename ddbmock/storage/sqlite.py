"""The SQLite engine: one file, one table of entries, any number of readers beside one writer.

The file is in WAL mode. A write block is ``BEGIN IMMEDIATE`` to ``COMMIT`` on the one connection
that writes; each read block has a connection of its own from a small pool. Several processes may
use one file on one machine: their writers wait for one another for some seconds, then get
ConflictError. (A file on a network file system is for one machine too: SQLite's locks and shared
memory do not reach further.) Ranges are read in batches.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NoReturn, final
from urllib.parse import parse_qsl, unquote

from ddbmock.storage import StorageError, UnavailableError, UnsupportedError
from ddbmock.storage.range_batches import Pairs, in_batches
from ddbmock.storage.sqlite_file import connect, prepare, translated
from ddbmock.storage.write_lock import USED_AFTER, Turn

SYNCHRONOUS: Final[dict[str, str]] = {"full": "FULL", "normal": "NORMAL"}
"""SQLite's word for each durability."""

IDLE_READERS: Final = 8
"""How many connections are kept for the next read blocks. One has up to 2 MB of cache."""

WRITER_CACHE: Final = 48 * 1024 * 1024
"""Bytes of pages that the writing connection keeps. Keys begin with a digest, so that the items of a
load go all over a large file."""

LOG_PAGES: Final = 4_000
"""Pages in the log before they are moved into the file: 32 MB. The more there are, the more often
a page that was written several times is moved but once."""

GET: Final = "SELECT value FROM entries WHERE space = ? AND key = ?"
PUT: Final = (
    "INSERT INTO entries (space, key, value) VALUES (?, ?, ?)"
    " ON CONFLICT (space, key) DO UPDATE SET value = excluded.value"
)
DELETE: Final = "DELETE FROM entries WHERE space = ? AND key = ?"
CLEAR: Final = "DELETE FROM entries WHERE space = ?"
UP: Final = (
    "SELECT key, value FROM entries WHERE space = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?"
)
UP_TO_THE_END: Final = (
    "SELECT key, value FROM entries WHERE space = ? AND key >= ? ORDER BY key LIMIT ?"
)
DOWN: Final = (
    "SELECT key, value FROM entries WHERE space = ? AND key >= ? AND key < ?"
    " ORDER BY key DESC LIMIT ?"
)
DOWN_FROM_THE_END: Final = (
    "SELECT key, value FROM entries WHERE space = ? AND key >= ? ORDER BY key DESC LIMIT ?"
)
TOTAL: Final = "SELECT first, second FROM counters WHERE name = ?"
ADD: Final = (
    "INSERT INTO counters (name, first, second) VALUES (?, ?, ?)"
    " ON CONFLICT (name) DO UPDATE"
    " SET first = first + excluded.first, second = second + excluded.second"
)
RESET: Final = "DELETE FROM counters WHERE name = ?"
SPACE_NUMBER: Final = "SELECT number FROM spaces WHERE name = ?"
NEW_SPACE: Final = "INSERT INTO spaces (name) VALUES (?)"


@final
class SQLiteStorage:
    """A storage in a file. See :class:`ddbmock.storage.Storage`.

    With `durability` ``"full"`` each commit waits until the disk has it: nothing committed is ever
    lost. With ``"normal"`` the operating system decides when: nothing is lost when the process is
    killed, but when the machine loses power the last transactions may be (never part of one).

    :raises StorageError: the file is not ddbmock's, is damaged, or comes from a newer version. It
        is left as it is.
    """

    def __init__(self, path: str | Path, *, durability: str = "full") -> None:
        if durability not in SYNCHRONOUS:
            raise StorageError(f"durability is “full” or “normal”, not “{durability}”")
        self._path: Final = Path(path).absolute()
        self._numbers: Final[dict[str, int]] = {}
        self._turn: Final = Turn()
        self._idle: Final[list[sqlite3.Connection]] = []
        self._closed = False
        try:
            self._parameter: Final = prepare(self._path)
            self._writer: Final = connect(self._path, self._parameter)
            self._writer.execute(f"PRAGMA synchronous = {SYNCHRONOUS[durability]}")
            self._writer.execute(f"PRAGMA cache_size = -{WRITER_CACHE // 1024}")
            self._writer.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
        except sqlite3.Error as error:
            raise translated(error, self._path) from error

    def read(self) -> SQLiteReader:
        """A transaction that sees one moment's state. Waits for nobody."""
        return SQLiteReader(self)

    def write(self) -> SQLiteWriter:
        """A transaction. Waits for the one before to end.

        :raises ConflictError: another process wrote for longer than we wait.
        :raises UnavailableError: the disk is full, or the file read-only. Reads go on.
        :raises RuntimeError: this thread is in a write block already, and would wait for itself.
        """
        return SQLiteWriter(self)

    def fork(self) -> NoReturn:
        """:raises UnsupportedError: always."""
        raise UnsupportedError("a SQLite file cannot be forked; the memory engine can")

    def close(self) -> None:
        """Close the connections, those of open read blocks when the blocks end."""
        self._turn.take()
        try:
            self._closed = True
            while self._idle:
                self._idle.pop().close()
            # The last connection to close moves the log into the file.
            self._writer.close()
        finally:
            self._turn.give_back()

    def _take_reader(self) -> sqlite3.Connection:
        self._check_open()
        try:
            return self._idle.pop()
        except IndexError:
            return connect(self._path, self._parameter)

    def _give_back_reader(self, connection: sqlite3.Connection) -> None:
        if self._closed or len(self._idle) >= IDLE_READERS or connection.in_transaction:
            connection.close()
        else:
            self._idle.append(connection)

    def _check_open(self) -> None:
        if self._closed:
            raise UnavailableError(f"the storage in {self._path} is closed")


class SQLiteReader:
    """A read block, and the reader it gives."""

    __slots__ = ("_connection", "_storage")

    def __init__(self, storage: SQLiteStorage) -> None:
        self._storage = storage
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> SQLiteReader:
        try:
            self._connection = self._storage._take_reader()
        except sqlite3.Error as error:
            raise translated(error, self._storage._path) from error
        self._rows("BEGIN")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        connection, self._connection = self._connection, None
        assert connection is not None
        # There is nothing to commit; a connection that stays in its transaction is closed.
        with suppress(sqlite3.Error):
            connection.execute("COMMIT")
        self._storage._give_back_reader(connection)

    def get(self, space: str, key: bytes) -> bytes | None:
        number = self._number(space)
        if number is None:
            return None
        rows = self._rows(GET, number, key)
        return rows[0][0] if rows else None

    def range(
        self, space: str, low: bytes = b"", high: bytes | None = None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        number = self._number(space)
        if number is None:
            return

        def read(low: bytes, high: bytes | None, size: int) -> Pairs:
            if high is None:
                sql = DOWN_FROM_THE_END if reverse else UP_TO_THE_END
                return self._rows(sql, number, low, size)
            return self._rows(DOWN if reverse else UP, number, low, high, size)

        yield from in_batches(read, low, high, reverse=reverse)

    def total(self, counter: str) -> tuple[int, int]:
        rows = self._rows(TOTAL, counter)
        return rows[0] if rows else (0, 0)

    def _number(self, space: str) -> int | None:
        """The number that stands for the space in the file; None if it was never written."""
        number = self._storage._numbers.get(space)
        if number is None:
            rows = self._rows(SPACE_NUMBER, space)
            if rows:
                number = self._storage._numbers[space] = rows[0][0]
        return number

    def _rows(self, sql: str, *values: Any) -> list[Any]:
        """All that the statement gives: it is finished, whoever forgets about its answer."""
        if self._connection is None:
            raise RuntimeError(USED_AFTER)
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise translated(error, self._storage._path) from error


@final
class SQLiteWriter(SQLiteReader):
    """A write block, and the writer it gives."""

    __slots__ = ("_failure", "_new")

    def __init__(self, storage: SQLiteStorage) -> None:
        super().__init__(storage)
        self._failure: StorageError | None = None
        self._new: dict[str, int] = {}

    def __enter__(self) -> SQLiteWriter:
        storage = self._storage
        storage._turn.take()
        try:
            storage._check_open()
            self._connection = storage._writer
            self._rows("BEGIN IMMEDIATE")
        except BaseException:
            self._connection = None
            storage._turn.give_back()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        connection, self._connection = self._connection, None
        assert connection is not None
        try:
            if kind is None and self._failure is None:
                connection.execute("COMMIT")
                self._storage._numbers.update(self._new)
        except sqlite3.Error as failure:
            # Where writing to the disk failed, the commit may have got there nevertheless.
            raise translated(failure, self._storage._path, applied=None) from failure
        finally:
            self._undo(connection)
            self._storage._turn.give_back()
        if kind is None and self._failure is not None:
            raise self._failure

    def put(self, space: str, key: bytes, value: bytes) -> None:
        number = self._number(space)
        if number is None:
            self._rows(NEW_SPACE, space)
            number = self._number(space)
        self._rows(PUT, number, key, value)

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

    def _undo(self, connection: sqlite3.Connection) -> None:
        """End the transaction, unless it is committed or SQLite has undone it already."""
        if connection.in_transaction:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")

    def _number(self, space: str) -> int | None:
        # A number given in this block is not known to others before the block's commit.
        number = self._storage._numbers.get(space) or self._new.get(space)
        if number is None:
            rows = self._rows(SPACE_NUMBER, space)
            if rows:
                number = self._new[space] = rows[0][0]
        return number

    def _rows(self, sql: str, *values: Any) -> list[Any]:
        # SQLite may have undone the transaction at the first error. Whoever goes on after one
        # would write outside any transaction.
        if self._failure is not None:
            raise self._failure
        try:
            return super()._rows(sql, *values)
        except StorageError as error:
            self._failure = error
            raise


def open_url(url: str) -> SQLiteStorage:
    """The storage of ``sqlite:///relative.db`` or ``sqlite:////absolute.db?durability=normal``.

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
