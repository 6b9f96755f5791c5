"""Statements with their parameters, in the inputs of all PartiQL operations.

Checks run in the service's order: values of parameters, grammar, rules that need no table, the number of
parameters, the types of operands.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from ddbmock.named_tuple import NamedTuple
from ddbmock.partiql.checks import bound
from ddbmock.partiql.parameters import NO_PARAMETERS, Parameters
from ddbmock.partiql.statements import AnyStatement, Insert, statement
from ddbmock.shapes import AttributeList, Length
from ddbmock.values.item import NO_ITEM, Item
from ddbmock.values.model import Attributes

StatementText: TypeAlias = Annotated[str, Length(1, 8192)]
RawParameters: TypeAlias = Annotated[AttributeList, Length(1)]


class BoundStatement(NamedTuple):
    """A statement with the values of its parameters."""

    statement: AnyStatement
    parameters: Parameters
    values: Attributes
    item: Item = NO_ITEM
    """The item of an INSERT."""

    @property
    def size(self) -> int:
        """Bytes of the statement's values."""
        return self.item.size or self.parameters.size


def parameters_of(raw: list[dict[str, Any]] | None) -> Parameters:
    """Return the parameters of a request.

    :raises ValidationException: the first problem of a value.
    """
    return NO_PARAMETERS if raw is None else Parameters(raw)


def bind(text: str, parameters: Parameters) -> BoundStatement:
    """Return a statement with its parameters.

    :raises ValidationException: it cannot be parsed, or is invalid for every table.
    """
    found = statement(text)
    values = bound(found, parameters)
    if isinstance(found, Insert):
        return BoundStatement(found, parameters, values, parameters.item(found))
    return BoundStatement(found, parameters, values)
