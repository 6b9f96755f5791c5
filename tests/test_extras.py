"""Messages about missing packages name a command that works for the installation at hand."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from typing import Any

import pytest

from ddbmock import extras
from ddbmock.extras import ROOT, install_command


@pytest.mark.parametrize(
    ("record", "command"),
    [
        (
            {"url": "file:///home/ada/my%20code/ddbmock", "dir_info": {"editable": True}},
            'pip install -e "/home/ada/my code/ddbmock[cli]"',
        ),
        (
            {"url": "file:///home/ada/ddbmock", "dir_info": {}},
            'pip install "/home/ada/ddbmock[cli]"',
        ),
        (
            {"url": "file:///tmp/ddbmock-2.0-py3-none-any.whl", "archive_info": {}},
            'pip install "ddbmock[cli] @ file:///tmp/ddbmock-2.0-py3-none-any.whl"',
        ),
        (
            {
                "url": "https://git.example.org/ddbmock.git",
                "vcs_info": {"vcs": "git", "requested_revision": "main", "commit_id": "0c55007"},
            },
            'pip install "ddbmock[cli] @ git+https://git.example.org/ddbmock.git@0c55007"',
        ),
    ],
)
def test_the_command_names_where_this_installation_came_from(
    record: dict[str, Any], command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Installed:
        def read_text(self, name: str) -> str:
            assert name == "direct_url.json"
            return json.dumps(record)

    monkeypatch.setattr(extras, "distribution", lambda name: {"ddbmock": Installed()}[name])
    assert install_command("cli") == command


@pytest.mark.parametrize(
    "program", ["ddbmock.mock()", "ddbmock.connect_boto3()", "ddbmock.Database().client()"]
)
def test_without_botocore_the_command_is_named(program: str) -> None:
    without = "import sys; sys.modules['botocore'] = None; import ddbmock; "
    ran = subprocess.run(
        [sys.executable, "-c", without + program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stderr.splitlines()[-1] == (
        f"ModuleNotFoundError: This needs botocore, which is not installed: {install_command('boto3')}"
    )


def test_a_checkout_on_the_path_is_installed_from_its_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(extras, "distribution", missing)
    assert install_command("cli") == f'pip install -e "{ROOT}[cli]"'


def test_a_release_is_installed_from_the_index(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    class Installed:
        def read_text(self, name: str) -> None:
            return None

    monkeypatch.setattr(extras, "distribution", lambda name: Installed())
    monkeypatch.setattr(extras, "ROOT", tmp_path)
    assert install_command("cli") == 'pip install "ddbmock[cli]"'
