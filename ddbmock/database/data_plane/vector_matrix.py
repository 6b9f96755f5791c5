"""The nearest of many vectors, with NumPy, which is an extra.

NumPy's own product ranks all vectors roughly; every vector that the rounding errors leave in
question is then scored exactly, by the arithmetic of :mod:`.vectors`. So the result has the same
scores and the same order as without NumPy, at the cost of one product.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy

from ddbmock.database.data_plane import vectors
from ddbmock.database.data_plane.vectors import (
    COSINE,
    DOT_PRODUCT,
    EUCLIDEAN,
    SEPTEMBER_2026,
    Arithmetic,
    Scored,
    Vector,
    best,
)

if TYPE_CHECKING:
    Floats: TypeAlias = numpy.ndarray[Any, numpy.dtype[numpy.float32]]
    Doubles: TypeAlias = numpy.ndarray[Any, numpy.dtype[numpy.float64]]

ROUNDING: Final = 2.0**-24
"""The largest relative error of one binary32 operation."""
SMALLEST: Final = 1e-24
LARGEST: Final = 1e30
"""Bounds of squared lengths between which sums neither overflow nor lose bits to underflow."""
_EXACT_ROWS: Final = 4096
"""The number of rows that are scored exactly in one step, which limits the memory of temporary
arrays."""


class Matrix:
    """Packed vectors as the rows of a NumPy matrix. Immutable; usable from any thread."""

    __slots__ = ("_norms", "_ordinary", "_rows")

    def __init__(self, stored: Sequence[bytes], dimensions: int) -> None:
        content = numpy.frombuffer(b"".join(stored), "<f4")
        self._rows: Floats = content.reshape(len(stored), dimensions)
        self._norms: Doubles = _squared_lengths(self._rows)
        self._ordinary = bool(numpy.all((self._norms == 0) | _is_ordinary(self._norms)))

    @property
    def size(self) -> int:
        """Bytes of the vectors."""
        return int(self._rows.nbytes)

    def nearest(
        self,
        function: str,
        query: Vector,
        count: int,
        arithmetic: Arithmetic = SEPTEMBER_2026,
    ) -> list[Scored]:
        """Return the best `count` rows, best first; equal scores in the order of the rows."""
        target: Floats = numpy.array(query, "<f4")
        candidates = self._candidates(function, target, count)
        rows = self._rows[candidates]
        if arithmetic is SEPTEMBER_2026:
            scores = _exact(function, query, target, rows)
        else:
            score = arithmetic.scorer(function, query)
            scores = [score(tuple(row)) for row in rows.tolist()]
        found = [Scored(*pair) for pair in zip(scores, candidates.tolist(), strict=True)]
        return best(function, found, count)

    def _candidates(self, function: str, target: Floats, count: int) -> Any:
        """Return the numbers of all rows that may be among the best `count`, in order."""
        rows, norms = self._rows, self._norms
        own = float(_squared_lengths(target[None, :])[0])
        everything = numpy.arange(len(rows))
        if len(rows) <= count or not self._ordinary or not _is_ordinary(own):
            return everything
        rough, error = _rough(function, rows @ target, norms, own, rows.shape[1])
        limit = numpy.partition(rough + error, count - 1)[count - 1]
        return everything[rough - error <= limit + abs(limit) * 8 * ROUNDING]


def _rough(
    function: str, products: Floats, norms: Doubles, own: float, dimensions: int
) -> tuple[Doubles, Doubles]:
    """Return a rough value of each row, the lowest being the best, and the largest possible error.

    A sum of n products is off by at most about n roundings of the product of the lengths, in
    whatever order it is made; the bounds taken here are several times as wide.
    """
    unit = 4 * (dimensions + 4) * ROUNDING
    dots = products.astype(numpy.float64)
    if function == EUCLIDEAN:
        squares = own + norms
        return squares - 2 * dots, unit * squares
    lengths = numpy.sqrt(own * norms)
    if function == DOT_PRODUCT:
        return -dots, unit * lengths
    assert function == COSINE
    zero = norms == 0
    cosines = numpy.where(zero, 0.0, dots / numpy.where(zero, 1.0, lengths))
    return 1 - cosines, numpy.full_like(cosines, unit)


def _exact(function: str, query: Vector, target: Floats, rows: Floats) -> list[float]:
    """Return the scores of rows as :func:`.vectors.score` computes them."""
    found: list[float] = []
    for start in range(0, len(rows), _EXACT_ROWS):
        found += _exact_scores(function, query, target, rows[start : start + _EXACT_ROWS])
    return found


def _exact_scores(function: str, query: Vector, target: Floats, rows: Floats) -> list[float]:
    with numpy.errstate(all="ignore"):
        if function == EUCLIDEAN:
            differences = target - rows
            raw = numpy.sqrt(_sums(differences * differences).astype(numpy.float64))
        else:
            raw = _sums(target * rows).astype(numpy.float64)
        if function == COSINE:
            norms = _squared_lengths(rows) * _squared_lengths(target[None, :])
            raw = numpy.where(norms == 0, 1.0, 1 - raw / numpy.sqrt(norms))
            raw[numpy.isinf(norms)] = numpy.nan
        finite = numpy.isfinite(raw)
        scores: list[float] = (raw.astype(numpy.float32) + numpy.float32(0)).tolist()
    for row in numpy.flatnonzero(~finite).tolist():
        scores[row] = vectors.score(function, query, vectors.unpacked(rows[row].tobytes()))
    return scores


def _squared_lengths(rows: Floats) -> Doubles:
    with numpy.errstate(all="ignore"):
        return _sums(rows * rows).astype(numpy.float64)


def _sums(parts: Floats) -> Floats:
    """Return the sum of each row by recursive halving, in binary32."""
    while parts.shape[1] > 1:
        even = parts.shape[1] // 2 * 2
        sums = parts[:, 0:even:2] + parts[:, 1:even:2]
        parts = sums if even == parts.shape[1] else numpy.hstack((sums, parts[:, even:]))
    return parts[:, 0]


def _is_ordinary(squared_length: Any) -> Any:
    return (squared_length >= SMALLEST) & (squared_length <= LARGEST)
