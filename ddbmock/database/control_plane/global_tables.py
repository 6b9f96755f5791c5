"""Global tables of version 2017.11.29: groups of existing tables, one in each region.

Source: Developer Guide, "Global tables version 2017.11.29 (Legacy)"; texts marked as assumed are not
known from the service.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ddbmock.database.arn import REGIONS, partition
from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane.key_rules import invalid
from ddbmock.database.control_plane.replica_creation import NEW_AND_OLD
from ddbmock.database.control_plane.replicas import check_region
from ddbmock.database.schema import (
    VERSION_2017,
    Replica,
    Replication,
    TableDescription,
)
from ddbmock.errors import (
    GlobalTableAlreadyExistsException,
    GlobalTableNotFoundException,
    ReplicaAlreadyExistsException,
    ReplicaNotFoundException,
    TableNotFoundException,
)
from ddbmock.frozen import replace
from ddbmock.named_tuple import NamedTuple


class Member(NamedTuple):
    """A replica: the tables of its region, and its description."""

    tables: Tables
    table: TableDescription

    @property
    def region(self) -> str:
        return self.tables.call.region


class GlobalTable(NamedTuple):
    """A global table of version 2017.11.29."""

    name: str
    created_at: float
    members: tuple[Member, ...]
    """By region."""

    @property
    def regions(self) -> list[str]:
        return [member.region for member in self.members]

    def member(self, region: str) -> Member:
        """Return the replica of a region.

        :raises ReplicaNotFoundException: there is none.
        """
        found = next((one for one in self.members if one.region == region), None)
        if found is None:
            raise ReplicaNotFoundException(  # assumed: the text is not known
                f"Replica not found: Global table '{self.name}' has no replica in region: "
                f"'{region}'.",
                hint=f"The global table has replicas in: {', '.join(self.regions)}.",
            )
        return found


def create(tables: Tables, name: str, regions: Iterable[str]) -> GlobalTable:
    """Create a global table from the tables with one name in several regions.

    :raises GlobalTableAlreadyExistsException: one of them is a replica already.
    :raises TableNotFoundException: a region has no such table.
    :raises ValidationException: the tables do not fit together.
    """
    chosen = sorted(dict.fromkeys(regions))
    if not chosen:
        raise invalid(  # assumed: the text is not known
            "ReplicationGroup must have at least one region", hint="Name the regions to join."
        )
    members = [_candidate(tables, name, region) for region in chosen]
    for member in members:
        if member.table.replication is not None:
            raise GlobalTableAlreadyExistsException(  # assumed: the text is not known
                f"Global table already exists: Global table with name: '{name}' already exists.",
                hint=f"The table in {member.region} has replicas.",
            )
    _check_alike(members)
    _save(name, members, tables.now)
    return find(tables, name)


def find(tables: Tables, name: str) -> GlobalTable:
    """Return a global table.

    :raises GlobalTableNotFoundException: there is none of version 2017.11.29.
    """
    own = tables.call.region
    for region in (own, *(one for one in REGIONS if one != own)):
        found = _seen_from(tables.in_region(region), name)
        if found is not None:
            return found
    raise GlobalTableNotFoundException(
        f"Global table with name: '{name}' does not exist.",
        hint="Only CreateGlobalTable makes global tables of this version. DescribeTable shows the "
        "replicas of version 2019.11.21.",
    )


def listed(tables: Tables, after: str, region: str | None) -> Iterator[GlobalTable]:
    """Yield the global tables after a name, in the order of names; all, or those with a replica in a region."""
    names: set[str] = set()
    for one in REGIONS if region is None else [region]:
        there = tables.in_region(one)
        names.update(
            table.name
            for table in there.sound_descriptions(after)
            if table.replication is not None and table.replication.version == VERSION_2017
        )
    for name in sorted(names):
        yield find(tables, name)


def update(
    tables: Tables, name: str, created: Iterable[str], deleted: Iterable[str]
) -> GlobalTable:
    """Add and remove replicas; return the global table, without members if the last was removed.

    :raises GlobalTableNotFoundException: there is no such global table.
    :raises ReplicaAlreadyExistsException: a region has a replica already.
    :raises ReplicaNotFoundException: a region has no replica.
    :raises TableNotFoundException: a region has no table of this name.
    """
    table = find(tables, name)
    members = {member.region: member for member in table.members}
    for region in created:
        if region in members:
            raise ReplicaAlreadyExistsException(  # assumed: the text is not known
                f"Replica already exists: Global table '{name}' has a replica in region: "
                f"'{region}'.",
                hint=f"The global table has replicas in: {', '.join(sorted(members))}.",
            )
        members[region] = _candidate(tables, name, region)
        _check_alike(list(members.values()), new=region)
    for region in deleted:
        leaving = table.member(region)
        members.pop(region, None)
        leaving.tables.change(name, (tables.now, _with(None)))
    _save(name, list(members.values()), table.created_at)
    return table._replace(members=tuple(members[region] for region in sorted(members)))


def _candidate(tables: Tables, name: str, region: str) -> Member:
    check_region(region, tables.call.region)
    there = tables.in_region(region)
    table = there.describe(name)
    if table is None:
        raise TableNotFoundException(
            f"Table not found: Table: '{name}' not found in region: '{region}'.",
            hint=f"Create the table in {region} first.",
        )
    return Member(there, table)


def _check_alike(members: list[Member], new: str | None = None) -> None:
    """Raise if tables cannot be replicas of one another.

    :raises ValidationException: they have items or different keys, or no stream with both images.
    """
    first = members[0].table
    prefixes = [member.table.prefix for member in members]
    if len(set(prefixes)) < len(prefixes):
        raise invalid(
            "Replicas must be in different regions",
            hint="All regions share their tables here. Separate them by the setting "
            "ddbmock.databases.",
        )
    for member in members:
        table, region = member.table, member.region
        stream = table.stream
        # assumed: the texts are not known
        if stream is None or not stream.enabled or stream.view_type != NEW_AND_OLD:
            raise invalid(
                f"Table in region '{region}' must have a stream with StreamViewType {NEW_AND_OLD}",
                hint="UpdateTable with StreamSpecification switches it on.",
            )
        if (new is None or region == new) and member.tables.reader.total(table.space())[0]:
            raise invalid(
                f"Table in region '{region}' must be empty",
                hint="Items of this version do not replicate to regions that join later.",
            )
        if table.key_schema != first.key_schema or _indexes(table) != _indexes(first):
            raise invalid(
                "Tables must have the same key schema and global secondary indexes",
                hint=f"The tables in {members[0].region} and {region} differ.",
            )


def _indexes(table: TableDescription) -> dict[str, object]:
    return {index.name: index.key_schema for index in table.global_indexes}


def _save(name: str, members: list[Member], created_at: float) -> None:
    """Store the group in the description of each of its tables."""
    for member in members:
        replicas = tuple(
            Replica(other.region, other.table.prefix) for other in members if other is not member
        )
        group = Replication(member.region, replicas, VERSION_2017, created_at=created_at)
        member.tables.change(name, (member.tables.now, _with(group)))


def _with(group: Replication | None) -> Callable[[TableDescription], TableDescription]:
    return lambda table: replace(table, replication=group)


def _seen_from(tables: Tables, name: str) -> GlobalTable | None:
    table = tables.describe(name)
    group = None if table is None else table.replication
    if table is None or group is None or group.version != VERSION_2017:
        return None
    members = {tables.call.region: Member(tables, table)}
    for replica in group.replicas:
        there = tables.in_region(replica.region)
        description = there.describe(name)
        if description is not None:
            members[replica.region] = Member(there, description)
    ordered = tuple(members[region] for region in sorted(members))
    return GlobalTable(name, group.created_at, ordered)


def arn(tables: Tables, name: str) -> str:
    """Return the ARN of a global table, which has no region."""
    call = tables.call
    return f"arn:{partition(call.region)}:dynamodb::{call.account_id}:global-table/{name}"
