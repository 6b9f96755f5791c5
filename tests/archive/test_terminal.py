"""Progress of dump and load, as a terminal shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.archive.databases import music
from tests.terminals import on_terminal

pytest.importorskip("pty", reason="pseudo-terminals are Unix")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return music(f"sqlite:///{tmp_path}/music.db?durability=normal").url


@pytest.mark.parametrize("name", ["lines.jsonl", "lines.jsonl.gz"])
def test_lines_whose_number_is_unknown_are_counted(url: str, name: str, tmp_path: Path) -> None:
    dumped = on_terminal(["dump", "--storage", url, "--table", "Music", name], tmp_path)
    assert dumped.status == 0, dumped.text
    assert "Music: 100%|" in dumped.text
    assert "60/60" in dumped.text
    loaded = on_terminal(
        [
            "load",
            "--storage",
            "sqlite:///new.db",
            "--table",
            "Music",
            "--key",
            "artist:S,year:N",
            name,
        ],
        tmp_path,
    )
    assert loaded.status == 0, loaded.text
    assert "Music: 60 items [" in loaded.text
    assert loaded.text.endswith("Music: 60 items\r\n")


def test_a_folder_shows_each_table(url: str, tmp_path: Path) -> None:
    dumped = on_terminal(["dump", "--storage", url, "backup"], tmp_path)
    assert dumped.status == 0, dumped.text
    assert ["Music: 100%|" in dumped.text, "plain: 100%|" in dumped.text] == [True, True]
    loaded = on_terminal(["load", "--storage", "sqlite:///new.db", "backup"], tmp_path)
    assert loaded.status == 0, loaded.text
    assert ["60/60" in loaded.text, "1/1" in loaded.text] == [True, True]


def test_an_error_is_one_sentence(tmp_path: Path) -> None:
    shown = on_terminal(["load", "--storage", "sqlite:///new.db", "missing"], tmp_path)
    assert (shown.status, shown.text.count("\n")) == (1, 1)
    assert shown.text.startswith("Error: ")
