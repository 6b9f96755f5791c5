"""What is said when the server cannot start: one sentence, and no traceback."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ddbmock.server import asyncio_server, main, waitress_server
from ddbmock.server.startup import announce
from ddbmock.settings import SettingsError
from ddbmock.storage import StorageError
from tests.servers import ROOT

IN_USE = (
    "Address already in use. Another program has the port: end it, or choose another one (“listen” "
    "in the .ini file, --port of ddbmock serve)."
)


def started(directory: Path, line: str) -> tuple[int, str]:
    """How ``pserve`` ends, and what it says, with a line more in its configuration."""
    configuration = directory / "server.ini"
    configuration.write_text(
        f"[app:main]\nuse = egg:ddbmock\n{line}\n[server:main]\nuse = egg:ddbmock#waitress\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "pyramid.scripts.pserve", str(configuration)],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONIOENCODING": "utf-8",
            # as make serve has it
            "PYTHONWARNINGS": "ignore:pkg_resources is deprecated as an API:UserWarning",
        },
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    return done.returncode, done.stderr


@pytest.fixture
def taken() -> Iterator[str]:
    """An address on which somebody listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield f"127.0.0.1:{other.getsockname()[1]}"


def test_a_wrong_setting_is_one_sentence(tmp_path: Path) -> None:
    assert started(tmp_path, "ddbmock.limits = maybe") == (
        1,
        "ddbmock: Setting ddbmock.limits must be one of aws, none, not 'maybe'.\n",
    )


def test_a_storage_that_does_not_open_is_one_sentence(tmp_path: Path) -> None:
    assert started(tmp_path, f"ddbmock.storage = sqlite:///{tmp_path}/nowhere/content.db") == (
        1,
        f"ddbmock: there is no directory {tmp_path}/nowhere to keep content.db in\n",
    )


def test_programs_get_exceptions() -> None:
    with pytest.raises(SettingsError):
        main({}, limits="maybe")
    with pytest.raises(StorageError):
        main(storage="nothing://")


@pytest.mark.parametrize("serve", [waitress_server.serve_paste, asyncio_server.serve_paste])
def test_a_port_that_another_program_has_is_told(serve: object, taken: str) -> None:
    assert callable(serve)
    with pytest.raises(SystemExit) as ended:
        serve(main({}), {}, listen=taken)
    assert ended.value.code == f"ddbmock cannot listen on {taken}: {IN_USE}"


@pytest.mark.parametrize("serve", [waitress_server.serve_paste, asyncio_server.serve_paste])
def test_a_host_that_nobody_knows_is_told(serve: object) -> None:
    assert callable(serve)
    with pytest.raises(SystemExit) as ended:
        serve(main({}), {}, listen="nowhere.invalid:0")
    assert str(ended.value.code).startswith("ddbmock cannot listen on nowhere.invalid:0: ")


@pytest.mark.parametrize(
    ("serve", "options", "said"),
    [
        (
            waitress_server.serve_paste,
            {"threds": 1},
            "ddbmock: waitress cannot be started: Unknown adjustment 'threds'.",
        ),
        (
            asyncio_server.serve_paste,
            {"threads": 1},
            "ddbmock: The server fast knows no option threads.",
        ),
        (
            asyncio_server.serve_paste,
            {"listen": "localhost"},
            "ddbmock: listen is an address with its port, 127.0.0.1:6543, not 'localhost'.",
        ),
    ],
)
def test_an_option_that_the_server_does_not_know_is_told(
    serve: Callable[..., int], options: dict[str, Any], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        serve(main({}), {}, **options)
    assert ended.value.code == said


@pytest.mark.parametrize(
    ("addresses", "said"),
    [
        (
            [("127.0.0.1", 80), ("::1", 80)],
            [("INFO", "Serving DynamoDB on http://127.0.0.1:80, http://[::1]:80")],
        ),
        (
            [("127.0.0.1", 80), ("::", 81)],
            [
                ("INFO", "Serving DynamoDB on http://127.0.0.1:80, http://[::]:81"),
                (
                    "WARNING",
                    "Listening on [::]:81, beyond this machine: anyone who reaches the port can "
                    "read and write all data.",
                ),
            ],
        ),
    ],
)
def test_strangers_are_warned_of_where_they_can_reach_the_server(
    addresses: list[tuple[str, int]],
    said: list[tuple[str, str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "ddbmock.server")
    announce(addresses)
    assert [(one.levelname, one.getMessage()) for one in caplog.records] == said
