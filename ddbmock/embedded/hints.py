"""Hints as exception notes (PEP 678): what was probably meant, beside what the client raises."""

from __future__ import annotations


def annotate(error: BaseException, hint: str | None) -> None:
    """Add a hint to an exception's notes, where tracebacks and test reports show it.

    >>> error = ValueError()
    >>> annotate(error, "There is no table 'musik'; did you mean 'music'?")
    >>> error.__notes__
    ["ddbmock: There is no table 'musik'; did you mean 'music'?"]
    """
    if hint:
        # add_note() came with Python 3.11; this is all it does
        error.__notes__ = [*getattr(error, "__notes__", ()), f"ddbmock: {hint}"]  # type: ignore[attr-defined]  # on 3.10
