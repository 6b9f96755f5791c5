"""The packages that setup.py names."""

from __future__ import annotations

import runpy
from typing import Any

import pytest

from tests.pages import ROOT


def test_every_folder_is_a_named_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """setuptools warns at length of each folder that is not, and new versions of pip show that."""
    setuptools = pytest.importorskip("setuptools")
    given: dict[str, Any] = {}
    monkeypatch.setattr(setuptools, "setup", given.update)
    monkeypatch.chdir(ROOT)
    runpy.run_path("setup.py")
    folders = {path.parent.relative_to(ROOT) for path in ROOT.glob("ddbmock/**/*.*")}
    names = {".".join(path.parts) for path in folders if path.name != "__pycache__"}
    assert sorted(given["packages"]) == sorted(names)
