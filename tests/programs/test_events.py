"""A real program sees the same over the network and in-process, and sees what it should."""

from __future__ import annotations

from pathlib import Path

import pytest

import ddbmock
from tests.programs import events
from tests.servers import pserve


@pytest.fixture(scope="module")
def embedded() -> dict[str, object]:
    """What the program sees in-process."""
    with ddbmock.boto_patch() as connection:
        return events.main(connection)


def test_pserve_shows_the_program_what_it_sees_in_process(
    embedded: dict[str, object], tmp_path: Path
) -> None:
    with pserve(tmp_path) as server:
        assert events.main(ddbmock.connect_ddbmock("127.0.0.1", server.port)) == embedded
    throughput = [line for line in server.log if " ddbmock.throughput " in line]
    assert {line.split(" ddbmock.throughput  ")[1].split(" over ")[0] for line in throughput} == {
        "events BatchWriteItem",
        "events DeleteItem",
        "events GetItem",
        "events Query",
        "events Scan",
        "events UpdateItem",
    }


def test_queries_give_all_pages_in_order_and_in_reverse(embedded: dict[str, object]) -> None:
    query = embedded["query"]
    assert isinstance(query, dict)
    forward = query["forward=True"]
    assert [item["at"] for item in forward] == list(range(events.EVENTS_EACH))
    assert query["forward=False"] == forward[::-1]
    assert query["units forward=True"] == query["units forward=False"]
    assert forward[42] == {"user": "user-07", "at": 42, **events.event(7, 42)}
    assert query["between"] == list(range(100, 110))
    assert query["after"] == 9


def test_scans_see_everything_and_find_what_the_filters_say(embedded: dict[str, object]) -> None:
    expected = [
        (f"user-{user}", number)
        for user in range(10, 20)
        for number in range(events.EVENTS_EACH)
        if number % 3 == 2 and number * 1.25 > 600
    ]
    of_tag3 = events.USERS * len([n for n in range(events.EVENTS_EACH) if n % 7 == 3])
    assert embedded["scan"] == {"found": expected, "scanned": 10_000, "count": of_tag3}


def test_updates_obey_their_conditions(embedded: dict[str, object]) -> None:
    old = {"user": "user-03", "at": 42, **events.event(3, 42)}
    assert embedded["update"] == {
        "old": old,
        "refused": (
            400,
            "ConditionalCheckFailedException",
            "The conditional request failed",
        ),
        "new": {**old, "kind": "seen", "tags": {"tag0"}, "visits": 2},
    }


def test_deleted_items_are_gone(embedded: dict[str, object]) -> None:
    assert embedded["left"] == 10
