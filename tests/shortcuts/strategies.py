"""Items whose names and texts look like JSON, for shortcuts that read JSON's bytes."""

from __future__ import annotations

from hypothesis import strategies as st

from ddbmock.values.item import Item
from ddbmock.values.model import BOOL, BS, NS, NULL, SS, AttributeValue, B, L, M, N, S

NAMES = ["a", "b", "B", "BS", "M", 'a":{', ',"a', "\\", '"', "}}}", '{"B":"', "ä", "\U0001f600"]

texts = st.one_of(
    st.sampled_from(
        [
            "",
            '"',
            "\\",
            '"}',
            '\\"}',
            '{"a":{"S":"x"}}',
            ',"a":{"N":"1"}',
            '{"M":{',
            "}}}",
            "ä",
            "\n",
        ]
    ),
    st.text(max_size=6),
)
numbers = st.sampled_from(
    ["0", "1", "-1", "0.5", "-123.45", "10", "1e100", "-1e-100", "9" * 38]
).map(lambda text: Item.of_json({"n": {"N": text}}).get("n"))
binaries = st.binary(max_size=5)
names = st.one_of(st.sampled_from(NAMES), st.text(min_size=1, max_size=3))
scalars: st.SearchStrategy[AttributeValue] = st.one_of(
    texts.map(S),
    numbers.map(lambda number: number or N("0")),
    binaries.map(B),
    st.booleans().map(BOOL),
    st.just(NULL(True)),
    st.frozensets(texts, min_size=1, max_size=3).map(SS),
    st.frozensets(st.sampled_from(["1", "2", "10"]), min_size=1).map(NS),
    st.frozensets(binaries, min_size=1, max_size=3).map(BS),
)


def _documents(inner: st.SearchStrategy[AttributeValue]) -> st.SearchStrategy[AttributeValue]:
    return st.one_of(
        st.lists(inner, max_size=3).map(lambda elements: L(tuple(elements))),
        st.dictionaries(names, inner, max_size=3).map(M),
    )


values = st.recursive(scalars, _documents, max_leaves=5)
items = st.dictionaries(names, values, max_size=5).map(Item)
