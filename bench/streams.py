"""The cost of streams and of recovery: writes with and without, and a page of records beside moto's.

Times are CPU time: all is in this process, and other processes do not count.
"""

from __future__ import annotations

import gc
import importlib.util
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from bench.measure import Row, compared, interleaved, ratio
from ddbmock import Database

GROUP: Final = "streams"
VIEW: Final = "NEW_AND_OLD_IMAGES"
WITH_A_STREAM: Final = 1.3
FASTER_THAN_MOTO: Final = 10
RECORDS: Final = 1000


def run(rounds: int, *, smoke: bool) -> Iterator[Row]:
    yield from _writes(rounds, 20 if smoke else 500)
    yield from _pages(rounds, 20 if smoke else RECORDS)


def _writes(rounds: int, count: int) -> Iterator[Row]:
    """Puts that change their item, through boto3 in the process."""
    with Database() as db:
        client = db.client()
        plain, streams = "without a stream", ("KEYS_ONLY", VIEW)
        recovery, backup = "with recovery", "with a backup"
        names = (plain, *streams, recovery, backup)
        for name in names:
            _create(client, name.replace(" ", "-"), name if name in streams else None)
        client.update_continuous_backups(
            TableName="with-recovery",
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
        client.create_backup(TableName="with-a-backup", BackupName="backup")
        series = interleaved(
            {name: _putting(client, name.replace(" ", "-"), count) for name in names}, rounds
        )
    followed = {name: series[name] for name in (plain, *streams)}
    yield from compared(GROUP, "put", followed, target=WITH_A_STREAM)
    kept = {name: series[name] for name in (plain, recovery, backup)}
    yield from compared(GROUP, "put with the past kept", kept)


def _pages(rounds: int, count: int) -> Iterator[Row]:
    """GetRecords with boto3."""
    with Database() as db:
        contenders = {"ddbmock": _reading(db.client(), db.client("dynamodbstreams"), count)}
        if importlib.util.find_spec("moto") is None:
            series = interleaved(contenders, rounds)
        else:
            import boto3
            from moto import mock_aws

            options: dict[str, Any] = {
                "region_name": "us-east-1",
                "aws_access_key_id": "any",
                "aws_secret_access_key": "thing",
            }
            with mock_aws():
                tables = boto3.client("dynamodb", **options)
                streams = boto3.client("dynamodbstreams", **options)
                contenders["moto"] = _reading(tables, streams, count)
                series = interleaved(contenders, rounds)
    what, ours = f"GetRecords of {count:,}", series["ddbmock"]
    yield Row(GROUP, what, "ddbmock", ours.median * 1e3, "ms", ours.spread)
    if "moto" in series:
        theirs = series["moto"]
        yield Row(
            GROUP, what, "moto", theirs.median * 1e3, "ms", theirs.spread, "ddbmock",
            ratio(theirs, ours), FASTER_THAN_MOTO, at_most=False,
        )  # fmt: skip


def _create(client: Any, name: str, view_type: str | None) -> str:
    stream: dict[str, Any] = {}
    if view_type is not None:
        stream["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": view_type}
    created = client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        **stream,
    )
    arn: str = created["TableDescription"].get("LatestStreamArn", "")
    return arn


def _put(client: Any, table: str, number: int, version: int) -> None:
    item = {
        "id": {"S": f"item {number}"},
        "version": {"N": str(version)},
        "name": {"S": "x" * 40},
        "tags": {"L": [{"S": "red"}, {"S": "blue"}]},
        "place": {"M": {"city": {"S": "Oslo"}, "zip": {"N": "150"}}},
    }
    client.put_item(TableName=table, Item=item)


def _putting(client: Any, table: str, count: int) -> Callable[[], float]:
    version = 0

    def timed() -> float:
        nonlocal version
        version += 1
        start = time.process_time()
        for number in range(count):
            _put(client, table, number, version)
        return (time.process_time() - start) / count

    return timed


def _reading(client: Any, streams: Any, count: int) -> Callable[[], float]:
    arn = _create(client, "read", VIEW)
    for number in range(count):
        _put(client, "read", number, 0)
    [shard] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]

    def timed() -> float:
        gc.collect()  # or one pays for what another has left
        start = time.process_time()
        records = streams.get_records(ShardIterator=iterator)["Records"]
        taken = time.process_time() - start
        assert len(records) == count
        return taken

    return timed
