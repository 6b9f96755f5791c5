"""Hints about likely mistakes in valid statements: names in place of values."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ddbmock.expressions import nodes
from ddbmock.expressions.faults import pointer
from ddbmock.expressions.names import NO_REFERENCES
from ddbmock.expressions.paths import Attributed, getter
from ddbmock.partiql.printer import value_text
from ddbmock.values.model import S


def string_for(name: object) -> str:
    """Return the advice for a name that was probably meant as a string.

    >>> string_for("it's")
    "a string is written 'it''s'"
    """
    return f"a string is written {value_text(S(str(name)))}"


def key_compared_with_name(
    text: str, where: nodes.Condition | None, keys: Collection[str]
) -> str | None:
    """Return a hint if WHERE compares a key with an attribute, which was probably meant as a string."""
    for test in () if where is None else nodes.simple_conditions(where):
        match test:
            case nodes.Comparison("=", nodes.Path((str(name),)), nodes.Path() as other) if (
                name in keys
            ):
                return pointer(text, other.at, f"This is an attribute; {string_for(other)}.")
            case _:
                pass
    return None


def absent_operand(text: str, root: nodes.Node, item: Attributed) -> str | None:
    """Return a hint if a condition or an update uses the value of an attribute that the item lacks."""
    for path, advice in _operands(root):
        if getter(NO_REFERENCES.path(path))(item) is None:
            return pointer(text, path.at, f"The item has no {path}; {advice}.")
    return None


def _operands(root: nodes.Node) -> Iterator[tuple[nodes.Path, str]]:
    """Yield the paths whose values are used, and the advice if the attribute does not exist."""
    for node in nodes.walk(root):
        match node:
            case nodes.Comparison(_, _, nodes.Path() as path) | nodes.Set(_, nodes.Path() as path):
                yield path, string_for(path)
            case nodes.Arithmetic() | nodes.Call("list_append"):
                kind = "a number" if isinstance(node, nodes.Arithmetic) else "a list"
                for part in node.children:
                    if isinstance(part, nodes.Path):
                        yield part, f"PartiQL has no if_not_exists: SET it to {kind} before"
            case _:
                pass
