"""Frozen dataclasses behave as the standard library's."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddbmock import frozen
from ddbmock.database.schema import Throughput
from ddbmock.settings import Settings, SettingsError

NAMES = ("a", "b", "c", "d")
VALUES = st.integers(0, 2)


def pair(defaults: int) -> tuple[Any, Any]:
    """Two classes with the same fields, of which the last ones have defaults."""

    def body() -> dict[str, Any]:
        instance: dict[str, Any] = {"__annotations__": dict.fromkeys(NAMES, "object")}
        for name in NAMES[len(NAMES) - defaults :]:
            instance[name] = dataclasses.field(default_factory=list) if name == "d" else 0
        return instance

    ours: Any = frozen.dataclass(frozen=True)(type("Made", (), body()))
    return ours, dataclasses.dataclass(frozen=True)(type("Made", (), body()))


def outcome(call: Callable[[], Any]) -> Any:
    """What a call returns or raises."""
    try:
        return call()
    except (TypeError, dataclasses.FrozenInstanceError) as error:
        return type(error)


def content(instance: Any) -> Any:
    return (
        instance
        if isinstance(instance, type)
        else {name: getattr(instance, name) for name in NAMES}
    )


NAMED = st.dictionaries(st.sampled_from((*NAMES, "unknown")), VALUES)


@given(st.integers(0, 4), st.lists(VALUES, max_size=5), NAMED, NAMED)
def test_a_frozen_dataclass_behaves_as_the_standard_librarys(
    defaults: int, positional: list[int], named: dict[str, int], changes: dict[str, int]
) -> None:
    ours, theirs = pair(defaults)
    mine = outcome(lambda: ours(*positional, **named))
    other = outcome(lambda: theirs(*positional, **named))
    assert content(mine) == content(other)
    if isinstance(mine, type):
        return
    assert repr(mine).rpartition(".")[2] == repr(other).rpartition(".")[2]
    assert dataclasses.asdict(mine) == frozen.members(mine) == dataclasses.asdict(other)
    assert outcome(lambda: hash(mine)) == outcome(lambda: hash(other))
    replaced = outcome(lambda: frozen.replace(mine, **changes))
    assert content(replaced) == content(outcome(lambda: dataclasses.replace(other, **changes)))
    assert content(replaced) == content(outcome(lambda: dataclasses.replace(mine, **changes)))
    assert (mine == replaced) == (other == outcome(lambda: dataclasses.replace(other, **changes)))
    assert mine != other


def test_settings_have_the_standard_librarys_fields() -> None:
    settings = Settings(storage="postgresql://me:secret@host/name", limits="none")
    fields = dataclasses.fields(settings)
    assert [field.name for field in fields] == list(frozen.specified(Settings))
    assert all(field.metadata["help"] and field.kw_only for field in fields)
    assert "limits='none'" in repr(settings)
    assert "secret" not in repr(settings)
    assert dataclasses.replace(settings, limits="aws") == frozen.replace(settings, limits="aws")
    with pytest.raises(TypeError):
        Settings("none")  # type: ignore[call-arg]  # as said
    with pytest.raises(SettingsError):
        frozen.replace(settings, limits="some")  # type: ignore[arg-type]  # as said


def test_fields_cannot_be_assigned_or_deleted() -> None:
    instance = Throughput(1, 2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        instance.read_units = 2  # type: ignore[misc]  # as said
    with pytest.raises(dataclasses.FrozenInstanceError):
        del instance.read_units
    assert instance == Throughput(1, write_units=2)


def test_a_default_factory_makes_a_value_for_each_instance() -> None:
    ours, _ = pair(1)
    assert ours(1, 2, 3).d is not ours(1, 2, 3).d


def test_instances_can_be_copied_and_matched() -> None:
    instance = Throughput(1, 2)
    assert copy.deepcopy(instance) == pickle.loads(pickle.dumps(instance)) == instance
    match instance:
        case Throughput(read, write):
            assert (read, write) == (1, 2)
