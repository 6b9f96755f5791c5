"""Scan: segments, pages and cost."""

from __future__ import annotations

from hashlib import md5
from typing import Any

import pytest

from tests.behaviour.conftest import Caller
from tests.behaviour.v20120810.collection import create, put, sized, songs

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


def test_bytes_of_a_page_are_summed_before_they_are_rounded(call: Caller) -> None:
    create(call)
    put(call, *[sized(f"a{n}", n, 3000) for n in range(1, 4)])
    consumed = {"TableName": "music", "CapacityUnits": 1.5}
    answer = call("Scan", {**SCAN, "ReturnConsumedCapacity": "TOTAL"})
    assert (answer["Count"], answer["ConsumedCapacity"]) == (3, consumed)


def test_an_empty_table_costs_the_least_unit(call: Caller) -> None:
    create(call)
    assert call("Scan", {**SCAN, "ReturnConsumedCapacity": "INDEXES", "ConsistentRead": True}) == {
        "Items": [],
        "Count": 0,
        "ScannedCount": 0,
        "ConsumedCapacity": {
            "TableName": "music",
            "CapacityUnits": 1.0,
            "Table": {"CapacityUnits": 1.0},
        },
    }


def test_items_of_one_hash_key_stay_together_in_the_order_of_their_range_keys(
    call: Caller,
) -> None:
    create(call)
    put(call, *[{"artist": f"a{n % 3}", "song": n} for n in range(12)])
    found = all_songs(call, Limit=5)
    groups = [found[at : at + 4] for at in (0, 4, 8)]
    assert sorted(groups) == [[0, 3, 6, 9], [1, 4, 7, 10], [2, 5, 8, 11]]
