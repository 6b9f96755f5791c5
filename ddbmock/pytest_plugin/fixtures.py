"""The fixtures. Projects override those with session scope in their ``conftest.py``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

import ddbmock
from ddbmock.pytest_plugin.databases import DATABASE, chosen, running

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient, DynamoDBServiceResource
    from types_aiobotocore_dynamodb import DynamoDBClient as AsyncDynamoDBClient
    from types_aiobotocore_dynamodb import DynamoDBServiceResource as AsyncDynamoDBServiceResource

    from ddbmock.table_sources import TableSource
    from ddbmock.testing.clients import ReusedClients
    from ddbmock.testing.database import Database


@pytest.fixture(scope="session")
def ddbmock_settings() -> Mapping[str, object]:
    """The settings of all tests' databases, by name. Override this fixture to set some."""
    return {}


@pytest.fixture(scope="session")
def ddbmock_tables() -> TableSource:
    """The tables of all tests. Override this fixture to return a source of tables."""
    return ()


@pytest.fixture(scope="session")
def ddbmock_session(
    ddbmock_settings: Mapping[str, object], ddbmock_tables: TableSource
) -> Iterator[Database]:
    """The database from which all tests' databases are forked. Extend this fixture to fill the
    tables."""
    # The storage is always memory, because other storage cannot be forked.
    settings: dict[str, Any] = {"storage": "memory://", **ddbmock_settings}
    with ddbmock.Database(**settings) as database:
        database.create_tables(ddbmock_tables)
        yield database


@pytest.fixture(scope="session")
def ddbmock_options() -> Mapping[str, Any]:
    """The options of ``ddbmock.mock()`` for each test: ``path``, ``allow``, ``waits``."""
    return {}


@pytest.fixture(scope="session")
def _ddbmock_reused() -> Iterator[ReusedClients]:
    """The clients that are used by one test after the other, and botocore prepared for mocks."""
    from ddbmock.testing.clients import reused_clients

    with reused_clients() as clients:
        yield clients


@pytest.fixture(name="ddbmock")
def ddbmock_database(
    ddbmock_session: Database,
    ddbmock_tables: TableSource,
    ddbmock_options: Mapping[str, Any],
    _ddbmock_reused: ReusedClients,
    pytestconfig: pytest.Config,
) -> Iterator[Database]:
    """A database of the test's own, begun as the session's, which every client reaches."""
    test = running(pytestconfig)
    settings, options = chosen(test)
    options.pop("verify", None)
    options = {**ddbmock_options, **options}
    with (
        ddbmock_session.fork(**settings) as database,
        ddbmock.mock(database, **options),
        _ddbmock_reused.transport.leading_to(
            database.router, options.get("path", "direct"), waits=options.get("waits", False)
        ),
    ):
        if (database.region, database.settings.databases) != (
            ddbmock_session.region,
            ddbmock_session.settings.databases,
        ):
            # the session's tables are another region's or caller's
            database.create_tables(ddbmock_tables)
        test.stash[DATABASE] = database
        yield database


@pytest.fixture
def ddb(ddbmock: Database) -> Database:
    """The test's database, under a name that does not hide the module ``ddbmock``."""
    return ddbmock


@pytest.fixture(scope="class")
def ddb_class(ddbmock_session: Database, ddbmock_options: Mapping[str, Any]) -> Iterator[Database]:
    """A database that the tests of a class share; all clients of the process use it."""
    with ddbmock_session.fork() as database, ddbmock.mock(database, **ddbmock_options):
        yield database


@pytest.fixture(scope="module")
def ddb_module(ddbmock_session: Database, ddbmock_options: Mapping[str, Any]) -> Iterator[Database]:
    """A database that the tests of a module share; all clients of the process use it."""
    with ddbmock_session.fork() as database, ddbmock.mock(database, **ddbmock_options):
        yield database


@pytest.fixture
def ddbmock_client(ddbmock: Database, _ddbmock_reused: ReusedClients) -> DynamoDBClient:
    """A boto3 client of the test's database."""
    return _ddbmock_reused.client(ddbmock.region)


@pytest.fixture
def ddbmock_resource(ddbmock: Database, _ddbmock_reused: ReusedClients) -> DynamoDBServiceResource:
    """A boto3 resource of the test's database."""
    return _ddbmock_reused.resource(ddbmock.region)


@pytest.fixture
def ddbmock_async_client(ddbmock: Database, _ddbmock_reused: ReusedClients) -> AsyncDynamoDBClient:
    """An aiobotocore client of the test's database, for any event loop."""
    return _ddbmock_reused.async_client(ddbmock.region)


@pytest.fixture
def ddbmock_async_resource(
    ddbmock: Database, _ddbmock_reused: ReusedClients
) -> AsyncDynamoDBServiceResource:
    """An aioboto3 resource of the test's database, for any event loop."""
    return _ddbmock_reused.async_resource(ddbmock.region)


@pytest.fixture
def ddbmock_server(ddbmock: Database) -> str:
    """The URL of an HTTP server of the test's database, on loopback and a free port."""
    return ddbmock.serve().url
