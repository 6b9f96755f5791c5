"""Filter patterns, which select the records that a function gets.

Source: Lambda Developer Guide, "Lambda event filtering"; recorded mappings for two surprises: only
leaves can be tested for existence, and numbers of items never match ``numeric``, since records
contain them as strings.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import orjson

from ddbmock.triggers.errors import TriggerError

MAX_PATTERN: Final = 4096
INVALID: Final = "Invalid filter pattern definition."
ROOT: Final = "the pattern"

Test: TypeAlias = Callable[[Any], bool]
"""A function that returns whether a leaf, or :data:`_ABSENT`, matches."""

_ABSENT: Final = object()
_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class FilterPattern:
    """One pattern.

    >>> added = FilterPattern.of('{"eventName": ["INSERT"]}')
    >>> added.matches({"eventName": "INSERT"}), added.matches({"eventName": "REMOVE"})
    (True, False)
    """

    def __init__(self, match: Test) -> None:
        self._match: Final = match

    @classmethod
    def of(cls, pattern: str | Mapping[str, Any]) -> FilterPattern:
        """Return the pattern of a JSON text or of its Python value.

        :raises TriggerError: the text is not a pattern.
        """
        if isinstance(pattern, str):
            if len(pattern) > MAX_PATTERN:
                raise TriggerError(f"{INVALID} It has {len(pattern)} of {MAX_PATTERN} characters.")
            try:
                pattern = orjson.loads(pattern)
            except orjson.JSONDecodeError as error:
                raise TriggerError(f"{INVALID} {error}.") from error
        return cls(_members(pattern, ROOT))

    def matches(self, record: Mapping[str, Any]) -> bool:
        """Return whether a record passes."""
        return self._match(record)


def _members(pattern: Any, path: str) -> Test:
    """Return the test of an object: all members must match."""
    if path != ROOT and isinstance(pattern, str | int | float | None):
        values = orjson.dumps([pattern]).decode()
        raise TriggerError(f"{INVALID} {path} must be a list of values: {values}.")
    if not isinstance(pattern, Mapping) or not pattern:
        raise TriggerError(f"{INVALID} {path} must be an object with members or a list of values.")
    tests: list[tuple[str, Test]] = []
    alternatives: list[Test] = []
    for name, inner in pattern.items():
        if name == "$or":
            if not isinstance(inner, Sequence) or isinstance(inner, str) or len(inner) < 2:
                raise TriggerError(f"{INVALID} {path}.$or must be a list of two or more objects.")
            alternatives = [_members(one, f"{path}.$or") for one in inner]
        elif isinstance(inner, list | tuple):
            tests.append((name, _leaf(inner, _inside(path, name))))
        else:
            tests.append((name, _members(inner, _inside(path, name))))

    def match(value: Any) -> bool:
        inside = value if isinstance(value, Mapping) else {}
        return all(test(inside.get(name, _ABSENT)) for name, test in tests) and (
            not alternatives or any(test(value) for test in alternatives)
        )

    return match


def _inside(path: str, name: str) -> str:
    return name if path == ROOT else f"{path}.{name}"


def _leaf(choices: Sequence[Any], path: str) -> Test:
    """Return the test of a leaf: one of the choices must match the leaf, or one of its elements."""
    if not choices:
        raise TriggerError(f"{INVALID} {path} must not be empty.")
    tests = [
        _comparison(choice, path) if isinstance(choice, Mapping) else _equal_to(choice)
        for choice in choices
    ]

    def match(value: Any) -> bool:
        if isinstance(value, Mapping):
            value = _ABSENT  # not a leaf
        if isinstance(value, list):
            return any(test(element) for element in value for test in tests)
        return any(test(value) for test in tests)

    return match


def _equal_to(choice: Any) -> Test:
    """Return the test for a value of the same JSON type."""
    kind = _kind(choice)
    return lambda value: _kind(value) == kind and value == choice


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else type(value).__name__


def _comparison(choice: Mapping[str, Any], path: str) -> Test:
    if len(choice) != 1:
        raise TriggerError(f"{INVALID} {path} must have one comparison in each object.")
    [(name, operand)] = choice.items()
    if name == "exists" and isinstance(operand, bool):
        return lambda value: (value is not _ABSENT) == operand
    if name == "anything-but":
        return _anything_but(operand)
    if name == "numeric" and isinstance(operand, list | tuple):
        return _numeric(operand, path)
    if isinstance(operand, str) and name in ("prefix", "suffix", "equals-ignore-case"):
        if name == "prefix":
            return lambda value: isinstance(value, str) and value.startswith(operand)
        if name == "suffix":
            return lambda value: isinstance(value, str) and value.endswith(operand)
        return lambda value: isinstance(value, str) and value.lower() == operand.lower()
    raise TriggerError(f"{INVALID} {path}: {{{name!r}: {operand!r}}} is no comparison.")


def _anything_but(operand: Any) -> Test:
    if isinstance(operand, Mapping):
        inner = _comparison(operand, "anything-but")
        return lambda value: value is not _ABSENT and not inner(value)
    tests = [
        _equal_to(one) for one in (operand if isinstance(operand, list | tuple) else [operand])
    ]
    return lambda value: value is not _ABSENT and not any(test(value) for test in tests)


def _numeric(operand: Sequence[Any], path: str) -> Test:
    pairs = list(zip(operand[::2], operand[1::2], strict=False))
    if len(operand) not in (2, 4) or not all(
        name in _COMPARISONS and _kind(bound) == "number" for name, bound in pairs
    ):
        raise TriggerError(f'{INVALID} {path}: numeric must be like [">", 0, "<=", 5].')
    return lambda value: (
        _kind(value) == "number" and all(_COMPARISONS[name](value, bound) for name, bound in pairs)
    )
