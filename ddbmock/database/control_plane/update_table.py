"""Updates of tables: their rules, and the states of the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import (
    admission,
    encryption,
    stream_specification,
    throughput,
    update_index,
    update_vector_index,
)
from ddbmock.database.control_plane.changes import Change, in_order, with_values
from ddbmock.database.control_plane.encryption import Encryption
from ddbmock.database.control_plane.key_rules import NewIndex, invalid
from ddbmock.database.control_plane.quotas import LIFTED, check_operations
from ddbmock.database.control_plane.table_update import TableUpdate
from ddbmock.database.control_plane.throughput import Units
from ddbmock.database.control_plane.update_index import (
    IndexAction,
    IndexDeletion,
    IndexUpdate,
    with_index,
    with_members,
    without_index,
)
from ddbmock.database.control_plane.update_vector_index import VectorAction, VectorIndexDeletion
from ddbmock.database.control_plane.vector_index_rules import check_stays_on_demand
from ddbmock.database.data_plane import index_entries, streams, vector_entries
from ddbmock.database.life import Step
from ddbmock.database.schema import (
    ACTIVE,
    CREATING,
    DAY,
    DELETING,
    UPDATING,
    TableDescription,
    Throughput,
)
from ddbmock.errors import LimitExceededException
from ddbmock.frozen import replace

MAX_TABLE_CLASS_CHANGES: Final = 2
"""The most changes in 30 days. Source: Developer Guide, "Considerations when choosing a table class"."""


class _Plan:
    """Changes that take effect at once, and changes that take effect when the table is ACTIVE again."""

    def __init__(self) -> None:
        self.at_once: list[Change] = []
        self.while_filling: list[Change] = []
        self.at_last: list[Change] = []
        self.fills = False
        """Whether an index is back-filled."""
        self.answered: list[Change] = []
        """Changes of the description that the request returns."""

    def throughout(self, change: Change) -> None:
        """Add a change that takes effect at once and stays."""
        self.at_once.append(change)
        self.afterwards(change)

    def afterwards(self, change: Change) -> None:
        """Add a change that takes effect when the table is ACTIVE again."""
        self.while_filling.append(change)
        self.at_last.append(change)


def update(tables: Tables, request: TableUpdate) -> TableDescription:
    """Update a table; return the UPDATING description.

    :raises ResourceNotFoundException: the table or an index does not exist.
    :raises ResourceInUseException: the table or an index is in transition.
    :raises LimitExceededException: there are too many indexes, or changes are too frequent.
    :raises ValidationException: the change does not fit the table.
    """
    table = tables.existing(request.name)
    if admission.is_lost(table, request):
        return table
    admission.check(table, request)
    check_operations(tables)
    update_index.check_indexes(table, request.indexes)
    online = sum(not isinstance(action, IndexUpdate) for action in request.indexes)
    update_vector_index.check_actions(
        table, request.vector_indexes, online + len(request.vector_indexes)
    )
    plan = _plan(tables, table, request)
    if _changes_nothing(table, request):
        return replace(table, status=UPDATING)
    settings = tables.call.settings
    subject = admission.subject(table, request)
    steps: list[Step] = [(tables.now, _to(plan.at_once, UPDATING, subject))]
    done = tables.now + settings.delay_updating
    if plan.fills:
        steps.append((done, _to(plan.while_filling, ACTIVE, subject)))
        done += settings.delay_index
    steps.append((done, _to(plan.at_last, ACTIVE, subject)))
    updating = tables.change(request.name, *steps)
    _follow(tables, updating, request.indexes)
    _follow_vectors(tables, updating, request.vector_indexes)
    if request.stream is not None and request.stream.enabled:
        streams.begin(tables.writer, updating, tables.now, done)
    elif request.stream is not None:
        streams.end(tables.writer, table, tables.now, done)
    return in_order(*plan.answered)(updating)


def _changes_nothing(table: TableDescription, request: TableUpdate) -> bool:
    """Return whether a request repeats the present billing mode or table class.

    The answer has the status UPDATING, but the table stays ACTIVE.
    Source: recorded in October 2026.
    """
    if request.changes_billing_alone:
        return request.billing_mode == admission.mode_of(table)
    if request.changes_class_alone:
        return request.table_class == (table.table_class or "STANDARD")
    return False


def _follow(tables: Tables, table: TableDescription, actions: Sequence[IndexAction]) -> None:
    """Back-fill a created index; empty a deleted one."""
    for action in actions:
        if isinstance(action, IndexDeletion):
            tables.empty(table, action.name)
        elif isinstance(action, NewIndex):
            index = table.index(action.name)
            assert index is not None
            index_entries.fill(tables.writer, table, index)


def _follow_vectors(
    tables: Tables, table: TableDescription, actions: Sequence[VectorAction]
) -> None:
    """Back-fill a created vector index; empty a deleted one."""
    for action in actions:
        if isinstance(action, VectorIndexDeletion):
            tables.empty(table, action.name)
        else:
            index = table.vector_index(action.name)
            assert index is not None
            vector_entries.fill(tables.writer, table, index)


def _plan(tables: Tables, table: TableDescription, request: TableUpdate) -> _Plan:
    plan = _Plan()
    limited = tables.call.settings.limits == "aws"
    _plan_throughput(plan, tables.now, table, request, limited)
    for action in request.indexes:
        _plan_index(plan, tables.now, table, request, action, limited)
    check_stays_on_demand(table.vector_indexes, billing_mode(table, request))
    for vectors in request.vector_indexes:
        _plan_vector_index(plan, tables, table, request, vectors)
    if request.stream is not None:
        stream = stream_specification.after_change(
            table, request.stream, tables.now, tables.call.settings.stream_shards
        )
        stream = stream_specification.with_free_label(tables, table.name, stream)
        plan.throughout(with_values(stream=stream))
    if request.encryption is not None:
        _plan_encryption(plan, tables, table, request.encryption)
    if request.table_class is not None:
        changes = _table_class_changes(table, tables.now, limited)
        plan.afterwards(with_values(table_class=request.table_class, table_class_changes=changes))
    if request.deletion_protection is not None:
        plan.throughout(with_values(deletion_protection=request.deletion_protection))
    return plan


def _plan_encryption(
    plan: _Plan, tables: Tables, table: TableDescription, specification: Encryption
) -> None:
    """Plan another key: the old one is described at first, and the table stays ACTIVE."""
    call = tables.call
    new = encryption.described(specification, region=call.region, account_id=call.account_id)
    encryption.check_change(table.sse, new, specification)
    changes = table.sse_changes
    if call.limited:
        changes = encryption.check_frequency(changes, tables.now)
    plan.at_once.append(with_values(sse={**table.sse, "Status": "UPDATING"}, sse_changes=changes))
    plan.afterwards(with_values(sse=new, sse_changes=changes))
    plan.answered.append(with_values(status=ACTIVE))


def _plan_throughput(
    plan: _Plan, now: float, table: TableDescription, request: TableUpdate, limited: bool
) -> None:
    mode = billing_mode(table, request)
    on_demand_billing = mode == "PAY_PER_REQUEST"
    if request.throughput is not None:
        throughput.check_goes_with(mode, request.throughput)
    if on_demand_billing and not table.on_demand_billing:
        _to_on_demand(plan, now, table, limited)
    elif table.on_demand_billing and not on_demand_billing:
        _to_provisioned(plan, table, request)
    elif request.throughput is not None:
        _new_units(plan, now, table.throughput, request, request.throughput, limited)
    if request.on_demand is not None:
        maximum = throughput.on_demand(
            request.on_demand, table.on_demand, on_demand_billing=on_demand_billing, index=None
        )
        plan.throughout(with_values(on_demand=throughput.capped(maximum)))
        plan.answered.append(with_values(on_demand=maximum))
    if request.warm is not None:
        least = throughput.warm_throughput(table)
        warm = throughput.warm(request.warm, least, index=None)
        plan.at_once.append(with_values(warming=True))
        plan.afterwards(with_values(warm={**table.warm, **warm}, warming=False))


def _to_on_demand(plan: _Plan, now: float, table: TableDescription, limited: bool) -> None:
    """Plan the change to PAY_PER_REQUEST.

    :raises LimitExceededException: there were too many such changes.
    """
    changes = table.billing_changes
    if limited:
        changes = throughput.check_billing_change(changes, now)
    plan.at_once.append(_without_throughput)
    plan.throughout(with_values(billing_mode="PAY_PER_REQUEST", billing_changes=changes))
    plan.afterwards(_without_throughput)
    plan.afterwards(with_values(billing_changed_at=now))


def _to_provisioned(plan: _Plan, table: TableDescription, request: TableUpdate) -> None:
    """Plan the change to PROVISIONED.

    :raises ValidationException: a global index has no throughput.
    """
    _check_all_covered(table, request)
    plan.throughout(_warmed)
    plan.throughout(with_values(billing_mode="PROVISIONED"))
    plan.throughout(
        with_values(throughput=throughput.provisioned(request.throughput), on_demand={})
    )


def _new_units(
    plan: _Plan, now: float, old: Throughput, request: TableUpdate, units: Units, limited: bool
) -> None:
    """Plan a change of provisioned units.

    :raises ValidationException: nothing would change.
    :raises LimitExceededException: the throughput was decreased too often.
    """
    daily = request.decreases_a_day
    if daily is not None:
        throughput.check_first_rules(old, units, now, daily)
    new = throughput.changed(old, units, now, limited=limited and daily is None)
    # The dates of the change are shown at once, the units later; the first API counts at once too.
    dated = replace(new, read_units=old.read_units, write_units=old.write_units)
    if daily is None:
        dated = replace(dated, decreases=old.decreases)
    plan.at_once.append(with_values(throughput=dated))
    plan.afterwards(_warmed)
    plan.afterwards(with_values(throughput=new))


def billing_mode(table: TableDescription, request: TableUpdate) -> str:
    """Return the billing mode of a table after an update."""
    return request.billing_mode or admission.mode_of(table)


def _check_all_covered(table: TableDescription, request: TableUpdate) -> None:
    """Check that a table that becomes PROVISIONED gets throughput for each global index."""
    covered = {action.name for action in request.indexes if _provisions(action)}
    missing = [index.name for index in table.global_indexes if index.name not in covered]
    if missing:
        raise invalid(
            f"ProvisionedThroughput must be specified for index: {','.join(missing)}",
            hint="Each global index of a PROVISIONED table needs its own throughput: specify it in "
            "GlobalSecondaryIndexUpdates.",
        )


def _provisions(action: IndexAction) -> bool:
    return isinstance(action, IndexUpdate) and action.throughput is not None


def _plan_index(
    plan: _Plan,
    now: float,
    table: TableDescription,
    request: TableUpdate,
    action: IndexAction,
    limited: bool,
) -> None:
    mode = billing_mode(table, request)
    if isinstance(action, IndexDeletion):
        plan.at_once.append(with_members(action.name, status=DELETING))
        plan.afterwards(without_index(action.name))
    elif isinstance(action, NewIndex):
        index = update_index.new_description(
            table, action, request.definitions, billing_mode=mode, limited=limited
        )
        plan.fills = True
        plan.at_once.append(with_index(index, status=CREATING))
        plan.while_filling.append(with_index(index, status=CREATING, backfilling=True))
        plan.at_last.append(with_index(index))
    else:
        _plan_index_update(plan, now, table, action, mode, limited)


def _plan_vector_index(
    plan: _Plan, tables: Tables, table: TableDescription, request: TableUpdate, action: VectorAction
) -> None:
    if isinstance(action, VectorIndexDeletion):
        plan.at_once.append(update_vector_index.with_deleting(action.name))
        plan.afterwards(update_vector_index.without_index(action.name))
        return
    settings = tables.call.settings
    index = update_vector_index.new_description(
        table,
        action,
        request.definitions,
        billing_mode=billing_mode(table, request),
        limited=tables.call.limited,
    )
    done = tables.now + settings.delay_updating + settings.delay_index
    creating = replace(index, status=CREATING)
    active = replace(index, searchable_at=done + settings.delay_search)
    plan.fills = True
    with_index = update_vector_index.with_index
    plan.at_once.append(with_index(creating))
    plan.while_filling.append(with_index(replace(creating, backfilling=True)))
    plan.at_last.append(with_index(active))


def _plan_index_update(
    plan: _Plan, now: float, table: TableDescription, action: IndexUpdate, mode: str, limited: bool
) -> None:
    """Plan other units for an index; maxima of on-demand throughput are shown at once."""
    name = action.name
    index = table.index(name)
    assert index is not None
    update_index.check_units(mode, action)
    if action.on_demand is not None:
        maximum = throughput.on_demand(
            action.on_demand,
            index.on_demand,
            on_demand_billing=mode == "PAY_PER_REQUEST",
            index=name,
        )
        plan.throughout(with_members(name, on_demand=throughput.capped(maximum)))
        plan.answered.append(with_members(name, on_demand=maximum))
    members: dict[str, object] = {}
    at_once: dict[str, object] = {}
    if action.throughput is not None and table.on_demand_billing:
        at_once = {"throughput": throughput.provisioned(action.throughput), "on_demand": {}}
        members |= at_once
    elif action.throughput is not None:
        members["throughput"] = throughput.changed(
            index.throughput, action.throughput, now, index=name, limited=limited
        )
    if action.warm is not None:
        least = throughput.warm_throughput(table, index)
        members["warm"] = {**index.warm, **throughput.warm(action.warm, least, index=name)}
    elif action.throughput is not None:
        members["warm"] = _as_warm(throughput.warm_throughput(table, index))
    status = ACTIVE if action.only_warms else UPDATING
    warming = action.warm is not None
    plan.at_once.append(with_members(name, status=status, warming=warming, **at_once))
    plan.afterwards(with_members(name, status=ACTIVE, warming=False, **members))


def _table_class_changes(table: TableDescription, now: float, limited: bool) -> tuple[float, ...]:
    recent = tuple(at for at in table.table_class_changes if at > now - 30 * DAY)
    if limited and len(recent) >= MAX_TABLE_CLASS_CHANGES:
        raise LimitExceededException(
            "Subscriber limit exceeded: Updates to TableClass are limited to "
            f"{MAX_TABLE_CLASS_CHANGES} times in 30 day(s).",
            hint=LIFTED,
        )
    return (*recent, now)


def _to(changes: Sequence[Change], status: str, subject: str) -> Change:
    """Return a change that applies all changes in order and, if the table is busy, sets its status."""
    if not subject:
        return in_order(*changes)
    updating = subject if status == UPDATING else ""
    return in_order(*changes, with_values(status=status, updating=updating))


def _warmed(table: TableDescription) -> TableDescription:
    """Return the table with the current warm throughput of itself and its indexes recorded."""
    return replace(
        table,
        warm=_as_warm(throughput.warm_throughput(table)),
        indexes=tuple(
            index
            if index.local
            else replace(index, warm=_as_warm(throughput.warm_throughput(table, index)))
            for index in table.indexes
        ),
    )


def _as_warm(units: tuple[int, int]) -> dict[str, int]:
    return {"read": units[0], "write": units[1]}


def _without_throughput(table: TableDescription) -> TableDescription:
    """Return the table as an on-demand table, with its throughput recorded as warm throughput."""
    warmed = _warmed(table)
    return replace(
        warmed,
        throughput=_without_units(warmed.throughput),
        indexes=tuple(
            replace(index, throughput=_without_units(index.throughput)) for index in warmed.indexes
        ),
    )


def _without_units(value: Throughput) -> Throughput:
    """Return a throughput of 0 that keeps the times of the last changes."""
    return replace(value, read_units=0, write_units=0)
