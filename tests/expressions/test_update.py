"""Updates and paths against plain models."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddbmock.errors import ValidationException
from ddbmock.expressions.legacy import AttributeUpdate, attribute_updates
from ddbmock.expressions.names import Names
from ddbmock.expressions.paths import Clash, DocumentPath, clash_of
from ddbmock.expressions.projection import Projection, projection
from ddbmock.expressions.update import update
from ddbmock.values.item import Item
from ddbmock.values.model import Attributes, AttributeValue, L, M, N, S
from tests.expressions import strategies

KEY = {"pk": S("k")}


def numbered(count: int) -> tuple[N, ...]:
    return tuple([N(str(number)) for number in range(count)])


@given(
    strategies.attributes,
    st.dictionaries(
        st.sampled_from(strategies.NAMES),
        st.one_of(st.none(), strategies.values, st.sampled_from(strategies.NAMES)),
        min_size=1,
    ),
)
def test_right_hand_sides_read_the_item_as_it_was(
    old: Attributes, changes: Mapping[str, AttributeValue | str | None]
) -> None:
    sets: list[str] = []
    removes: list[str] = []
    values: dict[str, AttributeValue] = {}
    expected = dict(old)
    for number, (name, change) in enumerate(changes.items()):
        if change is None:
            removes.append(name)
            expected.pop(name, None)
        elif isinstance(change, str):
            sets.append(f"{name} = if_not_exists({change}, :default)")
            values[":default"] = S("default")
            expected[name] = old.get(change, S("default"))
        else:
            sets.append(f"{name} = :v{number}")
            values[f":v{number}"] = change
            expected[name] = change
    clauses = [
        f"{keyword} {', '.join(actions)}"
        for keyword, actions in (("SET", sets), ("REMOVE", removes))
        if actions
    ]
    for order in permutations(clauses):
        changed = update(" ".join(order), Names(None, values)).apply(Item(old), KEY)
        assert changed == Item(expected)


@given(st.integers(0, 5), st.dictionaries(st.integers(0, 9), st.booleans(), min_size=1))
def test_list_indexes_mean_positions_before_the_update(
    length: int, changes: Mapping[int, bool]
) -> None:
    sets = [f"a[{index}] = :v" for index, is_set in changes.items() if is_set]
    removes = [f"a[{index}]" for index, is_set in changes.items() if not is_set]
    text = " ".join(
        [f"{kind} {', '.join(all_)}" for kind, all_ in (("SET", sets), ("REMOVE", removes)) if all_]
    )
    new = S("new")
    expected = [
        new if index in changes else element
        for index, element in enumerate(numbered(length))
        if changes.get(index, True)
    ] + [new for index, is_set in changes.items() if is_set and index >= length]
    changed = update(text, Names(None, {":v": new})).apply(Item({"a": L(numbered(length))}), KEY)
    assert changed == Item({"a": L(tuple(expected))})


def test_an_update_leaves_the_old_item_as_it_was() -> None:
    attributes: Attributes = {"a": M({"kept": L(numbered(3)), "n": N("1")}), "b": L(numbered(2))}
    old = Item(attributes)
    text = "SET a.n = :v, a.kept[9] = :v REMOVE a.kept[0] ADD c :v"
    changed = update(text, Names(None, {":v": N("5")})).apply(old, KEY)
    assert changed == Item(
        {
            "a": M({"kept": L((N("1"), N("2"), N("5"))), "n": N("5")}),
            "b": L(numbered(2)),
            "c": N("5"),
        }
    )
    assert old == Item(attributes)
    assert old.record == Item(attributes).record


def test_an_update_tells_its_targets_and_all_its_paths() -> None:
    changes = update("SET a.b = c + d[0] REMOVE #e", Names({"#e": "x.y"}))
    assert changes.targets == (("a", "b"), ("x.y",))
    assert changes.paths == (("a", "b"), ("c",), ("d", 0), ("x.y",))


def test_an_update_tells_what_attributes_get_whatever_the_item() -> None:
    text = "SET a = :v, b = c, d.e = :v, f = if_not_exists(f, :v) ADD n :v REMOVE r"
    assert update(text, Names(None, {":v": N("1")})).constants == {"a": N("1"), "n": N("1")}
    legacy = attribute_updates({"a": AttributeUpdate(N("1")), "b": AttributeUpdate(None, "DELETE")})
    assert legacy.constants == {"a": N("1")}


def test_an_update_reads_the_values_of_each_request() -> None:
    for number in ("1", "2"):
        changes = update("ADD n :n", Names(None, {":n": N(number)}))
        assert changes.apply(Item({"n": N("1")}), KEY) == Item({"n": N(str(1 + int(number)))})


steps = st.one_of(st.sampled_from("ab"), st.integers(0, 1))
document_paths: st.SearchStrategy[DocumentPath] = st.builds(
    lambda head, rest: (head, *rest), st.sampled_from("ab"), st.lists(steps, max_size=3)
)


def clashing(kind: str, one: DocumentPath, two: DocumentPath) -> bool:
    both = list(zip(one, two, strict=False))
    same = [left == right for left, right in both]
    if kind == "overlap":
        return all(same)
    if all(same):
        return False
    left, right = both[same.index(False)]
    return type(left) is not type(right)


@given(st.lists(document_paths, max_size=6))
def test_clashes_are_found_as_by_comparing_all_pairs(paths: list[DocumentPath]) -> None:
    expected = None
    for kind in ("overlap", "conflict"):
        for two in range(len(paths)):
            for one in range(two):
                if expected is None and clashing(kind, paths[one], paths[two]):
                    expected = Clash(kind, one, two)
    assert clash_of(paths) == expected


@given(strategies.attributes, st.lists(document_paths, min_size=1, max_size=4))
def test_a_projection_selects_what_its_paths_say(
    attributes: Attributes, paths: list[DocumentPath]
) -> None:
    if clash_of(paths) is not None:
        return
    item = Item(attributes)
    part = Projection(paths)(item)
    assert set(part.attributes) <= set(attributes)
    for name in {path[0] for path in paths}:
        alone = Projection([path for path in paths if path[0] == name])(item)
        assert alone.get(str(name)) == part.get(str(name))
        if (name,) in paths:
            assert part.get(str(name)) == item.get(str(name))
    assert Projection([(name,) for name in attributes])(item) == item


def test_a_projection_is_bound_to_the_names_of_each_request() -> None:
    item = Item({"a": N("1"), "b": N("2")})
    for name in ("a", "b"):
        found = projection("#n", Names({"#n": name}))
        assert found.paths == ((name,),)
        assert found(item) == Item({name: item.attributes[name]})


@pytest.mark.parametrize(
    ("text", "place", "advice"),
    [
        ("SET a = :o b = :o", 11, "A comma is missing before b."),
        (
            "DELETE total",
            12,
            "DELETE removes members from a set; to remove an attribute: REMOVE total.",
        ),
    ],
)
def test_likely_mistakes_are_explained(text: str, place: int, advice: str) -> None:
    with pytest.raises(ValidationException) as caught:
        update(text, Names(None, {":o": N("1")}))
    assert caught.value.hint == f"{text}\n{' ' * place}^ {advice}"
