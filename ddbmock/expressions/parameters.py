"""Expression and legacy parameters of operations, and the rules for combining them.

Source: API Reference of each operation; order of checks and texts observed on the service.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Final

from ddbmock.errors import Reason, ValidationException

NAMES: Final = "ExpressionAttributeNames"
VALUES: Final = "ExpressionAttributeValues"


class ExpressionParameters:
    """The expressions and legacy parameters of an operation, in the order in which the service prints them."""

    __slots__ = ("expressions", "legacy", "valued")

    def __init__(
        self, expressions: tuple[str, ...], legacy: tuple[str, ...], valued: tuple[str, ...]
    ) -> None:
        self.expressions: Final = expressions
        self.legacy: Final = legacy
        self.valued: Final = valued
        """The expressions that can use values."""

    def check(self, present: Container[str]) -> None:
        """Check that the present members can be combined; an empty expression counts as present.

        :raises ValidationException: expressions and legacy parameters are mixed, or there are
            names or values without an expression that could use them.
        """
        self._check_mixing(present)
        if NAMES in present and not any(member in present for member in self.expressions):
            raise ValidationException(
                f"{NAMES} can only be specified when using expressions",
                hint=f"Without {_either(self.expressions)}, remove {NAMES}.",
            )
        if VALUES in present and not any(member in present for member in self.valued):
            are = "is" if len(self.valued) == 1 else "are"
            text = f"{VALUES} can only be specified when using expressions"
            raise ValidationException(
                f"{text}: {' and '.join(self.valued)} {are} null",
                hint=f"Without {_either(self.valued)}, remove {VALUES}.",
                reason=Reason.VALUES_WITHOUT_EXPRESSION,
                message_2026=text,
            )

    def _check_mixing(self, present: Container[str]) -> None:
        new = [member for member in self.expressions if member in present]
        old = [member for member in self.legacy if member in present]
        if "KeyConditions" in old and "KeyConditionExpression" not in present:
            old.remove("KeyConditions")  # it can be combined with the other expressions of a Query
        if new and old:
            raise ValidationException(
                "Can not use both expression and non-expression parameters in the same request: "
                f"Non-expression parameters: {{{', '.join(old)}}} "
                f"Expression parameters: {{{', '.join(new)}}}",
                hint=f"Use expressions only; {_either(old)} is a legacy parameter.",
            )


def _either(members: Sequence[str]) -> str:
    return " or ".join(members)


GET: Final = ExpressionParameters(("ProjectionExpression",), ("AttributesToGet",), ())
"""GetItem and each table of BatchGetItem."""

PUT: Final = ExpressionParameters(
    ("ConditionExpression",), ("Expected", "ConditionalOperator"), ("ConditionExpression",)
)
DELETE: Final = PUT

UPDATE: Final = ExpressionParameters(
    ("UpdateExpression", "ConditionExpression"),
    ("AttributeUpdates", "Expected", "ConditionalOperator"),
    ("UpdateExpression", "ConditionExpression"),
)
QUERY: Final = ExpressionParameters(
    ("ProjectionExpression", "FilterExpression", "KeyConditionExpression"),
    ("AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"),
    ("FilterExpression", "KeyConditionExpression"),
)
SCAN: Final = ExpressionParameters(
    ("ProjectionExpression", "FilterExpression"),
    ("AttributesToGet", "ScanFilter", "ConditionalOperator"),
    ("FilterExpression",),
)
