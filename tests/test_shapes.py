"""Shapes: their members, and numbers that JSON and Python have and the service has not."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from ddbmock.errors import SerializationException, ValidationException
from ddbmock.shapes import Input
from ddbmock.shapes.kinds import LONG, STRING


@pytest.mark.parametrize(
    ("number", "read"),
    [
        (2**63 - 1, 2**63 - 1),
        (2**63, 2**63 - 1),
        (10**30, 2**63 - 1),
        (1e30, 2**63 - 1),
        (-(2**63), -(2**63)),
        (-(10**30), -(2**63)),
        (-1e30, -(2**63)),
        (-1.5, -2),
    ],
)
def test_a_number_beyond_64_bits_is_the_nearest_that_has_them(number: float, read: int) -> None:
    assert LONG.read(number, "") == read


def test_members_are_found_after_their_module_has_left_sys_modules(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """pytester restores sys.modules after each run, and so do import hooks and reloaders."""
    module = ModuleType("of_a_test")
    monkeypatch.setitem(sys.modules, "of_a_test", module)
    exec(
        "from __future__ import annotations\n"
        "from ddbmock.shapes.structure import Input\n"
        "class Base(Input):\n"
        "    table_name: str\n"
        "class Request(Base):\n"
        "    limit: int | None = None\n",
        vars(module),
    )
    monkeypatch.delitem(sys.modules, "of_a_test")
    parsed = module.Request.parse({"TableName": "music", "Limit": 3})
    assert vars(parsed) == {"table_name": "music", "limit": 3}


def test_a_member_that_is_not_served_is_refused_instead_of_ignored() -> None:
    class PartlyServed(Input):
        not_served = ("Other",)

    with pytest.raises(ValidationException) as caught:
        PartlyServed.parse({"Other": {"a": 1}})
    assert caught.value.message == (
        "One or more parameter values were invalid: Other is not supported"
    )
    empty: list[object] = [None, [], {}]
    for nothing in empty:
        assert isinstance(PartlyServed.parse({"Other": nothing}), PartlyServed)


@pytest.mark.parametrize("text", ["\ud800", "token \udfff"])
def test_a_text_that_json_cannot_have_is_refused_as_over_http(text: str) -> None:
    assert STRING.read("töken", "") == "töken"
    with pytest.raises(SerializationException) as caught:
        STRING.read(text, "")
    assert caught.value.message is None
    assert "lone surrogate" in str(caught.value.hint)
