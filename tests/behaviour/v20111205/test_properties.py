"""What holds of all numbers, keys, sizes and pages."""

from __future__ import annotations

import base64
from collections.abc import Callable
from decimal import Context, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddbmock.errors import ValidationException
from tests.behaviour.v20111205.database import Database
from tests.behaviour.v20111205.requests import Json, condition, key, n, s

EXACT = Context(prec=400)

digits = st.text("0123456789", min_size=1, max_size=38)
numbers = st.builds(
    lambda sign, text, exponent: Decimal(f"{sign}{text}e{exponent}"),
    st.sampled_from(["", "-"]),
    digits,
    st.one_of(st.integers(-3, 3), st.integers(-80, 80)),
)


@st.composite
def spellings(draw: st.DrawFn, number: Decimal) -> str:
    """A text that means the number."""
    text = format(number, draw(st.sampled_from(["f", "e", "E"])))
    sign, magnitude = ("-", text[1:]) if text.startswith("-") else ("", text)
    mantissa, letter, exponent = magnitude.partition("e" if "e" in magnitude else "E")
    if "." in mantissa:
        mantissa += "0" * draw(st.integers(0, 3))
    return f"{sign}{'0' * draw(st.integers(0, 3))}{mantissa}{letter}{exponent}"


def plain(number: Decimal) -> str:
    """The text that DynamoDB gives back."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if Decimal(text) == 0 else text


@given(st.data(), numbers)
def test_any_spelling_of_a_number_comes_back_in_plain_digits(
    data: st.DataObject, number: Decimal
) -> None:
    database = Database()
    database.create("thread", "id:N")
    text = data.draw(spellings(number))
    database("PutItem", TableName="thread", Item={"id": n(text)})
    item = database("GetItem", TableName="thread", Key=key(n(data.draw(spellings(number)))))
    assert item["Item"] == {"id": n(plain(number))}


@given(numbers, numbers)
def test_add_is_exact_or_refused(one: Decimal, other: Decimal) -> None:
    database = Database()
    database.create("thread", "id:S")
    database("PutItem", TableName="thread", Item={"id": s("a"), "x": n(plain(one))})
    total = EXACT.add(one, other)
    request: Json = {
        "TableName": "thread",
        "Key": key(s("a")),
        "AttributeUpdates": {"x": {"Action": "ADD", "Value": n(plain(other))}},
        "ReturnValues": "UPDATED_NEW",
    }
    if len(total.normalize(EXACT).as_tuple().digits) > 38:
        with pytest.raises(ValidationException):
            database("UpdateItem", **request)
        return
    assert database("UpdateItem", **request)["Attributes"] == {"x": n(plain(total))}


def text_of(value: bytes) -> str:
    return base64.b64encode(value).decode()


Keys = tuple[str, Any, Callable[[Any], Json], Callable[[Any], Any]]
KINDS: list[Keys] = [
    ("N", numbers, lambda value: n(plain(value)), lambda value: value),
    (
        "S",
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5),
        s,
        lambda value: value.encode(),
    ),
    (
        "B",
        st.binary(min_size=1, max_size=5),
        lambda value: {"B": text_of(value)},
        lambda value: value,
    ),
]
MEANING: dict[str, Callable[[Any, list[Any]], bool]] = {
    "EQ": lambda found, values: found == values[0],
    "LT": lambda found, values: found < values[0],
    "LE": lambda found, values: found <= values[0],
    "GT": lambda found, values: found > values[0],
    "GE": lambda found, values: found >= values[0],
    "BETWEEN": lambda found, values: values[0] <= found <= values[1],
    "BEGINS_WITH": lambda found, values: found.startswith(values[0]),
}


def filled(kind: Keys, keys: list[Any]) -> Database:
    """A database whose table has items with these range keys under the hash key ``a``."""
    letter, _, json_of, _ = kind
    database = Database()
    database.create("thread", "id:S", f"at:{letter}")
    for number, value in enumerate(keys):
        item = {"id": s("a"), "at": json_of(value), "x": n(number)}
        database("PutItem", TableName="thread", Item=item)
        database("PutItem", TableName="thread", Item={**item, "id": s("b")})
    return database


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind[0])
@given(data=st.data())
def test_a_query_finds_what_its_condition_says_in_order(kind: Keys, data: st.DataObject) -> None:
    letter, strategy, json_of, order = kind
    keys = data.draw(st.lists(strategy, unique=True, max_size=8))
    operators = sorted(MEANING) if letter != "N" else sorted(MEANING.keys() - {"BEGINS_WITH"})
    operator = data.draw(st.sampled_from(operators))
    values = sorted(
        data.draw(st.lists(st.one_of(strategy, st.sampled_from(keys or [None]).filter(bool)),
                           min_size=2, max_size=2)),
        key=order,
    )[: 2 if operator == "BETWEEN" else 1]  # fmt: skip
    forward = data.draw(st.booleans())
    answer = filled(kind, keys)(
        "Query",
        TableName="thread",
        HashKeyValue=s("a"),
        RangeKeyCondition=condition(operator, *map(json_of, values)),
        ScanIndexForward=forward,
    )
    meant = [order(value) for value in values]
    expected = [value for value in keys if MEANING[operator](order(value), meant)]
    expected.sort(key=order, reverse=not forward)
    assert [item["at"] for item in answer["Items"]] == list(map(json_of, expected))


READS: list[tuple[str, Json]] = [
    ("Query", {"HashKeyValue": s("a")}),
    ("Query", {"HashKeyValue": s("a"), "ScanIndexForward": False}),
    ("Scan", {}),
    ("Scan", {"ScanFilter": {"x": condition("GE", n(3))}}),
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind[0])
@given(data=st.data())
def test_pages_of_any_sizes_together_are_the_whole(kind: Keys, data: st.DataObject) -> None:
    _, strategy, _, _ = kind
    database = filled(kind, data.draw(st.lists(strategy, unique=True, max_size=8)))
    operation, members = data.draw(st.sampled_from(READS))
    request: Json = {"TableName": "thread", **members}
    whole = database(operation, **request)
    items: list[Json] = []
    scanned = 0
    while True:
        page = database(operation, **request, Limit=data.draw(st.integers(1, 5)))
        items += page["Items"]
        scanned += page["ScannedCount"] if "ScannedCount" in page else page["Count"]
        if "LastEvaluatedKey" not in page:
            break
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    assert items == whole["Items"]
    assert scanned == whole.get("ScannedCount", whole["Count"])


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4)


def number_bytes(number: Decimal) -> int:
    """Pairs of digits aligned to the decimal point, a byte for the magnitude, one for minus."""
    if number == 0:
        return 1
    sign, all_digits, exponent = number.normalize(EXACT).as_tuple()
    assert isinstance(exponent, int)
    first, last = len(all_digits) + exponent, exponent
    pairs = -(-first // 2) - last // 2
    return 1 + pairs + (1 if sign and pairs < 20 else 0)


def size_of(value: Any) -> int:
    match value:
        case Decimal():
            return number_bytes(value)
        case str():
            return len(value.encode())
        case bytes():
            return len(value)
        case _:
            return sum(map(size_of, value))


def json_of(value: Any) -> Json:
    match value:
        case Decimal():
            return n(plain(value))
        case str():
            return s(value)
        case bytes():
            return {"B": text_of(value)}
        case _:
            members = [json_of(member) for member in value]
            (tag,) = {f"{next(iter(member))}S" for member in members}
            return {tag: [next(iter(member.values())) for member in members]}


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
values = st.one_of(
    numbers,
    texts,
    st.binary(min_size=1),
    st.frozensets(numbers, min_size=1, max_size=4),
    st.frozensets(texts, min_size=1, max_size=4),
    st.frozensets(st.binary(min_size=1), min_size=1, max_size=4),
)


@given(st.lists(st.dictionaries(names, values, max_size=4), max_size=4))
def test_the_size_of_a_table_is_that_of_its_items(items: list[dict[str, Any]]) -> None:
    database = Database()
    database.create("thread", "the key:S")
    total = 0
    for number, attributes in enumerate(items):
        item = {name: json_of(value) for name, value in attributes.items()}
        item["the key"] = s(str(number))
        database("PutItem", TableName="thread", Item=item)
        total += 100 + len("the key") + 1
        total += sum(len(name.encode()) + size_of(value) for name, value in attributes.items())
    table = database("DescribeTable", TableName="thread")["Table"]
    assert (table["ItemCount"], table["TableSizeBytes"]) == (len(items), total)
