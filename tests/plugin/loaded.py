"""How a run of pytest comes by the plugin."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Final

INSTALLED: Final = bool(entry_points(group="pytest11", name="ddbmock"))
PLUGIN: Final = ("-p", "ddbmock" if INSTALLED else "ddbmock.pytest_plugin")
"""Arguments; pytest refuses to load a plugin under two names."""
