"""Vectors: numbers as IEEE 754 binary32, and the scores by which SearchVectors ranks items.

The arithmetic reproduces the scores that were recorded from the service, to the last bit: inputs
are rounded to binary32; products are summed in binary32 by recursive halving (the largest power of
two below the length goes to the left half); the formula of COSINE is evaluated in binary64 and its
result rounded to binary32. Where binary32 overflows, the same sums are made in binary64 and the
score ends at the largest finite binary32 number.

>>> query, stored = vector(["0.1", "0.2", "0.3"]), vector(["0.3", "0.2", "0.1"])
>>> [score(function, query, stored) for function in ("COSINE", "EUCLIDEAN", "DOT_PRODUCT")]
[0.2857142984867096, 0.2828427255153656, 0.10000000894069672]
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from heapq import nsmallest
from operator import add, mul, sub
from typing import Final, TypeAlias

from ddbmock.named_tuple import NamedTuple

Vector: TypeAlias = tuple[float, ...]
"""Binary32 numbers, widened to binary64."""

COSINE: Final = "COSINE"
EUCLIDEAN: Final = "EUCLIDEAN"
DOT_PRODUCT: Final = "DOT_PRODUCT"
DISTANCE_FUNCTIONS: Final = (COSINE, DOT_PRODUCT, EUCLIDEAN)

MAX_BINARY32: Final = 3.4028234663852886e38
RANGE: Final = Decimal("3.4028235E38")
"""The magnitude that the service names as the end of the range of vector elements."""

_PLAIN_FROM: Final = Decimal("1e-6")
_PLAIN_BELOW: Final = Decimal("1e13")
_BINARY32: Final = struct.Struct("<f")
_BITS: Final = struct.Struct("<I")
_MAX_DIGITS: Final = 9
"""The number of significant digits that distinguish any two binary32 numbers."""


def in_range(number: str) -> bool:
    """Return whether a canonical number is within the range of binary32."""
    # With at most 38 digits before the point, the digits need not be compared.
    return len(number) < 39 or abs(Decimal(number)) <= RANGE


def binary32(number: str) -> float:
    """Return the binary32 number nearest to a decimal number; ties go to the even one.

    A decimal number that rounds to a tie in binary64 is compared with the tie itself, because
    rounding twice would lose the side of the tie.

    >>> binary32("0.1"), binary32("1.00000005960464477539062500000000001")
    (0.10000000149011612, 1.0000001192092896)
    """
    double = float(number)
    if abs(double) > MAX_BINARY32:
        return math.copysign(MAX_BINARY32, double)
    single = _rounded(double)
    if single == double:
        return single
    other = _neighbour(single, up=double > single)
    if double - single != other - double:
        return single
    exact, tie = Decimal(number), Decimal(double)
    if exact == tie:
        return single
    return max(single, other) if exact > tie else min(single, other)


def vector(numbers: Iterable[str]) -> Vector:
    """Return canonical numbers as a vector of binary32 numbers."""
    return tuple(map(binary32, numbers))


def packed(elements: Vector) -> bytes:
    """Return the stored form of a vector: four bytes per element, little-endian."""
    return _form(len(elements)).pack(*elements)


def unpacked(stored: bytes) -> Vector:
    """Return the vector of a stored form."""
    return _form(len(stored) // 4).unpack(stored)


def printed(element: float) -> str:
    """Return the shortest decimal text that is read as the same binary32 number.

    Magnitudes from 1e-6 to below 1e13 are written without an exponent and with a decimal point.

    >>> [printed(binary32(text)) for text in ("1", "0.1", "16777216", "0.00000099", "1e13")]
    ['1.0', '0.1', '16777216.0', '9.9e-7', '1e13']
    """
    texts = (f"{element:.{digits}g}" for digits in range(1, _MAX_DIGITS + 1))
    shortest = Decimal(next(text for text in texts if binary32(text) == element))
    if element == 0 or _PLAIN_FROM <= abs(shortest) < _PLAIN_BELOW:
        plain = f"{shortest:f}"
        return plain if "." in plain else plain + ".0"
    digits, exponent = f"{shortest.normalize():e}".split("e")
    return f"{digits}e{int(exponent)}"


def scorer(function: str, query: Vector) -> Callable[[Vector], float]:
    """Return the function that scores stored vectors by a query.

    COSINE is 1 minus the cosine, exactly 1.0 if one of the vectors is zero; EUCLIDEAN is the
    distance; DOT_PRODUCT is the product. A score is a binary32 number, widened to binary64.
    """
    single, double = _raw_scorer(function, query, _singles), _raw_scorer(function, query, tuple)

    def score(stored: Vector) -> float:
        try:
            return clamped(single(stored))
        except OverflowError:
            return clamped(double(stored))

    return score


def scorer_in_doubles(function: str, query: Vector) -> Callable[[Vector], float]:
    """Return the function that scores as :func:`scorer`, with sums in binary64."""
    double = _raw_scorer(function, query, tuple)
    return lambda stored: clamped(double(stored))


def printed_plain(element: float) -> str:
    """Return the shortest decimal text of a binary32 number, without an exponent.

    >>> [printed_plain(binary32(text)) for text in ("1", "0.5", "1e13", "0.00000099")]
    ['1', '0.5', '10000000000000', '0.00000099']
    """
    plain = f"{Decimal(printed(element)):f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


class Arithmetic(NamedTuple):
    """The way in which DynamoDB scored and printed vectors in one month."""

    scorer: Callable[[str, Vector], Callable[[Vector], float]]
    printed: Callable[[float], str]


SEPTEMBER_2026: Final = Arithmetic(scorer, printed)
"""Source: captures of 23 September 2026."""
AUGUST_2026: Final = Arithmetic(scorer_in_doubles, printed_plain)
"""Source: captures of 13 August 2026."""


def score(function: str, query: Vector, stored: Vector) -> float:
    """Return the score of one stored vector; see :func:`scorer`."""
    return scorer(function, query)(stored)


class Scored(NamedTuple):
    """A score, and the number of the stored vector that has it."""

    score: float
    row: int


def nearest(
    function: str,
    query: Vector,
    stored: Iterable[bytes],
    count: int,
    arithmetic: Arithmetic = SEPTEMBER_2026,
) -> list[Scored]:
    """Return the `count` best of packed vectors, best first; equal scores in the given order."""
    score = arithmetic.scorer(function, query)
    scored = (Scored(score(unpacked(one)), row) for row, one in enumerate(stored))
    return best(function, scored, count)


def best(function: str, scored: Iterable[Scored], count: int) -> list[Scored]:
    """Return the `count` best: the largest scores of DOT_PRODUCT, the smallest of the others."""
    sign = -1 if function == DOT_PRODUCT else 1
    return nsmallest(count, scored, key=lambda one: (sign * one.score, one.row))


def clamped(found: float) -> float:
    """Return a score rounded to binary32, at most the largest finite one, zero without a sign."""
    return _rounded(max(-MAX_BINARY32, min(MAX_BINARY32, found))) + 0.0


Rounding: TypeAlias = Callable[[Iterable[float]], Sequence[float]]
"""The rounding of one step of a sum."""


def _raw_scorer(function: str, query: Vector, rounding: Rounding) -> Callable[[Vector], float]:
    """Return a function that scores stored vectors, rounding each product and sum.

    The function raises OverflowError if the rounding does.
    """
    if function == EUCLIDEAN:
        return lambda stored: math.sqrt(_squared(rounding(map(sub, query, stored)), rounding))
    if function == DOT_PRODUCT:
        return lambda stored: _sum(map(mul, query, stored), rounding)

    try:
        own = _squared(query, rounding)
    except OverflowError:
        own = math.inf

    def score_by_cosine(stored: Vector) -> float:
        if own == math.inf:
            raise OverflowError
        norms = own * _squared(stored, rounding)
        if norms == 0:
            return 1.0
        return 1 - _sum(map(mul, query, stored), rounding) / math.sqrt(norms)

    return score_by_cosine


def _squared(elements: Sequence[float], rounding: Rounding) -> float:
    return _sum(map(mul, elements, elements), rounding)


def _sum(parts: Iterable[float], rounding: Rounding) -> float:
    """Return a sum by recursive halving.

    Adding neighbours, level by level, adds the same pairs as halving from the top does.
    """
    sums = rounding(parts)
    while len(sums) > 1:
        added = [*map(add, sums[::2], sums[1::2])]
        if len(sums) % 2:
            added.append(sums[-1])
        sums = rounding(added)
    return sums[0]


def _singles(numbers: Iterable[float]) -> Sequence[float]:
    """Return numbers rounded to binary32.

    :raises OverflowError: one is out of range.
    """
    values = [*numbers]
    form = _form(len(values))
    return form.unpack(form.pack(*values))


@lru_cache(maxsize=256)
def _form(count: int) -> struct.Struct:
    return struct.Struct(f"<{count}f")


def _rounded(number: float) -> float:
    """Return a binary64 number, within the range of binary32, rounded to binary32."""
    rounded: float = _BINARY32.unpack(_BINARY32.pack(number))[0]
    return rounded


def _neighbour(single: float, *, up: bool) -> float:
    """Return the next binary32 number above or below one."""
    if single == 0:
        tiny: float = _BINARY32.unpack(_BITS.pack(1))[0]
        return tiny if up else -tiny
    bits = _BITS.unpack(_BINARY32.pack(single))[0]
    away = up == (single > 0)
    following: float = _BINARY32.unpack(_BITS.pack(bits + (1 if away else -1)))[0]
    return following
