"""Faults of expressions: DynamoDB's message, and a hint that points at the position.

>>> print(pointer("SET a = :v,", 10, "an attribute should follow"))
SET a = :v,
          ^ an attribute should follow
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from ddbmock.errors import ValidationException
from ddbmock.named_tuple import NamedTuple
from ddbmock.suggestions import nearest
from ddbmock.values.model import Attributes

WINDOW: Final = 72
"""Largest number of characters of an expression in a hint."""


class Fault(NamedTuple):
    """An error in an expression: DynamoDB's message, and the position and advice for the hint.

    ``missing`` is the undefined reference (``#name``, ``:value``), if that is the fault.
    """

    message: str
    at: int
    advice: str
    missing: str | None = None


Check: TypeAlias = Callable[[Attributes], Fault | None]
"""A check that needs the values; returns the fault or None."""

Finding: TypeAlias = Fault | Check
"""A result of checking an expression without its values: a fault, or a check of the values."""


def up_to_fault(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings up to the first fault; later findings have no effect."""
    found = []
    for finding in findings:
        found.append(finding)
        if isinstance(finding, Fault):
            break
    return tuple(found)


def refusal(member: str, text: str, fault: Fault) -> ValidationException:
    """Return the error for a fault in the expression of a member."""
    return ValidationException(
        f"Invalid {member}: {fault.message}", hint=pointer(text, fault.at, fault.advice)
    )


def pointer(text: str, at: int, advice: str) -> str:
    """Return the expression, or the part around the position, with a caret and advice below."""
    flat = "".join([" " if char.isspace() else char for char in text])
    at = max(0, min(at, len(flat)))
    begin = max(0, min(at - WINDOW // 2, len(flat) - WINDOW))
    shown = flat[begin : begin + WINDOW]
    before = "…" if begin else ""
    after = "…" if begin + WINDOW < len(flat) else ""
    return f"{before}{shown}{after}\n{' ' * (len(before) + at - begin)}^ {advice}"


def labelled(label: str, hint: str | None) -> str:
    """Return a hint with a label before it. A hint that points at a position starts on a new line.

    >>> labelled("Statement 1", "Write FROM.")
    'Statement 1: Write FROM.'
    >>> print(labelled("Statement 1", pointer("SELECT a", 8, "Write FROM.")))
    Statement 1:
    SELECT a
            ^ Write FROM.
    """
    return f"{label}:{chr(10) if hint and chr(10) in hint else ' '}{hint}"


def probably(wrong: str, known: Iterable[str]) -> str:
    """Return a question for a hint that suggests the intended word, or an empty text.

    >>> probably("#nmae", ["#name", "#x"])
    ' Did you mean #name?'
    """
    near = nearest(wrong, list(known)[:100])
    return f" Did you mean {near}?" if near else ""
