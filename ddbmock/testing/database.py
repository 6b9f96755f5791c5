"""The class ``Database``: content, clock, requests and clients of one database."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, overload

from ddbmock import storage
from ddbmock.clients.hints import annotate
from ddbmock.clients.region import DEFAULT, configured
from ddbmock.clock import AdjustableClock, Clock
from ddbmock.errors import DynamoDBError
from ddbmock.frozen import members
from ddbmock.service.instance import Instance
from ddbmock.settings import Settings
from ddbmock.storage import Storage

if TYPE_CHECKING:
    # These are from boto3-stubs and types-aiobotocore; where those are not installed, they are Any.
    from mypy_boto3_dynamodb import DynamoDBClient, DynamoDBServiceResource
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from types_aiobotocore_dynamodb import DynamoDBClient as AsyncDynamoDBClient
    from types_aiobotocore_dynamodb import DynamoDBServiceResource as AsyncDynamoDBServiceResource
    from types_aiobotocore_dynamodbstreams import (
        DynamoDBStreamsClient as AsyncDynamoDBStreamsClient,
    )
    from typing_extensions import Unpack

    from ddbmock.clients.client_options import Clients
    from ddbmock.database import Call
    from ddbmock.database.control_plane.history import Mark
    from ddbmock.database.control_plane.stream_shards import Succession
    from ddbmock.settings.arguments import SettingsArguments
    from ddbmock.table_sources import TableSource
    from ddbmock.testing.history import Change, Changes, Instant
    from ddbmock.testing.limits import Limited
    from ddbmock.testing.server import Server
    from ddbmock.triggers import Triggers
    from ddbmock.triggers.changes import StreamedChange
    from ddbmock.triggers.kinesis import Kinesis
    from ddbmock.triggers.options import Handler
    from ddbmock.triggers.run import Run
    from ddbmock.triggers.trigger import Trigger


class Database(Instance):
    """A database in this process. There can be any number of them at the same time.

    It is an :class:`~ddbmock.service.instance.Instance`, so users need a single object.

    >>> db = Database(delay_creating=60)
    >>> db.settings.delay_creating
    60.0
    >>> db.close()
    """

    server: Server | None
    """The server that :meth:`serve` has started last."""
    region: str
    """The default region of its clients, and of the tables of :meth:`create_tables`."""

    def __init__(
        self, *, clock: Clock | None = None, **settings: Unpack[SettingsArguments]
    ) -> None:
        """Open a database; `settings` are those of ``docs/settings.rst``.

        ``DDBMOCK_*`` variables of the environment count as well. In memory, each region has tables
        of its own, as on AWS, unless ``databases="one"``.

        :raises SettingsError: a setting is unknown or wrong.
        :raises StorageError: the storage cannot be opened.
        """
        chosen = Settings.collect(settings, environment=os.environ)
        if chosen.storage.startswith("memory:"):
            # Other programs can use data on disk as well, so the setting's general default holds
            # for these.
            chosen = Settings.collect(
                settings, environment=os.environ, ini={"ddbmock.databases": "region"}
            )
        self._begin(storage.open(chosen.storage), chosen, AdjustableClock(clock))
        if chosen.tables or chosen.load:
            from ddbmock.seeding import seed

            seed(self.dynamodb, self.region)

    def _begin(self, opened: Storage, settings: Settings, clock: AdjustableClock) -> None:
        super()._begin(opened, settings, clock)
        self.region = settings.region or configured() or DEFAULT
        self.server = None
        self._own_clients: list[Clients] = []
        self._ending = ExitStack()
        if settings.kinesis_endpoint:
            from ddbmock.triggers.kinesis import Kinesis

            self.kinesis = Kinesis(self.dynamodb, settings.kinesis_endpoint)

    def fork(self, **settings: Unpack[SettingsArguments]) -> Database:
        """Return an independent database with the same content, settings and time.

        Content is shared until one of them changes it, so a fork takes well below a millisecond for
        any amount of data. `settings` are those that differ.

        :raises SettingsError: a setting is unknown or wrong.
        :raises UnsupportedError: the storage engine cannot fork.
        """
        if settings:
            same = members(self.settings)
            chosen = Settings.from_mapping({**same, **settings})
            fork = self._forked(chosen)
            if "s3" not in settings:
                fork.dynamodb.object_store = self.dynamodb.object_store
        else:
            fork = super().fork()
        # The factory of clients is shared, because creating it takes time.
        fork._own_clients = self._own_clients
        return fork

    def create_tables(
        self,
        source: TableSource,
        parameters: Mapping[str, Any] | None = None,
        *,
        access_key: str = "ddbmock",
        region: str | None = None,
    ) -> list[str]:
        """Create the tables that a source defines, with their time to live; return their names.

        `source` is a CreateTable request, the answer of DescribeTable, a CloudFormation or SAM
        template, the path of a file with one or of a folder of such files, a PynamoDB model, or an
        iterable of any of these. The tables can be used at once: if ``delay_creating`` is set, the
        clock is moved on until they are ACTIVE.

        :param parameters: values of the template's parameters that replace their defaults.
        :param access_key: the access key that owns the tables when ``databases="each"``; by default
            the one that ddbmock gives to clients without credentials.
        :param region: the region of the tables (default: the database's).
        :raises TableSourceError: a part of the source defines no table, or cannot be read; or no
            template has a parameter with a name in `parameters`.
        :raises DynamoDBError: a definition is rejected; a note names the table and has the hint.
        """
        from ddbmock.table_sources import tables_in

        definitions = list(tables_in(source, parameters))
        caller = {"access_key": access_key, "region": region or self.region}
        for one in definitions:
            self._perform("CreateTable", one.create_table, caller)
        if definitions and self.settings.delay_creating:
            self.clock.advance(self.settings.delay_creating)
        names = [str(one.create_table["TableName"]) for one in definitions]
        for name, one in zip(names, definitions, strict=True):
            if one.time_to_live:
                self._perform(
                    "UpdateTimeToLive",
                    {"TableName": name, "TimeToLiveSpecification": one.time_to_live},
                    caller,
                )
        return names

    def _perform(
        self, operation: str, request: Mapping[str, Any], caller: Mapping[str, str]
    ) -> None:
        target = self.router.target(f"DynamoDB_20120810.{operation}")
        try:
            self.router.perform(target, request, **caller)
        except DynamoDBError as error:
            annotate(
                error, f"{operation} of {request.get('TableName')!r}. {error.hint or ''}".strip()
            )
            raise

    def moment(self, *, access_key: str = "ddbmock", region: str | None = None) -> Mark:
        """Return the current moment, for :meth:`diff`, :meth:`history` and :meth:`restore_to`.

        From now on every change of the existing tables is recorded. A moment separates changes
        exactly, even if the clock is frozen.

        :param access_key: the owner of the tables with ``databases="each"``.
        :param region: the region of the tables (default: the database's).
        """
        from ddbmock.database.control_plane import history

        with self._caller(access_key, region).write() as tables:
            return history.mark(tables)

    def history(
        self,
        table: str,
        since: Instant | None = None,
        until: Instant | None = None,
        *,
        access_key: str = "ddbmock",
        region: str | None = None,
    ) -> Changes:
        """Return the changes of a table after one moment, up to another one, in the order of time.

        :raises NoHistoryError: the table's changes are not recorded, or not since `since`.
        """
        from ddbmock.database.control_plane import history
        from ddbmock.testing.history import Changes, changes_of, check_names, optional_mark

        check_names(table)
        first, last = optional_mark(since), optional_mark(until)
        with self._caller(access_key, region).read() as tables:
            (found,) = history.recorded(tables, [table])
            return Changes(changes_of(found, history.changes(tables, found, first, last)))

    def diff(
        self,
        before: Instant,
        after: Instant | None = None,
        *names: str,
        access_key: str = "ddbmock",
        region: str | None = None,
    ) -> Changes:
        """Return the items that differ between two moments. The second one is now by default.

        An item that was changed back does not differ. The result is false if nothing differs, and
        is printed with one item on each line: ``assert not db.diff(before)``.

        :param names: tables to compare (default: all whose changes are recorded).
        :raises NoHistoryError: a table's changes are not recorded, or not since `before`.
        """
        from ddbmock.database.control_plane import history
        from ddbmock.testing.history import (
            Changes,
            changes_of,
            check_names,
            mark_of,
            optional_mark,
        )

        check_names(*names)
        first, last = mark_of(before), optional_mark(after)
        found: list[Change] = []
        with self._caller(access_key, region).read() as tables:
            for table in history.recorded(tables, names, first):
                found += changes_of(table, history.difference(tables, table, first, last))
        return Changes(found)

    def restore_to(
        self,
        moment: Instant,
        *names: str,
        access_key: str = "ddbmock",
        region: str | None = None,
    ) -> int:
        """Restore the items that tables had at a moment; return the number of items that this
        changes.

        Tables, indexes and the clock stay as they are. The history contains these changes as well,
        so they can be undone. A table that was created after a :meth:`moment` loses its items.

        :param names: tables to restore (default: all whose changes are recorded, and those created
            after a :meth:`moment`).
        :raises NoHistoryError: a table's changes are not recorded, or not since the moment.
        """
        from ddbmock.database.control_plane import history
        from ddbmock.testing.history import check_names, mark_of

        check_names(*names)
        mark = mark_of(moment)
        # A moment knows which tables existed; at a plain time, a table that is not recorded may have had items.
        since = None if mark.epochs is None else mark
        with self._caller(access_key, region).write() as tables:
            chosen = history.recorded(tables, names, since)
            return sum(history.restore(tables, table, mark) for table in chosen)

    def _caller(self, access_key: str, region: str | None) -> Call:
        return self.dynamodb.call("", region or self.region, access_key)

    def limit(
        self,
        *,
        max_rcu: float | None = None,
        max_wcu: float | None = None,
        max_requests: int | None = None,
        no_scan: bool = False,
    ) -> Limited:
        """Return a context manager and decorator; a block or function that exceeds the limit fails.

        The limit counts the units and requests of all clients of this database during that time.

        :raises LimitExceededError: an AssertionError that lists the calls.
        """
        from ddbmock.testing.limits import Limit, Limited

        limit = Limit.of(
            max_rcu=max_rcu, max_wcu=max_wcu, max_requests=max_requests, no_scan=no_scan
        )
        return Limited(self.requests, limit)

    if TYPE_CHECKING:  # typing keeps overloads until the process ends

        @overload
        def client(
            self, service: Literal["dynamodb"] = "dynamodb", **options: Any
        ) -> DynamoDBClient: ...
        @overload
        def client(
            self, service: Literal["dynamodbstreams"], **options: Any
        ) -> DynamoDBStreamsClient: ...

    def client(self, service: str = "dynamodb", **options: Any) -> Any:
        """Return a boto3 client of this database, ``dynamodb`` or ``dynamodbstreams``, without
        patching boto3.

        `options` are those of boto3, such as ``region_name`` or ``config``. With ddbmock's own
        option ``path="wire"`` answers are bytes, which the client parses.
        """
        return self._clients().client(self._transport(options), service, self._regional(options))

    def resource(self, **options: Any) -> DynamoDBServiceResource:
        """Return a boto3 resource ``dynamodb`` of this database; `options` as with :meth:`client`."""
        return self._clients().resource(self._transport(options), self._regional(options))

    if TYPE_CHECKING:  # typing keeps overloads until the process ends

        @overload
        def async_client(
            self, service: Literal["dynamodb"] = "dynamodb", **options: Any
        ) -> AbstractAsyncContextManager[AsyncDynamoDBClient]: ...
        @overload
        def async_client(
            self, service: Literal["dynamodbstreams"], **options: Any
        ) -> AbstractAsyncContextManager[AsyncDynamoDBStreamsClient]: ...

    def async_client(
        self, service: str = "dynamodb", **options: Any
    ) -> AbstractAsyncContextManager[Any]:
        """Return an aiobotocore client, for ``async with``; otherwise as :meth:`client`."""
        from ddbmock.clients.client_options import async_client

        return async_client(self._transport(options), service, self._regional(options))

    def async_resource(
        self, **options: Any
    ) -> AbstractAsyncContextManager[AsyncDynamoDBServiceResource]:
        """Return an aioboto3 resource ``dynamodb``, for ``async with``; otherwise as :meth:`client`."""
        from ddbmock.clients.client_options import async_resource

        return async_resource(self._transport(options), self._regional(options))

    def _regional(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"region_name": self.region} | options

    def _transport(self, options: dict[str, Any]) -> Any:
        from ddbmock.clients.transport import DatabaseTransport

        return DatabaseTransport(self.router, options.pop("path", "direct"))

    def _clients(self) -> Clients:
        if not self._own_clients:
            from ddbmock.clients.client_options import Clients

            self._own_clients.append(Clients())
        return self._own_clients[0]

    @cached_property
    def _triggers(self) -> Triggers:
        from ddbmock.triggers import Triggers

        return Triggers(self.dynamodb, self.clock)

    @cached_property
    def kinesis(self) -> Kinesis:
        """Delivery to Kinesis streams: ``attach(stream_arn, function)``, ``deliver()``,
        ``records(stream_arn)``."""
        from ddbmock.triggers.kinesis import Kinesis

        return Kinesis(self.dynamodb, self.settings.kinesis_endpoint)

    def trigger(self, function: Handler, table: str | None = None, **options: Any) -> Trigger:
        """Call a Lambda function with the records of a table's stream: see :meth:`run_triggers`.

        The table may be created later. `options` are those of an event source mapping, such as
        ``batch_size``: see ``docs/triggers.rst``. Forks begin without triggers.

        :raises TriggerError: an option is wrong, or no table is given and ``on_stream`` has not
            marked the function.
        """
        return self._triggers.add(function, table, **{"region": self.region, **options})

    def remove_trigger(self, trigger: Trigger) -> None:
        """Remove a trigger that :meth:`trigger` returned; its waiting records are dropped.

        :raises TriggerError: it is not a trigger of this database, or has been removed already.
        """
        self._triggers.remove(trigger)

    def run_triggers(self, *, advance: bool = False) -> Run:
        """Call the functions of all triggers until nothing is due; return the calls.

        A failed batch is retried when the clock has moved on. The attribute ``waiting`` of the
        result lists the records that wait.

        :param advance: whether to move the clock on until no records wait.
        :raises HandlerError: a function has failed, and has no ``on_failure`` or will be retried;
            the function's exception is the cause.
        :raises EndlessTriggersError: functions cause each other's calls without end.
        :raises TriggerError: a trigger's table does not exist, or has no stream.
        """
        return self._triggers.run(advance=advance)

    async def run_triggers_async(self, *, advance: bool = False) -> Run:
        """Do what :meth:`run_triggers` does, within an event loop."""
        return await self._triggers.run_async(advance=advance)

    def streams(self, table: str, *, region: str | None = None) -> Iterator[StreamedChange]:
        """Yield the records of a table's stream as Python values, the oldest first.

        :raises TriggerError: the table does not exist, or has never had a stream.
        """
        return self._triggers.changes(table, region=region or self.region)

    def roll_shards(
        self, table: str, *, access_key: str = "ddbmock", region: str | None = None
    ) -> list[Succession]:
        """Close the open shards of a table's stream, each with one child, as happens after four
        hours.

        Return each closed shard with its children.

        :raises ValueError: the table does not exist, or has no enabled stream.
        """
        from ddbmock.service import stream_shards

        return stream_shards.roll(self._caller(access_key, region), table)

    def split_shard(
        self,
        table: str,
        shard_id: str | None = None,
        *,
        access_key: str = "ddbmock",
        region: str | None = None,
    ) -> Succession:
        """Close a shard of a table's stream and open two children, as happens under load.

        :param shard_id: by default the open shard with the most hash keys.
        :raises ValueError: the table has no enabled stream, or no such open shard.
        """
        from ddbmock.service import stream_shards

        return stream_shards.split(self._caller(access_key, region), table, shard_id)

    def serve(self, port: int = 0, *, console: bool = False) -> Server:
        """Serve this database over HTTP, on loopback only, until the database is closed.

        This is for subprocesses, browsers, and clients in other languages.

        :param port: the port; 0 means any free one.
        :param console: whether the server has the console at ``/_ddbmock/`` and the control API.
        :raises ModuleNotFoundError: a package of the extra ``server`` is missing.
        """
        try:
            from ddbmock.testing.server import Server
        except ModuleNotFoundError as missing:
            from ddbmock.extras import missing_package

            raise missing_package(missing, "server") from None
        if console and self.router.control is None:
            from ddbmock.server.control import Control

            control = Control(self)
            control.triggers = self._triggers
            self._ending.callback(control.close)
        self.server = Server(self.router, port)
        self._ending.callback(self.server.close)
        return self.server

    def close(self) -> None:
        """Stop the servers, and close the storage."""
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
