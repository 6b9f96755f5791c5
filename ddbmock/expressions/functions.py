"""Functions of expressions: their names, positions and numbers of operands.

Source: Developer Guide, "Comparison operator and function reference" and "Update expressions";
positions and numbers observed on the service.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Final

from ddbmock.expressions.faults import Fault, probably
from ddbmock.expressions.nodes import Call

OPERANDS: Final[Mapping[str, int]] = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
    "size": 1,
    "if_not_exists": 2,
    "list_append": 2,
}
"""The number of operands of each function."""

ELSEWHERE: Final[Mapping[str, str]] = {
    "startswith": "begins_with",
    "isnull": "attribute_not_exists",
    "isnotnull": "attribute_exists",
    "exists": "attribute_exists",
    "notexists": "attribute_not_exists",
    "len": "size",
    "length": "size",
    "includes": "contains",
    "typeof": "attribute_type",
    "coalesce": "if_not_exists",
    "ifnull": "if_not_exists",
    "nvl": "if_not_exists",
    "append": "list_append",
    "concat": "list_append",
}
"""Names of such functions in other languages and tools, without underscores."""

CONDITIONS: Final = (
    "attribute_exists",
    "attribute_not_exists",
    "attribute_type",
    "begins_with",
    "contains",
)
"""Functions that are conditions by themselves."""

CONDITION_OPERANDS: Final = ("size",)
"""Functions that can be an operand in a condition."""

UPDATE_OPERANDS: Final = ("if_not_exists", "list_append")
"""Functions that can be an operand in an update."""


def unknown(calls: Iterable[Call], kind: str, functions: Sequence[str]) -> Iterator[Fault]:
    """Yield the faults of calls of unknown functions; `functions` are those of this kind of expression."""
    for call in calls:
        if call.function not in OPERANDS:
            yield Fault(
                f"Invalid function name; function: {call.function}",
                call.at,
                f"The functions of {kind} are {', '.join(functions)}; names are case-sensitive."
                + _probably(call.function, functions),
            )


def _probably(function: str, functions: Sequence[str]) -> str:
    meant = ELSEWHERE.get(function.lower().replace("_", ""))
    if meant in functions:
        return f" Did you mean {meant}?"
    return probably(function.lower(), functions)


def misplaced(call: Call, allowed: Container[str], advice: str) -> Iterator[Fault]:
    """Yield the fault of a call of a function that is not allowed at its position."""
    if call.function not in allowed:
        yield Fault(
            "The function is not allowed to be used this way in an expression; "
            f"function: {call.function}",
            call.at,
            advice,
        )


def miscounted(call: Call) -> Iterator[Fault]:
    """Yield the fault of a call with too few or too many operands."""
    if len(call.operands) != OPERANDS[call.function]:
        yield wrong_count(call.function, len(call.operands), call.at, OPERANDS[call.function])


def wrong_count(function: str, count: int, at: int, right: int) -> Fault:
    return Fault(
        "Incorrect number of operands for operator or function; "
        f"operator or function: {function}, number of operands: {count}",
        at,
        f"IN takes at most {right - 1} values; you may join several by OR."
        if function == "IN"
        else f"{function} takes {right} operand{'s' * (right != 1)}.",
    )


def needs_path(function: str, at: int) -> Fault:
    return Fault(
        f"Operator or function requires a document path; operator or function: {function}",
        at,
        "Expected an attribute here, not a value or the result of a function.",
    )


def wrong_type(function: str, type_name: str, at: int, right: str) -> Fault:
    return Fault(
        "Incorrect operand type for operator or function; "
        f"operator or function: {function}, operand type: {type_name}",
        at,
        f"{function} works on {right}.",
    )
