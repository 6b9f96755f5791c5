"""Rules of global tables with strong consistency between regions.

Source: Developer Guide, "Multi-Region strong consistency", and texts recorded in October 2026. Texts
that begin with "One or more parameter values were invalid" are assumed.
"""

from __future__ import annotations

from typing import Final

from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane.key_rules import invalid
from ddbmock.database.control_plane.replica_actions import (
    Disassociation,
    GroupUpdate,
    ReplicaCreation,
    ReplicaDeletion,
)
from ddbmock.database.schema import TableDescription
from ddbmock.errors import ValidationException

REGION_SETS: Final = (
    frozenset({"us-east-1", "us-east-2", "us-west-2"}),
    frozenset({"eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1"}),
    frozenset({"ap-northeast-1", "ap-northeast-2", "ap-northeast-3"}),
)
"""Sets of regions. The replicas and the witness of a table must all be in one of them."""

ONLY_ONE: Final = (
    "Deletion of only one table replica is not supported for global tables with "
    "MultiRegionConsistency set to STRONG."
)

REGIONS: Final = 3
"""The number of regions, including the witness's."""


def check_kinds(table: TableDescription, request: GroupUpdate) -> None:
    """Check that an update to strong consistency only creates replicas.

    :raises ValidationException: it does not.
    """
    creating = all(isinstance(action, ReplicaCreation) for action in request.actions)
    if request.strong and table.replication is None and not creating:
        raise ValidationException(
            "Only Replica Create actions are supported when MultiRegionConsistency parameter is "
            "provided.",
            hint="Create two replicas, or one replica and a witness, in the same request.",
        )


def check(tables: Tables, table: TableDescription, request: GroupUpdate) -> None:
    """Check the rules of strong consistency for an update of replicas.

    :raises ValidationException: the update breaks one.
    """
    if table.replication is not None and table.replication.strong:
        _check_end(table, request)
    elif request.strong:
        _check_start(tables, table, request)
    elif request.new_witness is not None or request.old_witness is not None:
        raise ValidationException(
            "MultiRegionConsistency must be set as STRONG when GlobalTableWitnessUpdates parameter "
            "is present.",
            hint="Set MultiRegionConsistency to STRONG, or leave GlobalTableWitnessUpdates out.",
        )


def _check_start(tables: Tables, table: TableDescription, request: GroupUpdate) -> None:
    if table.replication is not None:
        raise ValidationException(
            "MultiRegionConsistency parameter is unsupported on existing global table",
            hint="Only a table without replicas can become a global table that is STRONG.",
        )
    regions = {tables.call.region, *(action.region for action in request.actions)}
    if request.new_witness is not None:
        regions.add(request.new_witness)
    if len(regions) != REGIONS:
        raise invalid(
            "A global table with MultiRegionConsistency STRONG must have exactly three Regions",
            hint=f"The request leads to {len(regions)}: {', '.join(sorted(regions))}. Create two "
            "replicas, or one replica and a witness.",
        )
    if not any(regions <= one for one in REGION_SETS):
        listed = "; ".join(", ".join(sorted(one)) for one in REGION_SETS)
        raise invalid(
            "The Regions do not support MultiRegionConsistency STRONG together",
            hint=f"All three must be in one of these sets: {listed}.",
        )
    if tables.reader.total(table.space())[0]:
        raise invalid(
            "The table must be empty to set MultiRegionConsistency to STRONG",
            hint=f"Table {table.name!r} has items.",
        )
    if table.local_indexes or (table.time_to_live is not None and table.time_to_live.enabled):
        raise invalid(
            "Local secondary indexes and time to live are not supported with "
            "MultiRegionConsistency STRONG",
            hint=f"Table {table.name!r} has local indexes or a time to live. Use a table without them.",
        )


def _check_end(table: TableDescription, request: GroupUpdate) -> None:
    """Check that an update removes all other regions from the group at once."""
    group = table.replication
    assert group is not None
    if any(isinstance(action, Disassociation) for action in request.actions):
        raise invalid(
            "Replicas cannot be disassociated with MultiRegionConsistency STRONG",
            hint="Delete the other replicas instead.",
        )
    if any(isinstance(action, ReplicaCreation) for action in request.actions) or request.strong:
        raise ValidationException(
            "Cannot add replicas to a global table with strong MultiRegionConsistency",
            hint="All replicas are created in one request.",
        )
    removed = {a.region for a in request.actions if isinstance(a, ReplicaDeletion)}
    if not removed and request.old_witness is None:
        return
    rest = [*(one.region for one in group.replicas), *filter(None, [group.witness])]
    hint = f"Delete in one request: {', '.join(rest)}."
    if removed != {one.region for one in group.replicas}:
        raise ValidationException(ONLY_ONE, hint=hint)
    if request.old_witness != group.witness:
        raise ValidationException(
            "Update table delete operation does not include all witnesses.", hint=hint
        )


def check_deletion(table: TableDescription) -> None:
    """Check that a table does not leave strongly consistent replicas behind.

    :raises ValidationException: it does.
    """
    group = table.replication
    if group is not None and group.strong and group.replicas:
        raise ValidationException(
            ONLY_ONE, hint="UpdateTable with ReplicaUpdates deletes the other replicas first."
        )


def check_time_to_live(table: TableDescription) -> None:
    """Check that a table supports time to live.

    :raises ValidationException: its replicas are strongly consistent.
    """
    if table.replication is not None and table.replication.strong:
        raise ValidationException(
            "Time to live is not supported for global tables with MultiRegionConsistency STRONG",
            hint=f"Table {table.name!r} has strongly consistent replicas.",
        )
