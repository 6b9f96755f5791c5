"""The fixtures. Projects override those with session scope in their ``conftest.py``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

import ddbmock
from ddbmock.pytest_plugin.databases import DATABASE, chosen

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
def _ddbmock_reused() -> ReusedClients:
    """The clients that are used by one test after the other."""
    from ddbmock.testing.clients import ReusedClients

    return ReusedClients()


@pytest.fixture(name="ddbmock")
def ddbmock_database(
    ddbmock_session: Database, ddbmock_options: Mapping[str, Any], request: pytest.FixtureRequest
) -> Iterator[Database]:
    """The test's database, a fork of the session's; all clients of the process use it."""
    settings, options = chosen(request.node)
    options.pop("verify", None)
    with (
        ddbmock_session.fork(**settings) as database,
        ddbmock.mock(database, **{**ddbmock_options, **options}),
    ):
        if (database.region, database.settings.databases) != (
            ddbmock_session.region,
            ddbmock_session.settings.databases,
        ):
            # The session's tables would belong to another region or caller.
            database.create_tables(request.getfixturevalue("ddbmock_tables"))
        request.node.stash[DATABASE] = database
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
def _ddbmock_clients(
    ddbmock: Database,
    ddbmock_options: Mapping[str, Any],
    _ddbmock_reused: ReusedClients,
    request: pytest.FixtureRequest,
) -> Iterator[ReusedClients]:
    """The clients, which use the test's database."""
    options = {**ddbmock_options, **chosen(request.node)[1]}
    with _ddbmock_reused.transport.leading_to(
        ddbmock.router, options.get("path", "direct"), waits=options.get("waits", False)
    ):
        yield _ddbmock_reused


@pytest.fixture
def ddbmock_client(ddbmock: Database, _ddbmock_clients: ReusedClients) -> DynamoDBClient:
    """A boto3 client of the test's database."""
    return _ddbmock_clients.client(ddbmock.region)


@pytest.fixture
def ddbmock_resource(ddbmock: Database, _ddbmock_clients: ReusedClients) -> DynamoDBServiceResource:
    """A boto3 resource of the test's database."""
    return _ddbmock_clients.resource(ddbmock.region)


@pytest.fixture
def ddbmock_async_client(ddbmock: Database, _ddbmock_clients: ReusedClients) -> AsyncDynamoDBClient:
    """An aiobotocore client of the test's database, for any event loop."""
    return _ddbmock_clients.async_client(ddbmock.region)


@pytest.fixture
def ddbmock_async_resource(
    ddbmock: Database, _ddbmock_clients: ReusedClients
) -> AsyncDynamoDBServiceResource:
    """An aioboto3 resource of the test's database, for any event loop."""
    return _ddbmock_clients.async_resource(ddbmock.region)


@pytest.fixture
def ddbmock_server(ddbmock: Database) -> str:
    """The URL of an HTTP server of the test's database, on loopback and a free port."""
    return ddbmock.serve().url
