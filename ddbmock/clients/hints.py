"""Hints as notes of exceptions (PEP 678)."""

from __future__ import annotations


def annotate(error: BaseException, hint: str | None) -> None:
    """Add a hint to an exception's notes, where tracebacks and test reports show it, once.

    >>> error = ValueError()
    >>> for _ in range(2):
    ...     annotate(error, "There is no table 'musik'; did you mean 'music'?")
    >>> error.__notes__
    ["ddbmock: There is no table 'musik'; did you mean 'music'?"]
    >>> annotate(error, "SET name = :n\\n    ^ Write #name.")
    >>> print(error.__notes__[1])
    ddbmock: SET name = :n
                 ^ Write #name.
    """
    if not hint:
        return
    # Lines are indented, so that a caret below the prefix points to the right place.
    note = "ddbmock: " + hint.replace("\n", "\n         ")
    notes = getattr(error, "__notes__", ())
    if note not in notes:
        # This is the whole of add_note(), which Python 3.10 lacks.
        error.__notes__ = [*notes, note]  # type: ignore[attr-defined]  # on 3.10
