"""The option ``--ddbmock-verify``: each request of a test goes to an endpoint as well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest

from ddbmock.pytest_plugin.databases import database_of

ENDPOINT: Final = pytest.StashKey[Any]()


@contextmanager
def verifying(item: pytest.Item) -> Iterator[None]:
    """Fail a test that passed, if the endpoint answers one of its requests differently.

    What the fixtures have stored is copied to the endpoint first.
    """
    target = item.config.getoption("ddbmock_verify")
    database = database_of(item)
    if target is None or database is None:
        yield
        return
    from ddbmock.verify.endpoint import Endpoint, VerifyError
    from ddbmock.verify.mirror import Mirror

    try:
        endpoint = item.config.stash.get(ENDPOINT, None)
        if endpoint is None:
            region = database.region if target == "aws" else None
            endpoint = item.config.stash[ENDPOINT] = Endpoint(target, region)
        mirror = Mirror(database.router, endpoint)
        with mirror.watching(database.region):
            yield
    except VerifyError as error:
        pytest.fail(f"--ddbmock-verify={target}: {error}", pytrace=False)
    if mirror.difference is not None:
        pytest.fail(f"{target} answers differently:\n{mirror.difference}", pytrace=False)
