"""Constraints of the service's model on a member, in addition to its type.

Source of the texts: recorded answers of the service; see the golden vectors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from ddbmock.shapes.violations import ConstraintKind, Demand


class Constraint(Protocol):
    """A constraint on a member's value."""

    lifted: bool
    """Whether a setting lifts it."""

    def violations(self, value: Any) -> Sequence[Demand]:
        """Return the demands that the value does not meet."""


class Length:
    """The length of a string in characters, of a list in elements, of a map in entries."""

    lifted = False

    def __init__(self, minimum: int | None, maximum: int | None = None) -> None:
        self.minimum = minimum
        self.maximum = maximum

    def violations(self, value: Any) -> Sequence[Demand]:
        length = len(value)
        if self.minimum is not None and length < self.minimum:
            kind = ConstraintKind.NOT_EMPTY if self.minimum == 1 else ConstraintKind.MIN_LENGTH
            return [
                Demand(
                    kind,
                    f"Member must have length greater than or equal to {self.minimum}",
                    bound=self.minimum,
                )
            ]
        if self.maximum is not None and length > self.maximum:
            text = f"Member must have length less than or equal to {self.maximum}"
            return [Demand(ConstraintKind.MAX_LENGTH, text, bound=self.maximum)]
        return ()


class Limit(Length):
    """The most elements that one request may have; a setting lifts it."""

    lifted = True

    def __init__(self, maximum: int) -> None:
        super().__init__(None, maximum)


class Range:
    """The bounds of a number, both inclusive."""

    lifted = False

    def __init__(self, minimum: int | None, maximum: int | None = None) -> None:
        self.minimum = minimum
        self.maximum = maximum

    def violations(self, value: Any) -> Sequence[Demand]:
        if self.minimum is not None and value < self.minimum:
            text = f"Member must have value greater than or equal to {self.minimum}"
            return [Demand(ConstraintKind.MIN_VALUE, text, bound=self.minimum)]
        if self.maximum is not None and value > self.maximum:
            text = f"Member must have value less than or equal to {self.maximum}"
            return [Demand(ConstraintKind.MAX_VALUE, text, bound=self.maximum)]
        return ()


class Pattern:
    """A regular expression that must match the whole string.

    `python` is the same expression in Python's syntax, if that differs from the service's.
    """

    lifted = False

    def __init__(self, pattern: str, python: str | None = None) -> None:
        self.pattern = pattern
        self._match = re.compile(python or pattern, re.ASCII).fullmatch

    def violations(self, value: Any) -> Sequence[Demand]:
        if self._match(value):
            return ()
        text = f"Member must satisfy regular expression pattern: {self.pattern}"
        return [Demand(ConstraintKind.PATTERN, text, allowed=_CHARACTERS.get(self.pattern, ()))]


class Enum:
    """An enumeration of words, in the order in which the service prints them."""

    lifted = False

    def __init__(self, *words: str, printed_2026: Sequence[str] | None = None) -> None:
        """Create the constraint; `printed_2026` has the words in the order of the new request validation."""
        self.words = words
        self.printed_2026 = printed_2026

    def violations(self, value: Any) -> Sequence[Demand]:
        if value in self.words:
            return ()
        renewed = None if self.printed_2026 is None else _one_of(self.printed_2026)
        return [Demand(ConstraintKind.ENUM, _one_of(self.words), renewed, allowed=self.words)]


def _one_of(words: Sequence[str]) -> str:
    return f"Member must satisfy enum value set: [{', '.join(words)}]"


NAME: Final = "[a-zA-Z0-9_.-]+"
_CHARACTERS: Final = {NAME: (NAME, "letters, digits, '_', '.' and '-'")}
"""By pattern: a pattern of each allowed character, and its description in hints."""


class TableNameOrArn:
    """A table's name or ARN; the operation checks the parts of an ARN."""

    lifted = False

    def __init__(self, *, empty_is_short: bool = False, length_first: bool = False) -> None:
        """Create the constraint.

        With `empty_is_short` an empty name violates the same constraints as a short one; with
        `length_first` they are reported before the pattern.
        """
        self._empty_is_short = empty_is_short
        parts = (Pattern(NAME), Length(3, 255))
        self._name = parts[::-1] if length_first else parts
        self._right = re.compile(f"{NAME[:-1]}{{3,255}}", re.ASCII).fullmatch

    def violations(self, value: Any) -> Sequence[Demand]:
        if self._right(value) or value.startswith("arn:"):
            return ()
        if not value and not self._empty_is_short:
            return Length(1).violations(value)
        return [demand for part in self._name for demand in part.violations(value)]


class Members:
    """Constraints on the keys or values of a map, which are reported for the whole map."""

    def __init__(
        self,
        *,
        keys: Sequence[Constraint] = (),
        values: Sequence[Constraint] = (),
        text: str,
        lifted: bool = False,
        echo: Callable[[Any], str] | None = None,
        last: bool = False,
    ) -> None:
        """Create the constraint; `text` is the service's text, `echo` and `last` are those of :class:`Demand`."""
        self.keys = keys
        self.values = values
        self.text = text
        self.lifted = lifted
        self.echo = echo
        self.last = last

    def violations(self, value: Any) -> Sequence[Demand]:
        for key in value:
            if any(constraint.violations(key) for constraint in self.keys):
                return [self._demand(ConstraintKind.MAP_KEYS, key)]
        for key, member in value.items():
            for constraint in self.values:
                for demand in constraint.violations(member):
                    kind = _OF_VALUES[demand.kind]
                    return [self._demand(kind, key, demand.text, demand.bound)]
        return ()

    def _demand(
        self,
        kind: ConstraintKind,
        entry: str,
        renewed: str | None = None,
        bound: int | None = None,
    ) -> Demand:
        return Demand(kind, self.text, renewed, entry, self.echo, self.last, bound)


_OF_VALUES: Final = {
    ConstraintKind.NOT_EMPTY: ConstraintKind.MAP_VALUES_TOO_SHORT,
    ConstraintKind.MAX_LENGTH: ConstraintKind.MAP_VALUES_TOO_LONG,
}
