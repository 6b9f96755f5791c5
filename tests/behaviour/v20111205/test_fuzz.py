"""Random bodies: no answer is a 500, and what is refused changes nothing."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddbmock.operations.v20111205 import OPERATIONS
from ddbmock.wire import WireRequest, handle
from tests.behaviour.doors import SIGNED
from tests.behaviour.v20111205.database import Database
from tests.behaviour.v20111205.requests import UNITS, condition, key, n, s, schema

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["S", "N", "B", "SS", "id", "x", "thread", "Value", "Keys", "Item"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
GOOD: dict[str, Any] = {
    "TableName": "thread",
    "KeySchema": schema("id:S", "at:N"),
    "ProvisionedThroughput": UNITS,
    "Key": key(s("a"), n(1)),
    "Item": {"id": s("a"), "at": n(1), "x": n(2)},
    "HashKeyValue": s("a"),
    "RangeKeyCondition": condition("GT", n(0)),
    "AttributeUpdates": {"x": {"Action": "ADD", "Value": n(1)}},
    "Expected": {"x": {"Value": n(1)}},
    "ScanFilter": {"x": condition("EQ", n(1))},
    "AttributesToGet": ["x"],
    "ExclusiveStartKey": key(s("a"), n(1)),
    "ReturnValues": "ALL_OLD",
    "Limit": 1,
    "Count": True,
    "ConsistentRead": True,
    "ScanIndexForward": False,
    "ExclusiveStartTableName": "thread",
}
BATCHES: dict[str, Any] = {
    "BatchGetItem": {"thread": {"Keys": [key(s("a"), n(1))], "AttributesToGet": ["x"]}},
    "BatchWriteItem": {
        "thread": [
            {"PutRequest": {"Item": GOOD["Item"]}},
            {"DeleteRequest": {"Key": key(s("b"), n(1))}},
        ]
    },
}


def mutated(draw: st.DrawFn, value: Any) -> Any:
    """The value with something in it replaced, removed or added."""
    if isinstance(value, dict) and value and draw(st.integers(0, 3)):
        name = draw(st.sampled_from(sorted(value)))
        rest = {other: content for other, content in value.items() if other != name}
        return rest if not draw(st.integers(0, 4)) else {**rest, name: mutated(draw, value[name])}
    if isinstance(value, list) and value and draw(st.integers(0, 3)):
        index = draw(st.integers(0, len(value) - 1))
        return [*value[:index], mutated(draw, value[index]), *value[index + draw(st.integers(0, 1)) :]]  # fmt: skip
    return draw(json_values)


@st.composite
def bodies(draw: st.DrawFn, operation: str) -> Any:
    """Anything at all; or a good body with something wrong in it."""
    if not draw(st.integers(0, 4)):
        return draw(json_values)
    good = {**GOOD, "RequestItems": BATCHES.get(operation, {})}
    members = draw(st.sets(st.sampled_from(sorted(good))))
    body = {name: good[name] for name in members | {"TableName", "Key", "Item", "RequestItems"}}
    for _ in range(draw(st.integers(0, 2))):
        body = mutated(draw, body)
    return body


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
@given(data=st.data())
def test_no_body_is_too_much(operation: str, data: st.DataObject) -> None:
    database = Database()
    database.create("thread", "id:S", "at:N")
    for number in (1, 2):
        item = {"id": s("a"), "at": n(number), "x": n(1)}
        database("PutItem", TableName="thread", Item=item)
    before = database.content()
    content = orjson.dumps(data.draw(bodies(operation)), option=orjson.OPT_NON_STR_KEYS)
    headers = {**SIGNED, "x-amz-target": f"DynamoDB_20111205.{operation}"}
    response = handle(database.router, WireRequest("POST", "/", "", headers, content))
    answer = orjson.loads(response.body)
    if response.status == 200:
        assert "__type" not in answer
        return
    assert response.status == 400
    assert set(answer) <= {"__type", "message", "Message"}
    assert database.content() == before
