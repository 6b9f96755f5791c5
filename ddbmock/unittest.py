"""A fresh database for each test of ``unittest``, a fork of the database of the class."""

from __future__ import annotations

import inspect
import unittest
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from ddbmock.clients.hints import annotate
from ddbmock.table_sources import TableSource
from ddbmock.testing.clients import ReusedClients
from ddbmock.testing.database import Database
from ddbmock.testing.last_requests import summary
from ddbmock.testing.limits import Limit, Limited
from ddbmock.testing.mock import mock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient, DynamoDBServiceResource
    from types_aiobotocore_dynamodb import DynamoDBClient as AsyncDynamoDBClient
    from types_aiobotocore_dynamodb import DynamoDBServiceResource as AsyncDynamoDBServiceResource


Decorated = TypeVar("Decorated", bound=Callable[..., Any])

LIMIT: Final = "ddbmock_limit"
"""The attribute of a decorated test, or class of tests, with its limit."""


def ddbmock_limit(
    *,
    max_rcu: float | None = None,
    max_wcu: float | None = None,
    max_requests: int | None = None,
    no_scan: bool = False,
) -> Callable[[Decorated], Decorated]:
    """Decorate a test or a class of :class:`DDBMockMixin`: each test fails if it exceeds the limit.
    Requests of ``setUp`` do not count."""

    limit = Limit.of(max_rcu=max_rcu, max_wcu=max_wcu, max_requests=max_requests, no_scan=no_scan)

    def decorate(decorated: Decorated) -> Decorated:
        setattr(decorated, LIMIT, limit)
        return decorated

    return decorate


class DDBMockMixin:
    """A mixin that comes before ``TestCase`` or ``IsolatedAsyncioTestCase`` among the bases of a
    class of tests.

    A ``setUpClass`` that fills tables calls ``super().setUpClass()`` first, and then uses
    ``cls.ddbmock_session``.
    """

    ddbmock_settings: ClassVar[Mapping[str, object]] = {}
    """The settings of the databases, by name."""
    ddbmock_tables: ClassVar[TableSource] = ()
    """The source of the tables of each test."""
    ddbmock_options: ClassVar[Mapping[str, Any]] = {}
    """The options of ``ddbmock.mock()`` for each test: ``path``, ``allow``, ``waits``."""
    ddbmock_session: ClassVar[Database]
    """The database of the class, from which the tests' databases are forked."""
    _ddbmock_clients: ClassVar[ReusedClients]
    _ddbmock_database: Database
    _testMethodName: str  # noqa: N815 (TestCase's)

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        bases = cls.__mro__
        if unittest.TestCase in bases and bases.index(unittest.TestCase) < bases.index(
            DDBMockMixin
        ):
            raise TypeError(f"DDBMockMixin must stand before the other bases of {cls.__name__}.")

    @classmethod
    def setUpClass(cls) -> None:
        """Create the database of the class."""
        super().setUpClass()  # type: ignore[misc]  # TestCase's
        # The storage is always memory, because other storage cannot be forked.
        settings: dict[str, Any] = {"storage": "memory://", **cls.ddbmock_settings}
        cls.ddbmock_session = Database(**settings)
        cls.addClassCleanup(cls.ddbmock_session.close)  # type: ignore[attr-defined]  # TestCase's
        cls.ddbmock_session.create_tables(cls.ddbmock_tables)
        cls._ddbmock_clients = ReusedClients()

    def run(self, result: Any = None) -> Any:
        """Run the test and its set-up inside a mock of its own database."""
        with ExitStack() as stack:
            try:
                stack.enter_context(self._database())
            except Exception as error:
                # An exception here would end the whole run instead of this test.
                stack.enter_context(self._set_up_by(partial(_raise, error)))
            else:
                stack.enter_context(self._reviewed())
            return super().run(result)  # type: ignore[misc]  # TestCase's

    @property
    def ddbmock(self) -> Database:
        """The database of this test."""
        return self._ddbmock_database

    @property
    def ddbmock_client(self) -> DynamoDBClient:
        """A boto3 client of the test's database."""
        return self._ddbmock_clients.client(self.ddbmock.region)

    @property
    def ddbmock_resource(self) -> DynamoDBServiceResource:
        """A boto3 resource of the test's database."""
        return self._ddbmock_clients.resource(self.ddbmock.region)

    @property
    def ddbmock_async_client(self) -> AsyncDynamoDBClient:
        """An aiobotocore client of the test's database, for any event loop."""
        return self._ddbmock_clients.async_client(self.ddbmock.region)

    @property
    def ddbmock_async_resource(self) -> AsyncDynamoDBServiceResource:
        """An aioboto3 resource of the test's database, for any event loop."""
        return self._ddbmock_clients.async_resource(self.ddbmock.region)

    @property
    def ddbmock_server(self) -> str:
        """The URL of an HTTP server of the test's database, on loopback and a free port."""
        server = self.ddbmock.server or self.ddbmock.serve()
        return server.url

    @contextmanager
    def _database(self) -> Iterator[None]:
        if not hasattr(self, "ddbmock_session"):
            raise TypeError(
                f"{type(self).__name__}.setUpClass() has to call super().setUpClass() first."
            )
        options = self.ddbmock_options
        path, waits = options.get("path", "direct"), options.get("waits", False)
        with self.ddbmock_session.fork() as database, mock(database, **options):
            self._ddbmock_database = database
            with self._ddbmock_clients.transport.leading_to(database.router, path, waits=waits):
                yield

    @contextmanager
    def _set_up_by(self, set_up: Callable[[], None]) -> Iterator[None]:
        self.setUp = set_up
        try:
            yield
        finally:
            del self.setUp

    @contextmanager
    def _reviewed(self) -> Iterator[None]:
        """Check the limit of the test itself, without its set-up, and add the last requests to a
        failure."""
        name = self._testMethodName
        test = getattr(self, name)
        before = vars(self).get(name)
        setattr(self, name, self._reviewing(test))
        try:
            yield
        finally:
            # A test runner may have set this as well; pytest does.
            if before is None:
                delattr(self, name)
            else:
                setattr(self, name, before)

    def _reviewing(self, test: Callable[..., Any]) -> Callable[..., Any]:
        review = self._review
        limit = getattr(test, LIMIT, getattr(type(self), LIMIT, Limit()))
        if inspect.iscoroutinefunction(test):

            @wraps(test)
            async def reviewed(*arguments: Any, **keywords: Any) -> Any:
                with review(limit):
                    return await test(*arguments, **keywords)

        else:

            @wraps(test)
            def reviewed(*arguments: Any, **keywords: Any) -> Any:
                with review(limit):
                    return test(*arguments, **keywords)

        return reviewed

    @contextmanager
    def _review(self, limit: Limit) -> Iterator[None]:
        requests = self._ddbmock_database.requests
        try:
            with Limited(requests, limit):
                yield
        except unittest.SkipTest:
            raise
        except Exception as error:
            requests_text = summary(requests)
            annotate(error, requests_text and f"the last requests:\n{requests_text}")
            raise


def _raise(error: Exception) -> None:
    raise error


class DDBMockTestCase(DDBMockMixin, unittest.TestCase):
    """A ``TestCase`` with the mixin."""
