"""The marker ``ddbmock_limit``: a test that exceeds the limit fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ddbmock.pytest_plugin.databases import database_of


@contextmanager
def failing_over_limit(item: pytest.Item) -> Iterator[None]:
    """Fail a test that has passed but exceeds the limit of its marker.

    Only the requests of the test itself count, not those of its fixtures.
    """
    marker = item.get_closest_marker("ddbmock_limit")
    if marker is None:
        yield
        return
    from ddbmock.service.request_log import Totals
    from ddbmock.testing.limits import Limit

    try:
        limit = Limit.of(**marker.kwargs)
    except TypeError as error:
        raise pytest.fail.Exception(f"ddbmock_limit: {error}", pytrace=False) from None
    database = database_of(item)
    before = Totals() if database is None else database.requests.totals
    yield
    database = database_of(item)
    if database is None:
        if marker not in item.own_markers:
            # The marker can be that of a class or module, in which some tests use no database.
            return
        pytest.fail(
            "ddbmock_limit counts requests to the database of the fixture ddbmock (or of the "
            "unittest mixin), and this test uses neither.",
            pytrace=False,
        )
    excess = limit.excess(before, database.requests)
    if excess:
        pytest.fail(f"ddbmock_limit: {excess}", pytrace=False)
