"""Legacy parameters: checked in the service's order and compiled to the trees of expressions.

They name top-level attributes directly, without paths, placeholders or reserved words.

Source: Developer Guide, "Legacy conditional parameters"; texts observed on the service.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from ddbmock.errors import ValidationException
from ddbmock.expressions.condition import Condition, condition_of
from ddbmock.expressions.key_condition import KeyTerm
from ddbmock.expressions.nodes import (
    Action,
    Add,
    And,
    Between,
    Call,
    Clause,
    Comparison,
    Delete,
    In,
    Literal,
    Not,
    Or,
    Path,
    Remove,
    Set,
    ValueRef,
)
from ddbmock.expressions.nodes import Condition as ConditionNode
from ddbmock.expressions.nodes import Update as UpdateNode
from ddbmock.expressions.projection import Projection
from ddbmock.expressions.update import CACHED, Plan, Update, plan_of
from ddbmock.named_tuple import NamedTuple
from ddbmock.values.canonical import check_name
from ddbmock.values.compare import order_key
from ddbmock.values.model import BOOL, BS, NS, NULL, SS, AttributeValue, B, L, N, S

_INVALID: Final = "One or more parameter values were invalid:"


class LegacyCondition(NamedTuple):
    """A member of ScanFilter, QueryFilter or KeyConditions."""

    comparison_operator: str
    attribute_value_list: tuple[AttributeValue, ...] | None = None


class Expectation(NamedTuple):
    """A member of Expected."""

    value: AttributeValue | None = None
    exists: bool | None = None
    comparison_operator: str | None = None
    attribute_value_list: tuple[AttributeValue, ...] | None = None


class AttributeUpdate(NamedTuple):
    """A member of AttributeUpdates; the default action is PUT."""

    value: AttributeValue | None = None
    action: str | None = None


# Operators


class _Operator(NamedTuple):
    """The operands that an operator accepts, and its condition."""

    least: int
    most: int | None
    types: tuple[type[AttributeValue], ...] | None
    """The types of operands; None if all types are allowed."""
    condition: Callable[[Path, Sequence[Literal]], ConditionNode]


def _compares(operator: str) -> Callable[[Path, Sequence[Literal]], ConditionNode]:
    return lambda path, values: Comparison(operator, path, values[0])


def _calls(function: str) -> Callable[[Path, Sequence[Literal]], ConditionNode]:
    return lambda path, values: Call(function, (path, *values))


def _contains_not(path: Path, values: Sequence[Literal]) -> ConditionNode:
    # The condition is false if the attribute does not exist.
    return And((Call("attribute_exists", (path,)), Not(Call("contains", (path, *values)))))


_SCALARS: Final[tuple[type[AttributeValue], ...]] = (S, N, B)
_MEMBERS: Final[tuple[type[AttributeValue], ...]] = (S, N, B, BOOL, NULL)

_OPERATORS: Final[Mapping[str, _Operator]] = {
    "EQ": _Operator(1, 1, None, _compares("=")),
    "NE": _Operator(1, 1, None, _compares("<>")),
    "LE": _Operator(1, 1, _SCALARS, _compares("<=")),
    "LT": _Operator(1, 1, _SCALARS, _compares("<")),
    "GE": _Operator(1, 1, _SCALARS, _compares(">=")),
    "GT": _Operator(1, 1, _SCALARS, _compares(">")),
    "BETWEEN": _Operator(2, 2, _SCALARS, lambda path, values: Between(path, values[0], values[1])),
    "BEGINS_WITH": _Operator(1, 1, (S, B), _calls("begins_with")),
    "CONTAINS": _Operator(1, 1, _MEMBERS, _calls("contains")),
    "NOT_CONTAINS": _Operator(1, 1, _MEMBERS, _contains_not),
    "IN": _Operator(1, None, _SCALARS, lambda path, values: In(path, tuple(values))),
    "NULL": _Operator(0, 0, (), _calls("attribute_not_exists")),
    "NOT_NULL": _Operator(0, 0, (), _calls("attribute_exists")),
}

_KEY_OPERATORS: Final[Mapping[str, str]] = {
    "EQ": "=",
    "LE": "<=",
    "LT": "<",
    "GE": ">=",
    "GT": ">",
    "BETWEEN": "BETWEEN",
    "BEGINS_WITH": "begins_with",
}


def _check_arguments(attribute: str, name: str, values: Sequence[AttributeValue]) -> None:
    operator = _OPERATORS[name]
    if len(values) < operator.least or (operator.most is not None and len(values) > operator.most):
        count = f"{operator.least}" if operator.least == operator.most else "at least 1"
        noun = "value" if operator.least == 1 else "values"
        raise ValidationException(
            f"{_INVALID} Invalid number of argument(s) for the {name} ComparisonOperator",
            hint=f"{attribute}: {name} needs {count} {noun} in AttributeValueList, which has {len(values)}.",
        )
    if len({type(value) for value in values}) > 1:
        raise ValidationException(
            f"{_INVALID} AttributeValues inside AttributeValueList must be of same type",
            hint=f"{attribute}: The values have types {', '.join([value.tag for value in values])}.",
        )
    for value in values:
        if operator.types is not None and type(value) not in operator.types:
            allowed = ", ".join([kind.tag for kind in operator.types])
            raise ValidationException(
                f"{_INVALID} ComparisonOperator {name} is not valid for {value.tag} "
                "AttributeValue type",
                hint=f"{attribute}: {name} works on {allowed}.",
            )
    if name == "BETWEEN" and order_key(values[0]) > order_key(values[1]):
        raise ValidationException(
            "The BETWEEN condition was provided a range where the lower bound is greater "
            "than the upper bound",
            hint=f"{attribute}: The lower bound is {values[0].value!r}, the upper {values[1].value!r}.",
        )


def _node(attribute: str, operator: str, values: Sequence[AttributeValue]) -> ConditionNode:
    return _OPERATORS[operator].condition(Path((attribute,)), [Literal(value) for value in values])


def _combined(nodes: Sequence[ConditionNode], conditional_operator: str | None) -> Condition | None:
    if not nodes:
        return None
    if len(nodes) == 1:
        return condition_of(nodes[0])
    return condition_of(Or(tuple(nodes)) if conditional_operator == "OR" else And(tuple(nodes)))


def check_conditional_operator(
    conditional_operator: str | None, combined: Mapping[str, object] | None
) -> None:
    """Check that a ConditionalOperator has conditions to combine.

    :raises ValidationException: Expected or the filter has fewer than two members.
    """
    if conditional_operator is None:
        return
    if not combined:
        raise ValidationException(
            "ConditionalOperator cannot be used without Filter or Expected",
            hint="Remove ConditionalOperator.",
        )
    if len(combined) == 1:
        raise ValidationException(
            "ConditionalOperator can only be used when Filter or Expected has two or more elements",
            hint=f"The only condition is on {next(iter(combined))}; remove ConditionalOperator.",
        )


# Parameters


def conditions(
    members: Mapping[str, LegacyCondition] | None, conditional_operator: str | None = None
) -> Condition | None:
    """Compile ScanFilter or QueryFilter; return None if there are no conditions.

    :raises ValidationException: operands are invalid, or the ConditionalOperator has nothing to combine.
    """
    check_conditional_operator(conditional_operator, members)
    nodes = []
    for attribute, (operator, values) in (members or {}).items():
        _check_arguments(attribute, operator, values or ())
        nodes.append(_node(attribute, operator, values or ()))
    return _combined(nodes, conditional_operator)


def expected(
    members: Mapping[str, Expectation] | None, conditional_operator: str | None = None
) -> Condition | None:
    """Compile Expected; return None if there are no conditions.

    :raises ValidationException: members of an expectation contradict each other, operands are invalid, or
        the ConditionalOperator has nothing to combine.
    """
    check_conditional_operator(conditional_operator, members)
    nodes = [
        _expected(attribute, expectation) for attribute, expectation in (members or {}).items()
    ]
    return _combined(nodes, conditional_operator)


def _expected(attribute: str, expectation: Expectation) -> ConditionNode:
    value, exists, operator, values = expectation
    if value is not None and values is not None:
        raise _unsound("Value and AttributeValueList cannot be used together", attribute)
    if operator is not None:
        if exists is not None:
            raise _unsound("Exists and ComparisonOperator cannot be used together", attribute)
        operands = (value,) if value is not None else values
        if operands is None and operator not in ("NULL", "NOT_NULL"):
            raise _unsound(
                f"Value or AttributeValueList must be used with ComparisonOperator: {operator}",
                attribute,
            )
        _check_arguments(attribute, operator, operands or ())
        return _node(attribute, operator, operands or ())
    if values is not None:
        raise _unsound("AttributeValueList can only be used with a ComparisonOperator", attribute)
    if exists is False:
        if value is not None:
            raise _unsound("Value cannot be used when Exists is false", attribute)
        return _node(attribute, "NULL", ())
    if value is None:
        state = "null" if exists is None else "true"
        raise _unsound(f"Value must be provided when Exists is {state}", attribute)
    return _node(attribute, "EQ", (value,))


def _unsound(what: str, attribute: str) -> ValidationException:
    return ValidationException(
        f"{_INVALID} {what} for Attribute: {attribute}",
        hint="Give a ComparisonOperator with its AttributeValueList, or a Value, or Exists: false.",
    )


def key_conditions(members: Mapping[str, LegacyCondition]) -> tuple[KeyTerm, ...]:
    """Return the terms of KeyConditions in their order.

    Operators that cannot select keys keep their names; the table rejects them.

    :raises ValidationException: operands are invalid.
    """
    for attribute, (operator, values) in members.items():
        _check_arguments(attribute, operator, values or ())
    return tuple(
        [
            KeyTerm(attribute, _KEY_OPERATORS.get(operator, operator), tuple(values or ()))
            for attribute, (operator, values) in members.items()
        ]
    )


_DELETED: Final[tuple[type[AttributeValue], ...]] = (SS, NS, BS)
_ADDED: Final[tuple[type[AttributeValue], ...]] = (N, *_DELETED, L)

_TYPE_MISMATCH: Final = "Type mismatch for attribute to update"


def attribute_updates(updates: Mapping[str, AttributeUpdate]) -> Update:
    """Compile AttributeUpdates. An empty update creates an item with only its key.

    :raises ValidationException: an attribute name is invalid, or a value is missing or has a type
        that its action does not allow.
    """
    values: dict[str, AttributeValue] = {}
    steps: list[tuple[str, str, str | None]] = []
    for attribute, (value, action_name) in updates.items():
        action = action_name or "PUT"
        _check_update(attribute, value, action)
        ref = None
        if value is not None:
            ref = f":{len(values)}"
            values[ref] = value
        steps.append((attribute, action, ref))
    return Update(_plan(tuple(steps)), values)


def _check_update(attribute: str, value: AttributeValue | None, action: str) -> None:
    check_name(attribute)
    if value is None:
        if action != "DELETE":
            raise ValidationException(
                f"{_INVALID} Only DELETE action is allowed when no attribute value is specified",
                hint=f"Add a Value for {attribute}, or use the action DELETE.",
            )
    elif action == "DELETE" and type(value) not in _DELETED:
        raise ValidationException(
            f"{_INVALID} DELETE action with value is not supported for the type {value.tag}",
            hint=f"To remove {attribute}, omit its Value; with a Value, DELETE removes members from a set.",
        )
    elif action == "ADD" and type(value) not in _ADDED:
        raise ValidationException(
            f"{_INVALID} ADD action is not supported for the type {value.tag}",
            hint=f"ADD adds to numbers and sets; use PUT to give {attribute} a value of type {value.tag}.",
        )


@lru_cache(maxsize=CACHED)
def _plan(steps: tuple[tuple[str, str, str | None], ...]) -> Plan:
    """Compile triples of attribute, action and reference to a value."""
    actions = tuple([_action(*one) for one in steps])
    return plan_of(UpdateNode((Clause("", actions),) if actions else ()), _TYPE_MISMATCH)


def _action(attribute: str, action: str, ref: str | None) -> Action:
    path = Path((attribute,))
    if ref is None:
        return Remove(path)
    return _ACTIONS[action](path, ValueRef(ref))


_ACTIONS: Final[Mapping[str, Callable[[Path, ValueRef], Action]]] = {
    "PUT": Set,
    "ADD": Add,
    "DELETE": Delete,
}


def attributes_to_get(names: Iterable[str]) -> Projection:
    """Compile AttributesToGet.

    :raises ValidationException: an attribute is named twice, or a name is invalid.
    """
    seen: set[str] = set()
    for name in names:
        check_name(name)
        if name in seen:
            raise ValidationException(
                f"{_INVALID} Duplicate value in attribute name: {name}",
                hint=f"Remove the second {name}.",
            )
        seen.add(name)
    return Projection([(name,) for name in names])
