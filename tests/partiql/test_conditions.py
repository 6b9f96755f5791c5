"""WHERE means what the same FilterExpression or KeyConditionExpression does."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from ddbmock.clock import ManualClock
from ddbmock.database import DynamoDB
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
from tests.partiql.strategies import conditions

KEYS = [(hash_key, range_key) for hash_key in "abc" for range_key in ("1", "10", "2", "ä")]


def where_of(condition: nodes.Condition) -> nodes.Condition:
    found = statement(f"SELECT * FROM Music WHERE {condition_text(condition)}")
    assert isinstance(found, Select)
    assert found.where is not None
    return found.where


@given(conditions(), st.lists(attributes, max_size=4))
def test_a_condition_in_partiql_selects_what_the_expression_does(
    condition: nodes.Condition, items: list[dict[str, Any]]
) -> None:
    holds, also_holds = condition_of(condition), condition_of(where_of(condition))
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


class World:
    """A table with some items, behind a router."""

    def __init__(self, items: list[dict[str, Any]]) -> None:
        storage = MemoryStorage()
        self.router = Router(DynamoDB(storage, Settings(), ManualClock(1_790_000_000.0)))
        self(
            "CreateTable",
            TableName="Music",
            KeySchema=[
                {"AttributeName": "hk", "KeyType": "HASH"},
                {"AttributeName": "rk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "hk", "AttributeType": "S"},
                {"AttributeName": "rk", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        for (hash_key, range_key), item in zip(KEYS, items, strict=False):
            key = {"hk": {"S": hash_key}, "rk": {"S": range_key}}
            self("PutItem", TableName="Music", Item={**encode_attributes(item), **key})

    def __call__(self, operation: str, **body: Any) -> Any:
        output = self.router.perform(self.router.target(f"DynamoDB_20120810.{operation}"), body)
        return orjson.loads(encode(output))


def _sorted(items: list[Any]) -> list[Any]:
    return sorted(items, key=lambda item: (item["hk"]["S"], item["rk"]["S"]))


item_lists = st.lists(attributes, min_size=1, max_size=len(KEYS))
range_tests = st.one_of(
    st.builds(
        nodes.Comparison,
        st.sampled_from(["=", "<", "<=", ">", ">="]),
        st.just(nodes.Path(("rk",))),
        st.sampled_from(["1", "2", "ä"]).map(S).map(nodes.Literal),
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


@given(item_lists, range_tests, conditions(), st.sampled_from("abc"))
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
    conditions(),
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
