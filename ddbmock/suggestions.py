"""Names in hints: suggestions for unknown ones, and long ones cut."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

SHOWN: Final = 40
"""Largest number of characters of a value in a hint."""


def nearest(wrong: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """Return the known name that is most similar to a wrong one, or None.

    `likeness` goes from 0, for any two names, to 1 for equal ones.

    >>> nearest("PutItme", ["GetItem", "PutItem"]), nearest("x", ["PutItem"])
    ('PutItem', None)
    """
    # Most programs make no such mistake, so this is imported on first use.
    import difflib

    return next(iter(difflib.get_close_matches(wrong, list(known), 1, likeness)), None)


def shortened(text: str) -> str:
    """Return a text from a request as hints show it: long ones are cut.

    >>> shortened("a"), shortened("a" * 65_536) == "a" * 40 + "…"
    ('a', True)
    """
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
