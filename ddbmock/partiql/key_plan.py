"""Read plans of WHERE: branches, each with its conditions on keys and its filter.

A condition on a key compares the plain name of the hash key by ``=`` or IN, or the range key by
``= < <= > >=``, BETWEEN, ``begins_with`` or IN. IN creates a branch for each of its values. OR creates one
for each of its operands if there is a condition on a key below it. AND combines the branches of its
operands. If all branches have a value for the hash key, each branch is a separate read; otherwise the whole
table or index is read, and WHERE is a filter.

Source: recorded answers of the service.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ddbmock.expressions import nodes
from ddbmock.expressions.condition import Template, template_of
from ddbmock.named_tuple import NamedTuple
from ddbmock.partiql.caches import cached
from ddbmock.partiql.statements import Delete, Select, Update
from ddbmock.values.compare import MIRRORED

MAX_READS: Final = 50
"""Largest number of reads of a statement."""
MAX_BRANCHES: Final = 2500
"""The most branches to list; a statement with more has too many reads in any case."""

_RANGE_OPERATORS: Final = ("=", "<", "<=", ">", ">=")


class Keys(NamedTuple):
    """Names of the keys of a table or an index."""

    hash_key: str
    range_key: str | None = None


class KeyTest(NamedTuple):
    """A condition on a key: operator and values as in :class:`~ddbmock.expressions.key_condition.KeyTerm`."""

    name: str
    operator: str
    values: tuple[nodes.Constant, ...]
    is_hash: bool = False


class Branch(NamedTuple):
    """The conditions of one read."""

    hash_values: tuple[nodes.Constant, ...]
    """Values all of which the hash key must equal."""
    range_tests: tuple[KeyTest, ...]
    filter: Template | None
    """The conditions on other attributes."""


class ReadPlan(NamedTuple):
    """The reads of a SELECT without its values."""

    branches: tuple[Branch, ...]
    """The reads; empty for a scan, or if there are too many."""
    reads: int
    """The number of branches; 0 for a scan."""
    where: Template | None
    """All of WHERE: the filter of a scan."""
    nested: bool
    """True if WHERE or a column has a path into an attribute, such as ``a.b``."""
    single: tuple[tuple[str, nodes.Constant], ...] = ()
    """Name and value of each key attribute, if WHERE has exactly one value for each and nothing else."""


@cached
def read_plan(select: Select, keys: Keys) -> ReadPlan:
    """Plan the reads of a SELECT for a table or index with some keys."""
    where = select.where
    compiled = None if where is None else template_of(where)
    paths = (
        *(select.columns.paths if select.columns else ()),
        *(compiled.paths if compiled else ()),
    )
    nested = any(len(path) > 1 for path in paths)
    if where is None:
        return ReadPlan((), 0, None, nested)
    shape = _shape(where, keys)
    if not shape.hashed:
        return ReadPlan((), 0, compiled, nested)
    if shape.reads > MAX_BRANCHES:
        return ReadPlan((), shape.reads, compiled, nested)
    branches = tuple([_branch(parts, shape.reads) for parts in _spread(where, keys)])
    return ReadPlan(branches, shape.reads, compiled, nested, _single(branches, keys))


def _single(branches: tuple[Branch, ...], keys: Keys) -> tuple[tuple[str, nodes.Constant], ...]:
    if len(branches) > 1 or branches[0].filter is not None or len(branches[0].hash_values) > 1:
        return ()
    (hash_value,), tests = branches[0].hash_values, branches[0].range_tests
    if keys.range_key is None:
        return ((keys.hash_key, hash_value),)
    if len(tests) != 1 or tests[0].operator != "=":
        return ()
    return ((keys.hash_key, hash_value), (keys.range_key, tests[0].values[0]))


class _Shape(NamedTuple):
    """Properties of the branches of a condition, determined without listing the branches."""

    reads: int
    hashed: bool
    """True if each branch of WHERE compares the hash key with a value."""
    keyed: bool
    """Whether there is a condition on a key."""


def _shape(condition: nodes.Condition, keys: Keys) -> _Shape:
    match condition:
        case nodes.And(parts):
            shapes = [_shape(part, keys) for part in parts]
            reads = 1
            for shape in shapes:
                reads = min(reads * shape.reads, MAX_BRANCHES + 1)
            return _Shape(reads, any(s.hashed for s in shapes), any(s.keyed for s in shapes))
        case nodes.Or(parts):
            shapes = [_shape(part, keys) for part in parts]
            if not any(shape.keyed for shape in shapes):
                return _Shape(1, False, False)
            return _Shape(
                sum([shape.reads for shape in shapes]), all(s.hashed for s in shapes), True
            )
        case _:
            tests = key_tests(condition, keys)
            return _Shape(len(tests) or 1, bool(tests) and tests[0].is_hash, bool(tests))


_Part = KeyTest | nodes.Condition
"""A condition on a key, or a part of the filter."""


def _spread(condition: nodes.Condition, keys: Keys) -> list[tuple[_Part, ...]]:
    """List the parts of each branch."""
    match condition:
        case nodes.And(parts):
            branches: list[tuple[_Part, ...]] = [()]
            for part in parts:
                further = _spread(part, keys)
                branches = [(*branch, *more) for branch in branches for more in further]
            return branches
        case nodes.Or(parts) if _shape(condition, keys).keyed:
            return [branch for part in parts for branch in _spread(part, keys)]
        case _:
            tests = key_tests(condition, keys)
            return [(test,) for test in tests] if tests else [(condition,)]


def _branch(parts: tuple[_Part, ...], reads: int) -> Branch:
    tests = [part for part in parts if isinstance(part, KeyTest)]
    rest = tuple([part for part in parts if not isinstance(part, KeyTest)])
    filtered = None
    if rest and reads <= MAX_READS:
        filtered = template_of(rest[0] if len(rest) == 1 else nodes.And(rest))
    hash_values = [test.values[0] for test in tests if test.is_hash]
    return Branch(tuple(hash_values), tuple([test for test in tests if not test.is_hash]), filtered)


def key_tests(condition: nodes.Condition, keys: Keys) -> tuple[KeyTest, ...]:
    """Return the conditions on a key in a simple condition: one for each value of IN, or none."""
    match condition:
        case nodes.Comparison(operator, nodes.Path((str(name),)), value) if _constant(value):
            pass
        case nodes.Comparison(written, value, nodes.Path((str(name),))) if _constant(value):
            operator = MIRRORED[written]
        case nodes.In(nodes.Path((str(name),)), choices) if all(map(_constant, choices)):
            is_hash = name == keys.hash_key
            if not is_hash and name != keys.range_key:
                return ()
            return tuple([KeyTest(name, "=", (choice,), is_hash) for choice in choices])  # type: ignore[arg-type]  # all are constants
        case nodes.Between(nodes.Path((str(name),)), lower, upper) if (
            name == keys.range_key and _constant(lower) and _constant(upper)
        ):
            return (KeyTest(name, "BETWEEN", (lower, upper)),)  # type: ignore[arg-type]  # as above
        case nodes.Call("begins_with", (nodes.Path((str(name),)), prefix)) if (
            name == keys.range_key and _constant(prefix)
        ):
            return (KeyTest(name, "begins_with", (prefix,)),)  # type: ignore[arg-type]  # as above
        case _:
            return ()
    if name == keys.hash_key and operator == "=":
        return (KeyTest(name, "=", (value,), True),)  # type: ignore[arg-type]  # as above
    if name == keys.range_key and operator in _RANGE_OPERATORS:
        return (KeyTest(name, operator, (value,)),)  # type: ignore[arg-type]  # as above
    return ()


def _constant(operand: nodes.Operand) -> bool:
    return isinstance(operand, nodes.ValueRef | nodes.Literal)


class Pinned(NamedTuple):
    """The key values that conditions joined by AND specify, and the other conditions."""

    values: dict[str, tuple[nodes.Constant, ...]]
    """The values that key attributes must equal, by name."""
    rest: Template | None

    def first(self) -> Pinned:
        """Return only the first value of each key attribute."""
        return Pinned({name: values[:1] for name, values in self.values.items()}, self.rest)

    def complete(self, keys: Keys) -> bool:
        """Return whether all key attributes have a value."""
        return keys.hash_key in self.values and keys.range_key in (None, *self.values)


@cached
def pinned(statement: Select | Update | Delete, keys: Keys, *, single_in: bool = False) -> Pinned:
    """Return the key values that WHERE specifies; with `single_in` also by IN with one value."""
    values: dict[str, tuple[nodes.Constant, ...]] = {}
    rest = []
    for part in _anded(statement.where):
        tests = key_tests(part, keys)
        allowed = single_in or not isinstance(part, nodes.In)
        if len(tests) == 1 and tests[0].operator == "=" and allowed:
            name = tests[0].name
            values[name] = (*values.get(name, ()), tests[0].values[0])
        else:
            rest.append(part)
    if not rest:
        return Pinned(values, None)
    return Pinned(values, template_of(rest[0] if len(rest) == 1 else nodes.And(tuple(rest))))


def _anded(where: nodes.Condition | None) -> Iterator[nodes.Condition]:
    if isinstance(where, nodes.And):
        yield from where.conditions
    elif where is not None:
        yield where
