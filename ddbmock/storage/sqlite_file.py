"""The SQLite engine's file: its header, its schema, and the checks when it is opened."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Final
from urllib.parse import quote
from zlib import crc32

from ddbmock.storage import ConflictError, StorageError, UnavailableError

APPLICATION_ID: Final = int.from_bytes(b"ddbm", "big")
"""The application id in the header of ddbmock's files."""

MAGIC: Final = b"SQLite format 3\x00"

PAGE_BYTES: Final = 8192
"""The page size in bytes. Inner pages of the tree contain entries as well, so large pages keep the
tree flat: with values of 2 KB a get takes half as long as with SQLite's default of 4,096."""

CHECKED_BYTES: Final = 8 * 1024 * 1024
"""Files up to this size are checked as a whole when they are opened, which takes about 10 ms."""

BUSY_SECONDS: Final = 5.0
"""Seconds that a process waits until another one has finished writing."""

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        # The name of a space is stored once. Rows are never removed, so a number stays valid.
        "CREATE TABLE spaces (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
        """
        CREATE TABLE entries (
            space INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,
            PRIMARY KEY (space, key)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE counters (
            name TEXT NOT NULL PRIMARY KEY, first INTEGER NOT NULL, second INTEGER NOT NULL
        ) WITHOUT ROWID
        """,
    ),
    (
        "ALTER TABLE entries ADD COLUMN checksum INTEGER",
        "UPDATE entries SET checksum = checksum(space, key, value)",
        "ALTER TABLE spaces ADD COLUMN checksum INTEGER",
        "UPDATE spaces SET checksum = checksum(number, CAST(name AS BLOB), X'')",
    ),
)
"""The statements from each schema version to the next; the first ones create the schema."""


def checksum(space: int, key: bytes, value: bytes) -> int:
    """Return the checksum of a record: 32 bits over its space's number, key and value.

    SQLite itself detects damage to the structure of pages, but not to their content.
    """
    return crc32(value, crc32(key, space) ^ len(key))


def prepare(path: Path) -> str:
    """Prepare the file for use, and return the URI parameter for connections.

    A missing file is created. A file that does not belong to ddbmock, is damaged, or comes from a
    newer version is not changed.

    :raises StorageError: the file is one of these.
    :raises sqlite3.Error: anything else.
    """
    if "\0" in str(path):
        raise StorageError("the path of a SQLite file cannot contain the character U+0000")
    if not path.parent.is_dir():
        raise StorageError(f"there is no directory {path.parent} to keep {path.name} in")
    if not _is_new(path):
        try:
            _check(path, "mode=ro")
        except sqlite3.OperationalError as error:
            if not must_be_read_directly(path, error):
                raise
            _check(path, "immutable=1")
            return "immutable=1"
    _migrate(path)
    return "mode=rw"


def must_be_read_directly(path: Path, error: sqlite3.OperationalError) -> bool:
    """Return whether a file that cannot be opened to read can be opened as immutable.

    In a read-only directory, SQLite cannot create the shared memory of a file in WAL mode. Without a
    log beside it, the file can be read directly.
    """
    return "readonly" in str(error) and not _beside(path, "-wal").exists()


def connect(path: Path, parameter: str) -> sqlite3.Connection:
    """Return a connection that starts no transactions by itself, for use in any thread."""
    return sqlite3.connect(
        f"file:{quote(str(path))}?{parameter}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )


def translated(error: sqlite3.Error, path: Path, *, applied: bool | None = False) -> StorageError:
    """Return the port's error for an error of the driver.

    This compares SQLite's texts, since Python 3.10 does not provide its error codes.
    """
    text = str(error)
    if "locked" in text:
        return ConflictError(f"another process is writing to {path}")
    if "readonly" in text:
        return UnavailableError(f"{path} is read-only")
    if "full" in text:
        return UnavailableError(f"there is no room left on the disk for {path}")
    if "I/O" in text or "unable to open" in text:
        return UnavailableError(f"{path} cannot be read or written ({text})", applied=applied)
    if "malformed" in text or "not a database" in text:
        return StorageError(f"{path} is damaged ({text}); restore it from a copy")
    return StorageError(f"SQLite cannot work with {path} ({text})")


def check_header(path: Path) -> None:
    """Check by its first bytes that a file belongs to ddbmock.

    :raises StorageError: it does not, or is empty.
    """
    if _is_new(path):
        raise StorageError(f"there is nothing in {path} yet")


def _is_new(path: Path) -> bool:
    """Return whether the file is missing or empty. This reads its bytes, since SQLite might change
    a file that it opens.

    :raises StorageError: the file has content that does not belong to ddbmock.
    """
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except FileNotFoundError:
        return True
    except OSError as error:
        raise StorageError(f"{path} cannot be opened ({error.strerror})") from error
    if header and not header.startswith(MAGIC):
        raise StorageError(f"{path} is not a SQLite file; it is left as it is")
    if header and header[68:72] != APPLICATION_ID.to_bytes(4, "big"):
        raise StorageError(f"{path} is another program's SQLite file; it is left as it is")
    # A journal remains if a process was killed while it created the schema. SQLite rolls that back.
    return not header or _beside(path, "-journal").exists()


def _check(path: Path, parameter: str) -> None:
    connection = connect(path, parameter)
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > len(MIGRATIONS):
            raise StorageError(
                f"{path} was written by a newer version of ddbmock (schema {version}, "
                f"while this one knows {len(MIGRATIONS)}); it is left as it is"
            )
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        _check_spaces(connection, path, version)
        if path.stat().st_size <= CHECKED_BYTES:
            (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if answer != "ok":
                raise StorageError(
                    f"{path} is damaged ({' '.join(answer.split())}); it is left as it is"
                )
    except UnicodeDecodeError as error:
        # A part of SQLite's text about a damaged schema.
        raise StorageError(f"{path} is damaged (its schema); it is left as it is") from error
    except sqlite3.DatabaseError as error:
        # Parts of SQLite's texts about a damaged schema: it is malformed, lacks a table or column,
        # or cannot be parsed.
        if isinstance(error, sqlite3.OperationalError) and not _of_schema(str(error)):
            raise
        raise StorageError(f"{path} is damaged ({error}); it is left as it is") from error
    finally:
        connection.close()


def _of_schema(text: str) -> bool:
    return any(words in text for words in ("malformed", "no such", "syntax error"))


def _check_spaces(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """Raise if the name of a space is damaged, because all its records would seem to be missing."""
    if version < 2:
        return
    for number, name, stored in connection.execute("SELECT number, name, checksum FROM spaces"):
        if (
            not (isinstance(name, str) and isinstance(number, int))
            or checksum(number, name.encode(), b"") != stored
        ):
            raise StorageError(f"{path} is damaged (space {number}); it is left as it is")


def _migrate(path: Path) -> None:
    """Migrate the file to the newest schema and to WAL mode.

    The schema comes first. Written without WAL, the header identifies the file from the first
    commit on, even if the process is killed afterwards.
    """
    connection = connect(path, "mode=rwc")
    try:
        if _version(connection) < len(MIGRATIONS):
            connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
            connection.create_function("checksum", 3, checksum, deterministic=True)
            connection.execute("BEGIN IMMEDIATE")
            # Another process may have migrated it meanwhile.
            for step in MIGRATIONS[_version(connection) :]:
                for statement in step:
                    connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
            connection.execute("COMMIT")
        if _enter_wal_mode(connection) != "wal":
            raise StorageError(f"SQLite cannot keep {path} in WAL mode, which ddbmock needs")
    finally:
        connection.close()


def _enter_wal_mode(connection: sqlite3.Connection) -> str:
    """Request WAL mode, and return the journal mode that the file then has.

    SQLite does not wait here, because two processes that change the mode could wait for each other.
    """
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
            return str(mode)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.002)


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    assert isinstance(version, int)
    return version


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
