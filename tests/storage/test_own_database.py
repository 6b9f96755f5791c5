"""The suite against a database of the developer's own: ``make test-storage URL=postgresql://...``.

Everything in its tables of ddbmock's is removed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from ddbmock import storage as storages
from ddbmock.storage import Storage
from ddbmock.storage.testing import SharedStorageTests

URL = os.environ.get("DDBMOCK_TEST_STORAGE", "")


@pytest.mark.skipif(not URL, reason="DDBMOCK_TEST_STORAGE is not set")
class TestOwnDatabase(SharedStorageTests):
    @pytest.fixture
    def storage(self) -> Iterator[Storage]:
        from ddbmock.storage.postgresql import PostgreSQLStorage

        opened = storages.open(URL)
        assert isinstance(opened, PostgreSQLStorage)
        with opened._pool.connection() as connection:
            for table in ("ddbmock_entries", "ddbmock_counters"):
                connection.execute(f"DELETE FROM {table}")
        yield opened
        opened.close()

    @pytest.fixture
    def beside(self) -> Iterator[Storage]:
        opened = storages.open(URL)
        yield opened
        opened.close()
