"""Files that the SQLite engine makes, brings up to date, or refuses and leaves alone."""

from __future__ import annotations

import os
import pickle
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ddbmock.storage import StorageError, UnavailableError, sqlite_file
from ddbmock.storage.sqlite import SQLiteStorage
from ddbmock.storage.sqlite_check import Damage, read_all
from ddbmock.storage.testing.steps import content, fill, in_threads, numbered, total

NEWER = (*sqlite_file.MIGRATIONS, ("ALTER TABLE counters ADD COLUMN third INTEGER DEFAULT 7",))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "content.db"


def filled(path: Path, count: int = 3) -> None:
    storage = SQLiteStorage(path)
    fill(storage, "orders", numbered(count))
    with storage.write() as writer:
        writer.add("units", 1, 2)
    storage.close()


def refusal(path: Path) -> str:
    """What opening the file says; nothing in its directory changes."""
    before = {file: file.read_bytes() for file in path.parent.iterdir() if file.is_file()}
    with pytest.raises(StorageError) as raised:
        SQLiteStorage(path)
    after = {file: file.read_bytes() for file in path.parent.iterdir() if file.is_file()}
    # SQLite leaves its empty log and shared memory beside a file in WAL mode that it has read.
    assert {file: after[file] for file in before} == before
    assert {file.suffix for file in after.keys() - before.keys()} <= {".db-wal", ".db-shm"}
    return str(raised.value)


def test_a_new_file_tells_whose_it_is_before_anything_is_written(path: Path) -> None:
    storage = SQLiteStorage(path)
    header = path.read_bytes()[:100]
    assert (header[60:64], header[68:72]) == (b"\x00\x00\x00\x02", b"ddbm")
    storage.close()


def test_an_empty_file_is_taken_for_a_new_one(path: Path) -> None:
    path.touch()
    filled(path)
    assert path.read_bytes()[68:72] == b"ddbm"


@pytest.mark.parametrize("text", [b"x", b"name,price\nspam,3\n" * 1_000, b"SQLite format 2\x00"])
def test_a_file_of_another_kind_is_refused(path: Path, text: bytes) -> None:
    path.write_bytes(text)
    assert refusal(path) == f"{path} is not a SQLite file; it is left as it is"


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
@pytest.mark.parametrize("application_id", [0, 252006675])
def test_another_programs_sqlite_file_is_refused(
    path: Path, mode: str, application_id: int
) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA application_id = {application_id}")
    connection.execute(f"PRAGMA journal_mode = {mode}")
    connection.execute("CREATE TABLE entries (space, key, value)")
    connection.commit()
    connection.close()
    assert refusal(path) == f"{path} is another program's SQLite file; it is left as it is"
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as raised:
        SQLiteStorage(tmp_path)
    assert str(raised.value) == f"{tmp_path} cannot be opened (Is a directory)"


def test_a_missing_directory_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as raised:
        SQLiteStorage(tmp_path / "missing" / "content.db")
    assert str(raised.value) == f"there is no directory {tmp_path}/missing to keep content.db in"


def test_a_file_cut_short_is_refused(path: Path) -> None:
    filled(path, 2_000)
    os.truncate(path, path.stat().st_size // 2)
    assert refusal(path) == (
        f"{path} is damaged (database disk image is malformed); it is left as it is"
    )


def test_a_file_cut_inside_its_header_is_refused(path: Path) -> None:
    filled(path)
    os.truncate(path, 50)
    assert refusal(path) == f"{path} is another program's SQLite file; it is left as it is"


@pytest.mark.parametrize("page", range(1, 9))
def test_a_file_with_a_damaged_page_is_refused(path: Path, page: int) -> None:
    filled(path, 2_000)
    with path.open("r+b") as file:
        file.seek(page * sqlite_file.PAGE_BYTES)
        file.write(b"\xa5" * 2_000)
    assert refusal(path).startswith(f"{path} is damaged (")


def test_a_file_with_a_damaged_schema_is_refused(path: Path) -> None:
    filled(path)
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xa5" * 2_000)
    assert refusal(path) == (
        f"{path} is damaged (database disk image is malformed); it is left as it is"
    )


def test_damage_found_later_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(path, 2_000)
    with path.open("r+b") as file:
        file.seek(6 * sqlite_file.PAGE_BYTES)
        file.write(b"\xa5" * 5 * sqlite_file.PAGE_BYTES)
    monkeypatch.setattr(sqlite_file, "CHECKED_BYTES", 0)
    storage = SQLiteStorage(path)
    with pytest.raises(StorageError) as raised:
        content(storage, "orders")
    assert str(raised.value) == (
        f"{path} is damaged (database disk image is malformed); restore it from a copy"
    )
    storage.close()


def test_a_file_of_a_newer_version_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as newer:
        newer.setattr(sqlite_file, "MIGRATIONS", NEWER)
        filled(path)
    assert refusal(path) == (
        f"{path} was written by a newer version of ddbmock (schema 3, while this one knows 2); "
        "it is left as it is"
    )


def test_a_file_of_an_older_version_is_brought_up_to_date(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(path)
    monkeypatch.setattr(sqlite_file, "MIGRATIONS", NEWER)
    for _ in range(2):
        storage = SQLiteStorage(path)
        assert content(storage, "orders") == numbered(3)
        assert total(storage, "units") == (1, 2)
        row = storage._writer.execute("SELECT * FROM counters").fetchone()
        assert row == ("units", 1, 2, 7)
        assert storage._writer.execute("PRAGMA user_version").fetchone() == (3,)
        storage.close()


def test_a_migration_that_fails_changes_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(path)
    with monkeypatch.context() as newer:
        newer.setattr(sqlite_file, "MIGRATIONS", (*NEWER, ("DROP TABLE missing",)))
        assert refusal(path) == f"SQLite cannot work with {path} (no such table: missing)"
    storage = SQLiteStorage(path)
    assert content(storage, "orders") == numbered(3)
    storage.close()


@pytest.mark.parametrize("round_", range(3))
def test_many_may_create_one_file_at_once(path: Path, round_: int) -> None:
    def work(number: int) -> None:
        storage = SQLiteStorage(path, durability="normal")
        fill(storage, "orders", [(b"%d" % number, b"%d" % round_)])
        storage.close()

    in_threads(8, work)
    storage = SQLiteStorage(path)
    assert content(storage, "orders") == [(b"%d" % n, b"%d" % round_) for n in range(8)]
    storage.close()


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A directory that every user may use, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)
        Path(name).chmod(0o777)


def unprivileged(work: Callable[[], list[str]]) -> list[str]:
    """What `work` returns as a user whom permissions bind, which they do not bind root."""
    if os.geteuid() != 0:
        return work()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgid(65534)
        os.setuid(65534)
        try:
            os.write(writing, pickle.dumps(work()))
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    found: list[str] = pickle.loads(answer)
    return found


@pytest.mark.parametrize("directory", [0o777, 0o555], ids=["directory-writable", "directory-not"])
@pytest.mark.parametrize("in_use", [True, False], ids=["in-use", "closed"])
def test_a_read_only_file_is_read_and_not_written(
    open_directory: Path, directory: int, in_use: bool
) -> None:
    path = open_directory / "content.db"
    storage = SQLiteStorage(path)
    fill(storage, "orders", numbered(3))
    if not in_use:
        storage.close()
    path.chmod(0o444)
    open_directory.chmod(directory)

    def work() -> list[str]:
        errors = []
        storage = SQLiteStorage(path)
        for _ in range(2):
            assert content(storage, "orders") == numbered(3)
            try:
                fill(storage, "orders", [(b"new", b"")])
            except UnavailableError as error:
                errors.append(f"{error} {error.applied}")
        storage.close()
        return errors

    assert unprivileged(work) == [f"{path} is read-only False"] * 2
    assert content(storage if in_use else SQLiteStorage(path), "orders") == numbered(3)
    storage.close()


@pytest.mark.parametrize("in_use", [True, False], ids=["in-use", "closed"])
def test_a_file_in_a_read_only_directory_is_checked(open_directory: Path, in_use: bool) -> None:
    path = open_directory / "content.db"
    storage = SQLiteStorage(path)
    fill(storage, "orders", numbered(3))
    if not in_use:
        storage.close()
    open_directory.chmod(0o555)

    def work() -> list[str]:
        return [str(one) for one in read_all(path) if isinstance(one, Damage)]

    assert unprivileged(work) == []
    storage.close()


def test_a_file_that_may_not_be_read_is_told(open_directory: Path) -> None:
    path = open_directory / "content.db"
    filled(path)
    path.chmod(0)

    def work() -> list[str]:
        try:
            SQLiteStorage(path)
        except StorageError as error:
            return [str(error)]
        return []

    assert unprivileged(work) == [f"{path} cannot be opened (Permission denied)"]
