"""The syntax tree of expressions, of legacy parameters and of PartiQL.

``str(node)`` is an expression that parses to an equal node. ``at`` is the node's position in the text, for
hints; equality ignores it. As with attribute values, mypy checks immutability (:data:`typing.Final`), which
costs nothing at run time.

>>> str(Or((Comparison("=", Path(("a", 0)), ValueRef(":v")), Call("contains", (Path(("b",)),)))))
'a[0] = :v OR contains(b)'
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final, TypeAlias

from ddbmock.values.model import AttributeValue

NOWHERE: Final = -1
"""Position of a node without a text."""


class Node:
    """Base of all nodes: fields, equality by fields, and children in textual order."""

    __slots__ = ("at",)
    __match_args__: ClassVar[tuple[str, ...]] = ()

    def __init__(self, at: int) -> None:
        self.at: Final = at

    @property
    def fields(self) -> tuple[object, ...]:
        return tuple([getattr(self, name) for name in self.__match_args__])

    @property
    def children(self) -> Iterator[Node]:
        for field in self.fields:
            for part in field if isinstance(field, tuple) else (field,):
                if isinstance(part, Node):
                    yield part

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.fields == other.fields

    def __hash__(self) -> int:
        return hash((type(self), self.fields))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.fields))})"


class NameRef(Node):
    """``#name``: a path element that is defined in ExpressionAttributeNames."""

    __slots__ = ("text",)
    __match_args__ = ("text",)

    def __init__(self, text: str, at: int = NOWHERE) -> None:
        super().__init__(at)
        self.text: Final = text

    def __str__(self) -> str:
        return self.text


Element: TypeAlias = str | int | NameRef
"""One step of a path: an attribute's or map member's name, a list index, or a reference."""


class Path(Node):
    """``a.#b[0]``: a document path."""

    __slots__ = ("elements",)
    __match_args__ = ("elements",)

    def __init__(self, elements: tuple[Element, ...], at: int = NOWHERE) -> None:
        super().__init__(at)
        self.elements: Final = elements

    def __str__(self) -> str:
        head, *rest = self.elements
        steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in rest]
        return f"{head}{''.join(steps)}"


class ValueRef(Node):
    """``:value``: an operand that is defined in ExpressionAttributeValues."""

    __slots__ = ("text",)
    __match_args__ = ("text",)

    def __init__(self, text: str, at: int = NOWHERE) -> None:
        super().__init__(at)
        self.text: Final = text

    def __str__(self) -> str:
        return self.text


class Literal(Node):
    """A value in legacy parameters and PartiQL; expressions have no syntax for it."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: AttributeValue, at: int = NOWHERE) -> None:
        super().__init__(at)
        self.value: Final = value

    def __str__(self) -> str:
        return repr(self.value)


class Call(Node):
    """``function(operand, …)``, as an operand or as a condition."""

    __slots__ = ("function", "operands")
    __match_args__ = ("function", "operands")

    def __init__(self, function: str, operands: tuple[Operand, ...], at: int = NOWHERE) -> None:
        super().__init__(at)
        self.function: Final = function
        self.operands: Final = operands

    def __str__(self) -> str:
        return f"{self.function}({', '.join(map(str, self.operands))})"


class Predicate(Node):
    """``(condition)`` as an operand: true or false. Only PartiQL has it."""

    __slots__ = ("condition",)
    __match_args__ = ("condition",)

    def __init__(self, condition: Condition, at: int = NOWHERE) -> None:
        super().__init__(at)
        self.condition: Final = condition

    def __str__(self) -> str:
        return f"({self.condition})"


Constant: TypeAlias = ValueRef | Literal
Operand: TypeAlias = Path | ValueRef | Literal | Call | Predicate


class Comparison(Node):
    """``left = right``; the operator is one of ``= <> < <= > >=``."""

    __slots__ = ("left", "operator", "right")
    __match_args__ = ("operator", "left", "right")

    def __init__(self, operator: str, left: Operand, right: Operand, at: int = NOWHERE) -> None:
        super().__init__(at)
        self.operator: Final = operator
        self.left: Final = left
        self.right: Final = right

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}"


class Between(Node):
    """``operand BETWEEN lower AND upper``, both included."""

    __slots__ = ("lower", "operand", "upper")
    __match_args__ = ("operand", "lower", "upper")

    def __init__(self, operand: Operand, lower: Operand, upper: Operand, at: int = NOWHERE) -> None:
        super().__init__(at)
        self.operand: Final = operand
        self.lower: Final = lower
        self.upper: Final = upper

    def __str__(self) -> str:
        return f"{self.operand} BETWEEN {self.lower} AND {self.upper}"


class In(Node):
    """``operand IN (choice, …)``."""

    __slots__ = ("choices", "operand")
    __match_args__ = ("operand", "choices")

    def __init__(self, operand: Operand, choices: tuple[Operand, ...], at: int = NOWHERE) -> None:
        super().__init__(at)
        self.operand: Final = operand
        self.choices: Final = choices

    def __str__(self) -> str:
        return f"{self.operand} IN ({', '.join(map(str, self.choices))})"


class Not(Node):
    """``NOT condition``."""

    __slots__ = ("condition",)
    __match_args__ = ("condition",)

    def __init__(self, condition: Condition, at: int = NOWHERE) -> None:
        super().__init__(at)
        self.condition: Final = condition

    def __str__(self) -> str:
        return f"NOT {_grouped(self.condition, And, Or)}"


class And(Node):
    """``condition AND condition AND …``."""

    __slots__ = ("conditions",)
    __match_args__ = ("conditions",)

    def __init__(self, conditions: tuple[Condition, ...], at: int = NOWHERE) -> None:
        super().__init__(at)
        self.conditions: Final = conditions

    def __str__(self) -> str:
        return " AND ".join([_grouped(part, And, Or) for part in self.conditions])


class Or(Node):
    """``condition OR condition OR …``."""

    __slots__ = ("conditions",)
    __match_args__ = ("conditions",)

    def __init__(self, conditions: tuple[Condition, ...], at: int = NOWHERE) -> None:
        super().__init__(at)
        self.conditions: Final = conditions

    def __str__(self) -> str:
        return " OR ".join([_grouped(part, Or) for part in self.conditions])


SimpleCondition: TypeAlias = Comparison | Between | In | Call
Condition: TypeAlias = Comparison | Between | In | Call | Not | And | Or


def _grouped(condition: Condition, *kinds: type[Condition]) -> str:
    return f"({condition})" if isinstance(condition, kinds) else str(condition)


class Arithmetic(Node):
    """``left + right`` or ``left - right``, on the right of a SET action.

    In expressions the operands are simple; in PartiQL they can be arithmetic themselves.
    """

    __slots__ = ("left", "operator", "right")
    __match_args__ = ("operator", "left", "right")

    def __init__(
        self,
        operator: str,
        left: Operand | Arithmetic,
        right: Operand | Arithmetic,
        at: int = NOWHERE,
    ) -> None:
        super().__init__(at)
        self.operator: Final = operator
        self.left: Final = left
        self.right: Final = right

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}"


class Set(Node):
    """``path = value``, in the SET clause."""

    __slots__ = ("path", "value")
    __match_args__ = ("path", "value")

    def __init__(self, path: Path, value: Operand | Arithmetic) -> None:
        super().__init__(path.at)
        self.path: Final = path
        self.value: Final = value

    def __str__(self) -> str:
        return f"{self.path} = {self.value}"


class Remove(Node):
    """``path``, in the REMOVE clause."""

    __slots__ = ("path",)
    __match_args__ = ("path",)

    def __init__(self, path: Path) -> None:
        super().__init__(path.at)
        self.path: Final = path

    def __str__(self) -> str:
        return str(self.path)


class Add(Node):
    """``path :value``, in the ADD clause."""

    __slots__ = ("path", "value")
    __match_args__ = ("path", "value")

    def __init__(self, path: Path, value: Constant) -> None:
        super().__init__(path.at)
        self.path: Final = path
        self.value: Final = value

    def __str__(self) -> str:
        return f"{self.path} {self.value}"


class Delete(Node):
    """``path :value``, in the DELETE clause."""

    __slots__ = ("path", "value")
    __match_args__ = ("path", "value")

    def __init__(self, path: Path, value: Constant) -> None:
        super().__init__(path.at)
        self.path: Final = path
        self.value: Final = value

    def __str__(self) -> str:
        return f"{self.path} {self.value}"


Action: TypeAlias = Set | Remove | Add | Delete


class Clause(Node):
    """``SET action, …``: one clause of an update expression; the keyword in upper case."""

    __slots__ = ("actions", "keyword")
    __match_args__ = ("keyword", "actions")

    def __init__(self, keyword: str, actions: tuple[Action, ...], at: int = NOWHERE) -> None:
        super().__init__(at)
        self.keyword: Final = keyword
        self.actions: Final = actions

    def __str__(self) -> str:
        return f"{self.keyword} {', '.join(map(str, self.actions))}"


class Update(Node):
    """An update expression: its clauses in textual order."""

    __slots__ = ("clauses",)
    __match_args__ = ("clauses",)

    def __init__(self, clauses: tuple[Clause, ...]) -> None:
        super().__init__(0)
        self.clauses: Final = clauses

    @property
    def actions(self) -> tuple[Action, ...]:
        """Return the actions of all clauses, in textual order."""
        return tuple([action for clause in self.clauses for action in clause.actions])

    def __str__(self) -> str:
        return " ".join(map(str, self.clauses))


class Projection(Node):
    """A projection expression: its paths in textual order."""

    __slots__ = ("paths",)
    __match_args__ = ("paths",)

    def __init__(self, paths: tuple[Path, ...]) -> None:
        super().__init__(0)
        self.paths: Final = paths

    def __str__(self) -> str:
        return ", ".join(map(str, self.paths))


def walk(root: Node) -> Iterator[Node]:
    """Yield a node and all nodes below it, in textual order, without recursion."""
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(list(node.children)))


def simple_conditions(root: Condition) -> Iterator[SimpleCondition]:
    """Yield the conditions that AND, OR and NOT combine, from left to right."""
    pending = [root]
    while pending:
        condition = pending.pop()
        match condition:
            case And(parts) | Or(parts):
                pending.extend(reversed(parts))
            case Not(part):
                pending.append(part)
            case _:
                yield condition
