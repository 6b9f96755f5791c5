"""The user's handle on one database: its state, its clock, its requests and its clients."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, runtime_checkable

from ddbmock import storage
from ddbmock.clock import AdjustableClock, Clock
from ddbmock.database import DynamoDB
from ddbmock.embedded.hints import annotate
from ddbmock.errors import DynamoDBError
from ddbmock.review import Requests
from ddbmock.router import Router
from ddbmock.settings import Settings
from ddbmock.storage import Storage, UnsupportedError
from ddbmock.table_sources import TableSource, tables_in
from ddbmock.testing.limits import Limit, Limited
from ddbmock.trouble import Trouble

if TYPE_CHECKING:
    from ddbmock.embedded.clients import Clients


@runtime_checkable
class Restorable(Protocol):
    """What a storage engine has when its content can be set back: the memory engine has it."""

    def snapshot(self) -> Any:
        """The content of this moment."""

    def restore(self, snapshot: Any) -> None:
        """Make a snapshot of such an engine the content."""


class Snapshot(NamedTuple):
    """The content of a database at one moment."""

    content: Any
    engine: str


class Database:
    """One database inside this process. Any number of them may live beside one another.

    >>> db = Database(delay_creating=60)
    >>> db.settings.delay_creating
    60.0
    >>> db.close()
    """

    clock: AdjustableClock
    """Its time: ``advance(hours=49)``, ``freeze()``, ``resume()``. Table states, time to live,
    idempotency tokens and throughput all go by it."""
    settings: Settings
    dynamodb: DynamoDB
    router: Router
    requests: Requests
    """The last requests, the oldest first, and their totals."""
    trouble: Trouble
    """What goes wrong: faults, throttling, stale reads, small pages."""
    server: Server | None
    """The one that :meth:`serve` started last."""

    def __init__(self, *, clock: Clock | None = None, **settings: object) -> None:
        """A new database; `settings` are those of ``docs/settings.rst``.

        ``DDBMOCK_*`` variables of the environment count as well.

        :raises SettingsError: a setting is unknown or wrong.
        """
        chosen = Settings.collect(settings, environment=os.environ)
        self._begin(storage.open(chosen.storage), chosen, AdjustableClock(clock))

    def _begin(self, opened: Storage, settings: Settings, clock: AdjustableClock) -> None:
        self.clock = clock
        self.settings = settings
        self.dynamodb = DynamoDB(opened, settings, clock)
        self.requests = Requests()
        self.router = Router(self.dynamodb, self.requests.observe)
        self.trouble = Trouble(self.dynamodb, self._switch_trouble)
        self.server = None
        self._made: list[Clients] = []
        self._ending = ExitStack()

    def fork(self) -> Database:
        """A database with the same content, settings and time, from then on apart.

        Content is shared until one of them changes it: this takes well below a millisecond,
        whatever there is.

        :raises UnsupportedError: the storage engine cannot.
        """
        fork = Database.__new__(Database)
        fork._begin(self.dynamodb.storage.fork(), self.settings, self.clock.fork())
        fork._made = self._made
        return fork

    def snapshot(self) -> Snapshot:
        """The content of this moment, for :meth:`restore`.

        :raises UnsupportedError: the storage engine cannot.
        """
        engine: Any = self._restorable()
        return Snapshot(engine.snapshot(), type(engine).__name__)

    def restore(self, snapshot: Snapshot) -> None:
        """Make a snapshot the content, as often as wanted; settings and time stay as they are.

        :raises UnsupportedError: the storage engine cannot, or the snapshot is another engine's.
        """
        engine: Any = self._restorable()
        if snapshot.engine != type(engine).__name__:
            raise UnsupportedError(f"The snapshot is of {snapshot.engine}.")
        engine.restore(snapshot.content)
        self.dynamodb.restored()

    def _restorable(self) -> Any:
        engine = self.dynamodb.storage
        if not isinstance(engine, Restorable):
            raise UnsupportedError(
                f"{type(engine).__name__} cannot be set back; the memory engine can."
            )
        return engine

    def settle(self) -> None:
        """Let stale reads see all that has been written by now: see ``trouble.stale``."""
        self.trouble.settle()

    def _switch_trouble(self, on: bool) -> None:
        self.router.trouble = self.trouble if on else None

    def create_tables(
        self, source: TableSource, parameters: Mapping[str, Any] | None = None
    ) -> list[str]:
        """Create the tables that a source defines, time to live included; gives their names.

        `source` is a CreateTable request, the answer of DescribeTable, a CloudFormation or SAM
        template, the path of a file with one or of a folder of such files, a PynamoDB model, or
        an iterable of any of these. The tables can be used at once: with ``delay_creating`` the
        clock is moved on until they are ACTIVE.

        :param parameters: values of a template's parameters, instead of their defaults.
        :raises TableSourceError: something in the source defines no table, or cannot be read.
        :raises DynamoDBError: a definition is refused; a note names the table and has the hint.
        """
        definitions = list(tables_in(source, parameters))
        for one in definitions:
            self._perform("CreateTable", one.create_table)
        if definitions and self.settings.delay_creating:
            self.clock.advance(self.settings.delay_creating)
        names = [str(one.create_table["TableName"]) for one in definitions]
        for name, one in zip(names, definitions, strict=True):
            if one.time_to_live:
                self._perform(
                    "UpdateTimeToLive",
                    {"TableName": name, "TimeToLiveSpecification": one.time_to_live},
                )
        return names

    def _perform(self, operation: str, request: Mapping[str, Any]) -> None:
        try:
            self.router.perform(self.router.target(f"DynamoDB_20120810.{operation}"), request)
        except DynamoDBError as error:
            annotate(
                error, f"{operation} of {request.get('TableName')!r}. {error.hint or ''}".strip()
            )
            raise

    def limit(
        self,
        *,
        max_rcu: float | None = None,
        max_wcu: float | None = None,
        max_requests: int | None = None,
        no_scan: bool = False,
    ) -> Limited:
        """A context manager and decorator: fails the block or function that asks for more than this.

        Units and requests are those of all clients of this database in that time.

        :raises LimitExceededError: an AssertionError that tells which calls it were.
        """
        return Limited(self.requests, Limit(max_rcu, max_wcu, max_requests, no_scan))

    def client(self, service: str = "dynamodb", **options: Any) -> Any:
        """A boto3 client of this database, ``dynamodb`` or ``dynamodbstreams``; nothing is patched.

        `options` are boto3's, such as ``region_name`` or ``config``; ``path="wire"`` is ours: to
        answer with bytes, which the client parses.
        """
        return self._clients().client(self._door(options), service, options)

    def resource(self, **options: Any) -> Any:
        """A boto3 resource ``dynamodb`` of this database; `options` as with :meth:`client`."""
        return self._clients().resource(self._door(options), options)

    def async_client(
        self, service: str = "dynamodb", **options: Any
    ) -> AbstractAsyncContextManager[Any]:
        """An aiobotocore client of this database, for ``async with``; otherwise as
        :meth:`client`."""
        from ddbmock.embedded.clients import async_client

        return async_client(self._door(options), service, options)

    def _door(self, options: dict[str, Any]) -> Any:
        from ddbmock.embedded.boto3 import Door

        return Door(self.router, options.pop("path", "direct"))

    def _clients(self) -> Clients:
        if not self._made:
            from ddbmock.embedded.clients import Clients

            self._made.append(Clients())
        return self._made[0]

    def serve(self, port: int = 0) -> Server:
        """Serve this database over HTTP, on loopback alone, until it is closed.

        Port 0 is any free one. For subprocesses, browsers, and clients in other languages.
        """
        self.server = Server(self.router, port)
        self._ending.callback(self.server.close)
        return self.server

    def close(self) -> None:
        """Stop serving, and let the storage go."""
        self._ending.close()
        self.dynamodb.close()

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class Server:
    """A database's server: where it is, and how it ends. Also a context manager."""

    def __init__(self, router: Router, port: int) -> None:
        from ddbmock.web import application
        from ddbmock.web.server import running

        self._running = ExitStack()
        self.port: Final[int] = self._running.enter_context(
            running(application(router), listen=f"127.0.0.1:{port}")
        )
        self.url: Final = f"http://127.0.0.1:{self.port}"
        """For a client's ``endpoint_url``."""

    def close(self) -> None:
        """Serve no longer."""
        self._running.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
