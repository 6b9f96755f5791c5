"""The wording of errors: which text of an error a client gets, by API version, era and region.

The default is ``message``, as the request validation before June 2026 words it. Where a region has
the new validation (:mod:`ddbmock.roll_out`), :data:`RULES` and :data:`CONSTRAINT_RULES` list the
errors that change: by the wave, the operation, the stage and the error's reason, or by the member
and the kind of constraint. All others keep their text.

For JSON values of a wrong type the first API has the texts of its time
(``DynamoDBError.message_2011``). Source: threads of those years, such as aws-sdk-js 44 and
aws-sdk-php 325.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from ddbmock.database import Call
from ddbmock.errors import DynamoDBError, Reason, Stage, ValidationException
from ddbmock.named_tuple import NamedTuple
from ddbmock.roll_out import RollOut, Wave
from ddbmock.shapes.violations import ConstraintKind, Violation, listed

PREFIX: Final = "1 validation error detected: "
DEEPEST: Final = 126
"""If the JSON of a body has more levels than this (about 62 nested values), writes of single items
are checked by the older validation. Source: recorded 9 October 2026 in us-east-1 and eu-west-2,
where values of 33 to 40 levels met the new one."""


def explain(error: DynamoDBError, hints: str) -> None:
    """Append the hint to the message, if the setting ``hints`` is ``message``; once."""
    if hints == "message":
        error.explain()


class Form(enum.IntFlag):
    """The changes to an error's message."""

    NONE = 0
    PREFIX = enum.auto()
    """The prefix stands before it."""
    RENEWED = enum.auto()
    """``message_2026`` takes its place, if the error has one."""


class Rule(NamedTuple):
    """The form of errors with one reason, or (None) with any other reason, for some operations."""

    wave: Wave
    operations: Sequence[str]
    stage: Stage
    reason: Reason | None
    form: Form


_WRITES: Final = ("PutItem", "UpdateItem", "DeleteItem")
_TRANSACTIONS: Final = ("TransactGetItems", "TransactWriteItems")

RULES: Final = (
    Rule(Wave.ITEMS, _WRITES, Stage.REQUEST, None, Form.PREFIX | Form.RENEWED),
    # PutItem and DeleteItem lack the end of this message; for other operations no recording exists.
    Rule(
        Wave.ITEMS,
        ("UpdateItem",),
        Stage.REQUEST,
        Reason.VALUES_WITHOUT_EXPRESSION,
        Form.PREFIX,
    ),
    Rule(Wave.ITEMS, ("Query",), Stage.REQUEST, Reason.VALUES_WITHOUT_EXPRESSION, Form.NONE),
    Rule(Wave.ITEMS, ("Query",), Stage.REQUEST, Reason.SELECT_CONFLICT, Form.PREFIX),
    Rule(
        Wave.ITEMS, ("Query",), Stage.REQUEST, Reason.SELECT_WITHOUT_PROJECTION, Form.PREFIX
    ),
    Rule(Wave.ITEMS, ("GetItem", "Query"), Stage.REQUEST, None, Form.RENEWED),
    Rule(Wave.BATCH_GET, ("BatchGetItem",), Stage.REQUEST, None, Form.RENEWED),
    Rule(Wave.BATCH_GET, ("BatchGetItem",), Stage.SHAPE, None, Form.RENEWED),
    Rule(Wave.SCAN, ("Scan",), Stage.REQUEST, Reason.SEGMENT_TOO_HIGH, Form.RENEWED),
    Rule(Wave.SCAN, ("Scan",), Stage.TABLE, Reason.KEY_MISMATCH, Form.RENEWED),
    Rule(Wave.SCAN, ("Scan",), Stage.REQUEST, Reason.SELECT_WITHOUT_PROJECTION, Form.PREFIX),
    Rule(Wave.BATCH_WRITE, ("BatchWriteItem",), Stage.SHAPE, None, Form.RENEWED),
    Rule(Wave.TRANSACTIONS, _TRANSACTIONS, Stage.REQUEST, None, Form.RENEWED),
)  # fmt: skip


class Naming(enum.Enum):
    """The ways in which the new validation refers to the member of a violation."""

    NAMED = enum.auto()
    UNNAMED = enum.auto()


class ConstraintRule(NamedTuple):
    """The text of violations of one constraint of one member, for some operations."""

    wave: Wave
    operations: Sequence[str]
    member: str
    kinds: Sequence[ConstraintKind]
    naming: Naming
    alone: bool = True
    """Whether the validation stops at this violation and reports no other one."""
    prefix: bool = True


_LENGTHS: Final = (ConstraintKind.NOT_EMPTY, ConstraintKind.MAX_LENGTH)
_LEAST: Final = (ConstraintKind.MIN_VALUE,)
_EMPTY: Final = (ConstraintKind.NOT_EMPTY,)
_ENUM: Final = (ConstraintKind.ENUM,)
_LONG_VALUES: Final = (ConstraintKind.MAP_VALUES_TOO_LONG,)
_PUTS: Final = ("PutItem", "DeleteItem")

CONSTRAINT_RULES: Final = (
    ConstraintRule(Wave.ITEMS, _WRITES, "TableName", _EMPTY, Naming.NAMED),
    ConstraintRule(Wave.ITEMS, ("UpdateItem",), "ReturnValues", _ENUM, Naming.UNNAMED),
    ConstraintRule(Wave.ITEMS, ("UpdateItem",), "ConditionalOperator", _ENUM, Naming.UNNAMED),
    ConstraintRule(Wave.ITEMS, _PUTS, "ReturnValues", _ENUM, Naming.UNNAMED, alone=False),
    ConstraintRule(Wave.ITEMS, _PUTS, "ConditionalOperator", _ENUM, Naming.UNNAMED, alone=False),
    ConstraintRule(
        Wave.ITEMS, ("Query",), "ConditionalOperator", _ENUM, Naming.UNNAMED, prefix=False
    ),
    ConstraintRule(Wave.ITEMS, ("Query",), "Limit", _LEAST, Naming.NAMED),
    ConstraintRule(Wave.BATCH_GET, ("BatchGetItem",), "RequestItems.Keys", _LENGTHS, Naming.NAMED),
    ConstraintRule(Wave.SCAN, ("Scan",), "Limit", _LEAST, Naming.NAMED),
    ConstraintRule(Wave.SCAN, ("Scan",), "Segment", _LEAST, Naming.NAMED),
    ConstraintRule(
        Wave.BATCH_WRITE, ("BatchWriteItem",), "RequestItems", _LONG_VALUES, Naming.NAMED
    ),
    ConstraintRule(Wave.TRANSACTIONS, _TRANSACTIONS, "ClientRequestToken", _LENGTHS, Naming.NAMED),
    ConstraintRule(Wave.TRANSACTIONS, _TRANSACTIONS, "TransactItems", _LENGTHS, Naming.NAMED),
)
"""The rules. Those that stand alone are in the order of precedence."""


class _Policy(NamedTuple):
    """The rules that hold for one operation in one region."""

    forms: Mapping[tuple[Stage, Reason | None], Form]
    constraints: Mapping[tuple[str, ConstraintKind], tuple[int, ConstraintRule]]
    """The rule and its rank, by member and kind of constraint."""

    def form(self, stage: Stage, reason: Reason | None) -> Form:
        form = self.forms.get((stage, reason))
        return self.forms.get((stage, None), Form.NONE) if form is None else form


@cache
def _policy(operation: str, waves: RollOut) -> _Policy:
    return _Policy(
        {
            (rule.stage, rule.reason): rule.form
            for rule in RULES
            if operation in rule.operations and rule.wave in waves
        },
        {
            (rule.member, kind): (rank, rule)
            for rank, rule in enumerate(CONSTRAINT_RULES)
            if operation in rule.operations and rule.wave in waves
            for kind in rule.kinds
        },
    )


def reword_20120810(error: DynamoDBError, call: Call, body: Mapping[str, Any]) -> None:
    """Give an error of API version 2012-08-10 the text of the call's region."""
    operation = call.operation
    error.found_at(Stage.REQUEST)
    if not isinstance(error, ValidationException) or error.message is None:
        return
    policy = _policy(operation, call.roll_out)
    if error.violations:
        if policy.constraints and not _collects(operation, error.violations, body):
            error.reword(_listed(error.violations, policy))
        return
    assert error.stage is not None
    form = policy.form(error.stage, error.reason)
    if form is Form.NONE or (
        error.reason is Reason.RETURN_VALUES and _depth_exceeds(body, DEEPEST)
    ):
        return
    message = error.message
    if form & Form.RENEWED and error.message_2026 is not None:
        message = error.message_2026
    error.reword(PREFIX + message if form & Form.PREFIX else message)


def _collects(operation: str, violations: Sequence[Violation], body: Mapping[str, Any]) -> bool:
    """Return whether the request is checked by the older validation, which collects violations,
    although its region has the new one."""
    if operation == "UpdateItem" and any(
        violation.member == "Key" and violation.null for violation in violations
    ):
        return True
    return operation in _WRITES and _depth_exceeds(body, DEEPEST)


def _listed(violations: Sequence[Violation], policy: _Policy) -> str:
    """Return the message of the new validation for several violations."""
    rules = [
        policy.constraints.get((violation.member, violation.demand.kind))
        for violation in violations
    ]
    alone = [
        (rule[0], number) for number, rule in enumerate(rules) if rule is not None and rule[1].alone
    ]
    texts = [
        violation.text if rule is None else _text(violation, rule[1].naming)
        for violation, rule in zip(violations, rules, strict=True)
    ]
    if not alone:
        return listed(texts)
    rank, number = min(alone)
    return listed([texts[number]]) if CONSTRAINT_RULES[rank].prefix else texts[number]


def _text(violation: Violation, naming: Naming) -> str:
    return violation.named if naming is Naming.NAMED else violation.unnamed


def _depth_exceeds(value: Any, levels: int) -> bool:
    """Return whether JSON is nested more deeply than `levels`. This makes one pass for each
    level, without recursion."""
    level = [value]
    for _ in range(levels + 1):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, Mapping) else outer)
            if isinstance(inner, Mapping | list)
        ]
        if not level:
            return False
    return True


def reword_20111205(error: DynamoDBError, call: Call, body: Mapping[str, Any]) -> None:
    """Give an error of API version 2011-12-05 the text of that API's time."""
    if error.message_2011 is not None:
        error.reword(error.message_2011)
