"""Expected, AttributeUpdates and filters: their checks in this version, and their conversion to conditions.

Members are checked here with this version's messages. Apart from NOT_CONTAINS their meaning is that of
later versions (:mod:`ddbmock.expressions.legacy`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

from ddbmock.errors import ValidationException
from ddbmock.expressions import condition as compiled
from ddbmock.expressions import legacy
from ddbmock.expressions.key_condition import KeyTerm
from ddbmock.expressions.legacy import AttributeUpdate, Expectation, LegacyCondition
from ddbmock.expressions.nodes import Call, Literal, Or, Path
from ddbmock.expressions.update import Update
from ddbmock.named_tuple import NamedTuple
from ddbmock.operations.v20111205.content import INVALID, mapped, value
from ddbmock.operations.v20111205.members import Structure
from ddbmock.shapes import Enum, RawAttributeValue
from ddbmock.values.model import AttributeValue, B, N, S


class ExpectedAttributeValue(Structure):
    value: RawAttributeValue | None = None
    exists: bool | None = None


class AttributeValueUpdate(Structure):
    value: RawAttributeValue | None = None
    action: Annotated[str, Enum("ADD", "DELETE", "PUT")] | None = None


class Condition(Structure):
    attribute_value_list: list[RawAttributeValue] | None = None
    comparison_operator: Annotated[
        str,
        Enum(
            "IN", "NULL", "BETWEEN", "LT", "NOT_CONTAINS", "EQ", "GT", "NOT_NULL", "NE", "LE",
            "BEGINS_WITH", "GE", "CONTAINS",
        ),
    ]  # fmt: skip


def expected(
    members: Mapping[str, ExpectedAttributeValue] | None,
) -> compiled.Condition | None:
    """Return the condition of Expected; None if it is empty.

    :raises ValidationException: Exists and Value contradict each other, or the value is invalid.
    """
    return legacy.expected(mapped(members, _expectation)) if members else None


def _expectation(expectation: ExpectedAttributeValue) -> Expectation:
    if expectation.value is None:
        if expectation.exists is not False:
            raise ValidationException(
                f"{INVALID}'Exists' is set to {'null' if expectation.exists is None else 'true'}. "
                "'Exists' must be set to false when no Attribute value is specified",
                hint="Give the expected Value, or set Exists to false.",
            )
        return Expectation(exists=False)
    if expectation.exists is False:
        raise ValidationException(
            f"{INVALID}Cannot expect an attribute to have a specified value while expecting it to "
            "not exist",
            hint="Give either the expected Value or Exists false.",
        )
    return Expectation(value(expectation.value))


def attribute_updates(updates: Mapping[str, AttributeValueUpdate]) -> Update:
    """Return the update of AttributeUpdates; an empty update creates an item of only its key.

    :raises ValidationException: a value is missing, or its action does not accept its type.
    """
    return legacy.attribute_updates(mapped(updates, _update))


def _update(update: AttributeValueUpdate) -> AttributeUpdate:
    return AttributeUpdate(None if update.value is None else value(update.value), update.action)


class _Arguments(NamedTuple):
    """The number and types of arguments that an operator accepts."""

    least: int
    most: int | None
    types: tuple[type[AttributeValue], ...] = (S, N, B)


_ONE: Final = _Arguments(1, 1)
_NONE: Final = _Arguments(0, 0)
_ARGUMENTS: Final[Mapping[str, _Arguments]] = {
    "EQ": _ONE,
    "NE": _ONE,
    "LT": _ONE,
    "LE": _ONE,
    "GT": _ONE,
    "GE": _ONE,
    "BETWEEN": _Arguments(2, 2),
    "BEGINS_WITH": _Arguments(1, 1, (S, B)),
    "IN": _Arguments(1, None),
    "CONTAINS": _ONE,
    "NOT_CONTAINS": _ONE,
    "NULL": _NONE,
    "NOT_NULL": _NONE,
}


def scan_filter(members: Mapping[str, Condition] | None) -> compiled.Condition | None:
    """Return the filter of ScanFilter; None if it is empty.

    NE is true for a missing attribute and for one of another type, as in later versions; no evidence from
    2011 is known. NOT_CONTAINS is true only for attributes of a type that can contain its argument.

    :raises ValidationException: the operator of a condition does not accept its arguments.
    """
    conditions = mapped(members or {}, condition)
    filtered = legacy.conditions(conditions)
    searched = [
        _searchable(name, values[0])
        for name, (operator, values) in conditions.items()
        if operator == "NOT_CONTAINS" and values
    ]
    if filtered is None or not searched:
        return filtered
    parts = [part.holds for part in (*searched, filtered)]
    return compiled.Condition.of(lambda item: all(part(item) for part in parts), filtered.paths)


def _searchable(name: str, part: AttributeValue) -> compiled.Condition:
    """Return the condition that an attribute has a type that can contain a part."""
    kinds = {"S": ("S", "SS", "L"), "N": ("NS", "L"), "B": ("B", "BS", "L")}[part.tag]
    path = Path((name,))
    return compiled.condition_of(
        Or(tuple([Call("attribute_type", (path, Literal(S(kind)))) for kind in kinds]))
    )


def range_key_condition(member: Condition | None) -> KeyTerm | None:
    """Return the condition on the range key, if there is one.

    :raises ValidationException: the operator does not accept its arguments.
    """
    if member is None:
        return None
    (term,) = legacy.key_conditions({"the range key": condition(member)})
    return term


def condition(member: Condition) -> LegacyCondition:
    """Decode a condition.

    :raises ValidationException: an argument is invalid, or the operator does not accept the arguments.
    """
    operator = member.comparison_operator
    values = tuple([value(raw) for raw in member.attribute_value_list or ()])
    _check_arguments(operator, values)
    return LegacyCondition(operator, values)


def _check_arguments(operator: str, values: Sequence[AttributeValue]) -> None:
    least, most, types = _ARGUMENTS[operator]
    shown = ", ".join(operand.tag for operand in values) or "nothing"
    if len(values) < least or (most is not None and len(values) > most):
        count = f"{least}" if most == least else f"{least} or more"
        raise _not_supported("argument count", f"{operator} takes {count}; given: {shown}.")
    if any(type(argument) not in types for argument in values):
        allowed = ", ".join(kind.tag for kind in types)
        raise _not_supported("type", f"{operator} works on {allowed}; given: {shown}.")
    if len({type(argument) for argument in values}) > 1:
        raise ValidationException(
            "The filter operation is being passed in values with different types",
            hint=f"The arguments of {operator} must be of one type; given: {shown}.",
        )


def _not_supported(what: str, hint: str) -> ValidationException:
    return ValidationException(
        "The attempted filter operation is not supported for the provided "
        + ("filter argument count" if what == "argument count" else what),
        hint=hint,
    )
