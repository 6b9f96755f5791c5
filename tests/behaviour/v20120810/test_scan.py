"""Scan: segments, pages and cost."""

from __future__ import annotations

from hashlib import md5
from typing import Any

import pytest

from tests.behaviour.calling import Caller
from tests.behaviour.v20120810.collection import TABLE, create, put, sized, songs

SCAN: dict[str, Any] = {"TableName": "music"}


def all_songs(call: Caller, **members: Any) -> list[int]:
    """The songs of all pages."""
    page = call("Scan", {**SCAN, **members})
    found = songs(page)
    while "LastEvaluatedKey" in page:
        page = call("Scan", {**SCAN, **members, "ExclusiveStartKey": page["LastEvaluatedKey"]})
        found += songs(page)
    return found


@pytest.mark.parametrize("total", [1, 2, 7, 4096, 10_000])
def test_segments_are_disjoint_and_complete(call: Caller, total: int) -> None:
    create(call)
    put(call, *[{"artist": f"a{n}", "song": n} for n in range(20)])
    whole = all_songs(call)
    assert sorted(whole) == list(range(20))
    hit = sorted({segment_of(f"a{n}", total) for n in range(20)})
    parts = [all_songs(call, Segment=segment, TotalSegments=total, Limit=3) for segment in hit]
    assert [song for part in parts for song in part] == whole


def segment_of(artist: str, total: int) -> int:
    """The segment that holds an artist's songs."""
    bucket = int.from_bytes(md5(b"Outliers" + artist.encode()).digest()[:2], "big") >> 4
    return next(
        s for s in range(bucket * total // 4096, total) if bucket < -(-4096 * (s + 1) // total)
    )


def test_a_page_ends_with_the_item_that_reaches_one_mebibyte(call: Caller) -> None:
    create(call)
    put(call, *[sized(f"a{n}", n, 2**18) for n in range(1, 7)])
    first = call("Scan", SCAN)
    assert (first["Count"], first["ScannedCount"]) == (4, 4)
    assert sorted(all_songs(call)) == [1, 2, 3, 4, 5, 6]


PROVISIONED: dict[str, Any] = {
    "BillingMode": "PROVISIONED",
    "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
    "GlobalSecondaryIndexes": None,
    "AttributeDefinitions": TABLE["AttributeDefinitions"][:-1],
}


@pytest.mark.parametrize(
    ("members", "sizes", "units"),
    [
        (PROVISIONED, (), 1.0),
        (PROVISIONED, (3000, 3000, 3000), 3.0),
        ({}, (), 4.0),
        ({}, (3000, 3000, 3000), 4.0),
        ({}, (6000, 6000, 6000), 5.0),
    ],
)
def test_bytes_are_rounded_once_and_the_partitions_of_an_on_demand_table_cost_a_unit_each(
    call: Caller, members: dict[str, Any], sizes: tuple[int, ...], units: float
) -> None:
    create(call, **members)
    put(call, *[sized(f"a{n}", n, size) for n, size in enumerate(sizes, 1)])
    for consistent, consumed in ((True, units), (False, units / 2)):
        scan = {**SCAN, "ConsistentRead": consistent, "ReturnConsumedCapacity": "INDEXES"}
        assert call("Scan", scan)["ConsumedCapacity"] == {
            "TableName": "music",
            "CapacityUnits": consumed,
            "Table": {"CapacityUnits": consumed},
        }


def test_a_page_pays_for_the_partitions_that_it_reached(call: Caller) -> None:
    create(call)
    artists = [f"a{n}" for n in range(20)]
    put(call, *[{"artist": artist, "song": 1} for artist in artists])
    reached, start = [], None
    for _ in artists:
        scan = {**SCAN, "Limit": 1, "ConsistentRead": True, "ReturnConsumedCapacity": "TOTAL"}
        page = call("Scan", {**scan, "ExclusiveStartKey": start})
        reached.append(page["ConsumedCapacity"]["CapacityUnits"])
        start = page["LastEvaluatedKey"]
    last = max(segment_of(artist, 4) for artist in artists)
    # One for each page, and one more for each step into another partition.
    assert sum(reached) == len(artists) + last


def test_items_of_one_hash_key_stay_together_in_the_order_of_their_range_keys(
    call: Caller,
) -> None:
    create(call)
    put(call, *[{"artist": f"a{n % 3}", "song": n} for n in range(12)])
    found = all_songs(call, Limit=5)
    groups = [found[at : at + 4] for at in (0, 4, 8)]
    assert sorted(groups) == [[0, 3, 6, 9], [1, 4, 7, 10], [2, 5, 8, 11]]
