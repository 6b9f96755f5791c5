"""Faults of PartiQL statements: the service's message, and a hint that points at the position."""

from __future__ import annotations

from typing import Final

from ddbmock.errors import ValidationException
from ddbmock.expressions.faults import pointer

NOT_WELL_FORMED: Final = "Statement wasn't well formed, can't be processed: "


def syntax_error(text: str, detail: str, at: int, advice: str) -> ValidationException:
    """Return the error of a statement that cannot be parsed; `detail` is the parser's own text."""
    return ValidationException(f"{NOT_WELL_FORMED}{detail}", hint=pointer(text, at, advice))


def refusal(text: str, message: str, at: int, advice: str) -> ValidationException:
    """Return the error of a statement with valid syntax that cannot be executed."""
    return ValidationException(message, hint=pointer(text, at, advice))


def located(text: str, message: str, at: int, length: int, advice: str) -> ValidationException:
    """Return the error of a statement that cannot be executed; its message has a position.

    >>> print(located("SELECT\\n a", "Wrong", 8, 1, "").message)
    Wrong at 2:2:1
    """
    line = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at)
    return refusal(text, f"{message} at {line}:{column}:{length}", at, advice)
