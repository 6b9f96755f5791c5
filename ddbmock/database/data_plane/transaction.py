"""Transactions: several reads, writes and checks of single items, all or nothing.

An operation makes an :class:`Action` of each entry of its request. Inside one storage transaction
it then has them prepared, their conditions checked, and their plans applied, each step for all
actions before the next one begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import orjson

from ddbmock.database.capacity import Consumed, read_units, together
from ddbmock.database.catalogue import Tables
from ddbmock.database.data_plane import idempotency
from ddbmock.database.data_plane.selection import check_paths
from ddbmock.database.data_plane.table import Table
from ddbmock.database.data_plane.write_plan import WritePlan, Written, stored
from ddbmock.database.db import Call
from ddbmock.database.key import Attributed
from ddbmock.database.schema import TableDescription
from ddbmock.errors import (
    IdempotentParameterMismatchException,
    ResourceNotFoundException,
    TransactionCanceledException,
    ValidationException,
)
from ddbmock.expressions.condition import Condition
from ddbmock.named_tuple import NamedTuple
from ddbmock.values.item import NO_ITEM, Item

MAX_ACTIONS: Final = 100
MAX_PAYLOAD: Final = 4 * 2**20
"""Bytes that a transaction may carry."""


class Action(NamedTuple):
    """One entry of a transaction, as far as it can be understood without its table."""

    table_name: str
    """The table as the request names it: by its name or its ARN."""
    key: Attributed
    """The item to be put, or the key of another."""
    plan: Callable[[Table], WritePlan]
    """Plans the write, or, of an action that only reads, the removal, for its stored key."""
    size: int = 0
    """Bytes that the entry brings along."""
    condition: Condition | None = None
    projection: Callable[[Item], Item] | None = None
    writes: bool = False
    returns_old: bool = False
    """Whether the old item is returned when the condition is false."""
    table: str = ""
    """Name of the table, once all entries are understood."""
    refusal: tuple[str, str] = ("ConditionalCheckFailed", "The conditional request failed")
    """Code and message of the cancellation when the condition is false."""


class Prepared(NamedTuple):
    """An action that fits its table."""

    action: Action
    table: Table
    plan: WritePlan
    old: Item | None


DUPLICATE: Final = "DuplicateItem"
"""The code of an INSERT whose item exists."""


class Cancellation(NamedTuple):
    """Why an action made its transaction fail."""

    code: str
    message: str | None
    item: Item | None = None


Found = Mapping[str, Table | ResourceNotFoundException]
"""The tables of a transaction by name, or the error of each that does not exist."""

Fitted = WritePlan | ValidationException | None
"""The plan of an action, or what does not fit; None if it has no table."""


def check_no_strong_replicas(table: TableDescription) -> None:
    """Raise if a table does not support transactions.

    :raises ValidationException: its replicas are strongly consistent.
    """
    if table.replication is not None and table.replication.strong:
        raise ValidationException(  # assumed: the text is not known
            "Transactions are not supported for global tables with MultiRegionConsistency STRONG",
            hint=f"Table {table.name!r} has strongly consistent replicas.",
        )


def prepare(tables: Tables, actions: Sequence[Action]) -> list[Prepared]:
    """Return the actions with their tables and items, provided all of them fit.

    :raises ValidationException: an empty key, or two actions on one item.
    :raises ResourceNotFoundException: a table does not exist.
    :raises TransactionCanceledException: an action does not fit its table.
    """
    found = find_tables(tables, [action.table for action in actions])
    fitted = [_fit(found[action.table], action) for action in actions]
    _check_keys(found, actions, fitted)
    check_distinct(found, actions, fitted)
    prepared = []
    for number, (action, plan) in enumerate(zip(actions, fitted, strict=True)):
        table = found[action.table]
        if isinstance(table, ResourceNotFoundException):
            raise table
        if isinstance(plan, ValidationException):
            raise _invalid(len(actions), number, plan) from plan
        assert plan is not None, "the table exists"
        old = table.stored_item(plan)
        if plan.check_stored is not None:
            plan.check_stored(old)
        prepared.append(Prepared(action, table, plan, old))
    return prepared


def find_tables(tables: Tables, names: Iterable[str]) -> Found:
    """Look up tables, each once."""
    found: dict[str, Table | ResourceNotFoundException] = {}
    for name in dict.fromkeys(names):
        try:
            found[name] = table = tables[name]
            check_no_strong_replicas(table.description)
        except ResourceNotFoundException as error:
            found[name] = error
    return found


def _fit(table: Table | ResourceNotFoundException, action: Action) -> Fitted:
    """Plan one action, or return what does not fit."""
    if isinstance(table, ResourceNotFoundException):
        return None
    try:
        plan = action.plan(table)
        if action.condition is not None:
            check_paths(table.description, action.condition.paths)
    except ValidationException as error:
        return error
    return plan


def _check_keys(found: Found, actions: Sequence[Action], fitted: Sequence[Fitted]) -> None:
    """Reject a request with an empty key, or else cancel one with a key that does not fit.

    Both come before duplicates, as recorded answers of the service show.
    """
    unfit = []
    for number, (action, plan) in enumerate(zip(actions, fitted, strict=True)):
        table = found[action.table]
        if isinstance(table, Table) and isinstance(plan, ValidationException):
            table.schema.check_none_empty(action.key)
            if not table.schema.fits(action.key):
                unfit.append((number, plan))
    for number, error in unfit[:1]:
        raise _invalid(len(actions), number, error) from error


def check_distinct(found: Found, actions: Sequence[Action], fitted: Sequence[Fitted]) -> None:
    """Raise if two actions are on one item.

    :raises ValidationException: they are.
    """
    seen = set()
    for action, plan in zip(actions, fitted, strict=True):
        table = found[action.table]
        if isinstance(table, ResourceNotFoundException):
            continue
        if isinstance(plan, WritePlan):
            item = (table.space, plan.stored_key)
        else:
            item = (table.space, table.schema.stored(action.key))
        if item in seen:
            raise ValidationException(
                "Transaction request cannot include multiple operations on one item",
                hint=f"The request names {table.schema.shown(action.key)} of {action.table_name} twice.",
            )
        seen.add(item)


def check_payload(call: Call, sizes: Iterable[int]) -> None:
    """Raise if a transaction carries too many bytes.

    :raises ValidationException: it does.
    """
    size = sum(sizes)
    if call.limited and size > MAX_PAYLOAD:
        raise ValidationException(
            "Transaction payload size cannot exceed 4 MB",
            hint=f"The items have {size} bytes; at most {MAX_PAYLOAD} are allowed. Split the transaction.",
        )


def check_conditions(call: Call, prepared: Sequence[Prepared]) -> None:
    """Cancel the transaction if a condition is false; it is billed all the same.

    :raises TransactionCanceledException: one is.
    """
    reasons = {}
    for number, (action, _, _, old) in enumerate(prepared):
        if action.condition is not None and not action.condition(old or NO_ITEM):
            reasons[number] = Cancellation(*action.refusal, old if action.returns_old else None)
    if not reasons:
        return
    charge_writes(call, prepared, [Written(entry.old, entry.old) for entry in prepared])
    existing = [number for number, reason in reasons.items() if reason.code == DUPLICATE]
    unmet = [number for number in reasons if number not in existing]
    sentences = []
    if unmet:
        sentences.append(f"The condition is false in entry {_counted(unmet)} of {len(prepared)}.")
    if existing:
        sentences.append(f"The item exists already in entry {_counted(existing)}.")
    hint = " ".join(sentences)
    for number in list(reasons)[:3]:
        action, _, _, old = prepared[number]
        hint += f"\nEntry {number + 1}, table {action.table}: {stored(old, action.condition)}."
    raise cancelled(len(prepared), reasons, hint)


def _counted(numbers: Sequence[int]) -> str:
    return ", ".join([str(number + 1) for number in numbers])


def cancelled(
    count: int, reasons: Mapping[int, Cancellation], hint: str | None
) -> TransactionCanceledException:
    """Return the error of a transaction of `count` actions, some of which have a reason."""
    listed: list[dict[str, Any]] = []
    for number in range(count):
        code, message, item = reasons.get(number, _NONE)
        members = {"Code": code, "Message": message, "Item": item}
        listed.append({name: value for name, value in members.items() if value is not None})
    codes = ", ".join([reason["Code"] for reason in listed])
    return TransactionCanceledException(
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        hint=hint,
        members={"CancellationReasons": listed},
    )


_NONE: Final = Cancellation("None", None)


def _invalid(count: int, number: int, error: ValidationException) -> TransactionCanceledException:
    reason = Cancellation("ValidationError", error.message)
    return cancelled(count, {number: reason}, f"Entry {number + 1}: {error.hint}")


def apply(prepared: Sequence[Prepared]) -> list[Written]:
    """Apply the plans one after the other; a check counts as a write of the item as it is.

    :raises TransactionCanceledException: an update cannot be applied to its item.
    """
    written = []
    for number, (action, table, plan, old) in enumerate(prepared):
        try:
            written.append(table.apply(plan, old) if action.writes else Written(old, old))
        except ValidationException as error:
            raise _invalid(len(prepared), number, error) from error
    return written


def response(entry: Prepared) -> dict[str, Any]:
    """Return the entry of ``Responses`` of an action that reads."""
    item, projection = entry.old, entry.action.projection
    if item is not None and projection is not None:
        item = projection(item)
        if not item.attributes:
            # Only here: GetItem and BatchGetItem answer an empty item.
            return {}
    return {} if item is None else {"Item": item}


# Capacity


def charge_reads(
    call: Call, prepared: Sequence[Prepared], sizes: Iterable[int]
) -> dict[str, Consumed]:
    """Charge reads of items of these sizes, 0 for none; return the units by requested table."""
    reads = [Consumed(read_units(size, consistent=True)) for size in sizes]
    units_of = _consumed(prepared, reads)
    tables = _tables(prepared)
    for name, units in units_of.items():
        call.consume(tables[name], read_units=units.total)
    return units_of


def charge_writes(
    call: Call, prepared: Sequence[Prepared], written: Iterable[Written]
) -> dict[str, Consumed]:
    """Charge writes; return the units by requested table."""
    units_of = _consumed(prepared, [done.consumed for done in written])
    tables = _tables(prepared)
    for name, units in units_of.items():
        call.consume(tables[name], write_units=units.total, indexes=units.indexes)
    return units_of


def _tables(prepared: Sequence[Prepared]) -> dict[str, str]:
    """Return the tables' names by what the request calls them."""
    return {entry.action.table_name: entry.action.table for entry in prepared}


def _consumed(prepared: Sequence[Prepared], parts: Iterable[Consumed]) -> dict[str, Consumed]:
    of_table: dict[str, list[Consumed]] = {}
    for entry, part in zip(prepared, parts, strict=True):
        of_table.setdefault(entry.action.table_name, []).append(part)
    return {name: together(units).in_transaction() for name, units in of_table.items()}


# Tokens


def done_before(
    tables: Tables, token: str | None, digest: bytes, *, namespace: str = ""
) -> list[int] | None:
    """Return the items' sizes if the same request was done under its token; None if it is new.

    `digest` stands for what the request does; it has the same length for all requests. Tokens of
    different namespaces are different.

    :raises IdempotentParameterMismatchException: another request was done under the token.
    """
    if token is None:
        return None
    known = idempotency.outcome_of(tables.reader, tables.call.prefix, namespace + token, tables.now)
    if known is None:
        return None
    if not known.startswith(digest):
        raise IdempotentParameterMismatchException(
            "The request uses the same client token as a previous, but non-identical request. "
            "Do not reuse a client token with different requests, unless the requests are "
            "identical",
            hint=f"ClientRequestToken {token!r} was used for another transaction within the last "
            f"{idempotency.VALID / 60:.0f} minutes.",
        )
    sizes: list[int] = orjson.loads(known[len(digest) :])
    return sizes


def remember(
    tables: Tables,
    token: str | None,
    digest: bytes,
    sizes: Sequence[int],
    *,
    namespace: str = "",
) -> None:
    """Note under the request's token that it was done, and the sizes of its items."""
    if token is not None:
        outcome = digest + orjson.dumps(sizes)
        idempotency.remember(
            tables.writer, tables.call.prefix, namespace + token, outcome, tables.now
        )
