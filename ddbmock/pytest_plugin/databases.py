"""The database that a test uses, and the settings of its marker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from ddbmock.testing.database import Database

DATABASE: Final = pytest.StashKey["Database"]()

TEST: Final = pytest.StashKey[pytest.Item]()


def running(config: pytest.Config) -> pytest.Item:
    """Return the test that is being run.

    pytest's fixture ``request`` would cost each test a tenth of a millisecond.
    """
    return config.stash[TEST]


def database_of(item: pytest.Item) -> Database | None:
    """Return the database of the fixture ``ddbmock`` or of the unittest mixin; None if the test
    uses neither."""
    database = item.stash.get(DATABASE, None)
    if database is None:
        # The mixin's module is not imported for this.
        database = getattr(getattr(item, "instance", None), "_ddbmock_database", None)
    return database


def let_go(item: pytest.Item) -> None:
    """Forget the database of a test that has ended; pytest keeps its tests until it ends itself."""
    if DATABASE in item.stash:
        del item.stash[DATABASE]


OPTIONS: Final = ("path", "allow", "waits", "verify")
"""The arguments of the marker that are not settings: those of ``ddbmock.mock()``, and
``verify``."""


def chosen(item: pytest.Item) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the settings and options of the markers ``ddbmock``; the closest marker wins."""
    settings: dict[str, Any] = {}
    for marker in reversed(list(item.iter_markers("ddbmock"))):
        if marker.args:
            raise pytest.UsageError(
                "The marker ddbmock takes settings by name: @pytest.mark.ddbmock(ttl='prompt')."
            )
        settings.update(marker.kwargs)
    options: dict[str, Any] = {name: settings.pop(name) for name in OPTIONS if name in settings}
    return settings, options
