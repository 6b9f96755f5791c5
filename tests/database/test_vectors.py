"""Scores of vectors: the recorded ones to the last bit, and the same with and without NumPy."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddbmock.database.data_plane import vectors
from ddbmock.database.data_plane.vectors import DISTANCE_FUNCTIONS, MAX_BINARY32
from ddbmock.values.number import canonical

pytest.importorskip("numpy")
from ddbmock.database.data_plane import vector_matrix

GOLDEN = Path(__file__).parent.parent / "golden" / "vector_scores.json"
SCORES = [
    pytest.param(vector, function, id=f"{number}-{function}")
    for number, vector in enumerate(json.loads(GOLDEN.read_text(encoding="utf-8")))
    for function in DISTANCE_FUNCTIONS
    if function in vector
]

singles = st.floats(width=32, allow_nan=False, allow_infinity=False)
"""Any number, very large and very small ones among them."""
ordinary = st.one_of(st.integers(-3, 3).map(float), st.floats(-2, 2, width=32))


@pytest.mark.parametrize(("vector", "function"), SCORES)
def test_a_score_is_the_recorded_one(vector: Mapping[str, Any], function: str) -> None:
    query, stored = (vectors.vector(vector[name]) for name in ("query", "stored"))
    assert vectors.score(function, query, stored) == vector[function]


@pytest.mark.parametrize(("vector", "function"), SCORES)
def test_numpy_computes_the_recorded_score(vector: Mapping[str, Any], function: str) -> None:
    query, stored = (vectors.vector(vector[name]) for name in ("query", "stored"))
    matrix = vector_matrix.Matrix([vectors.packed(stored)], len(stored))
    assert matrix.nearest(function, query, 1) == [(vector[function], 0)]


@given(st.data(), st.sampled_from(DISTANCE_FUNCTIONS), st.sampled_from([singles, ordinary]))
def test_numpy_finds_the_same_as_python(
    data: st.DataObject, function: str, elements: st.SearchStrategy[float]
) -> None:
    dimensions = data.draw(st.integers(1, 12))
    one = st.lists(elements, min_size=dimensions, max_size=dimensions).map(tuple)
    stored = [vectors.packed(each) for each in data.draw(st.lists(one, min_size=1, max_size=40))]
    stored += stored[: data.draw(st.integers(0, 5))]
    query, count = data.draw(one), data.draw(st.integers(1, 50))
    matrix = vector_matrix.Matrix(stored, dimensions)
    assert matrix.nearest(function, query, count) == vectors.nearest(function, query, stored, count)


@pytest.mark.parametrize("function", DISTANCE_FUNCTIONS)
@pytest.mark.parametrize("dimensions", [3, 64, 300])
def test_numpy_keeps_every_vector_in_question(function: str, dimensions: int) -> None:
    """Many nearly equal vectors: their order is decided by the last bits."""
    start = [math.sin(7 * place) for place in range(dimensions)]
    stored = [
        struct.pack(f"<{dimensions}f", *[part * (1 + shift * 2e-7) for part in start])
        for shift in (*range(-60, 60), *range(-60, 60, 7))
    ]
    query = vectors.unpacked(stored[40])
    matrix = vector_matrix.Matrix(stored, dimensions)
    for count in (1, 10, 100):
        expected = vectors.nearest(function, query, stored, count)
        assert matrix.nearest(function, query, count) == expected


@given(singles)
def test_a_printed_element_is_read_as_itself(element: float) -> None:
    text = vectors.printed(element)
    assert struct.pack("<f", vectors.binary32(text)) == struct.pack("<f", element)
    if element and 1e-6 <= abs(element) < 1e12:
        assert "." in text
        assert "e" not in text


@given(st.decimals(allow_nan=False, allow_infinity=False, places=25, min_value=-9, max_value=9))
def test_a_decimal_becomes_the_nearest_binary32_number(number: Decimal) -> None:
    text = canonical(f"{number:f}")
    found = vectors.binary32(text)
    bits = struct.unpack("<I", struct.pack("<f", abs(found)))[0]
    exact, distance = abs(Decimal(text)), abs(abs(Decimal(text)) - Decimal(abs(found)))
    for other in (bits - 1, bits + 1):
        if other >= 0:
            neighbour = struct.unpack("<f", struct.pack("<I", other))[0]
            assert distance <= abs(exact - Decimal(neighbour))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # 1 + 2**-24 is half-way between two binary32 numbers
        ("1.000000059604644775390625", 1.0),
        ("1.0000000596046447753906250000000000001", 1.0 + 2.0**-23),
        ("1.0000001788139343261718750000000000000", 1.0 + 2.0**-22),
        ("1.0000001788139343261718749999999999999", 1.0 + 2.0**-23),
        ("-1.0000000596046447753906250000000000001", -1.0 - 2.0**-23),
    ],
)
def test_a_tie_is_decided_by_all_digits(text: str, expected: float) -> None:
    assert vectors.binary32(text) == expected


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("3.4028235E38", True),
        ("-3.4028235E38", True),
        ("3.4028236E38", False),
        ("-1E40", False),
        ("1E-130", True),
    ],
)
def test_the_range_ends_where_the_service_says(text: str, inside: bool) -> None:
    assert vectors.in_range(canonical(text)) is inside


def test_a_score_that_overflows_ends_at_the_largest_number() -> None:
    huge = vectors.vector(["3E38", "3E38"])
    assert vectors.score("DOT_PRODUCT", huge, huge) == MAX_BINARY32
    assert vectors.score("DOT_PRODUCT", huge, vectors.vector(["-3E38", "0"])) == -MAX_BINARY32
    assert vectors.score("EUCLIDEAN", huge, vectors.vector(["-3E38", "0"])) == MAX_BINARY32
    assert vectors.score("COSINE", huge, huge) == 0.0


class TestAugust2026:
    """The arithmetic that DynamoDB had when vector searches appeared."""

    def test_sums_keep_the_bits_that_binary32_loses(self) -> None:
        query = vectors.vector(["16777216", *["1"] * 7])
        stored = vectors.vector(["1"] * 8)
        scores = {"2026-09": 16777222.0, "2026-08": 16777224.0}  # 16777223 is no binary32 number
        kept = [vectors.packed(stored)]
        matrix = vector_matrix.Matrix(kept, 8)
        for month, arithmetic in (
            ("2026-09", vectors.SEPTEMBER_2026),
            ("2026-08", vectors.AUGUST_2026),
        ):
            expected = [(scores[month], 0)]
            assert vectors.nearest("DOT_PRODUCT", query, kept, 1, arithmetic) == expected
            assert matrix.nearest("DOT_PRODUCT", query, 1, arithmetic) == expected

    def test_products_saturate(self) -> None:
        large = vectors.vector(["3e38", "3e38"])
        score = vectors.AUGUST_2026.scorer("DOT_PRODUCT", large)
        assert score(large) == vectors.MAX_BINARY32
