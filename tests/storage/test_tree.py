"""The persistent tree against a plain dict, with its invariants checked."""

from __future__ import annotations

import random
from bisect import bisect_left
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddbmock.storage import tree


def built(count: int, owner: object | None = None) -> tree.Node[bytes, bytes]:
    """A tree of `count` even numbers, put in random order."""
    numbers = list(range(0, 2 * count, 2))
    random.Random(count).shuffle(numbers)
    root: tree.Node[bytes, bytes] = tree.EMPTY
    for number in numbers:
        root = tree.put(root, key(number), b"%d" % number, owner or object())
    return root


def key(number: int) -> bytes:
    return number.to_bytes(4, "big")


def everything(root: tree.Node[Any, Any]) -> list[tuple[Any, Any]]:
    return list(tree.pairs(root, b"", None))


def test_the_empty_tree_holds_nothing() -> None:
    tree._check(tree.EMPTY)
    assert tree.get(tree.EMPTY, b"a") is None
    assert everything(tree.EMPTY) == []
    assert list(tree.pairs(tree.EMPTY, b"", None, reverse=True)) == []


@pytest.mark.parametrize("count", [1, 64, 65, 66, 700, 9_000])
def test_get_finds_each_key_and_none_beside_it(count: int) -> None:
    root = built(count, object())
    tree._check(root)
    assert [tree.get(root, key(n)) for n in range(0, 2 * count, 2)] == [
        b"%d" % n for n in range(0, 2 * count, 2)
    ]
    assert {tree.get(root, key(n)) for n in range(1, 2 * count, 2)} == {None}


@pytest.mark.parametrize("order", ["ascending", "descending", "random"])
@pytest.mark.parametrize("shared", [True, False], ids=["one-owner", "an-owner-each"])
def test_keys_put_in_any_order_come_out_in_order(order: str, shared: bool) -> None:
    numbers = list(range(10_000))
    if order == "random":
        random.Random(1).shuffle(numbers)
    elif order == "descending":
        numbers.reverse()
    owner = object()
    root: tree.Node[bytes, bytes] = tree.EMPTY
    for number in numbers:
        root = tree.put(root, key(number), b"%d" % number, owner if shared else object())
    tree._check(root)
    expected = [(key(n), b"%d" % n) for n in range(10_000)]
    assert everything(root) == expected
    assert list(tree.pairs(root, b"", None, reverse=True)) == expected[::-1]


@pytest.mark.parametrize("order", ["ascending", "descending", "random"])
@pytest.mark.parametrize("shared", [True, False], ids=["one-owner", "an-owner-each"])
def test_deleting_key_by_key_keeps_the_tree_sound_down_to_nothing(order: str, shared: bool) -> None:
    owner = object()
    root = built(9_000, owner)
    numbers = list(range(0, 18_000, 2))
    if order == "random":
        random.Random(2).shuffle(numbers)
    elif order == "descending":
        numbers.reverse()
    left = {key(n) for n in numbers}
    for step, number in enumerate(numbers):
        root = tree.delete(root, key(number), owner if shared else object())
        left.discard(key(number))
        if step % 1_000 == 999 or len(left) < 100:
            tree._check(root)
            assert [k for k, _ in everything(root)] == sorted(left)
    assert everything(root) == []


def test_deleting_a_missing_key_gives_the_same_tree() -> None:
    root = built(100)
    assert tree.delete(root, key(1), object()) is root


def test_older_versions_stay_as_they_were() -> None:
    shuffle = random.Random(3)
    versions: list[tuple[tree.Node[bytes, bytes], dict[bytes, bytes]]] = []
    root: tree.Node[bytes, bytes] = tree.EMPTY
    content: dict[bytes, bytes] = {}
    for _ in range(300):
        owner = object()
        for _ in range(shuffle.randrange(40)):
            name = key(shuffle.randrange(4_000))
            if shuffle.random() < 0.6:
                content[name] = shuffle.randbytes(3)
                root = tree.put(root, name, content[name], owner)
            else:
                content.pop(name, None)
                root = tree.delete(root, name, owner)
        tree._check(root)
        versions.append((root, dict(content)))
    for version, expected in versions:
        assert everything(version) == sorted(expected.items())


def test_ranges_have_the_pairs_between_their_bounds_in_both_directions() -> None:
    root = built(2_000)
    content = everything(root)
    keys = [k for k, _ in content]
    shuffle = random.Random(4)
    for _ in range(2_000):
        low = shuffle.choice([b"", key(shuffle.randrange(4_100))])
        high = shuffle.choice([None, key(shuffle.randrange(4_100)), keys[shuffle.randrange(2_000)]])
        start = bisect_left(keys, low)
        stop = len(keys) if high is None else bisect_left(keys, high)
        assert list(tree.pairs(root, low, high)) == content[start:stop]
        assert list(tree.pairs(root, low, high, reverse=True)) == content[start:stop][::-1]


def test_a_range_may_be_left_early_in_both_directions() -> None:
    root = built(2_000)
    assert [k for k, _ in islice(tree.pairs(root, key(101), None), 3)] == [
        key(102),
        key(104),
        key(106),
    ]
    assert [k for k, _ in islice(tree.pairs(root, b"", key(101), reverse=True), 3)] == [
        key(100),
        key(98),
        key(96),
    ]


def test_a_million_keys_are_three_steps_from_the_root() -> None:
    """Widths and depth follow from the constants; so no million keys need to be put here."""
    assert (tree.BRANCH_MIN + 1) * (tree.BRANCH_MAX // 2) ** 2 * (tree.LEAF_MAX // 2) > 1_000_000


def test_ascending_keys_leave_nearly_full_nodes() -> None:
    owner = object()
    root: tree.Node[bytes, bytes] = tree.EMPTY
    for number in range(6_400):
        root = tree.put(root, key(number), b"", owner)
    assert isinstance(root, tree.Branch)
    sizes = [len(child.keys) for child in root.children]
    assert set(sizes[:-1]) == {tree.LEAF_MAX - tree.LEAF_MIN}


def test_names_are_keys_too() -> None:
    root: tree.Node[str, int] = tree.EMPTY
    for name in ("b", "a", "c"):
        root = tree.put(root, name, ord(name), object())
    assert list(tree.pairs(root, "", None)) == [("a", 97), ("b", 98), ("c", 99)]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["put", "delete"]),
            st.integers(0, 3_000),
            st.sampled_from([1, 70, 900]),
            st.booleans(),
        ),
        max_size=30,
    )
)
def test_runs_of_puts_and_deletes_agree_with_a_dict(
    steps: list[tuple[str, int, int, bool]],
) -> None:
    root: tree.Node[bytes, bytes] = tree.EMPTY
    content: dict[bytes, bytes] = {}
    owner = object()
    for name, start, length, fresh in steps:
        before, frozen = root, dict(content)
        if fresh:
            owner = object()
        for number in range(start, start + length):
            if name == "put":
                root = tree.put(root, key(number), b"%d" % start, owner)
                content[key(number)] = b"%d" % start
            else:
                root = tree.delete(root, key(number), owner)
                content.pop(key(number), None)
        tree._check(root)
        assert everything(root) == sorted(content.items())
        if fresh:
            assert everything(before) == sorted(frozen.items())
