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

import ddbmock
from ddbmock.server import asyncio_server, main, waitress_server
from ddbmock.server.control import Control
from ddbmock.server.startup import announce
from ddbmock.settings import SettingsError
from ddbmock.storage import StorageError
from tests.servers import ROOT

IN_USE = (
    "Address already in use. Another program has the port: end it, or choose another one (“listen” "
    "in the .ini file, --port of ddbmock serve)."
)


def started(
    directory: Path, lines: str = "", server: str = "use = egg:ddbmock#waitress", by: str = "pserve"
) -> tuple[int, str]:
    """Return how ``pserve`` or ``ddbmock serve --ini`` ends, and what it says.

    `lines` are more lines of the application's section.
    """
    configuration = directory / "server.ini"
    configuration.write_text(
        f"[app:main]\nuse = egg:ddbmock\n{lines}\n[server:main]\n{server}\n", encoding="utf-8"
    )
    return ended_by(by, configuration)


PROGRAMS = {
    "pserve": ("-m", "pyramid.scripts.pserve"),
    "ddbmock": ("-m", "ddbmock", "serve", "--ini"),
}


def ended_by(program: str, configuration: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, *PROGRAMS[program], str(configuration)],
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


@pytest.mark.parametrize("by", PROGRAMS)
@pytest.mark.parametrize(
    ("server", "messages"),
    [
        (
            "use = egg:ddbmock#waitress\nthreads = many",
            "ddbmock: waitress cannot be started: threads must be a whole number, at least 0, not "
            "'many'.\n",
        ),
        (
            "use = egg:ddbmock#fast\nlisten = 127.0.0.1",
            "ddbmock: listen must be an address with its port, like 127.0.0.1:6543, not "
            "'127.0.0.1'.\n",
        ),
        (
            "use = egg:ddbmock#fast\nlisten = {taken}",
            f"ddbmock cannot listen on {{taken}}: {IN_USE}\n",
        ),
        (
            "use = egg:ddbmock#waitress\nlisten = {taken}",
            f"ddbmock cannot listen on {{taken}}: {IN_USE}\n",
        ),
    ],
)
def test_a_server_that_cannot_start_ends_with_status_1_and_a_sentence(
    by: str, server: str, messages: str, taken: str, tmp_path: Path
) -> None:
    """pserve takes an exit while it serves for the user's, and ended with 0."""
    assert started(tmp_path, server=server.format(taken=taken), by=by) == (
        1,
        messages.format(taken=taken),
    )


@pytest.mark.parametrize("by", PROGRAMS)
def test_settings_in_the_file_need_no_prefix(by: str, tmp_path: Path) -> None:
    assert started(tmp_path, "delay_index = many", by=by) == (
        1,
        "ddbmock: Setting ddbmock.delay_index must be a number, not 'many'.\n",
    )


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (None, "Error: The file {} does not exist.\n"),
        (
            "[app:main]\nuse = egg:ddbmok\n[server:main]\nuse = egg:ddbmock#waitress\nlisten=127.0.0.1:0",
            "Error: {} uses egg:ddbmok, and no package ddbmok is installed; ddbmock's are "
            "egg:ddbmock, egg:ddbmock#waitress and egg:ddbmock#fast.\n",
        ),
        (
            "[app:main]\nuse = egg:ddbmock\n[server:main]\nuse = egg:ddbmock#waitres",
            "Error: {} cannot be served: Entry point 'waitres' not found in egg 'ddbmock' (protocols: "
            "paste.server_factory, paste.server_runner; entry_points: ).\n",
        ),
        (
            "[app:main]\nuse = egg:ddbmock",
            "Error: {} cannot be served: No section 'main' (prefixed by 'server') found in config {}.\n",
        ),
        (
            "use = egg:ddbmock",
            "Error: {} cannot be served: line 1 is in no section; settings are in [app:main], below "
            "use = egg:ddbmock.\n",
        ),
    ],
)
def test_a_file_that_cannot_be_served_is_one_sentence(
    text: str | None, messages: str, tmp_path: Path
) -> None:
    path = tmp_path / "server.ini"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    assert ended_by("ddbmock", path) == (1, messages.replace("{}", str(path)))


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
    ("serve", "options", "messages"),
    [
        (
            waitress_server.serve_paste,
            {"threds": 1},
            "ddbmock: waitress cannot be started: Unknown adjustment 'threds'.",
        ),
        (
            asyncio_server.serve_paste,
            {"threads": 1},
            "ddbmock: The server fast has no option threads.",
        ),
        (
            asyncio_server.serve_paste,
            {"listen": "localhost"},
            "ddbmock: listen must be an address with its port, like 127.0.0.1:6543, not 'localhost'.",
        ),
    ],
)
def test_an_option_that_the_server_does_not_know_is_told(
    serve: Callable[..., int], options: dict[str, Any], messages: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        serve(main({}), {}, **options)
    assert ended.value.code == messages


@pytest.mark.parametrize(
    ("addresses", "messages"),
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
    messages: list[tuple[str, str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "ddbmock.server")
    announce(addresses, None)
    assert [(one.levelname, one.getMessage()) for one in caplog.records] == messages


@pytest.mark.parametrize(
    ("listening", "console"),
    [
        ("0.0.0.0", "http://127.0.0.1:80/_ddbmock/?token=s3cret"),
        ("::", "http://[::1]:80/_ddbmock/?token=s3cret"),
        ("127.0.0.1", "http://127.0.0.1:80/_ddbmock/"),
    ],
)
def test_the_consoles_address_can_be_opened_on_this_machine(
    listening: str, console: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "ddbmock.server")
    with ddbmock.Database(control_token="s3cret") as db:
        Control(db)
        announce([(listening, 80)], db.router)
    assert f"Console: {console}" in [one.getMessage() for one in caplog.records]
