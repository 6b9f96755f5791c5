"""The table and key that a PartiQL statement names, read before validation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ddbmock.errors import ValidationException
from ddbmock.expressions import nodes
from ddbmock.expressions.names import paths_of
from ddbmock.operations.request_entries import Entry, sequence
from ddbmock.partiql.statements import AnyStatement, Exists, Insert, Select, Update, statement
from ddbmock.values.dynamodb_json import encode


def entry(body: Mapping[str, Any]) -> Entry | None:
    """Return the entry of a request with a statement, or of a part of one; None if it is malformed."""
    found = parsed(body)
    if found is None:
        return None
    index = found.index if isinstance(found, Select) else None
    return Entry(found.table, _attributes(found, body), found.table, index)


def tables(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the table that a request with a statement names; none if it is malformed.

    >>> tables({"Statement": 'SELECT * FROM "Music"."ByGenre"'})
    ('Music',)
    """
    found = parsed(body)
    return () if found is None else (found.table,)


def is_write(part: Mapping[str, Any]) -> bool:
    """Return whether a statement changes or checks an item."""
    found = parsed(part)
    return found is not None and not isinstance(found, Select)


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
    """Return the attributes of the item to insert, or the attributes that WHERE compares by ``=``."""
    parameters = sequence(part, "Parameters")
    if isinstance(found, Insert):
        pairs = list(found.item)
    else:
        where = (found.select if isinstance(found, Exists) else found).where
        pairs = list(_equalities(where))
    attributes = {}
    for name, value in pairs:
        content = value_of(value, parameters)
        if content is not None:
            attributes[name] = content
    return attributes


def value_of(constant: nodes.Constant, parameters: Sequence[Any]) -> Any:
    """Return the JSON of a literal or of a parameter; None if the request lacks the latter."""
    if isinstance(constant, nodes.Literal):
        return encode(constant.value)
    index = int(constant.text[1:])
    return parameters[index] if index < len(parameters) else None


def attribute_names(found: AnyStatement) -> set[str]:
    """Return the top-level attributes that a statement names anywhere.

    >>> from ddbmock.partiql.statements import statement
    >>> sorted(attribute_names(statement("UPDATE Music SET a.b = c REMOVE d[0] WHERE e = 1")))
    ['a', 'c', 'd', 'e']
    """
    if isinstance(found, Insert):
        return {name for name, _ in found.item}
    one = found.select if isinstance(found, Exists) else found
    roots: list[nodes.Node] = [] if one.where is None else [one.where]
    if isinstance(one, Update):
        roots.append(one.update)
    if isinstance(one, Select) and one.columns is not None:
        roots += one.columns.nodes
    return {str(path.elements[0]) for root in roots for path in paths_of(root)}


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
