"""Tables that have everything answer any request, on each engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from ddbmock.storage import open as open_storage
from tests.robustness.laden import check_laden

REQUESTS = 400
"""`make torture` takes more."""


@pytest.mark.parametrize("url", ["memory://", "sqlite:///{}/content.db?durability=normal"])
def test_laden_tables_answer_any_request(url: str, tmp_path: Path) -> None:
    storage = open_storage(url.format(tmp_path))
    assert check_laden(storage, REQUESTS, seed=1, forks=url.startswith("memory")) > 0
    storage.close()
