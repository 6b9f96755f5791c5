"""Programs of users of boto3-stubs and types-aiobotocore, as mypy and pyright see them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.pages import ROOT

pytestmark = pytest.mark.slow

PROGRAM: Final = """
import boto3
import ddbmock
import pytest
from mypy_boto3_dynamodb import DynamoDBClient, DynamoDBServiceResource
from types_aiobotocore_dynamodb import DynamoDBClient as AsyncDynamoDBClient
from typing_extensions import assert_type

with ddbmock.mock(region="eu-west-1", ttl="prompt", limits="none") as db:
    assert_type(db, ddbmock.Database)
    assert_type(db.client(), DynamoDBClient)
    assert_type(db.resource(), DynamoDBServiceResource)
    assert_type(ddbmock.connect_boto3(db), DynamoDBClient)
    assert_type(ddbmock.connect_boto3(db, kind="resource"), DynamoDBServiceResource)
    assert_type(db.client().list_tables()["TableNames"], list[str])
    assert_type(db.fork(ttl="aws"), ddbmock.Database)


async def main(db: ddbmock.Database) -> None:
    async with db.async_client() as client:
        assert_type(client, AsyncDynamoDBClient)


@ddbmock.mock()
def test_decorated(number: int) -> str:
    return str(number)


assert_type(test_decorated(3), str)
"""
WRONG: Final = """
import ddbmock

ddbmock.mock(tttl="prompt")  # wrong
ddbmock.mock(ttl="soon")  # wrong
ddbmock.Database(limit="none")  # wrong
with ddbmock.mock() as db:
    db.client().scan(TableNam="music")  # wrong
    db.trouble.smal_pages = True  # wrong
"""
COMPLETED: Final = """
import ddbmock

with ddbmock.mock() as db:
    reveal_type(db.client)
    reveal_type(db.clock.advance)
    reveal_type(db.trouble.on("PutItem").throttle)
"""


@pytest.fixture(scope="module")
def checkers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment with ddbmock, the stubs and both checkers."""
    directory = tmp_path_factory.mktemp("typing")
    subprocess.run([sys.executable, "-m", "venv", directory / "venv"], check=True)
    programs = directory / "venv" / "bin"
    requirements = ["mypy", "pyright", "pytest", "boto3-stubs[dynamodb,dynamodbstreams]"]
    requirements += ["types-aiobotocore[dynamodb,dynamodbstreams]", "typing_extensions", "boto3"]
    install = [str(programs / "python"), "-m", "pip", "install", "-q", *requirements, str(ROOT)]
    subprocess.run(install, check=True)
    return programs


def lines_with_errors(checkers: Path, checker: str, program: str, directory: Path) -> list[int]:
    """Return the lines of a program that a checker complains about."""
    path = directory / "program.py"
    path.write_text(program, encoding="utf-8")
    commands: dict[str, Sequence[object]] = {
        "mypy": [checkers / "mypy", "--strict", path],
        "pyright": [checkers / "pyright", "--pythonpath", checkers / "python", path],
    }
    done = subprocess.run(
        list(map(str, commands[checker])),
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.findall(r"program\.py:(\d+)(?::\d+)?(?: - |: )error", done.stdout)
    if not found:
        assert done.returncode == 0, done.stdout + done.stderr
    return sorted({int(line) for line in found})


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_clients_and_settings_have_their_types(
    checkers: Path, checker: str, tmp_path: Path
) -> None:
    assert lines_with_errors(checkers, checker, PROGRAM, tmp_path) == []


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_mistakes_are_seen_where_they_are(checkers: Path, checker: str, tmp_path: Path) -> None:
    wrong = [number for number, line in enumerate(WRONG.split("\n"), 1) if "# wrong" in line]
    assert lines_with_errors(checkers, checker, WRONG, tmp_path) == wrong


def test_an_editor_knows_what_to_offer(checkers: Path, tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(COMPLETED, encoding="utf-8")
    done = subprocess.run(
        [checkers / "pyright", "--pythonpath", checkers / "python", "--outputjson", path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    messages = [one["message"] for one in json.loads(done.stdout)["generalDiagnostics"]]
    assert len(messages) == 3
    assert "DynamoDBClient" in messages[0]
    assert "hours: float" in messages[1]
    assert "-> Fault" in messages[2]
