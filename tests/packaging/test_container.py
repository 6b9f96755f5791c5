"""The commands of the Dockerfile, in a fresh environment: there is no container engine here."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest

from tests.pages import ROOT

DOCKERFILE: Final = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def instruction(name: str) -> str:
    """Return the last instruction of a name, its lines joined."""
    found: list[str] = re.findall(rf"^ *{name} (.*)$", DOCKERFILE.replace("\\\n", ""), re.MULTILINE)
    return found[-1]


def test_the_image_copies_only_what_exists_and_is_not_ignored() -> None:
    kept = re.findall(r"^!(.*)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    copied = [
        name
        for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
        for name in line.split()
    ]
    assert sorted(copied) == sorted(kept)
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_it_runs_without_rights_and_exposes_the_port_that_it_serves() -> None:
    assert instruction("USER").isdecimal()
    assert ADDRESS == {"DDBMOCK_HOST": "0.0.0.0", "DDBMOCK_PORT": "8000"}
    assert instruction("EXPOSE") == ADDRESS["DDBMOCK_PORT"]


ADDRESS: Final = dict(re.findall(r"(DDBMOCK_(?:HOST|PORT))=(\S+)", instruction("ENV")))
"""The environment variables that have the address."""


@pytest.mark.slow
def test_its_commands_install_serve_and_ask_for_health(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pyproject.toml", "setup.py", "README.rst", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "ddbmock", source / "ddbmock", ignore=ignored)
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    (requirement,) = re.findall(r"pip install --no-cache-dir '(.*)'", DOCKERFILE)
    subprocess.run([venv / "bin" / "pip", "install", "-q", requirement], cwd=source, check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve = " ".join([*json.loads(instruction("ENTRYPOINT")), *json.loads(instruction("CMD"))])
    # the image's own addresses and folders are not this machine's
    address = {"DDBMOCK_HOST": "127.0.0.1", "DDBMOCK_PORT": str(port)}
    serve = serve.replace("////data/", f"///{tmp_path}/")
    (check,) = re.findall(r"^HEALTHCHECK .*\\\n +CMD (.*)$", DOCKERFILE, re.MULTILINE)
    healthy = [word.replace("8000", str(port)) for word in json.loads(check)]
    healthy[0] = str(venv / "bin" / "python")
    server = subprocess.Popen(
        [str(venv / "bin" / "ddbmock"), *serve.split()[1:]],
        cwd=tmp_path,
        env={**os.environ, **address},
    )
    try:
        patience = time.monotonic() + 60
        while subprocess.run(healthy, cwd=tmp_path, check=False).returncode != 0:
            assert server.poll() is None
            assert time.monotonic() < patience
    finally:
        server.terminate()
        server.wait(30)
    assert subprocess.run(healthy, cwd=tmp_path, check=False).returncode == 1
    assert (tmp_path / "ddbmock.db").exists()
