"""All damage in a SQLite file, found by reading every page and every record."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ddbmock.named_tuple import NamedTuple
from ddbmock.storage import StorageError
from ddbmock.storage.sqlite_file import check_header, checksum, connect, must_be_read_directly


class Damage(NamedTuple):
    """A place of a file that differs from what was written."""

    text: str
    """A description of damage that is outside of records."""
    space: str = ""
    key: bytes = b""
    """The space and key of the record; empty for other damage."""


class Record(NamedTuple):
    """A sound record."""

    space: str
    key: bytes
    value: bytes


def read_all(path: Path) -> Iterator[Damage | Record]:
    """Yield every sound record and all damage of a file, without changing it.

    :raises StorageError: the file does not belong to ddbmock.
    """
    check_header(path)
    try:
        connection = _connect(path)
    except sqlite3.Error as error:
        raise StorageError(f"{path} cannot be opened ({error})") from error
    try:
        yield from _structure(connection)
        yield from _records(connection)
    finally:
        connection.close()


def counters(path: Path) -> dict[str, tuple[int, int]]:
    """Return the sums of every counter that can be read."""
    connection = _connect(path)
    try:
        rows = connection.execute("SELECT name, first, second FROM counters").fetchall()
        return {name: (first, second) for name, first, second in rows}
    except (sqlite3.Error, UnicodeDecodeError):
        return {}
    finally:
        connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    """Return a connection that only reads."""
    connection = connect(path, "mode=ro")
    try:
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.OperationalError as error:
        if must_be_read_directly(path, error):
            connection.close()
            return connect(path, "immutable=1")
    except sqlite3.Error:
        """The damage is found when the content is read."""
    return connection


def _structure(connection: sqlite3.Connection) -> Iterator[Damage]:
    try:
        for (line,) in connection.execute("PRAGMA integrity_check(1000)"):
            if line != "ok":
                yield Damage(" ".join(str(line).split()))
    except (sqlite3.Error, UnicodeDecodeError) as error:
        yield Damage(f"the file's structure cannot be read ({error})")


def _records(connection: sqlite3.Connection) -> Iterator[Damage | Record]:
    try:
        spaces = dict(connection.execute("SELECT number, name FROM spaces").fetchall())
        columns = {row[1] for row in connection.execute("PRAGMA table_info(entries)").fetchall()}
    except (sqlite3.Error, UnicodeDecodeError) as error:
        yield Damage(f"the names of the spaces cannot be read ({error})")
        return
    if "checksum" not in columns:
        yield Damage("the records have no checksums yet: opening the file with ddbmock adds them")
        return
    ascending = "SELECT space, key, value, checksum FROM entries ORDER BY space, key"
    seen: set[tuple[Any, Any]] = set()
    for statement in (ascending, f"{ascending} DESC".replace("space,", "space DESC,")):
        # Records that cannot be reached from the beginning may be reached from the end.
        try:
            for number, key, value, stored in connection.execute(statement):
                if (number, key) in seen:
                    return
                seen.add((number, key))
                yield _judged(spaces.get(number, f"space {number}"), number, key, value, stored)
            return
        except (sqlite3.Error, UnicodeDecodeError) as error:
            yield Damage(f"some records cannot be read ({error})")


def _judged(space: str, number: Any, key: Any, value: Any, stored: Any) -> Damage | Record:
    try:
        if checksum(number, key, value) == stored:
            return Record(space, key, value)
    except TypeError:
        """The type is damaged."""
    return Damage("", space, key if isinstance(key, bytes) else str(key).encode())
