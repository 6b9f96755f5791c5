"""Changes of global indexes by UpdateTable: their rules, and the states of the indexes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from ddbmock.database.control_plane import key_rules, throughput
from ddbmock.database.control_plane.changes import Change
from ddbmock.database.control_plane.key_rules import Definitions, NewIndex, invalid
from ddbmock.database.control_plane.resource_in_use import check_allocated, reject_busy
from ddbmock.database.control_plane.throughput import Units
from ddbmock.database.control_plane.vector_index_rules import projected_attributes
from ddbmock.database.key import INVALID, KeyAttribute, KeySchema
from ddbmock.database.schema import (
    CREATING,
    DELETING,
    UPDATING,
    IndexDescription,
    TableDescription,
)
from ddbmock.errors import (
    LimitExceededException,
    ResourceNotFoundException,
    ValidationException,
)
from ddbmock.frozen import replace
from ddbmock.named_tuple import NamedTuple

ONE_AT_A_TIME = (
    "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously "
    "per table"
)


class IndexUpdate(NamedTuple):
    """New throughput for a global index."""

    name: str
    throughput: Units | None
    on_demand: Units | None
    warm: Units | None

    @property
    def only_warms(self) -> bool:
        return self.warm is not None and self.throughput is self.on_demand is None


class IndexDeletion(NamedTuple):
    """The deletion of a global index."""

    name: str


IndexAction: TypeAlias = NewIndex | IndexUpdate | IndexDeletion


def check_actions(actions: Sequence[IndexAction]) -> None:
    """Check that a request has one action for each index."""
    names: set[str] = set()
    for action in actions:
        if action.name in names:
            raise invalid(
                "Only one global secondary index update per index is allowed simultaneously. "
                f"Index: {action.name}",
                hint="Put the second action into another request.",
            )
        names.add(action.name)


def check_warm(actions: Sequence[IndexAction]) -> None:
    """Check that the warm throughput of an update is not empty."""
    for action in actions:
        if isinstance(action, IndexUpdate) and action.warm == (None, None):
            raise invalid(
                "WarmThroughput must have at least one of ReadUnitsPerSecond or "
                f"WriteUnitsPerSecond specified for index: {action.name}",
                hint="WarmThroughput is empty; set one of its members, or leave it out.",
            )


def check_indexes(table: TableDescription, actions: Sequence[IndexAction]) -> None:
    """Check actions against the table's indexes and their states.

    :raises LimitExceededException: more than one index would be created or deleted at a time.
    :raises ResourceInUseException: an index is in transition.
    :raises ResourceNotFoundException: an index does not exist.
    :raises ValidationException: a new index exists already, or an index is local.
    """
    online = [action for action in actions if not isinstance(action, IndexUpdate)]
    if len(online) > 1:
        raise LimitExceededException(
            ONE_AT_A_TIME, hint="Create or delete one index, wait, then go on with the next."
        )
    for action in actions:
        index = table.index(action.name)
        if isinstance(action, NewIndex):
            check_new_name(table, action.name)
        else:
            _check_existing(table, action, index)
    for action in online:
        check_none_online(table, but=action.name)


def check_new_name(table: TableDescription, name: str) -> None:
    """Check that no index of any kind has the name of a new one.

    :raises ResourceInUseException: one has that is being deleted.
    :raises ValidationException: one has.
    """
    present = table.index(name) or table.vector_index(name)
    if present is not None and present.status == DELETING:
        reject_busy(f"Index is being deleted. Table: {table.name} Index: {name}", table)
    if name in table.index_names:
        raise ValidationException(
            "Attempting to create an index which already exists",
            hint=f"Table {table.name!r} has an index {name!r}.",
        )


def check_none_online(table: TableDescription, *, but: str = "") -> None:
    """Check that no index, secondary or vector, but one is being created or deleted.

    :raises LimitExceededException: one is.
    """
    states = {index.name: index.status for index in table.global_indexes}
    states |= {index.name: index.status for index in table.vector_indexes}
    for name, status in states.items():
        if status in (CREATING, DELETING) and name != but:
            raise LimitExceededException(ONE_AT_A_TIME, hint=f"Index {name!r} is {status}.")


def _check_existing(
    table: TableDescription, action: IndexAction, index: IndexDescription | None
) -> None:
    if index is None:
        names = ", ".join(index.name for index in table.global_indexes) or "none"
        raise ResourceNotFoundException(
            f"Requested resource not found: Index {action.name} for table {table.name}",
            hint=f"Global indexes of the table: {names}.",
        )
    deletion = isinstance(action, IndexDeletion)
    if index.local:
        verb = "delete" if deletion else "update"
        raise ValidationException(
            f"Cannot {verb} an index that is not a GlobalSecondaryIndex: {index.name}",
            hint="A local index cannot be changed or deleted without its table.",
        )
    place = f"Table: {table.name} Index: {index.name}"
    if index.status == DELETING:
        reject_busy(f"Index is being deleted. {place}", table)
    if index.status == UPDATING:
        reject_busy(f"Index is being updated. {place}", table)
    if index.status == CREATING and not deletion:
        if not index.backfilling:  # two spaces, as recorded
            reject_busy(f"Index is being created but is not backfilling yet.  {place}", table)
        reject_busy(f"Index is being created. {place}", table)
    check_allocated(table, index)


def new_description(
    table: TableDescription,
    new: NewIndex,
    attributes: tuple[KeyAttribute, ...] | None,
    *,
    billing_mode: str,
    limited: bool,
) -> IndexDescription:
    """Return the description that a new index will have when it is ACTIVE.

    :raises ValidationException: its definition breaks a rule.
    :raises LimitExceededException: the table has too many indexes.
    """
    if attributes is None:
        raise invalid(
            f"AttributeDefinitions is not specified for index: {new.name}",
            hint="Define all key attributes of the index in AttributeDefinitions, even those that the table defines.",
        )
    definitions = Definitions(attributes)
    key_rules.check_duplicates(definitions)
    index = key_rules.global_index(new, definitions)
    _check_types(table, index)
    if limited:
        if len(table.global_indexes) >= key_rules.MAX_GLOBAL_INDEXES:
            raise LimitExceededException(
                "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table "
                f"limit of {key_rules.MAX_GLOBAL_INDEXES}",
                hint="The setting ddbmock.limits = none lifts this limit.",
            )
        of_vectors = projected_attributes(table.vector_indexes)
        key_rules.check_projected((*table.indexes, index), of_vectors)
    check_throughput(billing_mode, new.name, new.throughput)
    if billing_mode == "PROVISIONED" and new.throughput is None:
        throughput.check_new_index(billing_mode, new.name, None)
    on_demand_billing = billing_mode == "PAY_PER_REQUEST"
    index = replace(
        index,
        online=True,
        throughput=throughput.provisioned(new.throughput),
        on_demand=throughput.new_on_demand(
            new.on_demand, on_demand_billing=on_demand_billing, index=new.name
        ),
    )
    provisioned = None if on_demand_billing else index.throughput
    return replace(index, warm=throughput.new_warm(new.warm, provisioned, index=new.name))


def check_units(billing_mode: str, action: IndexUpdate) -> None:
    """Check that an update changes units that the billing mode has.

    :raises ValidationException: it does not.
    """
    check_throughput(billing_mode, action.name, action.throughput)
    maxima = (None, None) if action.on_demand is None else action.on_demand
    if (
        billing_mode == "PAY_PER_REQUEST"
        and action.throughput is action.warm is None
        and maxima == (None, None)
    ):
        raise invalid(
            f"The only Updates for index: {action.name} when TableThroughputMode is "
            "PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput",
            hint="The update changes nothing; set a member of OnDemandThroughput or WarmThroughput.",
        )


def check_throughput(billing_mode: str, index: str, units: Units | None) -> None:
    """Check the throughput of an index against the table's billing mode."""
    if units is None:
        return
    if billing_mode == "PAY_PER_REQUEST":
        raise ValidationException(
            f"{INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for "
            f"index: {index} when BillingMode is PAY_PER_REQUEST",
            hint="Leave ProvisionedThroughput out: an index has the billing mode of its table.",
        )
    if max(units.read or 0, units.write or 0) > throughput.MAX_UNITS:
        raise ValidationException(
            "This operation cannot be performed with given input values. Please contact DynamoDB "
            "service team for more info: Action Blocked: IndexUpdate",
            hint=f"Read and write units of index {index!r} must be at most {throughput.MAX_UNITS}.",
        )


def _check_types(table: TableDescription, new: IndexDescription) -> None:
    """Check that key attributes have the same type in the table and in all its indexes."""
    types = dict(new.key_schema.attributes)
    for schema in (table.key_schema, *(index.key_schema for index in table.kept_indexes)):
        for name, kind in schema.attributes:
            if types.get(name, kind) != kind:
                raise invalid(
                    "Attributes cannot be redefined. Please check that your attribute has the "
                    "same type as previously defined. "
                    f"Existing schema: {_printed(schema)} New schema: {_printed(new.key_schema)}",
                    hint=f"{name!r} is already defined as {kind}; define it as {kind} here, too.",
                )
    for vectors in table.kept_vector_indexes:
        if vectors.vector_attribute in types:
            name = vectors.vector_attribute
            raise invalid(
                "Attributes cannot be redefined. Please check that your attribute has the same "
                "type as previously defined. Existing schema: VectorIndexSchema:"
                f"[VectorAttribute: key{{{name}:L:{vectors.dimensions}}}] "
                f"New schema: {_printed(new.key_schema)}",
                hint=f"{name!r} has the vectors of index {vectors.name!r}, so it cannot be a key.",
            )


def _printed(schema: KeySchema) -> str:
    elements = [
        f"SchemaElement: key{{{name}:{kind}:{role}}}"
        for role, attributes in (("HASH", schema.hash_key), ("RANGE", schema.range_key))
        for name, kind in attributes
    ]
    return f"Schema:[{', '.join(elements)}]"


def with_index(index: IndexDescription, **members: object) -> Change:
    """Return a change that adds an index to a table, and the definitions of its key attributes."""
    state = replace(index, **members)  # type: ignore[arg-type]  # members of its own

    def change(table: TableDescription) -> TableDescription:
        known = {name for name, _ in table.attributes}
        added = [
            attribute for attribute in index.key_schema.attributes if attribute.name not in known
        ]
        return replace(
            table, indexes=(*table.indexes, state), attributes=(*table.attributes, *added)
        )

    return change


def with_members(name: str, **members: object) -> Change:
    """Return a change that sets members of one index."""

    def change(table: TableDescription) -> TableDescription:
        return replace(
            table,
            indexes=tuple(
                replace(index, **members)  # type: ignore[arg-type]  # its own
                if index.name == name
                else index
                for index in table.indexes
            ),
        )

    return change


def without_index(name: str) -> Change:
    """Return a change that removes an index and the definitions that only this index uses."""

    def change(table: TableDescription) -> TableDescription:
        indexes = tuple(index for index in table.indexes if index.name != name)
        return without_unused_definitions(replace(table, indexes=indexes))

    return change


def without_unused_definitions(table: TableDescription) -> TableDescription:
    """Return a table without the definitions of attributes that no key and no search schema uses."""
    schemas = (table.key_schema, *(index.key_schema for index in table.indexes))
    used = {name for schema in schemas for name in schema.names}
    used |= {one.name for index in table.vector_indexes for one in index.search_schema}
    attributes = tuple(attribute for attribute in table.attributes if attribute.name in used)
    return replace(table, attributes=attributes)
