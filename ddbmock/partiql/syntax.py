"""The parse tree of PartiQL, independent of what DynamoDB supports.

Each node has a token, for positions in messages and hints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ddbmock.partiql.tokens import Token


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """A string, a number with its sign, TRUE, FALSE, NULL, MISSING or an Ion literal."""

    token: Token
    negative: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """``?``; the first one has index 0."""

    token: Token
    index: int


@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """A name, quoted or not."""

    token: Token


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A step of a path: a name, an index, ``.*`` (no name, no index) or ``[*]`` (likewise)."""

    token: Token
    name: str | None = None
    index: Expression | None = None
    bracketed: bool = False
    """True for the step ``[*]``."""

    @property
    def wild(self) -> bool:
        return self.name is None and self.index is None


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """``a.b[0]``: an expression followed by steps."""

    token: Token
    root: Expression
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """``function(argument, ...)``; aggregates can have a star, which is not an argument."""

    token: Token
    arguments: tuple[Expression, ...]
    star: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Unary:
    """``NOT x``, ``-x``, ``+x`` or ``@x``."""

    token: Token
    operand: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """An operator with its operands; AND and OR can have more than two, BETWEEN has three."""

    token: Token
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, eq=False)
class TypeTest:
    """``x IS type`` or ``x IS NOT type``."""

    token: Token
    operand: Expression
    type: Token


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """A list ``[...]``, a row ``(a, b)``, which is also a list, or a bag ``<<...>>``."""

    token: Token
    elements: tuple[Expression, ...]
    bag: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Struct:
    """``{'name': value, ...}``."""

    token: Token
    members: tuple[tuple[Expression, Expression], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Other:
    """An expression that DynamoDB does not support; ``kind`` names it in messages."""

    token: Token
    kind: str


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A projected expression; ``star`` is ``*`` or ``path.*``, ``alias`` a name for the result."""

    token: Token
    expression: Expression | None
    alias: Token | None = None
    star: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class FromSource:
    """The source in FROM; ``alias`` is its alias, ``joined`` the delimiter of a second source."""

    expression: Expression
    alias: Token | None = None
    joined: Token | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """A term of ORDER BY."""

    expression: Expression
    descending: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Select:
    """A query. ``clauses`` lists the unsupported clauses with the tokens to point at."""

    token: Token
    columns: tuple[Column, ...]
    source: FromSource
    where: Expression | None = None
    order: tuple[Order, ...] = ()
    value: bool = False
    clauses: tuple[tuple[str, Token], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Returning:
    """``RETURNING ALL OLD *``: ``mapping`` is ``ALL OLD``, ``column`` what follows."""

    token: Token
    mapping: str
    column: Token


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """``path = value`` after SET."""

    target: Path | Name
    value: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Removal:
    """``path`` after REMOVE."""

    target: Path | Name


@dataclass(frozen=True, slots=True, eq=False)
class Insert:
    """``INSERT INTO target VALUE value``; ``bulk`` is the form without VALUE."""

    token: Token
    target: Path | Name
    value: Expression
    bulk: bool = False
    position: Expression | None = None
    conflict: Token | None = None
    returning: tuple[Returning, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """``UPDATE``, ``DELETE`` or ``FROM ... SET``: operations on the items that WHERE selects."""

    token: Token
    source: FromSource
    operations: tuple[Assignment | Removal | Insert, ...]
    where: Expression | None = None
    returning: tuple[Returning, ...] = ()


Expression: TypeAlias = (
    Constant | Parameter | Name | Path | Call | Unary | Operation | TypeTest | Sequence | Struct
    | Other | Select | Insert | Change
)  # fmt: skip
