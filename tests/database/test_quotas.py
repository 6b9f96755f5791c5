"""How many tables there can be, and how many of them on their way at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, Literal

import pytest

from ddbmock.clock import ManualClock
from ddbmock.database import Call, DynamoDB
from ddbmock.database.control_plane import create_table, delete_table
from ddbmock.database.control_plane.create_table import NewTable
from ddbmock.database.control_plane.key_rules import KeyElement
from ddbmock.database.key import KeyAttribute
from ddbmock.errors import LimitExceededException
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from ddbmock.storage.memory import MemoryStorage

NEW = NewTable(
    "", (KeyAttribute("p", "S"),), (KeyElement("p", "HASH"),), billing_mode="PAY_PER_REQUEST"
)


def caller(**settings: object) -> Call:
    clock = ManualClock(1_790_000_000.0)
    return DynamoDB(MemoryStorage(), Settings.from_mapping(settings), clock).call()


def add(call: Call, first: int, count: int) -> None:
    """Create tables of numbers from `first` on."""
    with call.write() as tables:
        for number in range(first, first + count):
            name = f"table-{number}"
            create_table.create(
                tables, create_table.described(call, dataclasses.replace(NEW, name=name))
            )


@pytest.mark.slow
def test_there_can_be_2500_tables() -> None:
    call = caller()
    add(call, 0, 2500)
    with pytest.raises(LimitExceededException) as caught:
        add(call, 2500, 1)
    assert caught.value.message == (
        "Subscriber limit exceeded: There is a limit of 2500 tables per subscriber"
    )
    with call.write() as tables:
        delete_table.delete(tables, "table-7")
    add(call, 2500, 1)


def test_500_tables_can_be_on_their_way_at_once() -> None:
    call = caller(delay_creating=10.0)
    add(call, 0, 500)
    with pytest.raises(LimitExceededException) as caught:
        add(call, 500, 1)
    assert caught.value.message == (
        "Subscriber limit exceeded: Only 500 tables can be created, updated, or deleted "
        "simultaneously"
    )
    assert isinstance(call.clock, ManualClock)
    call.clock.advance(10)
    add(call, 500, 1)


@pytest.mark.slow
def test_without_limits_there_can_be_more() -> None:
    call = caller(limits="none", delay_creating=10.0)
    add(call, 0, 2501)


@pytest.mark.parametrize("limits", ["aws", "none"])
def test_50_restores_can_run_at_once(limits: Literal["aws", "none"]) -> None:
    clock = ManualClock(1_790_000_000.0)
    settings = Settings(limits=limits, delay_jobs=60.0)
    router = Router(DynamoDB(MemoryStorage(), settings, clock))

    def call(operation: str, **body: Any) -> Any:
        return router.perform(router.target(f"DynamoDB_20120810.{operation}"), body)

    def restore(target: str, **members: Any) -> Any:
        return call(
            "RestoreTableToPointInTime",
            SourceTableName="Music",
            TargetTableName=target,
            UseLatestRestorableTime=True,
            **members,
        )

    call(
        "CreateTable",
        TableName="Music",
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    call(
        "UpdateContinuousBackups",
        TableName="Music",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    for number in range(50):
        restore(f"copy-{number}")
    if limits == "none":
        restore("copy-50")
        return
    backup = call("CreateBackup", TableName="Music", BackupName="abc")["BackupDetails"]["BackupArn"]
    refused = "Subscriber limit exceeded: Only 50 restore operations can be done simultaneously"
    with pytest.raises(LimitExceededException) as caught:
        restore("copy-50")
    assert caught.value.message == refused
    with pytest.raises(LimitExceededException) as caught:
        call("RestoreTableFromBackup", TargetTableName="copy-50", BackupArn=backup)
    assert caught.value.message == refused
    assert "copy-50" not in call("ListTables")["TableNames"]
    clock.advance(60)
    call("DescribeTable", TableName="copy-0")
    restore("copy-50")
    call("RestoreTableFromBackup", TargetTableName="copy-51", BackupArn=backup)


class Watched:
    """A storage transaction that keeps a list of the keys which its user has looked at."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer
        self.keys: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)

    def range(self, *args: Any, **keywords: Any) -> Iterator[tuple[bytes, bytes]]:
        for key, value in self._writer.range(*args, **keywords):
            self.keys.append(key)
            yield key, value


def test_a_table_is_created_and_deleted_without_a_look_at_all_others() -> None:
    call = caller(delay_creating=10.0, delay_deleting=10.0)
    add(call, 0, 300)
    assert isinstance(call.clock, ManualClock)
    call.clock.advance(10)
    add(call, 300, 1)
    with call.write() as tables:
        watched = Watched(tables.reader)
        tables.reader = watched
        delete_table.delete(tables, "table-7")
        create_table.create(
            tables, create_table.described(call, dataclasses.replace(NEW, name="one-more"))
        )
    assert set(watched.keys) == {b"table-300", b"table-7"}


def test_tables_that_are_gone_make_room() -> None:
    call = caller(delay_deleting=10.0)
    add(call, 0, 3)
    with call.write() as tables:
        delete_table.delete(tables, "table-1")
        assert tables.count() == 3
    assert isinstance(call.clock, ManualClock)
    call.clock.advance(10)
    add(call, 1, 1)
    with call.write() as tables:
        assert tables.count() == 3
        delete_table.delete(tables, "table-0")
    call.clock.advance(10)
    with call.write() as tables:
        tables.sweep()
        assert tables.count() == 2
