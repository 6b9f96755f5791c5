"""Storages by URL."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import ddbmock
from ddbmock import storage
from ddbmock.extras import install_command
from ddbmock.storage import StorageError
from ddbmock.storage.memory import MemoryStorage
from ddbmock.storage.sqlite import SQLiteStorage
from ddbmock.storage.testing.steps import content, fill, numbered


def test_memory_opens_a_new_storage_each_time() -> None:
    one, other = storage.open("memory://"), storage.open("memory://")
    assert isinstance(one, MemoryStorage)
    fill(one, "orders", numbered(1))
    assert content(other, "orders") == []


def test_three_slashes_name_a_file_below_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "below").mkdir()
    for url, path in (("sqlite:///a.db", "a.db"), ("sqlite:///below/b.db", "below/b.db")):
        opened = storage.open(url)
        assert isinstance(opened, SQLiteStorage)
        opened.close()
        assert (tmp_path / path).is_file()


def test_four_slashes_name_a_file_from_the_root(tmp_path: Path) -> None:
    opened = storage.open(f"sqlite:///{tmp_path}/content.db")
    fill(opened, "orders", numbered(3))
    opened.close()
    again = SQLiteStorage(tmp_path / "content.db")
    assert content(again, "orders") == numbered(3)
    again.close()


def test_a_path_may_be_percent_encoded(tmp_path: Path) -> None:
    storage.open(f"sqlite:///{tmp_path}/what%3F%20100%25.db").close()
    assert [file.name for file in tmp_path.iterdir()] == ["what? 100%.db"]


@pytest.mark.parametrize(("setting", "synchronous"), [("", 2), ("full", 2), ("normal", 1)])
def test_durability_is_a_setting_of_the_url(tmp_path: Path, setting: str, synchronous: int) -> None:
    query = f"?durability={setting}" if setting else ""
    opened = storage.open(f"sqlite:///{tmp_path}/content.db{query}")
    assert isinstance(opened, SQLiteStorage)
    assert opened._writer.execute("PRAGMA synchronous").fetchone() == (synchronous,)
    opened.close()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "a storage is named by a URL such as memory:// or sqlite:///content.db"),
        ("music.db", "a storage is named by a URL such as sqlite:///music.db"),
        ("/data/music.db", "a storage is named by a URL such as sqlite:////data/music.db"),
        ("memory", "a storage is named by a URL such as memory://"),
        (
            "postgresql:me:secret@host/db",
            "a storage is named by a URL such as memory:// or sqlite:///content.db",
        ),
        (
            "mysql://me:secret@host/db",
            "there is no storage engine “mysql”; there are memory, postgresql, sqlite",
        ),
        ("memory://here", "memory:// stands alone: the memory engine has no settings"),
        ("memory://?a=b", "memory:// stands alone: the memory engine has no settings"),
        (
            "sqlite://content.db",
            "a SQLite URL has three slashes before the path: sqlite:///content.db",
        ),
        ("sqlite://", "a SQLite URL has three slashes before the path: sqlite:///content.db"),
        (
            "sqlite:///",
            "a SQLite URL needs the path of a file; use memory:// to keep no file",
        ),
        (
            "sqlite:///:memory:",
            "a SQLite URL needs the path of a file; use memory:// to keep no file",
        ),
        ("sqlite:///content.db?mode=ro", "the SQLite engine has no setting “mode”"),
        (
            "sqlite:///content.db?durability=sometimes",
            "durability is “full” or “normal”, not “sometimes”",
        ),
    ],
)
def test_a_wrong_url_is_told_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StorageError) as raised:
        storage.open(url)
    assert str(raised.value) == sentence
    assert list(tmp_path.iterdir()) == []


def opened_by_another_package(url: str) -> MemoryStorage:
    """What another package's entry point names."""
    opened = MemoryStorage()
    fill(opened, "url", [(url.encode(), b"")])
    return opened


def test_another_package_may_bring_an_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("other", f"{__name__}:opened_by_another_package", storage.ENTRY_POINTS)
    monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])
    monkeypatch.setattr(
        storage, "entry_points", lambda group: [point] if group == "ddbmock.storage" else []
    )
    opened = storage.open("other://host/name?setting=1")
    assert content(opened, "url") == [(b"other://host/name?setting=1", b"")]
    with pytest.raises(StorageError) as raised:
        storage.open("another://")
    assert str(raised.value) == (
        "there is no storage engine “another”; there are memory, other, postgresql, sqlite"
    )


def test_drivers_are_imported_only_when_asked_for() -> None:
    program = """
import sys
from ddbmock import storage
storage.open("memory://")
loaded = {"sqlite3", "psycopg", "psycopg_pool", "pytest", "hypothesis"} & set(sys.modules)
assert not loaded, loaded
sys.modules["psycopg"] = None
try:
    storage.open("postgresql://me:secret@host/db")
except storage.StorageError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(ddbmock.__file__).parent.parent,
    )
    assert done.stdout == (
        f"postgresql:// needs psycopg, which is not installed: {install_command('postgresql')}\n"
    )
