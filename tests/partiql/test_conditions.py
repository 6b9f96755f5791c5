"""WHERE means what the same FilterExpression or KeyConditionExpression does."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from ddbmock.clock import ManualClock
from ddbmock.database import DynamoDB
from ddbmock.errors import ValidationException
from ddbmock.expressions import nodes
from ddbmock.expressions.condition import condition_of
from ddbmock.partiql.printer import condition_text
from ddbmock.partiql.statements import Select, statement
from ddbmock.service.json import encode
from ddbmock.service.router import Router
from ddbmock.settings import Settings
from ddbmock.storage.memory import MemoryStorage
from ddbmock.values.dynamodb_json import encode as encode_value
from ddbmock.values.dynamodb_json import encode_attributes
from ddbmock.values.item import Item
from ddbmock.values.model import S
from tests.expressions.strategies import attributes
from tests.partiql.spelling import respelled
from tests.partiql.strategies import conditions

KEYS = [(hash_key, range_key) for hash_key in "abc" for range_key in ("1", "10", "2", "ä")]


def where_of(text: str) -> nodes.Condition:
    found = statement(f"SELECT * FROM Music WHERE {text}")
    assert isinstance(found, Select)
    assert found.where is not None
    return found.where


@given(conditions(), st.lists(attributes, max_size=4))
def test_a_condition_in_partiql_selects_what_the_expression_does(
    condition: nodes.Condition, items: list[dict[str, Any]]
) -> None:
    holds = condition_of(condition)
    for text in (condition_text(condition), respelled(condition)):
        also_holds = condition_of(where_of(text))
        for item in map(Item, items):
            assert also_holds(item) == holds(item)


def _expression(condition: nodes.Condition, values: dict[str, Any]) -> str:
    """The condition as an expression; its literals become values."""

    def operand(one: nodes.Operand) -> str:
        match one:
            case nodes.Literal(value):
                values[f":v{len(values)}"] = encode_value(value)
                return f":v{len(values) - 1}"
            case nodes.Call(function, operands):
                return f"{function}({', '.join(map(operand, operands))})"
            case _:
                return str(one)

    match condition:
        case nodes.And(parts):
            return " AND ".join([f"({_expression(part, values)})" for part in parts])
        case nodes.Or(parts):
            return " OR ".join([f"({_expression(part, values)})" for part in parts])
        case nodes.Not(part):
            return f"NOT ({_expression(part, values)})"
        case nodes.Comparison(operator, left, right):
            return f"{operand(left)} {operator} {operand(right)}"
        case nodes.Between(one, lower, upper):
            return f"{operand(one)} BETWEEN {operand(lower)} AND {operand(upper)}"
        case nodes.In(one, choices):
            return f"{operand(one)} IN ({', '.join(map(operand, choices))})"
        case nodes.Call():
            return operand(condition)


MUSIC = {
    "TableName": "Music",
    "KeySchema": [
        {"AttributeName": "hk", "KeyType": "HASH"},
        {"AttributeName": "rk", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "hk", "AttributeType": "S"},
        {"AttributeName": "rk", "AttributeType": "S"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
}


@cache
def with_table() -> MemoryStorage:
    """A storage with the empty table, for worlds to fork."""
    storage = MemoryStorage()
    router = Router(DynamoDB(storage, Settings(), ManualClock(1_790_000_000.0)))
    router.perform(router.target("DynamoDB_20120810.CreateTable"), MUSIC)
    return storage


class World:
    """A table with an item for each of KEYS, the first of them with attributes, behind a router."""

    def __init__(self, items: list[dict[str, Any]]) -> None:
        storage = with_table().fork()
        self.router = Router(DynamoDB(storage, Settings(), ManualClock(1_790_000_000.0)))
        padded = [*items, *[{}] * len(KEYS)]
        for (hash_key, range_key), item in zip(KEYS, padded, strict=False):
            key = {"hk": {"S": hash_key}, "rk": {"S": range_key}}
            self("PutItem", TableName="Music", Item={**encode_attributes(item), **key})

    def __call__(self, operation: str, **body: Any) -> Any:
        output = self.router.perform(self.router.target(f"DynamoDB_20120810.{operation}"), body)
        return orjson.loads(encode(output))


def _sorted(items: list[Any]) -> list[Any]:
    return sorted(items, key=lambda item: (item["hk"]["S"], item["rk"]["S"]))


item_lists = st.lists(attributes, min_size=1, max_size=len(KEYS))
filters = st.one_of(
    st.just(nodes.Call("attribute_not_exists", (nodes.Path(("nothing",)),))), conditions()
)
"""Conditions beside those on keys; half of them hold for all items."""
range_values = st.sampled_from(["1", "2", "ä"]).map(S).map(nodes.Literal)
range_tests = st.one_of(
    st.builds(
        nodes.Comparison,
        st.sampled_from(["=", "<", "<=", ">", ">="]),
        range_values,
        st.just(nodes.Path(("rk",))),
    ),
    st.builds(
        nodes.Comparison,
        st.sampled_from(["=", "<", "<=", ">", ">="]),
        st.just(nodes.Path(("rk",))),
        range_values,
    ),
    st.just(nodes.Call("begins_with", (nodes.Path(("rk",)), nodes.Literal(S("1"))))),
    st.just(nodes.Between(nodes.Path(("rk",)), nodes.Literal(S("1")), nodes.Literal(S("2")))),
)


@given(item_lists, conditions())
def test_a_scan_by_statement_answers_as_scan_does(
    items: list[dict[str, Any]], condition: nodes.Condition
) -> None:
    world = World(items)
    values: dict[str, Any] = {}
    request: dict[str, Any] = {"FilterExpression": _expression(condition, values)}
    if values:
        request["ExpressionAttributeValues"] = values
    expected = world("Scan", TableName="Music", **request)
    found = world(
        "ExecuteStatement", Statement=f"SELECT * FROM Music WHERE {condition_text(condition)}"
    )
    assert found["Items"] == expected["Items"]


@given(item_lists, range_tests, filters, st.sampled_from("abc"))
def test_a_query_by_statement_answers_as_query_does(
    items: list[dict[str, Any]],
    test: nodes.Condition,
    condition: nodes.Condition,
    hash_key: str,
) -> None:
    world = World(items)
    values: dict[str, Any] = {}
    keyed = nodes.And(
        (nodes.Comparison("=", nodes.Path(("hk",)), nodes.Literal(S(hash_key))), test)
    )
    key_condition = _expression(keyed, values)
    expected = world(
        "Query",
        TableName="Music",
        KeyConditionExpression=key_condition,
        FilterExpression=_expression(condition, values),
        ExpressionAttributeValues=values,
        ReturnConsumedCapacity="TOTAL",
    )
    text = " AND ".join([condition_text(keyed), f"({condition_text(condition)})"])
    found = world(
        "ExecuteStatement",
        Statement=f"SELECT * FROM Music WHERE {text}",
        ReturnConsumedCapacity="TOTAL",
    )
    assert found["Items"] == expected["Items"]
    assert found["ConsumedCapacity"] == expected["ConsumedCapacity"]


hash_lists = st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True)


@given(
    item_lists,
    hash_lists,
    range_tests,
    filters,
    st.integers(1, 4),
    st.sampled_from(["", " ORDER BY hk DESC", " ORDER BY hk, rk"]),
)
def test_pages_make_up_the_whole(
    items: list[dict[str, Any]],
    hash_keys: list[str],
    test: nodes.Condition,
    condition: nodes.Condition,
    limit: int,
    order: str,
) -> None:
    world = World(items)
    keys = ", ".join([f"'{hash_key}'" for hash_key in hash_keys])
    where = f"hk IN [{keys}] AND {condition_text(test)} AND ({condition_text(condition)})"
    for text in (
        f"SELECT * FROM Music WHERE {where}{order}",
        f"SELECT hk, rk FROM Music WHERE {condition_text(condition)}",
    ):
        whole = world("ExecuteStatement", Statement=text)["Items"]
        found: list[Any] = []
        token: dict[str, str] = {}
        while True:
            page = world("ExecuteStatement", Statement=text, Limit=limit, **token)
            found += page["Items"]
            assert ("NextToken" in page) == ("LastEvaluatedKey" in page)
            if "NextToken" not in page:
                break
            token = {"NextToken": page["NextToken"]}
        assert found == whole


hash_tests = st.one_of(
    st.sampled_from("abcd").map(
        lambda key: nodes.Comparison("=", nodes.Path(("hk",)), nodes.Literal(S(key)))
    ),
    hash_lists.map(
        lambda keys: nodes.In(
            nodes.Path(("hk",)), tuple([nodes.Literal(S(hash_key)) for hash_key in keys])
        )
    ),
)
key_mixes = st.recursive(
    st.one_of(hash_tests, hash_tests, range_tests, filters),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(nodes.And),
        st.tuples(inner, inner).map(nodes.And),
        st.tuples(inner, inner).map(nodes.Or),
        inner.map(nodes.Not),
    ),
    max_leaves=5,
)
PLAN_ERRORS = (
    "Overlapping conditions with range keys are not supported in where clause",
    "Too many decomposed read operations for a given query.",
)


@given(item_lists, key_mixes)
def test_any_mix_of_conditions_on_keys_selects_what_a_filter_does(
    items: list[dict[str, Any]], condition: nodes.Condition
) -> None:
    """Whatever the plan is: an item, queries, a scan."""
    world = World(items)
    try:
        found = world(
            "ExecuteStatement", Statement=f"SELECT * FROM Music WHERE {condition_text(condition)}"
        )
    except ValidationException as error:
        if error.message not in PLAN_ERRORS:
            raise
        return
    values: dict[str, Any] = {}
    request: dict[str, Any] = {"FilterExpression": _expression(condition, values)}
    if values:
        request["ExpressionAttributeValues"] = values
    expected = world("Scan", TableName="Music", **request)
    assert _sorted(found["Items"]) == _sorted(expected["Items"])
