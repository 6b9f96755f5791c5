"""Read blocks of the PostgreSQL engine, of the primary and of standbys.

A read block is one REPEATABLE READ, READ ONLY transaction, which does not wait and never conflicts.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import Final, final

from ddbmock.storage import StorageError, UnavailableError
from ddbmock.storage.long_keys import below, high_bound, is_marker, low_bound, place, space_name
from ddbmock.storage.postgresql_batches import Result, Statement, run_together
from ddbmock.storage.postgresql_connections import STANDBY, Connection, Connections, psycopg
from ddbmock.storage.postgresql_statements import (
    BEGIN_READ,
    COMMIT,
    DOWN,
    DOWN_FROM_THE_END,
    GET,
    TOTAL,
    UP,
    UP_TO_THE_END,
)
from ddbmock.storage.range_batches import Pairs, in_batches
from ddbmock.storage.write_lock import USED_AFTER

SHUN_SECONDS: Final = 5.0
"""Seconds for which standbys are not used after one has failed."""


class PostgreSQLReader:
    """A read block, which is also its reader.

    Its BEGIN goes out together with its first statement.
    """

    __slots__ = ("__weakref__", "_connection", "_connections", "_opening")

    def __init__(self, connections: Connections, opening: str = BEGIN_READ) -> None:
        self._connections = connections
        self._connection: Connection | None = None
        self._opening: str | None = opening
        """The statement that begins the transaction, until it has begun."""

    def __enter__(self) -> PostgreSQLReader:
        self._take_connection()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        connection, self._connection = self._connection, None
        if connection is None or not self._connections.owns(connection):
            return
        # COMMIT only ends the transaction: the pool drops connections that are still in one.
        try:
            if self._opening is None:
                with suppress(psycopg.Error):
                    run_together(connection, [(COMMIT, ())])
        finally:
            self._connections.give_back(connection, self)

    def get(self, space: str, key: bytes) -> bytes | None:
        found = self._ask(GET, *place(space_name(space), key))
        return found.get_value(0, 0) if found.ntuples else None

    def range(
        self, space: str, low: bytes = b"", high: bytes | None = None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        return self._pairs(space_name(space), b"", low, high, reverse)

    def total(self, counter: str) -> tuple[int, int]:
        rows = self._ask(TOTAL, counter.encode())
        return _sum(rows, 0), _sum(rows, 1)

    def _pairs(
        self, space: bytes, beginning: bytes, low: bytes, high: bytes | None, reverse: bool
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield the pairs of the space named `space`, or of the space below it for keys that start
        with `beginning`."""
        here = below(space, beginning) if beginning else space
        for stored, value in self._stored(here, low, high, reverse):
            if not is_marker(stored):
                yield beginning + stored, value
                continue
            chunk = stored[:-1]
            yield from self._pairs(
                space,
                beginning + chunk,
                low[len(chunk) :] if low.startswith(chunk) else b"",
                high[len(chunk) :] if high is not None and high.startswith(chunk) else None,
                reverse,
            )

    def _stored(
        self, space: bytes, low: bytes, high: bytes | None, reverse: bool
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield the stored keys and their values, markers among them, read in batches."""
        low = low_bound(low)
        high = None if high is None else high_bound(high)

        def read(low: bytes, high: bytes | None, size: int) -> Pairs:
            if high is None:
                sql = DOWN_FROM_THE_END if reverse else UP_TO_THE_END
                return _rows_of(self._ask(sql, space, low, size))
            return _rows_of(self._ask(DOWN if reverse else UP, space, low, high, size))

        yield from in_batches(read, low, high, reverse=reverse)

    def _ask(self, sql: str, *values: bytes | int) -> Result:
        """Run one statement, and return its result."""
        if self._connection is None:
            raise RuntimeError(USED_AFTER)
        try:
            return self._run((sql, values))[-1]
        except psycopg.Error as error:
            raise self._connections.translated(error) from error

    def _run(self, *statements: Statement) -> list[Result]:
        """Run statements in one round trip, after BEGIN if they are the first; return their results,
        behind that of BEGIN."""
        connection, opening = self._connection, self._opening
        assert connection is not None
        if opening is None:
            return run_together(connection, statements)
        self._opening = None
        first = ((opening, ()), *statements)
        try:
            return run_together(connection, first)
        except psycopg.Error:
            if not (connection.broken or connection.closed):
                raise
        self._connection = None
        connection = self._connection = self._connections.replaced(connection, self)
        return run_together(connection, first)

    def _take_connection(self) -> None:
        try:
            self._connection = self._connections.take(self)
        except psycopg.Error as error:
            raise self._connections.translated(error) from error


def _rows_of(found: Result) -> Pairs:
    value = found.get_value
    return [(value(row, 0) or b"", value(row, 1) or b"") for row in range(found.ntuples)]


def _sum(found: Result, column: int) -> int:
    values = [found.get_value(row, column) or b"" for row in range(found.ntuples)]
    return sum(int.from_bytes(value, "big", signed=True) for value in values)


@final
class PostgreSQLStandbys:
    """The standbys of a database. See :class:`ddbmock.storage.Replicas`.

    Where there is no standby, libpq connects to the primary.
    """

    def __init__(self, url: str, pool_size: int) -> None:
        self._connections: Final = Connections(url, pool_size, STANDBY)
        self.shunned_until = 0.0
        """The monotonic time from which they are used again."""

    def read(self) -> StandbyReader:
        return StandbyReader(self)

    def close(self) -> None:
        self._connections.close()


@final
class StandbyReader(PostgreSQLReader):
    """A read block of a standby, which may lag behind the primary."""

    __slots__ = ("_standbys",)

    def __init__(self, standbys: PostgreSQLStandbys) -> None:
        super().__init__(standbys._connections)
        self._standbys = standbys

    def __enter__(self) -> StandbyReader:
        if time.monotonic() < self._standbys.shunned_until:
            raise UnavailableError(f"a standby of {self._connections.name} has failed just now")
        try:
            self._take_connection()
        except StorageError:
            self._shun()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, UnavailableError):
            self._shun()
        super().__exit__(kind, error, traceback)

    def _shun(self) -> None:
        self._standbys.shunned_until = time.monotonic() + SHUN_SECONDS
