"""The public names are these, they exist, and ``import ddbmock`` alone imports little."""

from __future__ import annotations

import subprocess
import sys

import pytest

import ddbmock

PUBLIC = [
    "Database",
    "RealAWSCallError",
    "__version__",
    "boto_patch",
    "clean_boto_patch",
    "connect_boto",
    "connect_boto3",
    "connect_boto_network",
    "connect_boto_patch",
    "connect_ddbmock",
    "main",
    "mock",
    "on_stream",
]

HEAVY = {
    "aiobotocore",
    "asyncio",
    "boto",
    "boto3",
    "botocore",
    "click",
    "dataclasses",
    "logging",
    "orjson",
    "psycopg",
    "pyramid",
    "pytest",
    "sqlite3",
    "waitress",
}
"""Modules that cost more to import than ddbmock may cost in all, or that are optional."""


def test_the_public_names_are_these() -> None:
    assert sorted(ddbmock.__all__) == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_exists_and_is_listed(name: str) -> None:
    assert getattr(ddbmock, name) is not None
    assert name in dir(ddbmock)


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError) as caught:
        ddbmock.connect_boto9  # type: ignore[attr-defined]  # noqa: B018 (that is the test)
    assert str(caught.value) == "module 'ddbmock' has no attribute 'connect_boto9'"


def test_importing_ddbmock_imports_neither_a_client_nor_a_server() -> None:
    program = "import sys; before = {*sys.modules}; import ddbmock; print(*{*sys.modules} - before)"
    imported = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert {name.partition(".")[0] for name in imported.stdout.split()} & HEAVY == set()
