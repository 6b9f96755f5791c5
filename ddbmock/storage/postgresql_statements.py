"""All statements of the PostgreSQL engine.

They are few and plain, so that other databases with PostgreSQL's protocol accept them.
"""

from __future__ import annotations

from typing import Final

SCHEMA_VERSION: Final = 1

CREATE: Final = (
    """
    CREATE TABLE IF NOT EXISTS ddbmock_entries (
        space bytea NOT NULL, key bytea NOT NULL, value bytea NOT NULL, PRIMARY KEY (space, key)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS ddbmock_counters (
        name bytea NOT NULL, slot integer NOT NULL, first bigint NOT NULL, second bigint NOT NULL,
        PRIMARY KEY (name, slot)
    )
    """,
    "CREATE TABLE IF NOT EXISTS ddbmock_schema (version integer NOT NULL PRIMARY KEY)",
    "INSERT INTO ddbmock_schema (version) VALUES (1) ON CONFLICT (version) DO NOTHING",
)
AT_ONCE: Final = ("23505", "42P07", "42710", "40001", "XX000")
"""The SQLSTATEs of errors when the same table is created twice at the same time."""

CHANCES: Final = 10

VERSION: Final = "SELECT max(version) FROM ddbmock_schema"

BEGIN_READ: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
BEGIN_WRITE: Final = "BEGIN ISOLATION LEVEL SERIALIZABLE"
COMMIT: Final = "COMMIT"
ROLLBACK: Final = "ROLLBACK"
GET: Final = "SELECT value FROM ddbmock_entries WHERE space = %b AND key = %b"
UP: Final = (
    "SELECT key, value FROM ddbmock_entries WHERE space = %b AND key >= %b AND key < %b"
    " ORDER BY key LIMIT %s"
)
UP_TO_THE_END: Final = (
    "SELECT key, value FROM ddbmock_entries WHERE space = %b AND key >= %b ORDER BY key LIMIT %s"
)
DOWN: Final = (
    "SELECT key, value FROM ddbmock_entries WHERE space = %b AND key >= %b AND key < %b"
    " ORDER BY key DESC LIMIT %s"
)
DOWN_FROM_THE_END: Final = (
    "SELECT key, value FROM ddbmock_entries WHERE space = %b AND key >= %b"
    " ORDER BY key DESC LIMIT %s"
)
PUT: Final = (
    "INSERT INTO ddbmock_entries (space, key, value) VALUES (%b, %b, %b)"
    " ON CONFLICT (space, key) DO UPDATE SET value = excluded.value"
)
MARK: Final = (
    "INSERT INTO ddbmock_entries (space, key, value) VALUES (%b, %b, '')"
    " ON CONFLICT (space, key) DO NOTHING"
)
DELETE: Final = "DELETE FROM ddbmock_entries WHERE space = %b AND key = %b"
CLEAR: Final = "DELETE FROM ddbmock_entries WHERE space = %b"
CLEAR_BELOW: Final = "DELETE FROM ddbmock_entries WHERE space >= %b AND space < %b"
TOTAL: Final = "SELECT first, second FROM ddbmock_counters WHERE name = %b"
ADD: Final = (
    "INSERT INTO ddbmock_counters (name, slot, first, second) VALUES (%b, %s, %s, %s)"
    " ON CONFLICT (name, slot) DO UPDATE SET first = ddbmock_counters.first + excluded.first,"
    " second = ddbmock_counters.second + excluded.second"
)
RESET: Final = "DELETE FROM ddbmock_counters WHERE name = %b"
