"""Reads of tables: their cost in storage reads, and that pages of any size add up to the whole."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddbmock.database.data_plane.page import Page
from ddbmock.database.data_plane.selection import Selection
from ddbmock.database.data_plane.table import Table
from ddbmock.database.key import KeyAttribute, KeySchema
from ddbmock.database.schema import IndexDescription, Projection, TableDescription
from ddbmock.expressions.condition import condition
from ddbmock.expressions.key_condition import KeyTerm
from ddbmock.expressions.names import Names
from ddbmock.storage import Reader
from ddbmock.storage.memory import MemoryStorage
from ddbmock.values.item import Item
from ddbmock.values.model import Attributes, N, S

P, C, G, H, X = (
    KeyAttribute("p", "S"),
    KeyAttribute("c", "N"),
    KeyAttribute("g", "S"),
    KeyAttribute("h", "N"),
    KeyAttribute("x", "S"),
)
TABLE = TableDescription(
    name="music",
    table_id="id",
    created_at=0.0,
    key_schema=KeySchema((P,), (C,)),
    attributes=(P, C, G, H, X),
    indexes=(
        IndexDescription("local", KeySchema((P,), (H,)), Projection("INCLUDE", ("v",)), local=True),
        IndexDescription("global", KeySchema((G,), (H,)), Projection("ALL"), local=False),
        IndexDescription("hashed", KeySchema((X,)), Projection("KEYS_ONLY"), local=False),
    ),
)
HASH_KEYS = {None: "p", "local": "p", "global": "g", "hashed": "x"}
RANGE_KEYS = {None: "c", "local": "h", "global": "h", "hashed": None}


class CountingReader:
    """A reader that counts the pairs and values that it gives."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.read = 0

    def get(self, space: str, key: bytes) -> bytes | None:
        self.read += 1
        return self._reader.get(space, key)

    def range(
        self, space: str, low: bytes = b"", high: bytes | None = None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        for pair in self._reader.range(space, low, high, reverse=reverse):
            self.read += 1
            yield pair

    def total(self, counter: str) -> tuple[int, int]:
        return self._reader.total(counter)


def filled(items: list[Item]) -> MemoryStorage:
    storage = MemoryStorage()
    with storage.write() as writer:
        table = Table(TABLE, writer, writer)
        for item in items:
            table.write(table.plan_put(item))
    return storage


@pytest.fixture(scope="module")
def large() -> MemoryStorage:
    return filled(
        [
            Item(
                {
                    "p": S(f"p{n % 4}"),
                    "c": N(str(n)),
                    "g": S(f"g{n % 4}"),
                    "h": N(str(n % 7)),
                    "x": S("same"),
                }
            )
            for n in range(4000)
        ]
    )


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize(
    ("index", "terms", "start"),
    [
        (None, [("p", "=", S("p1"))], {"p": S("p1"), "c": N("2001")}),
        (None, [("p", "=", S("p1")), ("c", ">", N("100"))], {"p": S("p1"), "c": N("2001")}),
        ("local", [("p", "=", S("p1"))], {"p": S("p1"), "h": N("3"), "c": N("2001")}),
        ("global", [("g", "=", S("g1"))], {"g": S("g1"), "h": N("3"), "p": S("p1"), "c": N("5")}),
        ("hashed", [("x", "=", S("same"))], {"x": S("same"), "p": S("p1"), "c": N("5")}),
    ],
)
def test_a_query_reads_no_more_than_its_page(
    large: MemoryStorage, index: str | None, terms: list[Any], start: Attributes, forward: bool
) -> None:
    key_terms = [KeyTerm(name, operator, (operand,)) for name, operator, operand in terms]
    for begin in (None, start):
        with large.read() as reader:
            counting = CountingReader(reader)
            page = Table(TABLE, counting, None).query(
                key_terms, index=index, start=begin, forward=forward, limit=10
            )
        assert (page.scanned, len(page.items), counting.read) == (10, 10, 10)


@pytest.mark.parametrize("index", [None, "local", "global", "hashed"])
def test_a_scan_reads_no_more_than_its_page(large: MemoryStorage, index: str | None) -> None:
    start = None
    for _ in range(3):
        with large.read() as reader:
            counting = CountingReader(reader)
            page = Table(TABLE, counting, None).scan(index=index, start=start, limit=10)
        start = page.last_key
        assert (page.scanned, counting.read) == (10, 10)


def test_a_segment_reads_nothing_of_the_others(large: MemoryStorage) -> None:
    with large.read() as reader:
        counting = CountingReader(reader)
        table = Table(TABLE, counting, None)
        pages = [table.scan(segment=(segment, 64)) for segment in range(64)]
    assert sum(page.scanned for page in pages) == counting.read == 4000


def test_fetching_reads_one_item_for_each_entry(large: MemoryStorage) -> None:
    with large.read() as reader:
        counting = CountingReader(reader)
        page = Table(TABLE, counting, None).query(
            [KeyTerm("p", "=", (S("p1"),))],
            index="local",
            limit=10,
            selection=Selection(select="ALL_ATTRIBUTES"),
        )
    assert (len(page.fetched), counting.read) == (10, 20)


values = st.builds(
    lambda p, c, g, h, x, v: Item(
        {
            "p": S(p),
            "c": N(str(c)),
            "v": N(str(v)),
            **({} if g is None else {"g": S(g)}),
            **({} if h is None else {"h": N(str(h))}),
            **({} if x is None else {"x": S(x)}),
        }
    ),
    st.sampled_from("ab"),
    st.integers(-20, 20),
    st.none() | st.sampled_from("ab"),
    st.none() | st.integers(-2, 2),
    st.none() | st.sampled_from("ab"),
    st.integers(0, 3),
)


def pages(read: Any, limits: random.Random) -> Iterator[Page]:
    """All pages of a read, each of a size of its own."""
    page = read(start=None, limit=limits.randint(1, 5))
    yield page
    while page.last_key is not None:
        page = read(start=page.last_key, limit=limits.randint(1, 5))
        yield page


def in_index(item: Item, index: str | None) -> bool:
    names = (HASH_KEYS[index], RANGE_KEYS[index])
    return all(name is None or name in item for name in names)


def number(item: Item, name: str | None) -> int:
    value = None if name is None else item.get(name)
    return int(value.value) if isinstance(value, N) else 0


@pytest.mark.parametrize("index", [None, "local", "global", "hashed"])
@given(
    st.lists(values, max_size=40),
    st.sampled_from("ab"),
    st.booleans(),
    st.integers(0, 3),
    st.randoms(use_true_random=False),
)
def test_pages_of_any_size_add_up_to_what_a_query_asks_for(
    index: str | None,
    items: list[Item],
    hash_key: str,
    forward: bool,
    least: int,
    limits: random.Random,
) -> None:
    final = list({(item.get("p"), item.get("c")): item for item in items}.values())
    expected = [
        item
        for item in final
        if item.get(HASH_KEYS[index]) == S(hash_key) and in_index(item, index)
    ]
    selection = Selection(
        condition("v >= :v", "FilterExpression", Names(None, {":v": N(str(least))})),
        select="ALL_ATTRIBUTES",
    )
    if index == "hashed":  # it holds keys only
        selection, least = Selection(), 0
    with filled(items).read() as reader:
        table = Table(TABLE, reader, None)

        def read(start: Attributes | None, limit: int | None) -> Page:
            return table.query(
                [KeyTerm(HASH_KEYS[index], "=", (S(hash_key),))],
                index=index,
                forward=forward,
                start=start,
                limit=limit,
                selection=selection,
            )

        whole = read(None, None)
        parts = list(pages(read, limits))
    found = [item for page in parts for item in page.items]
    assert found == whole.items
    assert sum(page.scanned for page in parts) == whole.scanned == len(expected)
    assert sum(page.size for page in parts) == whole.size
    order = [number(item, RANGE_KEYS[index]) for item in found]
    assert order == sorted(order, reverse=not forward)
    assert {(item.get("p"), item.get("c")) for item in found} == {
        (item.get("p"), item.get("c")) for item in expected if number(item, "v") >= least
    }


@pytest.mark.parametrize("index", [None, "local", "global", "hashed"])
@given(
    st.lists(values, max_size=40),
    st.integers(1, 5),
    st.randoms(use_true_random=False),
)
def test_pages_and_segments_add_up_to_the_whole_scan(
    index: str | None, items: list[Item], total: int, limits: random.Random
) -> None:
    final = {(item.get("p"), item.get("c")): item for item in items}
    with filled(items).read() as reader:
        table = Table(TABLE, reader, None)
        whole = table.scan(index=index)
        found = [
            item
            for segment in range(total)
            for page in pages(
                lambda start, limit, segment=segment: table.scan(
                    index=index, segment=(segment, total), start=start, limit=limit
                ),
                limits,
            )
            for item in page.items
        ]
    assert found == whole.items
    assert {(item.get("p"), item.get("c")) for item in found} == {
        key for key, item in final.items() if in_index(item, index)
    }
    assert len(found) == whole.scanned
