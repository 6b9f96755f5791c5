"""A real server for real clients: ``pserve development.ini`` in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import pserve


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server's URL. Its tables take their time, as ``make serve`` has them do."""
    with pserve(tmp_path_factory.mktemp("server")) as server:
        yield f"http://127.0.0.1:{server.port}"
