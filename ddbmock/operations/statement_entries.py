"""The items and tables that PartiQL statements name, read from a request before validation.

As in :mod:`.request_entries`, a malformed statement yields nothing; the operation rejects it later.
PartiQL is imported when a request has a statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Final

from ddbmock import forking
from ddbmock.operations.request_entries import Body, Entry, EntryReader, sequence

MOST_STATEMENTS: Final = 100
"""The most statements of a request that are read; no operation accepts more."""


def _reference(body: Body) -> tuple[str, ...]:
    from ddbmock.operations import statement_content

    return statement_content.tables(body)  # without the attributes that an entry has


@partial(EntryReader, references=_reference)
def statement_entries(body: Body) -> Iterator[Entry]:
    """Yield the entry of ExecuteStatement.

    >>> [entry.table for entry in statement_entries({"Statement": "SELECT * FROM Music"})]
    ['Music']
    """
    with forking.imports:
        from ddbmock.operations import statement_content

    found = statement_content.entry(body)
    if found is not None:
        yield found


@EntryReader
def batch_statement_entries(body: Body) -> Iterator[Entry]:
    """Yield the entries of BatchExecuteStatement."""
    return _entries(body, "Statements")


@partial(EntryReader, transaction=True)
def transaction_statement_entries(body: Body) -> Iterator[Entry]:
    """Yield the entries of ExecuteTransaction."""
    return _entries(body, "TransactStatements")


def _entries(body: Body, member: str) -> Iterator[Entry]:
    for part in islice(sequence(body, member), MOST_STATEMENTS):
        if isinstance(part, dict):
            yield from statement_entries(part)


def is_write(body: Body) -> bool:
    """Return whether a request has a statement that changes or checks an item."""
    with forking.imports:
        from ddbmock.operations import statement_content

    parts = [body, *sequence(body, "Statements"), *sequence(body, "TransactStatements")]
    return any(
        statement_content.is_write(part)
        for part in parts[: MOST_STATEMENTS + 1]
        if isinstance(part, dict)
    )
