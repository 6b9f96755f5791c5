"""UpdateTable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final

from ddbmock.database import Call
from ddbmock.database.control_plane import (
    key_rules,
    replica_settings,
    replicas,
    shared_replicas,
    stream_specification,
    throughput,
    update_index,
)
from ddbmock.database.control_plane.key_rules import invalid
from ddbmock.database.control_plane.replica_actions import GroupUpdate
from ddbmock.database.control_plane.table_update import TableUpdate
from ddbmock.database.control_plane.throughput import Units
from ddbmock.database.control_plane.update_index import IndexAction, IndexDeletion, IndexUpdate
from ddbmock.database.control_plane.update_vector_index import VectorAction, VectorIndexDeletion
from ddbmock.errors import InternalFailure, ValidationException
from ddbmock.operations.operation import Kind, Operation, Output
from ddbmock.operations.request_entries import single_entry
from ddbmock.operations.v20120810.members.inputs import (
    ControlInput,
    ControlTableName,
    IndexName,
    table_name,
)
from ddbmock.operations.v20120810.members.replica_updates import (
    GlobalTableWitnessGroupUpdate,
    MultiRegionConsistency,
    ReplicationGroupUpdate,
    replica_actions,
    witnesses,
)
from ddbmock.operations.v20120810.members.table_definitions import (
    AttributeDefinition,
    BillingMode,
    GlobalSecondaryIndex,
    OnDemandThroughput,
    ProvisionedThroughput,
    SettingsReplicationMode,
    SSESpecification,
    StreamSpecification,
    VectorIndex,
    WarmThroughput,
    definitions,
    encryption,
    new_global_index,
    new_vector_index,
    on_demand,
    provisioned,
    stream_change,
    warm,
)
from ddbmock.operations.v20120810.members.table_description import table_description
from ddbmock.shapes import Length, Structure


class UpdateGlobalSecondaryIndexAction(Structure):
    index_name: IndexName
    provisioned_throughput: ProvisionedThroughput | None = None
    on_demand_throughput: OnDemandThroughput | None = None
    warm_throughput: WarmThroughput | None = None


class CreateGlobalSecondaryIndexAction(GlobalSecondaryIndex):
    pass


class DeleteGlobalSecondaryIndexAction(Structure):
    index_name: IndexName


class GlobalSecondaryIndexUpdate(Structure):
    update: UpdateGlobalSecondaryIndexAction | None = None
    create: CreateGlobalSecondaryIndexAction | None = None
    delete: DeleteGlobalSecondaryIndexAction | None = None


class CreateVectorIndexAction(VectorIndex):
    pass


class DeleteVectorIndexAction(Structure):
    index_name: IndexName


class VectorIndexUpdate(Structure):
    create: CreateVectorIndexAction | None = None
    delete: DeleteVectorIndexAction | None = None


class UpdateTableInput(ControlInput):
    attribute_definitions: list[AttributeDefinition] | None = None
    table_name: ControlTableName
    billing_mode: BillingMode | None = None
    provisioned_throughput: ProvisionedThroughput | None = None
    global_secondary_index_updates: list[GlobalSecondaryIndexUpdate] | None = None
    vector_index_updates: list[VectorIndexUpdate] | None = None
    stream_specification: StreamSpecification | None = None
    sse_specification: SSESpecification | None = None
    table_class: str | None = None
    deletion_protection_enabled: bool | None = None
    on_demand_throughput: OnDemandThroughput | None = None
    warm_throughput: WarmThroughput | None = None
    replica_updates: Annotated[list[ReplicationGroupUpdate], Length(1)] | None = None
    multi_region_consistency: MultiRegionConsistency | None = None
    global_table_witness_updates: (
        Annotated[list[GlobalTableWitnessGroupUpdate], Length(1, 1)] | None
    ) = None
    disassociation_protection_enabled: bool | None = None
    global_table_settings_replication_mode: SettingsReplicationMode | None = None

    names: ClassVar[Mapping[str, str]] = {"sse_specification": "SSESpecification"}


_CHANGES: Final = (
    "provisioned_throughput",
    "billing_mode",
    "stream_specification",
    "global_secondary_index_updates",
    "vector_index_updates",
    "sse_specification",
    "deletion_protection_enabled",
    "on_demand_throughput",
    "warm_throughput",
    "table_class",
    "replica_updates",
    "multi_region_consistency",
    "global_table_witness_updates",
    "disassociation_protection_enabled",
    "global_table_settings_replication_mode",
)
"""Members that change something; AttributeDefinitions alone do not."""

_WITH_REPLICAS: Final = frozenset({"multi_region_consistency", "global_table_witness_updates"})
"""Members that may stand beside ``ReplicaUpdates``."""

_ALONE: Final = {
    "sse_specification": "Server-Side Encryption modification",
    "table_class": "TableClass modification",
    "deletion_protection_enabled": "DeletionProtection modification",
    "replica_updates": "Replica modification",
    "disassociation_protection_enabled": "DisassociationProtection modification",
    "global_table_settings_replication_mode": "GlobalTableSettingsReplicationMode modification",
}
"""Members that cannot be combined with other changes, in the order of their errors."""


def update_table(call: Call, request: UpdateTableInput) -> Output:
    """Change a table; it is UPDATING until the clock has passed the delay."""
    actions = tuple(map(_action, request.global_secondary_index_updates or ()))
    update_index.check_warm(actions)
    changes = changes_of(request)
    check_combination(request, changes)
    name = table_name(call, request.table_name)
    if changes in (["on_demand_throughput"], ["warm_throughput"]):
        _check_not_empty(call, name, request)
    if not _WITH_REPLICAS.union(["replica_updates"]).isdisjoint(changes):
        return _update_replicas(call, name, request)
    if request.disassociation_protection_enabled is not None:
        with call.write() as tables:
            updating = replica_settings.protect(
                tables, name, protected=request.disassociation_protection_enabled
            )
            output = table_description(call, tables.table(updating), tables.now)
        return {"TableDescription": output}
    mode = request.global_table_settings_replication_mode
    if mode is not None:
        with call.write() as tables:
            updating = shared_replicas.set_mode(tables, name, mode)
            output = table_description(call, tables.table(updating), tables.now)
        return {"TableDescription": output}
    update = TableUpdate(
        name=name,
        definitions=(
            None
            if request.attribute_definitions is None
            else definitions(request.attribute_definitions)
        ),
        billing_mode=request.billing_mode,
        throughput=provisioned(request.provisioned_throughput),
        indexes=actions,
        vector_indexes=tuple(map(_vector_action, request.vector_index_updates or ())),
        stream=stream_change(request.stream_specification),
        encryption=encryption(request.sse_specification),
        table_class=request.table_class,
        deletion_protection=request.deletion_protection_enabled,
        on_demand=_unless_empty(on_demand(request.on_demand_throughput)),
        warm=_unless_empty(warm(request.warm_throughput)),
    )
    check_content(update)
    with call.write() as tables:
        updating = replica_settings.update(tables, update)
        output = table_description(call, tables.table(updating), tables.now)
    return {"TableDescription": output}


def _update_replicas(call: Call, name: str, request: UpdateTableInput) -> Output:
    new_witness, old_witness = witnesses(request.global_table_witness_updates or [])
    group = GroupUpdate(
        name,
        replica_actions(request.replica_updates or ()),
        strong=request.multi_region_consistency == "STRONG",
        new_witness=new_witness,
        old_witness=old_witness,
    )
    with call.write() as tables:
        updating = replicas.update(tables, group)
        output = table_description(call, tables.table(updating), tables.now)
    return {"TableDescription": output}


def changes_of(request: UpdateTableInput) -> list[str]:
    """Return the members that change something.

    The service ignores empty throughput beside another change, and empty witness updates.
    Source: recorded in October 2026.
    """
    changes = [name for name in _CHANGES if getattr(request, name) not in (None, [])]
    empty = [
        name
        for name, units in (
            ("on_demand_throughput", on_demand(request.on_demand_throughput)),
            ("warm_throughput", warm(request.warm_throughput)),
        )
        if units == (None, None)
    ]
    if len(changes) > 1:
        changes = [name for name in changes if name not in empty] or changes[:1]
    if request.global_table_witness_updates is not None and not any(
        witnesses(request.global_table_witness_updates)
    ):
        changes.remove("global_table_witness_updates")
    return changes


def _unless_empty(units: Units | None) -> Units | None:
    return None if units == (None, None) else units


def check_combination(request: UpdateTableInput, changes: list[str]) -> None:
    """Check the combination of changes.

    :raises ValidationException: the first invalid combination, in the service's order.
    """
    if not set(changes) - {"multi_region_consistency"}:
        consistency = "" if changes else "MultiRegionConsistency, "
        raise ValidationException(
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
            "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, "
            f"MultiAccountReplicaReady, ReplicaTransitRoleArn, {consistency}"
            "DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is "
            "required",
            hint="The request changes nothing; give at least one of the members.",
        )
    for name, message in _ALONE.items():
        companions = _WITH_REPLICAS if name == "replica_updates" else frozenset()
        if name in changes and set(changes) - companions != {name}:
            raise _reject_pair(f"{message} must be the only operation in the request", changes)
    actions = request.global_secondary_index_updates or []
    if "warm_throughput" in changes:
        if set(changes) - {"warm_throughput", "global_secondary_index_updates"}:
            raise _reject_pair("WarmThroughput must be the only operation in the request", changes)
        if any(action.create is not None for action in actions):
            raise _reject_pair(
                "Create global secondary index cannot be specified when updating WarmThroughput",
                changes,
            )
    if "on_demand_throughput" in changes and set(changes) - {
        "on_demand_throughput",
        "billing_mode",
    }:
        raise _reject_pair(
            "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request",
            changes,
        )
    online = any(action.create or action.delete for action in actions)
    online = online or "vector_index_updates" in changes
    _check_pairs(changes, online)


def _check_pairs(changes: list[str], online: bool) -> None:
    """Check that a request does not have two changes that each take time."""
    streams, units = "stream_specification" in changes, "provisioned_throughput" in changes
    if streams and units:
        raise _reject_pair("You cannot modify stream status while updating table IOPS", changes)
    if online and units:
        raise _reject_pair("You cannot create or delete index while updating table IOPS", changes)
    if online and streams:
        raise _reject_pair(
            "You cannot create or delete index while changing stream status", changes
        )


def _check_not_empty(call: Call, name: str, request: UpdateTableInput) -> None:
    """Check that the only change of an existing table is not an empty structure.

    :raises ResourceNotFoundException: the table does not exist.
    :raises InternalFailure: the structure is empty, which causes an error of the service.
    """
    units = on_demand(request.on_demand_throughput) or warm(request.warm_throughput)
    if units == (None, None):
        with call.read() as tables:
            tables.existing(name)
        raise InternalFailure(
            hint="The structure is empty, and DynamoDB also answers 500; set one of its members."
        )


def _reject_pair(message: str, changes: list[str]) -> ValidationException:
    names = ", ".join(
        member.name for member in UpdateTableInput.members() if member.attribute in changes
    )
    return invalid(message, hint=f"The request has {names}; send one request for each.")


def _action(member: GlobalSecondaryIndexUpdate) -> IndexAction:
    """Return the action on an index.

    :raises ValidationException: the member has no action, or several.
    """
    actions = [one for one in (member.update, member.create, member.delete) if one is not None]
    if not actions:
        raise invalid(
            "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
            "GlobalSecondaryIndexUpdate.Delete must not be null",
            hint="The object has none of the known members; set one of them.",
        )
    if len(actions) > 1:
        raise invalid(
            "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate "
            "object",
            hint="Make an object for each action.",
        )
    if member.update is not None:
        return IndexUpdate(
            member.update.index_name,
            provisioned(member.update.provisioned_throughput),
            on_demand(member.update.on_demand_throughput),
            warm(member.update.warm_throughput),
        )
    if member.create is not None:
        return new_global_index(member.create)
    assert member.delete is not None
    return IndexDeletion(member.delete.index_name)


def _vector_action(member: VectorIndexUpdate) -> VectorAction:
    """Return the action on a vector index.

    :raises ValidationException: the member has no action, or two.
    """
    if member.create is not None and member.delete is not None:
        raise invalid(
            "Only one vector index action is allowed per VectorIndexUpdate object",
            hint="Make an object for each action.",
        )
    if member.create is not None:
        return new_vector_index(member.create)
    if member.delete is None:
        raise invalid(
            "One of VectorIndexUpdate.Create, VectorIndexUpdate.Delete must not be null",
            hint="The object has none of the known members; set one of them.",
        )
    return VectorIndexDeletion(member.delete.index_name)


def check_content(changes: TableUpdate) -> None:
    """Check the rules that need no table."""
    update_index.check_actions(changes.indexes)
    key_rules.table_class(changes.table_class)
    if changes.stream is not None:
        stream_specification.check_change(changes.stream)
    if changes.billing_mode == "PROVISIONED" and changes.throughput is None:
        raise invalid(
            "ProvisionedThroughput must be specified when BillingMode is PROVISIONED",
            hint="Give ProvisionedThroughput with ReadCapacityUnits and WriteCapacityUnits.",
        )
    if changes.billing_mode is not None and changes.throughput is not None:
        throughput.check_goes_with(changes.billing_mode, changes.throughput)


OPERATIONS: Final[Mapping[str, Operation]] = {
    "UpdateTable": Operation(UpdateTableInput, update_table, Kind.CONTROL, single_entry),
}
