"""Modules that are imported when they are first used, so that a process starts sooner.

Each is named twice at the top of the module that uses it::

    if TYPE_CHECKING:
        from ddbmock.database.data_plane import followers, journal
    else:
        followers, journal = later("ddbmock.database.data_plane", "followers", "journal")

Type checkers, and tests/test_layers.py, see an ordinary import. The first attribute that is used
imports the module; each use costs 0.1 µs more than with an ordinary import.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ddbmock import forking


class _Later:
    """A module that may not have been imported yet."""

    __slots__ = ("_loaded", "_name")

    def __init__(self, name: str) -> None:
        self._name = name
        self._loaded: Any = None

    def __getattr__(self, name: str) -> Any:
        if self._loaded is None:
            with forking.imports:
                self._loaded = import_module(self._name)
        return getattr(self._loaded, name)


def later(package: str, *names: str) -> Any:
    """Return a stand-in for a module of a package, or a tuple of several."""
    modules = [_Later(f"{package}.{name}") for name in names]
    return modules[0] if len(modules) == 1 else tuple(modules)
