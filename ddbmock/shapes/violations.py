"""Violations of constraints, and their list in the older service's wording.

The text of a violation depends on the region. :mod:`ddbmock.service.error_wording` creates the texts of the
new request validation from the violations recorded here.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from ddbmock.errors import ValidationException
from ddbmock.named_tuple import NamedTuple
from ddbmock.suggestions import nearest, shortened

MAX_REPORTED: Final = 10
"""The most violations that the service lists."""


class ConstraintKind(enum.Enum):
    """The identity of a constraint."""

    REQUIRED = "must not be null"
    NOT_EMPTY = "length must be at least 1"
    MIN_LENGTH = "length must be at least some number above 1"
    MAX_LENGTH = "length must be at most some number"
    MIN_VALUE = "value must be at least some number"
    MAX_VALUE = "value must be at most some number"
    PATTERN = "must match a pattern"
    ENUM = "must be one of some words"
    MAP_KEYS = "keys of a map must meet constraints"
    MAP_VALUES_TOO_SHORT = "values of a map must not be empty"
    MAP_VALUES_TOO_LONG = "values of a map must not be too long"


class Demand(NamedTuple):
    """A constraint that a value does not meet."""

    kind: ConstraintKind
    text: str
    text_2026: str | None = None
    """The text of the new request validation, if it differs."""
    entry: str | None = None
    """The key of the map entry that violates the constraint."""
    echo: Callable[[Any], str] | None = None
    """Prints the value, if the service does not print it in its usual way."""
    last: bool = False
    """Whether the violation is reported only if it is the only one."""
    bound: int | None = None
    """The least or greatest number, or length of the value or of the map's entry; for hints."""
    allowed: Sequence[str] = ()
    """The allowed words or characters; for hints."""


Step: TypeAlias = "tuple[str | int, bool]"
"""A step of a path: a member's name and False; a map entry's key, or a list element's number from
1 on, and True."""

Place: TypeAlias = "tuple[Place, Step] | None"
"""The position of a structure in the request: the position of its container, and a step."""


def steps(place: Place) -> list[Step]:
    """Return the steps of a place, the outermost first."""
    found = []
    while place is not None:
        place, step = place
        found.append(step)
    return found[::-1]


class Violation(NamedTuple):
    """A member that violates a constraint."""

    place: Sequence[Step]
    demand: Demand
    value: str | None
    """The value as the service prints it; None if the service omits it."""
    null: bool = False

    @property
    def member(self) -> str:
        """The names of the members on the path, such as ``RequestItems.Keys``."""
        return ".".join([str(name) for name, entry in self.place if not entry])

    def path(self, *, capitalised: bool) -> str:
        """Return the path as messages print it, such as ``requestItems.T.member.keys``."""
        parts = []
        for step, entry in self.place:
            text = str(step)
            if entry:
                parts += [text, "member"]
            else:
                parts.append(text if capitalised else text[0].lower() + text[1:])
        return ".".join(parts)

    @property
    def text(self) -> str:
        """The text of the older request validation, which has the value."""
        if self.null:
            shown = "Value null"
        else:
            shown = "Value" if self.value is None else f"Value '{self.value}'"
        path = self.path(capitalised=False)
        return f"{shown} at '{path}' failed to satisfy constraint: {self.demand.text}"

    @property
    def named(self) -> str:
        """The text of the new request validation for most constraints, which has the member's name."""
        path, demand = self.path(capitalised=True), self.demand
        if demand.entry is not None:
            path += f".{demand.entry}.member"
        text = demand.text_2026 or demand.text
        return f"Value at '{path}' failed to satisfy constraint: {text}"

    @property
    def unnamed(self) -> str:
        """The text of the new request validation for enumerations, without the member's name."""
        return f"Failed to satisfy constraint: {self.demand.text_2026 or self.demand.text}"


def listed(texts: Sequence[str]) -> str:
    """Return the message that lists some violations.

    >>> listed(["a", "b"])
    '2 validation errors detected: a; b'
    """
    count = min(len(texts), MAX_REPORTED)
    errors = "error" if count == 1 else "errors"
    return f"{count} validation {errors} detected: {'; '.join(texts[:MAX_REPORTED])}"


class Violations:
    """The violations of one request, in their order.

    `limited` is whether the limits that a setting lifts are checked.
    """

    __slots__ = ("found", "hints", "limited")

    def __init__(self, *, limited: bool = True) -> None:
        self.limited = limited
        self.found: list[Violation] = []
        self.hints: list[str] = []

    def missing(self, place: Place) -> None:
        """Record that a required member is missing."""
        demand = Demand(ConstraintKind.REQUIRED, "Member must not be null")
        violation = Violation(steps(place), demand, None, null=True)
        self.found.append(violation)
        self.hints.append(f"{violation.path(capitalised=True)} is required and was not given")

    def add(
        self,
        place: Place,
        demands: Iterable[Demand],
        value: Any,
        render: Callable[[Any], str | None],
    ) -> None:
        """Record the constraints that a value violates; `render` prints it."""
        for demand in demands:
            violation = Violation(steps(place), demand, (demand.echo or render)(value))
            if self.found and violation.text == self.found[-1].text:
                continue  # both bounds of a map's values are reported as one
            self.found.append(violation)
            self.hints.append(_hint(violation, value))

    def text(self, violation: Violation) -> str:
        """Return the text of a violation."""
        return violation.text

    def report(self) -> None:
        """Raise an error that lists all violations, if there are any.

        :raises ValidationException: there is at least one.
        """
        if not self.found:
            return
        found = [violation for violation in self.found if not violation.demand.last]
        found = found or self.found
        error = ValidationException(listed(list(map(self.text, found))), hint="; ".join(self.hints))
        error.violations = found
        raise error


_OF_MAPS: Final = (ConstraintKind.MAP_VALUES_TOO_SHORT, ConstraintKind.MAP_VALUES_TOO_LONG)


def _hint(violation: Violation, value: Any) -> str:
    """Return the hint for a value that violates a constraint."""
    demand, path = violation.demand, violation.path(capitalised=True)
    text = demand.text
    if demand.kind in _OF_MAPS and demand.entry is not None and demand.text_2026:
        # a hint about a map's entry: the length of the map itself would not help
        value, path, text = value[demand.entry], f"{path}.{demand.entry}", demand.text_2026
    if demand.kind is ConstraintKind.MAP_KEYS:
        return (
            f"{path} names {shortened(demand.entry or '')!r}; the name of a table has 3 to 255 "
            "letters, digits, '_', '.' and '-'"
        )
    if demand.bound is not None and isinstance(value, int | float):
        needed = "at least" if value < demand.bound else "at most"
        return f"{path} is {value}; it must be {needed} {demand.bound}"
    if demand.bound is not None:
        one, many = ("character", "characters") if isinstance(value, str) else ("entry", "entries")
        unit = one if len(value) == 1 else many
        least = len(value) < demand.bound
        needed = "at least" if least else "at most"
        verb = "needed" if least else "allowed"
        be = "is" if demand.bound == 1 else "are"
        return f"{path} has {len(value)} {unit}; {needed} {demand.bound} {be} {verb}"
    if demand.allowed and isinstance(value, str):
        if demand.kind is ConstraintKind.ENUM:
            return _hint_at_words(path, value, demand.allowed)
        return _hint_at_characters(path, value, demand.allowed)
    length = f" (length {len(value)})" if isinstance(value, str | list | dict) else ""
    return f"{path}{length}: {text[0].lower()}{text[1:]}"


ELSEWHERE: Final[Mapping[str, str]] = {
    "ON_DEMAND": "PAY_PER_REQUEST",
    "ONDEMAND": "PAY_PER_REQUEST",
    "PARTITION": "HASH",
    "SORT": "RANGE",
    "STRING": "S",
    "STR": "S",
    "NUMBER": "N",
    "INTEGER": "N",
    "INT": "N",
    "BINARY": "B",
    "BYTES": "B",
    "NEW": "ALL_NEW",
    "OLD": "ALL_OLD",
    "KEYS": "KEYS_ONLY",
}
"""Words of the documentation and of other languages, with the API's words for them."""


def _hint_at_words(path: str, value: str, allowed: Sequence[str]) -> str:
    """Return the hint for a word that is not allowed."""
    words = {word.upper(): word for word in allowed}
    meant = words.get(value.upper()) or words.get(ELSEWHERE.get(value.upper(), ""))
    meant = meant or nearest(value.upper(), allowed)
    question = f"; did you mean {meant}?" if meant else ""
    return f"{path} is {shortened(value)!r}, which is none of {', '.join(allowed)}{question}"


def _hint_at_characters(path: str, value: str, allowed: Sequence[str]) -> str:
    """Return the hint for characters that are not allowed."""
    if not value:
        return f"{path} is empty: write {allowed[1]}"
    matching = re.compile(allowed[0], re.ASCII).fullmatch
    wrong = list(dict.fromkeys(char for char in value if not matching(char)))[:5]
    return f"{path} is {shortened(value)!r}: {', '.join(map(repr, wrong))} must not be in it; {allowed[1]} may"
