"""The marker ``ddbmock_limit``: a test that asks too much of its database fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ddbmock.pytest_plugin.databases import database_of


@contextmanager
def failing_over_limit(item: pytest.Item) -> Iterator[None]:
    """Fail a test that passed, if it asked for more than its marker allows.

    The test itself is counted, not what fixtures asked before it.
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
        pytest.fail(f"ddbmock_limit: {error}", pytrace=False)
    database = database_of(item)
    before = Totals() if database is None else database.requests.totals
    yield
    database = database_of(item)
    if database is None:
        if marker not in item.own_markers:
            # of a whole class or module, in which not every test need use a database
            return
        pytest.fail(
            "ddbmock_limit counts requests to the database of the fixture ddbmock (or of the "
            "unittest mixin), and this test uses neither.",
            pytrace=False,
        )
    excess = limit.excess(before, database.requests)
    if excess:
        pytest.fail(f"ddbmock_limit: {excess}", pytrace=False)
