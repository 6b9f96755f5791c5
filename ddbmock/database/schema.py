"""Descriptions of tables, their indexes and their settings."""

from __future__ import annotations

import dataclasses
from bisect import bisect_right
from collections.abc import Mapping
from typing import Any, Final

from ddbmock.database.key import KeyAttribute, KeySchema
from ddbmock.database.stored_key import DIGEST_SIZE
from ddbmock.frozen import cached_property, dataclass
from ddbmock.named_tuple import NamedTuple

CATALOGUE: Final = "catalogue"
"""The storage space of the tables' states, after the prefix of the caller's catalogue.

The counter of the same name counts the tables.
"""
RECOVERING: Final = "recovering"
"""The storage space of the names of tables with point-in-time recovery, after the same prefix."""
BACKUPS: Final = "backups"
"""The storage space of backups, after the same prefix."""
UNSETTLED: Final = "unsettled"
"""The storage space of the names of tables in transition, after the same prefix."""

SETTINGS: Final = ("policies", "auto_scaling", "stamps", "in_flight")
"""The kinds of settings that are kept beside a table's description and end with the table."""

CREATING: Final = "CREATING"
ACTIVE: Final = "ACTIVE"
UPDATING: Final = "UPDATING"
DELETING: Final = "DELETING"

VERSION_2019: Final = "2019.11.21"
VERSION_2017: Final = "2017.11.29"
"""The versions of global tables."""

DAY: Final = 86400
"""Seconds of a day; UTC days begin at multiples of it."""


@dataclass(frozen=True)
class Throughput:
    """Provisioned units of a table or index, and the times of their changes."""

    read_units: int
    write_units: int
    last_increase: float | None = None
    last_decrease: float | None = None
    decreases: tuple[float, ...] = ()
    """Times of all decreases in the UTC day of the last decrease."""

    def decreases_on(self, now: float) -> int:
        """Return the number of decreases in the UTC day of a time."""
        return sum(at // DAY == now // DAY for at in self.decreases)


NO_THROUGHPUT: Final = Throughput(0, 0)


@dataclass(frozen=True)
class Projection:
    """The attributes that an index holds: ``ALL``, ``KEYS_ONLY``, or ``INCLUDE`` for more."""

    type: str
    non_key_attributes: tuple[str, ...] = ()


class SearchSchemaElement(NamedTuple):
    """An attribute by which vector searches can filter."""

    name: str
    type: str
    role: str
    """``HASH`` or ``INLINE_FILTER``."""


@dataclass(frozen=True)
class IndexDescription:
    """A secondary index."""

    name: str
    key_schema: KeySchema
    projection: Projection
    local: bool
    status: str = ACTIVE
    backfilling: bool = False
    online: bool = False
    """Whether it was added later, to a table that may hold items that do not fit its key."""
    throughput: Throughput = NO_THROUGHPUT
    on_demand: Mapping[str, int] = dataclasses.field(default_factory=dict)
    warm: Mapping[str, int] = dataclasses.field(default_factory=dict)
    warming: bool = False
    """Whether its warm throughput is being raised, which blocks no other change."""


@dataclass(frozen=True)
class VectorIndexDescription:
    """A vector index. Its HASH and INLINE_FILTER attributes make up its search schema."""

    name: str
    vector_attribute: str
    dimensions: int
    distance_function: str
    projection: Projection
    search_schema: tuple[SearchSchemaElement, ...] = ()
    status: str = ACTIVE
    backfilling: bool = False
    searchable_at: float = 0.0
    """The time from which searches find the ACTIVE index, in epoch seconds."""

    @cached_property
    def hash_key(self) -> SearchSchemaElement | None:
        return next((one for one in self.search_schema if one.role == "HASH"), None)

    @cached_property
    def filters(self) -> tuple[SearchSchemaElement, ...]:
        return tuple(one for one in self.search_schema if one.role != "HASH")


@dataclass(frozen=True)
class StreamDescription:
    """The stream of a table; a disabled one keeps its label."""

    enabled: bool
    view_type: str
    label: str
    boundaries: tuple[int, ...] = (0,)
    """The first digest of each open shard, ascending: see :mod:`.shards`."""

    def boundary_of(self, stored_key: bytes) -> int:
        """Return the boundary of the shard to which a table's stored key belongs."""
        boundaries = self.boundaries
        if len(boundaries) == 1:
            return 0
        digest = int.from_bytes(stored_key[:DIGEST_SIZE], "big")
        return boundaries[bisect_right(boundaries, digest) - 1]


def stream_id(table_id: str, label: str) -> str:
    """Return the identity of a stream, which precedes the names of its storage spaces."""
    return f"stream/{table_id}/{label}"


@dataclass(frozen=True)
class TimeToLive:
    """The attribute that holds an item's expiry time, and when this was last changed."""

    attribute_name: str
    enabled: bool
    changed_at: float


@dataclass(frozen=True)
class ContributorInsights:
    """Whether accesses to the keys of a table or index are counted, and since when."""

    enabled: bool
    mode: str
    changed_at: float
    since: float | None = None
    """When they were enabled; a change of the mode does not change it."""


@dataclass(frozen=True)
class Journal:
    """The purposes of a table's journal of changes."""

    epoch: int = 0
    """The number of moments that were held. Entries carry it, so that a moment separates changes
    exactly, even while the clock stands still."""
    held: int | None = None
    """The epoch of the newest moment that a backup or a job needs."""
    recovery_since: float | None = None
    """When point-in-time recovery was enabled; None: it is disabled."""
    recovery_days: int = 35
    history: bool = False
    """Whether every change is kept for :mod:`.control_plane.history`."""
    history_since: float | None = None
    """When that began; None in stores of earlier versions, which did not keep it."""

    @property
    def keeps_all(self) -> bool:
        """Whether every change is kept, not only those after the newest held moment."""
        return self.history or self.recovery_since is not None


@dataclass(frozen=True)
class Replica:
    """A replica of a global table in another region; what is None is as in this region."""

    region: str
    prefix: str
    """Of the catalogue that lists the replica."""
    status: str = ACTIVE
    read_units: int | None = None
    max_read_units: int | None = None
    table_class: str | None = None
    kms_key: str | None = None
    indexes: Mapping[str, Mapping[str, int]] = dataclasses.field(default_factory=dict)
    """Overrides of global indexes: ``read`` and ``max_read`` units by name."""


@dataclass(frozen=True)
class Replication:
    """The group of replicas that a table belongs to, as seen from the table's own region."""

    region: str
    replicas: tuple[Replica, ...]
    """The replicas in other regions."""
    version: str = VERSION_2019
    strong: bool = False
    witness: str | None = None
    """The region of the witness, if there is one."""
    witness_status: str = ACTIVE
    disassociation_protection: bool = True
    created_at: float = 0.0
    """When the global table was created, for version 2017.11.29."""

    @property
    def regions(self) -> frozenset[str]:
        """All regions with a replica."""
        return frozenset([self.region, *(replica.region for replica in self.replicas)])


@dataclass(frozen=True)
class KinesisDestination:
    """A Kinesis stream that gets a table's changes, or got them."""

    stream_arn: str
    status: str
    precision: str | None = None
    """Of timestamps: MILLISECOND or MICROSECOND; None if it was not given."""
    description: str = ""
    """Why it could not be enabled."""

    @property
    def live(self) -> bool:
        """Return whether it gets changes."""
        return self.status in ("ENABLING", "ACTIVE", "UPDATING")

    @property
    def region(self) -> str:
        """Return the region of the stream, which is the table's."""
        return (self.stream_arn.split(":") + [""] * 4)[3]


@dataclass(frozen=True)
class TableDescription:
    """One state of a table. Members that do not apply are empty or None."""

    name: str
    table_id: str
    created_at: float
    key_schema: KeySchema
    attributes: tuple[KeyAttribute, ...]
    """Attribute definitions, in the order of the request."""
    prefix: str = ""
    """The prefix of the catalogue that lists the table, if each caller has a catalogue."""
    status: str = ACTIVE
    updating: str = ""
    """The part of an UPDATING table that changes: see :mod:`.control_plane.admission`."""
    throughput: Throughput = NO_THROUGHPUT
    billing_mode: str | None = None
    """None until the table first has a billing mode other than PROVISIONED."""
    billing_changed_at: float | None = None
    """The time at which it last became PAY_PER_REQUEST."""
    billing_changes: tuple[float, ...] = ()
    """Times at which UpdateTable made it PAY_PER_REQUEST, within 24 hours of the last."""
    indexes: tuple[IndexDescription, ...] = ()
    vector_indexes: tuple[VectorIndexDescription, ...] = ()
    stream: StreamDescription | None = None
    kinesis: tuple[KinesisDestination, ...] = ()
    time_to_live: TimeToLive | None = None
    deletion_protection: bool = False
    shares_settings: bool = False
    """Whether other accounts may make replicas of it, whose settings are its own."""
    table_class: str | None = None
    table_class_changes: tuple[float, ...] = ()
    """Times of changes of the table class, within 30 days of the last."""
    sse: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    sse_changes: tuple[float, ...] = ()
    """Times of changes of the encryption, within 24 hours of the last."""
    on_demand: Mapping[str, int] = dataclasses.field(default_factory=dict)
    warm: Mapping[str, int] = dataclasses.field(default_factory=dict)
    warming: bool = False
    tags: Mapping[str, str] = dataclasses.field(default_factory=dict)
    tags_changing_until: float = 0.0
    insights: Mapping[str, ContributorInsights] = dataclasses.field(default_factory=dict)
    """Settings of contributor insights that were ever made, by index; the table's are under ""."""
    journal: Journal | None = None
    """The purposes for which changes are recorded: see :mod:`.data_plane.journal`."""
    restoring: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """The source of a table that is being restored: backup, table and time."""
    importing: bool = False
    """Whether the table is being created by an import."""
    replication: Replication | None = None

    @property
    def on_demand_billing(self) -> bool:
        return self.billing_mode == "PAY_PER_REQUEST"

    @cached_property
    def local_indexes(self) -> tuple[IndexDescription, ...]:
        return tuple([index for index in self.indexes if index.local])

    @cached_property
    def global_indexes(self) -> tuple[IndexDescription, ...]:
        return tuple([index for index in self.indexes if not index.local])

    @cached_property
    def kept_indexes(self) -> tuple[IndexDescription, ...]:
        """The indexes that are kept up to date: all but those in DELETING; global ones first."""
        indexes = (*self.global_indexes, *self.local_indexes)
        return tuple([index for index in indexes if index.status != DELETING])

    @cached_property
    def has_followers(self) -> bool:
        """Whether item changes are handed on: see :mod:`.followers`."""
        return (
            self.journal is not None
            or self.replication is not None
            or (self.stream is not None and self.stream.enabled)
            or any(destination.live for destination in self.kinesis)
        )

    @cached_property
    def watched(self) -> bool:
        """Whether calls note that they use the table: for contributor insights, or replicas."""
        return bool(self.insights) or self.replication is not None

    @cached_property
    def kept_vector_indexes(self) -> tuple[VectorIndexDescription, ...]:
        """The vector indexes that are kept up to date: all but those in DELETING."""
        return tuple(index for index in self.vector_indexes if index.status != DELETING)

    @cached_property
    def index_names(self) -> tuple[str, ...]:
        """The names of all indexes of any kind."""
        return (
            *(index.name for index in self.indexes),
            *(index.name for index in self.vector_indexes),
        )

    def vector_index(self, name: str) -> VectorIndexDescription | None:
        return next((index for index in self.vector_indexes if index.name == name), None)

    def index(self, name: str) -> IndexDescription | None:
        return next((index for index in self.indexes if index.name == name), None)

    def space(self, index: str | None = None) -> str:
        """Return the name of the storage space (and counter) of the items or of an index."""
        return self.table_id if index is None else f"{self.table_id}/{index}"

    def settings_space(self, kind: str) -> str:
        """Return the name of the storage space of the table's settings of one of
        :data:`SETTINGS`."""
        return f"{self.table_id}//{kind}"
