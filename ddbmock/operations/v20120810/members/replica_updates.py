"""Members of UpdateTable about the replicas of a global table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, TypeAlias

from ddbmock.database.control_plane.replica_actions import (
    Disassociation,
    Overrides,
    ReplicaAction,
    ReplicaCreation,
    ReplicaDeletion,
    ReplicaUpdate,
)
from ddbmock.errors import ValidationException
from ddbmock.operations.v20120810.members.inputs import IndexName
from ddbmock.shapes import Enum, Length, Long, Range, Structure

TableClass: TypeAlias = Annotated[str, Enum("STANDARD", "STANDARD_INFREQUENT_ACCESS")]
MultiRegionConsistency: TypeAlias = Annotated[str, Enum("EVENTUAL", "STRONG")]


class ProvisionedThroughputOverride(Structure):
    read_capacity_units: Annotated[Long, Range(1)] | None = None


class OnDemandThroughputOverride(Structure):
    max_read_request_units: Long | None = None


class ReplicaGlobalSecondaryIndex(Structure):
    index_name: IndexName
    provisioned_throughput_override: ProvisionedThroughputOverride | None = None
    on_demand_throughput_override: OnDemandThroughputOverride | None = None


class CreateReplicationGroupMemberAction(Structure):
    region_name: str
    kms_master_key_id: str | None = None
    provisioned_throughput_override: ProvisionedThroughputOverride | None = None
    on_demand_throughput_override: OnDemandThroughputOverride | None = None
    global_secondary_indexes: Annotated[list[ReplicaGlobalSecondaryIndex], Length(1)] | None = None
    table_class_override: TableClass | None = None

    names: ClassVar[Mapping[str, str]] = {"kms_master_key_id": "KMSMasterKeyId"}


class UpdateReplicationGroupMemberAction(CreateReplicationGroupMemberAction):
    pass


class DeleteReplicationGroupMemberAction(Structure):
    region_name: str


class DisassociateReplicationGroupMemberAction(Structure):
    region_name: str
    disassociation_mode: Annotated[str, Enum("WAIT_FOR_REPLICATION")]


class ReplicationGroupUpdate(Structure):
    create: CreateReplicationGroupMemberAction | None = None
    update: UpdateReplicationGroupMemberAction | None = None
    delete: DeleteReplicationGroupMemberAction | None = None
    disassociate: DisassociateReplicationGroupMemberAction | None = None


class CreateGlobalTableWitnessGroupMemberAction(Structure):
    region_name: str


class DeleteGlobalTableWitnessGroupMemberAction(Structure):
    region_name: str


class GlobalTableWitnessGroupUpdate(Structure):
    create: CreateGlobalTableWitnessGroupMemberAction | None = None
    delete: DeleteGlobalTableWitnessGroupMemberAction | None = None


def replica_action(member: ReplicationGroupUpdate) -> ReplicaAction:
    """Return the action of an element of ReplicaUpdates.

    :raises ValidationException: it has no action, or several.
    """
    actions: list[ReplicaAction] = []
    if member.create is not None:
        actions.append(ReplicaCreation(member.create.region_name, overrides(member.create)))
    if member.update is not None:
        actions.append(ReplicaUpdate(member.update.region_name, overrides(member.update)))
    if member.delete is not None:
        actions.append(ReplicaDeletion(member.delete.region_name))
    if member.disassociate is not None:
        actions.append(Disassociation(member.disassociate.region_name))
    if not actions:
        raise ValidationException(
            "There are no actions specified in the Replica Update Action of the request.",
            hint="Give each element Create, Update, Delete or Disassociate.",
        )
    if len(actions) > 1:
        raise several_kinds()
    return actions[0]


def several_kinds() -> ValidationException:
    """Return the error about actions of different kinds in one request."""
    return ValidationException(
        "Update table operation with more than one type of replica actions not allowed.",
        hint="Send an UpdateTable for each of Create, Update, Delete and Disassociate.",
    )


def replica_actions(members: Sequence[ReplicationGroupUpdate]) -> tuple[ReplicaAction, ...]:
    """Return the actions of ReplicaUpdates, each once.

    :raises ValidationException: an element has no action, or there are actions of different kinds.
    """
    actions: list[ReplicaAction] = []
    for action in map(replica_action, members):
        if action not in actions:
            actions.append(action)
    if len({type(action) for action in actions}) > 1:
        raise several_kinds()
    return tuple(actions)


def overrides(member: CreateReplicationGroupMemberAction) -> Overrides:
    """Return the settings in which a replica differs."""
    return Overrides(
        read_units=_read_units(member.provisioned_throughput_override),
        max_read_units=_max_read_units(member.on_demand_throughput_override),
        table_class=member.table_class_override,
        kms_key=member.kms_master_key_id,
        indexes={one.index_name: _index(one) for one in member.global_secondary_indexes or ()},
    )


def _index(member: ReplicaGlobalSecondaryIndex) -> Mapping[str, int]:
    units = {
        "read": _read_units(member.provisioned_throughput_override),
        "max_read": _max_read_units(member.on_demand_throughput_override),
    }
    return {kind: value for kind, value in units.items() if value is not None}


def _read_units(member: ProvisionedThroughputOverride | None) -> int | None:
    return None if member is None else member.read_capacity_units


def _max_read_units(member: OnDemandThroughputOverride | None) -> int | None:
    return None if member is None else member.max_read_request_units


def witnesses(members: Sequence[GlobalTableWitnessGroupUpdate]) -> tuple[str | None, str | None]:
    """Return the region of the witness to create and the region of the witness to delete."""
    new = [one.create.region_name for one in members if one.create is not None]
    old = [one.delete.region_name for one in members if one.delete is not None]
    return (new[0] if new else None), (old[0] if old else None)
