"""``mock()``: every botocore client of the process uses a database in the process, for a while."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, overload

from ddbmock.clients import botocore_patch
from ddbmock.clients.botocore_patch import Layer
from ddbmock.clients.mocked_buckets import MockedBuckets
from ddbmock.clients.transport import DatabaseTransport, Path
from ddbmock.later import later
from ddbmock.object_store import ObjectStore
from ddbmock.settings import Settings, check_no_settings
from ddbmock.testing.database import Database

if TYPE_CHECKING:
    from ddbmock.testing import decorating
else:
    decorating = later("ddbmock.testing", "decorating")

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient, DynamoDBServiceResource
    from typing_extensions import Unpack

    from ddbmock.settings.arguments import SettingsArguments
    from ddbmock.testing.decorating import Decorated


if TYPE_CHECKING:  # typing keeps overloads until the process ends

    @overload
    def mock(decorated: Decorated, /) -> Decorated: ...
    @overload
    def mock(
        database: Database | None = None,
        *,
        path: Path = "direct",
        allow: str | Sequence[str] = (),
        serve: bool = False,
        waits: bool = False,
        **settings: Unpack[SettingsArguments],
    ) -> Mock: ...


def mock(
    database: Any = None,
    *,
    path: Path = "direct",
    allow: str | Sequence[str] = (),
    serve: bool = False,
    waits: bool = False,
    **settings: Unpack[SettingsArguments],
) -> Any:
    """Return a context manager and decorator in which a database of this process replaces DynamoDB.

    ``with ddbmock.mock() as db:`` provides the :class:`~ddbmock.testing.database.Database`, a new
    one unless `database` is given. Every ``dynamodb`` and ``dynamodbstreams`` client uses it,
    whether it was created before or after, by boto3, aiobotocore or a library, in any thread.
    Neither credentials nor a region are needed. A call to a real host of AWS, by a client of any
    service, raises :class:`~ddbmock.clients.botocore_patch.RealAWSCallError`; mocks of other
    services work at the same time. The decorator ``@ddbmock.mock`` equals ``@ddbmock.mock()``.

    :param path: with ``wire``, clients really sign, parse and retry; with ``direct``, they get
        Python values, and use the wire path if they have to retry.
    :param allow: names of services or hosts that clients may really reach.
    :param serve: whether to serve the database over HTTP as well, as ``db.server``, with the
        console unless ``console="off"``.
    :param waits: whether clients really wait before they retry.
    :param settings: those of ``docs/settings.rst``, as in ``mock(delay_creating=60)``;
        ``region="eu-west-1"`` is the default region of clients.
    """
    function = None if database is None or isinstance(database, Database) else database
    if function is not None and not callable(function):
        raise TypeError(
            f"mock() takes a ddbmock.Database or what it is to decorate, not {function!r}."
        )
    if isinstance(database, Database):
        check_no_settings(settings)
    else:
        # Settings are checked where they are written, not when a test begins.
        Settings.from_mapping(settings)
    mocking = Mock(
        None if function is not None else database,
        settings,
        path=path,
        allow=(allow,) if isinstance(allow, str) else tuple(allow),
        serve=serve,
        waits=waits,
    )
    return mocking if function is None else mocking(function)


class Mock:
    """The result of :func:`mock`. Each ``with`` block, and each call of a decorated function, is a
    mock of its own."""

    def __init__(
        self,
        database: Database | None,
        settings: SettingsArguments,
        *,
        path: Path,
        allow: tuple[str, ...],
        serve: bool,
        waits: bool,
    ) -> None:
        self._database = database
        self._settings = settings
        self._path: Path = path
        self._allow = allow
        self._serve = serve
        self._waits = waits
        self._entered: list[tuple[Database, Layer, ObjectStore]] = []

    def __enter__(self) -> Database:
        database = self._database or Database(**self._settings)
        if self._serve:
            chosen = database.settings
            database.serve(console=chosen.console == "on" and chosen.control != "off")
        transport = DatabaseTransport(database.router, self._path, waits=self._waits)
        layer = Layer(transport, self._allow, database.region)
        botocore_patch.enter(layer)
        dynamodb = database.dynamodb
        self._entered.append((database, layer, dynamodb.object_store))
        if database.settings.s3 == "none":
            dynamodb.object_store = MockedBuckets()
        return database

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self._entered:
            raise RuntimeError("This mock was not started, or is stopped already.")
        database, layer, buckets = self._entered.pop()
        botocore_patch.leave(layer)
        database.dynamodb.object_store = buckets
        if self._database is None:
            database.close()

    def start(self) -> Database:
        """Enter the mock without a block."""
        return self.__enter__()

    def stop(self) -> None:
        """Leave the mock that :meth:`start` has entered last."""
        self.__exit__(None, None, None)

    async def __aenter__(self) -> Database:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __call__(self, decorated: Decorated) -> Decorated:
        """Decorate a function, a coroutine function, a generator (a fixture) or a class of tests.

        Each call, and each test of a class, has a mock of its own.
        """
        return decorating.decorate(decorated, self._copy)

    def _copy(self) -> Mock:
        """Return a separate mock for a call, which can run at the same time as others."""
        return Mock(
            self._database,
            self._settings,
            path=self._path,
            allow=self._allow,
            serve=self._serve,
            waits=self._waits,
        )


if TYPE_CHECKING:  # typing keeps overloads until the process ends

    @overload
    def connect_boto3(
        database: Database | None = None,
        *,
        kind: Literal["client"] = "client",
        **settings: Unpack[SettingsArguments],
    ) -> DynamoDBClient: ...
    @overload
    def connect_boto3(
        database: Database | None = None,
        *,
        kind: Literal["resource"],
        **settings: Unpack[SettingsArguments],
    ) -> DynamoDBServiceResource: ...


def connect_boto3(
    database: Database | None = None,
    *,
    kind: Literal["client", "resource"] = "client",
    **settings: Unpack[SettingsArguments],
) -> Any:
    """Return a boto3 client or resource of a database in this process, without patching boto3.

    The database is new unless it is given, and ends with the process. For boto3's own options, and
    for several clients of one database, see :meth:`ddbmock.testing.database.Database.client`.
    """
    if kind not in ("client", "resource"):
        raise ValueError(f"boto3 has a 'client' and a 'resource', not {kind!r}.")
    if database is not None:
        check_no_settings(settings)
    connected = database or Database(**settings)
    return connected.client() if kind == "client" else connected.resource()
