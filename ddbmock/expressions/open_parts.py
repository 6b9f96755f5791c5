"""The open parts of an expression while it is parsed: parentheses and calls."""

from __future__ import annotations

from ddbmock.expressions.nodes import And, Condition, Not, Operand, Or
from ddbmock.expressions.tokens import Token


class Group:
    """The conditions that were read inside an open parenthesis, or at the top level."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.alternatives: list[Condition] = []
        self.factors: list[Condition] = []
        self.negations: list[int] = []

    @property
    def is_empty(self) -> bool:
        return not (self.alternatives or self.factors or self.negations)

    def factor(self, condition: Condition) -> None:
        """Add a condition, negated by the NOTs before it, to the current AND."""
        while self.negations:
            condition = Not(condition, self.negations.pop())
        self.factors.append(condition)

    def alternative(self) -> None:
        """End the current AND: it becomes an operand of the OR."""
        factors = tuple(self.factors)
        self.alternatives.append(factors[0] if len(factors) == 1 else And(factors, factors[0].at))
        self.factors.clear()

    def condition(self) -> Condition:
        """Return the condition that was read."""
        self.alternative()
        parts = tuple(self.alternatives)
        return parts[0] if len(parts) == 1 else Or(parts, parts[0].at)


class OpenCall:
    """An open call, or an open parenthesis among operands if `function` is None."""

    def __init__(self, function: Token | None) -> None:
        self.function = function
        self.operands: list[Operand] = []
