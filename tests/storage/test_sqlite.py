"""The SQLite engine: the suite, and what is its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ddbmock.storage.sqlite import SQLiteStorage
from ddbmock.storage.testing import SharedStorageTests


class TestSQLiteStorage(SharedStorageTests):
    @pytest.fixture
    def storage(self, tmp_path: Path) -> Iterator[SQLiteStorage]:
        storage = SQLiteStorage(tmp_path / "content.db", durability="normal")
        yield storage
        storage.close()

    @pytest.fixture
    def beside(self, storage: SQLiteStorage, tmp_path: Path) -> Iterator[SQLiteStorage]:
        beside = SQLiteStorage(tmp_path / "content.db", durability="normal")
        yield beside
        beside.close()
