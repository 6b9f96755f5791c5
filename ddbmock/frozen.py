"""Frozen dataclasses that cost little to import: a shortcut for the start of a process.

The standard library writes and compiles six methods for each dataclass, which takes 0.3 to 1 ms; the
first table of a process needs twenty classes. Here all classes share their methods, which read the
fields from the class, so that a class costs 0.02 ms. Instances are made as fast as the standard
library's, attributes are as fast, comparisons are slower.

Type checkers see the standard library's decorator, and its functions accept these classes.
tests/shortcuts/test_frozen.py shows that they behave the same.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from ddbmock.named_tuple import NamedTuple

T = TypeVar("T")


class _Fields(NamedTuple):
    """The fields of a class."""

    names: tuple[str, ...]
    positional: tuple[str, ...]
    """Fields that can be given without their names."""
    known: frozenset[str]
    defaults: Mapping[str, Any]
    factories: Sequence[tuple[str, Callable[[], Any]]]
    specified: Mapping[str, dataclasses.Field[Any]]
    """The result of ``dataclasses.field`` for some of them."""
    converts: bool
    """Whether the class has a ``__post_init__``."""


class _StandardFields:
    """The attribute by which the standard library's functions recognise a dataclass and its fields.

    It is taken from a dataclass that the standard library makes when one of them is first called.
    """

    def __get__(self, instance: object, cls: Any) -> Any:
        fields: _Fields = cls._fields
        twin = dataclasses.make_dataclass(
            cls.__name__,
            [(name, Any, _specified(name, fields)) for name in fields.names],
            frozen=True,
            kw_only=not fields.positional,
        )
        standard = twin.__dict__["__dataclass_fields__"]
        cls.__dataclass_fields__ = standard
        return standard


def _specified(name: str, fields: _Fields) -> dataclasses.Field[Any]:
    field = fields.specified.get(name)
    if field is None:
        field = dataclasses.field(default=fields.defaults.get(name, dataclasses.MISSING))
    return field


def _dataclass(*, frozen: bool, kw_only: bool = False) -> Callable[[type[T]], type[T]]:
    """Return the decorator of a class without bases, whose annotations are its fields."""
    assert frozen, "only frozen dataclasses have shared methods"
    return partial(_with_fields, kw_only=kw_only)


def _with_fields(cls: Any, *, kw_only: bool) -> Any:
    names = tuple(cls.__annotations__)
    specified: dict[str, dataclasses.Field[Any]] = {}
    defaults: dict[str, Any] = {}
    factories: list[tuple[str, Callable[[], Any]]] = []
    for name in names:
        default = cls.__dict__.get(name, dataclasses.MISSING)
        if isinstance(default, dataclasses.Field):
            specified[name] = default
            if default.default_factory is not dataclasses.MISSING:
                factories.append((name, default.default_factory))
                delattr(cls, name)
            else:
                defaults[name] = default.default
                setattr(cls, name, default.default)
        elif default is not dataclasses.MISSING:
            defaults[name] = default
    cls._fields = _Fields(
        names,
        () if kw_only else names,
        frozenset(names),
        defaults,
        factories,
        specified,
        hasattr(cls, "__post_init__"),
    )
    cls.__dataclass_fields__ = _StandardFields()
    setattr(cls, "__match_args__", cls._fields.positional)  # noqa: B010 (mypy knows the name as one of classes)
    cls.__init__ = _init
    cls.__repr__ = _repr
    cls.__eq__ = _eq
    cls.__hash__ = _hash
    cls.__setattr__ = _refuse_assignment
    cls.__delattr__ = _refuse_deletion
    cls.__replace__ = _replace
    return cls


def _init(self: Any, *positional: Any, **named: Any) -> None:
    _, names, known, defaults, factories, _, converts = self._fields
    content = self.__dict__
    content.update(defaults)
    if positional:
        by_name = dict(zip(names, positional))  # noqa: B905 (there may be fewer)
        if len(positional) > len(names) or not named.keys().isdisjoint(by_name):
            raise TypeError(f"{type(self).__name__}() was given a field twice, or too many fields")
        content.update(by_name)
    content.update(named)
    for name, make in factories:
        if name not in content:
            content[name] = make()
    if content.keys() != known:
        wrong = ", ".join(sorted(content.keys() ^ known))
        raise TypeError(f"{type(self).__name__}() lacks fields, or has others: {wrong}")
    if converts:
        self.__post_init__()


def _content(self: Any) -> tuple[Any, ...]:
    content = self.__dict__
    return tuple([content[name] for name in self._fields.names])


def _repr(self: Any) -> str:
    fields: _Fields = self._fields
    shown = [
        f"{name}={value!r}"
        for name, value in zip(fields.names, _content(self), strict=True)
        if name not in fields.specified or fields.specified[name].repr
    ]
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _eq(self: Any, other: Any) -> Any:
    if type(other) is not type(self):
        return NotImplemented
    return _content(self) == _content(other)


def _hash(self: Any) -> int:
    return hash(_content(self))


def _refuse_assignment(self: Any, name: str, value: Any) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deletion(self: Any, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _replace(self: T, /, **changes: Any) -> T:
    """Return an instance with other values of some fields."""
    fields: _Fields = self._fields  # type: ignore[attr-defined]  # of a decorated class
    was = self.__dict__
    copy = type(self).__new__(type(self))
    content = copy.__dict__
    content.update(was)
    if len(content) != len(fields.names):
        # fields only, without the cached properties, which derive from them
        content.clear()
        content.update({name: was[name] for name in fields.names})
    content.update(changes)
    if len(content) != len(fields.names):
        raise TypeError(f"{type(self).__name__} has no field {', '.join(changes)}")
    if fields.converts:
        copy.__post_init__()  # type: ignore[attr-defined]  # there is one
    return copy


def field_names(kind: type) -> tuple[str, ...] | None:
    """Return the names of a frozen dataclass' fields; None for any other class."""
    fields: _Fields | None = kind.__dict__.get("_fields")
    return fields.names if isinstance(fields, _Fields) else None


def specified(kind: type) -> Mapping[str, dataclasses.Field[Any]]:
    """Return the results of ``dataclasses.field`` in a class, by name."""
    fields: _Fields = kind.__dict__["_fields"]
    return fields.specified


def members(value: object) -> dict[str, Any]:
    """Return the fields of an instance and their values."""
    names = field_names(type(value))
    assert names is not None, "not an instance of a frozen dataclass"
    return {name: getattr(value, name) for name in names}


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
    from dataclasses import replace as replace
else:
    dataclass = _dataclass
    replace = _replace


if TYPE_CHECKING or sys.version_info >= (3, 12):
    from functools import cached_property as cached_property
else:

    class cached_property:  # noqa: N801  # the standard library's name
        """The property of later Pythons, which has no lock: taking it costs more than most values."""

        def __init__(self, compute: Callable[[Any], Any]) -> None:
            self._compute = compute
            self.__doc__ = compute.__doc__

        def __set_name__(self, owner: type, name: str) -> None:
            self._name = name

        def __get__(self, instance: Any, owner: type | None = None) -> Any:
            if instance is None:
                return self
            value = instance.__dict__[self._name] = self._compute(instance)
            return value
