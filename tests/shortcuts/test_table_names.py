"""Names of tables that are listed without a look at their states."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from ddbmock.clock import ManualClock
from ddbmock.database import Call
from ddbmock.database.control_plane import create_table, delete_table
from tests.database.test_quotas import NEW, caller

fates = st.lists(st.sampled_from(["active", "swept", "ended", "deleting", "creating"]), max_size=8)


def create(call: Call, numbers: Iterable[int]) -> None:
    with call.write() as tables:
        for number in numbers:
            new = dataclasses.replace(NEW, name=f"table-{number}")
            create_table.create(tables, create_table.described(call, new))


def delete(call: Call, numbers: Iterable[int]) -> None:
    with call.write() as tables:
        for number in numbers:
            delete_table.delete(tables, f"table-{number}")


@settings(max_examples=60)
@given(fates, st.integers(0, 8), st.integers(1, 3), st.booleans())
def test_names_are_those_of_the_tables_that_have_not_ended(
    fates: list[str], after: int, limit: int, back: bool
) -> None:
    def having(fate: str) -> list[int]:
        return [number for number, one in enumerate(fates) if one == fate]

    call = caller(delay_creating=1.0, delay_deleting=1.0)
    assert isinstance(call.clock, ManualClock)
    create(call, [number for number, fate in enumerate(fates) if fate != "creating"])
    call.clock.advance(1)
    delete(call, having("swept"))
    call.clock.advance(1)
    with call.write() as tables:
        tables.sweep()
    delete(call, having("ended"))
    call.clock.advance(1)
    delete(call, having("deleting"))
    if having("creating"):
        create(call, having("creating"))  # which sweeps
    if back:
        call.clock.advance(-1)
    start = f"table-{after - 1}" if after else ""
    with call.read() as tables:
        expected = [table.name for table in tables.descriptions(start)]
        assert tables.names(start, limit) == (expected[:limit], len(expected) > limit)
        assert tables.names(start, 8) == (expected, False)
