"""Static checks of updates, independent of the item, in the service's order.

Each kind of fault is checked over the whole expression before the next kind.

Source: Developer Guide, "Update expressions"; order and texts observed on the service.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from ddbmock.expressions.faults import Fault, Finding
from ddbmock.expressions.functions import (
    UPDATE_OPERANDS,
    miscounted,
    misplaced,
    needs_path,
    unknown,
    wrong_type,
)
from ddbmock.expressions.names import Binding, reserved_words
from ddbmock.expressions.nodes import (
    Add,
    Arithmetic,
    Call,
    Delete,
    Literal,
    Node,
    Operand,
    Path,
    Set,
    Update,
    ValueRef,
    walk,
)
from ddbmock.expressions.projection import clashes
from ddbmock.values.model import (
    BOOL,
    BS,
    NS,
    NULL,
    SS,
    AttributeValue,
    B,
    L,
    M,
    N,
    S,
)

_SPELLED: Final[Mapping[type[AttributeValue], str]] = {
    S: "STRING",
    N: "NUMBER",
    B: "BINARY",
    NULL: "NULL",
    BOOL: "BOOLEAN",
    L: "LIST",
    M: "MAP",
}
"""The service's names of types in the faults of ADD and DELETE."""

_SETS: Final[tuple[type[AttributeValue], ...]] = (SS, NS, BS)
_ADDED: Final[tuple[type[AttributeValue], ...]] = (N, *_SETS)


def findings(root: Update, binding: Binding) -> Iterator[Finding]:
    """Yield the faults of an update, in order."""
    yield from reserved_words(root, binding.text)
    calls = [node for node in walk(root) if isinstance(node, Call)]
    yield from unknown(calls, "updates", UPDATE_OPERANDS)
    yield from _misplaced(root)
    yield from _repeated(root)
    yield from binding.undefined_names(root)
    yield from binding.undefined_values(root)
    yield from clashes([action.path for action in root.actions], binding)
    for action in root.actions:
        if isinstance(action, Add | Delete):
            yield from _not_added(action, binding)
    for action in root.actions:
        if isinstance(action, Set):
            yield from _misused(action.value, binding)


def operand_findings(root: Update, binding: Binding) -> Iterator[Finding]:
    """Yield the faults of numbers and types of SET's operands, the only faults possible in PartiQL."""
    for action in root.actions:
        if isinstance(action, Set):
            yield from _misused(action.value, binding)


def _misplaced(root: Node) -> Iterator[Fault]:
    for node in walk(root):
        if isinstance(node, Call):
            yield from misplaced(node, UPDATE_OPERANDS, "This function belongs to conditions.")
            if node.function == "list_append":
                for operand in node.operands:
                    if isinstance(operand, Call):
                        advice = "list_append cannot be an operand of list_append."
                        yield from misplaced(operand, ("if_not_exists",), advice)


def _repeated(root: Update) -> Iterator[Fault]:
    seen: set[str] = set()
    for clause in root.clauses:
        if clause.keyword in seen:
            yield Fault(
                f'The "{clause.keyword}" section can only be used once in an update expression;',
                clause.at,
                f"Put all actions behind one {clause.keyword}, separated by commas.",
            )
        seen.add(clause.keyword)


def _not_added(action: Add | Delete, binding: Binding) -> Iterator[Fault]:
    operator, allowed = ("ADD", _ADDED) if isinstance(action, Add) else ("DELETE", _SETS)
    kind = _type_of(action.value, binding)
    if kind is not None and kind not in allowed:
        yield Fault(
            "Incorrect operand type for operator or function; "
            f"operator: {operator}, operand type: {_SPELLED[kind]}",
            action.value.at,
            f"{operator} takes {'a number or ' if operator == 'ADD' else ''}a set; "
            "use SET for other types.",
        )


def _misused(value: Operand | Arithmetic, binding: Binding) -> Iterator[Fault]:
    for node in walk(value):
        match node:
            case Arithmetic(operator, left, right):
                yield from _mistyped(operator, (left, right), N, "numbers", binding)
            case Call("if_not_exists", operands):
                yield from miscounted(node)
                if not isinstance(operands[0], Path):
                    yield needs_path("if_not_exists", operands[0].at)
            case Call("list_append", operands):
                yield from miscounted(node)
                yield from _mistyped("list_append", operands, L, "lists", binding)


def _mistyped(
    function: str,
    operands: tuple[Operand | Arithmetic, ...],
    right: type[AttributeValue],
    spelled: str,
    binding: Binding,
) -> Iterator[Fault]:
    for operand in operands:
        kind = _type_of(operand, binding)
        if kind is not None and kind is not right:
            yield wrong_type(function, kind.tag, operand.at, spelled)


def _type_of(operand: Operand | Arithmetic, binding: Binding) -> type[AttributeValue] | None:
    """Return the type of an operand if it does not depend on the item."""
    match operand:
        case ValueRef(ref):
            return binding.types[ref]
        case Literal(value):
            return type(value)
        case Call("list_append"):
            return L
        case _:
            return None
