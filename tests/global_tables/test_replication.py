"""Item changes on their way between regions: lag, holds, conflicts, cuts."""

from __future__ import annotations

from typing import Any

import pytest

import ddbmock
from tests.global_tables.regions import EAST, IRELAND, WEST, Regions


@pytest.fixture
def pair(regions: Regions) -> Regions:
    """``Music`` in two regions."""
    regions.create_table()
    regions.create(IRELAND)
    return regions


def test_a_write_arrives_before_its_response(pair: Regions) -> None:
    pair.put(EAST, "a", n=1)
    assert pair.items(IRELAND) == {"a": {"n": 1}}
    pair.remove(IRELAND, "a")
    assert pair.items(EAST) == {}
    assert pair.links.pending() == []


def test_a_held_change_waits_for_its_release(pair: Regions) -> None:
    pair.links.hold(IRELAND)
    pair.put(EAST, "a", n=1)
    assert pair.items(IRELAND) == {}
    [waiting] = pair.links.pending(IRELAND)
    assert (waiting.source, waiting.key, waiting.due) == (EAST, {"pk": {"S": "a"}}, None)
    pair.put(IRELAND, "b", n=2)
    assert pair.items(EAST) == {"a": {"n": 1}, "b": {"n": 2}}
    pair.links.release(IRELAND)
    assert pair.items(IRELAND) == {"a": {"n": 1}, "b": {"n": 2}}


def test_the_last_writer_wins(pair: Regions) -> None:
    pair.links.hold()
    pair.put(EAST, "a", n=1)
    pair.clock.advance(0.001)
    pair.put(IRELAND, "a", n=2)
    assert (pair.items(EAST), pair.items(IRELAND)) == ({"a": {"n": 1}}, {"a": {"n": 2}})
    pair.links.release()
    assert pair.items(EAST) == pair.items(IRELAND) == {"a": {"n": 2}}


def test_a_deletion_takes_part_in_conflicts(pair: Regions) -> None:
    pair.put(EAST, "a", n=0)
    pair.links.hold()
    pair.put(EAST, "a", n=1)
    pair.clock.advance(0.001)
    pair.remove(IRELAND, "a")
    pair.links.release()
    assert pair.items(EAST) == pair.items(IRELAND) == {}


def test_an_older_write_does_not_revive_an_item(pair: Regions) -> None:
    pair.put(EAST, "a", n=0)
    pair.links.hold()
    pair.put(EAST, "a", n=1)
    pair.clock.advance(0.001)
    pair.remove(IRELAND, "a")
    pair.links.release(IRELAND)
    pair.links.release()
    assert pair.items(EAST) == pair.items(IRELAND) == {}


def test_of_simultaneous_writes_the_same_one_wins_everywhere(pair: Regions) -> None:
    pair.links.hold()
    pair.put(EAST, "a", n=1)
    pair.put(IRELAND, "a", n=2)
    pair.links.release()
    assert pair.items(EAST) == pair.items(IRELAND) == {"a": {"n": 1}}


def test_additions_on_both_sides_lose_one(pair: Regions) -> None:
    pair.links.hold()
    for region in (EAST, IRELAND):
        pair(
            region,
            "UpdateItem",
            TableName="Music",
            Key={"pk": {"S": "a"}},
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
    pair.links.release()
    assert pair.items(EAST) == pair.items(IRELAND) == {"a": {"n": 1}}


def test_a_condition_sees_its_own_region_alone(pair: Regions) -> None:
    pair.links.hold()
    pair.put(EAST, "a", n=1)
    pair(
        IRELAND,
        "PutItem",
        TableName="Music",
        Item={"pk": {"S": "a"}},
        ConditionExpression="attribute_not_exists(pk)",
    )


def test_a_transaction_arrives_item_by_item(pair: Regions) -> None:
    pair.links.hold()
    puts = [{"Put": {"TableName": "Music", "Item": {"pk": {"S": key}}}} for key in "ab"]
    pair(EAST, "TransactWriteItems", TransactItems=puts)
    assert pair.links.step(1) == 1
    assert len(pair.items(IRELAND)) == 1
    assert pair.links.step(5) == 1
    assert set(pair.items(IRELAND)) == {"a", "b"}


def test_lag_is_counted_by_the_clock(pair: Regions) -> None:
    pair.links.lag = 0.5
    pair.put(EAST, "a", n=1)
    pair.clock.advance(0.4)
    assert pair.items(IRELAND) == {}
    pair.clock.advance(0.1)
    assert pair.items(IRELAND) == {"a": {"n": 1}}


def test_a_link_has_a_lag_of_its_own(regions: Regions) -> None:
    regions.create_table()
    regions.create(IRELAND, WEST)
    regions.links.delay(10, IRELAND, source=EAST)
    regions.put(EAST, "a", n=1)
    assert regions.items(WEST) == {"a": {"n": 1}}
    assert regions.items(IRELAND) == {}
    assert regions.links.pending()[0].due == regions.clock.now() + 10
    regions.clock.advance(10)
    assert regions.items(IRELAND) == {"a": {"n": 1}}


def test_an_isolated_region_serves_what_it_has_and_catches_up(pair: Regions) -> None:
    pair.links.cut(IRELAND)
    pair.put(EAST, "a", n=1)
    pair.put(IRELAND, "b", n=2)
    assert (pair.items(EAST), pair.items(IRELAND)) == ({"a": {"n": 1}}, {"b": {"n": 2}})
    pair.links.heal(IRELAND)
    assert pair.items(EAST) == pair.items(IRELAND) == {"a": {"n": 1}, "b": {"n": 2}}


def test_requests_to_a_failed_region_fail(pair: Regions) -> None:
    pair.links.cut(IRELAND, requests="fail")
    assert pair.refused(IRELAND, "ListTables") == ("InternalServerError", "Internal server error")
    pair.put(EAST, "a", n=1)
    pair.links.heal()
    assert pair.items(IRELAND) == {"a": {"n": 1}}


def test_clear_ends_everything(pair: Regions) -> None:
    pair.links.hold()
    pair.links.lag = 100
    pair.links.cut(EAST, requests="fail")
    pair.put(IRELAND, "a", n=1)
    pair.links.clear()
    assert pair.items(EAST) == {"a": {"n": 1}}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda links: links.hold("eu-wst-1"), "There is no region 'eu-wst-1'; did you mean eu-we"),
        (lambda links: links.delay(-1, IRELAND), "A lag must be a number of seconds, 0 or more, "),
        (lambda links: links.cut(EAST, requests="no"), "requests must be 'serve' or 'fail', not "),
        (lambda links: setattr(links, "lag", "1"), "A lag must be a number of seconds, 0 or more,"),
    ],
)
def test_wrong_arguments_are_rejected(regions: Regions, call: Any, message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (compared below)
        call(regions.links)
    assert str(caught.value)[: len(message)] == message


def test_an_item_expires_where_it_was_written(pair: Regions) -> None:
    ttl = {"Enabled": True, "AttributeName": "end"}
    pair(EAST, "UpdateTimeToLive", TableName="Music", TimeToLiveSpecification=ttl)
    pair.put(EAST, "a", end=int(pair.clock.now()) + 100)
    pair.links.hold(IRELAND)
    pair.clock.advance(days=3)
    assert pair.items(EAST) == {}
    assert set(pair.items(IRELAND)) == {"a"}
    pair.links.release()
    assert pair.items(IRELAND) == {}


def test_an_identical_write_counts_as_the_last_one(pair: Regions) -> None:
    pair.put(EAST, "a", n=1)
    pair.links.hold()
    pair.clock.advance(1)
    pair.put(IRELAND, "a", n=2)
    pair.clock.advance(1)
    pair.put(EAST, "a", n=1)
    pair.links.release()
    assert pair.items(EAST) == pair.items(IRELAND) == {"a": {"n": 1}}


def test_a_fork_keeps_what_waits() -> None:
    with ddbmock.Database(databases="region") as db:
        regions = Regions(db)
        regions.create_table()
        regions.create(IRELAND)
        regions.links.hold()
        regions.put(EAST, "a", n=1)
        with db.fork() as fork:
            other = Regions(fork)
            assert other.items(IRELAND) == {}
            other.links.release()
            assert other.items(IRELAND) == {"a": {"n": 1}}
        assert regions.items(IRELAND) == {}
