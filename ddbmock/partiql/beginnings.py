"""Advice for texts that begin like a statement of another database, or like half of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ddbmock.expressions.faults import probably

_STATEMENTS: Final = ("SELECT", "INSERT", "UPDATE", "DELETE")
"""Words that statements begin with."""

INSERT: Final = "Write INSERT INTO \"table\" VALUE {'name': value, ...}."
EXISTS: Final = 'Write EXISTS(SELECT * FROM "table" WHERE key = value AND condition).'
_TABLES: Final = (
    "No statement creates or changes a table: call CreateTable, UpdateTable, DeleteTable or "
    "DescribeTable."
)
_TRANSACTIONS: Final = "ExecuteTransaction carries out several statements as one transaction."
_UPSERT: Final = "INSERT is for new items, UPDATE for existing ones; PutItem is for both."

_ADVICE: Final[Mapping[str, str]] = {
    "insert": INSERT,
    "exists": EXISTS,
    **dict.fromkeys(("create", "alter", "drop", "truncate", "describe"), _TABLES),
    **dict.fromkeys(("begin", "commit", "rollback"), _TRANSACTIONS),
    **dict.fromkeys(("upsert", "merge", "replace"), _UPSERT),
    **dict.fromkeys(
        ("union", "except", "intersect"), "Send each SELECT as a statement of its own."
    ),
    "show": "No statement lists tables: call ListTables.",
}


def advice(word: str) -> str:
    """Return what to write instead of a text that begins with a word.

    >>> advice("SLECT")
    'A statement begins with SELECT, INSERT, UPDATE or DELETE. Did you mean SELECT?'
    """
    meant = probably(word.upper(), _STATEMENTS)
    known = _ADVICE.get(word.lower().partition(" ")[0])
    return known or f"A statement begins with SELECT, INSERT, UPDATE or DELETE.{meant}"
