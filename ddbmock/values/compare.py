"""Comparison of values in conditions: equality, order, prefixes, membership and size.

Numbers are compared by value: equal numbers have equal canonical texts, and their order is that of Decimal.
Strings are ordered by their UTF-8 bytes, which is Python's order, that of code points; bytes are unsigned.
Values of different types are unequal and not ordered. None is a missing value.

Source: Developer Guide, "Comparison operator and function reference".
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, TypeAlias

from ddbmock.values.model import BS, NS, SS, AttributeValue, B, L, M, N, S

Test: TypeAlias = Callable[[AttributeValue | None], bool]

ORDERED: Final[frozenset[type]] = frozenset({S, N, B})
"""The types that ``<``, ``<=``, ``>``, ``>=`` and BETWEEN accept."""


_decimal: Final = lru_cache(maxsize=4096)(Decimal)
"""Numbers of items, as filters compare the same ones again."""


def _never(found: AttributeValue | None) -> bool:
    return False


def _always(found: AttributeValue | None) -> bool:
    return True


def order_key(value: AttributeValue) -> Any:
    """Return the sort key of a value among those of its type, one of :data:`ORDERED`."""
    return Decimal(value.value) if type(value) is N else value.value


def equal_to(value: AttributeValue | None) -> Test:
    """Return a test for equality with a value; a missing value equals no value."""
    if value is None:
        return _never
    kind, content = type(value), value.value
    return lambda found: type(found) is kind and found.value == content


def unequal_to(value: AttributeValue | None) -> Test:
    """Return the opposite of :func:`equal_to`: true if either value is missing."""
    if value is None:
        return _always
    kind, content = type(value), value.value
    return lambda found: type(found) is not kind or found.value != content


def _ordered(holds: Callable[[Any, Any], bool]) -> Callable[[AttributeValue | None], Test]:
    def against(value: AttributeValue | None) -> Test:
        match value:
            case N(text):
                number = Decimal(text)
                return lambda found: type(found) is N and holds(_decimal(found.value), number)
            case S(content) | B(content):
                kind = type(value)
                return lambda found: type(found) is kind and holds(found.value, content)
            case _:
                return _never

    return against


AGAINST: Final[Mapping[str, Callable[[AttributeValue | None], Test]]] = {
    "=": equal_to,
    "<>": unequal_to,
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
}
"""By operator: a function from its right operand to a test of its left operand.

>>> AGAINST["<"](N("10"))(N("9")), AGAINST["<"](N("10"))(S("9"))
(True, False)
"""

MIRRORED: Final[Mapping[str, str]] = {
    "=": "=",
    "<>": "<>",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
}
"""The operator with the same meaning for exchanged operands."""


def between(lower: AttributeValue | None, upper: AttributeValue | None) -> Test:
    """Return a test for values between two bounds, both included."""
    kind = type(lower)
    if lower is None or upper is None or type(upper) is not kind or kind not in ORDERED:
        return _never
    if kind is N:
        least, most = Decimal(lower.value), Decimal(upper.value)  # type: ignore[arg-type]  # both are N
        return lambda found: type(found) is N and least <= _decimal(found.value) <= most
    first: Any = lower.value
    last: Any = upper.value
    return lambda found: type(found) is kind and first <= found.value <= last


def begins_with(value: AttributeValue | None, prefix: AttributeValue | None) -> bool:
    """Return whether a string begins with a string, or bytes with bytes."""
    match value, prefix:
        case (S(text), S(start)):
            return text.startswith(start)
        case (B(content), B(begin)):
            return content.startswith(begin)
        case _:
            return False


def contains(value: AttributeValue | None, part: AttributeValue | None) -> bool:
    """Return whether a string or bytes contain a part, or a set or list contains a member.

    A list can contain elements of any type, a set only members of its element type.
    """
    match value:
        case L(elements):
            return part in elements
        case S(text) | SS(text):
            return type(part) is S and part.value in text
        case NS(numbers):
            return type(part) is N and part.value in numbers
        case B(content) | BS(content):
            return type(part) is B and part.value in content
        case _:
            return False


def size(value: AttributeValue | None) -> int | None:
    """Return the result of the function ``size``; None for types without one.

    The size of a string is its number of UTF-16 code units.
    """
    match value:
        case S(text):
            return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2
        case B(content) | SS(content) | NS(content) | BS(content) | L(content) | M(content):
            return len(content)
        case _:
            return None
