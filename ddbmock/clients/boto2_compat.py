"""Names that boto 2.49 misses on Python 3.10 and newer, provided while it is imported.

boto's last release is from 2018. Since then Python has dropped ``collections.Mapping`` (3.10),
``imp`` and the old protocol of import hooks (3.12), which boto's bundled six speaks. Only imports
break; once imported, boto works. So an import hook that looks at no name but boto's own lends the
missing names while a module of boto's is executed, and takes them back.
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
    """Make every later ``import boto`` work; costs nothing until then, and twice is once."""
    if not any(isinstance(finder, BotoFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, BotoFinder())


class BotoFinder:
    """Finds boto's modules where they are, with a loader that lends."""

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
    """``collections.Mapping``, its like and ``imp``, as far as they are missing, for one block.

    Invalid escapes in boto's sources cause warnings when they are first compiled; no user who is
    told could do anything about it.
    """
    with _LENDING, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", SyntaxWarning)
        lent = [name for name in _ABSTRACT if not hasattr(collections, name)]
        for name in lent:
            setattr(collections, name, getattr(collections.abc, name))
        # boto uses imp only to load the plugins that a configuration file may name
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
    """Put a finder of today's protocol in the place of the one that six puts on ``meta_path``."""
    legacy = six._importer
    if not hasattr(legacy, "find_spec"):
        sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not legacy]
        sys.meta_path.append(_MovesFinder(legacy))


class _MovesFinder:
    """Finds ``boto.vendored.six.moves`` and below, by asking six's own importer."""

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
        # six answers with the standard library's module itself, and the import system has just
        # stamped our spec on it: ``queue`` must stay ``queue``
        stamped = module.__spec__
        if stamped is not None and (own := self._specs.pop(stamped.name, None)) is not None:
            module.__spec__ = own
