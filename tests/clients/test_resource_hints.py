"""Hints for values that boto3's resources cannot serialise: each kind of value has its sentence."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from ddbmock.clients.resource_hints import hint


class Model:
    """A model like pydantic's."""

    def model_dump(self) -> dict[str, Any]:
        return {}


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (Fraction(1, 3), "Item.a is of the type Fraction: write int(...) or Decimal(str(...))."),
        (
            Decimal("1E200"),
            "Item.a is 1E+200: a number goes from 1E-130 to 9.99E+125, and so below zero.",
        ),
        (Model(), "Item.a is the model Model: write .model_dump()."),
        (True, None),
        (None, None),
        (Decimal(0), None),
        ({"x", "y"}, None),
    ],
)
def test_a_value_has_its_hint(value: Any, sentence: str | None) -> None:
    assert hint({"Item": {"a": value}}) == sentence


def test_an_object_of_another_class_is_named() -> None:
    found = hint({"Item": {"a": object()}})
    assert found is not None
    assert found.startswith("Item.a is of the type object, which DynamoDB does not have")
