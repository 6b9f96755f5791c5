"""Creation of tables: the rules for a new table, and its first states."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ddbmock.database.catalogue import Caller, Tables
from ddbmock.database.control_plane import key_rules, tags, throughput
from ddbmock.database.control_plane.key_rules import Definitions, KeyElement, NewIndex
from ddbmock.database.control_plane.quotas import check_operations, check_tables
from ddbmock.database.control_plane.resource_in_use import IN_USE, until_gone
from ddbmock.database.control_plane.throughput import Units
from ddbmock.database.db import Call
from ddbmock.database.key import KeyAttribute
from ddbmock.database.schema import (
    CREATING,
    IndexDescription,
    TableDescription,
    VectorIndexDescription,
)
from ddbmock.errors import ResourceInUseException
from ddbmock.frozen import dataclass, replace
from ddbmock.later import later

if TYPE_CHECKING:
    from ddbmock.database.data_plane import streams
else:
    streams = later("ddbmock.database.data_plane", "streams")

if TYPE_CHECKING:
    from ddbmock.database.control_plane import encryption, stream_specification, vector_index_rules
    from ddbmock.database.control_plane.encryption import Encryption
else:
    encryption, stream_specification, vector_index_rules = later(
        "ddbmock.database.control_plane", "encryption", "stream_specification", "vector_index_rules"
    )


@dataclass(frozen=True)
class NewTable:
    """A table as a request specifies it."""

    name: str
    definitions: tuple[KeyAttribute, ...]
    elements: tuple[KeyElement, ...]
    local_indexes: tuple[NewIndex, ...] | None = None
    global_indexes: tuple[NewIndex, ...] | None = None
    vector_indexes: tuple[vector_index_rules.NewVectorIndex, ...] = ()
    billing_mode: str | None = None
    throughput: Units | None = None
    stream: stream_specification.StreamChange | None = None
    deletion_protection: bool = False
    shares_settings: bool = False
    table_class: str | None = None
    encryption: Encryption | None = None
    on_demand: Units | None = None
    warm: Units | None = None
    tags: tuple[tuple[str | None, str | None], ...] = ()


def described(call: Call, new: NewTable) -> TableDescription:
    """Return the description that a new table will have when it is ACTIVE.

    :raises ValidationException: the request breaks a rule; the first in the service's order.
    """
    if new.vector_indexes:
        vector_index_rules.check_billing(new.billing_mode)
    throughput.check_new_table(new.billing_mode, new.throughput)
    definitions = Definitions(new.definitions)
    key = key_rules.table_key(new.elements, definitions)
    key_rules.check_duplicates(definitions)
    if new.local_indexes is None and new.global_indexes is None and not new.vector_indexes:
        key_rules.check_exact(key, definitions)
    local = key_rules.local_indexes(new.local_indexes, key, definitions)
    indexes = (*local, *_global_indexes(new, definitions, local))
    vectors = _vector_indexes(new, definitions, indexes, limited=call.limited)
    if call.limited:
        projected = vector_index_rules.projected_attributes(vectors) if vectors else 0
        key_rules.check_counts(indexes, projected)
    keys = [key, *(one.key_schema for one in indexes)]
    if vectors:
        keys.extend(map(vector_index_rules.search_key, vectors))
    key_rules.check_used(definitions, keys)
    now = call.clock.now()
    on_demand_billing = new.billing_mode == "PAY_PER_REQUEST"
    table = TableDescription(
        name=new.name,
        table_id=str(uuid.uuid4()),
        created_at=now,
        key_schema=key,
        attributes=new.definitions,
        prefix=call.prefix,
        throughput=throughput.provisioned(new.throughput),
        billing_mode=new.billing_mode if on_demand_billing else None,
        billing_changed_at=now if on_demand_billing else None,
        indexes=indexes,
        vector_indexes=vectors,
        stream=None
        if new.stream is None
        else stream_specification.of_new_table(new.stream, now, call.settings.stream_shards),
        deletion_protection=new.deletion_protection,
        shares_settings=new.shares_settings,
        table_class=key_rules.table_class(new.table_class),
        sse={}
        if new.encryption is None
        else encryption.described(new.encryption, region=call.region, account_id=call.account_id),
        on_demand=throughput.new_on_demand(new.on_demand, on_demand_billing=on_demand_billing),
        tags=tags.check_tags(new.tags),
    )
    return _with_warm_throughput(table, new)


def _with_warm_throughput(table: TableDescription, new: NewTable) -> TableDescription:
    """Return a table with the warm throughput that the request gives for it and its indexes."""
    units = {one.name: one.warm for one in new.global_indexes or () if one.warm is not None}
    if new.warm is None and not units:
        return table
    provisioned = None if table.on_demand_billing else table.throughput
    return replace(
        table,
        warm=throughput.new_warm(new.warm, provisioned),
        indexes=tuple(_warmed(index, table, units.get(index.name)) for index in table.indexes),
    )


def _warmed(
    index: IndexDescription, table: TableDescription, units: Units | None
) -> IndexDescription:
    """Return an index with the requested warm throughput."""
    if units is None:
        return index
    provisioned = None if table.on_demand_billing else index.throughput
    return replace(index, warm=throughput.new_warm(units, provisioned, index=index.name))


def _vector_indexes(
    new: NewTable,
    definitions: Definitions,
    others: Sequence[IndexDescription],
    *,
    limited: bool,
) -> tuple[VectorIndexDescription, ...]:
    if not new.vector_indexes:
        return ()
    names = [index.name for index in others]
    return vector_index_rules.new_vector_indexes(
        new.vector_indexes, definitions, names=names, limited=limited
    )


def _global_indexes(
    new: NewTable, definitions: Definitions, local: tuple[IndexDescription, ...]
) -> tuple[IndexDescription, ...]:
    requests = new.global_indexes or ()
    indexes = key_rules.global_indexes(new.global_indexes, definitions, local)
    for one in requests:
        throughput.check_new_index(new.billing_mode, one.name, one.throughput)
    on_demand_billing = new.billing_mode == "PAY_PER_REQUEST"
    return tuple(
        replace(
            index,
            throughput=throughput.provisioned(one.throughput),
            on_demand=throughput.new_on_demand(
                one.on_demand, on_demand_billing=on_demand_billing, index=one.name
            ),
        )
        for index, one in zip(indexes, requests, strict=True)
    )


def create(tables: Tables, active: TableDescription) -> TableDescription:
    """Create a table; return its first state, CREATING.

    :raises ResourceInUseException: a table of this name exists.
    :raises LimitExceededException: there are too many tables, or too many in transition.
    """
    settings = tables.call.settings
    existing = tables.describe(active.name)
    if existing is not None:
        raise ResourceInUseException(
            _occupied(existing),
            hint=until_gone(existing)
            or f"Table {active.name!r} is {existing.status}{_where(tables.call)}.",
        )
    tables.sweep()
    check_tables(tables)
    check_operations(tables)
    if active.stream is not None:
        stream = stream_specification.with_free_label(tables, active.name, active.stream)
        active = replace(active, stream=stream)
    creating = replace(
        active,
        status=CREATING,
        indexes=tuple(
            index if index.local else replace(index, status=CREATING) for index in active.indexes
        ),
        vector_indexes=tuple(replace(index, status=CREATING) for index in active.vector_indexes),
    )
    done = tables.now + settings.delay_creating
    if active.vector_indexes:
        vectors = [
            replace(index, searchable_at=done + settings.delay_search)
            for index in active.vector_indexes
        ]
        active = replace(active, vector_indexes=tuple(vectors))
    tables.save(active.name, (tables.now, creating), (done, active))
    if active.stream is not None:
        streams.begin(tables.writer, active, tables.now, done)
    return creating


def _where(caller: Caller) -> str:
    if caller.settings.databases == "one":
        return (
            ". All regions and access keys have the same tables here, unless ddbmock.databases is "
            "region or each"
        )
    return f" in {caller.region}"


def _occupied(existing: TableDescription) -> str:
    if existing.restoring:
        return f"Table is being used: {existing.name}"
    if existing.status == CREATING:
        return f"{IN_USE}Table is being created: {existing.name}"
    return f"Table already exists: {existing.name}"
