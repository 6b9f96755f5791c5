"""A plugin for pytest that :mod:`bench.libraries` runs suites with: it answers inside the process.

``BENCH_DOOR`` says who answers: ddbmock, moto, or, if it is empty, the server at ``BENCH_URL``.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any, Final

import pytest

_OPEN: Final = pytest.StashKey[contextlib.ExitStack]()


def pytest_configure(config: pytest.Config) -> None:
    stack = config.stash[_OPEN] = contextlib.ExitStack()
    match os.environ["BENCH_DOOR"]:
        case "ddbmock":
            import ddbmock

            stack.enter_context(ddbmock.mock())
        case "moto":
            import moto

            stack.enter_context(moto.mock_aws())


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[_OPEN].close()


def pytest_collection_finish() -> None:
    """Connect dynamo3's tests, as its plugin for nose does."""
    dynamo3: Any = sys.modules.get("dynamo3")
    if dynamo3 is None:
        return
    import botocore.session

    client = botocore.session.get_session().create_client(
        "dynamodb", "us-east-1", endpoint_url=os.environ["BENCH_URL"]
    )
    sys.modules["tests"].BaseSystemTest.dynamo = dynamo3.DynamoDBConnection(client)
