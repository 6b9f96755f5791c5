"""Literals of PartiQL, converted to attribute values.

Binaries and sets of binaries have no literals, and literals cannot contain parameters.

Source: Developer Guide, "PartiQL data types for DynamoDB"; recorded answers.
"""

from __future__ import annotations

from typing import Final

from ddbmock.errors import ValidationException
from ddbmock.partiql import syntax
from ddbmock.partiql.faults import located, refusal
from ddbmock.partiql.tokens import ION, NUMBER, STRING
from ddbmock.values.canonical import check_name
from ddbmock.values.model import BOOL, NS, NULL, SS, AttributeValue, L, M, N, S
from ddbmock.values.number import canonical

MAX_LEVELS: Final = 31
"""The most lists and maps around a value."""

ROOT: Final = "root"

_KINDS: Final = {
    syntax.Name: "VariableReference",
    syntax.Path: "Path",
    syntax.Call: "Call",
    syntax.Unary: "NAry",
    syntax.Operation: "NAry",
    syntax.TypeTest: "Typed",
    syntax.Select: "Select",
    syntax.Insert: "DataManipulation",
    syntax.Change: "DataManipulation",
    syntax.Constant: "Literal",
    syntax.Parameter: "Parameter",
    syntax.Struct: "Struct",
}


def kind_of(node: syntax.Expression) -> str:
    """Return the name that the service's parser has for a node, for messages."""
    if isinstance(node, syntax.Sequence):
        return "Bag" if node.bag else "Seq"
    return node.kind if isinstance(node, syntax.Other) else _KINDS[type(node)]


def literal(text: str, node: syntax.Expression, path: str = ROOT, level: int = 0) -> AttributeValue:
    """Return the value of a literal.

    `path` is its position in the attribute, for messages; `level` the number of lists and maps around it.

    :raises ValidationException: it is not a literal, or DynamoDB has no such value.
    """
    match node:
        case syntax.Constant():
            return _scalar(text, node, path)
        case syntax.Sequence(_, elements, bag=True):
            return _set(text, node, elements, path)
        case syntax.Sequence(_, elements):
            return L(
                tuple(
                    [
                        _inner(text, element, f"{path}[{index}]", level)
                        for index, element in enumerate(elements)
                    ]
                )
            )
        case syntax.Struct(_, members):
            return M(
                {
                    name: _inner(text, value, f"{path}.{name}", level)
                    for name, value in named(text, members, path).items()
                }
            )
        case syntax.Parameter(token):
            raise located(
                text,
                f"Unsupported data type: Parameter under key {path}",
                token.at,
                1,
                "A literal cannot contain a parameter: write ? for the whole list, map or set.",
            )
        case _:
            raise refusal(
                text,
                f"Unsupported data type: {kind_of(node)} under key {path}",
                node.token.at,
                _no_literal(node),
            )


def _no_literal(node: syntax.Expression) -> str:
    if not isinstance(node, syntax.Name):
        return "Only a literal is allowed here; calculate the value first, and write ? for it."
    written = node.token.text.replace("'", "''")
    return f"This is a name; write a string as '{written}', a parameter as ?."


def named(
    text: str, members: tuple[tuple[syntax.Expression, syntax.Expression], ...], path: str
) -> dict[str, syntax.Expression]:
    """Return the members of a struct by name.

    :raises ValidationException: a name is not a string, is invalid, or occurs twice.
    """
    found: dict[str, syntax.Expression] = {}
    for key, value in members:
        if not isinstance(key, syntax.Constant) or key.token.kind != STRING:
            raise refusal(
                text,
                f"Tuple keys must be of type String. Actual type: {_key_kind(key)} under {path}",
                key.token.at,
                f"Write the name as a string: '{key.token.text}'.",
            )
        name = key.token.text
        try:
            check_name(name)
        except ValidationException as error:
            raise refusal(text, str(error.message), key.token.at, str(error.hint)) from error
        if name in found:
            raise refusal(
                text,
                f"Duplicate keys in tuple. Key: {name} under {path}",
                key.token.at,
                "A map can have each name once; remove one of them.",
            )
        found[name] = value
    return found


def _key_kind(key: syntax.Expression) -> str:
    if isinstance(key, syntax.Constant):
        return {NUMBER: "Number"}.get(key.token.kind, key.token.word.capitalize() or "Ion")
    return kind_of(key)


def _inner(text: str, node: syntax.Expression, path: str, level: int) -> AttributeValue:
    if level >= MAX_LEVELS:
        raise refusal(
            text,
            f"Nesting Levels have exceeded supported limits under {path}",
            node.token.at,
            f"A value can be nested in at most {MAX_LEVELS} lists and maps.",
        )
    return literal(text, node, path, level + 1)


def _scalar(text: str, node: syntax.Constant, path: str) -> AttributeValue:
    token = node.token
    if token.kind == STRING:
        return S(token.text)
    if token.kind == NUMBER:
        return N(_number(text, node))
    if token.kind == ION:
        raise refusal(
            text,
            f"Ion Literals are not supported: {token.text}",
            token.at,
            "Write 'text', 12, TRUE, NULL, [...], {...} or <<...>>.",
        )
    if token.word == "missing":
        raise refusal(
            text,
            "MISSING must be compared using IS operator",
            token.at,
            "Write IS MISSING or IS NOT MISSING.",
        )
    return NULL(True) if token.word == "null" else BOOL(token.word == "true")


def written(node: syntax.Constant) -> str:
    """Return the text of a number in the statement, with its sign."""
    return ("-" if node.negative else "") + node.token.text


def _number(text: str, node: syntax.Constant) -> str:
    try:
        return canonical(written(node))
    except ValidationException as error:
        raise refusal(text, str(error.message), node.token.at, str(error.hint)) from error


def _set(
    text: str, node: syntax.Sequence, elements: tuple[syntax.Expression, ...], path: str
) -> AttributeValue:
    if not elements:
        raise refusal(
            text,
            "Empty bags are not supported",
            node.token.at,
            "DynamoDB has no empty sets: leave the attribute out, or use an empty list.",
        )
    constants = [element for element in elements if isinstance(element, syntax.Constant)]
    kinds = {constant.token.kind for constant in constants}
    if len(constants) < len(elements) or kinds not in ({STRING}, {NUMBER}):
        raise refusal(
            text,
            "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in "
            "bags",
            node.token.at,
            "A set must have members of one type: <<1, 2>> or <<'a', 'b'>>. Pass a set of binaries as "
            "a parameter.",
        )
    if kinds == {STRING}:
        texts = [constant.token.text for constant in constants]
        _check_distinct(text, node, texts, texts, ".")
        return SS(set(texts))
    numbers = [_number(text, constant) for constant in constants]
    _check_distinct(text, node, numbers, list(map(written, constants)), f"! under {path}")
    return NS(set(numbers))


def _check_distinct(
    text: str, node: syntax.Sequence, members: list[str], shown: list[str], end: str
) -> None:
    if len(set(members)) < len(members):
        raise refusal(
            text,
            "One or more parameter values were invalid: Input collection "
            f"[{', '.join(shown)}] contains duplicates{end}",
            node.token.at,
            "A set can have each member once; remove one of them.",
        )
