"""Expressions of a request, or the legacy parameters in their place.

Each function reads the members that the request has. Operations call them in the service's order: first
:func:`check_parameters`, then the checks of values, then :func:`condition_of` and similar functions, which
report unused placeholders last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

from ddbmock.database import Call
from ddbmock.database.data_plane.item_size import MAX_ITEM_SIZE
from ddbmock.errors import NUMBER_REASONS, Reason, Stage, ValidationException
from ddbmock.expressions.parameters import NAMES, VALUES, ExpressionParameters
from ddbmock.later import later
from ddbmock.operations.v20120810.members import inputs
from ddbmock.roll_out import Wave
from ddbmock.shapes import Structure
from ddbmock.values.canonical import (
    MAX_NESTING,
    OLDER_NESTING_OF_VALUES,
    CanonicalAttributes,
)
from ddbmock.values.dynamodb_json import decode, decode_attributes
from ddbmock.values.item import Item
from ddbmock.values.model import Attributes, AttributeValue

if TYPE_CHECKING:
    from ddbmock.expressions import condition, legacy, names, projection, update
    from ddbmock.expressions.condition import Condition
    from ddbmock.expressions.names import Names
    from ddbmock.expressions.projection import Projection
    from ddbmock.expressions.update import Update
else:
    condition, legacy, names, projection, update = later(
        "ddbmock.expressions", "condition", "legacy", "names", "projection", "update"
    )

T = TypeVar("T")

RawAttributes = Mapping[str, dict[str, Any]]

if TYPE_CHECKING:  # no process needs these classes

    class Projected(Protocol):
        """A request with a projection."""

        @property
        def projection_expression(self) -> str | None: ...
        @property
        def expression_attribute_names(self) -> dict[str, str] | None: ...

    class Conditional(Protocol):
        """A request with a condition in an expression."""

        @property
        def condition_expression(self) -> str | None: ...
        @property
        def expression_attribute_names(self) -> dict[str, str] | None: ...
        @property
        def expression_attribute_values(self) -> dict[str, dict[str, Any]] | None: ...

    class Expecting(Conditional, Protocol):
        """A request with a condition in either form."""

        @property
        def expected(self) -> dict[str, inputs.ExpectedAttributeValue] | None: ...
        @property
        def conditional_operator(self) -> str | None: ...

    class Updating(Conditional, Protocol):
        """A request with an update in an expression."""

        @property
        def update_expression(self) -> str | None: ...


def check_parameters(parameters: ExpressionParameters, request: Structure) -> None:
    """Reject a request whose expressions, legacy parameters, names and values cannot be combined."""
    attributes = _attributes(parameters, type(request))  # type: ignore[arg-type]  # a class is hashable
    values = request.__dict__
    present = [member for attribute, member in attributes if values[attribute] is not None]
    if present:
        _check_combination(parameters, tuple(present))


@cache
def _check_combination(parameters: ExpressionParameters, present: tuple[str, ...]) -> None:
    """Check a combination of members, of which requests have few; valid ones are remembered."""
    parameters.check(present)


@cache
def _attributes(
    parameters: ExpressionParameters, request: type[Structure]
) -> list[tuple[str, str]]:
    """``[(attribute, member), …]`` of all members that these rules are about."""
    about = {*parameters.expressions, *parameters.legacy, NAMES, VALUES}
    return [(member.attribute, member.name) for member in request.members() if member.name in about]


DEFERRED: Final = NUMBER_REASONS | {Reason.TOO_DEEP}
"""Reasons for which the service rejects an item or key only after it has found the table."""


class Deferred(Generic[T]):
    """An item or key of a request, or the error about it that waits until the table is found."""

    __slots__ = ("_content", "_error")

    def __init__(self, read: Callable[[RawAttributes], T], raw: RawAttributes) -> None:
        """Read the content.

        :raises ValidationException: an error that does not wait.
        """
        self._error: ValidationException | None = None
        try:
            self._content = read(raw)
        except ValidationException as error:
            if error.reason not in DEFERRED:
                raise
            error.found_at(Stage.REQUEST)
            self._error = error

    @property
    def failed(self) -> bool:
        """Whether there is an error that waits."""
        return self._error is not None

    def get(self) -> T:
        """Return the content; call it when the table is found.

        :raises ValidationException: the error that has waited.
        """
        if self._error is not None:
            raise self._error
        return self._content


def item_of(raw: RawAttributes) -> Deferred[Item]:
    """Read the item of a request."""
    return Deferred(Item.of_json, raw)


def key_of(raw: RawAttributes) -> Deferred[Attributes]:
    """Read the key of a request."""
    return Deferred(decode_attributes, raw)


def condition_of(call: Call, request: Expecting) -> Condition | None:
    """Return the condition of a single write, if it has one."""
    before = expected_condition(request)
    if request.condition_expression is None and request.expression_attribute_names is None:
        # Values without an expression were rejected before.
        return before
    return expressed_condition(call, request)


def expressed_condition(
    call: Call, request: Conditional, deepest: int = MAX_NESTING
) -> Condition | None:
    """Return the condition of an expression; no names or values may remain unused.

    Without an expression they are ignored: the entries of transactions may have some.
    """
    definitions = references(call, request, deepest)
    if request.condition_expression is None:
        return None
    found = condition.condition(request.condition_expression, "ConditionExpression", definitions)
    definitions.check_all_used()
    return found


def update_of(
    call: Call, request: Updating, deepest: int = MAX_NESTING
) -> tuple[Update | None, Condition | None]:
    """Return the update and the condition of a request; None for each that the request lacks."""
    definitions = references(call, request, deepest)
    change, when = request.update_expression, request.condition_expression
    changing = None if change is None else update.update(change, definitions)
    holding = (
        None if when is None else condition.condition(when, "ConditionExpression", definitions)
    )
    definitions.check_all_used()
    return changing, holding


def expected_condition(request: Expecting) -> Condition | None:
    """Return the condition of ``Expected``, or None if the request lacks it."""
    if request.expected is None and request.conditional_operator is None:
        return None
    expectations = {
        name: legacy.Expectation(
            _value(expected.value),
            expected.exists,
            expected.comparison_operator,
            _values(expected.attribute_value_list),
        )
        for name, expected in (request.expected or {}).items()
    }
    return legacy.expected(expectations, request.conditional_operator)


def projection_of(
    call: Call, request: Projected, attributes_to_get: list[str] | None = None
) -> Projection | None:
    """Return the projection of a read; None for whole items."""
    before = None if attributes_to_get is None else legacy.attributes_to_get(attributes_to_get)
    text = request.projection_expression
    if text is None and request.expression_attribute_names is None:
        return before
    definitions = names.Names.of_json(
        request.expression_attribute_names, None, limited=call.limited
    )
    if text is None:
        return None
    found = projection.projection(text, definitions)
    definitions.check_all_used()
    return found


def references(call: Call, request: Conditional, deepest: int = MAX_NESTING) -> Names:
    """Return the names and values that the request's expressions may refer to."""
    return names.Names.of_json(
        request.expression_attribute_names,
        request.expression_attribute_values,
        deepest,
        limited=call.limited,
    )


def deepest_values(call: Call, request: Conditional, wave: Wave) -> int:
    """Return the most levels of nesting in the request's values: more before the wave than since."""
    values = request.expression_attribute_values
    if values is None or type(values) is CanonicalAttributes or wave in call.roll_out:
        return MAX_NESTING  # the nesting of canonical values has been checked
    return OLDER_NESTING_OF_VALUES


def largest_statement(call: Call, update: Update, wave: Wave) -> int | None:
    """Return the most bytes of an update expression, or None if its size need not be checked."""
    if update.may_exceed(MAX_ITEM_SIZE) and call.limited and wave in call.roll_out:
        return MAX_ITEM_SIZE
    return None


def attribute_updates(updates: Mapping[str, inputs.AttributeValueUpdate]) -> Update:
    """Return the update of ``AttributeUpdates``."""
    return legacy.attribute_updates(
        {
            name: legacy.AttributeUpdate(_value(one.value), one.action)
            for name, one in updates.items()
        }
    )


def conditions(members: Mapping[str, inputs.Condition]) -> dict[str, legacy.LegacyCondition]:
    """Decode the members of ``KeyConditions`` or of a filter."""
    return {
        name: legacy.LegacyCondition(one.comparison_operator, _values(one.attribute_value_list))
        for name, one in members.items()
    }


def _value(raw: dict[str, Any] | None) -> AttributeValue | None:
    return None if raw is None else decode(raw)


def _values(raw: list[dict[str, Any]] | None) -> tuple[AttributeValue, ...] | None:
    return None if raw is None else tuple([decode(value) for value in raw])
