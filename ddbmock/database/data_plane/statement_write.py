"""Writes of PartiQL: INSERT, UPDATE and DELETE as plans of the table that every write goes through.

INSERT never replaces an item, UPDATE never creates one, and DELETE of an item that is not there
succeeds whatever its conditions are.

Source of rules and texts: recorded answers of the service.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ddbmock.database.data_plane.selection import check_paths
from ddbmock.database.data_plane.statement_keys import key_value, keys_of, resolved
from ddbmock.database.data_plane.table import Table
from ddbmock.database.data_plane.write_plan import (
    Outcome,
    WritePlan,
    Written,
    check_condition,
)
from ddbmock.errors import (
    ConditionalCheckFailedException,
    DuplicateItemException,
    Reason,
    Stage,
    ValidationException,
)
from ddbmock.expressions.condition import Condition
from ddbmock.expressions.paths import Attributed
from ddbmock.expressions.update import Update as Change
from ddbmock.named_tuple import NamedTuple
from ddbmock.partiql.advice import absent_operand, key_compared_with_name
from ddbmock.partiql.key_plan import Pinned, pinned
from ddbmock.partiql.statements import Delete, Select, Update
from ddbmock.values.item import NO_ITEM, Item
from ddbmock.values.model import Attributes, AttributeValue

DUPLICATE: Final = "Duplicate primary key exists in table"


class StatementWrite(NamedTuple):
    """A write that fits its table."""

    plan: WritePlan
    key: Attributes
    condition: Condition | None = None
    """The condition on the stored item, or on the empty one if there is none."""
    change: Change | None = None
    """The update of an UPDATE, for RETURNING."""
    inserted: Item | None = None
    statement: Update | Delete | None = None


def plan_insert(table: Table, item: Item) -> StatementWrite:
    """Plan an INSERT.

    :raises ValidationException: the item does not fit the table.
    """
    schema = table.schema
    if not schema.fits(item):
        for name, _ in schema.attributes:
            value = item.get(name)
            if value is not None:
                key_value(schema, name, value)
    hash_key = schema.hash_key[0].name
    absent = Condition.of(lambda old: hash_key not in old, ())
    return StatementWrite(table.plan_put(item), schema.select(item), absent, inserted=item)


def plan_update(table: Table, statement: Update, values: Attributes) -> StatementWrite:
    """Plan an UPDATE.

    :raises ValidationException: WHERE does not pin the key, or something does not fit the table.
    """
    pins = pinned(statement, keys_of(table.schema))
    key = pinned_key(table, statement, pins, values)
    rest = _rest(table, pins, values)
    change = Change(statement.plan, values)
    hash_key = table.schema.hash_key[0].name

    def holds(item: Attributed) -> bool:
        return hash_key in item and (rest is None or rest.holds(item))

    condition = Condition.of(holds, () if rest is None else rest.paths)
    plan = table.plan_update(key, change)
    worded = plan._replace(outcome=_worded(plan, statement))
    return StatementWrite(worded, key, condition, change, statement=statement)


def _worded(plan: WritePlan, statement: Update) -> Callable[[Item | None], Outcome]:
    """Return the outcome of an update, with PartiQL's texts for its faults."""

    def outcome(old: Item | None) -> Outcome:
        try:
            return plan.outcome(old)
        except ValidationException as error:
            if error.reason is Reason.TOO_DEEP:
                error.reword("Nesting Levels have exceeded supported limits")
            if error.reason is Reason.MISSING_OPERAND:
                found = absent_operand(statement.text, statement.update, old or NO_ITEM)
                error.hint = found or error.hint
            raise

    return outcome


def plan_delete(table: Table, statement: Delete, values: Attributes) -> StatementWrite:
    """Plan a DELETE.

    :raises ValidationException: WHERE does not pin the key, or something does not fit the table.
    """
    pins = pinned(statement, keys_of(table.schema))
    key = pinned_key(table, statement, pins, values)
    rest = _rest(table, pins, values)
    plan = table.plan_delete(key)
    if rest is None:
        return StatementWrite(plan, key)
    hash_key = table.schema.hash_key[0].name
    holds_of = rest.holds

    def holds(item: Attributed) -> bool:
        return hash_key not in item or holds_of(item)

    return StatementWrite(plan, key, Condition.of(holds, rest.paths), statement=statement)


def pinned_key(
    table: Table, statement: Select | Update | Delete, pins: Pinned, values: Attributes
) -> dict[str, AttributeValue]:
    """Return the key that WHERE pins; `pins` are those of the statement.

    :raises ValidationException: it pins none, or two, or values of other types.
    """
    schema = table.schema
    if not pins.complete(keys_of(schema)):
        raise ValidationException(
            "Where clause does not contain a mandatory equality on all key attributes",
            hint=key_compared_with_name(statement.text, statement.where, schema.names)
            or f"WHERE must compare {' and '.join(schema.names)} by =, with one value each.",
        )
    key = {}
    for name in schema.names:
        first, *others = [resolved(constant, values) for constant in pins.values[name]]
        if any(other != first for other in others):
            raise ValidationException(
                f"Multiple conditions on same key {name}. "
                "Only single item Update/Insert/Delete are supported",
                hint=f"{name} is compared with different values.",
            )
        key[name] = key_value(schema, name, first)
    return key


def _rest(table: Table, pins: Pinned, values: Attributes) -> Condition | None:
    """Bind the conditions of WHERE that are not on the key."""
    if pins.rest is None:
        return None
    check_paths(table.description, pins.rest.paths, " ")
    return pins.rest.bind(values)


def write(table: Table, planned: StatementWrite) -> Written:
    """Carry out a write.

    :raises ValidationException: the update cannot be applied to the item.
    :raises ConditionalCheckFailedException: there is no such item, or its condition is false.
    :raises DuplicateItemException: an item to be inserted exists.
    """
    old = table.stored_item(planned.plan)
    if planned.inserted is not None and old is not None:
        error = DuplicateItemException(
            DUPLICATE, hint="INSERT does not replace items: use UPDATE, or PutItem."
        )
        error.item = old
        error.found_at(Stage.ITEM)
        raise error
    try:
        check_condition(planned.condition, old)
    except ConditionalCheckFailedException as error:
        statement = planned.statement
        if old is not None and statement is not None and statement.where is not None:
            error.hint = absent_operand(statement.text, statement.where, old) or error.hint
        raise
    return table.apply(planned.plan, old)


def returned(returning: str | None, planned: StatementWrite, written: Written) -> Item | None:
    """Return the row that RETURNING asks for; None if there is none."""
    if returning is None:
        return None
    item = written.old if returning.endswith("OLD") else written.new
    if item is None or returning.startswith("ALL"):
        return item
    assert planned.change is not None, "only UPDATE returns what was modified"
    selected = planned.change.select(item)
    return selected if len(selected.attributes) else None


def plan_check(table: Table, statement: Select, values: Attributes) -> StatementWrite:
    """Plan a SELECT of a single item, or the check of one, as a removal that is not applied.

    A second, different value for a key attribute is a condition that no item fulfils.

    :raises ValidationException: WHERE does not pin the key, or something does not fit the table.
    """
    pins = pinned(statement, keys_of(table.schema), single_in=True)
    key = pinned_key(table, statement, pins.first(), values)
    rest = _rest(table, pins, values)
    if any(
        resolved(constant, values) != key[name]
        for name, constants in pins.values.items()
        for constant in constants
    ):
        rest = Condition.of(lambda item: False, ())
    return StatementWrite(table.delete_of(key), key, rest)
