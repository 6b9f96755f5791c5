"""Actions on the replicas of a global table, as requests specify them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TypeAlias

from ddbmock.frozen import dataclass


@dataclass(frozen=True)
class Overrides:
    """The settings of a replica that may differ between replicas; None does not differ."""

    read_units: int | None = None
    max_read_units: int | None = None
    table_class: str | None = None
    kms_key: str | None = None
    indexes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """True if the replica has all settings of the table."""
        return self == Overrides()


@dataclass(frozen=True)
class ReplicaCreation:
    """The addition of a replica."""

    region: str
    overrides: Overrides


@dataclass(frozen=True)
class ReplicaUpdate:
    """A change of a replica's settings."""

    region: str
    overrides: Overrides


@dataclass(frozen=True)
class ReplicaDeletion:
    """The removal of a replica with its items."""

    region: str


@dataclass(frozen=True)
class Disassociation:
    """The separation of a replica from its group; it becomes a table without replicas."""

    region: str


ReplicaAction: TypeAlias = ReplicaCreation | ReplicaUpdate | ReplicaDeletion | Disassociation


@dataclass(frozen=True)
class GroupUpdate:
    """Changes of the replicas of a table, as a request specifies them."""

    name: str
    actions: tuple[ReplicaAction, ...] = ()
    strong: bool = False
    """Whether the request asks for strong consistency between regions."""
    new_witness: str | None = None
    """The region of a witness to add."""
    old_witness: str | None = None
    """The region of the witness to remove."""
