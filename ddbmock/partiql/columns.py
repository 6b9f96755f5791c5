"""Columns of SELECT: the parts of an item in a row.

Unlike in a projection expression, the structure of the item is lost: ``SELECT m.k[0]`` returns the
attribute ``k[0]``.

Source: recorded answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ddbmock.expressions import nodes
from ddbmock.expressions.paths import DocumentPath, getter
from ddbmock.partiql import syntax
from ddbmock.partiql.faults import located, refusal
from ddbmock.partiql.operands import path
from ddbmock.values.item import Item


class Columns:
    """The columns of a SELECT, a function from an item to its row."""

    __slots__ = ("_getters", "_names", "nodes", "paths")

    def __init__(self, columns: Sequence[nodes.Path]) -> None:
        self.nodes: Final = tuple(columns)
        self.paths: Final[tuple[DocumentPath, ...]] = tuple(
            [tuple([step for step in column.elements if not isinstance(step, nodes.NameRef)])
             for column in columns]
        )  # fmt: skip
        whole = [str(found[0]) for found in self.paths if len(found) == 1]
        self._names: Final = tuple(whole) if len(whole) == len(self.paths) else None
        self._getters: Final = tuple([(result_name(found), getter(found)) for found in self.paths])

    def __call__(self, item: Item) -> Item:
        if self._names is not None:
            return item.only(self._names)
        row = {}
        for name, get in self._getters:
            value = get(item)
            if value is not None:
                row[name] = value
        return Item(row)


def result_name(found: DocumentPath) -> str:
    """Return the name of a column: the path's last name and the indexes after it.

    >>> result_name(("m", "k", 0, 1)), result_name(("m", "k"))
    ('k[0][1]', 'k')
    """
    last = max(place for place, step in enumerate(found) if isinstance(step, str))
    return f"{found[last]}{''.join([f'[{step}]' for step in found[last + 1 :]])}"


def columns(text: str, select: syntax.Select) -> Columns | None:
    """Return the columns of a SELECT; None for whole items.

    :raises ValidationException: a column is not a path or has an alias, or two have the same name.
    """
    if select.value:
        raise refusal(
            text,
            "Select projection doesn't support value or pivot keywords",
            select.columns[0].token.at,
            "Name the attributes, or write SELECT *.",
        )
    first = select.columns[0]
    if first.star and first.expression is None:
        return None
    found = [_column(text, column) for column in select.columns]
    columns = Columns(found)
    seen = set()
    for column, document_path in zip(select.columns, columns.paths, strict=True):
        name = result_name(document_path)
        if name in seen:
            raise refusal(
                text,
                f"Duplicate identifiers in select clause: {name}",
                column.token.at,
                f"Another column has the name {name}, too; remove one of them.",
            )
        seen.add(name)
    return columns


def _column(text: str, column: syntax.Column) -> nodes.Path:
    expression = column.expression
    if column.alias is not None:
        raise refusal(
            text,
            "Aliasing is not supported",
            column.alias.at,
            "Remove AS and the alias: a column keeps its name.",
        )
    if isinstance(expression, syntax.Name | syntax.Path):
        return path(text, expression)
    token = column.token if expression is None else expression.token
    advice = "A column must be an attribute, or a path into one."
    if isinstance(expression, syntax.Call):
        advice += " Scan and Query count with Select=COUNT." if token.word == "count" else ""
    raise located(text, "Unexpected path component", token.at, token.end - token.at, advice)
