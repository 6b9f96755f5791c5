"""The stream of each replica."""

from __future__ import annotations

from typing import Any

from tests.global_tables.regions import EAST, IRELAND, Regions


def records(regions: Regions, region: str) -> list[dict[str, Any]]:
    """Return all records in the stream of ``Music`` in a region."""
    client = regions.db.client("dynamodbstreams", region_name=region)
    arn = regions.describe(region)["LatestStreamArn"]
    found: list[dict[str, Any]] = []
    for shard in client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = client.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        found += client.get_records(ShardIterator=iterator)["Records"]
    return found


def kinds(regions: Regions, region: str) -> list[str]:
    return [record["eventName"] for record in records(regions, region)]


def test_each_replica_has_a_record_of_each_change(regions: Regions) -> None:
    regions.create_table()
    regions.put(EAST, "old", n=0)
    regions.create(IRELAND)
    regions.put(EAST, "a", n=1)
    regions.put(IRELAND, "a", n=2)
    regions.remove(EAST, "a")
    east, ireland = records(regions, EAST), records(regions, IRELAND)
    for found in (east, ireland):
        assert [one["eventName"] for one in found] == ["INSERT", "MODIFY", "REMOVE"]
    assert [one["awsRegion"] for one in east + ireland] == [EAST] * 3 + [IRELAND] * 3
    assert {one["eventID"] for one in east}.isdisjoint(one["eventID"] for one in ireland)


def test_a_change_that_lost_has_no_record_elsewhere(regions: Regions) -> None:
    regions.create_table()
    regions.create(IRELAND)
    regions.links.hold()
    regions.put(EAST, "a", n=1)
    regions.clock.advance(0.001)
    regions.put(IRELAND, "a", n=2)
    regions.links.release()
    assert kinds(regions, EAST) == ["INSERT", "MODIFY"]
    assert kinds(regions, IRELAND) == ["INSERT"]


def test_only_the_region_that_expired_an_item_names_the_service(regions: Regions) -> None:
    regions.create_table()
    regions.create(IRELAND)
    ttl = {"Enabled": True, "AttributeName": "end"}
    regions(EAST, "UpdateTimeToLive", TableName="Music", TimeToLiveSpecification=ttl)
    regions.put(EAST, "a", end=int(regions.clock.now()) + 100)
    regions.clock.advance(days=3)
    assert regions.items(EAST) == {}
    east, ireland = records(regions, EAST)[-1], records(regions, IRELAND)[-1]
    assert (east["eventName"], ireland["eventName"]) == ("REMOVE", "REMOVE")
    assert east["userIdentity"] == {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
    assert "userIdentity" not in ireland


def test_the_streams_of_all_regions_are_listed_in_their_own(regions: Regions) -> None:
    regions.create_table()
    regions.create(IRELAND)
    for region in (EAST, IRELAND):
        client = regions.db.client("dynamodbstreams", region_name=region)
        [stream] = client.list_streams()["Streams"]
        assert stream["StreamArn"] == regions.describe(region)["LatestStreamArn"]
