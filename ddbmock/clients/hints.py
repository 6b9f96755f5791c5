"""Hints as exception notes (PEP 678): what was probably meant, beside what the client raises."""

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
    # indented, so that a caret still points to its place below the prefix
    note = "ddbmock: " + hint.replace("\n", "\n         ")
    notes = getattr(error, "__notes__", ())
    if note not in notes:
        # add_note() came with Python 3.11; this is all it does
        error.__notes__ = [*notes, note]  # type: ignore[attr-defined]  # on 3.10
