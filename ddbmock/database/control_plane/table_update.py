"""UpdateTable's request, as the control plane reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddbmock.database.control_plane.throughput import Units
from ddbmock.database.control_plane.update_index import IndexAction
from ddbmock.database.key import KeyAttribute
from ddbmock.frozen import dataclass, replace

if TYPE_CHECKING:
    from ddbmock.database.control_plane.encryption import Encryption
    from ddbmock.database.control_plane.stream_specification import StreamChange
    from ddbmock.database.control_plane.update_vector_index import VectorAction


@dataclass(frozen=True)
class TableUpdate:
    """Changes of a table as a request specifies them; None leaves a member unchanged."""

    name: str
    definitions: tuple[KeyAttribute, ...] | None = None
    billing_mode: str | None = None
    throughput: Units | None = None
    indexes: tuple[IndexAction, ...] = ()
    vector_indexes: tuple[VectorAction, ...] = ()
    stream: StreamChange | None = None
    encryption: Encryption | None = None
    table_class: str | None = None
    deletion_protection: bool | None = None
    on_demand: Units | None = None
    warm: Units | None = None
    decreases_a_day: int | None = None
    """The most decreases of throughput in a UTC day under the rules of the first API, where a request may
    at most double it; None for today's rules."""

    @property
    def changes_billing_alone(self) -> bool:
        return self._has_only("billing_mode")

    @property
    def changes_class_alone(self) -> bool:
        return self._has_only("table_class")

    def _has_only(self, member: str) -> bool:
        others = replace(self, definitions=None, **{member: None})  # type: ignore[arg-type]  # its own
        return others == TableUpdate(self.name)
