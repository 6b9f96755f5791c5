"""Statements as text, with as few quotes and parentheses as possible."""

from __future__ import annotations

import re
from typing import Final

from ddbmock.expressions import nodes
from ddbmock.partiql.keywords import KEYWORDS
from ddbmock.partiql.statements import AnyStatement, Delete, Exists, Insert, Select, Update
from ddbmock.values.model import BOOL, NS, NULL, SS, AttributeValue, L, M, N, S

_BARE: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")


def printed(statement: AnyStatement) -> str:
    """Return the text of a statement, which parses to an equal statement.

    >>> from ddbmock.partiql.statements import statement
    >>> printed(statement("select \\"a\\" , m[0] from Music where (b = ?) and not size(c) >= - 1;"))
    'SELECT a, m[0] FROM "Music" WHERE b = ? AND NOT size(c) >= -1'
    """
    match statement:
        case Select():
            return _select(statement)
        case Exists(select=select):
            return f"EXISTS({_select(select)})"
        case Insert(table=table, item=item):
            members = ", ".join([f"{_text(name)}: {_constant(value)}" for name, value in item])
            return f"INSERT INTO {_quoted(table)} VALUE {{{members}}}"
        case Update(table=table, update=update):
            actions = " ".join([_action(action) for action in update.actions])
            return f"UPDATE {_quoted(table)} {actions}{_where(statement)}{_returning(statement)}"
        case Delete(table=table):
            return f"DELETE FROM {_quoted(table)}{_where(statement)}{_returning(statement)}"


def _select(select: Select) -> str:
    columns = "*" if select.columns is None else ", ".join(map(path_text, select.columns.nodes))
    index = "" if select.index is None else f".{_quoted(select.index)}"
    terms = [f"{name_text(term.name)}{' DESC' * term.descending}" for term in select.order]
    order = f" ORDER BY {', '.join(terms)}" if terms else ""
    return f"SELECT {columns} FROM {_quoted(select.table)}{index}{_where(select)}{order}"


def _where(statement: Select | Update | Delete) -> str:
    return "" if statement.where is None else f" WHERE {condition_text(statement.where)}"


def _returning(statement: Update | Delete) -> str:
    return "" if statement.returning is None else f" RETURNING {statement.returning} *"


def name_text(name: str) -> str:
    """Return a name, in quotes if necessary."""
    return name if _BARE.fullmatch(name) and name.lower() not in KEYWORDS else _quoted(name)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def path_text(path: nodes.Path) -> str:
    """Return a path."""
    head, *steps = path.elements
    parts = [f"[{step}]" if isinstance(step, int) else f".{name_text(str(step))}" for step in steps]
    return name_text(str(head)) + "".join(parts)


def value_text(value: AttributeValue) -> str:
    """Return the literal of a value.

    :raises ValueError: the value contains binaries, which have no literals in PartiQL.
    """
    match value:
        case S(text):
            return _text(text)
        case N(number):
            return number
        case BOOL(truth):
            return str(truth).upper()
        case NULL():
            return "NULL"
        case SS(texts):
            return f"<<{', '.join([_text(text) for text in sorted(texts)])}>>"
        case NS(numbers):
            return f"<<{', '.join(sorted(numbers))}>>"
        case L(elements):
            return f"[{', '.join(map(value_text, elements))}]"
        case M(members):
            parts = [f"{_text(name)}: {value_text(member)}" for name, member in members.items()]
            return f"{{{', '.join(parts)}}}"
        case _:
            raise ValueError(f"There is no literal of type {value.tag}")


def _constant(value: nodes.Constant) -> str:
    return "?" if isinstance(value, nodes.ValueRef) else value_text(value.value)


def condition_text(condition: nodes.Condition) -> str:
    """Return a condition; references to values become parameters, in textual order."""
    match condition:
        case nodes.And(parts):
            return " AND ".join([_grouped(part, nodes.Or) for part in parts])
        case nodes.Or(parts):
            return " OR ".join(map(condition_text, parts))
        case nodes.Not(inner):
            return f"NOT {_grouped(inner, nodes.And, nodes.Or)}"
        case nodes.Comparison(operator, left, right):
            return f"{_operand(left)} {operator} {_operand(right)}"
        case nodes.Between(operand, lower, upper):
            return f"{_operand(operand)} BETWEEN {_operand(lower)} AND {_operand(upper)}"
        case nodes.In(operand, choices):
            return f"{_operand(operand)} IN [{', '.join(map(_operand, choices))}]"
        case nodes.Call(function, operands):
            return f"{function}({', '.join(map(_operand, operands))})"


def _grouped(condition: nodes.Condition, *kinds: type[nodes.Condition]) -> str:
    text = condition_text(condition)
    return f"({text})" if isinstance(condition, kinds) else text


def _operand(operand: nodes.Operand | nodes.Arithmetic) -> str:
    match operand:
        case nodes.Path():
            return path_text(operand)
        case nodes.ValueRef() | nodes.Literal():
            return _constant(operand)
        case nodes.Predicate(condition):
            return f"({condition_text(condition)})"
        case nodes.Call(function, operands):
            return f"{function}({', '.join(map(_operand, operands))})"
        case nodes.Arithmetic(operator, left, right):
            second = _operand(right)
            if isinstance(right, nodes.Arithmetic):
                second = f"({second})"
            return f"{_operand(left)} {operator} {second}"


def _action(action: nodes.Action) -> str:
    target = path_text(action.path)
    match action:
        case nodes.Set(_, value):
            return f"SET {target} = {_operand(value)}"
        case nodes.Remove():
            return f"REMOVE {target}"
        case nodes.Add(_, value):
            return f"SET {target} = set_add({target}, {_constant(value)})"
        case nodes.Delete(_, value):
            return f"SET {target} = set_delete({target}, {_constant(value)})"
