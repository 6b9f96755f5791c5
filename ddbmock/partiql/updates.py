"""SET and REMOVE, translated to the actions of update expressions.

``set_add`` and ``set_delete`` become ADD and DELETE of a set.

Source: Developer Guide, "PartiQL update statements"; recorded answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ddbmock.errors import ValidationException
from ddbmock.expressions import nodes
from ddbmock.named_tuple import NamedTuple
from ddbmock.partiql import syntax
from ddbmock.partiql.conditions import unknown_function
from ddbmock.partiql.faults import located, refusal
from ddbmock.partiql.operands import constant, path, value_of

_SET_FUNCTIONS: Final[Mapping[str, type[nodes.Add | nodes.Delete]]] = {
    "set_add": nodes.Add,
    "set_delete": nodes.Delete,
}


class SetArgument(NamedTuple):
    """A parameter that must be a set, and the position of the argument for messages."""

    function: str
    ref: str
    at: int
    length: int


def update(
    text: str, operations: Sequence[syntax.Assignment | syntax.Removal | syntax.Insert]
) -> tuple[nodes.Update, tuple[SetArgument, ...]]:
    """Return the update of an UPDATE statement, with a clause for each assignment or removal.

    :raises ValidationException: DynamoDB does not support one of them.
    """
    clauses = []
    sets: list[SetArgument] = []
    for operation in operations:
        match operation:
            case syntax.Assignment(target, value):
                action = _assignment(text, path(text, target), value, sets)
                clauses.append(nodes.Clause("SET", (action,), target.token.at))
            case syntax.Removal(target):
                removal = nodes.Remove(path(text, target))
                clauses.append(nodes.Clause("REMOVE", (removal,), target.token.at))
            case _:
                raise refusal(
                    text,
                    "Only SET and REMOVE are supported in update expressions at this time",
                    operation.token.at,
                    "To append to a list, SET it to list_append(list, [value]).",
                )
    return nodes.Update(tuple(clauses)), tuple(sets)


def _assignment(
    text: str, target: nodes.Path, value: syntax.Expression, sets: list[SetArgument]
) -> nodes.Action:
    if isinstance(value, syntax.Call):
        function = (value.token.word or value.token.text).lower()
        kind = _SET_FUNCTIONS.get(function)
        if kind is not None:
            members = _member_set(text, target, value, function.upper())
            if isinstance(members, nodes.ValueRef):
                first = value.arguments[0].token
                length = first.end - first.at
                sets.append(SetArgument(function.upper(), members.text, first.at, length))
            return kind(target, members)
    return nodes.Set(target, _value(text, value))


def _member_set(text: str, target: nodes.Path, call: syntax.Call, function: str) -> nodes.Constant:
    if len(call.arguments) != 2:
        raise refusal(
            text,
            f"{function} must have exactly two arguments",
            call.token.at,
            f"Write SET path = {function.lower()}(path, <<member>>).",
        )
    first, second = call.arguments
    token = call.token
    if not isinstance(first, syntax.Name | syntax.Path) or path(text, first) != target:
        raise located(
            text,
            f"The first argument to {function} must equal the assignment value",
            token.at,
            token.end - token.at,
            f"It must be {target}, the path on the left of the =.",
        )
    value = constant(text, second)
    if value is None or not _may_be_set(value):
        raise no_set(text, function, first.token.at, first.token.end - first.token.at)
    return value


def no_set(text: str, function: str, at: int, length: int) -> ValidationException:
    """Return the error of a second argument that is not a set. It points at the first argument, as on the service."""
    return located(
        text,
        f"The second argument to {function} must be a value with type SET",
        at,
        length,
        "The other argument must be a set: <<'a', 'b'>>, or a parameter with a set.",
    )


def _may_be_set(value: nodes.Constant) -> bool:
    return isinstance(value, nodes.ValueRef) or value.value.tag in ("SS", "NS", "BS")


def _value(text: str, node: syntax.Expression) -> nodes.Operand | nodes.Arithmetic:
    match node:
        case syntax.Name() | syntax.Path():
            return path(text, node)
        case syntax.Call(token, arguments):
            if (token.word or token.text).lower() != "list_append":
                raise unknown_function(text, token, "SET", ("list_append", *_SET_FUNCTIONS))
            operands = [_value(text, argument) for argument in arguments]
            return nodes.Call("list_append", tuple(operands), token.at)  # type: ignore[arg-type]  # sums are reported by type
        case syntax.Operation(token, (left, right)) if token.word in ("+", "-"):
            return nodes.Arithmetic(token.word, _value(text, left), _value(text, right), token.at)
        case syntax.Operation(token):
            operator = token.word.replace("_", " ").upper()
            raise refusal(
                text,
                f"Unsupported operator in Update Expression. Operator: {operator}",
                token.at,
                "SET has only + and - of numbers: compute the value in the program.",
            )
        case syntax.TypeTest(token):
            raise refusal(
                text,
                "IS operator is not supported in update expressions",
                token.at,
                "Use IS only in WHERE.",
            )
        case syntax.Unary(token):
            raise refusal(
                text,
                "Incorrect number of operands for operator or function; "
                f"operator or function: {token.word}, number of operands: 1",
                token.at,
                "Only a number can have a sign.",
            )
        case _:
            return value_of(text, node)
