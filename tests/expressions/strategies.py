"""Strategies of values, items and expression trees."""

from __future__ import annotations

from hypothesis import strategies as st

from ddbmock.expressions.nodes import (
    Action,
    Add,
    And,
    Arithmetic,
    Between,
    Call,
    Clause,
    Comparison,
    Condition,
    Delete,
    Element,
    In,
    NameRef,
    Not,
    Operand,
    Or,
    Path,
    Projection,
    Remove,
    Set,
    Update,
    ValueRef,
)
from ddbmock.values.model import BOOL, BS, NS, NULL, SS, AttributeValue, B, L, M, N, S

NAMES = ["a", "b", "c", "pk", "Alpha_1"]
COMPARATORS = ["=", "<>", "<", "<=", ">", ">="]

scalars = st.one_of(
    st.sampled_from(["", "a", "ab", "b", "ä", "\U0001f600"]).map(S),
    st.sampled_from(["0", "1", "-1", "2", "10", "0.5", "100"]).map(N),
    st.sampled_from([b"", b"a", b"\x7f", b"\x80"]).map(B),
    st.booleans().map(BOOL),
    st.just(NULL(True)),
)
sets = st.one_of(
    st.frozensets(st.sampled_from(["a", "b", "ab"]), min_size=1).map(SS),
    st.frozensets(st.sampled_from(["1", "2", "10"]), min_size=1).map(NS),
    st.frozensets(st.sampled_from([b"a", b"b"]), min_size=1).map(BS),
)


def _documents(inner: st.SearchStrategy[AttributeValue]) -> st.SearchStrategy[AttributeValue]:
    return st.one_of(
        st.lists(inner, max_size=4).map(lambda elements: L(tuple(elements))),
        st.dictionaries(st.sampled_from(NAMES), inner, max_size=3).map(M),
    )


values: st.SearchStrategy[AttributeValue] = st.recursive(
    st.one_of(scalars, sets), _documents, max_leaves=6
)
attributes = st.dictionaries(st.sampled_from(NAMES), values, max_size=5)

names: st.SearchStrategy[Element] = st.sampled_from(NAMES)
elements: st.SearchStrategy[Element] = st.one_of(
    names, st.sampled_from(["#a", "#0", "#_x"]).map(NameRef)
)
paths = st.builds(
    lambda head, rest: Path((head, *rest)),
    elements,
    st.lists(st.one_of(elements, st.integers(0, 3)), max_size=3),
)
value_refs = st.sampled_from([":v", ":0", ":_x"]).map(ValueRef)
operands: st.SearchStrategy[Operand] = st.recursive(
    st.one_of(paths, value_refs),
    lambda inner: st.builds(
        lambda function, arguments: Call(function, tuple(arguments)),
        st.sampled_from(["size", "if_not_exists", "f1"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=4,
)
calls: st.SearchStrategy[Condition] = st.builds(
    lambda function, arguments: Call(function, tuple(arguments)),
    st.sampled_from(["contains", "attribute_exists"]),
    st.lists(operands, min_size=1, max_size=3),
)


def _combined(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(parts.map(And), parts.map(Or), inner.map(Not))


conditions: st.SearchStrategy[Condition] = st.recursive(
    st.one_of(
        st.builds(Comparison, st.sampled_from(COMPARATORS), operands, operands),
        st.builds(Between, operands, operands, operands),
        st.builds(In, operands, st.lists(operands, min_size=1, max_size=3).map(tuple)),
        calls,
    ),
    _combined,
    max_leaves=6,
)

_actions: list[tuple[str, st.SearchStrategy[Action]]] = [
    (
        "SET",
        st.builds(
            Set,
            paths,
            st.one_of(operands, st.builds(Arithmetic, st.sampled_from("+-"), operands, operands)),
        ),
    ),
    ("REMOVE", st.builds(Remove, paths)),
    ("ADD", st.builds(Add, paths, value_refs)),
    ("DELETE", st.builds(Delete, paths, value_refs)),
]
clauses = st.one_of(
    [
        st.lists(action, min_size=1, max_size=3).map(
            lambda actions, keyword=keyword: Clause(keyword, tuple(actions))  # type: ignore[misc]
        )
        for keyword, action in _actions
    ]
)
updates = st.lists(clauses, min_size=1, max_size=4).map(lambda found: Update(tuple(found)))
projections = st.lists(paths, min_size=1, max_size=4).map(lambda found: Projection(tuple(found)))
