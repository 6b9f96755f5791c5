"""Conditions in the other spelling that PartiQL has for many of them."""

from __future__ import annotations

from typing import Final

from ddbmock.expressions import nodes
from ddbmock.partiql.printer import condition_text, path_text, value_text
from ddbmock.values.model import S

TYPE_WORDS: Final = {
    "NULL": "NULL", "BOOL": "boolean", "B": "BLOB", "S": "STRING", "N": "Numeric", "M": "STRUCT",
    "L": "LIST",
}  # fmt: skip


def respelled(condition: nodes.Condition) -> str:
    """``!=``, ``NOT IN``, ``IS`` and parentheses where the printer has others."""
    match condition:
        case nodes.And(parts):
            return " and ".join([f"({respelled(part)})" for part in parts])
        case nodes.Or(parts):
            return " or ".join([f"({respelled(part)})" for part in parts])
        case nodes.Not(nodes.In(one, choices)):
            return f"{_operand(one)} NOT IN ({', '.join(map(_operand, choices))})"
        case nodes.Not(nodes.Between(one, lower, upper)):
            return f"{_operand(one)} NOT BETWEEN {_operand(lower)} AND {_operand(upper)}"
        case nodes.Not(inner):
            return f"not ({respelled(inner)})"
        case nodes.Comparison("<>", left, right):
            return f"{_operand(left)}!={_operand(right)}"
        case nodes.In(one, choices):
            return f"{_operand(one)} IN ({', '.join(map(_operand, choices))})"
        case nodes.Call("attribute_exists", (one,)):
            return f"{_operand(one)} IS NOT MISSING"
        case nodes.Call("attribute_not_exists", (one,)):
            return f"({_operand(one)}) IS MISSING"
        case nodes.Call("attribute_type", (one, nodes.Literal(S(kind)))) if kind in TYPE_WORDS:
            return f"{_operand(one)} IS {TYPE_WORDS[kind]}"
        case _:
            return condition_text(condition)


def _operand(operand: nodes.Operand) -> str:
    match operand:
        case nodes.Path():
            return path_text(operand)
        case nodes.Literal(value):
            return value_text(value)
        case nodes.Call(function, operands):
            return f"{function.upper()} ({', '.join(map(_operand, operands))})"
        case _:
            raise ValueError(f"There is no other spelling of {operand}")
