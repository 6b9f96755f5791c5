"""Conditions: expressions or trees compiled to functions from an item to a boolean.

The part that depends only on the text, the names and the types of values is compiled once and cached; a
request then binds its values. Testing an item does not walk the tree.

Source: Developer Guide, "Comparison operator and function reference".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Final, TypeAlias

from ddbmock.expressions import condition_checks, nodes
from ddbmock.expressions.faults import Fault, Finding, up_to_fault
from ddbmock.expressions.names import (
    NO_REFERENCES,
    Binding,
    Names,
    NameTuple,
    TypeTuple,
    paths_of,
)
from ddbmock.expressions.nodes import (
    And,
    Between,
    Call,
    Comparison,
    In,
    Literal,
    Not,
    Or,
    Predicate,
    ValueRef,
)
from ddbmock.expressions.parser import parse_condition
from ddbmock.expressions.paths import Attributed, DocumentPath, Getter, getter
from ddbmock.named_tuple import NamedTuple
from ddbmock.values.compare import AGAINST, MIRRORED, Test, begins_with, between, contains, size
from ddbmock.values.model import BOOL, TYPES, Attributes, AttributeValue, N

CACHED: Final = 2048
"""Number of compiled conditions in the cache."""

Holds: TypeAlias = Callable[[Attributed], bool]
Build: TypeAlias = Callable[[Attributes], Holds]
"""Binds the values of a request to a compiled condition."""

_Source: TypeAlias = Callable[[Attributes], Getter]
_Constant: TypeAlias = Callable[[Attributes], AttributeValue]
_TestOf: TypeAlias = Callable[[Attributes], Test]
"""Binds the values of a test of one operand."""


class Template(NamedTuple):
    """A condition without the values that it refers to."""

    build: Build
    paths: tuple[DocumentPath, ...]
    tested: tuple[tuple[str, _TestOf], ...] | None = None
    """The tests of single attributes that must all hold; None if the condition is of another form."""

    def bind(self, values: Attributes) -> Condition:
        """Return the condition with its values."""
        return Condition(self, values)


class Condition:
    """A condition with its values; `paths` are the paths that it reads.

    Call it with an item, or with the empty item if there is none. Loops call ``holds``, the function
    itself.
    """

    __slots__ = ("_holds", "_template", "_values", "paths")

    def __init__(self, template: Template, values: Attributes) -> None:
        self.paths: Final = template.paths
        self._template: Final = template
        self._values: Final = values
        self._holds: Holds | None = None

    @classmethod
    def of(cls, holds: Holds, paths: tuple[DocumentPath, ...]) -> Condition:
        """Return the condition of a function."""
        return cls(Template(lambda values: holds, paths), {})

    @property
    def holds(self) -> Holds:
        """The function from an item to whether the condition holds."""
        if self._holds is None:
            self._holds = self._template.build(self._values)
        return self._holds

    @property
    def tests(self) -> list[tuple[str, Test]] | None:
        """The tests of single attributes that are the same as the condition; None: there are none.

        All of them must hold.
        """
        tested = self._template.tested
        if tested is None:
            return None
        return [(name, test_of(self._values)) for name, test_of in tested]

    def __call__(self, item: Attributed) -> bool:
        return self.holds(item)


class _Plan(NamedTuple):
    findings: tuple[Finding, ...]
    template: Template | None
    """None if the condition has a fault."""


def condition(text: str, member: str, names: Names) -> Condition:
    """Compile a condition expression.

    `member` is the request's member that holds it: ConditionExpression or FilterExpression.

    :raises ValidationException: its first fault, in the service's order.
    """
    plan = _plan(text, member, *names.bind(parse_condition(text, member)))
    names.check(member, text, plan.findings)
    assert plan.template is not None
    return Condition(plan.template, names.values)


def template_of(root: nodes.Condition) -> Template:
    """Compile a tree whose names are not references. The tree is not checked."""
    return _template(root, NO_REFERENCES)


def condition_of(root: nodes.Condition) -> Condition:
    """Compile a tree without any references. The tree is not checked."""
    return template_of(root).bind({})


@lru_cache(maxsize=CACHED)
def _plan(text: str, member: str, names: NameTuple, types: TypeTuple) -> _Plan:
    parsed = parse_condition(text, member)
    binding = Binding.of(parsed, names, types)
    found = up_to_fault(condition_checks.findings(parsed.root, binding))
    if found and isinstance(found[-1], Fault):
        return _Plan(found, None)
    return _Plan(found, _template(parsed.root, binding))


def _template(root: nodes.Condition, binding: Binding) -> Template:
    paths = tuple(dict.fromkeys([binding.path(path) for path in paths_of(root)]))
    return Template(_build(root, binding), paths, _tested(root, binding))


def _tested(root: nodes.Condition, binding: Binding) -> tuple[tuple[str, _TestOf], ...] | None:
    """Return the attributes and their tests if the condition is nothing but tests of attributes."""
    tested: list[tuple[str, _TestOf]] = []
    for part in root.conditions if isinstance(root, And) else (root,):
        match part:
            case Call("attribute_exists", (operand,)):
                test_of: _TestOf = _is_there
            case Call("attribute_not_exists", (operand,)):
                test_of = _is_missing
            case _:
                found = _constant_test(part)
                if found is None:
                    return None
                operand, test_of = found
        path = binding.path(operand) if isinstance(operand, nodes.Path) else ()
        if len(path) != 1:
            return None
        tested.append((str(path[0]), test_of))
    return tuple(tested)


def _is_there(values: Attributes) -> Test:
    return lambda found: found is not None


def _is_missing(values: Attributes) -> Test:
    return lambda found: found is None


class _ConstantTest(NamedTuple):
    """A simple condition that tests one operand against constants."""

    operand: nodes.Operand
    test_of: _TestOf


def _constant_test(node: nodes.Condition) -> _ConstantTest | None:
    """Return the test that a simple condition is; None if it is something else."""
    match node:
        case Comparison(operator, left, (ValueRef() | Literal()) as right):
            return _ConstantTest(left, _comparing(operator, _constant(right)))
        case Comparison(operator, (ValueRef() | Literal()) as left, right):
            return _ConstantTest(right, _comparing(MIRRORED[operator], _constant(left)))
        case Between(operand, (ValueRef() | Literal()) as lower, (ValueRef() | Literal()) as upper):
            least, most = _constant(lower), _constant(upper)
            return _ConstantTest(operand, lambda values: between(least(values), most(values)))
        case In(operand, choices):
            constants = [_constant(one) for one in choices if isinstance(one, ValueRef | Literal)]
            if len(constants) < len(choices):
                return None
            return _ConstantTest(
                operand,
                lambda values: frozenset([constant(values) for constant in constants]).__contains__,
            )
        case Call("attribute_type", (operand, (ValueRef() | Literal()) as name)):
            constant = _constant(name)
            return _ConstantTest(operand, lambda values: _has_type(constant(values)))
        case _:
            return None


def _comparing(operator: str, constant: _Constant) -> _TestOf:
    against = AGAINST[operator]
    return lambda values: against(constant(values))


def _build(root: nodes.Condition, binding: Binding) -> Build:
    """Compile from the simple conditions upwards, without recursion."""
    pending: list[nodes.Condition] = [root]
    combined: list[And | Or | Not] = []
    simple: list[nodes.SimpleCondition] = []
    while pending:
        match pending.pop():
            case (And(parts) | Or(parts)) as node:
                combined.append(node)
                pending.extend(parts)
            case (Not(Not(part)) | Not(part)) as node:  # pairs of NOT cancel out
                combined.append(node)
                pending.append(part)
            case node:
                simple.append(node)
    builds = {id(node): _simple(node, binding) for node in simple}
    for node in reversed(combined):  # parts come after the node that combines them
        match node:
            case And(parts):
                builds[id(node)] = _all([builds[id(part)] for part in parts])
            case Or(parts):
                builds[id(node)] = _any([builds[id(part)] for part in parts])
            case Not(Not(part)):
                builds[id(node)] = builds[id(part)]
            case _:
                builds[id(node)] = _negated(builds[id(node.condition)])
    return builds[id(root)]


def _simple(node: nodes.SimpleCondition, binding: Binding) -> Build:
    tested = _constant_test(node)
    if tested is not None:
        return _test(_source(tested.operand, binding), tested.test_of)
    match node:
        case Comparison():
            return _comparison(node, binding)
        case Between():
            return _between(node, binding)
        case In():
            return _in(node, binding)
        case _:
            return _call(node, binding)


def _all(builds: Sequence[Build]) -> Build:
    def build(values: Attributes) -> Holds:
        parts = [part(values) for part in builds]

        def holds(item: Attributed) -> bool:
            for part in parts:  # noqa: SIM110  # a generator would cost a frame for each item
                if not part(item):
                    return False
            return True

        return holds

    return build


def _any(builds: Sequence[Build]) -> Build:
    def build(values: Attributes) -> Holds:
        parts = [part(values) for part in builds]

        def holds(item: Attributed) -> bool:
            for part in parts:  # noqa: SIM110  # as in _all
                if part(item):
                    return True
            return False

        return holds

    return build


def _negated(inner: Build) -> Build:
    def build(values: Attributes) -> Holds:
        holds = inner(values)
        return lambda item: not holds(item)

    return build


def _comparison(node: Comparison, binding: Binding) -> Build:
    against = AGAINST[node.operator]
    source, other = _source(node.left, binding), _source(node.right, binding)

    def build(values: Attributes) -> Holds:
        get, get_other = source(values), other(values)
        return lambda item: against(get_other(item))(get(item))

    return build


def _between(node: Between, binding: Binding) -> Build:
    source = _source(node.operand, binding)
    lower, upper = _source(node.lower, binding), _source(node.upper, binding)

    def build(values: Attributes) -> Holds:
        get, get_lower, get_upper = source(values), lower(values), upper(values)
        return lambda item: between(get_lower(item), get_upper(item))(get(item))

    return build


def _in(node: In, binding: Binding) -> Build:
    source = _source(node.operand, binding)
    choices = [_source(choice, binding) for choice in node.choices]

    def build(values: Attributes) -> Holds:
        get, getters = source(values), [choice(values) for choice in choices]

        def holds(item: Attributed) -> bool:
            found = get(item)
            return found is not None and any(found == choice(item) for choice in getters)

        return holds

    return build


def _test(source: _Source, test_of: _TestOf) -> Build:
    def build(values: Attributes) -> Holds:
        get, test = source(values), test_of(values)
        return lambda item: test(get(item))

    return build


def _call(node: Call, binding: Binding) -> Build:
    match node:
        case Call("attribute_exists", (nodes.Path() as path,)):
            return _exists(binding.path(path))
        case Call("attribute_not_exists", (nodes.Path() as path,)):
            return _negated(_exists(binding.path(path)))
    holds_for = {"begins_with": begins_with, "contains": contains}[node.function]
    first, second = [_source(operand, binding) for operand in node.operands]

    def build(values: Attributes) -> Holds:
        get, get_other = first(values), second(values)
        return lambda item: holds_for(get(item), get_other(item))

    return build


def _exists(path: DocumentPath) -> Build:
    if len(path) == 1:
        name = path[0]
        assert isinstance(name, str)
        return lambda values: lambda item: name in item
    get = getter(path)
    return lambda values: lambda item: get(item) is not None


def _has_type(name: AttributeValue) -> Test:
    kind = TYPES[str(name.value)]
    return lambda found: type(found) is kind


def _constant(operand: nodes.Constant) -> _Constant:
    if isinstance(operand, Literal):
        value = operand.value
        return lambda values: value
    return itemgetter(operand.text)


def _source(operand: nodes.Operand, binding: Binding) -> _Source:
    match operand:
        case nodes.Path():
            get = getter(binding.path(operand))
            return lambda values: get
        case ValueRef() | Literal():
            constant = _constant(operand)

            def build(values: Attributes) -> Getter:
                value = constant(values)
                return lambda item: value

            return build
        case Predicate(inner):
            return _truth(_build(inner, binding))
        case _:  # size is the only function that may be an operand
            (sized,) = operand.operands
            return _size(_source(sized, binding))


def _truth(build: Build) -> _Source:
    def source(values: Attributes) -> Getter:
        holds = build(values)
        return lambda item: BOOL(holds(item))

    return source


def _size(source: _Source) -> _Source:
    def build(values: Attributes) -> Getter:
        get = source(values)

        def size_of(item: Attributed) -> AttributeValue | None:
            count = size(get(item))
            return None if count is None else N(str(count))

        return size_of

    return build
