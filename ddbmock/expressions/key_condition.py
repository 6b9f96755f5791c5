"""Key conditions: the one or two terms that select the items of a Query.

They have the grammar and the static checks of all conditions. The table checks them against its key
schema.

Source: Developer Guide, "Key condition expressions for query"; texts observed on the service.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from ddbmock.errors import ValidationException
from ddbmock.expressions import condition_checks
from ddbmock.expressions.faults import Fault, Finding, up_to_fault
from ddbmock.expressions.names import Binding, Names, NameTuple, TypeTuple
from ddbmock.expressions.nodes import (
    And,
    Between,
    Call,
    Comparison,
    Condition,
    In,
    Not,
    Operand,
    Or,
    Path,
    ValueRef,
    simple_conditions,
)
from ddbmock.expressions.parser import parse_condition
from ddbmock.named_tuple import NamedTuple
from ddbmock.values.compare import MIRRORED
from ddbmock.values.model import AttributeValue

MEMBER: Final = "KeyConditionExpression"

CACHED: Final = 2048
"""Number of compiled key conditions in the cache."""

_INVALID_CONDITION: Final = f"Invalid condition in {MEMBER}:"


class KeyTerm(NamedTuple):
    """A condition on a key attribute.

    The operator is one of ``= < <= > >= BETWEEN begins_with``, with the attribute on its left. BETWEEN has
    two operands, the other operators one. Terms of KeyConditions can have further operators, by their
    names there, which the table rejects.
    """

    name: str
    operator: str
    operands: tuple[AttributeValue, ...]


class _Term(NamedTuple):
    name: str
    operator: str
    refs: tuple[str, ...]


_Usable: TypeAlias = Comparison | Between | Call


class _Plan(NamedTuple):
    findings: tuple[Finding, ...]
    terms: tuple[_Term, ...]


def key_condition(text: str, names: Names) -> tuple[KeyTerm, ...]:
    """Return the terms of a key condition expression, in textual order.

    :raises ValidationException: its first fault, in the service's order.
    """
    plan = _plan(text, *names.bind(parse_condition(text, MEMBER)))
    names.check(MEMBER, text, plan.findings)
    values = names.values
    return tuple(
        [
            KeyTerm(name, operator, tuple([values[ref] for ref in refs]))
            for name, operator, refs in plan.terms
        ]
    )


def check_count(terms: Sequence[object]) -> None:
    """Check that there are one or two terms. Keys of several attributes, which allow more, are not checked here.

    :raises ValidationException: there is no term, or there are too many.
    """
    if not 1 <= len(terms) <= 2:
        raise ValidationException(
            "Conditions can be of length 1 or 2 only",
            hint="A query has one condition on the hash key and at most one on the range key; "
            "for any other use a filter.",
        )


@lru_cache(maxsize=CACHED)
def _plan(text: str, names: NameTuple, types: TypeTuple) -> _Plan:
    parsed = parse_condition(text, MEMBER)
    binding = Binding.of(parsed, names, types)
    found = up_to_fault(_findings(parsed.root, binding))
    if found and isinstance(found[-1], Fault):
        return _Plan(found, ())
    return _Plan(found, tuple([_term(part, binding) for part in _usable(parsed.root)]))


def _findings(root: Condition, binding: Binding) -> Iterator[Finding]:
    yield from condition_checks.findings(root, binding)
    yield from _unusable(root, binding)
    seen: set[str] = set()
    for condition in _usable(root):
        name = _term(condition, binding).name
        if name in seen:
            yield Fault(
                "KeyConditionExpressions must only contain one condition per key",
                condition.at,
                "For a range of the key, use BETWEEN.",
            )
        seen.add(name)


def _usable(root: Condition) -> list[_Usable]:
    """Return the simple conditions of a root that has no unusable conditions."""
    return [found for found in simple_conditions(root) if not isinstance(found, In)]


def _unusable(root: Condition, binding: Binding) -> Iterator[Fault]:
    """Yield the faults of conditions that cannot select keys, in textual order."""
    pending = [root]
    while pending:
        match pending.pop():
            case And(parts):
                pending.extend(reversed(parts))
            case Or() as combined:
                yield _invalid_operator("OR", combined)
            case Not() as combined:
                yield _invalid_operator("NOT", combined)
            case In() as condition:
                yield _invalid_operator("IN", condition)
            case Comparison("<>") as condition:
                yield _invalid_operator("<>", condition)
            case Call(function) as condition if function != "begins_with":
                yield _invalid_operator(function, condition)
            case condition:
                yield from _unusable_operands(condition, binding)


def _invalid_operator(operator: str, condition: Condition) -> Fault:
    return Fault(
        f"Invalid operator used in {MEMBER}: {operator}",
        condition.at,
        "Key conditions use =, <, <=, >, >=, BETWEEN or begins_with, joined by AND. Other conditions "
        "belong into FilterExpression. To read several hash keys, send a query for each.",
    )


def _operands(condition: _Usable) -> tuple[str, tuple[Operand, ...]]:
    """Return the operator if its first operand must be the key, or an empty text; and the operands."""
    match condition:
        case Between(operand, lower, upper):
            return "BETWEEN", (operand, lower, upper)
        case Call(function, operands):
            return function, operands
        case _:
            return "", (condition.left, condition.right)


def _unusable_operands(condition: _Usable, binding: Binding) -> Iterator[Fault]:
    operator, operands = _operands(condition)
    paths = [operand for operand in operands if isinstance(operand, Path)]
    for operand in operands:
        if isinstance(operand, Call):
            yield Fault(
                "KeyConditionExpressions cannot contain nested operations",
                operand.at,
                "Expected only a key attribute and values.",
            )
    if operator and not isinstance(operands[0], Path):
        yield Fault(
            f"{_INVALID_CONDITION} {operator} operator must have the key attribute as its first "
            "operand",
            operands[0].at,
            "Expected the key attribute here.",
        )
    if len(paths) > 1:
        yield Fault(
            f"{_INVALID_CONDITION} Multiple attribute names used in one condition",
            paths[1].at,
            "A key can only be compared with values.",
        )
    for path in paths:
        if len(binding.path(path)) > 1:
            yield Fault(
                "KeyConditionExpressions cannot have conditions on nested attributes",
                path.at,
                "Keys are top-level attributes; a name with a dot needs a # placeholder.",
            )
    if not paths:
        yield Fault(
            f"{_INVALID_CONDITION} No key attribute specified",
            condition.at,
            "One operand must be a key attribute.",
        )


def _term(condition: _Usable, binding: Binding) -> _Term:
    """Return the term of a usable condition."""
    _, operands = _operands(condition)
    (name,) = [binding.path(operand)[0] for operand in operands if isinstance(operand, Path)]
    refs = tuple([operand.text for operand in operands if isinstance(operand, ValueRef)])
    match condition:
        case Comparison(operator, Path()):
            pass
        case Comparison(written):
            operator = MIRRORED[written]
        case Between():
            operator = "BETWEEN"
        case _:
            operator = "begins_with"
    return _Term(str(name), operator, refs)
