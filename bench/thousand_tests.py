"""Benchmark of a thousand small tests: ``python -m bench.thousand_tests``; medians of rounds in turns.

Each test begins with an empty table of its own, puts an item and reads it. The contenders are pytest
runs of their own: ddbmock's plugin and ``mock()``, moto, and a server (ddbmock's own, over HTTP, with a
table that each test creates and deletes), which stands for servers in general. Seconds are those of
the processor, the server's included: what other programs do meanwhile counts for nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
COMMON: Final = """
import boto3, pytest

TABLE = dict(
    TableName="music",
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    BillingMode="PAY_PER_REQUEST",
)

def asked(client, number):
    item = {"id": {"S": str(number)}, "note": {"S": "x" * 100}}
    client.put_item(TableName="music", Item=item)
    assert client.get_item(TableName="music", Key={"id": item["id"]})["Item"] == item
"""
PROGRAMS: Final = {
    "ddbmock, the plugin": """
@pytest.fixture(scope="session")
def ddbmock_tables():
    return TABLE

@pytest.mark.parametrize("number", range(COUNT))
def test_it(ddbmock_client, number):
    asked(ddbmock_client, number)
""",
    "ddbmock.mock()": """
import ddbmock

@pytest.mark.parametrize("number", range(COUNT))
def test_it(number):
    with ddbmock.mock():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(**TABLE)
        asked(client, number)
""",
    "moto": """
from moto import mock_aws

@pytest.mark.parametrize("number", range(COUNT))
def test_it(number):
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(**TABLE)
        asked(client, number)
""",
    "a server over HTTP": """
@pytest.fixture(scope="session")
def client():
    return boto3.client("dynamodb", region_name="us-east-1", endpoint_url=URL)

@pytest.mark.parametrize("number", range(COUNT))
def test_it(client, number):
    client.create_table(**TABLE)
    asked(client, number)
    client.delete_table(TableName="music")
""",
}

CANNED: Final = """
import json
from botocore.awsrequest import AWSResponse

@pytest.fixture(scope="session")
def client():
    client = boto3.client("dynamodb", region_name="us-east-1")
    client.meta.events.register("before-call.dynamodb.*", answer)
    return client

def answer(model, params, **_):
    parsed = {"Item": json.loads(params["body"])["Key"]} if model.name == "GetItem" else {}
    if parsed:
        parsed["Item"]["note"] = {"S": "x" * 100}
    parsed["ResponseMetadata"] = {"HTTPStatusCode": 200, "HTTPHeaders": {}}
    return AWSResponse("", 200, {}, None), parsed

@pytest.mark.parametrize("number", range(COUNT))
def test_it(client, number):
    asked(client, number)
"""
"""The same tests with answers that cost next to nothing."""


@contextlib.contextmanager
def served(serving: bool) -> Iterator[str]:
    """Serve in a process of its own, if it is wanted; gives the URL."""
    if not serving:
        yield ""
        return
    command = [sys.executable, "-W", "ignore", "-m", "ddbmock", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        yield process.stderr.readline().split()[-1]
        process.terminate()
        process.communicate()


def seconds(program: str, count: int) -> float:
    """Run a program's tests; returns the processor's seconds of all processes it took."""
    before = os.times()
    with tempfile.TemporaryDirectory() as directory, served("URL" in program) as url:
        path = Path(directory) / "test_them.py"
        path.write_text(f"COUNT, URL = {count}, {url!r}\n{COMMON}{program}", encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(path)]
        keys = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}
        done = subprocess.run(
            command,
            cwd=directory,
            env=os.environ | keys,
            capture_output=True,
            text=True,
            check=False,
        )
        assert re.search(rf"{count} passed", done.stdout), done.stdout
    after = os.times()
    return sum(after[2:4]) - sum(before[2:4])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    measured: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for _ in range(arguments.rounds):
        for name, program in PROGRAMS.items():
            measured[name].append(seconds(program, arguments.count))
    print(json.dumps({name: round(statistics.median(all_), 2) for name, all_ in measured.items()}))


if __name__ == "__main__":
    main()
