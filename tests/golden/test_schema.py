"""One schema for all golden vectors: no unknown member, no missing one, and a source for each.

A misspelt member would otherwise drop a check in silence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

HERE = Path(__file__).parent


class Form(NamedTuple):
    """The members of one kind of vector."""

    required: frozenset[str]
    optional: frozenset[str] = frozenset()

    @classmethod
    def of(cls, required: str, optional: str = "") -> Form:
        return cls(frozenset(required.split()), frozenset(optional.split()))

    def fits(self, vector: Mapping[str, Any]) -> bool:
        return self.required <= vector.keys() <= self.required | self.optional


REQUESTS: Final = (
    Form.of("operation request response source", "api setup settings"),
    Form.of("operation request status type message source", "api setup settings messages members"),
)
"""A request, and its output or its error."""

EXPRESSIONS: Final = (
    Form.of("kind expression result source", "names values item updated_old updated_new"),
    Form.of("kind expression error source", "names values item"),
    Form.of("kind given result source", "item conditional_operator updated_old updated_new"),
    Form.of("kind given error source", "item conditional_operator operation"),
    Form.of("kind given source", "operation"),
    Form.of("kind error source", "names values expression"),
    Form.of("kind source", "names values expression"),
)
"""An expression or a legacy parameter, and its result or its error."""

OTHERS: Final = (
    Form.of("dimensions projection operation members written source", "before"),
    Form.of("query stored source", "COSINE EUCLIDEAN DOT_PRODUCT"),
)
"""Capacity and scores of vector indexes."""

KINDS: Final = frozenset(
    [
        "condition",
        "filter",
        "key_condition",
        "update",
        "projection",
        "conditions",
        "expected",
        "key_conditions",
        "attributes_to_get",
        "attribute_updates",
        "names",
        "parameters",
    ]
)

VAGUE: Final = re.compile(r"observed (?:since|in)? ?\d{4}|observed \d{4}-\d{4}|.{0,11}", re.DOTALL)
"""Sources that cannot be looked up."""

VECTORS = [
    pytest.param(vector, id=f"{path.stem}-{number}")
    for path in sorted(HERE.glob("*.json"))
    for number, vector in enumerate(json.loads(path.read_text(encoding="utf-8")))
]


def check(vector: Mapping[str, Any]) -> None:
    assert any(form.fits(vector) for form in (*REQUESTS, *EXPRESSIONS, *OTHERS)), sorted(vector)
    assert vector.get("kind", "condition") in KINDS
    source = vector["source"]
    assert not VAGUE.fullmatch(source), f"cannot be looked up: {source}"


@pytest.mark.parametrize("vector", VECTORS)
def test_a_vector_has_the_members_of_its_kind_and_a_source(vector: Mapping[str, Any]) -> None:
    check(vector)


@pytest.mark.parametrize(
    "changed",
    [
        {"reqest": {}},
        {"request": None, "resonse": {}},
        {"source": "observed since 2021"},
        {"source": "observed 2013-2020"},
        {"source": ""},
        {"kind": "conditon"},
    ],
)
def test_the_schema_rejects_what_is_misspelt_or_vague(changed: Mapping[str, Any]) -> None:
    good = {"operation": "ListTables", "request": {}, "response": {}, "source": "service model"}
    check(good)
    with pytest.raises(AssertionError):
        check({**good, **changed})
