"""A database: its settings, clock and storage, and the calls to it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cached_property, lru_cache
from types import TracebackType
from typing import TYPE_CHECKING

from ddbmock import object_store
from ddbmock.clock import Clock, SystemClock
from ddbmock.database.arn import partition
from ddbmock.database.capacity import IndexUnits
from ddbmock.database.catalogue import Tables
from ddbmock.database.data_plane import expiry
from ddbmock.database.data_plane.replication_links import Links, may_wait
from ddbmock.database.schema import TableDescription
from ddbmock.database.statistics import Statistics
from ddbmock.errors import DynamoDBError, Stage
from ddbmock.later import later
from ddbmock.named_tuple import NamedTuple
from ddbmock.object_store import ObjectStore
from ddbmock.roll_out import RollOut, roll_out
from ddbmock.settings import Settings, SettingsError
from ddbmock.storage import DamagedError, Reader, Storage, StorageError, Writer, replicas_of

if TYPE_CHECKING:
    from ddbmock.database.data_plane import damaged_expiry, replication, vector_search
else:
    damaged_expiry, replication, vector_search = later(
        "ddbmock.database.data_plane", "damaged_expiry", "replication", "vector_search"
    )

if TYPE_CHECKING:
    from ddbmock.database.control_plane.kinesis_destinations import KinesisStreams
    from ddbmock.policies.decision import Identity
    from ddbmock.storage.group import Member


class DynamoDB:
    """A database with all its tables. A process can hold any number of them."""

    def __init__(
        self,
        storage: Storage,
        settings: Settings | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.storage = storage
        self.replicas = replicas_of(storage)
        """Copies of the storage for eventually consistent reads, if it has any."""
        self.settings = settings or Settings()
        self.clock = clock or SystemClock()
        self.object_store: ObjectStore = _object_store(self.settings)
        """The buckets of exports, imports and bulk operations."""
        self.kinesis: KinesisStreams | None = None
        """The streams of the Kinesis endpoint, if there is one; without it every stream exists."""
        self._expired_by: int | None = None
        self.expired = (0.0, 0.0)
        """The period, from and to, in which :meth:`expire` has nothing to do."""
        self.written = False
        """Whether anything was written since the last search for expired items."""
        self._unexpired: set[bytes] = set()
        """The keys of entries of the expiry queue that cannot be used, because of damage."""
        self.stuck_jobs: dict[tuple[str, str], StorageError] = {}
        """The failures that keep jobs from advancing, by the prefix of their caller and their key."""
        self._shared = self.settings.workers > 1
        """Whether other processes write to the storage as well."""
        self.links = Links()
        """The connections between the regions of global tables."""
        self.replicating = True
        """Whether changes may wait for their replication."""
        self.undelivered: tuple[bytes, ...] = ()
        """The keys of changes that cannot be replicated, because their records are damaged."""
        self.statistics = Statistics(
            self.clock,
            sample=self.settings.statistics_sample,
            aggregate=self.settings.statistics_aggregate,
        )

    @cached_property
    def matrices(self) -> vector_search.MatrixCache:
        """The vectors of searches that are kept in memory."""
        return vector_search.MatrixCache()

    def expire(self, now: float, prefix: str = "") -> None:
        """Delete the items whose time to live has ended, during a request of a caller.

        Searches at most once in each second of the clock. With ``ttl = prompt`` it searches after
        each write too, because an item may have expired before it is written.
        """
        settings = self.settings
        prompt = settings.ttl == "prompt"
        by = now if prompt else now - settings.ttl_delay
        if int(by) == self._expired_by and not (prompt and (self.written or self._shared)):
            return
        self._expired_by = int(by)
        self.written = False
        try:
            done = expiry.expire(self.storage, by=by, now=now)
        except DamagedError:
            known = self._unexpired
            done = damaged_expiry.expire(self.storage, prefix, by=by, now=now, known=known)
        if not done:
            self._expired_by = None
            self.expired = (0.0, 0.0)
        elif not prompt and by >= 0:
            self.expired = (now - by % 1.0, now - by % 1.0 + 1.0)
        self.replicating = True

    def replicate(self) -> None:
        """Deliver the changes of global tables that are due. Costs nothing if none can wait."""
        if self.replicating:
            self.replicating, self.undelivered = (
                replication.deliver(self.storage, self.links, self.clock.now())
                if may_wait(self.storage)
                else (False, ())
            )

    def take_over(self, origin: DynamoDB) -> None:
        """Take over what the origin of a fork knows about the content, which is still the same."""
        self._expired_by = origin._expired_by
        if self.settings == origin.settings:
            self.expired = origin.expired
        self.written = origin.written
        self.replicating = origin.replicating

    def restored(self) -> None:
        """Search for expired items and waiting changes again, because the content was replaced."""
        self._expired_by = None
        self.expired = (0.0, 0.0)
        if "matrices" in self.__dict__:
            self.matrices.clear()
        self.replicating = True

    def close(self) -> None:
        """Log the total statistics and close the storage; the database ends with it."""
        self.statistics.close()
        self.storage.close()

    def call(
        self,
        operation: str = "",
        region: str = "us-east-1",
        access_key: str = "",
        host: str = "",
    ) -> Call:
        """Return a call of an operation by one caller."""
        return Call(self, operation, region, access_key, host)


def _object_store(settings: Settings) -> ObjectStore:
    try:
        return object_store.open(settings.s3, settings.account_id)
    except ValueError as error:
        raise SettingsError(f"Setting ddbmock.s3 {error}, not {settings.s3!r}.") from None


class Consumption(NamedTuple):
    """Units that a call consumed on one table and its indexes."""

    table: str
    read_units: float
    write_units: float
    indexes: tuple[IndexUnits, ...]
    """The part of the units that was consumed on indexes."""


@lru_cache(maxsize=256)
def catalogue_prefix(databases: str, access_key: str, region: str) -> str:
    """Return the prefix of the storage spaces that have a caller's tables.

    >>> catalogue_prefix("one", "AKID", "eu-west-1"), catalogue_prefix("region", "AKID", "eu-west-1")
    ('', '/eu-west-1/')
    """
    if databases == "one":
        return ""
    return f"{access_key if databases == 'each' else ''}/{region}/"


class Call:
    """One call of an operation: its caller, the tables it sees, and the units it consumed.

    All callers see the same tables unless the setting ``databases`` separates them.
    """

    __slots__ = (
        "access_key",
        "caller",
        "clock",
        "consumed",
        "dynamodb",
        "hint",
        "host",
        "lagging",
        "limited",
        "member",
        "operation",
        "plan",
        "prefix",
        "primary",
        "region",
        "returned",
        "scan",
        "scanned",
        "settings",
        "warning",
        "watched",
    )

    def __init__(
        self, dynamodb: DynamoDB, operation: str, region: str, access_key: str, host: str
    ) -> None:
        self.dynamodb = dynamodb
        self.host = host
        self.operation = operation
        self.region = region
        self.access_key = access_key
        self.caller: Identity | None = None
        """The caller, while requests are checked against policies."""
        self.settings = settings = dynamodb.settings
        self.clock = dynamodb.clock
        self.limited = settings.limits == "aws"
        """Whether DynamoDB's limits apply."""
        self.prefix = (
            ""  # without the function's call, for most servers
            if settings.databases == "one"
            else catalogue_prefix(settings.databases, access_key, region)
        )
        self.consumed: list[Consumption] = []
        self.scanned = 0
        self.returned = 0
        self.scan = operation == "Scan"
        """Whether the call reads a whole table or index."""
        self.plan: str | None = None
        """The plan of a PartiQL SELECT: ``get``, ``query``, ``union of 3 reads`` or ``scan``."""
        self.hint: str | None = None
        """Advice about a call that succeeds."""
        self.warning: str | None = None
        """The advice, if the call probably did not do what was meant."""
        self.watched: list[TableDescription] | None = None
        """The tables with contributor insights or replicas that the call has used."""
        self.primary = False
        """Whether all reads go to the primary."""
        self.lagging = False
        """Whether the call has read from a standby."""
        self.member: Member | None = None
        """The write block of the call, if it is one of a group."""

    def in_region(self, region: str) -> Call:
        """Return the same caller's call in another region."""
        return Call(self.dynamodb, self.operation, region, self.access_key, self.host)

    @property
    def undelivered(self) -> tuple[bytes, ...]:
        """The keys of changes that cannot be replicated, because their records are damaged."""
        return self.dynamodb.undelivered

    @property
    def stuck_jobs(self) -> dict[tuple[str, str], StorageError]:
        """The failures that keep jobs from advancing, by the prefix of their caller and their key."""
        return self.dynamodb.stuck_jobs

    def watch(self, table: TableDescription) -> None:
        """Note a table with contributor insights or replicas that the call uses."""
        self.watched = [*(self.watched or ()), table]

    def begin_again(self) -> None:
        """Reset the consumed units before another attempt."""
        self.consumed = []
        self.scanned = self.returned = 0
        self.watched = None

    @property
    def roll_out(self) -> RollOut:
        """The waves of AWS's new request validation that this request meets."""
        return roll_out(self.settings.wording, self.region)

    @property
    def account_id(self) -> str:
        return self.settings.account_id

    def read_primary(self) -> None:
        """Begin again on the primary, because a replica has failed or lags behind."""
        self.begin_again()
        self.hint = self.warning = self.plan = None
        self.primary, self.lagging = True, False

    def read(self, *, consistent: bool = True) -> Unit:
        """Return a unit of work that reads one state, which can be that of a replica unless
        `consistent`."""
        dynamodb = self.dynamodb
        if consistent or dynamodb.replicas is None or self.primary:
            return Unit(self, dynamodb.storage.read(), writing=False)
        self.lagging = True
        return Unit(self, dynamodb.replicas.read(), writing=False)

    def write(self) -> Unit:
        """Return a unit of work whose changes are applied as a whole or not at all."""
        return Unit(self, self.member or self.dynamodb.storage.write(), writing=True)

    def table_arn(self, name: str) -> str:
        """Return the ARN of a table of this caller."""
        start = f"arn:{partition(self.region)}:dynamodb"
        return f"{start}:{self.region}:{self.account_id}:table/{name}"

    def consume(
        self,
        table: str,
        read_units: float = 0.0,
        write_units: float = 0.0,
        indexes: tuple[IndexUnits, ...] = (),
    ) -> None:
        """Record consumed units. The totals include `indexes`, which lists them by index."""
        self.consumed.append(Consumption(table, read_units, write_units, indexes))


class Unit:
    """A unit of work; entering it with ``with`` gives the :class:`Tables`."""

    __slots__ = ("_call", "_transaction", "_writing")

    def __init__(
        self,
        call: Call,
        transaction: AbstractContextManager[Reader] | AbstractContextManager[Writer],
        *,
        writing: bool,
    ) -> None:
        self._call = call
        self._transaction = transaction
        self._writing = writing

    def __enter__(self) -> Tables:
        reader = self._transaction.__enter__()
        try:
            return Tables(self._call, reader, self._writing)
        except BaseException as error:
            # A clock may raise, and an interrupt may arrive.
            self.__exit__(type(error), error, error.__traceback__)
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, DynamoDBError):
            error.found_at(Stage.TABLE)
        try:
            self._transaction.__exit__(kind, error, traceback)
        except BaseException:
            if self._writing:
                self._call.dynamodb.storage.abandon()
            raise
        if self._writing:
            self._call.dynamodb.written = True
