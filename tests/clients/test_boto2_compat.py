"""boto can be imported after ddbmock, and ddbmock leaves no trace of having helped."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("boto", reason="boto is an optional extra")


def run(program: str) -> subprocess.CompletedProcess[str]:
    """One program in a fresh interpreter, in which every warning is an error."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False
    )


def test_every_part_of_boto_that_speaks_to_dynamodb_can_be_imported() -> None:
    finished = run("""
import ddbmock
from ddbmock.clients import boto2_compat
boto2_compat.prepare()
import boto, boto.dynamodb.layer2, boto.dynamodb2.table, boto.mws.connection
boto.connect_dynamodb
""")
    assert (finished.returncode, finished.stderr) == (0, "")


def test_the_lent_names_are_taken_back() -> None:
    finished = run("""
import collections, queue, sys
from ddbmock.clients import boto2_compat
before = set(vars(collections))
boto2_compat.prepare()
import boto.dynamodb.layer2
assert set(vars(collections)) - before <= {"abc"}, set(vars(collections)) - before
assert "imp" not in sys.modules or sys.version_info < (3, 12)
assert queue.__spec__.name == "queue"
""")
    assert (finished.returncode, finished.stderr) == (0, "")


def test_preparing_twice_adds_one_finder() -> None:
    finished = run("""
import sys
from ddbmock.clients import boto2_compat
boto2_compat.prepare()
boto2_compat.prepare()
assert [type(finder) for finder in sys.meta_path].count(boto2_compat.BotoFinder) == 1
""")
    assert (finished.returncode, finished.stderr) == (0, "")


def test_the_source_of_a_boto_module_can_still_be_read() -> None:
    finished = run("""
import inspect
from ddbmock.clients import boto2_compat
boto2_compat.prepare()
import boto.dynamodb.layer1
assert "def make_request" in inspect.getsource(boto.dynamodb.layer1)
""")
    assert (finished.returncode, finished.stderr) == (0, "")
