"""One database with its controls: clock, forks and snapshots, requests, trouble.

Clients and servers are layers above it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from ddbmock import storage
from ddbmock.clock import AdjustableClock, Clock
from ddbmock.database import Call, DynamoDB
from ddbmock.errors import DynamoDBError
from ddbmock.named_tuple import NamedTuple
from ddbmock.operations.api import Target
from ddbmock.service.request_log import Requests
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from ddbmock.storage import Storage, UnsupportedError

if TYPE_CHECKING:
    from ddbmock.authorization import AccessControl
    from ddbmock.fault_injection import Trouble
    from ddbmock.service.backfill_control import BackfillControl
    from ddbmock.service.key_counts import KeyCounts
    from ddbmock.service.replication_control import ReplicationControl


@runtime_checkable
class Restorable(Protocol):
    """A storage engine that can restore earlier content: the memory engine."""

    def snapshot(self) -> Any:
        """Return the current content."""

    def restore(self, snapshot: Any) -> None:
        """Replace the content by that of a snapshot."""


class Snapshot(NamedTuple):
    """The content of a database at one moment."""

    content: Any
    engine: str


class _Insights:
    """Counts of keys, created for the first call that is counted.

    It does not know the instance, so an instance is freed with its last reference, without the
    garbage collector: a test run creates thousands.
    """

    def observe(
        self, target: Target, call: Call, body: Mapping[str, Any], error: DynamoDBError | None
    ) -> None:
        self.counts.observe(target, call, body, error)

    @cached_property
    def counts(self) -> KeyCounts:
        from ddbmock.service.key_counts import KeyCounts

        return KeyCounts()


Self = TypeVar("Self", bound="Instance")


class Instance:
    """A database with its controls."""

    clock: AdjustableClock
    """The time of the database: ``advance(hours=49)``, ``freeze()``, ``resume()``. Table states,
    time to live, idempotency tokens and throughput depend on it."""
    settings: Settings
    dynamodb: DynamoDB
    router: Router
    requests: Requests
    """The last requests, the oldest first, and their totals."""

    def __init__(self, *, clock: Clock | None = None, **settings: object) -> None:
        """Create a database; `settings` are those of ``docs/settings.rst``.

        ``DDBMOCK_*`` variables of the environment count as well.

        :raises SettingsError: a setting is unknown or wrong.
        :raises StorageError: the storage cannot be opened.
        """
        chosen = Settings.collect(settings, environment=os.environ)
        self._begin(storage.open(chosen.storage), chosen, AdjustableClock(clock))

    @classmethod
    def of(
        cls: type[Self],
        opened: Storage,
        settings: Settings,
        clock: AdjustableClock | None = None,
        requests: Requests | None = None,
    ) -> Self:
        """Return the database in a storage that is open already."""
        instance = cls.__new__(cls)
        instance._begin(opened, settings, clock or AdjustableClock())
        if requests is not None:
            instance.requests, instance.router.observer = requests, requests.observe
        return instance

    def _begin(self, opened: Storage, settings: Settings, clock: AdjustableClock) -> None:
        self.clock = clock
        self.settings = settings
        self.dynamodb = DynamoDB(opened, settings, clock)
        self.requests = Requests()
        self.router = Router(self.dynamodb, self.requests.observe)
        self._insights = _Insights()
        self.router.insights = self._insights.observe
        if settings.policies == "enforce" or settings.policy:
            self.access.enforce(settings.policy)

    @cached_property
    def access(self) -> AccessControl:
        """The identities of callers, and the check of their requests against policies."""
        from ddbmock.authorization import AccessControl

        self.router.guard = control = AccessControl(self.settings.account_id)
        return control

    @cached_property
    def replication(self) -> ReplicationControl:
        """The links between the regions of global tables: lag, holds, regions cut off."""
        from ddbmock.service.replication_control import ReplicationControl

        return ReplicationControl(self.dynamodb)

    @cached_property
    def backfill(self) -> BackfillControl:
        """The back-fill of indexes: ``hold("songs", "by-sound")``, ``release(...)``."""
        from ddbmock.service.backfill_control import BackfillControl

        region = getattr(self, "region", None) or self.settings.region or "us-east-1"
        return BackfillControl(self.dynamodb, region)

    @property
    def contributor_insights(self) -> KeyCounts:
        """The most accessed and throttled keys of tables with contributor insights."""
        return self._insights.counts

    @cached_property
    def trouble(self) -> Trouble:
        """Fault injection: faults, throttling, stale reads, small pages."""
        # Most tests use none, so it is imported on first use.
        from ddbmock.fault_injection import Trouble

        operations = {
            name: operation
            for api in self.router.apis.values()
            for name, operation in api.operations.items()
        }
        return Trouble(self.dynamodb, self._switch_trouble, operations)

    def fork(self: Self) -> Self:
        """Return an independent database with the same content, settings and time.

        Content is shared until one of them changes it, so a fork takes well below a millisecond for
        any amount of data.

        :raises UnsupportedError: the storage engine cannot.
        """
        fork = self._forked(self.settings)
        # Buckets are not part of a database: a fork uses the same ones.
        fork.dynamodb.object_store = self.dynamodb.object_store
        fork.dynamodb.links = self.dynamodb.links.copy()
        if "access" in self.__dict__:
            fork.access.take_over(self.access)
        return fork

    def _forked(self: Self, settings: Settings) -> Self:
        fork = type(self).__new__(type(self))
        fork._begin(self.dynamodb.storage.fork(), settings, self.clock.fork())
        fork.dynamodb.take_over(self.dynamodb)
        fork.router.jobs.take_over(self.router.jobs)
        return fork

    def snapshot(self) -> Snapshot:
        """Return the content of this moment, for :meth:`restore`.

        :raises UnsupportedError: the storage engine cannot.
        """
        engine = self._restorable()
        return Snapshot(engine.snapshot(), type(engine).__name__)

    def restore(self, snapshot: Snapshot) -> None:
        """Replace the content by that of a snapshot, any number of times; settings and time stay as
        they are.

        :raises UnsupportedError: the storage engine cannot, or the snapshot is another engine's.
        :raises TypeError: it is no snapshot.
        """
        engine = self._restorable()
        if not isinstance(snapshot, Snapshot):
            raise TypeError(f"restore() takes what snapshot() has returned, not {snapshot!r}.")
        if snapshot.engine != type(engine).__name__:
            raise UnsupportedError(f"The snapshot is of {snapshot.engine}.")
        engine.restore(snapshot.content)
        self.dynamodb.restored()

    def _restorable(self) -> Restorable:
        engine = self.dynamodb.storage
        if not isinstance(engine, Restorable):
            raise UnsupportedError(
                f"Snapshots need the storage memory://; {type(engine).__name__} has none."
            )
        return engine

    def settle(self) -> None:
        """Make all earlier writes visible to stale reads: see ``trouble.stale``."""
        self.trouble.settle()

    def _switch_trouble(self, on: bool) -> None:
        self.router.trouble = self.trouble if on else None

    def close(self) -> None:
        """Close the storage; the database cannot be used afterwards."""
        self.dynamodb.close()
