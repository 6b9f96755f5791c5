"""Filter patterns, with the quirks of recorded event source mappings."""

from __future__ import annotations

from typing import Any

import pytest

from ddbmock.triggers import TriggerError
from ddbmock.triggers.filter_patterns import FilterPattern

RECORD = {
    "eventName": "INSERT",
    "dynamodb": {
        "ApproximateCreationDateTime": 1_790_000_000,
        "NewImage": {
            "id": {"S": "us-1"},
            "price": {"N": "5"},
            "sold": {"BOOL": True},
            "gone": {"NULL": True},
            "tags": {"SS": ["red", "blue"]},
            "file": {"S": "photo.png"},
            "empty": {"S": ""},
        },
    },
}


def image(**pattern: Any) -> dict[str, Any]:
    return {"dynamodb": {"NewImage": pattern}}


@pytest.mark.parametrize(
    ("pattern", "passes"),
    [
        ({"eventName": ["INSERT", "MODIFY"]}, True),
        ({"eventName": ["insert"]}, False),
        ({"eventName": [{"equals-ignore-case": "insert"}]}, True),
        (image(id={"S": ["us-1"]}), True),
        (image(id=["us-1"]), False),  # the type is missing
        (image(id={"S": ["us-1"]}, file={"S": ["other"]}), False),
        (image(id={"S": [{"prefix": "us-"}]}), True),
        (image(id={"S": [{"prefix": "eu-"}]}), False),
        (image(file={"S": [{"suffix": ".png"}]}), True),
        (image(id={"S": [{"anything-but": ["us-1", "us-2"]}]}), False),
        (image(id={"S": [{"anything-but": ["us-2"]}]}), True),
        (image(id={"S": [{"anything-but": {"prefix": "eu-"}}]}), True),
        (image(sold={"BOOL": [True]}), True),
        (image(sold={"BOOL": ["true"]}), False),
        (image(empty={"S": [""]}), True),
        (image(tags={"SS": ["blue"]}), True),
        (image(id={"S": [{"exists": True}]}), True),
        (image(no={"S": [{"exists": False}]}), True),
        (image(id=[{"exists": False}]), True),  # it is not a leaf
        (image(id=[{"exists": True}]), False),
        (image(price={"N": [{"numeric": [">", 0]}]}), False),  # numbers of items are texts
        (image(price={"N": ["5"]}), True),
        ({"dynamodb": {"ApproximateCreationDateTime": [{"numeric": [">", 1, "<=", 2e9]}]}}, True),
        ({"dynamodb": {"ApproximateCreationDateTime": [1_790_000_000]}}, True),
        ({"dynamodb": {"ApproximateCreationDateTime": ["1790000000"]}}, False),
        ({"$or": [{"eventName": ["REMOVE"]}, image(sold={"BOOL": [True]})]}, True),
        ({"$or": [{"eventName": ["REMOVE"]}, image(sold={"BOOL": [False]})]}, False),
        ({"eventName": ["REMOVE"], "$or": [{"eventName": ["INSERT"]}, {"x": [1]}]}, False),
    ],
)
def test_a_pattern_lets_pass(pattern: dict[str, Any], passes: bool) -> None:
    assert FilterPattern.of(pattern).matches(RECORD) is passes


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "INSERT",
        '"INSERT"',
        "[]",
        {},
        {"eventName": "INSERT"},
        {"eventName": []},
        {"eventName": [{"like": "x"}]},
        {"eventName": [{"prefix": 5}]},
        {"eventName": [{"numeric": [">"]}]},
        {"eventName": [{"numeric": ["~", 5]}]},
        {"eventName": [{"prefix": "a", "suffix": "b"}]},
        {"$or": [{"eventName": ["INSERT"]}]},
        '{"a": ["' + "x" * 4096 + '"]}',
    ],
)
def test_what_is_no_pattern_is_refused(pattern: Any) -> None:
    with pytest.raises(TriggerError, match="Invalid filter pattern definition"):
        FilterPattern.of(pattern)
