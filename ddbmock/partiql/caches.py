"""Caches of compiled statements: many short statements, and a few long ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, Final, ParamSpec, TypeVar

SHORT: Final = 1024
"""Largest number of characters of a short statement."""
MOST_SHORT: Final = 2048
MOST_LONG: Final = 64
"""The most long statements in a cache; a compiled one can take a megabyte."""

P = ParamSpec("P")
R = TypeVar("R")


def cached(function: Callable[P, R]) -> Callable[P, R]:
    """Cache the results of a function whose first argument is a statement or its text."""
    short = lru_cache(maxsize=MOST_SHORT)(function)
    long = lru_cache(maxsize=MOST_LONG)(function)

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        first: Any = args[0]
        text: str = first if type(first) is str else first.text
        return (short if len(text) <= SHORT else long)(*args, **kwargs)  # type: ignore[arg-type]  # statements and types are hashable

    return wrapper
