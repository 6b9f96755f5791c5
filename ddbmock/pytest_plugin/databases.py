"""Which database a test used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from ddbmock.testing.database import Database

DATABASE: Final = pytest.StashKey["Database"]()


def database_of(item: pytest.Item) -> Database | None:
    """The database of the fixture ``ddbmock``, or of the unittest mixin; None: neither is used."""
    database = item.stash.get(DATABASE, None)
    if database is None:
        # the mixin's class is not imported to find out
        database = getattr(getattr(item, "instance", None), "_ddbmock_database", None)
    return database
