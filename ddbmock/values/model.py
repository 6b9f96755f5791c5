"""Attribute values: one immutable class for each of DynamoDB's ten types.

The content is :data:`typing.Final`: mypy checks immutability, which costs nothing at run time; creating a
frozen dataclass would take three times as long.

>>> S("1") == N("1")
False
>>> SS({"a", "b"}) == SS({"b", "a"})
True
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, ClassVar, Final, Generic, TypeAlias, TypeVar, final

T_co = TypeVar("T_co", covariant=True)


class Value(Generic[T_co]):
    """The base of all values. Values are equal if their types and contents are equal."""

    __slots__ = ("value",)
    __match_args__ = ("value",)
    tag: ClassVar[str]

    def __init__(self, value: T_co) -> None:
        self.value: Final = value

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.value == other.value

    def __hash__(self) -> int:
        return hash((self.tag, self.value))

    def __repr__(self) -> str:
        return f"{self.tag}({self.value!r})"


@final
class S(Value[str]):
    """A string."""

    __slots__ = ()
    tag = "S"


@final
class N(Value[str]):
    """A number in its canonical text (see :mod:`.number`), which is equal for equal numbers."""

    __slots__ = ()
    tag = "N"


@final
class B(Value[bytes]):
    """Bytes."""

    __slots__ = ()
    tag = "B"


@final
class BOOL(Value[bool]):
    """True or false."""

    __slots__ = ()
    tag = "BOOL"


@final
class NULL(Value[bool]):
    """Null; its content is always True."""

    __slots__ = ()
    tag = "NULL"


@final
class SS(Value[frozenset[str]]):
    """A set of strings."""

    __slots__ = ()
    tag = "SS"

    def __init__(self, value: AbstractSet[str]) -> None:
        super().__init__(frozenset(value))


@final
class NS(Value[frozenset[str]]):
    """A set of numbers, as their canonical texts."""

    __slots__ = ()
    tag = "NS"

    def __init__(self, value: AbstractSet[str]) -> None:
        super().__init__(frozenset(value))


@final
class BS(Value[frozenset[bytes]]):
    """A set of bytes."""

    __slots__ = ()
    tag = "BS"

    def __init__(self, value: AbstractSet[bytes]) -> None:
        super().__init__(frozenset(value))


@final
class L(Value["tuple[AttributeValue, ...]"]):
    """A list of values of any type."""

    __slots__ = ()
    tag = "L"


@final
class M(Value["Mapping[str, AttributeValue]"]):
    """A map of names to values of any type."""

    __slots__ = ()
    tag = "M"

    def __hash__(self) -> int:
        return hash((self.tag, frozenset(self.value.items())))


AttributeValue: TypeAlias = S | N | B | BOOL | NULL | SS | NS | BS | L | M
Attributes: TypeAlias = Mapping[str, AttributeValue]

Json: TypeAlias = Any
"""The result of a JSON parser and the argument of a JSON writer."""

TYPES: Final[Mapping[str, type[AttributeValue]]] = {
    kind.tag: kind for kind in (S, N, B, BOOL, NULL, SS, NS, BS, L, M)
}
"""The classes by their tag on the wire."""
