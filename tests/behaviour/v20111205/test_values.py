"""Values of the first API: six types, nothing empty, numbers of 38 digits."""

from __future__ import annotations

import pytest

from tests.behaviour.calling import Caller
from tests.behaviour.v20111205.requests import Json, b, get, key, n, put, s


@pytest.mark.parametrize(
    "value",
    [
        s("x"),
        s(" "),
        s("\u0000"),
        s('ü€𝄞\n\t"\\/'),
        s("x" * 60000),
        n("0"),
        n("-12.5"),
        b("AA=="),
        b("/+8="),
        {"SS": ["a"]},
        {"SS": ["a", "b", "é"]},
        {"NS": ["-3", "1", "2.5"]},
        {"BS": ["AA==", "AAA=", "/w=="]},
    ],
)
def test_a_value_comes_out_as_it_went_in(call: Caller, simple: str, value: Json) -> None:
    put(call, simple, id=s("a"), x=value)
    assert get(call, simple, key(s("a"))) == {"id": s("a"), "x": value}


@pytest.mark.parametrize(
    ("number", "stored"),
    [
        ("1.50", "1.5"),
        ("007", "7"),
        ("1e2", "100"),
        ("1E+2", "100"),
        ("-0", "0"),
        ("0.000", "0"),
        ("0e5", "0"),
        ("100", "100"),
        (".5", "0.5"),
        ("-.50", "-0.5"),
        ("+5", "5"),
        ("12345678901234567890123456789012345678", "12345678901234567890123456789012345678"),
        ("0.0000000000000000000000000000000000001", "0." + "0" * 36 + "1"),
        ("1e125", "1" + "0" * 125),
        ("-9.9e125", "-99" + "0" * 124),
        ("1e-128", "0." + "0" * 127 + "1"),
        ("1e-130", "0." + "0" * 129 + "1"),
    ],
)
def test_a_number_is_answered_in_plain_digits(
    call: Caller, simple: str, number: str, stored: str
) -> None:
    put(call, simple, id=s("a"), x=n(number), y={"NS": [number]})
    assert get(call, simple, key(s("a"))) == {"id": s("a"), "x": n(stored), "y": {"NS": [stored]}}


INVALID = "One or more parameter values were invalid: "
OVERFLOW = (
    "Number overflow. Attempting to store a number with magnitude larger than supported range"
)
UNDERFLOW = (
    "Number underflow. Attempting to store a number with magnitude smaller than supported range"
)
NO_NUMBER = "The parameter cannot be converted to a numeric value"
NO_TYPE = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
TWO_TYPES = (
    "Supplied AttributeValue has more than one datatypes set, "
    "must contain exactly one of the supported datatypes"
)
REFUSED: list[tuple[Json, str]] = [
    (s(""), f"{INVALID}An AttributeValue may not contain an empty string."),
    (b(""), f"{INVALID}An AttributeValue may not contain an empty binary value."),
    ({"SS": []}, f"{INVALID}An AttributeValue may not contain an empty set."),
    ({"NS": []}, f"{INVALID}An AttributeValue may not contain an empty set."),
    ({"BS": []}, f"{INVALID}An AttributeValue may not contain an empty set."),
    ({"SS": ["a", ""]}, f"{INVALID}An string set may not have a empty string as a member"),
    ({"BS": ["", "AA=="]}, f"{INVALID}Binary sets may not contain null or empty values"),
    ({"NS": ["1", ""]}, NO_NUMBER),
    ({"SS": ["a", "a"]}, f"{INVALID}Input collection [a, a] contains duplicates."),
    ({"NS": ["1", "2", "1.0"]}, "Input collection contains duplicates"),
    (
        {"BS": ["AA==", "AA=="]},
        f"{INVALID}Input collection [AA==, AA==]of type BS contains duplicates.",
    ),
    ({}, NO_TYPE),
    ({"X": "x"}, NO_TYPE),
    ({"S": None}, NO_TYPE),
    ({"BOOL": True}, NO_TYPE),
    ({"NULL": True}, NO_TYPE),
    ({"L": [s("x")]}, NO_TYPE),
    ({"M": {"x": s("x")}}, NO_TYPE),
    ({"S": "x", "N": "1"}, TWO_TYPES),
    ({"S": "x", "SS": ["x"]}, TWO_TYPES),
    (n(""), NO_NUMBER),
    (n("x"), f"{NO_NUMBER}: x"),
    (n("1x"), f"{NO_NUMBER}: 1x"),
    (n("1 "), f"{NO_NUMBER}: 1 "),
    (n(" 1"), f"{NO_NUMBER}:  1"),
    (n("1,5"), f"{NO_NUMBER}: 1,5"),
    (n("0x1"), f"{NO_NUMBER}: 0x1"),
    (n("NaN"), f"{NO_NUMBER}: NaN"),
    (n("Infinity"), f"{NO_NUMBER}: Infinity"),
    (n("1e"), f"{NO_NUMBER}: 1e"),
    (n("--1"), f"{NO_NUMBER}: --1"),
    (n("."), f"{NO_NUMBER}: ."),
    (n("٣"), f"{NO_NUMBER}: ٣"),
    (n("1e126"), OVERFLOW),
    (n("-1e127"), OVERFLOW),
    (n("1e999999999"), OVERFLOW),
    (n("1e-131"), UNDERFLOW),
    (n("-1e-999999999"), UNDERFLOW),
    (n("1" * 39), "Attempting to store more than 38 significant digits in a Number"),
    (n("0." + "1" * 39), "Attempting to store more than 38 significant digits in a Number"),
]


@pytest.mark.parametrize(("value", "message"), REFUSED)
class TestRefusedValues:
    """What no value can be is refused wherever a value can stand."""

    def test_in_an_item(self, call: Caller, simple: str, value: Json, message: str) -> None:
        request = {"TableName": simple, "Item": {"id": s("a"), "x": value}}
        assert call.refused("PutItem", request) == (400, "ValidationException", message)
        assert get(call, simple, key(s("a"))) is None


PLACES: list[tuple[str, Json]] = [
    ("PutItem", {"TableName": "simple", "Item": {"id": s("")}}),
    ("GetItem", {"TableName": "simple", "Key": key(s(""))}),
    ("DeleteItem", {"TableName": "simple", "Key": key(s(""))}),
    ("UpdateItem", {"TableName": "simple", "Key": key(s("")), "AttributeUpdates": {}}),
    (
        "UpdateItem",
        {"TableName": "simple", "Key": key(s("a")), "AttributeUpdates": {"x": {"Value": s("")}}},
    ),
    (
        "PutItem",
        {"TableName": "simple", "Item": {"id": s("a")}, "Expected": {"x": {"Value": s("")}}},
    ),
    ("BatchGetItem", {"RequestItems": {"simple": {"Keys": [key(s(""))]}}}),
    (
        "BatchWriteItem",
        {"RequestItems": {"simple": [{"PutRequest": {"Item": {"id": s("a"), "x": s("")}}}]}},
    ),
    ("BatchWriteItem", {"RequestItems": {"simple": [{"DeleteRequest": {"Key": key(s(""))}}]}}),
    ("Query", {"TableName": "simple", "HashKeyValue": s("")}),
    (
        "Query",
        {
            "TableName": "simple",
            "HashKeyValue": s("a"),
            "RangeKeyCondition": {"ComparisonOperator": "EQ", "AttributeValueList": [s("")]},
        },
    ),
    ("Query", {"TableName": "simple", "HashKeyValue": s("a"), "ExclusiveStartKey": key(s(""))}),
    (
        "Scan",
        {
            "TableName": "simple",
            "ScanFilter": {"x": {"ComparisonOperator": "EQ", "AttributeValueList": [s("")]}},
        },
    ),
    ("Scan", {"TableName": "simple", "ExclusiveStartKey": key(s(""))}),
]


@pytest.mark.parametrize(("operation", "request_"), PLACES)
def test_an_empty_string_is_refused_everywhere(
    call: Caller, simple: str, operation: str, request_: Json
) -> None:
    assert call.refused(operation, request_) == (
        400,
        "ValidationException",
        f"{INVALID}An AttributeValue may not contain an empty string.",
    )


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ({}, 3),
        ({"abc": s("x")}, 3 + 4),
        ({"é": s("é€")}, 3 + 2 + 5),
        ({"b": b("AAAA")}, 3 + 1 + 3),
        ({"n": n("1")}, 3 + 1 + 2),
        ({"n": n("0")}, 3 + 1 + 1),
        ({"n": n("-1")}, 3 + 1 + 3),
        ({"n": n("12.3456")}, 3 + 1 + 4),
        ({"n": n("1" * 38)}, 3 + 1 + 20),
        ({"s": {"SS": ["a", "bc"]}}, 3 + 1 + 3),
        ({"s": {"NS": ["1", "100"]}}, 3 + 1 + 2 + 2),
        ({"s": {"BS": ["AA==", "AAA="]}}, 3 + 1 + 3),
    ],
)
def test_sizes_are_names_and_values_and_100_for_indexing(
    call: Caller, simple: str, attributes: Json, size: int
) -> None:
    put(call, simple, id=s("a"), **attributes)
    table = call("DescribeTable", {"TableName": simple})["Table"]
    assert (table["ItemCount"], table["TableSizeBytes"]) == (1, size + 100)


def test_an_attribute_name_has_at_most_65535_bytes(call: Caller, simple: str) -> None:
    request = {"TableName": simple, "Item": {"id": s("a"), "é" * 32768: s("x")}}
    assert call.refused("PutItem", request) == (
        400,
        "ValidationException",
        f"{INVALID}Attribute name is too large, must be less than 65536 bytes",
    )
    request["Item"] = {"id": s("a"), "é" * 32765: s("x")}
    assert call("PutItem", request) == {"ConsumedCapacityUnits": 64.0}
