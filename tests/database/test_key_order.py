"""Stored keys: their bytes order as DynamoDB orders, and ranges of them hold what they should."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddbmock.database.key import KeyAttribute, KeySchema, hash_prefix
from ddbmock.database.stored_key import component, prefix_range, range_of, segment_range, within
from ddbmock.values.model import BOOL, B, N, S
from ddbmock.values.number import canonical

Scalar = S | N | B

numbers = st.one_of(
    st.integers(-(10**38) + 1, 10**38 - 1).map(str),
    st.builds(
        lambda digits, exponent: f"{digits}e{exponent}",
        st.integers(-(10**20), 10**20),
        st.integers(-100, 100),
    ),
    st.sampled_from(["0", "1e-130", "-1e-130", "9.9e125", "-9.9e125", "0.1", "-0.1"]),
).map(lambda text: N(canonical(text)))
# NUL and 0xFF are what the stored form has to be careful about.
texts = st.text(st.sampled_from("\0\x01a\xff\uffff\U0001f600") | st.characters(codec="utf-8")).map(
    S
)
binaries = st.binary().map(B) | st.text(st.sampled_from("\0\x01a\xff")).map(
    lambda text: B(text.encode("latin-1"))
)
KINDS: dict[str, st.SearchStrategy[Any]] = {"N": numbers, "S": texts, "B": binaries}


def natural(value: Scalar) -> Any:
    """What orders values of one type, as documented."""
    match value:
        case N(text):
            return Decimal(text)
        case S(text):
            return text.encode("utf-8")
        case B(content):
            return content


def schema(kinds: str) -> KeySchema:
    """A hash key ``h`` and range keys ``r0``, ``r1`` of these types."""
    return KeySchema(
        (KeyAttribute("h", "S"),),
        tuple(KeyAttribute(f"r{number}", kind) for number, kind in enumerate(kinds)),
    )


def stored(kinds: str, values: Sequence[Scalar]) -> bytes:
    return schema(kinds).stored(
        {"h": S("x"), **{f"r{number}": value for number, value in enumerate(values)}}
    )


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_range_keys_order_by_value(kind: str, data: st.DataObject) -> None:
    one, two = data.draw(KINDS[kind]), data.draw(KINDS[kind])
    stored_one, stored_two = stored(kind, [one]), stored(kind, [two])
    assert (stored_one < stored_two) is (natural(one) < natural(two))
    assert (stored_one == stored_two) is (one == two)


@pytest.mark.parametrize("kinds", ["SS", "NB", "BN", "SN"])
@given(data=st.data())
def test_several_range_keys_order_one_after_the_other(kinds: str, data: st.DataObject) -> None:
    one, two = ([data.draw(KINDS[kind]) for kind in kinds] for _ in range(2))
    expected = [natural(value) for value in one] < [natural(value) for value in two]
    assert (stored(kinds, one) < stored(kinds, two)) is expected


OPERATORS: dict[str, Any] = {
    "=": lambda value, low, high: value == low,
    "<": lambda value, low, high: value < low,
    "<=": lambda value, low, high: value <= low,
    ">": lambda value, low, high: value > low,
    ">=": lambda value, low, high: value >= low,
    "BETWEEN": lambda value, low, high: low <= value <= high,
    "begins_with": lambda value, low, high: value.startswith(low),
}


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_a_range_holds_the_keys_that_meet_its_condition(
    kind: str, operator: str, data: st.DataObject
) -> None:
    if operator == "begins_with" and kind == "N":
        return
    value, low, high = (data.draw(KINDS[kind]) for _ in range(3))
    low, high = sorted((low, high), key=natural)
    prefix = hash_prefix(schema(kind), [S("x")])
    key_range = range_of(prefix, operator, [low, high])
    expected = OPERATORS[operator](natural(value), natural(low), natural(high))
    assert within(stored(kind, [value]), key_range) is expected
    # Further bytes, as entries of indexes have them, make no difference.
    assert within(stored(kind, [value]) + b"\xff\0", key_range) is expected


@given(texts, texts)
def test_no_hash_key_lies_within_the_range_of_another(one: S, two: S) -> None:
    key_schema = schema("S")
    key_range = prefix_range(hash_prefix(key_schema, [one]))
    assert within(key_schema.stored({"h": two, "r0": S("x")}), key_range) is (one == two)


@given(texts, st.integers(1, 1_000_000))
def test_every_key_lies_in_exactly_one_segment(text: S, total: int) -> None:
    key = schema("").stored({"h": text})
    bucket = int.from_bytes(key[:2], "big") >> 4
    near = range(max(bucket * total // 4096 - 2, 0), min((bucket + 1) * total // 4096 + 3, total))
    assert sum(within(key, segment_range(segment, total)) for segment in near) == 1


def test_segments_leave_no_gap() -> None:
    for total in (1, 3, 4095, 4096, 4097, 10_000):
        ranges = [segment_range(segment, total) for segment in range(total)]
        filled = [key_range for key_range in ranges if key_range != (b"", b"")]
        assert filled[0][0] == b"\0\0\0"
        assert filled[-1][1] is None
        assert [high for _, high in filled[:-1]] == [low for low, _ in filled[1:]]


def test_only_scalars_can_be_part_of_a_key() -> None:
    with pytest.raises(TypeError, match=r"BOOL\(True\) cannot be part of a key"):
        component(BOOL(True))
