"""Faults found in expressions, and how they are told: DynamoDB's message, our hint.

>>> print(pointer("SET a = :v,", 10, "an attribute should follow"))
SET a = :v,
          ^ an attribute should follow
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, TypeAlias

from ddbmock.errors import ValidationException
from ddbmock.suggestions import nearest
from ddbmock.values.model import Attributes

WINDOW: Final = 72
"""Characters of an expression that a hint shows at most."""


class Fault(NamedTuple):
    """What is wrong with an expression: DynamoDB's message, and where and why for the hint.

    ``missing`` is the reference (``#name``, ``:value``) that is not defined, if that is the fault.
    """

    message: str
    at: int
    advice: str
    missing: str | None = None


Check: TypeAlias = Callable[[Attributes], Fault | None]
"""Finds the fault, if there is one, once the values are known."""

Finding: TypeAlias = Fault | Check
"""What a look at an expression finds: a fault for sure, or what its values must be checked for."""


def up_to_fault(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings until the first that is a fault for sure: whatever follows cannot matter."""
    found = []
    for finding in findings:
        found.append(finding)
        if isinstance(finding, Fault):
            break
    return tuple(found)


def refusal(member: str, text: str, fault: Fault) -> ValidationException:
    """The error for a fault in the expression that the member holds."""
    return ValidationException(
        f"Invalid {member}: {fault.message}", hint=pointer(text, fault.at, fault.advice)
    )


def pointer(text: str, at: int, advice: str) -> str:
    """The expression, or the part of it around the place, with a caret and advice below."""
    flat = "".join([" " if char.isspace() else char for char in text])
    at = max(0, min(at, len(flat)))
    begin = max(0, min(at - WINDOW // 2, len(flat) - WINDOW))
    shown = flat[begin : begin + WINDOW]
    before = "…" if begin else ""
    after = "…" if begin + WINDOW < len(flat) else ""
    return f"{before}{shown}{after}\n{' ' * (len(before) + at - begin)}^ {advice}"


def probably(wrong: str, known: Iterable[str]) -> str:
    """What was probably meant, as a question to add to a hint; empty if nothing is near.

    >>> probably("#nmae", ["#name", "#x"])
    ' Did you mean #name?'
    """
    near = nearest(wrong, list(known)[:100])
    return f" Did you mean {near}?" if near else ""
