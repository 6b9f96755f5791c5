"""Static checks of conditions, independent of the item, in the service's order.

Each kind of fault is checked over the whole expression before the next kind; the last kinds are checked
condition by condition, from left to right. Only the types of the request's values are checked: a stored
attribute of another type makes a condition false and is not an error.

Source: Developer Guide, "Comparison operator and function reference"; order and texts observed on
the service.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Final

from ddbmock.expressions.faults import Check, Fault, Finding
from ddbmock.expressions.functions import (
    CONDITION_OPERANDS,
    CONDITIONS,
    miscounted,
    misplaced,
    needs_path,
    unknown,
    wrong_count,
    wrong_type,
)
from ddbmock.expressions.names import Binding, reserved_words
from ddbmock.expressions.nodes import (
    Between,
    Call,
    Comparison,
    Condition,
    Constant,
    In,
    Literal,
    Operand,
    Path,
    Predicate,
    SimpleCondition,
    ValueRef,
    simple_conditions,
    walk,
)
from ddbmock.expressions.paths import printed
from ddbmock.values.compare import ORDERED, order_key
from ddbmock.values.model import (
    BOOL,
    NULL,
    TYPES,
    Attributes,
    AttributeValue,
    B,
    N,
    S,
)

MAX_IN_OPERANDS: Final = 100
"""The most operands of IN, including the one on its left."""

_ANY_TYPE: Final = "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}"
"""The service's text for the type of an attribute, which can be any."""

_TYPE_NAMES: Final = "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}"
PARTIQL_TYPE_NAMES: Final = "{N,BS,L,B,NULL,M,S,SS,NS,BOOL}"
"""The same types, in the order in which the service lists them for PartiQL."""


def findings(root: Condition, binding: Binding) -> Iterator[Finding]:
    """Yield the faults of a condition and the checks of its values, in order."""
    calls = [node for node in walk(root) if isinstance(node, Call)]
    yield from unknown(calls, "conditions", (*CONDITIONS, *CONDITION_OPERANDS))
    for condition in simple_conditions(root):
        yield from _misplaced(condition)
    yield from reserved_words(root, binding.text)
    for condition in simple_conditions(root):
        yield from binding.undefined(condition)
        yield from _miscounted(condition)
        yield from _identical(condition, binding)
        yield from _mistyped(condition, binding, _TYPE_NAMES)


def operand_findings(root: Condition, binding: Binding) -> Iterator[Finding]:
    """Yield the faults of numbers and types of operands, the only faults possible in PartiQL."""
    for condition in simple_conditions(root):
        for inner in _predicates(condition):
            yield from operand_findings(inner, binding)
        for call in _calls(condition):
            yield from miscounted(call)
        yield from _mistyped(condition, binding, PARTIQL_TYPE_NAMES)


def _predicates(condition: SimpleCondition) -> Iterator[Condition]:
    return (node.condition for node in condition.children if isinstance(node, Predicate))


def _calls(condition: SimpleCondition) -> Iterator[Call]:
    """Yield the condition if it is a call, and the calls that it compares."""
    for node in (condition, *condition.children):
        if isinstance(node, Call):
            yield node


def _calls_below(condition: SimpleCondition) -> Iterator[Call]:
    return (node for node in walk(condition) if isinstance(node, Call) and node is not condition)


def _misplaced(condition: SimpleCondition) -> Iterator[Fault]:
    if isinstance(condition, Call):
        advice = "This function is not a condition: compare its result with a value."
        yield from misplaced(condition, CONDITIONS, advice)
    for call in _calls_below(condition):
        yield from misplaced(call, CONDITION_OPERANDS, _no_operand(call.function))


def _no_operand(function: str) -> str:
    if function in CONDITIONS:
        return (
            f"{function} is a condition itself: remove the comparison. "
            f"NOT {function}(...) is its opposite."
        )
    return "Only size() can be an operand here."


def _miscounted(condition: SimpleCondition) -> Iterator[Fault]:
    if isinstance(condition, In) and len(condition.choices) + 1 > MAX_IN_OPERANDS:
        count = len(condition.choices) + 1
        yield wrong_count("IN", count, condition.at, MAX_IN_OPERANDS)
    for node in walk(condition):
        if isinstance(node, Call):
            yield from miscounted(node)


def _identical(condition: SimpleCondition, binding: Binding) -> Iterator[Fault]:
    match condition:
        case Comparison(operator, Path() as first, Path() as second):
            pass
        case Call(operator, (Path() as first, Path() as second)):
            pass
        case _:
            return
    path = binding.path(first)
    if path == binding.path(second):
        yield Fault(
            "The first operand must be distinct from the remaining operands for this operator or "
            f"function; operator: {operator}, first operand: {printed(path)}",
            second.at,
            "Both operands are the same attribute.",
        )


def _mistyped(condition: SimpleCondition, binding: Binding, type_names: str) -> Iterator[Finding]:
    for call in condition.children:
        if not isinstance(call, Call):
            continue
        kind = _type_of(call.operands[0], binding)
        if kind in (N, BOOL, NULL):
            yield _wrong_type(
                "size", kind, call.operands[0], "strings, binaries, sets, lists, maps"
            )
    match condition:
        case Comparison(operator, left, right) if operator not in ("=", "<>"):
            yield from _unordered(operator, (left, right), binding)
        case Between(operand, lower, upper):
            yield from _unordered("BETWEEN", (operand, lower, upper), binding)
            if isinstance(lower, ValueRef | Literal) and isinstance(upper, ValueRef | Literal):
                yield _bounds(lower, upper)
        case Call("attribute_exists" | "attribute_not_exists" as function, (operand,)):
            if not isinstance(operand, Path):
                yield needs_path(function, operand.at)
        case Call("begins_with", operands):
            for operand in operands:
                kind = _type_of(operand, binding)
                if kind not in (S, B, None):
                    yield _wrong_type("begins_with", kind, operand, "strings and binaries")
        case Call("attribute_type", (_, operand)):
            yield from _type_name(operand, binding, type_names)
        case _:
            pass


def _type_of(operand: Operand, binding: Binding) -> type[AttributeValue] | None:
    """Return the type of an operand if it does not depend on the item."""
    match operand:
        case ValueRef(ref):
            return binding.types[ref]
        case Literal(value):
            return type(value)
        case Predicate():
            return BOOL
        case Call("size"):
            return N
        case _:
            return None


def _wrong_type(
    function: str, kind: type[AttributeValue] | None, operand: Operand, right: str
) -> Fault:
    return wrong_type(function, kind.tag if kind else _ANY_TYPE, operand.at, right)


def _unordered(operator: str, operands: tuple[Operand, ...], binding: Binding) -> Iterator[Fault]:
    for operand in operands:
        kind = _type_of(operand, binding)
        if kind is not None and kind not in ORDERED:
            yield _wrong_type(operator, kind, operand, "strings, numbers and binaries")


def _type_name(operand: Operand, binding: Binding, type_names: str) -> Iterator[Finding]:
    kind = _type_of(operand, binding)
    if not isinstance(operand, ValueRef | Literal) or kind is not S:
        yield _wrong_type("attribute_type", kind, operand, "a string with a type's name")
    else:
        yield _known_type(operand, type_names)


def _value(operand: Constant, values: Attributes) -> AttributeValue:
    return operand.value if isinstance(operand, Literal) else values[operand.text]


def _known_type(operand: Constant, type_names: str) -> Check:
    def check(values: Attributes) -> Fault | None:
        name = str(_value(operand, values).value)
        if name in TYPES:
            return None
        return Fault(
            f"Invalid attribute type name found; type: {name}, valid types: {type_names}",
            operand.at,
            "Type names are those of the API: S for strings, N for numbers, M for maps.",
        )

    return check


def _bounds(lower: Constant, upper: Constant) -> Check:
    def check(values: Attributes) -> Fault | None:
        least, most = _value(lower, values), _value(upper, values)
        if type(least) is not type(most):
            rule = "same data type for lower and upper bounds"
        elif order_key(least) > order_key(most):
            rule = "upper bound to be greater than or equal to lower bound"
        else:
            return None
        return Fault(
            f"The BETWEEN operator requires {rule}; "
            f"lower bound operand: AttributeValue: {_printed(least)}, "
            f"upper bound operand: AttributeValue: {_printed(most)}",
            lower.at,
            "Both bounds must have the same type, and the smaller one comes first.",
        )

    return check


def _printed(value: AttributeValue) -> str:
    """Return a scalar in the form of these messages."""
    content = value.value
    text = base64.b64encode(content).decode() if isinstance(content, bytes) else content
    return f"{{{value.tag}:{text}}}"
