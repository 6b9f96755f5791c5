"""Restores: new tables with the content that another table had at a moment."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import jobs, moments, throughput
from ddbmock.database.control_plane.jobs import Progress, Slice
from ddbmock.database.control_plane.key_rules import KeyElement, NewIndex, invalid
from ddbmock.database.control_plane.throughput import Units
from ddbmock.database.control_plane.vector_index_rules import ONLY_ON_DEMAND, NewVectorIndex
from ddbmock.database.data_plane import journal
from ddbmock.database.data_plane.item_change import Cause
from ddbmock.database.data_plane.journal import Moment
from ddbmock.database.db import Call
from ddbmock.database.life import Life, decode_life
from ddbmock.database.schema import (
    ACTIVE,
    CREATING,
    DELETING,
    NO_THROUGHPUT,
    IndexDescription,
    TableDescription,
    Throughput,
    VectorIndexDescription,
)
from ddbmock.errors import (
    LimitExceededException,
    TableAlreadyExistsException,
    TableInUseException,
    ValidationException,
)
from ddbmock.frozen import dataclass, replace
from ddbmock.named_tuple import NamedTuple
from ddbmock.values.item import Item

KIND: Final = "restore"
MAX_RESTORES: Final = 50
"""The most simultaneous restores of an account. Source: a published lab of October 2026."""
ON_DEMAND: Final = "PAY_PER_REQUEST"
PROVISIONED: Final = "PROVISIONED"
_RECORDS: Final = jobs.RECORDS[KIND]


class Overrides(NamedTuple):
    """The settings in which a request differs from the source; None keeps the source's setting."""

    billing_mode: str | None = None
    throughput: Units | None = None
    on_demand: Units | None = None
    global_indexes: tuple[NewIndex, ...] | None = None
    local_indexes: tuple[NewIndex, ...] | None = None
    vector_indexes: tuple[NewVectorIndex, ...] | None = None
    encryption: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Restore:
    """An unfinished restore."""

    source_name: str
    source_id: str
    epoch: int | None
    micros: int
    begun: float
    life: str
    """The table as it will be when it is ACTIVE."""
    holder: str
    cursor: str = ""
    """The lower bound of the keys that are not copied yet, in hexadecimal."""

    @property
    def moment(self) -> Moment:
        return Moment(self.epoch, self.micros)

    @property
    def table(self) -> TableDescription:
        """The table as it will be when it is ACTIVE."""
        table = decode_life(self.life.encode()).at(self.begun)
        assert table is not None
        return table


def check_target(tables: Tables, name: str) -> None:
    """Check that the target does not exist.

    :raises TableAlreadyExistsException: there is a table of this name.
    :raises TableInUseException: one is being restored under this name.
    """
    table = tables.describe(name)
    if table is None:
        return
    if table.restoring:
        source = table.restoring.get("SourceBackupArn") or table.restoring["SourceTableArn"]
        raise TableInUseException(
            f"Table: {name} is already being restored from backup: {source}",
            hint=tables.why_not(name, table),
        )
    raise TableAlreadyExistsException(
        f"Table already exists: {name}", hint=tables.why_not(name, table)
    )


def planned(
    tables: Tables, source: TableDescription, target: str, overrides: Overrides
) -> TableDescription:
    """Return the description that the restored table will have when it is ACTIVE.

    :raises ValidationException: an override contradicts the source or another override.
    """
    mode = overrides.billing_mode or source.billing_mode or PROVISIONED
    _check_throughput(overrides, mode)
    on_demand = mode == ON_DEMAND
    indexes = _indexes(source, overrides, mode)
    units = source.throughput
    if overrides.throughput is not None:
        units = throughput.provisioned(overrides.throughput)
    maxima = source.on_demand if on_demand else {}
    if overrides.on_demand is not None:
        maxima = _maxima(overrides.on_demand)
    # other settings of a table are not restored
    return TableDescription(
        name=target,
        table_id=str(uuid.uuid4()),
        created_at=tables.now,
        key_schema=source.key_schema,
        attributes=source.attributes,
        prefix=tables.call.prefix,
        throughput=NO_THROUGHPUT if on_demand else replace(units, decreases=()),
        billing_mode=mode if on_demand else None,
        billing_changed_at=tables.now if on_demand else None,
        indexes=indexes,
        vector_indexes=_vector_indexes(source, overrides, mode),
        sse=source.sse if overrides.encryption is None else overrides.encryption,
        on_demand=maxima,
    )


def _check_throughput(overrides: Overrides, mode: str) -> None:
    units, new_mode = overrides.throughput, overrides.billing_mode
    if units is not None and new_mode == ON_DEMAND:
        raise _invalid(
            "Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST"
        )
    if units is not None and mode == ON_DEMAND:
        raise _invalid("Cannot override ProvisionedThroughput unless BillingMode is PROVISIONED")
    if units is None and new_mode == PROVISIONED:
        raise _invalid(
            "Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED"
        )
    maxima = overrides.on_demand
    if maxima is None:
        return
    for member, value in (("Read", maxima.read), ("Write", maxima.write)):
        if value is None:
            continue
        name = f"Max{member}RequestUnits for OnDemandThroughput"
        if mode == PROVISIONED:
            raise _invalid(f"Cannot override {name} unless BillingModeOverride is PAY_PER_REQUEST")
        if value != -1 and value < 1:
            raise _invalid(f"Requested {name} is outside of valid range")


def _maxima(units: Units) -> Mapping[str, int]:
    maxima = {"read": units.read, "write": units.write}
    return {name: value for name, value in maxima.items() if value is not None}


def _indexes(
    source: TableDescription, overrides: Overrides, mode: str
) -> tuple[IndexDescription, ...]:
    """Return the indexes of the restored table: those of the source, unless there are overrides."""
    present = [index for index in source.indexes if index.status != DELETING]
    found = []
    for index in present:
        override = overrides.local_indexes if index.local else overrides.global_indexes
        if override is None:
            if not index.local and mode == PROVISIONED and index.throughput == NO_THROUGHPUT:
                raise _invalid(f"Must specify provisioned throughput for index {index.name}")
            found.append(_restored(index, index.throughput, mode))
    for one in (*(overrides.local_indexes or ()), *(overrides.global_indexes or ())):
        match = next((index for index in present if _matches(index, one)), None)
        if match is None:
            raise _invalid(
                f"Index {one.name} does not match a secondary index that existed in the source "
                "table and cannot be created during the restore operation"
            )
        units = match.throughput
        if not one.local:
            if one.throughput is None and mode == PROVISIONED:
                raise _invalid(f"Must specify provisioned throughput for index {one.name}")
            if one.throughput is not None and mode == ON_DEMAND:
                raise _invalid(_not_for_index(overrides, one.name))
            units = throughput.provisioned(one.throughput)
        found.append(_restored(replace(match, name=one.name), units, mode))
    return tuple(found)


def _vector_indexes(
    source: TableDescription, overrides: Overrides, mode: str
) -> tuple[VectorIndexDescription, ...]:
    """Return the vector indexes of the restored table: those of the source, or some of them."""
    present = source.kept_vector_indexes
    if overrides.vector_indexes is not None:
        for one in overrides.vector_indexes:
            if not any(_is_vector_index(index, one) for index in present):
                raise _invalid(
                    f"Index {one.name} does not match a vector index that existed in the source "
                    "table and cannot be created during the restore operation"
                )
        names = {one.name for one in overrides.vector_indexes}
        present = tuple(index for index in present if index.name in names)
    if present and mode == PROVISIONED:
        raise invalid(
            ONLY_ON_DEMAND, hint="Override VectorIndexOverride with an empty list, or BillingMode."
        )
    return tuple(
        replace(index, status=ACTIVE, backfilling=False, searchable_at=0.0) for index in present
    )


def _is_vector_index(index: VectorIndexDescription, override: NewVectorIndex) -> bool:
    """Return whether an override has the definition of an index."""
    return (
        index.name == override.name
        and index.vector_attribute == override.vector_attribute
        and index.dimensions == override.dimensions
        and index.distance_function == override.distance_function
        and index.projection.type == override.projection_type
        and set(index.projection.non_key_attributes) == set(override.non_key_attributes or ())
        and {(one.name, one.role) for one in index.search_schema} == set(override.search_schema)
    )


def _not_for_index(overrides: Overrides, name: str) -> str:
    if overrides.billing_mode == ON_DEMAND:
        condition = "if BillingMode is overridden to PAY_PER_REQUEST"
    else:
        condition = "unless BillingMode is PROVISIONED"
    return f"Cannot override ProvisionedThroughput {condition} for index {name}"


def _restored(index: IndexDescription, units: Throughput, mode: str) -> IndexDescription:
    on_demand = mode == ON_DEMAND
    kept = NO_THROUGHPUT if on_demand or index.local else units
    return replace(
        index,
        status=ACTIVE,
        backfilling=False,
        throughput=replace(kept, decreases=()),
        on_demand=index.on_demand if on_demand else {},
        warm={},
        warming=False,
    )


def _matches(index: IndexDescription, override: NewIndex) -> bool:
    """Return whether an index has the keys and projection of an override. Names are not compared."""
    schema = index.key_schema
    elements = [KeyElement(name, "HASH") for name, _ in schema.hash_key]
    elements += [KeyElement(name, "RANGE") for name, _ in schema.range_key]
    projected = set(override.non_key_attributes or ())
    return (
        index.local == override.local
        and tuple(elements) == tuple(override.elements)
        and index.projection.type == (override.projection_type or "ALL")
        and set(index.projection.non_key_attributes) == projected
    )


def _invalid(message: str) -> ValidationException:
    return ValidationException(
        f"Invalid Request: {message}",
        hint="Without an override the restored table has the source table's value.",
    )


def start(
    tables: Tables,
    source: tuple[str, str],
    moment: Moment,
    target: TableDescription,
    restoring: Mapping[str, Any],
) -> TableDescription:
    """Create the target of a restore; return the CREATING description. `source` is a table's name and id.

    :raises LimitExceededException: too many restores are running.
    """
    if tables.call.limited and len(list(_unfinished(tables))) >= MAX_RESTORES:
        raise LimitExceededException(
            f"Subscriber limit exceeded: Only {MAX_RESTORES} restore operations can be done "
            "simultaneously",
            hint="ddbmock.limits = none lifts this limit.",
        )
    tables.sweep()
    creating = replace(
        target,
        status=CREATING,
        billing_mode=target.billing_mode or PROVISIONED,
        indexes=tuple(
            index if index.local else replace(index, status=CREATING) for index in target.indexes
        ),
        vector_indexes=tuple(replace(index, status=CREATING) for index in target.vector_indexes),
        restoring=restoring,
    )
    tables.save(target.name, (tables.now, creating))
    source_name, source_id = source
    holder = f"restore/{target.table_id}"
    moments.keep(tables, source_id, holder, moment.micros)
    record = Restore(
        source_name=source_name,
        source_id=source_id,
        epoch=moment.epoch,
        micros=moment.micros,
        begun=tables.now,
        life=Life.of((0.0, target)).encode().decode(),
        holder=holder,
    )
    _save(tables, target.name, record)
    jobs.enqueue(tables, KIND, target.name)
    return creating


def step(call: Call, name: str, progress: Progress, part: Slice) -> bool:
    """Copy some items of an unfinished restore, or finish it."""
    with call.write() as tables:
        stored = tables.reader.get(call.prefix + _RECORDS, name.encode())
        if stored is None:
            jobs.dequeue(tables, KIND, name)
            return False
        record = Restore(**orjson.loads(stored))
        last = _copy(tables, record, name, part)
        if last is not None:
            _save(tables, name, replace(record, cursor=journal.after(last).hex()))
            return True
        if tables.now < record.begun + call.settings.delay_jobs:
            return False
        tables.save(name, (tables.now, record.table))
        tables.writer.delete(call.prefix + _RECORDS, name.encode())
        jobs.dequeue(tables, KIND, name)
        moments.release(tables, record.source_name, record.source_id, record.holder)
    return False


def _copy(tables: Tables, record: Restore, name: str, part: Slice) -> bytes | None:
    """Copy the next items; return the last item's stored key, or None if all are copied."""
    creating = tables.describe(name)
    assert creating is not None, "a table that is being restored cannot be deleted"
    table = tables.table(creating, cause=Cause.RESTORE)
    low = bytes.fromhex(record.cursor)
    pairs = journal.items_at(tables.reader, record.source_id, record.moment, low)
    last = None
    for stored_key, image in pairs:
        table.insert(stored_key, Item.of_record(image))
        last = stored_key
        if part.used():
            break
    return last


def _save(tables: Tables, name: str, record: Restore) -> None:
    tables.writer.put(tables.call.prefix + _RECORDS, name.encode(), orjson.dumps(record))


def _unfinished(tables: Tables) -> Sequence[bytes]:
    return [key for key, _ in tables.reader.range(tables.call.prefix + _RECORDS)]
