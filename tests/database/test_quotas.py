"""How many tables there can be, and how many of them on their way at once."""

from __future__ import annotations

import dataclasses

import pytest

from ddbmock.clock import ManualClock
from ddbmock.database import Call, DynamoDB, create, delete
from ddbmock.database.create import NewTable
from ddbmock.database.definition import KeyElement
from ddbmock.database.key import KeyAttribute
from ddbmock.errors import LimitExceededException
from ddbmock.settings import Settings
from ddbmock.storage.memory import MemoryStorage


def caller(**settings: object) -> Call:
    clock = ManualClock(1_790_000_000.0)
    return DynamoDB(MemoryStorage(), Settings.from_mapping(settings), clock).call()


def add(call: Call, first: int, count: int) -> None:
    """Create tables of numbers from `first` on."""
    new = NewTable(
        "", (KeyAttribute("p", "S"),), (KeyElement("p", "HASH"),), billing_mode="PAY_PER_REQUEST"
    )
    with call.write() as tables:
        for number in range(first, first + count):
            name = f"table-{number}"
            create.add(tables, create.described(call, dataclasses.replace(new, name=name)))


@pytest.mark.once
def test_there_can_be_2500_tables() -> None:
    call = caller()
    add(call, 0, 2500)
    with pytest.raises(LimitExceededException) as caught:
        add(call, 2500, 1)
    assert caught.value.message == (
        "Subscriber limit exceeded: There is a limit of 2500 tables per subscriber"
    )
    with call.write() as tables:
        delete.end(tables, "table-7")
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


@pytest.mark.once
def test_without_limits_there_can_be_more() -> None:
    call = caller(limits="none", delay_creating=10.0)
    add(call, 0, 2501)
