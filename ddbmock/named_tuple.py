"""Named tuples that cost little to import: a shortcut for the start of a process.

The standard library compiles a constructor and a type for each field, and makes six methods for
each class, which takes 0.1 to 0.2 ms; the first table of a process needs fifty classes. Here
classes share their methods, and constructors share their code with those that have as many fields,
so that a class costs 0.01 ms. Instances cost the same: constructors run the same instructions, and
the standard library's descriptors read the fields.

Type checkers see the standard library's class. tests/shortcuts/test_named_tuple.py shows that both
behave the same.
"""

from __future__ import annotations

from collections import _tuplegetter, namedtuple  # type: ignore[attr-defined]  # it has no types
from functools import cache
from types import FunctionType
from typing import TYPE_CHECKING, Any

_new = tuple.__new__


def _as_dict(self: Any) -> dict[str, Any]:
    """Return the fields and their values."""
    return dict(zip(self._fields, self, strict=True))


def _replaced(self: Any, /, **changes: Any) -> Any:
    """Return a tuple with other values of some fields."""
    copy = self._make(map(changes.pop, self._fields, self))
    if changes:
        raise TypeError(f"Got unexpected field names: {list(changes)!r}")
    return copy


class _Methods(tuple[Any, ...]):
    """The methods that all classes share."""

    __slots__ = ()
    _fields: tuple[str, ...]

    def __repr__(self) -> str:
        shown = [f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True)]
        return f"{type(self).__name__}({', '.join(shown)})"

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self)

    @classmethod
    def _make(cls, values: Any) -> Any:
        """Return a tuple of an iterable's values."""
        instance = tuple.__new__(cls, values)
        if len(instance) != len(cls._fields):
            raise TypeError(f"Expected {len(cls._fields)} arguments, got {len(instance)}")
        return instance

    _asdict = _as_dict
    _replace = __replace__ = _replaced


# One for each number of fields; each class has a copy in which its fields have their names.
_CONSTRUCTORS: Any = (
    lambda _cls: _new(_cls, ()),
    lambda _cls, a: _new(_cls, (a,)),
    lambda _cls, a, b: _new(_cls, (a, b)),
    lambda _cls, a, b, c: _new(_cls, (a, b, c)),
    lambda _cls, a, b, c, d: _new(_cls, (a, b, c, d)),
    lambda _cls, a, b, c, d, e: _new(_cls, (a, b, c, d, e)),
    lambda _cls, a, b, c, d, e, f: _new(_cls, (a, b, c, d, e, f)),
    lambda _cls, a, b, c, d, e, f, g: _new(_cls, (a, b, c, d, e, f, g)),
    lambda _cls, a, b, c, d, e, f, g, h: _new(_cls, (a, b, c, d, e, f, g, h)),
    lambda _cls, a, b, c, d, e, f, g, h, i: _new(_cls, (a, b, c, d, e, f, g, h, i)),
)


def _constructor(name: str, fields: tuple[str, ...], defaults: tuple[Any, ...]) -> Any:
    if len(fields) < len(_CONSTRUCTORS):
        code = _CONSTRUCTORS[len(fields)].__code__.replace(co_varnames=("_cls", *fields))
        constructor: Any = FunctionType(code, globals(), "__new__", defaults)
    else:  # few classes are that long
        constructor = namedtuple(name, fields, defaults=defaults).__new__
    constructor.__qualname__ = f"{name}.__new__"
    return constructor


_getter = cache(_tuplegetter)


class _Meta(type):
    """The type of ``NamedTuple`` only: classes derived from it are ordinary ones."""

    def __new__(cls, name: str, bases: tuple[type, ...], content: dict[str, Any]) -> Any:
        content["__slots__"] = ()
        kind: Any = type(name, (_Methods,), content)
        fields = tuple(kind.__annotations__)
        defaults = {field: content[field] for field in fields if field in content}
        if list(defaults) != list(fields[len(fields) - len(defaults) :]):
            raise TypeError(f"a field without a default follows one with a default in {name}")
        for index, field in enumerate(fields):
            setattr(kind, field, _getter(index, f"Alias for field number {index}"))
        kind.__new__ = _constructor(name, fields, tuple(defaults.values()))
        kind._fields = fields
        setattr(kind, "__match_args__", fields)  # noqa: B010 (mypy knows the name as one of classes)
        kind._field_defaults = defaults
        return kind


if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:
    NamedTuple = type.__new__(_Meta, "NamedTuple", (), {})
