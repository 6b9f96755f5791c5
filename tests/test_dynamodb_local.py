"""DynamoDB Local's command line, as ddbmock serve understands it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from ddbmock.cli import main
from tests.test_cli import Served, served

__all__ = ["served"]


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["serve", *arguments])
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("arguments", "listen", "settings"),
    [
        (("-inMemory", "-sharedDb"), "127.0.0.1:8000", {"databases": "one"}),
        (("-sharedDb", "-port", "8001"), "127.0.0.1:8001", {"databases": "one"}),
        (("-cors", "*"), "127.0.0.1:8000", {"origins": "*"}),
        (("-sharedDb",), "127.0.0.1:8000", {"origins": "loopback"}),
        (
            ("-cors", "https://app.example,https://other.example"),
            "127.0.0.1:8000",
            {"origins": "https://app.example https://other.example"},
        ),
        (("-inMemory",), "127.0.0.1:8000", {"databases": "each"}),
        (("-delayTransientStatuses",), "127.0.0.1:8000", {"delay_creating": 0.5}),
        (("-sharedDb", "--ttl", "prompt"), "127.0.0.1:8000", {"ttl": "prompt"}),
    ],
)
def test_options_do_the_same(
    served: Served, arguments: tuple[str, ...], listen: str, settings: dict[str, object]
) -> None:
    assert run(*arguments) == (0, "")
    assert served.options["listen"] == listen
    assert served.settings is not None
    assert {name: getattr(served.settings, name) for name in settings} == settings


def test_a_path_is_a_folder_that_is_made(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("-dbPath", "./data", "-optimizeDbBeforeStartup") == (0, "")
    assert served.settings is not None
    assert served.settings.storage == "sqlite:///./data/ddbmock.db"
    assert (tmp_path / "data").is_dir()


def test_help_is_that_of_serve() -> None:
    status, shown = run("-help")
    assert status == 0
    assert "Serve DynamoDB over HTTP" in shown


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("-inMemory", "-shardDb"),
            "Error: DynamoDB Local has no option -shardDb; did you mean -sharedDb?",
        ),
        (("-sharedDB",), "Error: DynamoDB Local has no option -sharedDB; did you mean -sharedDb?"),
        (("-inMemory", "-fast"), "Error: DynamoDB Local has no option -fast."),
        (("-inMemory", "-port"), "Error: The option -port lacks its value."),
        (("-inMemory", "-dbPath", "a"), "Error: -inMemory and -dbPath contradict each other."),
    ],
)
def test_what_is_not_understood_is_one_sentence(
    served: Served, arguments: tuple[str, ...], sentence: str
) -> None:
    status, shown = run(*arguments)
    assert (status, served.settings) == (2, None)
    assert sentence in shown
