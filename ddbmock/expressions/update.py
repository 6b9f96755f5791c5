"""Updates: expressions or trees, compiled to functions from an item to an item.

All right-hand sides read the old item; then all actions are applied at once. List indexes are positions in
the old item, even if the update removes elements. The new item shares unchanged parts with the old item.

Source: Developer Guide, "Update expressions"; quirks observed on the service.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from ddbmock.errors import Reason, ValidationException
from ddbmock.expressions import nodes, update_checks
from ddbmock.expressions.faults import Fault, Finding, up_to_fault
from ddbmock.expressions.intentions import UPDATE
from ddbmock.expressions.names import (
    NO_REFERENCES,
    Binding,
    Names,
    NameTuple,
    TypeTuple,
    paths_of,
)
from ddbmock.expressions.nodes import Add, Arithmetic, Call, Literal, Remove, Set, ValueRef
from ddbmock.expressions.parser import parse_update
from ddbmock.expressions.paths import DocumentPath, Tree, getter, tree_of, written
from ddbmock.expressions.projection import selected
from ddbmock.expressions.statement_size import StatementSize, statement_size
from ddbmock.named_tuple import NamedTuple
from ddbmock.values.canonical import check_nesting
from ddbmock.values.item import NO_ITEM, Item
from ddbmock.values.model import BS, NS, SS, Attributes, AttributeValue, L, M, N
from ddbmock.values.number import add, subtract

CACHED: Final = 2048
"""Number of compiled updates in the cache."""

MISSING: Final = "The provided expression refers to an attribute that does not exist in the item"
INVALID_PATH: Final = "The document path provided in the update expression is invalid for update"
INCORRECT_TYPE: Final = "An operand in the update expression has an incorrect data type"

_Value: TypeAlias = Callable[[Item, Attributes], AttributeValue]
"""Evaluates a right-hand side for the old item and the request's values."""

_Outcome: TypeAlias = Callable[[Item, Attributes], AttributeValue | None]
"""Computes the new value at a target; None removes it."""


class _Actions(NamedTuple):
    """Actions on an item: their targets and outcomes."""

    targets: tuple[DocumentPath, ...]
    outcomes: tuple[_Outcome, ...]
    tree: Tree


class Plan(NamedTuple):
    """An update compiled without its values."""

    findings: tuple[Finding, ...]
    actions: _Actions
    creating: _Actions
    """The actions that are applied if there is no item: SET and ADD."""
    creates: bool
    """Whether the update creates a missing item."""
    paths: tuple[DocumentPath, ...]
    constants: tuple[tuple[str, nodes.Constant], ...]
    """Top-level attributes that are set to constants, and the constants."""
    size: StatementSize | None = None
    """The size of the statement; None if it is not an expression."""


class Update:
    """An update with its values.

    ``targets`` are the paths that it changes, ``paths`` all paths that it names, in textual order.
    """

    __slots__ = ("_plan", "_values", "_values_size", "paths", "targets")

    def __init__(self, plan: Plan, values: Attributes, values_size: int = 0) -> None:
        self._plan: Final = plan
        self._values: Final = values
        self._values_size: Final = values_size
        self.targets: Final = plan.actions.targets
        self.paths: Final = plan.paths

    def apply(self, old: Item | None, key: Attributes) -> Item | None:
        """Return the updated item, or None if there is no item and the update does not create one.

        `key` contains the key attributes of a new item.

        :raises ValidationException: an operand is missing or has the wrong type, a target has no parent, a
            number is out of range, or the item would be nested too deeply.
        """
        plan = self._plan
        if old is not None:
            return old.changed(_changes_of(old, plan.actions, self._values))
        if not plan.creates:
            return None
        created = Item(key)
        return created.changed(_changes_of(created, plan.creating, self._values))

    def may_exceed(self, most: int) -> bool:
        """Return whether the statement can exceed a number of bytes for some item."""
        size = self._plan.size
        return size is not None and size.may_exceed(most, self._values_size)

    def size(self, old: Item | None) -> int:
        """Return the size of the statement in bytes; 0 if it is not an expression."""
        size = self._plan.size
        return 0 if size is None else size.of(self._values, old or NO_ITEM)

    @property
    def constants(self) -> dict[str, AttributeValue]:
        """Return the request's values, or summands, for top-level attributes."""
        values = self._values
        return {
            name: values[value.text] if isinstance(value, ValueRef) else value.value
            for name, value in self._plan.constants
        }

    def select(self, item: Item) -> Item:
        """Return the part of the old or new item at the targets: UPDATED_OLD or UPDATED_NEW.

        Indexes are those of the expression. So an element that a SET beyond the end appended is missing,
        and the element after a removed one takes its place.
        """
        return Item(selected(item, self._plan.actions.tree))


def update(text: str, names: Names) -> Update:
    """Compile an update expression.

    :raises ValidationException: its first fault, in the service's order.
    """
    plan = _plan(text, *names.bind(parse_update(text)))
    names.check(UPDATE, text, plan.findings)
    return Update(plan, names.values, names.size)


def plan_of(root: nodes.Update, mismatch: str = INCORRECT_TYPE) -> Plan:
    """Compile a tree whose names are not references. The tree is not checked.

    `mismatch` is the message for an attribute whose type ADD or DELETE does not accept.
    """
    return _planned((), root, NO_REFERENCES, mismatch)


@lru_cache(maxsize=CACHED)
def _plan(text: str, names: NameTuple, types: TypeTuple) -> Plan:
    parsed = parse_update(text)
    binding = Binding.of(parsed, names, types)
    found = up_to_fault(update_checks.findings(parsed.root, binding))
    if found and isinstance(found[-1], Fault):
        return _planned(found, nodes.Update(()), binding, INCORRECT_TYPE)
    plan = _planned(found, parsed.root, binding, INCORRECT_TYPE)
    return plan._replace(size=statement_size(parsed.root, binding))


def _planned(
    found: tuple[Finding, ...], root: nodes.Update, binding: Binding, mismatch: str
) -> Plan:
    def gathered(actions: Sequence[nodes.Action]) -> _Actions:
        targets = tuple([binding.path(action.path) for action in actions])
        outcomes = tuple([_outcome(action, binding, mismatch) for action in actions])
        return _Actions(targets, outcomes, tree_of(targets))

    actions = root.actions
    creating = [action for action in actions if isinstance(action, Set | Add)]
    paths = tuple(dict.fromkeys([binding.path(path) for path in paths_of(root)]))
    creates = bool(creating or not actions)
    constants = tuple(_constants(creating, binding))
    return Plan(found, gathered(actions), gathered(creating), creates, paths, constants)


def _constants(
    actions: Sequence[Set | Add], binding: Binding
) -> Iterator[tuple[str, nodes.Constant]]:
    for action in actions:
        path = binding.path(action.path)
        if len(path) == 1 and isinstance(action.value, ValueRef | Literal):
            yield str(path[0]), action.value


# Applying


_Changes: TypeAlias = dict[str, AttributeValue | None]
"""New values by name; None removes the attribute or member."""


def _changes_of(old: Item, actions: _Actions, values: Attributes) -> _Changes:
    outcomes = [outcome(old, values) for outcome in actions.outcomes]
    for target, outcome in zip(actions.targets, outcomes, strict=True):
        if isinstance(outcome, L | M):
            _check_nesting(outcome, len(target))
    return _changes(old, actions.tree, outcomes)


def _check_nesting(value: AttributeValue, level: int) -> None:
    """Check that no part of a value at a level is nested too deeply."""
    match value:
        case L(content):
            inside: Collection[AttributeValue] = content
        case M(content):
            inside = content.values()
        case _:
            return
    if inside:
        check_nesting(level + 1)
    for part in inside:
        _check_nesting(part, level + 1)


def _changes(
    old: Item | Attributes,
    tree: Tree,
    outcomes: Sequence[AttributeValue | None],
    place: DocumentPath = (),
) -> _Changes:
    """Return the changes of the attributes of an item or the members of the map at a place."""
    changes: _Changes = {}
    for step, below in tree.children.items():
        name = str(step)
        if below.leaf < 0:
            changes[name] = _document(old.get(name), below, outcomes, (*place, name))
        else:
            changes[name] = outcomes[below.leaf]
    return changes


def _members(
    members: Attributes,
    tree: Tree,
    outcomes: Sequence[AttributeValue | None],
    place: DocumentPath,
) -> Attributes:
    """Return the members of a map after the update."""
    changed = {**members, **_changes(members, tree, outcomes, place)}
    return {name: value for name, value in changed.items() if value is not None}


def _document(
    value: AttributeValue | None,
    tree: Tree,
    outcomes: Sequence[AttributeValue | None],
    place: DocumentPath,
) -> AttributeValue:
    """Return the map or list at a place after an update of its parts."""
    step = next(iter(tree.children))
    match value:
        case M(content) if isinstance(step, str):
            return M(_members(content, tree, outcomes, place))
        case L(content) if isinstance(step, int):
            return L(_elements(content, tree, outcomes, place))
    kind, part = (
        ("a map", f"the name {step!r}") if isinstance(step, str) else ("a list", f"[{step}]")
    )
    path = written(place)
    if value is not None:
        hint = f"{path} is of type {value.tag}; for {part} it must be {kind}."
    elif all(below.leaf >= 0 and outcomes[below.leaf] is None for below in tree.children.values()):
        hint = f"The item has no {path}, so there is nothing in it to remove: add the condition attribute_exists({path})."
    else:
        hint = f"The item has no {path}; for {part} it must be {kind}. SET {path} to {kind} in an earlier update."
    raise ValidationException(INVALID_PATH, hint=hint)


def _elements(
    elements: Sequence[AttributeValue],
    tree: Tree,
    outcomes: Sequence[AttributeValue | None],
    place: DocumentPath,
) -> tuple[AttributeValue, ...]:
    """Return the elements of a list after the update: changed, then removed, then appended."""
    changed: list[AttributeValue | None] = list(elements)
    appended: list[AttributeValue] = []
    for index in sorted([step for step in tree.children if isinstance(step, int)]):
        below = tree.children[index]
        if below.leaf < 0:
            element = changed[index] if index < len(elements) else None
            document = _document(element, below, outcomes, (*place, index))
            changed[index] = document
            continue
        outcome = outcomes[below.leaf]
        if index < len(elements):
            changed[index] = outcome
        elif outcome is not None:
            appended.append(outcome)
    return (*[element for element in changed if element is not None], *appended)


# Outcomes


def _outcome(action: nodes.Action, binding: Binding, mismatch: str) -> _Outcome:
    match action:
        case Set(_, value):
            return _value(value, binding)
        case Remove():
            return lambda item, values: None
        case Add(path, value):
            return _added(binding.path(path), _value(value, binding), mismatch)
        case _:
            return _deleted(binding.path(action.path), _value(action.value, binding), mismatch)


def _added(path: DocumentPath, value: _Value, mismatch: str) -> _Outcome:
    get = getter(path)

    def outcome(item: Item, values: Attributes) -> AttributeValue:
        added, found = value(item, values), get(item)
        match found, added:
            case (None, _):
                return added
            case (N(number), N(other)):
                return N(add(number, other))
            case (SS(members), SS(more)):
                return SS(members | more)
            case (NS(members), NS(more)):
                return NS(members | more)
            case (BS(contents), BS(more_contents)):
                return BS(contents | more_contents)
            case (L(elements), L(more_elements)):
                return L((*elements, *more_elements))
            case _:
                raise _mismatch(mismatch, path, found, added)

    return outcome


def _deleted(path: DocumentPath, value: _Value, mismatch: str) -> _Outcome:
    get = getter(path)

    def outcome(item: Item, values: Attributes) -> AttributeValue | None:
        deleted, found = value(item, values), get(item)
        match found, deleted:
            case (None, _):
                return None
            case (SS(members), SS(out)):
                return SS(members - out) if members - out else None
            case (NS(members), NS(out)):
                return NS(members - out) if members - out else None
            case (BS(contents), BS(contents_out)):
                return BS(contents - contents_out) if contents - contents_out else None
            case _:
                raise _mismatch(mismatch, path, found, deleted)

    return outcome


def _mismatch(
    message: str, path: DocumentPath, found: AttributeValue | None, value: AttributeValue
) -> ValidationException:
    content = found.tag if found else "nothing"
    hint = f"{written(path)} has type {content}, the value has type {value.tag}."
    if content == "L":
        hint += f" Append to a list by SET {written(path)} = list_append({written(path)}, :list); "
        hint += f"remove from it by an index: REMOVE {written(path)}[0]."
    return ValidationException(message, hint=hint)


def _value(node: nodes.Operand | Arithmetic, binding: Binding) -> _Value:
    match node:
        case ValueRef(ref):
            return lambda item, values: values[ref]
        case Literal(value):
            return lambda item, values: value
        case nodes.Path():
            return _read(binding.path(node))
        case Call("if_not_exists", (nodes.Path() as path, other)):
            return _if_not_exists(binding.path(path), _value(other, binding))
        case Arithmetic(operator, left, right):
            return _arithmetic(operator, _value(left, binding), _value(right, binding))
        case Call(_, (first, second)):
            return _list_append(_value(first, binding), _value(second, binding))
        case _:
            raise AssertionError(f"{node} was not checked")


def _read(path: DocumentPath) -> _Value:
    get = getter(path)

    def read(item: Item, values: Attributes) -> AttributeValue:
        value = get(item)
        if value is None:
            raise ValidationException(
                MISSING,
                hint=f"The item has no {written(path)}: write if_not_exists({written(path)}, :default), "
                "with the value to use if it is missing.",
                reason=Reason.MISSING_OPERAND,
            )
        return value

    return read


def _if_not_exists(path: DocumentPath, other: _Value) -> _Value:
    get = getter(path)

    def existing(item: Item, values: Attributes) -> AttributeValue:
        value = get(item)
        return other(item, values) if value is None else value

    return existing


def _list_append(first: _Value, second: _Value) -> _Value:
    def appended(item: Item, values: Attributes) -> AttributeValue:
        one, two = first(item, values), second(item, values)
        if isinstance(one, L) and isinstance(two, L):
            return L((*one.value, *two.value))
        raise _incorrect("list_append joins two lists", one, two)

    return appended


_ARITHMETIC: Final[Mapping[str, Callable[[str, str], str]]] = {"+": add, "-": subtract}


def _arithmetic(operator: str, left: _Value, right: _Value) -> _Value:
    calculate = _ARITHMETIC[operator]

    def result(item: Item, values: Attributes) -> AttributeValue:
        one, two = left(item, values), right(item, values)
        if isinstance(one, N) and isinstance(two, N):
            return N(calculate(one.value, two.value))
        raise _incorrect(f"{operator} works on two numbers", one, two)

    return result


def _incorrect(rule: str, one: AttributeValue, two: AttributeValue) -> ValidationException:
    return ValidationException(INCORRECT_TYPE, hint=f"{rule}, not {one.tag} and {two.tag}.")
