"""The SQLite engine: the suite, and what is its own."""

from __future__ import annotations

import os
import sqlite3
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from ddbmock.storage import ConflictError, StorageError, UnavailableError, sqlite_file
from ddbmock.storage.sqlite import IDLE_READERS, SQLiteStorage
from ddbmock.storage.testing import SharedStorageTests
from ddbmock.storage.testing.steps import content, fill, in_threads, numbered, total, undone


class TestSQLiteStorage(SharedStorageTests):
    @pytest.fixture
    def storage(self, tmp_path: Path) -> Iterator[SQLiteStorage]:
        storage = SQLiteStorage(tmp_path / "content.db", durability="normal")
        yield storage
        storage.close()

    @pytest.fixture
    def beside(self, storage: SQLiteStorage, tmp_path: Path) -> Iterator[SQLiteStorage]:
        beside = SQLiteStorage(tmp_path / "content.db", durability="normal")
        yield beside
        beside.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "content.db"


@pytest.fixture
def storage(path: Path) -> Iterator[SQLiteStorage]:
    storage = SQLiteStorage(path)
    yield storage
    storage.close()


@pytest.fixture
def other(storage: SQLiteStorage, path: Path) -> Iterator[sqlite3.Connection]:
    """Another program's connection to the storage's file."""
    connection = sqlite3.connect(path, isolation_level=None)
    yield connection
    connection.close()


@pytest.mark.parametrize(("durability", "synchronous"), [("full", 2), ("normal", 1)])
def test_durability_is_sqlites_synchronous(path: Path, durability: str, synchronous: int) -> None:
    storage = SQLiteStorage(path, durability=durability)
    assert storage._writer.execute("PRAGMA synchronous").fetchone() == (synchronous,)
    assert storage._writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    storage.close()


def test_an_unknown_durability_is_refused(path: Path) -> None:
    with pytest.raises(StorageError) as raised:
        SQLiteStorage(path, durability="sometimes")
    assert str(raised.value) == "durability is “full” or “normal”, not “sometimes”"
    assert not path.exists()


def test_paths_may_have_any_characters(tmp_path: Path) -> None:
    path = tmp_path / "50% of 'it'? #1 é.db"
    storage = SQLiteStorage(path)
    fill(storage, "orders", numbered(3))
    storage.close()
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_writer_gives_up_when_another_process_writes_for_long(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "BUSY_SECONDS", 0.01)
    storage = SQLiteStorage(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ConflictError) as raised:
        fill(storage, "orders", numbered(1))
    assert str(raised.value) == f"another process is writing to {path}"
    assert content(storage, "orders") == []
    other.execute("COMMIT")
    fill(storage, "orders", numbered(1))
    assert content(storage, "orders") == numbered(1)
    storage.close()
    other.close()


@pytest.fixture
def full(storage: SQLiteStorage) -> SQLiteStorage:
    """A storage that has content, and no room for more."""
    fill(storage, "orders", numbered(3))
    (pages,) = storage._writer.execute("PRAGMA page_count").fetchone()
    storage._writer.execute(f"PRAGMA max_page_count = {pages + 2}")
    return storage


def test_a_full_disk_is_told_and_nothing_is_lost(full: SQLiteStorage, path: Path) -> None:
    with pytest.raises(UnavailableError) as raised:
        fill(full, "orders", [(b"000000", b"changed"), (b"large", bytes(100_000))])
    assert str(raised.value) == f"there is no room left on the disk for {path}"
    assert raised.value.applied is False
    assert content(full, "orders") == numbered(3)


def test_writing_goes_on_when_a_full_disk_has_room_again(full: SQLiteStorage) -> None:
    with pytest.raises(UnavailableError):
        fill(full, "orders", [(b"large", bytes(100_000))])
    full._writer.execute("PRAGMA max_page_count = 1000")
    fill(full, "orders", [(b"large", bytes(100_000))])
    assert content(full, "orders") == [*numbered(3), (b"large", bytes(100_000))]


def test_a_block_that_goes_on_after_an_error_is_not_committed(full: SQLiteStorage) -> None:
    """SQLite undoes the transaction at the error: what followed would be committed one by one."""
    caught: list[StorageError] = []

    def stubborn() -> None:
        with full.write() as writer:
            for value in (b"", bytes(100_000), b""):
                try:
                    writer.put("orders", b"%d" % len(value), value)
                except StorageError as error:
                    caught.append(error)

    with pytest.raises(UnavailableError) as raised:
        stubborn()
    assert caught == [raised.value] * 2
    assert content(full, "orders") == numbered(3)


def test_what_was_undone_leaves_no_number_for_its_space(storage: SQLiteStorage) -> None:
    undone(storage, lambda writer: writer.put("first", b"1", b"lost"))
    fill(storage, "second", [(b"2", b"")])
    fill(storage, "first", [(b"1", b"")])
    assert content(storage, "second") == [(b"2", b"")]
    assert content(storage, "first") == [(b"1", b"")]


def test_a_closed_storage_is_unavailable(storage: SQLiteStorage, path: Path) -> None:
    storage.close()
    with pytest.raises(UnavailableError) as raised, storage.read():
        raise AssertionError("not reached")
    assert str(raised.value) == f"the storage in {path} is closed"
    with pytest.raises(UnavailableError), storage.write():
        raise AssertionError("not reached")


def test_a_transaction_is_of_no_use_after_its_block(storage: SQLiteStorage) -> None:
    fill(storage, "orders", numbered(100))
    with storage.read() as reader:
        pairs = reader.range("orders")
        next(pairs)
    with pytest.raises(RuntimeError):
        reader.get("orders", b"000001")
    with pytest.raises(RuntimeError):
        list(pairs)


def test_a_range_left_early_does_not_keep_the_log_from_shrinking(
    storage: SQLiteStorage, other: sqlite3.Connection
) -> None:
    fill(storage, "orders", numbered(3_000))
    with storage.read() as reader:
        pairs = reader.range("orders")
        next(pairs)
    assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)
    assert pairs is not None


def test_a_long_range_takes_little_memory(storage: SQLiteStorage) -> None:
    with storage.write() as writer:
        for number in range(20_000):
            writer.put("small", b"%06d" % number, bytes(100))
        for number in range(100):
            writer.put("large", b"%06d" % number, bytes(400_000))
    for space, count, most in (("small", 20_000, 1_000_000), ("large", 100, 30_000_000)):
        with storage.read() as reader:
            tracemalloc.start()
            assert sum(1 for _ in reader.range(space)) == count
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        assert peak < most


def open_files(path: Path) -> list[str]:
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        pytest.skip("only Linux tells which files are open")
    names = []
    for descriptor in descriptors.iterdir():
        try:
            names.append(os.readlink(descriptor))
        except OSError:
            continue
    return [name for name in names if name.startswith(str(path))]


def test_few_connections_stay_open_and_none_after_close(storage: SQLiteStorage, path: Path) -> None:
    fill(storage, "orders", numbered(3))
    in_threads(4 * IDLE_READERS, lambda _: content(storage, "orders"))
    assert 0 < len(storage._idle) <= IDLE_READERS
    storage.close()
    assert open_files(path) == []


def test_a_read_block_open_at_close_is_closed_when_it_ends(
    storage: SQLiteStorage, path: Path
) -> None:
    fill(storage, "orders", numbered(3))
    with storage.read() as reader:
        storage.close()
        assert list(reader.range("orders")) == numbered(3)
    assert open_files(path) == []


def test_the_file_is_whole_after_close(storage: SQLiteStorage, path: Path) -> None:
    fill(storage, "orders", numbered(3))
    with storage.write() as writer:
        writer.add("units", 1, 2)
    storage.close()
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    again = SQLiteStorage(path)
    assert content(again, "orders") == numbered(3)
    assert total(again, "units") == (1, 2)
    again.close()


@pytest.mark.parametrize(
    ("text", "kind", "applied", "sentence"),
    [
        ("database is locked", ConflictError, None, "another process is writing to {}"),
        (
            "attempt to write a readonly database",
            UnavailableError,
            False,
            "{} is read-only",
        ),
        (
            "database or disk is full",
            UnavailableError,
            False,
            "there is no room left on the disk for {}",
        ),
        (
            "disk I/O error",
            UnavailableError,
            None,
            "{} cannot be read or written (disk I/O error)",
        ),
        (
            "unable to open database file",
            UnavailableError,
            None,
            "{} cannot be read or written (unable to open database file)",
        ),
        ("too many terms", StorageError, None, "SQLite cannot work with {} (too many terms)"),
    ],
)
def test_each_failure_of_sqlite_has_its_error(
    path: Path, text: str, kind: type[StorageError], applied: bool | None, sentence: str
) -> None:
    error = sqlite_file.translated(sqlite3.OperationalError(text), path, applied=None)
    assert type(error) is kind
    assert str(error) == sentence.format(path)
    assert getattr(error, "applied", None) is applied


def test_a_commit_that_fails_changes_nothing(storage: SQLiteStorage) -> None:
    fill(storage, "orders", numbered(3))

    def deny_commit(action: int, first: str | None, *_: object) -> int:
        commit = action == sqlite3.SQLITE_TRANSACTION and first == "COMMIT"
        return sqlite3.SQLITE_DENY if commit else sqlite3.SQLITE_OK

    storage._writer.set_authorizer(deny_commit)
    with pytest.raises(StorageError):
        fill(storage, "orders", [(b"new", b"")])
    storage._writer.set_authorizer(lambda *_: sqlite3.SQLITE_OK)
    assert content(storage, "orders") == numbered(3)
    fill(storage, "orders", [(b"newer", b"")])
    assert content(storage, "orders") == [*numbered(3), (b"newer", b"")]


def test_a_file_that_has_gone_is_told(storage: SQLiteStorage, path: Path) -> None:
    path.unlink()
    with pytest.raises(UnavailableError) as raised:
        content(storage, "orders")
    assert str(raised.value) == (f"{path} cannot be read or written (unable to open database file)")
