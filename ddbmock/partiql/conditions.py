"""WHERE, translated to the nodes of condition expressions.

PartiQL also has predicates as operands, ``IS``, ``NOT IN`` and ``NOT BETWEEN``.

Source: Developer Guide, "PartiQL operators for DynamoDB" and "functions"; recorded answers, and the
messages in DynamoDB Local.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from ddbmock.errors import ValidationException
from ddbmock.expressions import nodes
from ddbmock.expressions.faults import probably
from ddbmock.partiql import syntax
from ddbmock.partiql.faults import refusal
from ddbmock.partiql.operands import FUNCTIONS, path, value_of
from ddbmock.partiql.tokens import Token
from ddbmock.values.model import S

MAX_CHOICES: Final = 100
"""The most values of IN."""

_COMPARATORS: Final = ("=", "<>", "<", "<=", ">", ">=")
_TYPES: Final[Mapping[str, str]] = {
    "null": "NULL",
    "boolean": "BOOL",
    "blob": "B",
    "string": "S",
    "numeric": "N",
    "struct": "M",
    "tuple": "M",
    "list": "L",
}
"""The types that IS accepts, with DynamoDB's types."""


def condition(text: str, node: syntax.Expression) -> nodes.Condition:
    """Return the condition of a WHERE.

    :raises ValidationException: it is not a condition, or DynamoDB does not support it.
    """
    found = _translated(text, node)
    if isinstance(found, nodes.Predicate):
        return found.condition
    raise refusal(
        text,
        "WHERE clause must contain an expression that resolves to a boolean",
        node.token.at,
        "Compare it with a value.",
    )


def _translated(text: str, node: syntax.Expression) -> nodes.Operand:
    """Translate an operand; conditions become predicates."""
    match node:
        case syntax.Name() | syntax.Path():
            return path(text, node)
        case syntax.Operation(token, operands):
            return nodes.Predicate(_operation(text, token, operands), token.at)
        case syntax.TypeTest(token, operand, kind):
            return nodes.Predicate(_type_test(text, token, operand, kind), token.at)
        case syntax.Unary(token, operand):
            return nodes.Predicate(_unary(text, token, operand), token.at)
        case syntax.Call():
            return _call(text, node)
        case _:
            return value_of(text, node)


def _operation(text: str, token: Token, operands: tuple[syntax.Expression, ...]) -> nodes.Condition:
    word = token.word
    if word in ("and", "or"):
        return _combined(text, token, operands)
    if word in _COMPARATORS:
        left, right = [_translated(text, operand) for operand in operands]
        return nodes.Comparison(word, left, right, token.at)
    if word in ("between", "not_between"):
        operand, lower, upper = [_translated(text, operand) for operand in operands]
        return _negated(word, nodes.Between(operand, lower, upper, token.at))
    if word in ("in", "not_in"):
        return _negated(word, _membership(text, token, *operands))
    raise refusal(
        text,
        f"Unsupported operator in Condition Expression. Operator: {_printed(word)}",
        token.at,
        "Write begins_with(name, 'text') or contains(name, 'text')."
        if word in ("like", "not_like")
        else "Conditions compare with =, <>, <, <=, >, >=, BETWEEN, IN and IS; text with begins_with "
        "and contains. Calculate the value first.",
    )


def _printed(word: str) -> str:
    return word.replace("_", " ").upper()


def _negated(word: str, found: nodes.Condition) -> nodes.Condition:
    return nodes.Not(found) if word.startswith("not_") else found


def _combined(text: str, token: Token, operands: tuple[syntax.Expression, ...]) -> nodes.Condition:
    kind = nodes.And if token.word == "and" else nodes.Or
    parts: list[nodes.Condition] = []
    for operand in operands:
        found = _translated(text, operand)
        if not isinstance(found, nodes.Predicate):
            raise refusal(
                text,
                "The arguments to AND/OR must be Expressions",
                operand.token.at,
                f"{token.text} joins conditions: compare this with a value.",
            )
        inner = found.condition
        parts.extend(inner.conditions if isinstance(inner, kind) else (inner,))
    return kind(tuple(parts), parts[0].at)


def _unary(text: str, token: Token, operand: syntax.Expression) -> nodes.Condition:
    if token.word == "not":
        found = _translated(text, operand)
        if isinstance(found, nodes.Predicate):
            return nodes.Not(found.condition, token.at)
        raise refusal(
            text,
            "The argument to NOT must be a Type or Expression",
            operand.token.at,
            "Write a condition after NOT.",
        )
    raise refusal(
        text,
        "Incorrect number of operands for operator or function; "
        f"operator or function: {token.word}, number of operands: 1",
        token.at,
        "Only a number can have a sign.",
    )


def _membership(
    text: str, token: Token, operand: syntax.Expression, choices: syntax.Expression
) -> nodes.In:
    if not isinstance(choices, syntax.Sequence) or not choices.elements:
        raise refusal(
            text,
            "IN operator must have a left hand argument of type Variable Reference and right "
            "hand argument of type Seq with at least one member",
            choices.token.at,
            "Write attribute IN [value, ...], with one ? for each parameter.",
        )
    count = len(choices.elements)
    if count > MAX_CHOICES:
        raise refusal(
            text,
            f"The IN operator is provided with too many operands; number of operands: {count}",
            token.at,
            f"IN has {count} operands; at most {MAX_CHOICES} values are allowed.",
        )
    left = _translated(text, operand)
    found = tuple([_translated(text, element) for element in choices.elements])
    return nodes.In(left, found, token.at)


def _type_test(text: str, token: Token, operand: syntax.Expression, kind: Token) -> nodes.Condition:
    tested = _translated(text, operand)
    if isinstance(tested, nodes.Predicate | nodes.Call):
        raise refusal(
            text,
            "The left hand side argument to IS must be a Variable Reference, Literal, or Path",
            operand.token.at,
            "Write the name of an attribute before IS.",
        )
    tag = _TYPES.get(kind.word)
    if kind.word == "missing":
        if not isinstance(tested, nodes.Path):
            # A constant is never missing.
            exists: nodes.Condition = nodes.Comparison("<>", tested, tested, token.at)
        else:
            exists = nodes.Call("attribute_not_exists", (tested,), token.at)
    elif tag is not None:
        exists = nodes.Call("attribute_type", (tested, nodes.Literal(S(tag))), token.at)
    else:
        raise refusal(
            text,
            f"Unsupported data type for IS operator: {_printed(kind.word)}. Supported data types "
            "are [MISSING, NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]",
            kind.at,
            "attribute_type(path, 'SS') tests for DynamoDB's own types.",
        )
    return nodes.Not(exists, token.at) if token.word == "is_not" else exists


def _call(text: str, node: syntax.Call) -> nodes.Operand:
    token = node.token
    function = (token.word or token.text).lower()
    if function not in FUNCTIONS:
        raise unknown_function(text, token)
    operands = tuple([_translated(text, argument) for argument in node.arguments])
    call = nodes.Call(function, operands, token.at)
    if function == "size":
        _check_sized(text, node, operands)
        return call
    return nodes.Predicate(call, token.at)


def _check_sized(text: str, node: syntax.Call, operands: tuple[nodes.Operand, ...]) -> None:
    for argument, operand in zip(node.arguments, operands, strict=True):
        if isinstance(operand, nodes.Predicate | nodes.Call):
            kind = "BOOL" if isinstance(operand, nodes.Predicate) else "N"
            raise refusal(
                text,
                "Incorrect operand type for operator or function; "
                f"operator or function: size, operand type: {kind}",
                argument.token.at,
                "size accepts strings, binaries, sets, lists and maps.",
            )


def unknown_function(
    text: str, token: Token, place: str = "conditions", known: Collection[str] = FUNCTIONS
) -> ValidationException:
    """Return the error of an unknown function; `known` are the existing ones."""
    meant = probably(token.text.lower(), known)
    return refusal(
        text,
        # The service's parser has keywords in lower case.
        f"Unrecognized function: {token.word or token.text}",
        token.at,
        f"Functions of {place} are {', '.join(known)}.{meant}",
    )
