"""A database with several regions, over two storage engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ddbmock
from tests.global_tables.regions import Regions


@pytest.fixture
def settings() -> dict[str, Any]:
    """Override in a module or class for other settings."""
    return {}


@pytest.fixture(params=["memory", "sqlite"])
def regions(
    request: pytest.FixtureRequest, tmp_path: Path, settings: dict[str, Any]
) -> Iterator[Regions]:
    storage = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path / 'content.db'}"
    with ddbmock.Database(storage=storage, databases="region", **settings) as db:
        db.clock.freeze(1_790_000_000.0)
        yield Regions(db)
