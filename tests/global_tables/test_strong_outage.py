"""Regions of a strongly consistent global table that are cut off: two of three are needed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.global_tables.regions import EAST, OHIO, WEST, Regions

FAULT = ("InternalServerError", "Internal server error")
KEY: dict[str, Any] = {"TableName": "Music", "Key": {"pk": {"S": "a"}}}
PUT: dict[str, Any] = {"TableName": "Music", "Item": {"pk": {"S": "a"}, "n": {"N": "9"}}}


@pytest.fixture
def strong(regions: Regions) -> Regions:
    """Three replicas, and an item of each."""
    regions.create_table()
    creations = [{"Create": {"RegionName": one}} for one in (OHIO, WEST)]
    update = {"MultiRegionConsistency": "STRONG", "ReplicaUpdates": creations}
    regions(EAST, "UpdateTable", TableName="Music", **update)
    regions.put(EAST, "a", n=1)
    return regions


@pytest.fixture
def witnessed(regions: Regions) -> Regions:
    """Two replicas, and a witness in the west."""
    regions.create_table()
    regions(
        EAST,
        "UpdateTable",
        TableName="Music",
        MultiRegionConsistency="STRONG",
        ReplicaUpdates=[{"Create": {"RegionName": OHIO}}],
        GlobalTableWitnessUpdates=[{"Create": {"RegionName": WEST}}],
    )
    regions.put(EAST, "a", n=1)
    return regions


WRITES: list[tuple[str, dict[str, Any]]] = [
    ("PutItem", PUT),
    ("UpdateItem", KEY),
    ("DeleteItem", KEY),
    ("BatchWriteItem", {"RequestItems": {"Music": [{"PutRequest": {"Item": PUT["Item"]}}]}}),
    ("ExecuteStatement", {"Statement": "DELETE FROM Music WHERE pk = 'a'"}),
]
CONSISTENT_READS: list[tuple[str, dict[str, Any]]] = [
    ("GetItem", {**KEY, "ConsistentRead": True}),
    ("Scan", {"TableName": "Music", "ConsistentRead": True}),
    (
        "BatchGetItem",
        {"RequestItems": {"Music": {"Keys": [KEY["Key"]], "ConsistentRead": True}}},
    ),
    ("ExecuteStatement", {"Statement": "SELECT * FROM Music", "ConsistentRead": True}),
]


@pytest.mark.parametrize(("operation", "request_"), WRITES + CONSISTENT_READS)
def test_a_region_that_is_cut_off_serves_no_writes_and_no_consistent_reads(
    strong: Regions, operation: str, request_: dict[str, Any]
) -> None:
    strong.links.cut(EAST)
    assert strong.refused(EAST, operation, **request_) == FAULT
    strong.links.heal(EAST)
    strong(EAST, operation, **request_)


def test_the_other_two_regions_go_on_and_the_third_catches_up(strong: Regions) -> None:
    strong.links.cut(EAST)
    strong.put(OHIO, "a", n=2)
    strong.put(WEST, "b", n=3)
    assert strong.items(OHIO) == strong.items(WEST) == {"a": {"n": 2}, "b": {"n": 3}}
    stale = strong(EAST, "GetItem", **KEY)
    assert stale["Item"]["n"] == {"N": "1"}
    assert len(strong.links.pending(EAST)) == 2
    strong.links.heal()
    assert strong.items(EAST) == strong.items(OHIO)
    assert strong.links.pending() == []


def test_no_region_alone_is_enough(strong: Regions) -> None:
    strong.links.cut(EAST)
    strong.links.cut(OHIO)
    for region in (EAST, OHIO, WEST):
        assert strong.refused(region, "PutItem", **PUT) == FAULT
        assert strong(region, "GetItem", **KEY)["Item"]["n"] == {"N": "1"}


def test_two_replicas_do_without_their_witness(witnessed: Regions) -> None:
    witnessed.links.cut(WEST)
    witnessed.put(OHIO, "a", n=2)
    assert witnessed.items(EAST) == {"a": {"n": 2}}


def test_one_replica_and_the_witness_are_enough(witnessed: Regions) -> None:
    witnessed.links.cut(EAST)
    assert witnessed.refused(EAST, "PutItem", **PUT) == FAULT
    witnessed.put(OHIO, "a", n=2)
    witnessed.links.cut(WEST)
    assert witnessed.refused(OHIO, "PutItem", **PUT) == FAULT
    witnessed.links.heal()
    assert witnessed.items(EAST) == {"a": {"n": 2}}


def test_tables_without_strong_consistency_go_on(regions: Regions) -> None:
    regions.create_table()
    regions.create(OHIO)
    regions.links.cut(EAST)
    regions.put(EAST, "a", n=1)
    assert regions.items(EAST) == {"a": {"n": 1}}
