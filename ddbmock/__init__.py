"""DynamoDB for tests and development: over the network and inside the process.

The public names are imported when they are first used: ``import ddbmock`` costs next to nothing
and needs neither Pyramid nor any client library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ddbmock.web import main as main

__version__ = "2.0.0.dev0"

_HOMES: Final = {
    "main": "ddbmock.web",
}
"""The module behind each public name."""

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
