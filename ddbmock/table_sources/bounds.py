"""Bounds of the work that a document can cause, since a few hundred bytes can expand to gigabytes.

YAML's aliases let a document repeat its parts, and parts of parts, and even contain itself;
templates add conditions and references that do the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ddbmock.table_sources.definition import TableSourceError

MOST_BYTES: Final = 10 * 1024 * 1024
"""The largest file; CloudFormation takes templates of 1 MB."""
MOST_VALUES: Final = 200_000
"""Values in a document, with those that aliases repeat, and steps of working a template out."""
MOST_DEPTH: Final = 100
MOST_TEXT: Final = 100_000
"""The number of characters of a text that functions create."""


def check_document(document: Any) -> None:
    """Reject a document that is too large, nested too deeply, or contains itself.

    Takes time by the document's size without what its aliases repeat.

    :raises TableSourceError: it is.
    """
    _size(document, {}, 0)


def _size(value: Any, known: dict[int, int | None], depth: int) -> int:
    """Return how many values there are in one; `known` has None for those being counted."""
    if not isinstance(value, (Mapping, list, tuple)):
        return 1
    number = id(value)
    if number in known:
        counted = known[number]
        if counted is None:
            raise TableSourceError("The document contains itself.")
        return counted
    if depth == MOST_DEPTH:
        raise TableSourceError(f"The document is nested more than {MOST_DEPTH} deep.")
    known[number] = None
    size = 1
    for one in value.values() if isinstance(value, Mapping) else value:
        size += _size(one, known, depth + 1)
        if size > MOST_VALUES:
            raise TableSourceError(
                f"The document has more than {MOST_VALUES:,} values, those included that its "
                "aliases repeat."
            )
    known[number] = size
    return size
