"""The golden vectors of expressions: each gives exactly the recorded result or message.

A vector's source says how its answer is known: from the Developer Guide, observed on the service
since 2021 or before, or assumed by analogy.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ddbmock.errors import ValidationException
from ddbmock.expressions import legacy, parameters
from ddbmock.expressions.condition import Condition, condition
from ddbmock.expressions.key_condition import KeyTerm, key_condition
from ddbmock.expressions.names import Names
from ddbmock.expressions.projection import projection
from ddbmock.expressions.update import Update, update
from ddbmock.values.dynamodb_json import decode, decode_attributes, encode
from ddbmock.values.item import Item
from ddbmock.values.model import AttributeValue

Vector = Mapping[str, Any]

GOLDEN = Path(__file__).parent.parent / "golden"
VECTORS = [
    pytest.param(vector, id=f"{path.stem}-{number}")
    for path in sorted(GOLDEN.glob("expressions*.json"))
    for number, vector in enumerate(json.loads(path.read_text(encoding="utf-8")))
]
KEY = decode_attributes({"p": {"S": "k"}})


def item_of(json_item: Mapping[str, Any] | None) -> Item | None:
    return None if json_item is None else Item(decode_attributes(json_item))


def names_of(vector: Vector) -> Names:
    return Names.of_json(
        vector.get("names"),
        vector.get("values"),
    )


def check_condition(holds: Condition | None, vector: Vector) -> None:
    if vector["result"] is None:
        assert holds is None
        return
    assert holds is not None
    item = Item(decode_attributes(vector["item"]))
    assert holds(item) is vector["result"]
    assert holds(Item.of_record(item.record)) is vector["result"]


def check_update(changes: Update, vector: Vector) -> None:
    old = item_of(vector.get("item"))
    before = old and old.json
    new = changes.apply(old, KEY)
    assert (old and old.json) == before
    assert new == item_of(vector["result"])
    if "updated_old" in vector:
        assert (old and changes.select(old)) == item_of(vector["updated_old"])
    if "updated_new" in vector:
        assert (new and changes.select(new)) == item_of(vector["updated_new"])


def check_terms(terms: tuple[KeyTerm, ...], vector: Vector) -> None:
    assert [
        [name, operator, [encode(operand) for operand in operands]]
        for name, operator, operands in terms
    ] == vector["result"]


def run_condition(vector: Vector) -> None:
    member = "FilterExpression" if vector["kind"] == "filter" else "ConditionExpression"
    check_condition(condition(vector["expression"], member, names_of(vector)), vector)


def run_projection(vector: Vector) -> None:
    item = item_of(vector.get("item")) or Item({})
    part = projection(vector["expression"], names_of(vector))
    assert part(item) == item_of(vector["result"])


def run_update(vector: Vector) -> None:
    check_update(update(vector["expression"], names_of(vector)), vector)


def run_key_condition(vector: Vector) -> None:
    check_terms(key_condition(vector["expression"], names_of(vector)), vector)


def run_names(vector: Vector) -> None:
    names = names_of(vector)
    if "expression" in vector:
        condition(vector["expression"], "ConditionExpression", names)
    names.check_all_used()


def run_parameters(vector: Vector) -> None:
    members: parameters.ExpressionParameters = getattr(parameters, vector["operation"])
    members.check(vector["given"])


def values_of(member: Mapping[str, Any]) -> tuple[AttributeValue, ...] | None:
    values = member.get("AttributeValueList")
    return None if values is None else tuple([decode(value) for value in values])


def value_of(member: Mapping[str, Any]) -> AttributeValue | None:
    return decode(member["Value"]) if "Value" in member else None


def conditions_of(vector: Vector) -> dict[str, legacy.LegacyCondition]:
    return {
        name: legacy.LegacyCondition(members["ComparisonOperator"], values_of(members))
        for name, members in vector["given"].items()
    }


def run_conditions(vector: Vector) -> None:
    found = legacy.conditions(conditions_of(vector), vector.get("conditional_operator"))
    check_condition(found, vector)


def run_expected(vector: Vector) -> None:
    members = vector["given"] and {
        name: legacy.Expectation(
            value_of(one), one.get("Exists"), one.get("ComparisonOperator"), values_of(one)
        )
        for name, one in vector["given"].items()
    }
    check_condition(legacy.expected(members, vector.get("conditional_operator")), vector)


def run_key_conditions(vector: Vector) -> None:
    check_terms(legacy.key_conditions(conditions_of(vector)), vector)


def run_attributes_to_get(vector: Vector) -> None:
    part = legacy.attributes_to_get(vector["given"])
    assert part(Item(decode_attributes(vector["item"]))) == item_of(vector["result"])


def run_attribute_updates(vector: Vector) -> None:
    members = {
        name: legacy.AttributeUpdate(value_of(one), one.get("Action"))
        for name, one in vector["given"].items()
    }
    check_update(legacy.attribute_updates(members), vector)


RUN: Mapping[str, Callable[[Vector], None]] = {
    "condition": run_condition,
    "filter": run_condition,
    "projection": run_projection,
    "update": run_update,
    "key_condition": run_key_condition,
    "names": run_names,
    "parameters": run_parameters,
    "conditions": run_conditions,
    "expected": run_expected,
    "key_conditions": run_key_conditions,
    "attributes_to_get": run_attributes_to_get,
    "attribute_updates": run_attribute_updates,
}


@pytest.mark.parametrize("vector", VECTORS)
def test_vector_gives_its_result_or_its_message(vector: Vector) -> None:
    if "error" not in vector:
        RUN[vector["kind"]](vector)
        return
    with pytest.raises(ValidationException) as caught:
        RUN[vector["kind"]]({"item": None, "result": None, **vector})
    assert caught.value.message == vector["error"]
    assert caught.value.hint
