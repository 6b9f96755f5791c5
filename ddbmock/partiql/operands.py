"""Operands of PartiQL: paths, literals and parameters, translated to the nodes of expressions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ddbmock.expressions import nodes
from ddbmock.expressions.parser import MAX_INDEX
from ddbmock.partiql import syntax
from ddbmock.partiql.faults import located, refusal
from ddbmock.partiql.literals import kind_of, literal, written
from ddbmock.partiql.tokens import NUMBER, STRING


def reference(index: int) -> str:
    """Return the reference to the parameter with an index."""
    return f":{index}"


def path(text: str, node: syntax.Name | syntax.Path) -> nodes.Path:
    """Return the document path of a name or path.

    :raises ValidationException: DynamoDB has no such path.
    """
    root, steps = (node, ()) if isinstance(node, syntax.Name) else (node.root, node.steps)
    if not isinstance(root, syntax.Name):
        message = (
            "A path cannot start with a list index"
            if isinstance(root, syntax.Sequence)
            else f"Unsupported data type: {kind_of(root)} under key root"
        )
        raise refusal(text, message, root.token.at, "Begin the path with the name of an attribute.")
    elements: list[nodes.Element] = [_name(text, root.token.text, root.token.at)]
    for step in steps:
        elements.append(_element(text, step))
    return nodes.Path(tuple(elements), root.token.at)


def _name(text: str, name: str, at: int) -> str:
    if not name:
        raise refusal(
            text, "Path component cannot be an empty string", at, "A name is expected here."
        )
    return name


def _element(text: str, step: syntax.Step) -> nodes.Element:
    if step.name is not None:
        return _name(text, step.name, step.token.at)
    index = step.index
    if index is None:
        message = (
            "Wildcard path component like a[*].b are not supported"
            if step.bracketed
            else "Unpivot path component like a.*.b are not supported"
        )
        raise refusal(text, message, step.token.at, "Name each attribute.")
    if isinstance(index, syntax.Constant):
        token = index.token
        if token.kind == STRING:
            return _name(text, token.text, token.at)
        if token.kind == NUMBER and token.text.isdigit():
            number = int(token.text) if len(token.text) < 20 else MAX_INDEX + 1
            if number > MAX_INDEX or (index.negative and number):
                raise located(
                    text,
                    f"List index is not within the allowable range; index: [{written(index)}]",
                    token.at,
                    len(token.text),
                    f"An index must be a whole number from 0 to {MAX_INDEX}.",
                )
            return number
    raise located(
        text,
        "Unexpected path component",
        index.token.at,
        index.token.end - index.token.at,
        "An index must be a whole number.",
    )


def constant(text: str, node: syntax.Expression) -> nodes.Constant | None:
    """Return a literal or a parameter as a value; None if the node is neither.

    :raises ValidationException: DynamoDB has no such value.
    """
    match node:
        case syntax.Parameter(token, index):
            return nodes.ValueRef(reference(index), token.at)
        case syntax.Constant() | syntax.Sequence() | syntax.Struct():
            return nodes.Literal(literal(text, node), node.token.at)
        case _:
            return None


def value_of(text: str, node: syntax.Expression) -> nodes.Constant:
    """Return a literal or a parameter as a value.

    :raises ValidationException: the node is neither.
    """
    value = constant(text, node)
    if value is None:
        raise refusal(
            text,
            f"Unsupported token in expression: {node.token.text.upper()}",
            node.token.at,
            "DynamoDB's PartiQL does not support it; calculate the value first, and write ? for it.",
        )
    return value


FUNCTIONS: Final[Mapping[str, int]] = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
    "size": 1,
}
"""The functions of conditions and their numbers of operands; names are not case-sensitive."""
