"""The group of a global table's replicas, as the description of each of them lists it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane.changes import Change
from ddbmock.database.schema import (
    DELETING,
    Replica,
    Replication,
    TableDescription,
)
from ddbmock.frozen import replace
from ddbmock.named_tuple import NamedTuple

GroupChange: TypeAlias = Callable[[tuple[Replica, ...]], tuple[Replica, ...]]


class Transition(NamedTuple):
    """The changes that an action makes to the table of the request, now and at the end."""

    done: float
    at_once: Change
    at_last: Change


def others(tables: Tables, table: TableDescription) -> Iterator[tuple[Tables, TableDescription]]:
    """Yield the replicas of a table in other regions, each with its region's tables."""
    group = table.replication
    for replica in group.replicas if group is not None else ():
        there = tables.in_region(replica.region)
        description = there.describe(table.name)
        if description is not None and description.replication is not None:
            yield there, description


def grouped(region: str, change: GroupChange) -> Change:
    """Return the change that updates the list of other replicas in a table's description.

    A table without replicas in other regions is not a global table.
    """

    def apply(table: TableDescription) -> TableDescription:
        group = table.replication or Replication(region, ())
        replicas = change(group.replicas)
        changed = replace(group, replicas=replicas) if replicas else None
        return replace(table, replication=changed)

    return apply


def regroup(
    tables: Tables,
    table: TableDescription,
    region: str,
    first: GroupChange,
    last: GroupChange,
    done: float,
) -> Transition:
    """Change the group in all regions except `region`; return the change for the request's table."""
    for there, _ in others(tables, table):
        own = there.call.region
        if own != region:
            there.change(
                table.name,
                (tables.now, grouped(own, first)),
                (done, grouped(own, last)),
            )
    own = tables.call.region
    return Transition(done, grouped(own, first), grouped(own, last))


def with_member(replica: Replica) -> GroupChange:
    """Return the change that adds a replica, or replaces the one in its region."""
    return lambda replicas: (
        *(one for one in replicas if one.region != replica.region),
        replica,
    )


def without_member(region: str) -> GroupChange:
    """Return the change that removes the replica of a region."""
    return lambda replicas: tuple(one for one in replicas if one.region != region)


def with_status(region: str, status: str) -> GroupChange:
    """Return the change that sets the status of the replica in a region."""
    return lambda replicas: tuple(
        replace(one, status=status) if one.region == region else one for one in replicas
    )


def leave(tables: Tables, table: TableDescription, end: float) -> None:
    """Remove a table that is being deleted from its group, where it is DELETING until `end`."""
    region = tables.call.region
    regroup(tables, table, region, with_status(region, DELETING), without_member(region), end)
