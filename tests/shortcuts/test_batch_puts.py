"""A batch of puts that is read and stored at once does what the general path does."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from ddbmock.database.key import KeyAttribute, KeySchema
from ddbmock.operations.v20120810 import batch_puts
from ddbmock.service.http import WireRequest, handle
from ddbmock.service.instance import Instance
from ddbmock.values.item import Item
from tests.behaviour.doors import SIGNED
from tests.shortcuts.strategies import items


def call(instance: Instance, operation: str, body: object) -> tuple[int, bytes, str | None]:
    """Status, body and hint of an answer."""
    headers = {**SIGNED, "x-amz-target": f"DynamoDB_20120810.{operation}"}
    answer = handle(instance.router, WireRequest("POST", "/", "", headers, orjson.dumps(body)))
    return answer.status, answer.body, dict(answer.headers).get("x-ddbmock-hint")


def table(name: str, *keys: str, **more: object) -> dict[str, Any]:
    schema = [
        {"AttributeName": key[0], "KeyType": role}
        for key, role in zip(keys, ("HASH", "RANGE"), strict=False)
    ]
    return {
        "TableName": name,
        "AttributeDefinitions": [
            {"AttributeName": key[0], "AttributeType": key[1]} for key in keys
        ],
        "KeySchema": schema,
        "BillingMode": "PAY_PER_REQUEST",
        **more,
    }


STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
TABLES = [
    table("plain", "pS"),
    table("ranged", "pS", "rN"),
    table("binary", "pB"),
    table("followed", "pS", StreamSpecification=STREAM),
]
INDEX = {
    "IndexName": "by-r",
    "KeySchema": [{"AttributeName": "r", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
INDEXED = table("indexed", "pS", "rN", GlobalSecondaryIndexes=[INDEX])

base = Instance(delay_creating=0)
for created in (*TABLES, INDEXED):
    assert call(base, "CreateTable", created)[0] == 200
LARGE = {"p": {"S": "large"}, "r": {"N": "1"}, "text": {"S": "x" * 409_600}}

hashes = st.sampled_from(["", "a", "b", "ä\0"]).map(lambda text: {"S": text})
ranges = st.sampled_from(["1", "1.0", "-2", "x", "1e200"]).map(lambda text: {"N": text})
keys = st.fixed_dictionaries({"p": hashes}, optional={"r": ranges})
wrong: st.SearchStrategy[Any] = st.sampled_from(
    [{}, {"S": 1}, {"S": "a", "N": "1"}, {"SS": ["a", "a"]}, {"B": "=!"}, {"B": "YQ=="}, None, [], {"M": {"": {"NULL": True}}}]
)  # fmt: skip
contents: st.SearchStrategy[Any] = st.one_of(
    st.builds(lambda key, item: {**orjson.loads(item.json), **key}, keys, items),
    st.builds(lambda key, value: {**key, "w": value}, keys, wrong),
    st.just(LARGE),
    st.sampled_from([None, [], "text"]),
)
puts = contents.map(lambda item: {"PutRequest": {"Item": item}})
requests = st.one_of(
    puts,
    puts,
    puts,
    keys.map(lambda key: {"DeleteRequest": {"Key": key}}),
    puts.map(lambda put: {**put, "DeleteRequest": None}),
    st.sampled_from([None, {}, {"PutRequest": None}, {"PutRequest": {"Item": {}, "More": 1}}]),
)
names = st.sampled_from(["plain", "plain", "ranged", "binary", "followed", "indexed", "none", "x"])
batches = st.dictionaries(names, st.lists(requests, max_size=4) | st.none(), max_size=2)
bodies = st.one_of(
    batches.map(lambda batch: {"RequestItems": batch}),
    batches.map(lambda batch: {"RequestItems": batch, "ReturnConsumedCapacity": "INDEXES"}),
    st.sampled_from([{}, {"RequestItems": []}, {"RequestItems": {"plain": [LARGE] * 26}}]),
)


def outcome(instance: Instance, body: object) -> list[object]:
    """Everything that a batch changes and answers."""
    answered: list[object] = [call(instance, "BatchWriteItem", body)]
    logged = instance.requests[-1] if len(instance.requests) else None
    answered.append(logged and (logged.tables, logged.write_units, logged.error, logged.hint))
    for description in (*TABLES, INDEXED):
        name = description["TableName"]
        answered.append(call(instance, "Scan", {"TableName": name}))
        answered.append(call(instance, "DescribeTable", {"TableName": name}))
    return answered


@settings(max_examples=30)
@given(st.lists(bodies, min_size=1, max_size=2))
def test_a_batch_that_is_read_at_once_does_what_the_general_path_does(sent: list[Any]) -> None:
    base.clock.freeze()
    quick, general = base.fork(), base.fork()
    for body in sent:
        with patch.object(batch_puts, "read", lambda body: None):
            expected = outcome(general, body)
        assert outcome(quick, body) == expected


schemas = st.builds(
    KeySchema,
    st.sampled_from("SNB").map(lambda tag: (KeyAttribute("p", tag),)),
    st.sampled_from("SNB").map(lambda tag: (KeyAttribute("r", tag),)) | st.just(()),
)
texts = st.text(max_size=3) | st.sampled_from(["ä" * 512, "a" * 513, "a" * 2049])
key_values = st.one_of(
    texts.map(lambda text: {"S": text}),
    st.integers(-99, 10**38 - 1).map(lambda number: {"N": str(number)}),
    st.just({"B": "YQ=="}),
)


@given(schemas, st.dictionaries(st.sampled_from("prx"), key_values))
def test_the_stored_key_of_json_is_that_of_the_values(
    schema: KeySchema, raw: dict[str, Any]
) -> None:
    item = Item.of_json(raw)
    found = schema.stored_of_json(item.raw)
    if found is not None:
        assert schema.fits(item)
        assert found == schema.stored(item)
    elif schema.fits(item):
        assert any("B" in value or len(value.get("S", "")) > 256 for value in raw.values())


def test_a_plain_batch_is_read_at_once_and_any_other_one_is_not() -> None:
    item = {"p": {"S": "a"}, "n": {"N": "1.0"}}
    batch = {"plain": [{"PutRequest": {"Item": item}}]}
    read = batch_puts.read({"RequestItems": batch})
    assert read is not None
    assert [one.json for one in read["plain"]] == [b'{"p":{"S":"a"},"n":{"N":"1"}}']
    assert batch_puts.read({"RequestItems": batch, "ReturnConsumedCapacity": "TOTAL"}) is None
    assert batch_puts.read({"RequestItems": {"plain": batch["plain"] * 26}}) is None
