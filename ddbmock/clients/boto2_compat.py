"""Names that boto 2.49 needs and Python 3.10 or newer lacks, provided while boto is imported.

boto's last release is from 2018. Since then Python has removed ``collections.Mapping`` (3.10),
``imp`` and the old protocol of import hooks (3.12), which the six in boto uses. Only imports fail;
an imported boto works. So an import hook, which handles boto's modules only, provides the missing
names while such a module is executed, and removes them afterwards.
"""

from __future__ import annotations

import collections
import collections.abc
import importlib.machinery
import sys
import threading
import types
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

_SIX: Final = "boto.vendored.six"
_MOVES: Final = f"{_SIX}.moves"
_ABSTRACT: Final = ("Iterable", "Mapping", "MutableMapping", "Sequence")
_LENDING: Final = threading.RLock()


def prepare() -> None:
    """Make every later ``import boto`` work. Until then this costs nothing; a second call does
    nothing."""
    if not any(isinstance(finder, BotoFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, BotoFinder())


class BotoFinder:
    """An import hook for boto's modules, whose loader provides the missing names."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not name.startswith("boto.") and name != "boto":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and type(spec.loader) is importlib.machinery.SourceFileLoader:
            spec.loader = _LendingLoader(name, spec.loader.path)
        return spec


class _LendingLoader(importlib.machinery.SourceFileLoader):
    def exec_module(self, module: types.ModuleType) -> None:
        with _lent_names():
            super().exec_module(module)
        if module.__name__ == _SIX:
            _renew_importer(module)


@contextmanager
def _lent_names() -> Iterator[None]:
    """Provide ``collections.Mapping``, similar names and ``imp``, if they are missing, for one
    block.

    Warnings about invalid escapes in boto's sources are ignored, since users cannot correct them.
    """
    with _LENDING, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", SyntaxWarning)
        lent = [name for name in _ABSTRACT if not hasattr(collections, name)]
        for name in lent:
            setattr(collections, name, getattr(collections.abc, name))
        # boto uses imp only to load plugins that a configuration file names.
        stand_in = None
        if sys.version_info >= (3, 12) and "imp" not in sys.modules:
            stand_in = sys.modules["imp"] = types.ModuleType("imp")
        try:
            yield
        finally:
            for name in lent:
                delattr(collections, name)
            if stand_in is not None:
                del sys.modules["imp"]


def _renew_importer(six: types.ModuleType) -> None:
    """Replace the finder that six adds to ``meta_path`` by one with today's protocol."""
    legacy = six._importer
    if not hasattr(legacy, "find_spec"):
        sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not legacy]
        sys.meta_path.append(_MovesFinder(legacy))


class _MovesFinder:
    """An import hook for ``boto.vendored.six.moves`` and below, which uses six's own importer."""

    def __init__(self, legacy: Any) -> None:
        self._legacy = legacy
        self._specs: dict[str, Any] = {}

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None,
        target: types.ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        if not name.startswith(_MOVES) or self._legacy.find_module(name) is None:
            return None
        loader: Any = self
        return importlib.machinery.ModuleSpec(
            name, loader, is_package=self._legacy.is_package(name)
        )

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        module: types.ModuleType = self._legacy.load_module(spec.name)
        self._specs[spec.name] = getattr(module, "__spec__", None)
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        # six returns a module of the standard library, on which the import system has set our spec.
        # Restore the module's own spec, so that ``queue`` stays ``queue``.
        stamped = module.__spec__
        if stamped is not None and (own := self._specs.pop(stamped.name, None)) is not None:
            module.__spec__ = own
