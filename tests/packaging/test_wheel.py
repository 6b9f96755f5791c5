"""The wheel as a user gets it: installed with each extra into a fresh environment, and used."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.pages import ROOT, examples

pytestmark = pytest.mark.slow

SOURCES: Final = ("setup.py", "pyproject.toml", "README.rst", "LICENSE", "ddbmock")
NEEDS: Final = re.compile(r"^\.\. needs: ([\w, -]+)\n\n\.\. code-block:: python$", re.MULTILINE)
"""What README says above a block of Python: the extras that it needs, and other packages."""

EXTRAS: Final = frozenset(
    [
        "aio",
        "aioboto3",
        "boto",
        "boto3",
        "cli",
        "exports",
        "fast",
        "postgresql",
        "server",
        "vectors",
        "yaml",
    ]
)
"""Extras for users, but for ``all``."""

SERVED: Final = """
import subprocess, sys, urllib.error, urllib.request
server = subprocess.Popen(
    [sys.executable, "-m", "ddbmock", "serve", "--port", "0", "--server", "{server}"],
    stderr=subprocess.PIPE, text=True,
)
try:
    port = server.stderr.readline().rpartition(":")[2].strip()
    assert urllib.request.urlopen("http://127.0.0.1:" + port).read().startswith(b"healthy")
finally:
    server.terminate()
    server.communicate()
"""
PROGRAMS: Final = {
    ("cli", "server"): SERVED.format(server="waitress"),
    ("cli", "fast"): SERVED.format(server="fast"),
    ("aio",): """
import asyncio, ddbmock
async def main():
    with ddbmock.Database() as db:
        async with db.async_client() as client:
            assert (await client.list_tables())["TableNames"] == []
asyncio.run(main())
""",
    ("aioboto3",): """
import asyncio, ddbmock
async def main():
    with ddbmock.Database() as db:
        async with db.async_resource() as resource:
            assert [table async for table in resource.tables.all()] == []
asyncio.run(main())
""",
    ("postgresql",): """
import ddbmock
try:
    ddbmock.Database(storage="postgresql://127.0.0.1:1/none?connect_timeout=1")
except Exception as error:
    assert type(error).__name__ == "UnavailableError", repr(error)
""",
    ("vectors",): "import numpy, ddbmock.database.data_plane.vector_matrix",
    ("exports",): "import amazon.ion, zstandard, ddbmock.archive.export",
    ("yaml",): """
import pathlib, ddbmock
pathlib.Path("template.yaml").write_text('''
Resources:
  Music:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: music
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
''')
with ddbmock.Database() as db:
    assert db.create_tables("template.yaml") == ["music"]
""",
}
"""Programs for the extras that no block of README is about."""


def blocks() -> dict[tuple[str, ...], list[str]]:
    """README's blocks of Python by what they need."""
    needed = NEEDS.findall((ROOT / "README.rst").read_text(encoding="utf-8"))
    # the block of a client over HTTP needs a server, and is run by tests/test_docs.py
    codes = [
        one.code
        for one in examples(ROOT / "README.rst")
        if one.language == "python" and "localhost:6543" not in one.code
    ]
    assert len(needed) == len(codes), "a block of README does not say what it needs"
    found: dict[tuple[str, ...], list[str]] = {}
    for needs, code in zip(needed, codes, strict=True):
        found.setdefault(tuple(sorted(needs.split(", "))), []).append(code)
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy: setuptools leaves files where it builds."""
    source = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, source / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, source / name)
    run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "."], source)
    (built,) = source.glob("*.whl")
    return built


def run(command: Sequence[object], directory: Path) -> None:
    """Run a command as a user would, knowing nothing of this checkout."""
    unknown = ("AWS_", "DDBMOCK_", "PYTEST_", "PYTHONPATH")
    environment = {name: one for name, one in os.environ.items() if not name.startswith(unknown)}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=directory,
        env=environment | {"HOME": str(directory)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def python_with(wheel: Path, needs: Sequence[str], directory: Path) -> Path:
    """The interpreter of a fresh environment with the wheel, its extras and other packages."""
    run([sys.executable, "-m", "venv", directory / "venv"], directory)
    python = directory / "venv" / "bin" / "python"
    extras = ",".join(one for one in needs if one in EXTRAS)
    others = [one for one in needs if one not in EXTRAS]
    run(
        [python, "-m", "pip", "install", "-q", f"ddbmock[{extras}] @ {wheel.as_uri()}", *others],
        directory,
    )
    return python


@pytest.mark.parametrize("needs", blocks(), ids=",".join)
def test_blocks_of_readme_run_with_the_extras_that_they_name(
    needs: tuple[str, ...], wheel: Path, tmp_path: Path
) -> None:
    python = python_with(wheel, needs, tmp_path)
    for number, code in enumerate(blocks()[needs]):
        path = tmp_path / f"test_block_{number}.py"
        path.write_text(code, encoding="utf-8")
        if "pytest" in needs:
            run([python, "-m", "pytest", "-q", path], tmp_path)
        else:
            run([python, path], tmp_path)


@pytest.mark.parametrize("needs", PROGRAMS, ids=",".join)
def test_programs_run_with_the_extras_that_they_need(
    needs: tuple[str, ...], wheel: Path, tmp_path: Path
) -> None:
    run([python_with(wheel, needs, tmp_path), "-c", PROGRAMS[needs]], tmp_path)


def test_each_extra_is_tried() -> None:
    """One that only developers use has its own target in the Makefile."""
    declared = set(re.findall(r'^        "(\w+)": ', (ROOT / "setup.py").read_text(), re.MULTILINE))
    developers = {"all", "bench", "dev", "dist", "docs", "test", "tools"}
    assert declared - developers == EXTRAS
    assert {one for needs in [*blocks(), *PROGRAMS] for one in needs} >= EXTRAS
