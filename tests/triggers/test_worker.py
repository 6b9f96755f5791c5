"""The worker of a server: functions of the settings, called while the server runs."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

import ddbmock
from ddbmock.settings import SettingsError
from ddbmock.triggers import TriggerError
from ddbmock.triggers.configured import read
from tests.servers import ddbmock_serve
from tests.triggers.orders import definition

HANDLERS = """
import asyncio
import json

seen = set()


def note(name, event):
    with open(name, "a") as file:
        for record in event["Records"]:
            file.write(json.dumps(record["dynamodb"]["Keys"]["id"]["S"]) + "\\n")


def project(event, context):
    note("project", event)


async def mail(event, context):
    await asyncio.sleep(0)
    note("mail", event)


def failing(event, context):
    note("failing", event)
    keys = {record["dynamodb"]["Keys"]["id"]["S"] for record in event["Records"]}
    if not keys & seen:
        seen.update(keys)
        raise ValueError("not yet")
"""


def eventually(check: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not check():
        assert time.monotonic() < end, "it has not happened"
        time.sleep(0.05)


def client_of(port: int) -> Any:
    return boto3.client(
        "dynamodb",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )


@pytest.mark.parametrize("server", ["waitress", "fast"])
def test_a_server_calls_the_functions_of_its_settings(tmp_path: Path, server: str) -> None:
    (tmp_path / "handlers.py").write_text(HANDLERS)
    triggers = (
        "orders=handlers:project "
        'orders=handlers:mail?filter={"eventName":["INSERT"]} '
        "orders=handlers:failing?batch_size=1"
    )
    with ddbmock_serve(tmp_path, "--server", server, "--triggers", triggers) as serving:
        client = client_of(serving.port)
        client.create_table(**definition("orders"))
        client.put_item(TableName="orders", Item={"id": {"S": "a"}})
        client.put_item(TableName="orders", Item={"id": {"S": "a"}, "n": {"N": "1"}})

        def notes(name: str) -> list[str]:
            path = tmp_path / name
            return path.read_text().split() if path.exists() else []

        eventually(lambda: len(notes("project")) == 2)
        eventually(lambda: notes("mail") == ['"a"'])
        eventually(lambda: len(notes("failing")) == 3)
    log = "".join(serving.log)
    assert "failing raised ValueError: not yet" in log
    assert 'raise ValueError("not yet")' in log


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("orders", "is like 'orders=module:function'"),
        ("orders=nowhere:function", "'nowhere:function' of a trigger cannot be imported"),
        ("orders=os:nothing", "cannot be imported"),
        ("orders=os:name", "is not a function"),
        ("orders=os:getcwd?batch_size=x", "batch_size of a trigger must be a whole number"),
        ("orders=os:getcwd?size=1", "no option size"),
    ],
)
def test_a_wrong_setting_is_told_when_the_server_starts(setting: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        ddbmock.main({}, triggers=setting)


def test_a_function_may_be_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command ddbmock does not look for modules there."""
    (tmp_path / "functions_here.py").write_text("def noted(event, context): pass\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [one for one in sys.path if one])
    [one] = read("orders=functions_here:noted?on_failure=functions_here:noted")
    assert one.load().__name__ == "noted"
    assert one.loaded_options()["on_failure"] is one.load()


def test_the_options_of_a_setting() -> None:
    [one] = read(
        "orders=os:getcwd?bisect_batch_on_function_error=true&filter={%22a%22:[1]}"
        "&function_response_type=ReportBatchItemFailures&maximum_retry_attempts=-1"
    )
    assert one.options == {
        "bisect_batch_on_function_error": True,
        "filters": ['{"a":[1]}'],
        "function_response_types": ["ReportBatchItemFailures"],
        "maximum_retry_attempts": -1,
    }
    with pytest.raises(TriggerError, match="true or false"):
        read("orders=os:getcwd?bisect_batch_on_function_error=maybe")
