"""What the service's model demands of a member beyond its type, and how violations are told.

Source of the texts: recorded answers of the service; see the golden vectors.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, Protocol

from ddbmock.errors import ValidationException

MAX_REPORTED: Final = 10
"""The service lists no more violations than this."""


class Constraint(Protocol):
    """A demand on a member's value."""

    lifted: bool
    """Whether it is one of the limits that a setting lifts."""

    def violations(self, value: Any) -> Sequence[str]:
        """What the value must do and does not; empty when all is well."""


class Length:
    """Characters of a string, elements of a list, entries of a map."""

    lifted = False

    def __init__(self, minimum: int | None, maximum: int | None = None) -> None:
        self.minimum = minimum
        self.maximum = maximum

    def violations(self, value: Any) -> Sequence[str]:
        length = len(value)
        if self.minimum is not None and length < self.minimum:
            return [f"Member must have length greater than or equal to {self.minimum}"]
        if self.maximum is not None and length > self.maximum:
            return [f"Member must have length less than or equal to {self.maximum}"]
        return ()


class Limit(Length):
    """How many elements the service takes at once."""

    lifted = True

    def __init__(self, maximum: int) -> None:
        super().__init__(None, maximum)


class Range:
    """The bounds of a number, both inclusive."""

    lifted = False

    def __init__(self, minimum: int | None, maximum: int | None = None) -> None:
        self.minimum = minimum
        self.maximum = maximum

    def violations(self, value: Any) -> Sequence[str]:
        if self.minimum is not None and value < self.minimum:
            return [f"Member must have value greater than or equal to {self.minimum}"]
        if self.maximum is not None and value > self.maximum:
            return [f"Member must have value less than or equal to {self.maximum}"]
        return ()


class Pattern:
    """A regular expression that the whole string matches.

    `python` is the same expression where Python's syntax differs from the service's.
    """

    lifted = False

    def __init__(self, pattern: str, python: str | None = None) -> None:
        self.pattern = pattern
        self._match = re.compile(python or pattern, re.ASCII).fullmatch

    def violations(self, value: Any) -> Sequence[str]:
        if self._match(value):
            return ()
        return [f"Member must satisfy regular expression pattern: {self.pattern}"]


class Enum:
    """One of some words, in the order in which the service prints them."""

    lifted = False

    def __init__(self, *words: str) -> None:
        self.words = words

    def violations(self, value: Any) -> Sequence[str]:
        if value in self.words:
            return ()
        return [f"Member must satisfy enum value set: [{', '.join(self.words)}]"]


NAME: Final = "[a-zA-Z0-9_.-]+"


class TableNameOrArn:
    """A table's name, or its ARN, whose content the operation looks at."""

    lifted = False

    def __init__(self) -> None:
        self._name = (Pattern(NAME), Length(3, 255))
        self._right = re.compile(f"{NAME[:-1]}{{3,255}}", re.ASCII).fullmatch

    def violations(self, value: Any) -> Sequence[str]:
        if self._right(value) or value.startswith("arn:"):
            return ()
        if not value:
            # An empty name is told apart from one that is merely short.
            return Length(1).violations(value)
        return [text for constraint in self._name for text in constraint.violations(value)]


class Members:
    """Constraints on the keys or values of a map, which the service reports for the whole map."""

    def __init__(
        self,
        *,
        keys: Sequence[Constraint] = (),
        values: Sequence[Constraint] = (),
        said: str,
        lifted: bool = False,
    ) -> None:
        self.keys = keys
        self.values = values
        self.said = said
        self.lifted = lifted

    def violations(self, value: Any) -> Sequence[str]:
        if any(c.violations(key) for c in self.keys for key in value):
            return [self.said]
        if any(c.violations(member) for c in self.values for member in value.values()):
            return [self.said]
        return ()


class Violations:
    """The violations found in one request, in their order.

    `limited` tells whether the limits hold that a setting lifts.
    """

    __slots__ = ("hints", "limited", "texts")

    def __init__(self, *, limited: bool = True) -> None:
        self.limited = limited
        self.texts: list[str] = []
        self.hints: list[str] = []

    def missing(self, path: str) -> None:
        """Report a required member that is not there."""
        self.texts.append(
            f"Value null at '{path}' failed to satisfy constraint: Member must not be null"
        )
        self.hints.append(f"{path} is required and was not given")

    def add(self, path: str, rendered: str | None, said: str, given: object) -> None:
        """Report one violated constraint; `rendered` None leaves the value out, as for big ones."""
        shown = "Value" if rendered is None else f"Value '{rendered}'"
        text = f"{shown} at '{path}' failed to satisfy constraint: {said}"
        if text in self.texts[-1:]:
            return  # both bounds of a map's values are told as one
        self.texts.append(text)
        length = f" (length {len(given)})" if isinstance(given, str | list | dict) else ""
        self.hints.append(f"{path}{length}: {said[0].lower()}{said[1:]}")

    def report(self) -> None:
        """Raise all of them as the service words it, if there are any.

        :raises ValidationException: there are.
        """
        count = min(len(self.texts), MAX_REPORTED)
        if count:
            errors = "error" if count == 1 else "errors"
            listed = "; ".join(self.texts[:MAX_REPORTED])
            raise ValidationException(
                f"{count} validation {errors} detected: {listed}", hint="; ".join(self.hints)
            )
