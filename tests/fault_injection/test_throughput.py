"""Provisioned throughput is held to, when it is to be: by table, index and hash key."""

from __future__ import annotations

from typing import Any

import pytest

import ddbmock
from tests.fault_injection.requests import EVENTS, EXCEEDED, THROTTLED, Perform

SCAN: dict[str, Any] = {"TableName": "events", "ConsistentRead": True}
BURST = 300


@pytest.fixture(autouse=True)
def _limit(db: ddbmock.Database, perform: Perform) -> None:
    db.trouble.throughput = True


def put(perform: Perform, user: str = "a", **attributes: Any) -> Any:
    return perform("PutItem", TableName="events", Item={"user": {"S": user}} | attributes)


def how_many(perform: Perform, operation: str, **request: Any) -> int:
    """How many such requests are answered until one is throttled."""
    for number in range(10_000):
        answer = perform(operation, **request)
        if isinstance(answer, tuple):
            assert answer[0] == "ProvisionedThroughputExceededException"
            return number
    raise AssertionError("none is throttled")


def test_a_table_gives_its_burst_and_no_more(perform: Perform) -> None:
    assert how_many(perform, "Scan", **SCAN) == 2 * BURST
    assert perform("Scan", **SCAN) == THROTTLED


def test_the_clock_fills_the_bucket_up_to_the_burst(db: ddbmock.Database, perform: Perform) -> None:
    how_many(perform, "Scan", **SCAN)
    db.clock.advance(10)
    assert how_many(perform, "Scan", **SCAN) == 2 * 10
    db.clock.advance(days=1)
    assert how_many(perform, "Scan", **SCAN) == 2 * BURST


def test_a_large_page_is_paid_for_afterwards(db: ddbmock.Database, perform: Perform) -> None:
    with db.trouble.on("Scan", times=0).fail():
        db.trouble.throughput = False
        for user in range(13):
            put(perform, str(user), text={"S": "x" * 400_000})
        db.trouble.throughput = True
    read = perform("Scan", **SCAN, ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"]
    units = read["CapacityUnits"]
    assert units > 256
    assert how_many(perform, "Scan", **SCAN) == 2
    db.clock.advance((3 * units - 2 * BURST) / 2 - 1)
    assert perform("Scan", **SCAN) == THROTTLED
    db.clock.advance(2)
    assert perform("Scan", **SCAN)["Count"] == 3


def test_reads_and_writes_are_apart(perform: Perform) -> None:
    how_many(perform, "Scan", **SCAN)
    assert put(perform) == {}


def test_tables_are_apart_and_a_new_one_begins_with_its_burst(perform: Perform) -> None:
    how_many(perform, "Scan", **SCAN)
    perform("DeleteTable", TableName="events")
    perform("CreateTable", **EVENTS)
    assert perform("Scan", **SCAN)["Count"] == 0


def test_an_index_without_throughput_holds_up_the_writes_that_it_takes_part_in(
    perform: Perform,
) -> None:
    kind = {"S": "login"}
    written = how_many(
        perform, "PutItem", TableName="events", Item={"user": {"S": "a"}, "kind": kind, "x": kind}
    )
    # the same item again changes nothing in the index
    assert written == 2 * BURST
    perform("DeleteTable", TableName="events")
    perform("CreateTable", **EVENTS)
    for number in range(BURST):
        assert put(perform, str(number), kind=kind) == {}
    answer = put(perform, "b", kind=kind)
    assert answer[0] == "ProvisionedThroughputExceededException"
    assert "global secondary indexes of the table was exceeded" in answer[1]


def test_reads_of_an_index_draw_on_the_index(perform: Perform) -> None:
    request = {
        "TableName": "events",
        "IndexName": "by_kind",
        "KeyConditionExpression": "kind = :kind",
        "ExpressionAttributeValues": {":kind": {"S": "login"}},
    }
    assert how_many(perform, "Query", **request) == 2 * BURST  # half a unit each
    assert perform("Scan", **SCAN)["Count"] == 0


def test_a_hash_key_has_its_own_limit(db: ddbmock.Database, perform: Perform) -> None:
    huge = {"ReadCapacityUnits": 40_000, "WriteCapacityUnits": 40_000}
    perform("UpdateTable", TableName="events", ProvisionedThroughput=huge)
    [draws] = [
        draws
        for draws in [_draws(db, "PutItem", {"user": {"S": "a"}})]
        if any(draw.partition for draw in draws)
    ]
    assert [(draw.index_name, draw.partition, draw.rate) for draw in draws] == [
        (None, None, 40_000.0),
        (None, '[{"S":"a"}]', 1000.0),
        ("by_kind", None, 1.0),
    ]
    assert [str(draw) for draw in draws] == [
        "the write units of the table, 40000 a second",
        'the write units of hash key [{"S":"a"}], 1000 a second',
        "the write units of index 'by_kind', 1 a second",
    ]


def _draws(db: ddbmock.Database, operation: str, item: Any) -> Any:
    from ddbmock.fault_injection.request_view import RequestView
    from ddbmock.fault_injection.throughput import draws

    view = RequestView.of(
        db.router.target(f"DynamoDB_20120810.{operation}"), {"TableName": "events", "Item": item}
    )
    return draws(db.dynamodb.call(operation), view)[0]


def test_tables_on_demand_are_not_held_to_anything_but_hash_keys(perform: Perform) -> None:
    for _ in range(1000):
        assert perform("PutItem", TableName="music", Item={"pk": {"S": "a"}}) == {}
        assert perform("Scan", TableName="music")["Count"] == 1


def test_entries_without_throughput_stay_unprocessed(perform: Perform) -> None:
    how_many(perform, "PutItem", TableName="events", Item={"user": {"S": "a"}})
    events = [{"PutRequest": {"Item": {"user": {"S": "a"}}}}]
    music = [{"PutRequest": {"Item": {"pk": {"S": "a"}}}}]
    output = perform("BatchWriteItem", RequestItems={"events": events, "music": music})
    assert output == {"UnprocessedItems": {"events": events}}
    assert perform("BatchWriteItem", RequestItems={"events": events}) == THROTTLED


def test_a_transaction_without_throughput_is_cancelled(perform: Perform, client: Any) -> None:
    how_many(perform, "PutItem", TableName="events", Item={"user": {"S": "a"}})
    put_event = {"Put": {"TableName": "events", "Item": {"user": {"S": "a"}}}}
    put_music = {"Put": {"TableName": "music", "Item": {"pk": {"S": "a"}}}}
    with pytest.raises(client.exceptions.TransactionCanceledException) as caught:
        client.transact_write_items(TransactItems=[put_event, put_music])
    assert caught.value.response["CancellationReasons"] == [
        {"Code": "ProvisionedThroughputExceeded", "Message": EXCEEDED},
        {"Code": "None"},
    ]


def test_a_table_that_is_not_there_is_not_found(perform: Perform) -> None:
    assert perform("Scan", TableName="nowhere")[0] == "ResourceNotFoundException"
    assert perform("ListTables") == {"TableNames": ["events", "music"]}


def test_what_a_failed_condition_consumes_is_paid_for(perform: Perform) -> None:
    for _ in range(2 * BURST):
        answer = perform(
            "PutItem",
            TableName="events",
            Item={"user": {"S": "a"}},
            ConditionExpression="attribute_exists(kind)",
        )
        assert answer[0] == "ConditionalCheckFailedException"
    assert put(perform) == THROTTLED
