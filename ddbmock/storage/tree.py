"""A persistent ordered map: a B+ tree whose versions stay valid while newer ones are made.

A tree *is* its root node, and no reader ever sees a node change. Putting or deleting a key copies
the nodes on the path from the root to the key, a few hundred pointers, and shares all others with
the tree before. So the memory engine needs nothing else for its promises:

- a fork or a snapshot is another reference to the same root: O(1), whatever the size;
- undoing a transaction is forgetting the roots that it made;
- a reader keeps the roots that it found, and needs no lock against writers.

Copying at each of a million puts would make a bulk load slow. Therefore each writer has an *owner*,
an object that marks the nodes that it made: it can change these in place, because no reader has
seen them. When a writer hands out a root, to a reader or an iterator, it continues with a new
owner, so the nodes that it handed out do not change any more.

>>> mine = object()
>>> old = put(EMPTY, b"a", b"1", mine)
>>> new = put(put(old, b"b", b"2", object()), b"a", b"3", object())
>>> list(pairs(old, b"", None)), list(pairs(new, b"", None, reverse=True))
([(b'a', b'1')], [(b'b', b'2'), (b'a', b'3')])

Nodes are wide: a million keys need four levels, with one bisection in C at each. The widths were
measured; with narrower nodes the path is longer, with wider ones copies are more expensive. Keys
are in tuples, which versions share until a key is added or removed; values and children are in
lists, which their owner changes in place.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import chain, pairwise
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar, final

LEAF_MAX: Final = 64
BRANCH_MAX: Final = 128
LEAF_MIN: Final = LEAF_MAX // 8
BRANCH_MIN: Final = BRANCH_MAX // 8


class Ordered(Protocol):
    """The type of keys: anything with an order, such as bytes or text."""

    def __lt__(self, other: Any, /) -> bool: ...

    def __le__(self, other: Any, /) -> bool: ...


K = TypeVar("K", bound=Ordered)
V = TypeVar("V")


@final
class Leaf(Generic[K, V]):
    """Keys in ascending order, and the value of each. A value is never None."""

    __slots__ = ("keys", "owner", "values")
    keys: tuple[K, ...]
    values: list[V]
    owner: object

    def __init__(self, keys: tuple[K, ...], values: list[V], owner: object) -> None:
        self.keys = keys
        self.values = values
        self.owner = owner


@final
class Branch(Generic[K, V]):
    """Children in ascending order, and between each two of them the lowest key that the right one
    can have."""

    __slots__ = ("children", "keys", "owner")
    keys: tuple[K, ...]
    children: list[Node[K, V]]
    owner: object

    def __init__(self, keys: tuple[K, ...], children: list[Node[K, V]], owner: object) -> None:
        self.keys = keys
        self.children = children
        self.owner = owner


Node: TypeAlias = Leaf[K, V] | Branch[K, V]

EMPTY: Final[Leaf[Any, Any]] = Leaf((), [], object())
"""The tree without keys."""


def get(root: Node[K, V], key: K) -> V | None:
    """Return the value of `key`, or None. O(log n)."""
    node = root
    while isinstance(node, Branch):
        node = node.children[bisect_right(node.keys, key)]
    keys = node.keys
    index = bisect_left(keys, key)
    if index < len(keys) and keys[index] == key:
        return node.values[index]
    return None


def pairs(
    root: Node[K, V], low: K, high: K | None, *, reverse: bool = False
) -> Iterator[tuple[K, V]]:
    """Yield ``(key, value)`` for each ``low <= key < high`` (None: no upper bound), in order.

    `reverse` yields the same pairs from the highest down. O(log n), and O(1) for each pair.
    """
    # Keys and values of a leaf are zipped and chained in C, so a pair costs no Python instruction.
    return chain.from_iterable(
        _stretches_down(root, low, high) if reverse else _stretches_up(root, low, high)
    )


def put(root: Node[K, V], key: K, value: V, owner: object) -> Node[K, V]:
    """Return the tree in which `key` has `value`. O(log n)."""
    return exchange(root, key, value, owner)[0]


def exchange(root: Node[K, V], key: K, value: V, owner: object) -> tuple[Node[K, V], V | None]:
    """Return the tree in which `key` has `value`, and the value that it had. O(log n).

    A full node is split on the way down, so there is no need to go up again.
    """
    if root.owner is not owner:
        root = _copy(root, owner)
    if len(root.keys) >= (BRANCH_MAX if isinstance(root, Branch) else LEAF_MAX):
        top: Branch[K, V] = Branch((), [root], owner)
        _split(top, 0, root, key)
        root = top
    node = root
    while isinstance(node, Branch):
        index = bisect_right(node.keys, key)
        child = node.children[index]
        if isinstance(child, Branch):
            if child.owner is not owner:
                node.children[index] = child = Branch(child.keys, child.children.copy(), owner)
            node = _split(node, index, child, key) if len(child.keys) >= BRANCH_MAX else child
        else:
            if child.owner is not owner:
                node.children[index] = child = Leaf(child.keys, child.values.copy(), owner)
            node = _split(node, index, child, key) if len(child.keys) >= LEAF_MAX else child
    keys = node.keys
    index = bisect_left(keys, key)
    if index < len(keys) and keys[index] == key:
        replaced = node.values[index]
        node.values[index] = value
        return root, replaced
    longer = list(keys)  # slices would be copied twice more
    longer.insert(index, key)
    node.keys = tuple(longer)
    node.values.insert(index, value)
    return root, None


def delete(root: Node[K, V], key: K, owner: object) -> Node[K, V]:
    """Return the tree without `key`; the tree itself if it has no such key. O(log n).

    A small node is joined with its neighbour on the way down, so there is no need to go up again.
    """
    if get(root, key) is None:
        return root
    if root.owner is not owner:
        root = _copy(root, owner)
    node = root
    while isinstance(node, Branch):
        index = bisect_right(node.keys, key)
        child = node.children[index]
        if len(child.keys) <= (BRANCH_MIN if isinstance(child, Branch) else LEAF_MIN):
            _join(node, min(index, len(node.keys) - 1), owner)
            index = bisect_right(node.keys, key)
            child = node.children[index]
        if child.owner is not owner:
            node.children[index] = child = _copy(child, owner)
        node = child
    keys = node.keys
    index = bisect_left(keys, key)
    node.keys = keys[:index] + keys[index + 1 :]
    del node.values[index]
    # If the last two children of the root were joined, the joined node becomes the root.
    return root.children[0] if isinstance(root, Branch) and not root.keys else root


def _copy(node: Node[K, V], owner: object) -> Node[K, V]:
    if isinstance(node, Branch):
        return Branch(node.keys, node.children.copy(), owner)
    return Leaf(node.keys, node.values.copy(), owner)


def _split(parent: Branch[K, V], index: int, child: Node[K, V], key: K) -> Node[K, V]:
    """Split the child at `index` in two; returns the one that `key` belongs to."""
    keys = child.keys
    right: Node[K, V]
    # With keys in ascending order, the nodes that are left behind are nearly full instead of half
    # empty.
    if isinstance(child, Branch):
        middle = len(keys) // 2 if key < keys[-1] else len(keys) - BRANCH_MIN - 1
        right = Branch(keys[middle + 1 :], child.children[middle + 1 :], child.owner)
        del child.children[middle + 1 :]
    else:
        middle = len(keys) // 2 if key < keys[-1] else len(keys) - LEAF_MIN
        right = Leaf(keys[middle:], child.values[middle:], child.owner)
        del child.values[middle:]
    child.keys = keys[:middle]
    parent.keys = (*parent.keys[:index], keys[middle], *parent.keys[index:])
    parent.children.insert(index + 1, right)
    return child if key < keys[middle] else right


def _join(parent: Branch[K, V], index: int, owner: object) -> None:
    """Join the children at `index` and after it, or make them equally large if one node cannot hold
    both."""
    left: Node[K, V] = parent.children[index]
    right: Node[K, V] = parent.children[index + 1]
    joined: Node[K, V]
    if isinstance(left, Branch) and isinstance(right, Branch):
        keys: tuple[K, ...] = (*left.keys, parent.keys[index], *right.keys)
        joined = Branch(keys, left.children + right.children, owner)
        room = BRANCH_MAX
    else:
        assert isinstance(left, Leaf)
        assert isinstance(right, Leaf)
        keys = left.keys + right.keys
        joined = Leaf(keys, left.values + right.values, owner)
        room = LEAF_MAX
    parent.keys = parent.keys[:index] + parent.keys[index + 1 :]
    parent.children[index : index + 2] = [joined]
    # Some room is left, so that the next puts do not split the node again.
    if len(keys) > room * 3 // 4:
        _split(parent, index, joined, keys[0])


def _stretches_up(root: Node[K, V], low: K, high: K | None) -> Iterator[Iterator[tuple[K, V]]]:
    """Yield the pairs of one leaf after the other; each leaf is looked up from the root.

    This costs less than a stack of the path, since most ranges end in the first leaf.
    """
    while True:
        node = root
        bound: K | None = None
        while isinstance(node, Branch):
            keys = node.keys
            index = bisect_right(keys, low)
            if index < len(keys):
                bound = keys[index]
            node = node.children[index]
        keys = node.keys
        start = bisect_left(keys, low)
        if high is not None and (bound is None or high <= bound):
            stop = bisect_left(keys, high)
            yield zip(keys[start:stop], node.values[start:stop], strict=True)
            return
        yield zip(keys[start:], node.values[start:], strict=True)
        if bound is None:
            return
        low = bound


def _stretches_down(root: Node[K, V], low: K, high: K | None) -> Iterator[Iterator[tuple[K, V]]]:
    """Yield the same pairs as :func:`_stretches_up`, from the highest down."""
    while True:
        node = root
        bound: K | None = None
        while isinstance(node, Branch):
            keys = node.keys
            index = len(keys) if high is None else bisect_left(keys, high)
            if index:
                bound = keys[index - 1]
            node = node.children[index]
        keys = node.keys
        stop = len(keys) if high is None else bisect_left(keys, high)
        if bound is None or bound <= low:
            start = bisect_left(keys, low)
            yield zip(keys[start:stop][::-1], node.values[start:stop][::-1], strict=True)
            return
        yield zip(keys[:stop][::-1], node.values[:stop][::-1], strict=True)
        high = bound


def _check(root: Node[Any, Any]) -> None:
    """Assert the invariants of the tree."""
    depths: set[int] = set()

    def visit(node: Node[Any, Any], low: Any, high: Any, depth: int) -> None:
        keys = node.keys
        # Keys are in order, each once.
        assert all(left < right for left, right in pairwise(keys))
        # Keys lie between the separators to the left and right of the node.
        assert not keys or low is None or low <= keys[0]
        assert not keys or high is None or keys[-1] < high
        if isinstance(node, Branch):
            # There is one separator between each two children.
            assert len(node.children) == len(keys) + 1
            # A branch is not too full, and, except for the root, not too empty.
            assert (1 if node is root else BRANCH_MIN) <= len(keys) <= BRANCH_MAX
            for index, child in enumerate(node.children):
                # The owner of a node also owns all nodes above it.
                assert child.owner is not root.owner or node.owner is root.owner
                visit(
                    child,
                    keys[index - 1] if index else low,
                    keys[index] if index < len(keys) else high,
                    depth + 1,
                )
        else:
            # There is one value for each key, and it is not None.
            assert len(node.values) == len(keys)
            assert None not in node.values
            # A leaf is not too full, and, except for the root, not too empty.
            assert (0 if node is root else LEAF_MIN) <= len(keys) <= LEAF_MAX
            depths.add(depth)

    visit(root, None, None, 0)
    # All leaves are equally deep.
    assert len(depths) == 1
