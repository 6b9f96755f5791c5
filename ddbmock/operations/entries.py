"""Entries of a request, one by one: the hint of an error names the entry."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from ddbmock.errors import ValidationException
from ddbmock.expressions.faults import labelled

T = TypeVar("T")
Result = TypeVar("Result")


def each(
    read: Callable[[T], Result], entries: Iterable[T], kind: str, table: str | None = None
) -> list[Result]:
    """Return what a function returns for each entry; `kind` is the word for an entry in hints.

    :raises ValidationException: the first error; its hint names the entry and its table, if there is one.
    """
    results: list[Result] = []
    append = results.append
    try:
        for entry in entries:
            append(read(entry))
    except ValidationException as error:
        place = "" if table is None else f" of {table}"
        error.hint = labelled(f"{kind} {len(results) + 1}{place}", error.hint)
        raise
    return results
