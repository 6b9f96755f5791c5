"""Records: which writes make one, and what it holds."""

from __future__ import annotations

from typing import Any

import pytest

from ddbmock.clock import ManualClock
from ddbmock.settings import Settings
from tests.behaviour.calling import START, Caller
from tests.behaviour.doors import Send
from tests.behaviour.streams.reading import Streams, create, delete, item, put
from tests.behaviour.ways import Way

KEYS = item()
OLD, NEW = item(data="test"), item(data="hello")


def test_a_record_has_the_members_that_the_service_gives_it(call: Caller, streams: Streams) -> None:
    arn = create(call)
    put(call, data="test")
    [record] = streams.records(arn)
    number, event_id = record["dynamodb"].pop("SequenceNumber"), record.pop("eventID")
    assert record == {
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": int(START),
            "Keys": KEYS,
            "NewImage": OLD,
            "SizeBytes": 20,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    }
    assert len(event_id) == 32
    assert set(event_id) <= set("0123456789abcdef")
    assert 21 <= len(number) <= 40
    assert number.isdigit()


# Images and sizes by view type. Source: recordings of the service.
VIEWS = {
    "KEYS_ONLY": ((None, None, 6), (None, None, 6), (None, None, 6)),
    "NEW_IMAGE": ((OLD, None, 20), (NEW, None, 21), (None, None, 6)),
    "OLD_IMAGE": ((None, None, 6), (None, OLD, 20), (None, NEW, 21)),
    "NEW_AND_OLD_IMAGES": ((OLD, None, 20), (NEW, OLD, 35), (None, NEW, 21)),
}


@pytest.mark.parametrize("view_type", VIEWS)
def test_the_view_type_chooses_the_images(call: Caller, streams: Streams, view_type: str) -> None:
    arn = create(call, view_type)
    put(call, data="test")
    put(call, data="hello")
    delete(call)
    events = []
    for record in streams.records(arn):
        content = record["dynamodb"]
        assert content["StreamViewType"] == view_type
        assert content["Keys"] == KEYS
        images = content.get("NewImage"), content.get("OldImage"), content["SizeBytes"]
        events.append((record["eventName"], images))
    assert events == list(zip(("INSERT", "MODIFY", "REMOVE"), VIEWS[view_type], strict=True))


def test_record_numbers_ascend_and_ids_stay_the_same(call: Caller, streams: Streams) -> None:
    arn = create(call)
    for data in "abc":
        put(call, data=data)
    records = streams.records(arn)
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in records]
    assert numbers == sorted(set(numbers))
    ids = [record["eventID"] for record in records]
    assert len(set(ids)) == 3
    assert [record["eventID"] for record in streams.records(arn)] == ids


def set_to(call: Caller, expression: str, **values: Any) -> None:
    call(
        "UpdateItem",
        {"TableName": "Music", "Key": KEYS, "UpdateExpression": expression}
        | ({"ExpressionAttributeValues": values} if values else {}),
    )


def test_updates_that_create_change_and_empty_an_item(call: Caller, streams: Streams) -> None:
    arn = create(call)
    set_to(call, "SET x = :v", **{":v": {"N": "2"}})
    set_to(call, "SET y = :v", **{":v": {"N": "3"}})
    set_to(call, "REMOVE x, y")
    set_to(call, "SET z = :v", **{":v": {"N": "4"}})
    delete(call)
    x, y, z = {"x": {"N": "2"}}, {"y": {"N": "3"}}, {"z": {"N": "4"}}
    assert streams.changes(arn) == [
        ("INSERT", KEYS, KEYS | x, None),
        ("MODIFY", KEYS, KEYS | x | y, KEYS | x),
        ("MODIFY", KEYS, KEYS, KEYS | x | y),
        ("MODIFY", KEYS, KEYS | z, KEYS),
        ("REMOVE", KEYS, None, KEYS | z),
    ]


def test_writes_that_change_nothing_make_no_record(call: Caller, streams: Streams) -> None:
    arn = create(call)
    content = {
        "n": {"N": "1"},
        "s": {"SS": ["a", "b"]},
        "m": {"M": {"a": {"S": "1"}, "b": {"S": "2"}}},
    }
    call("PutItem", {"TableName": "Music", "Item": KEYS | content})
    same = {
        "n": {"N": "1.0"},
        "s": {"SS": ["b", "a"]},
        "m": {"M": {"b": {"S": "2"}, "a": {"S": "1"}}},
    }
    call("PutItem", {"TableName": "Music", "Item": same | KEYS})
    set_to(call, "SET n = :v", **{":v": {"N": "1"}})
    set_to(call, "ADD n :v", **{":v": {"N": "0"}})
    set_to(call, "REMOVE absent")
    call("UpdateItem", {"TableName": "Music", "Key": KEYS})
    delete(call, "absent")
    call.refused(
        "DeleteItem",
        {"TableName": "Music", "Key": KEYS, "ConditionExpression": "attribute_exists(absent)"},
    )
    writes = [{"PutRequest": {"Item": KEYS | content}}, {"DeleteRequest": {"Key": item("x")}}]
    call("BatchWriteItem", {"RequestItems": {"Music": writes}})
    call(
        "TransactWriteItems",
        {
            "TransactItems": [
                {"Put": {"TableName": "Music", "Item": KEYS | content}},
                {"Delete": {"TableName": "Music", "Key": item("x")}},
            ]
        },
    )
    assert [event for event, *_ in streams.changes(arn)] == ["INSERT"]


def test_a_cancelled_transaction_makes_no_record(call: Caller, streams: Streams) -> None:
    arn = create(call)
    put(call)
    check = {
        "TableName": "Music",
        "Key": KEYS,
        "ConditionExpression": "attribute_exists(absent)",
    }
    actions = [
        {"Put": {"TableName": "Music", "Item": item("new")}},
        {"ConditionCheck": check},
    ]
    call.refused("TransactWriteItems", {"TransactItems": actions})
    assert len(streams.records(arn)) == 1


def test_a_batch_makes_a_record_for_each_item_that_changes(call: Caller, streams: Streams) -> None:
    """Source: recordings of the service (Fred and NewKey)."""
    arn = create(call)
    fred, named, new = item("Fred"), item("Fred", name="Fred"), item("NewKey")
    put(call, "Fred")
    for writes in (
        [{"PutRequest": {"Item": fred}}, {"PutRequest": {"Item": new}}],
        [{"DeleteRequest": {"Key": new}}, {"PutRequest": {"Item": named}}],
    ):
        call("BatchWriteItem", {"RequestItems": {"Music": writes}})
    assert streams.changes(arn) == [
        ("INSERT", fred, fred, None),
        ("INSERT", new, new, None),
        ("REMOVE", new, None, new),
        ("MODIFY", fred, named, fred),
    ]


def test_transactions_make_the_records_and_sizes_of_the_recording(
    call: Caller, streams: Streams
) -> None:
    """Source: recordings of the service; the keys there are one attribute `id`."""
    description = {
        "TableName": "Recorded",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    }
    arn = call("CreateTable", description)["TableDescription"]["LatestStreamArn"]

    def put(**members: str) -> dict[str, Any]:
        item = {name: {"S": value} for name, value in members.items()}
        return {"Put": {"TableName": "Recorded", "Item": item}}

    def set_attributes(key: str, **members: str) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": "Recorded",
                "Key": {"id": {"S": key}},
                "UpdateExpression": "SET " + ", ".join(f"{name} = :{name}" for name in members),
                "ExpressionAttributeValues": {
                    f":{name}": {"S": value} for name, value in members.items()
                },
            }
        }

    call("PutItem", put(id="Fred")["Put"])
    for actions in (
        [put(id="Fred"), put(id="NewKey")],
        [set_attributes("NewKey", attr1="value1", attr2="value2")],
        [set_attributes("NonExistentKey", attr1="value1")],
        [
            {"Delete": {"TableName": "Recorded", "Key": {"id": {"S": "NewKey"}}}},
            put(id="Fred", name="Fred"),
            set_attributes("NonExistentKey", attr1="value1"),
        ],
    ):
        call("TransactWriteItems", {"TransactItems": actions})
    assert [
        (record["eventName"], record["dynamodb"]["SizeBytes"]) for record in streams.records(arn)
    ] == [
        ("INSERT", 12),
        ("INSERT", 16),
        ("MODIFY", 46),
        ("INSERT", 43),
        ("REMOVE", 38),
        ("MODIFY", 26),
    ]


class TestTimeToLive:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(ttl="prompt")

    def test_the_service_signs_what_it_removes(
        self, call: Caller, streams: Streams, clock: ManualClock
    ) -> None:
        arn = create(call)
        specification = {"AttributeName": "ends", "Enabled": True}
        call("UpdateTimeToLive", {"TableName": "Music", "TimeToLiveSpecification": specification})
        expiring = KEYS | {"ends": {"N": str(int(START) + 10)}}
        call("PutItem", {"TableName": "Music", "Item": expiring})
        put(call, "x")
        delete(call, "x")
        clock.advance(seconds=11)
        removed = streams.records(arn)[-1]
        assert (removed["eventName"], removed["dynamodb"]["OldImage"]) == ("REMOVE", expiring)
        assert removed["dynamodb"]["ApproximateCreationDateTime"] == int(START) + 11
        identities = [record.get("userIdentity") for record in streams.records(arn)]
        service = {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
        assert identities == [None, None, None, service]


def test_writes_of_the_first_api_make_records(
    send: Send, call: Caller, streams: Streams, way: Way
) -> None:
    arn = create(call)
    if way.door.startswith(("boto3", "aiobotocore")):
        pytest.skip("botocore speaks one API version only")
    older = Caller(send, "DynamoDB_20111205", call.clock)
    older("PutItem", {"TableName": "Music", "Item": item(data="1")})
    assert streams.changes(arn) == [("INSERT", KEYS, item(data="1"), None)]


def test_the_sizes_of_the_recordings(call: Caller, streams: Streams) -> None:
    """Source: recordings of the service."""
    arn = create(call, "NEW_IMAGE")
    content = {"binary_key": {"B": "Zm9vYmFy"}, "yes": {"BOOL": False}, "none": {"NULL": True}}
    numbers = {"n1": {"N": "1725843725"}, "n2": {"N": "1725238925578"}, "n3": {"N": "-1"}}
    call("PutItem", {"TableName": "Music", "Item": KEYS | content | numbers})
    [record] = streams.records(arn)
    keys = 6  # pk, sk, a, b
    image = keys + (10 + 6) + (3 + 1) + (4 + 1) + (2 + 6) + (2 + 8) + (2 + 3)
    assert record["dynamodb"]["SizeBytes"] == keys + image
