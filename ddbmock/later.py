"""Modules and regular expressions that are made when they are first used, so that a process starts sooner.

Each is named twice at the top of the module that uses it::

    if TYPE_CHECKING:
        from ddbmock.database.data_plane import followers, journal
    else:
        followers, journal = later("ddbmock.database.data_plane", "followers", "journal")

Type checkers, and tests/test_layers.py, see an ordinary import. The first use of an attribute imports
the module and puts it in the place of its stand-in, so that later uses cost nothing.

A regular expression takes 0.1 to 0.3 ms to compile. Use ``pattern`` for an expression that most processes
import but do not need.
"""

from __future__ import annotations

import re
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ddbmock import forking


class _Later:
    """The stand-in for a module in the namespace of one that uses it."""

    __slots__ = ("_name", "_namespace")

    def __init__(self, name: str, namespace: dict[str, Any]) -> None:
        self._name = name
        self._namespace = namespace

    def __getattr__(self, name: str) -> Any:
        with forking.imports:
            module = import_module(self._name)
        for known, value in list(self._namespace.items()):
            if value is self:
                self._namespace[known] = module
        return getattr(module, name)


def later(package: str, *names: str) -> Any:
    """Return a stand-in for a module of a package, or a tuple of several, for the calling module."""
    namespace = sys._getframe(1).f_globals
    modules = [_Later(f"{package}.{name}", namespace) for name in names]
    return modules[0] if len(modules) == 1 else tuple(modules)


class _Pattern:
    """The stand-in for a compiled regular expression. Each method is looked up once."""

    def __init__(self, text: str, flags: int) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        method = getattr(re.compile(self._text, self._flags), name)
        self.__dict__[name] = method
        return method


def _pattern(text: str, flags: int = 0) -> Any:
    """Return a regular expression that is compiled when it is first used."""
    return _Pattern(text, flags)


if TYPE_CHECKING:
    pattern = re.compile
else:
    pattern = _pattern
