"""Checks of statements with the types of their parameters, independent of the table."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, TypeAlias

from ddbmock.errors import ValidationException
from ddbmock.expressions import condition_checks, update_checks
from ddbmock.expressions.faults import Fault, Finding, pointer, up_to_fault
from ddbmock.expressions.names import Binding
from ddbmock.expressions.projection import clashes
from ddbmock.partiql.caches import cached
from ddbmock.partiql.faults import refusal
from ddbmock.partiql.operands import reference
from ddbmock.partiql.parameters import Parameters
from ddbmock.partiql.statements import AnyStatement, Exists, Insert, Update
from ddbmock.partiql.updates import no_set
from ddbmock.values.model import BS, NS, SS, Attributes, AttributeValue

Types: TypeAlias = tuple[type[AttributeValue], ...]


def bound(statement: AnyStatement, parameters: Parameters) -> Attributes:
    """Return the values of a statement's parameters by their references; an empty result for an INSERT.

    :raises ValidationException: there are too few or too many, or operands have wrong types.
    """
    count = len(parameters.raw)
    if count != statement.parameters:
        raise ValidationException(
            "Number of parameters in request and statement don't match.",
            hint=_miscounted(statement, count),
        )
    if isinstance(statement, Insert):
        return _NO_VALUES  # the item is built from the parameters' JSON
    found = parameters.values
    values = dict(zip(_references(count), found, strict=True))
    if isinstance(statement, Update):
        for function, ref, at, length in statement.sets:
            if not isinstance(values[ref], SS | NS | BS):
                raise no_set(statement.text, function, at, length)
    for finding in _findings(statement, tuple(map(type, found))):
        fault = finding if isinstance(finding, Fault) else finding(values)
        if fault is not None:
            raise refusal(statement.text, fault.message, fault.at, fault.advice)
    return values


def _miscounted(statement: AnyStatement, count: int) -> str:
    at = statement.text.find("'?'")
    if at >= 0 and count > statement.parameters:
        return pointer(
            statement.text, at, "In quotes it is a string: write a parameter as ? without quotes."
        )
    marks = f"{statement.parameters} question mark{'' if statement.parameters == 1 else 's'}"
    number = f"{count} parameter{'' if count == 1 else 's'}"
    return f"The statement has {marks}, the request has {number}."


_NO_VALUES: Final[Attributes] = {}


@lru_cache(maxsize=32)  # a result can be long: a statement has room for 4,000 parameters
def _references(count: int) -> tuple[str, ...]:
    """Return the references to a number of parameters."""
    return tuple(map(reference, range(count)))


@cached
def _findings(statement: AnyStatement, types: Types) -> tuple[Finding, ...]:
    known = {reference(index): kind for index, kind in enumerate(types)}
    binding = Binding(statement.text, {}, known)
    return up_to_fault(_found(statement, binding))


def _found(statement: AnyStatement, binding: Binding) -> Iterator[Finding]:
    where = None
    match statement:
        case Insert():
            return
        case Exists(select=select):
            where = select.where
        case Update(update=update):
            for fault in clashes([action.path for action in update.actions], binding):
                yield fault._replace(message=f"Invalid UpdateExpression: {fault.message}")
            yield from update_checks.operand_findings(update, binding)
            where = statement.where
        case _:
            where = statement.where
    if where is not None:
        yield from condition_checks.operand_findings(where, binding)
