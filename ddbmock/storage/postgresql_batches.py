"""Statements that are sent to PostgreSQL together, in one round trip.

psycopg's own pipeline sends each statement by itself. If the process is frozen between two of them,
it keeps its locks forever: PostgreSQL limits the time of idle transactions, but not of those in the
middle of a batch. Here all statements are sent in one piece, unless they exceed the socket's
buffer, and the transaction counts as idle afterwards.
"""

from __future__ import annotations

import itertools
import re
import zlib
from collections.abc import Generator, Sequence
from functools import cache
from typing import Any, Final, TypeAlias

from ddbmock.storage.postgresql_connections import Connection, psycopg

Statement: TypeAlias = tuple[str, Sequence[bytes | int]]
"""SQL with psycopg's placeholders, and the values."""

Result: TypeAlias = "psycopg.pq.abc.PGresult"

_SQLSTATE: Final = psycopg.pq.DiagnosticField.SQLSTATE
_FAILED: Final = (psycopg.pq.ExecStatus.FATAL_ERROR, psycopg.pq.ExecStatus.BAD_RESPONSE)
_READ: Final = psycopg.waiting.Wait.R
_READ_OR_WRITE: Final = psycopg.waiting.Wait.RW
_READABLE: Final = psycopg.waiting.Ready.R


def run_together(connection: Connection, statements: Sequence[Statement]) -> list[Result]:
    """Run statements in one round trip, and return their results in PostgreSQL's binary format.

    Those with values are prepared when a connection first runs them.

    ROLLBACK must also be run here, since psycopg's own rollback drops all prepared statements.

    :raises psycopg.Error: a statement fails; those after it are not run.
    """
    results: list[Result] = []
    try:
        error = connection.wait(_run(connection, statements, results))
    except BaseException:
        # Answers that are still on the way would be read as answers to a later statement.
        connection.close()
        raise
    if error is not None:
        raise error
    return results


def _run(
    connection: Connection, statements: Sequence[Statement], results: list[Result]
) -> Generator[Any, Any, psycopg.Error | None]:
    """Send everything, receive all answers, and return the first error; add the results to a list."""
    pgconn = connection.pgconn
    pgconn.enter_pipeline_mode()
    sent: list[bytes | None] = []
    """The name that each command prepares; None for commands that run a statement."""
    for sql, values in statements:
        if not values:
            pgconn.send_query_params(sql.encode(), None)
            sent.append(None)
            continue
        name = _name(sql)
        if name not in connection.prepared and name not in sent:
            pgconn.send_prepare(name, _numbered(sql))
            sent.append(name)
        pgconn.send_query_prepared(
            name,
            [value if isinstance(value, bytes) else b"%d" % value for value in values],
            [int(isinstance(value, bytes)) for value in values],
            psycopg.pq.Format.BINARY,
        )
        sent.append(None)
    pgconn.pipeline_sync()
    while pgconn.flush():
        if (yield _READ_OR_WRITE) & _READABLE:
            pgconn.consume_input()
    first = None
    for prepared in sent:
        result = yield from _result(pgconn)
        if result is None:
            raise psycopg.OperationalError("the connection was lost")
        if result.status in _FAILED:
            first = first or _error(result)
        elif prepared is None:
            results.append(result)
        elif first is None:
            connection.prepared.add(prepared)
        yield from _result(pgconn)  # the end of the command's results
    yield from _result(pgconn)  # the end of the batch
    pgconn.exit_pipeline_mode()
    return first


def _result(pgconn: psycopg.pq.abc.PGconn) -> Generator[Any, Any, Any]:
    """Return the next result of a command, or None at its end."""
    while pgconn.is_busy():
        if (yield _READ):
            pgconn.consume_input()
    return pgconn.get_result()


def _error(result: psycopg.pq.abc.PGresult) -> psycopg.Error:
    """Return the error of a result; its class depends on the SQLSTATE."""
    state = (result.error_field(_SQLSTATE) or b"").decode()
    message = result.get_error_message().removeprefix("ERROR:").strip()
    try:
        kind = psycopg.errors.lookup(state)
    except KeyError:
        kind = psycopg.DatabaseError if state else psycopg.OperationalError
    error = kind(message)
    error.sqlstate = state or None
    return error


@cache
def _numbered(sql: str) -> bytes:
    """Return a statement with numbered placeholders.

    >>> _numbered("SELECT value FROM t WHERE space = %b AND slot = %s")
    b'SELECT value FROM t WHERE space = $1 AND slot = $2'
    """
    numbers = itertools.count(1)
    return re.sub("%[bs]", lambda _: f"${next(numbers)}", sql).encode()


@cache
def _name(sql: str) -> bytes:
    """Return the name of a prepared statement."""
    return b"ddbmock_%08x" % zlib.crc32(sql.encode())
