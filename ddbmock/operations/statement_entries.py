"""The items and tables that PartiQL statements name, read from a request before anything checks it.

As in :mod:`.request_entries`, a malformed statement yields nothing; the operation rejects it later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ddbmock.errors import ValidationException
from ddbmock.expressions import nodes
from ddbmock.operations.request_entries import Entry, sequence
from ddbmock.partiql.statements import AnyStatement, Exists, Insert, Select, statement
from ddbmock.values.dynamodb_json import encode


def statement_entries(body: Mapping[str, Any]) -> Iterator[Entry]:
    """Yield the entry of ExecuteStatement.

    >>> [entry.table for entry in statement_entries({"Statement": "SELECT * FROM Music"})]
    ['Music']
    """
    found = parsed(body)
    if found is not None:
        index = found.index if isinstance(found, Select) else None
        yield Entry(found.table, _attributes(found, body), found.table, index)


def batch_statement_entries(body: Mapping[str, Any]) -> Iterator[Entry]:
    """Yield the entries of BatchExecuteStatement."""
    return _entries(body, "Statements")


def transaction_statement_entries(body: Mapping[str, Any]) -> Iterator[Entry]:
    """Yield the entries of ExecuteTransaction."""
    return _entries(body, "TransactStatements")


def _entries(body: Mapping[str, Any], member: str) -> Iterator[Entry]:
    for part in sequence(body, member):
        if isinstance(part, dict):
            yield from statement_entries(part)


def is_write(body: Mapping[str, Any]) -> bool:
    """Tell whether a request has a statement that changes or checks an item."""
    parts = [body, *sequence(body, "Statements"), *sequence(body, "TransactStatements")]
    found = [parsed(part) for part in parts if isinstance(part, dict)]
    return any(one is not None and not isinstance(one, Select) for one in found)


def parsed(part: Mapping[str, Any]) -> AnyStatement | None:
    """Return the statement of a request, or part of one; None if it is malformed."""
    text = part.get("Statement")
    if not isinstance(text, str) or len(text) > 8192:
        return None
    try:
        return statement(text)
    except ValidationException:
        return None


def _attributes(found: AnyStatement, part: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of the item to insert, or those that WHERE compares for equality."""
    parameters = sequence(part, "Parameters")
    if isinstance(found, Insert):
        pairs = list(found.item)
    else:
        where = (found.select if isinstance(found, Exists) else found).where
        pairs = list(_equalities(where))
    attributes = {}
    for name, value in pairs:
        if isinstance(value, nodes.Literal):
            attributes[name] = encode(value.value)
        elif int(value.text[1:]) < len(parameters):
            attributes[name] = parameters[int(value.text[1:])]
    return attributes


def _equalities(where: nodes.Condition | None) -> Iterator[tuple[str, nodes.Constant]]:
    parts = where.conditions if isinstance(where, nodes.And) else (where,)
    for part in parts:
        match part:
            case nodes.Comparison(
                "=", nodes.Path((str(name),)), (nodes.Literal() | nodes.ValueRef()) as value
            ):
                yield name, value
            case _:
                pass
