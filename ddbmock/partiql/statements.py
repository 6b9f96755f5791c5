"""Statements compiled from PartiQL, without their tables and parameters.

``INSERT`` is compiled to an item, ``UPDATE`` to an update and a condition, ``SELECT`` to columns and a
condition, with the nodes of expressions. The key schema determines which part of WHERE is the key.

Source: Developer Guide, "PartiQL statements for DynamoDB"; recorded answers, and the messages in
DynamoDB Local.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, TypeAlias

from ddbmock.errors import ValidationException
from ddbmock.expressions import nodes
from ddbmock.expressions.update import Plan, plan_of
from ddbmock.partiql import beginnings, syntax
from ddbmock.partiql.caches import cached
from ddbmock.partiql.clauses import parse
from ddbmock.partiql.columns import Columns, columns
from ddbmock.partiql.conditions import condition
from ddbmock.partiql.faults import located, refusal
from ddbmock.partiql.literals import ROOT, kind_of, literal, named
from ddbmock.partiql.operands import reference
from ddbmock.partiql.updates import SetArgument, update
from ddbmock.values.dynamodb_json import encode
from ddbmock.values.model import Json
from ddbmock.values.size import text_size, value_size

_TABLE_NAME: Final = re.compile(r"[a-zA-Z0-9_.-]{3,255}")
_INDEX_WRITTEN: Final = "This operation is not supported on an index"
_ALIAS: Final = "Aliasing is not supported"


@dataclass(frozen=True, eq=False)
class Statement:
    """Base of all statements. Equal texts have the same object while it is cached."""

    text: str = field(repr=False)
    parameters: int
    """The number of ``?``."""
    table: str


@dataclass(frozen=True, eq=False)
class Select(Statement):
    """``SELECT columns FROM table.index WHERE condition ORDER BY terms``."""

    index: str | None
    columns: Columns | None
    where: nodes.Condition | None
    order: tuple[OrderTerm, ...]


@dataclass(frozen=True, eq=False)
class OrderTerm:
    """An attribute in ORDER BY, with its direction."""

    name: str
    descending: bool
    at: int


@dataclass(frozen=True, eq=False)
class Insert(Statement):
    """``INSERT INTO table VALUE item``."""

    item: tuple[tuple[str, nodes.Constant], ...]

    @cached_property
    def members(self) -> tuple[tuple[str, int, Json], ...]:
        """Name of each attribute, with the index of its parameter, or -1 and the JSON of a literal."""
        return tuple(
            [
                (name, -1, encode(value.value))
                if isinstance(value, nodes.Literal)
                else (name, int(value.text[1:]), None)
                for name, value in self.item
            ]
        )

    @cached_property
    def literal_size(self) -> int:
        """The size of all names and literals in bytes."""
        return sum(
            [
                text_size(name)
                + (value_size(value.value) if isinstance(value, nodes.Literal) else 0)
                for name, value in self.item
            ]
        )


@dataclass(frozen=True, eq=False)
class Update(Statement):
    """``UPDATE table SET ... REMOVE ... WHERE condition RETURNING returning``."""

    update: nodes.Update
    sets: tuple[SetArgument, ...]
    where: nodes.Condition | None
    returning: str | None

    @cached_property
    def plan(self) -> Plan:
        """The compiled update."""
        return plan_of(self.update)


@dataclass(frozen=True, eq=False)
class Delete(Statement):
    """``DELETE FROM table WHERE condition RETURNING returning``."""

    where: nodes.Condition | None
    returning: str | None


@dataclass(frozen=True, eq=False)
class Exists(Statement):
    """``EXISTS(SELECT ...)``: a condition check of a transaction."""

    select: Select


AnyStatement: TypeAlias = Select | Insert | Update | Delete | Exists


@cached
def statement(text: str) -> AnyStatement:
    """Return the statement of a text.

    :raises ValidationException: its syntax is invalid, or DynamoDB does not support it for any table and
        parameters.
    """
    root, parameters = parse(text)
    match root:
        case syntax.Select():
            return _select(text, parameters, root)
        case syntax.Insert():
            return _insert(text, parameters, root)
        case syntax.Change(source=syntax.FromSource(syntax.Name() | syntax.Path())):
            return _change(text, parameters, root)
        case syntax.Call(token, (syntax.Select() as select,)) if token.word == "exists":
            inner = _select(text, parameters, select)
            return Exists(text, parameters, inner.table, inner)
        case _:
            kind = root.kind if isinstance(root, syntax.Other) else kind_of(root)
            raise refusal(
                text,
                f"Unsupported operation: {kind}",
                root.token.at,
                beginnings.advice(root.token.text),
            )


# SELECT


def _select(text: str, parameters: int, select: syntax.Select) -> Select:
    found = columns(text, select)
    for clause, token in select.clauses:
        raise located(
            text,
            f"Unsupported clause: {clause}",
            token.at,
            token.end - token.at,
            "Give the member Limit instead."
            if clause == "LIMIT"
            else "DynamoDB has no such clause.",
        )
    table, index = _source(text, select.source)
    where = None if select.where is None else condition(text, select.where)
    order = tuple([_order_term(text, term) for term in select.order])
    return Select(text, parameters, table, index, found, where, order)


def _order_term(text: str, term: syntax.Order) -> OrderTerm:
    expression = term.expression
    if not isinstance(expression, syntax.Name):
        raise refusal(
            text,
            f"Argument to ORDER BY must be of type VariableReference. Type: {kind_of(expression)}",
            expression.token.at,
            "Write the names of keys in ORDER BY.",
        )
    token = expression.token
    return OrderTerm(token.text, term.descending, token.at)


def _source(text: str, source: syntax.FromSource) -> tuple[str, str | None]:
    """Return the names of the table and of the index in FROM."""
    if source.joined is not None:
        raise refusal(
            text,
            "Only select from a single table or index is supported.",
            source.joined.at,
            "Name one table or index: there are no joins.",
        )
    if source.alias is not None:
        raise refusal(
            text,
            _ALIAS,
            source.alias.at,
            "Remove the alias, and write the attributes' names without it.",
        )
    names = _names(text, source.expression)
    if len(names) > 2:
        raise refusal(
            text,
            "A path may contain at most 2 components in the FROM clause",
            source.expression.token.at,
            'Write "table" or "table"."index"; write a name with dots in double quotes.',
        )
    _check_table_name(text, names[0], source.expression.token.at)
    return names[0], names[1] if len(names) == 2 else None


def _names(text: str, expression: syntax.Expression) -> list[str]:
    """Return the names of a path that consists of names."""
    steps: tuple[syntax.Step, ...] = ()
    root = expression
    if isinstance(expression, syntax.Path):
        root, steps = expression.root, expression.steps
    if not isinstance(root, syntax.Name):
        raise _unexpected_source(text, expression)
    names = [root.token.text]
    for step in steps:
        if step.name is None:
            raise _unexpected_source(text, expression)
        names.append(step.name)
    if "" in names:
        raise refusal(
            text,
            "Path component cannot be an empty string",
            expression.token.at,
            "The name of a table or an index is expected here.",
        )
    return names


def _unexpected_source(text: str, expression: syntax.Expression) -> ValidationException:
    advice = 'Write the name of a table after FROM: "table" or "table"."index".'
    if isinstance(expression, syntax.Operation) and expression.token.word == "-":
        advice = "Write a name with a hyphen in double quotes."
    return refusal(text, "Unexpected from source", expression.token.at, advice)


def _check_table_name(text: str, name: str, at: int) -> None:
    if not _TABLE_NAME.fullmatch(name):
        raise refusal(
            text,
            "Table name should be within the length [3, 255] and only contain 'a-z', 'A-Z', "
            "'0-9', '-', '_', '.'.",
            at,
            f"{name[:40]!r} has characters or a length that names of tables cannot have.",
        )


# INSERT


def _bulk_advice(value: syntax.Expression) -> str:
    if isinstance(value, syntax.Struct):
        return 'The word VALUE is missing: INSERT INTO "table" VALUE {...}.'
    if isinstance(value, syntax.Sequence | syntax.Select):
        return "Send several INSERTs as a batch or a transaction."
    return beginnings.INSERT


def _insert(text: str, parameters: int, insert: syntax.Insert) -> Insert:
    if insert.bulk:
        raise refusal(
            text,
            "Unsupported operation: Inserting multiple items in a single statement is not "
            'supported, use "INSERT INTO tableName VALUE item" instead',
            insert.value.token.at,
            _bulk_advice(insert.value),
        )
    if insert.returning:
        raise refusal(
            text,
            "RETURNING is not supported in INSERT",
            insert.returning[0].token.at,
            "Remove RETURNING: there was no item before an INSERT.",
        )
    position = None if insert.position is None else insert.position.token
    further = insert.conflict or position
    if further is not None:
        raise refusal(
            text,
            f"Unsupported clause: {'ON CONFLICT' if insert.conflict else 'AT'}",
            further.at,
            "Remove the clause: an INSERT of an existing item always fails.",
        )
    names = _names(text, insert.target)
    if len(names) > 1:
        token = insert.target.token
        raise located(
            text,
            "FROM clause may only contain a single table name in data manipulation statements",
            token.at,
            token.end - token.at,
            "Name the table without an index; its indexes are updated with it.",
        )
    _check_table_name(text, names[0], insert.target.token.at)
    return Insert(text, parameters, names[0], _item(text, insert.value))


def _item(text: str, value: syntax.Expression) -> tuple[tuple[str, nodes.Constant], ...]:
    if not isinstance(value, syntax.Struct):
        raise refusal(
            text,
            "Unsupported format in item expression. Please use struct format {...} to express "
            "item values for insert statement.",
            value.token.at,
            "Write the item as {'name': value, ...}; only its values can be parameters.",
        )
    found: list[tuple[str, nodes.Constant]] = []
    for name, member in named(text, value.members, ROOT).items():
        if isinstance(member, syntax.Parameter):
            found.append((name, nodes.ValueRef(reference(member.index), member.token.at)))
        else:
            found.append((name, nodes.Literal(literal(text, member), member.token.at)))
    return tuple(found)


# UPDATE and DELETE


def _change(text: str, parameters: int, change: syntax.Change) -> Update | Delete:
    source = change.source
    if source.joined is not None or source.alias is not None:
        at = (source.joined or source.alias or change.token).at
        raise refusal(
            text, _ALIAS, at, "Remove the alias, and write the attributes' names without it."
        )
    names = _names(text, source.expression)
    if len(names) > 1:
        raise refusal(
            text,
            _INDEX_WRITTEN,
            source.expression.token.at,
            "Name the table without an index; its indexes are updated with it.",
        )
    _check_table_name(text, names[0], source.expression.token.at)
    returning = _returning(text, change)
    if change.token.word == "delete":
        where = None if change.where is None else condition(text, change.where)
        return Delete(text, parameters, names[0], where, returning)
    changes, sets = update(text, change.operations)
    where = None if change.where is None else condition(text, change.where)
    return Update(text, parameters, names[0], changes, sets, where, returning)


def _returning(text: str, change: syntax.Change) -> str | None:
    if not change.returning:
        return None
    first = change.returning[0]
    if len(change.returning) > 1:
        raise refusal(
            text,
            "Invalid syntax with multiple returning elements in RETURNING clause",
            change.returning[1].token.at,
            "Write one of ALL OLD *, ALL NEW *, MODIFIED OLD * and MODIFIED NEW *.",
        )
    if first.column.kind != "STAR":
        raise refusal(
            text,
            "Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause",
            first.column.at,
            "Write *: RETURNING cannot select attributes.",
        )
    if change.token.word == "delete" and first.mapping != "ALL OLD":
        raise refusal(
            text,
            f"Invalid returning clause: RETURNING {first.mapping} *. "
            "Only RETURNING ALL OLD * is allowed in DELETE statements.",
            first.token.at,
            "Write RETURNING ALL OLD *: after a DELETE there is only the old item.",
        )
    return first.mapping
