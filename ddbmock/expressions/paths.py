"""Document paths: their printed form, the values at paths, and trees of merged paths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import methodcaller
from typing import Protocol, TypeAlias

from ddbmock.named_tuple import NamedTuple
from ddbmock.values.model import AttributeValue, L, M

DocumentPath: TypeAlias = tuple[str | int, ...]
"""A path with resolved references: names of attributes and map members, and list indexes."""


class Attributed(Protocol):
    """The part of an item's interface that conditions use."""

    def get(self, name: str, /) -> AttributeValue | None:
        """Return the attribute's value, or None."""

    def __contains__(self, name: str, /) -> bool: ...


Getter: TypeAlias = Callable[[Attributed], AttributeValue | None]


def printed(path: DocumentPath) -> str:
    """Return a path in the form of DynamoDB's messages.

    >>> printed(("a", "b", 0))
    '[a, b, [0]]'
    """
    return f"[{', '.join([f'[{step}]' if isinstance(step, int) else step for step in path])}]"


def written(path: DocumentPath) -> str:
    """Return a path as expressions write it, for hints.

    >>> written(("a", "b", 0))
    'a.b[0]'
    """
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(steps).removeprefix(".")


def getter(path: DocumentPath) -> Getter:
    """Return a function that returns the value at a path of an item, or None."""
    head, *steps = path
    assert isinstance(head, str)
    if not steps:
        return methodcaller("get", head)

    def get(item: Attributed) -> AttributeValue | None:
        value = item.get(head)
        for step in steps:
            value = member(value, step)
            if value is None:
                break
        return value

    return get


def member(value: AttributeValue | None, step: str | int) -> AttributeValue | None:
    """Return the map member with a name or the list element at an index, or None."""
    if isinstance(step, str):
        return value.value.get(step) if type(value) is M else None
    if type(value) is L and step < len(value.value):
        return value.value[step]
    return None


class Clash(NamedTuple):
    """Two incompatible paths, which ``overlap`` or ``conflict``."""

    kind: str
    one: int
    two: int

    def message(self, paths: Sequence[DocumentPath]) -> str:
        return (
            f"Two document paths {self.kind} with each other; "
            "must remove or rewrite one of these paths; "
            f"path one: {printed(paths[self.one])}, path two: {printed(paths[self.two])}"
        )


class Tree:
    """Paths merged by their common prefixes.

    ``leaf`` is the index of the path that ends here, or -1. A leaf has no children.
    """

    __slots__ = ("_first", "_first_of_kind", "children", "leaf")

    def __init__(self, first: int) -> None:
        self.children: dict[str | int, Tree] = {}
        self.leaf = -1
        self._first = first
        self._first_of_kind: dict[type, int] = {}

    def grow(self, paths: Sequence[DocumentPath]) -> Clash | None:
        """Add all paths; return the first two that overlap, otherwise the first two that conflict, or None.

        Paths overlap if they are equal or one begins with the other. They conflict if after a common
        beginning one continues with a name and the other with an index.
        """
        conflict = None
        for index, path in enumerate(paths):
            node = self
            for step in path:
                if node.leaf >= 0:
                    return Clash("overlap", node.leaf, index)
                conflict = conflict or node._conflict(step, index)
                node = node.children.setdefault(step, Tree(index))
            if node.leaf >= 0 or node.children:
                return Clash("overlap", node._first, index)
            node.leaf = index
        return conflict

    def _conflict(self, step: str | int, index: int) -> Clash | None:
        kind = type(step)
        self._first_of_kind.setdefault(kind, index)
        for other, first in self._first_of_kind.items():
            if other is not kind:
                return Clash("conflict", first, index)
        return None


def tree_of(paths: Sequence[DocumentPath]) -> Tree:
    """Return the tree of compatible paths."""
    tree = Tree(0)
    tree.grow(paths)
    return tree


def clash_of(paths: Sequence[DocumentPath]) -> Clash | None:
    """Return the first two incompatible paths, if any."""
    return Tree(0).grow(paths)
