"""Suggestions for unknown names."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(wrong: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """Return the known name that is most similar to a wrong one, or None.

    `likeness` goes from 0, for any two names, to 1 for equal ones.

    >>> nearest("PutItme", ["GetItem", "PutItem"]), nearest("x", ["PutItem"])
    ('PutItem', None)
    """
    # Most programs make no such mistake, so this is imported on first use.
    import difflib

    return next(iter(difflib.get_close_matches(wrong, list(known), 1, likeness)), None)
