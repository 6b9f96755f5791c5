"""Storage engines for behaviour tests: each test gets an empty one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

import pytest

from ddbmock.storage import Storage
from ddbmock.storage.memory import MemoryStorage
from ddbmock.storage.sqlite import SQLiteStorage
from tests.postgresql import empty


@contextmanager
def memory(request: pytest.FixtureRequest) -> Iterator[Storage]:
    storage = MemoryStorage()
    yield storage
    storage.close()


@contextmanager
def sqlite(request: pytest.FixtureRequest) -> Iterator[Storage]:
    """The one file of all these tests, emptied: to make a new one takes many times as long."""
    storage: SQLiteStorage = request.getfixturevalue("shared_file")
    with storage.write() as writer:
        writer._rows("DELETE FROM entries")
        writer._rows("DELETE FROM counters")
    yield storage


@pytest.fixture(scope="session")
def shared_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SQLiteStorage]:
    path = tmp_path_factory.mktemp("behaviour") / "content.db"
    storage = SQLiteStorage(path, durability="normal")
    yield storage
    storage.close()


@contextmanager
def postgresql(request: pytest.FixtureRequest) -> Iterator[Storage]:
    """The one database of all these tests, emptied."""
    storage = request.getfixturevalue("shared_postgresql")
    empty(storage)
    yield storage


ENGINES: Final[dict[str, Callable[[pytest.FixtureRequest], AbstractContextManager[Storage]]]] = {
    "memory": memory,
    "sqlite": sqlite,
    "postgresql": postgresql,
}
