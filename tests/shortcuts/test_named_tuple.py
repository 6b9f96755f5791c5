"""Named tuples behave as the standard library's."""

from __future__ import annotations

import copy
import pickle
import re
import types
import typing
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ddbmock
from ddbmock.named_tuple import NamedTuple
from ddbmock.testing.limits import Limit

NAMES = tuple(f"f{n}" for n in range(12))
VALUES = st.integers(0, 2)


def pair(length: int, defaults: int) -> tuple[Any, Any]:
    """Two classes with the same fields, of which the last ones have defaults."""

    def body(content: dict[str, Any]) -> None:
        fields = NAMES[:length]
        content["__annotations__"] = dict.fromkeys(fields, "int")
        content.update(dict.fromkeys(fields[length - defaults :], 0))
        content.update(__module__=__name__, doubled=lambda own: own + own)

    ours, theirs = (
        types.new_class("Made", (base,), exec_body=body) for base in (NamedTuple, typing.NamedTuple)
    )
    return ours, theirs


def outcome(call: Callable[[], Any]) -> Any:
    """What a call returns or raises."""
    try:
        return call()
    except (TypeError, ValueError, AttributeError) as error:
        # since Python 3.13 an unknown field is a TypeError in _replace too
        return TypeError if isinstance(error, ValueError) else type(error)


NAMED = st.dictionaries(st.sampled_from((*NAMES, "unknown")), VALUES, max_size=4)


@given(st.data(), st.integers(0, 12), st.lists(VALUES, max_size=13), NAMED, NAMED)
def test_a_named_tuple_behaves_as_the_standard_librarys(
    data: st.DataObject,
    length: int,
    positional: list[int],
    named: dict[str, int],
    changes: dict[str, int],
) -> None:
    ours, theirs = pair(length, data.draw(st.integers(0, length)))
    assert ours.__bases__ != theirs.__bases__, "two implementations"
    assert (ours._fields, ours._field_defaults) == (theirs._fields, theirs._field_defaults)
    assert ours.__match_args__ == theirs.__match_args__
    assert outcome(lambda: ours._make(positional)) == outcome(lambda: theirs._make(positional))
    mine = outcome(lambda: ours(*positional, **named))
    other = outcome(lambda: theirs(*positional, **named))
    assert mine == other
    if isinstance(mine, type):
        return
    assert type(mine) is ours
    assert (repr(mine), hash(mine)) == (repr(other), hash(other))
    assert mine._asdict() == other._asdict()
    assert [getattr(mine, name) for name in ours._fields] == list(other)
    assert mine.doubled() == other.doubled()
    replaced = outcome(lambda: mine._replace(**changes))
    assert replaced == outcome(lambda: other._replace(**changes))
    assert type(replaced) is ours or replaced in (TypeError, ValueError)
    for name in ("f0", "unknown"):
        assert outcome(partial(setattr, mine, name, 1)) is AttributeError


def test_errors_name_the_class_and_the_field() -> None:
    ours, theirs = pair(2, 0)
    for kind in (ours, theirs):
        with pytest.raises(TypeError, match=r"Made\.__new__\(\) missing .* argument: 'f1'"):
            kind(1)


def test_a_field_without_a_default_cannot_follow_one_with_a_default() -> None:
    with pytest.raises(TypeError, match="default"):

        class Wrong(NamedTuple):
            first: int = 0
            second: int  # type: ignore[misc]  # as said


def test_instances_can_be_copied_and_matched() -> None:
    limit = Limit(max_rcu=2)
    assert copy.deepcopy(limit) == copy.copy(limit) == pickle.loads(pickle.dumps(limit)) == limit
    assert type(copy.deepcopy(limit)) is Limit
    match limit:
        case Limit(max_rcu=units):
            assert units == 2


def test_all_named_tuples_of_the_package_are_cheap() -> None:
    of_typing = re.compile(r"^from typing import (\([^)]*|.*)\bNamedTuple\b", re.M)
    importing = [
        path.stem
        for path in Path(ddbmock.__file__).parent.rglob("*.py")
        if of_typing.search(path.read_text(encoding="utf-8"))
    ]
    assert importing == []
