"""Strategies of statements, and of conditions that both languages have."""

from __future__ import annotations

from hypothesis import strategies as st

from ddbmock.expressions import nodes
from ddbmock.values.model import BOOL, BS, NS, NULL, SS, AttributeValue, B, L, M, N, S
from tests.expressions.strategies import NAMES, values

COMPARATORS = ["=", "<>", "<", "<=", ">", ">="]
TYPE_NAMES = ["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"]


def has_literal(value: AttributeValue) -> bool:
    """Tell whether PartiQL can spell a value: it has no literals of binaries."""
    match value:
        case B() | BS():
            return False
        case L(elements):
            return all(map(has_literal, elements))
        case M(members):
            return all(map(has_literal, members.values()))
        case S() | N() | BOOL() | NULL() | SS() | NS():
            return True


literals = values.filter(has_literal)
ordered = st.one_of(
    st.sampled_from(["", "a", "ab", "b", "it's", "ä"]).map(S),
    st.sampled_from(["0", "-1", "2", "10", "0.5"]).map(N),
)
plain_names = st.sampled_from(NAMES)
strange_names = st.sampled_from([*NAMES, "key", "SELECT", "a b", 'qu"ote', "ümlaut", "a.b", "7"])


def paths(names: st.SearchStrategy[str]) -> st.SearchStrategy[nodes.Path]:
    """Return paths of such names."""
    return st.builds(
        lambda head, rest: nodes.Path((head, *rest)),
        names,
        st.lists(st.one_of(names, st.integers(0, 3)), max_size=2),
    )


def conditions(
    names: st.SearchStrategy[str] = plain_names,
) -> st.SearchStrategy[nodes.Condition]:
    """Return conditions with literals that both languages have, right as to types."""
    path = paths(names)
    literal = literals.map(nodes.Literal)
    bound = ordered.map(nodes.Literal)
    size: st.SearchStrategy[nodes.Operand] = path.map(lambda one: nodes.Call("size", (one,)))
    simple = st.one_of(
        st.builds(nodes.Comparison, st.sampled_from(["=", "<>"]), path, literal),
        st.builds(nodes.Comparison, st.sampled_from(COMPARATORS), path, bound),
        st.builds(nodes.Comparison, st.sampled_from(COMPARATORS), bound, path),
        st.builds(
            nodes.Comparison,
            st.sampled_from(COMPARATORS),
            size,
            st.sampled_from(["0", "1", "3"]).map(N).map(nodes.Literal),
        ),
        st.builds(
            lambda one, low, high: nodes.Between(
                one, nodes.Literal(S(low)), nodes.Literal(S(high))
            ),
            path,
            st.sampled_from(["", "a"]),
            st.sampled_from(["a", "b"]),
        ),
        st.builds(nodes.In, path, st.lists(literal, min_size=1, max_size=3).map(tuple)),
        st.builds(
            lambda function, one: nodes.Call(function, (one,)),
            st.sampled_from(["attribute_exists", "attribute_not_exists"]),
            path,
        ),
        st.builds(lambda one, part: nodes.Call("contains", (one, part)), path, literal),
        st.builds(
            lambda one, text: nodes.Call("begins_with", (one, nodes.Literal(S(text)))),
            path,
            st.sampled_from(["", "a", "ä"]),
        ),
        st.builds(
            lambda one, name: nodes.Call("attribute_type", (one, nodes.Literal(S(name)))),
            path,
            st.sampled_from(TYPE_NAMES),
        ),
    )
    return st.recursive(simple, _combined, max_leaves=6)


def _combined(
    inner: st.SearchStrategy[nodes.Condition],
) -> st.SearchStrategy[nodes.Condition]:
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(parts.map(nodes.And), parts.map(nodes.Or), inner.map(nodes.Not))
