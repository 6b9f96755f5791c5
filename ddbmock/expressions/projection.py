"""Projections: expressions or lists of paths, compiled to functions from an item to an item.

Source: Developer Guide, "Projection expressions"; shape of results observed on the service.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from ddbmock.expressions import nodes
from ddbmock.expressions.faults import Fault, Finding, up_to_fault
from ddbmock.expressions.intentions import PROJECTION
from ddbmock.expressions.names import Binding, Names, NameTuple, TypeTuple, reserved_words
from ddbmock.expressions.parser import parse_projection
from ddbmock.expressions.paths import DocumentPath, Tree, clash_of, tree_of
from ddbmock.named_tuple import NamedTuple
from ddbmock.values.item import Item
from ddbmock.values.model import Attributes, AttributeValue, L, M

CACHED: Final = 2048
"""Number of compiled projections in the cache."""


class Projection:
    """A function that returns the parts of an item at some paths, in the item's structure.

    Map members stay in their maps; list elements move together. Missing parts are omitted, and so are maps
    and lists without a selected part.
    """

    __slots__ = ("_names", "_tree", "paths")

    def __init__(self, paths: Sequence[DocumentPath]) -> None:
        self.paths: Final = tuple(paths)
        self._tree: Final = tree_of(self.paths)
        self._names: Final = tuple([str(path[0]) for path in paths if len(path) == 1])

    def __call__(self, item: Item) -> Item:
        if len(self._names) == len(self.paths):
            return item.only(self._names)
        return Item(selected(item, self._tree))


class _Plan(NamedTuple):
    findings: tuple[Finding, ...]
    projection: Projection


def projection(text: str, names: Names) -> Projection:
    """Compile a projection expression.

    :raises ValidationException: its first fault, in the service's order.
    """
    plan = _plan(text, *names.bind(parse_projection(text)))
    names.check(PROJECTION, text, plan.findings)
    return plan.projection


@lru_cache(maxsize=CACHED)
def _plan(text: str, names: NameTuple, types: TypeTuple) -> _Plan:
    parsed = parse_projection(text)
    binding = Binding.of(parsed, names, types)
    found = up_to_fault(_findings(parsed.root, binding))
    paths = [] if found else [binding.path(path) for path in parsed.root.paths]
    return _Plan(found, Projection(paths))


def _findings(root: nodes.Projection, binding: Binding) -> Iterator[Finding]:
    yield from reserved_words(root, binding.text)
    yield from binding.undefined_names(root)
    yield from clashes(root.paths, binding)


def clashes(written: Sequence[nodes.Path], binding: Binding) -> Iterator[Fault]:
    """Yield the fault of two incompatible paths, if there are any."""
    paths = [binding.path(path) for path in written]
    clash = clash_of(paths)
    if clash is not None:
        same = " They are the same path." if paths[clash.one] == paths[clash.two] else ""
        yield Fault(
            clash.message(paths),
            written[clash.two].at,
            f"This path and {written[clash.one]} exclude each other.{same}",
        )


def selected(item: Item, tree: Tree) -> Attributes:
    """Return the attributes that a tree selects from an item."""
    found = {}
    for name, below in tree.children.items():
        value = item.get(str(name))
        part = value if below.leaf >= 0 else _part(value, below)
        if part is not None:
            found[str(name)] = part
    return found


def _part(value: AttributeValue | None, tree: Tree) -> AttributeValue | None:
    """Return the part of a value that a tree selects, or None."""
    match value:
        case M(content):
            members = {}
            for name, below in tree.children.items():
                member = content.get(name) if isinstance(name, str) else None
                part = member if below.leaf >= 0 else _part(member, below)
                if part is not None:
                    members[str(name)] = part
            return M(members) if members else None
        case L(content):
            elements = []
            for index in sorted([step for step in tree.children if isinstance(step, int)]):
                below = tree.children[index]
                element = content[index] if index < len(content) else None
                part = element if below.leaf >= 0 else _part(element, below)
                if part is not None:
                    elements.append(part)
            return L(tuple(elements)) if elements else None
        case _:
            return None
