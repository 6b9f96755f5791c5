"""Creating tables: what a new table may be, and its first states."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ddbmock.database import definition, throughput
from ddbmock.database.busy import IN_USE
from ddbmock.database.db import Tables
from ddbmock.database.definition import KeyElement, NewIndex
from ddbmock.database.key import KeyAttribute
from ddbmock.database.schema import (
    CREATING,
    DELETING,
    IndexDescription,
    StreamDescription,
    TableDescription,
)
from ddbmock.database.throughput import Units
from ddbmock.errors import LimitExceededException, ResourceInUseException

MAX_TABLES: Final = 2500
"""Tables per region and account. Source: Developer Guide, "Quotas in Amazon DynamoDB"."""


@dataclass(frozen=True)
class NewTable:
    """A table as a request asks for it."""

    name: str
    definitions: tuple[KeyAttribute, ...]
    elements: tuple[KeyElement, ...]
    local_indexes: tuple[NewIndex, ...] | None = None
    global_indexes: tuple[NewIndex, ...] | None = None
    billing_mode: str | None = None
    throughput: Units | None = None
    stream: StreamDescription | None = None
    deletion_protection: bool = False
    table_class: str | None = None
    sse: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    on_demand: Mapping[str, int] = dataclasses.field(default_factory=dict)
    warm: Mapping[str, int] = dataclasses.field(default_factory=dict)
    tags: Mapping[str, str] = dataclasses.field(default_factory=dict)


def described(new: NewTable, *, now: float, prefix: str, limited: bool) -> TableDescription:
    """What a new table will be once it is ACTIVE.

    :raises ValidationException: the first rule that the request breaks, in the service's order.
    """
    throughput.check_new_table(new.billing_mode, new.throughput)
    key = definition.table_key(new.elements, new.definitions)
    definition.check_duplicates(new.definitions)
    if new.local_indexes is None and new.global_indexes is None:
        definition.check_exact(key, new.definitions)
    local = definition.local_indexes(new.local_indexes, key, new.definitions)
    indexes = (*local, *_global_indexes(new, local))
    if limited:
        definition.check_counts(indexes)
    definition.check_used(new.definitions, (key, *(index.key_schema for index in indexes)))
    on_demand = new.billing_mode == "PAY_PER_REQUEST"
    return TableDescription(
        name=new.name,
        table_id=str(uuid.uuid4()),
        created_at=now,
        key_schema=key,
        attributes=new.definitions,
        prefix=prefix,
        throughput=throughput.provisioned(new.throughput),
        billing_mode=new.billing_mode if on_demand else None,
        billing_changed_at=now if on_demand else None,
        indexes=indexes,
        stream=new.stream,
        deletion_protection=new.deletion_protection,
        table_class=new.table_class,
        sse=new.sse,
        on_demand=new.on_demand,
        warm=new.warm,
        tags=new.tags,
    )


def _global_indexes(
    new: NewTable, local: tuple[IndexDescription, ...]
) -> tuple[IndexDescription, ...]:
    indexes = definition.global_indexes(new.global_indexes, new.definitions, local)
    for asked in new.global_indexes or ():
        throughput.check_new_index(new.billing_mode, asked.name, asked.throughput)
    return tuple(
        dataclasses.replace(index, throughput=throughput.provisioned(asked.throughput))
        for index, asked in zip(indexes, new.global_indexes or (), strict=True)
    )


def add(tables: Tables, active: TableDescription) -> TableDescription:
    """Bring a table to be, and give its first state, CREATING.

    :raises ResourceInUseException: there is one of this name already.
    :raises LimitExceededException: there are too many.
    """
    settings = tables.call.settings
    existing = tables.describe(active.name)
    if existing is not None:
        raise ResourceInUseException(
            _occupied(existing), hint=f"Table {active.name!r} is {existing.status}."
        )
    tables.sweep()
    if settings.limits == "aws" and tables.count() >= MAX_TABLES:
        raise LimitExceededException(
            f"Subscriber limit exceeded: There is a limit of {MAX_TABLES} tables per region",
            hint="Delete a table, or set ddbmock.limits = none.",
        )
    creating = dataclasses.replace(
        active,
        status=CREATING,
        indexes=tuple(
            index if index.local else dataclasses.replace(index, status=CREATING)
            for index in active.indexes
        ),
    )
    tables.save(active.name, (tables.now, creating), (tables.now + settings.delay_creating, active))
    return creating


def _occupied(existing: TableDescription) -> str:
    if existing.status == CREATING:
        return f"{IN_USE}Table is being created: {existing.name}"
    if existing.status == DELETING:
        return f"{IN_USE}Table is being deleted: {existing.name}"
    return f"Table already exists: {existing.name}"
